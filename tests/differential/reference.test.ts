/** The filter and the slow reference must agree on every fixture, on random lines and on real logs where they are. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../host/wasm/engine.js";
import { fixtureLines } from "../support/fixtures.js";
import { hostileLines, seededRandom } from "../support/hostile.mjs";
import { Inspector } from "../support/inspect.js";
import { learnFiles, withFolder } from "../support/learning.js";
import { randomLine } from "../support/randomLines.js";
import { realLogs } from "../support/realLogs.js";
import { embeddingOf } from "./reference/embedding.js";
import { type Feature, featuresOf, shownFeaturesOf, templateOf, tokensOf, wordsOf } from "./reference/features.js";
import { type Bytes, hashBytes, hashPair } from "./reference/hash.js";
import { decodeModel, knowsWord, type ReferenceModel } from "./reference/model.js";
import { parseLine } from "./reference/parse.js";
import { lengthClass, signatureOf, uncutSignatureBytes } from "./reference/signature.js";
import { scoresOf } from "./reference/verdict.js";

const arrival = Date.UTC(2026, 10, 21, 3) / 1000;
const fixtures = fixtureLines();
const bytesOf = (text: string): Bytes => Buffer.from(text).toString("latin1");

let inspector: Inspector;
let model: ReferenceModel;

beforeAll(async () => {
  const lines: Bytes[] = [];
  for (let round = 0; round < 30; round++) lines.push(...fixtures.filter((_, i) => (i + round) % 3 > 0));
  lines.push(...Array.from(hostileLines(3000, 5), bytesOf));
  const learnt = await withFolder(async (folder) => {
    const path = join(folder, "log");
    writeFileSync(path, `${lines.join("\n")}\n`, "latin1");
    return learnFiles([path]);
  });
  const engine = new Engine(3n);
  engine.useModel(learnt.model, "learnt here");
  inspector = new Inspector(engine);
  model = decodeModel(learnt.model);
});

/** What was compared, so that nothing can agree by not having been looked at. */
const seen = { lines: 0, requests: 0, texts: 0, cut: 0, full: 0, novelties: 0, outliers: 0 };
/** Records this large are read in part; the reference reads them whole. */
const lineBytesMax = 8000;
/** Features of one line that the filter looks at. */
const featuresMax = 1024;

/** `toEqual` only where there is a difference to show: it is slow. */
function same<T>(found: T, expected: T, line: Bytes): void {
  if (!isDeepStrictEqual(found, expected)) expect(found, JSON.stringify(line)).toEqual(expected);
}

/** A request's, in any order and each once; false where there are more than the filter looks at. */
function sameFeatures(signature: Bytes, line: Bytes): boolean {
  const found = inspector.features(signature, false);
  const ordered = (features: Feature[]) =>
    [...new Set(features.map(({ kind, group, value }) => `${kind} ${group} ${value}`))].sort();
  const expected = ordered(shownFeaturesOf(signature, () => false));
  if (found.length < featuresMax) {
    same(ordered(found), expected, line);
    return true;
  }
  const known = new Set(expected);
  same(
    ordered(found).filter((feature) => !known.has(feature)),
    [],
    line,
  );
  seen.full++;
  return false;
}

function agree(line: Bytes): void {
  if (line.length > lineBytesMax) return;
  const found = inspector.inspect(line, arrival);
  const expected = parseLine(line, arrival);
  same(found?.event, expected, line);
  seen.lines++;
  const signature = signatureOf(expected);
  if (!found || signature === undefined) return;
  if (signature.length > uncutSignatureBytes) {
    same(found.signature.slice(0, uncutSignatureBytes), signature.slice(0, uncutSignatureBytes), line);
    seen.cut++;
    return;
  }
  same(found.signature, signature, line);
  const knows = (word: bigint) => knowsWord(model, word);
  if (signature[0] === "T") same(inspector.features(signature, false), featuresOf(signature, knows), line);
  else if (!sameFeatures(signature, line)) return;
  if (signature[0] === "T") {
    const tokens = tokensOf(signature, knows);
    same(inspector.tokens(), tokens, line);
    same(inspector.engine.templateHash(), templateOf(tokens), line);
    same(Array.from(inspector.engine.embeddingSums() ?? []), embeddingOf(tokens, model.tokens) ?? [], line);
    same(inspector.features(signature, true), wordsOf(signature), line);
    seen.texts++;
  } else seen.requests++;

  const scores = scoresOf(signature, model);
  expect(found.novelty, JSON.stringify(line)).toBeCloseTo(scores.novelty, 9);
  expect(found.outlier, JSON.stringify(line)).toBeCloseTo(scores.outlier, 6);
  expect(found.score, JSON.stringify(line)).toBeGreaterThanOrEqual(scores.score - 1e-6);
  if (scores.novelty > 0.3) seen.novelties++;
  if (scores.outlier > 0.3) seen.outliers++;
}

