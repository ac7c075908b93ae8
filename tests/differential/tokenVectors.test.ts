/** A model with vectors of words: the filter's sums and distances are the reference's; what is no table is refused. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { shopLog } from "../../host/demo/shop.js";
import { openSources } from "../../host/io/chunks.js";
import { readSignatures } from "../../host/learn/readSignatures.js";
import { type LearnOptions, learn } from "../../host/learn/refresh.js";
import { teach } from "../../host/learn/teacher.js";
import { decodeSections, encodeModel, type Sections, section } from "../../host/model/modelFile.js";
import { encodeTokens, tokenCountOf, tokenVectorDims, tokenVectorsMax } from "../../host/model/tokenSection.js";
import { SignatureStore, signaturesMaxDefault } from "../../host/signatures/signatureStore.js";
import { Engine } from "../../host/wasm/engine.js";
import { FakeTeacher } from "../support/fakeTeacher.js";
import { fixtureLines } from "../support/fixtures.js";
import { hostileLines, seededRandom } from "../support/hostile.mjs";
import { Inspector } from "../support/inspect.js";
import { learnDefaults, learnFiles, withFolder } from "../support/learning.js";
import { hasMinilm, minilmOptions } from "../support/minilm.js";
import { randomLine } from "../support/randomLines.js";
import { embeddingOf } from "./reference/embedding.js";
import { tokensOf } from "./reference/features.js";
import { type Bytes, hashBytes } from "./reference/hash.js";
import { decodeModel, knowsWord, type ReferenceModel } from "./reference/model.js";
import { scoresOf } from "./reference/verdict.js";

const arrival = Date.UTC(2026, 10, 21, 3) / 1000;
// Without pieces, which are the one thing that lines in another order have others of.
const fixtures = fixtureLines().filter((line) => !/ std(?:out|err) P /.test(line));
const history: Bytes[] = [];
for (let round = 0; round < 30; round++) history.push(...fixtures.filter((_, i) => (i + round) % 3 > 0));
for (const line of hostileLines(2000, 5)) history.push(Buffer.from(line).toString("latin1"));

async function learnTaught(lines: Bytes[], options: Partial<LearnOptions> = {}, teacher = new FakeTeacher()) {
  return withFolder(async (folder) => {
    const path = join(folder, "log");
    writeFileSync(path, `${lines.join("\n")}\n`, "latin1");
    const engine = new Engine();
    const store = new SignatureStore(signaturesMaxDefault);
    await readSignatures(engine, openSources([path]), store);
    const taught = await teach(engine, store, teacher);
    const given: Sections = new Map(taught && [[section.tokens, taught.section]]);
    return { taught, ...learn(engine, store, { ...learnDefaults, embedder: "minilm", given, ...options }) };
  });
}

async function learnPlain(lines: Bytes[]): Promise<Uint8Array> {
  return withFolder(async (folder) => {
    const path = join(folder, "log");
    writeFileSync(path, `${lines.join("\n")}\n`, "latin1");
    return (await learnFiles([path])).model;
  });
}

let bytes: Uint8Array;
let model: ReferenceModel;
let inspector: Inspector;
const seen = { texts: 0, outliers: 0, taughtTexts: 0, negative: 0 };

beforeAll(async () => {
  bytes = (await learnTaught(history)).model;
  const engine = new Engine(3n);
  engine.useModel(bytes, "taught here");
  inspector = new Inspector(engine);
  model = decodeModel(bytes);
});

function agree(line: Bytes): void {
  if (line.length > 8000) return;
  const found = inspector.inspect(line, arrival);
  if (!found?.signature.startsWith("T")) return;
  const scores = scoresOf(found.signature, model);
  expect(found.outlier, JSON.stringify(line)).toBeCloseTo(scores.outlier, 6);
  if (scores.nearest >= 0) {
    expect(found.distance, JSON.stringify(line)).toBeCloseTo(scores.distance, 6);
    seen.outliers++;
  }
  inspector.features(found.signature, false);
  const tokens = tokensOf(found.signature, (word) => knowsWord(model, word));
  const expected = embeddingOf(tokens, model.tokens) ?? [];
  const sums = Array.from(inspector.engine.embeddingSums() ?? []);
  if (sums.some((sum, d) => sum !== expected[d]) || sums.length !== expected.length)
    expect(sums, line).toEqual(expected);
  seen.texts++;
  if (sums.slice(192).some((sum) => sum !== 0)) seen.taughtTexts++;
  if (sums.slice(192).some((sum) => sum < 0)) seen.negative++;
}

describe("a model with vectors of words", () => {
  it("has one for each word that its texts show, with the engine's own hash", () => {
    const section8 = decodeSections(bytes).get(section.tokens)!;
    expect(tokenCountOf(section8)).toBe(model.tokens!.vectors.size);
    expect(model.tokens!.vectors.size).toBeGreaterThan(100);
    for (const word of model.tokens!.vectors.keys()) expect(knowsWord(model, word)).toBe(true);
    expect(model.tokens!.vectors.has(hashBytes("connection"))).toBe(true);
  });

  it("gives the reference's sums and distances", () => {
    for (const line of fixtures) agree(line);
    for (const line of hostileLines(800, 9)) agree(Buffer.from(line).toString("latin1"));
    for (let seed = 1; seed <= 4; seed++) {
      const random = seededRandom(seed);
      for (let i = 0; i < 500; i++) agree(randomLine(random, fixtures));
    }
    agree(`${"connection refused ".repeat(200)}x`);
    expect(seen.texts).toBeGreaterThan(1000);
    expect(seen.outliers).toBeGreaterThan(100);
    expect(seen.taughtTexts).toBeGreaterThan(500);
    expect(seen.negative).toBeGreaterThan(500);
  });

  it("holds the largest sums there can be", () => {
    const engine = new Engine();
    const sections = new Map(decodeSections(bytes.slice()));
    const extreme = (value: number) => ({ hash: hashBytes("connection"), vector: new Int8Array(64).fill(value) });
    for (const value of [127, -128]) {
      sections.set(section.tokens, encodeTokens([extreme(value)], 2));
      engine.useModel(encodeModel(engine, sections), "extreme");
      const reference = decodeModel(encodeModel(engine, sections));
      const signature = `T0\x01${"connection ".repeat(300)}`;
      engine.features(Buffer.from(signature, "latin1"), false);
      const tokens = tokensOf(signature, (word) => knowsWord(reference, word));
      expect(Array.from(engine.embeddingSums()!)).toEqual(embeddingOf(tokens, reference.tokens));
      expect(Math.abs(engine.embeddingSums()![255])).toBeGreaterThan(30_000);
    }
  });

  it("is the same for the same lines in another order, and differs from one without only where it should", async () => {
    const again = (await learnTaught([...history].reverse())).model;
    expect(Buffer.compare(again, bytes)).toBe(0);
    const plain = decodeSections(await learnPlain(history));
    const taught = decodeSections(bytes);
    expect(plain.has(section.tokens)).toBe(false);
    expect(Buffer.compare(plain.get(section.features)!, taught.get(section.features)!)).toBe(0);
    expect(Buffer.compare(plain.get(section.centroids)!, taught.get(section.centroids)!)).not.toBe(0);
    const said = JSON.parse(Buffer.from(taught.get(section.provenance)!).toString());
    expect(said.embedder).toBe("minilm");
  });

  it("leaves nothing behind for the model that follows", async () => {
    const plain = await learnPlain(history);
    const [fresh, used] = [new Engine(), new Engine()];
    fresh.useModel(plain, "plain");
    used.useModel(bytes, "taught");
    const signature = Buffer.from("T0\x01connection refused by peer", "latin1");
    used.features(signature, false);
    const taughtSums = Array.from(used.embeddingSums()!);
    used.useModel(plain, "plain");
    for (const engine of [fresh, used]) engine.features(signature, false);
    const sums = Array.from(used.embeddingSums()!);
    expect(sums).toEqual(Array.from(fresh.embeddingSums()!));
    expect(sums.slice(0, 192)).toEqual(taughtSums.slice(0, 192));
    expect(sums.slice(192)).not.toEqual(taughtSums.slice(192));
  });

  it("is learnt without a table where a log has no words", async () => {
    const access = Array.from(
      { length: 50 },
      (_, i) => `10.0.0.${i} - - [21/Nov/2026:02:11:09 +0000] "GET / HTTP/1.1" 200 12`,
    );
    const { model: wordless, taught } = await learnTaught(access);
    expect(taught).toBeUndefined();
    expect(decodeSections(wordless).has(section.tokens)).toBe(false);
    expect(new Engine().tryModel(wordless)).toBeUndefined();
  });

  it("takes a teacher with fewer dimensions than the table", async () => {
    const { model: small } = await learnTaught(history.slice(0, 2000), {}, new FakeTeacher(16));
    const vectors = [...decodeModel(small).tokens!.vectors.values()];
    expect(vectors.some((vector) => vector[15] !== 0)).toBe(true);
    expect(vectors.every((vector) => vector.slice(16).every((value) => value === 0))).toBe(true);
  });
});

describe("a table that is none", () => {
  const row = (hash: bigint) => ({ hash, vector: new Int8Array(tokenVectorDims).fill(1) });
  const good = () => encodeTokens([row(1000n), row(2000n), row(3000n)], 0.1);
  const changed = (at: number, value: number) => {
    const table = good();
    new DataView(table.buffer).setUint32(at, value, true);
    return table;
  };
  const cases: [string, () => Uint8Array][] = [
    ["no head", () => good().slice(0, 15)],
    ["a row cut short", () => good().slice(0, -1)],
    ["fewer rows than it says", () => good().slice(0, -72)],
    ["more rows than it says", () => changed(0, 2)],
    ["no rows", () => encodeTokens([], 1)],
    ["a count that wraps", () => changed(0, 0xffffffff)],
    ["no scale", () => changed(4, 0)],
    ["a scale above the limit", () => changed(4, 513)],
    ["other dimensions", () => changed(8, 65)],
    ["something in the unused word", () => changed(12, 1)],
    ["rows out of order", () => changed(16 + 72, 10)],
    ["a row twice", () => changed(16 + 72, 1000)],
    ["a hash of nothing", () => changed(16, 0)],
    [
      "too many rows",
      () =>
        encodeTokens(
          Array.from({ length: tokenVectorsMax + 1 }, (_, i) => row(BigInt(i + 1))),
          1,
        ),
    ],
  ];
  it.each(cases)("%s: refused, the model in use stays", (_, table) => {
    const engine = new Engine();
    const sections = new Map(decodeSections(bytes.slice()));
    sections.set(section.tokens, good());
    expect(engine.tryModel(encodeModel(engine, sections))).toBeUndefined();
    const signature = Buffer.from("T0\x01connection refused by peer", "latin1");
    engine.useModel(bytes, "taught");
    engine.features(signature, false);
    const before = Array.from(engine.embeddingSums()!);
    sections.set(section.tokens, table());
    expect(engine.tryModel(encodeModel(engine, sections))).toBe("a section with invalid fields");
    engine.features(signature, false);
    expect(Array.from(engine.embeddingSums()!)).toEqual(before);
  });

  it("is one with as many rows as are allowed", () => {
    const engine = new Engine();
    const sections = new Map(decodeSections(bytes.slice()));
    sections.set(
      section.tokens,
      encodeTokens(
        Array.from({ length: tokenVectorsMax }, (_, i) => row(BigInt(i + 1))),
        1,
      ),
    );
    expect(engine.tryModel(encodeModel(engine, sections))).toBeUndefined();
  });
});

function oddline(...words: string[]) {
  return spawnSync(process.execPath, ["dist/bin.js", ...words], { encoding: "utf8" });
}

describe("refresh --embedder minilm", () => {
  it("says at once what to install, before it reads a line", async () => {
    await withFolder(async (folder) => {
      const out = join(folder, "model");
      const log = join(folder, "not-there.log");
      const configuration = join(folder, "oddline.yaml");
      writeFileSync(configuration, "learn:\n  embedder: minilm\n");
      for (const asked of [
        ["--embedder", "minilm"],
        ["--config", configuration],
      ]) {
        const { status, stderr } = oddline("refresh", log, "--out", out, "--embedder-path", folder, ...asked);
        if (stderr.includes("not-there.log")) return; // installed beside Oddline itself
        expect(status).toBe(2);
        expect(stderr).toContain("error EMBEDDER_MISSING");
        expect(stderr).toContain(
          `npm install --onnxruntime-node-install=skip --prefix ${folder} @huggingface/transformers@4`,
        );
      }
      const { stderr } = oddline("refresh", log, "--out", out, "--embedder", "builtin", "--config", configuration);
      expect(stderr).toContain("not-there.log");
    });
  });

  it.skipIf(!hasMinilm)("fills the table, which compile keeps and inspect shows", { timeout: 200_000 }, async () => {
    await withFolder(async (folder) => {
      const path = (name: string) => join(folder, name);
      writeFileSync(path("log"), shopLog(4, 1_795_000_000, 3000, false));
      const cache = ["--cache-dir", path("cache")];
      const refreshed = ["first", "second"].map((name) => {
        const { status, stderr } = oddline("refresh", path("log"), "--out", path(name), ...minilmOptions, ...cache);
        expect(status, stderr).toBe(0);
        return readFileSync(path(name));
      });
      expect(Buffer.compare(refreshed[0], refreshed[1])).toBe(0);
      const { tokens, learnt } = JSON.parse(oddline("inspect", path("first"), "--json").stdout);
      expect(tokens).toBeGreaterThan(10);
      expect(learnt.wordsTaught).toBe(tokens);
      expect(learnt.teacher).toMatch(/^minilm-/);
      expect(oddline("inspect", path("first")).stdout).toContain(`${tokens} words with vectors of minilm-`);

      writeFileSync(path("oddline.yaml"), "{}\n");
      const compiled = oddline("compile", path("oddline.yaml"), "--from", path("first"), "--out", path("compiled"));
      expect(compiled.status, compiled.stderr).toBe(0);
      const [before, after] = [refreshed[0], readFileSync(path("compiled"))].map((model) =>
        decodeSections(model).get(section.tokens),
      );
      expect(Buffer.compare(before!, after!)).toBe(0);
    });
  });
});
