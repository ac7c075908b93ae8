/**
 * The forest as a part of a model: written by `oddline network`, kept by every other command, refused where damaged.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../host/math/random.js";
import { nodeBytes } from "../../host/model/forestSection.js";
import { decodeSections, encodeModel, section } from "../../host/model/modelFile.js";
import { Engine } from "../../host/wasm/engine.js";
import { oddline } from "../support/cli.js";
import { FilterHost } from "../support/filterHost.mjs";
import { lineOf, ordinaryFlows } from "../support/networkModel.js";

const folder = mkdtempSync(join(tmpdir(), "oddline-network-model-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const noon = Date.UTC(2026, 10, 21, 12) / 1000;

const flows = ordinaryFlows(seededRandom(1), 4000, noon - 30_000).map(({ flow, seconds }) => lineOf(flow, seconds));
const scan = Array.from(
  { length: 300 },
  (_, i) =>
    `ts=${new Date((noon + i / 2) * 1000).toISOString()} src_ip=203.0.113.${i % 250} dst_ip=198.51.100.7 dst_port=${i} bytes=0 action=drop`,
);
const web = Array.from(
  { length: 400 },
  (_, i) => `10.0.0.${i % 9} - - [21/Nov/2026:02:11:09 +0000] "GET /shop/${i % 5} HTTP/1.1" 200 ${i}`,
);

const sectionsOf = (path: string) => decodeSections(readFileSync(path));
const forestIn = (path: string) => Buffer.from(sectionsOf(path).get(section.forest) ?? []).toString("hex");

async function networkTags(model: string, lines = scan): Promise<Record<string, unknown>[]> {
  writeFileSync(at("tagged.log"), `${lines.join("\n")}\n`);
  const { code, lines: out, err } = await oddline("tag", "--model", model, "--only", at("tagged.log"));
  expect(code, err).toBe(0);
  return out.map((line) => JSON.parse(line).anomaly).filter(({ type }) => type === "network");
}

beforeAll(async () => {
  writeFileSync(at("flows.log"), `${flows.join("\n")}\n`);
  writeFileSync(at("web.log"), `${web.join("\n")}\n`);
  const learnt = await oddline("network", "--train", at("flows.log"), "--model-out", at("oddline.model"));
  expect(learnt.code, learnt.err).toBe(0);
  expect(learnt.err).toContain(`-> ${at("oddline.model")}`);
});

describe("oddline network --model-out", () => {
  it("writes a model that tags the scanned destination, and is shown by inspect", async () => {
    const tags = await networkTags(at("oddline.model"));
    expect(tags).toHaveLength(1);
    expect(tags[0]).toMatchObject({ type: "network", destination: "198.51.100.7", bytes: 0 });
    expect(tags[0].score).toBeGreaterThan(1);
    const { out } = await oddline("inspect", at("oddline.model"), "--json");
    expect(JSON.parse(out)).toMatchObject({
      network: { trees: 100, entity: "destination", windowSeconds: 300, known: 30 },
      learnt: { network: { seed: 42 } },
    });
  });

  it("explains a line: its flow, and the forest on a window of it alone", async () => {
    const { out } = await oddline("inspect", at("oddline.model"), "--explain", scan[0], "--json");
    const { network } = JSON.parse(out).detectors;
    expect(network).toMatchObject({
      source: "203.0.113.0",
      destination: "198.51.100.7",
      port: 0,
      bytes: 0,
      failed: true,
    });
    expect(network.decision).toBeGreaterThan(-0.5);
    expect(network.decision).toBeLessThan(0.5);
    const plain = await oddline("inspect", at("oddline.model"), "--explain", web[0], "--json");
    expect(JSON.parse(plain.out).detectors.network).toBeNull();
  });

  it("keeps what the model in place has learnt, or that of --from; takes a saved forest too", async () => {
    await oddline("refresh", at("web.log"), "--out", at("web.model"), "--force");
    const before = sectionsOf(at("web.model")).get(section.features)!;
    writeFileSync(at("both.model"), readFileSync(at("web.model")));
    const forest = ["--train", at("flows.log"), "--save-forest", at("forest")];
    const { code } = await oddline("network", ...forest, "--model-out", at("both.model"));
    expect(code).toBe(0);
    expect(Buffer.compare(sectionsOf(at("both.model")).get(section.features)!, before)).toBe(0);
    expect(forestIn(at("both.model"))).toBe(forestIn(at("oddline.model")));
    expect(readFileSync(at("both.model.1"))).toEqual(readFileSync(at("web.model")));
    await oddline("network", "--forest", at("forest"), "--model-out", at("third.model"), "--from", at("web.model"));
    expect(Buffer.compare(sectionsOf(at("third.model")).get(section.features)!, before)).toBe(0);
    expect(forestIn(at("third.model"))).toBe(forestIn(at("oddline.model")));
  });

  it.each([
    ["--from without it", ["--train", "x", "--from", "y"]],
    ["staying", ["--loki", "http://127.0.0.1:1", "--every", "1m", "--model-out", "x"]],
    ["both ways at once", ["--train", "x", "--forest", "y", "--model-out", "z"]],
  ])("refuses %s", async (_, args) => {
    writeFileSync(at("y"), readFileSync(at("forest")));
    const { code, err } = await oddline("network", ...args.map((arg) => (arg === "y" ? at("y") : arg)));
    expect(code).toBe(2);
    expect(err).toContain("OPTION_INVALID");
  });
});

describe("no command drops a forest without saying so", () => {
  it("refresh keeps that of the model in place, or of another; --no-forest drops it", async () => {
    writeFileSync(at("nightly.model"), readFileSync(at("oddline.model")));
    const refresh = (...more: string[]) =>
      oddline("refresh", at("web.log"), "--out", at("nightly.model"), "--force", ...more);
    const { out } = await refresh();
    expect(out).toContain("the forest of network flows is kept");
    expect(forestIn(at("nightly.model"))).toBe(forestIn(at("oddline.model")));
    await refresh();
    expect(JSON.parse(Buffer.from(sectionsOf(at("nightly.model")).get(section.provenance)!).toString())).toMatchObject({
      lines: 400,
      network: { seed: 42 },
    });
    expect(await networkTags(at("nightly.model"))).toHaveLength(1);
    await refresh("--no-forest");
    expect(forestIn(at("nightly.model"))).toBe("");
    await refresh("--forest-from", at("oddline.model"));
    expect(forestIn(at("nightly.model"))).toBe(forestIn(at("oddline.model")));
    writeFileSync(at("nightly.model"), "damaged");
    expect((await refresh()).err).toContain("a network forest in it is not kept");
  });

  it("compile --from keeps it, and detectors.network switches it off", async () => {
    writeFileSync(at("oddline.yaml"), "detectors:\n  network: false\n");
    const compiled = await oddline(
      "compile",
      at("oddline.yaml"),
      "--from",
      at("oddline.model"),
      "--out",
      at("off.model"),
    );
    expect(compiled.code, compiled.err).toBe(0);
    expect(forestIn(at("off.model"))).toBe(forestIn(at("oddline.model")));
    expect(await networkTags(at("off.model"))).toEqual([]);
  });
});

describe("a forest that cannot be walked", () => {
  it("is refused by the filter, whatever the checksum says, and the last good model stays", () => {
    const good = readFileSync(at("oddline.model"));
    const engine = new Engine(5n);
    engine.useModel(good, "good");
    const host = new FilterHost({ model: good });
    const record = (line: string) => Buffer.from(JSON.stringify({ log: line }));
    host.filter(record(scan[0]));
    const forest = decodeSections(good).get(section.forest)!;
    const nodes = (64 + 400 + 15) & ~15;
    const damages: [number, number[]][] = [
      [0, [0]], //                     magic
      [8, [0, 0, 0, 0]], //            no trees
      [44, [3]], //                    an entity that is none
      [nodes, [15, 0]], //             a feature that is none
      [nodes + 2, [0, 0]], //          paths below that are longer than stated
      [nodes + 4, [1, 0, 0, 0]], //    a right child that is the left one
      [nodes + 8, [0, 0, 192, 127]], // no number
    ];
    for (const [offset, bytes] of damages) {
      const damaged = forest.slice();
      damaged.set(bytes, offset);
      const sections = new Map(decodeSections(good)).set(section.forest, damaged);
      const model = encodeModel(engine, sections);
      expect(engine.tryModel(model), `${offset}`).toBe("a section with invalid fields");
      host.replaceModel(model);
      host.clockMilliseconds += 10_000;
      host.filter(record(flows[0]));
      expect(host.errors.splice(0).join()).toContain("has an invalid section");
    }
    expect(damages.every(([offset]) => offset < nodes + nodeBytes)).toBe(true);
    const outputs = scan.map((line) => host.filter(record(line)).output!.toString());
    expect(outputs.filter((output) => output.includes('"type":"network"'))).toHaveLength(1);
  });
});

describe("a forged flood", () => {
  it("of fifty thousand destinations costs no memory, and the heaviest talker among them is told", () => {
    const host = new FilterHost({ model: readFileSync(at("oddline.model")) });
    const filter = (line: string) => host.filter(Buffer.from(JSON.stringify({ log: line }))).output!.toString();
    const time = (i: number) => `ts=${new Date((noon + i / 200) * 1000).toISOString()}`;
    const flood = (i: number) => `${time(i)} src_ip=10.0.0.1 dst_ip=${ipv4(i)} dst_port=80 bytes=40`;
    for (let i = 0; i < 100; i++) filter(flood(i));
    const before = host.memoryBytes;
    let told = 0;
    for (let i = 100; i < 50_000; i++) {
      filter(flood(i));
      if (i % 100 > 0) continue;
      const output = filter(
        `${time(i)} src_ip=203.0.113.${i % 251} dst_ip=198.51.100.7 dst_port=${i % 9973} bytes=0 action=drop`,
      );
      if (output.includes('"destination":"198.51.100.7"')) told++;
    }
    expect(told).toBe(1);
    expect(host.memoryBytes).toBe(before);
  });
});

const ipv4 = (i: number) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