describe("the filter agrees with the slow reference", () => {
  it("on hashes", () => {
    const random = seededRandom(1);
    for (let length = 0; length < 70; length++) {
      const bytes = String.fromCharCode(...Array.from({ length }, () => Math.floor(random() * 256)));
      const [a, b] = [hashBytes(bytes), hashBytes(bytes, 0x0123456789abcdefn)];
      expect(inspector.engine.hashBytes(Buffer.from(bytes, "latin1"))).toBe(a);
      expect(inspector.engine.hashBytes(Buffer.from(bytes, "latin1"), 0x0123456789abcdefn)).toBe(b);
      expect(inspector.engine.hashPair(a, b)).toBe(hashPair(a, b));
    }
  });

  it("on every fixture", () => {
    for (const line of fixtures) agree(line);
    expect(seen.lines).toBeGreaterThan(180);
    expect(seen.cut).toBe(0);
  });

  it("on every beginning of every fixture that can be cut short", () => {
    for (const line of fixtures.filter((line) => line.length < 200)) {
      for (let end = 0; end < line.length; end += line.length < 60 ? 2 : 17) agree(line.slice(0, end));
    }
  });

  it("on texts with more escapes than are looked at", () => {
    const random = seededRandom(17);
    const any = <T>(list: T[]): T => list[Math.floor(random() * list.length)];
    const behind = ["", "x8f", "x0a", "n", "failed", "a-b", "--7", "_", "0123456789abcdef-0-0123456789", "\xe4x"];
    const between = [
      "",
      "",
      "",
      " ",
      "?",
      "-",
      "--",
      ":",
      "5",
      "12:",
      ".7",
      "fe80::1",
      " login failed ",
      "a-",
      "\x01",
      "\t",
    ];
    for (let round = 0; round < 600; round++) {
      let line = any(["Nov 28 10:00:00 host app[7]: got ", "", "error: "]);
      for (let escapes = 24 + Math.floor(random() * 40); escapes > 0; escapes--) {
        line += `${any(["\\", "\\", "\\", "\x02", "\x1f"])}${any(behind)}${any(between)}`;
      }
      agree(`${line}${any(["", " ", " end", " from 192.0.2.7"])}`);
    }
    const alike = Array.from({ length: 60 }, () => "\\x8f").join("");
    const whole = inspector.inspect(`got ${alike} login failed`, arrival)!.signature;
    expect(whole.split("\\")).toHaveLength(33);
    expect(whole.endsWith(" login failed")).toBe(true);
  });

  it("on binary data in members, as Python writes it, and on what looks like it", () => {
    const random = seededRandom(18);
    const any = <T>(list: T[]): T => list[Math.floor(random() * list.length)];
    const byte = () => `\\x${any([..."0123456789abcdef"])}${any([..."0123456789abcdef"])}`;
    const others = [
      "a",
      "P",
      "_",
      " ",
      '"',
      "'",
      "\\",
      "\\\\",
      "\\n",
      "\\x",
      '\\x"',
      "\\x4",
      '\\x5"',
      "\\x\\",
      "\\x9\\",
      "é",
      "\\u0041",
    ];
    const data = () =>
      Array.from({ length: 1 + Math.floor(random() * 40) }, () => (random() < 0.7 ? byte() : any(others)));
    for (let i = 0; i < 3000; i++) {
      const text = data().join("");
      const members = { level: "info", data: any([text, data().join("")]), msg: `got ${any(["", "'", '"'])}${text}` };
      const json = JSON.stringify(members);
      agree(bytesOf(any([json, `${json.slice(0, Math.floor(random() * json.length))}"}`, `${json} `])));
    }
  });

  it("on pairs with names of all lengths, again and again", () => {
    const random = seededRandom(9);
    const any = <T>(list: T[]): T => list[Math.floor(random() * list.length)];
    const names = ["level", "msg", "status", "ts", "remote_addr", "client.ip", "duration", "requestMethod"];
    names.push(
      "http_response_status",
      "x",
      "",
      "src ip",
      "user-agent",
      "Level",
      "a_name_of_fifteen",
      "levél",
      "le\tvel",
    );
    const values = [
      "error",
      '"an error of 7"',
      "503",
      "10.0.0.7",
      "12ms",
      "",
      "GET",
      '"a \\"b"',
      "/cart?id=7",
      "2",
      "x,",
    ];
    const before = seen.lines;
    for (let i = 0; i < 2000; i++) {
      const pairs = Array.from({ length: 2 + Math.floor(random() * 5) }, () => `${any(names)}=${any(values)}`);
      agree(bytesOf(pairs.join(any([" ", "  ", "\t"])).slice(0, 20 + Math.floor(random() * 200))));
    }
    expect(seen.lines - before).toBe(2000);
  });

  it("on hostile lines", () => {
    for (const line of hostileLines(1500, 9)) agree(bytesOf(line));
  });

  for (let seed = 1; seed <= 8; seed++) {
    it(`on random lines (seed ${seed})`, () => {
      const random = seededRandom(seed);
      for (let i = 0; i < 600; i++) agree(randomLine(random, fixtures));
    });
  }

  it("on signatures that are too long to be kept whole", () => {
    const path = Array.from({ length: 900 }, (_, i) => `/s${"abcdefgh"[i % 8]}`).join("");
    agree(`10.0.0.7 - - [21/Nov/2026:02:11:09 +0000] "GET ${path}/?${"k=v&".repeat(1000)} HTTP/1.1" 200 1`);
    agree("a b! c? ".repeat(900));
    expect(seen.cut).toBeGreaterThanOrEqual(2);
  });

  it("on requests of so many features that a pair is looked for by its hash", () => {
    const request = (target: string) => `10.0.0.7 - - [21/Nov/2026:02:11:09 +0000] "GET ${target} HTTP/1.1" 200 1`;
    const signs = (i: number) => ["'", "<>", "';--", "a=<b>", "(|)", "%00"][i % 6].repeat(1 + (i % 5));
    for (const names of [1, 2, 7, 60]) {
      for (const parameters of [5, 12, 40, 90, 300]) {
        const query = Array.from(
          { length: parameters },
          (_, i) => `${"nabcdefg"[(i % names) & 7]}${i % names}=${signs(i)}`,
        );
        agree(request(`/cart?${query.join("&")}`));
      }
    }
    agree(request(`/?x=${Array.from({ length: 2000 }, (_, i) => String.fromCharCode(33 + ((i * i) % 90))).join("")}`));
  });

  it("on paths of more directories than are looked at", () => {
    for (const segments of [255, 256, 257, 400])
      agree(`10.0.0.7 - - [21/Nov/2026:02:11:09 +0000] "GET ${"/ab".repeat(segments - 1)}/x.php HTTP/1.1" 200 1`);
  });

  it("on access lines whose bracket stands about where it is looked for last", () => {
    const rest = '21/Nov/2026:02:11:09 +0000] "GET /x HTTP/1.1" 200 12';
    for (let before = 506; before < 518; before++) {
      for (const bracket of ["[", "x", " "]) agree(`${"h".repeat(before - 6)} - - ${bracket}${rest}`);
    }
  });

  it("on requests that have nothing where their target should be", () => {
    agree('{"method":"GET","path":"/a","status":200}');
    agree('{"method":"GET","path":"","status":200}');
    agree('{"request":"GET ","status":200}');
  });

  it("and has seen enough of everything", () => {
    expect(seen.requests).toBeGreaterThan(1000);
    expect(seen.texts).toBeGreaterThan(3000);
    expect(seen.novelties).toBeGreaterThan(500);
    expect(seen.outliers).toBeGreaterThan(200);
  });
});

describe("the filter agrees with the slow reference on real logs", () => {
  const logs = realLogs();
  if (logs.length === 0) it.skip("ODDLINE_DATA (../shared/data) has no logs", () => {});
  for (const log of logs) {
    it(log.name, () => {
      const lines = log.read().toString("latin1").split("\n");
      const step = Math.max(1, Math.floor(lines.length / 100));
      for (let i = 0; i < lines.length; i += step) agree(lines[i]);
    });
  }
});

describe("the reference itself", () => {
  it("counts length classes by half octaves", () => {
    expect([0, 1, 2, 3, 4, 6, 7, 1023, 1 << 20, 1 << 30].map(lengthClass)).toEqual([0, 2, 3, 4, 4, 5, 6, 20, 40, 40]);
  });
});
