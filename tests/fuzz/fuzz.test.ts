/**
 * A fixed part of what bench/fuzz.mjs tries for as long as one likes: records, changed models, changed states and forms
 * through a build that keeps guards around every region of its memory; and the ceiling of what a record may cost.
 */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeFeatures } from "../../host/model/featureSection.js";
import { decodeSections, encodeModel, section } from "../../host/model/modelFile.js";
import { Engine } from "../../host/wasm/engine.js";
import { configuredModel } from "../support/configuredModel.js";
import { FilterHost } from "../support/filterHost.mjs";
import { everythingModel, ordinaryModel } from "../support/fuzzModels.mjs";
import { guardedFilter, withMemoryLimit } from "../support/guardedFilter.mjs";
import { fuzzForms, fuzzModels, fuzzStates } from "../support/modelFuzz.mjs";
import { allOperations, countOperations } from "../support/operations.mjs";
import { ceilings, fuzz, startSeconds } from "../support/recordFuzz.mjs";
import { worstRecords } from "../support/worstRecords.mjs";

const seconds = startSeconds;
let wasm: Uint8Array<ArrayBuffer>;
let guarded: WebAssembly.Module;
let ordinary: Uint8Array;
let everything: Uint8Array;
let small: Uint8Array;

beforeAll(async () => {
  wasm = await guardedFilter();
  guarded = new WebAssembly.Module(wasm);
  ordinary = await ordinaryModel(3000);
  everything = everythingModel(ordinary, { keywords: 2000 });
  small = everythingModel(ordinary, { keywords: 300, trees: 10 });
}, 180_000);

const failures: string[] = [];
const onFailure = (bytes: Buffer, what: string) => failures.push(`${what}: ${bytes.toString("base64").slice(0, 2000)}`);

describe("records with anything around them", () => {
  it.each([
    ["everything configured and learnt", 4000],
    ["an ordinary model", 2000],
    ["no model", 1000],
  ] as const)("come out whole and alike, with %s", (setup, count) => {
    const isAll = setup.startsWith("everything");
    const model = isAll ? everything : setup === "no model" ? undefined : ordinary;
    const [host, twin] = [0x22, 0x39].map(
      (poison) => new FilterHost({ module: guarded, model, poison, stateFiles: new Map() }),
    );
    const summary = fuzz(host, { count, seed: 11, twin, everything: setup !== "an ordinary model", onFailure });
    expect(failures).toEqual([]);
    expect(summary.records).toBe(count);
    if (model) expect(summary.tagged).toBeGreaterThan(count / 10);
    expect([host.brokenGuards, twin.brokenGuards]).toEqual([0, 0]);
    expect(host.errors[0]).toContain(model ? "loaded" : "no oddline.model");
  });

  it("are told from their surroundings: one that is read or written to is noticed", () => {
    const host = new FilterHost({ module: guarded });
    const { reserve, memory } = host.exports as unknown as {
      reserve(bytes: number): number;
      memory: WebAssembly.Memory;
    };
    const ptr = reserve(100);
    const bytes = new Uint8Array(memory.buffer);
    bytes.fill(7, ptr, ptr + 100);
    expect(host.brokenGuards).toBe(0);
    bytes[ptr + 100] = 7;
    expect(host.brokenGuards).toBe(1);
  });
});

describe("what was changed and given a checksum that fits", () => {
  it("harms nothing as a model, in much memory or little", () => {
    const modules = [guarded, new WebAssembly.Module(withMemoryLimit(wasm, 350))];
    const summary = fuzzModels({ modules, models: [ordinary, small], count: 150, seed: 12, onFailure });
    expect(failures).toEqual([]);
    expect(summary.accepted).toBeGreaterThan(20);
    expect(summary.accepted).toBeLessThan(100);
  });

  it("harms nothing as a state, and what is saved after it is taken again", () => {
    const summary = fuzzStates({ modules: [guarded], models: [ordinary, small], count: 100, seed: 13, onFailure });
    expect(failures).toEqual([]);
    expect(summary.accepted).toBeGreaterThan(10);
    expect(summary.accepted).toBeLessThan(80);
  });

  it("harms nothing as a form of a summary", () => {
    fuzzForms({ module: guarded, model: small, count: 3000, seed: 14, onFailure });
    expect(failures).toEqual([]);
  });

  it("leaves the windows as they are where their tables find no memory", () => {
    const before = configuredModel("windows: { size: 100 }");
    const after = configuredModel("windows: { size: 10 }\nendpoints: { enabled: true }");
    const send = (host: FilterHost, from: number, records: number) => {
      for (let i = from; i < from + records; i++) {
        const record = Buffer.from(`{"log":"x","client":"192.0.2.${i % 200}","status":500}`);
        host.filter(record, { seconds: seconds + i });
      }
    };
    const roomy = new FilterHost({ module: guarded, model: before });
    send(roomy, 0, 600);
    const pages = roomy.memoryBytes / 65536;
    const tight = new FilterHost({ module: new WebAssembly.Module(withMemoryLimit(wasm, pages)), model: before });
    send(tight, 0, 600);
    tight.replaceModel(after);
    tight.clockMilliseconds += 60_000;
    tight.lookAtClock();
    expect(tight.errors.filter((line) => line.includes("loaded"))).toHaveLength(2);
    send(tight, 600, 30_000);
    expect(tight.memoryBytes / 65536).toBe(pages);
    expect(tight.brokenGuards).toBe(0);
  });
});

describe("what a record costs", () => {
  let counted: WebAssembly.Module;
  beforeAll(() => {
    const shipped = readFileSync(new URL("../../build/oddline.wasm", import.meta.url));
    counted = new WebAssembly.Module(countOperations(shipped, { byFunction: false }));
  });

  const costOf = (host: FilterHost, record: Buffer) => {
    const before = allOperations(host.exports);
    host.filter(record, { seconds });
    return allOperations(host.exports) - before;
  };

  it("stays under its ceiling, whatever it is made of", () => {
    for (const [setup, model] of [
      ["none", undefined],
      ["ordinary", ordinary],
      ["everything", everything],
    ] as const) {
      const host = new FilterHost({ module: counted, model });
      host.lookAtClock();
      for (const bytes of [60, 300, 3000, 40_000]) {
        for (const { name, record } of worstRecords(bytes)) {
          const cost = costOf(host, record);
          expect(cost, `${name}, ${record.length} bytes, ${setup}`).toBeLessThan(ceilings[setup](record.length + 7));
        }
      }
    }
  });

  it("does not grow with how the table of what was learnt is filled", () => {
    // ninety thousand in a row, each in its own place: two of three searches begin among them
    const row = encodeFeatures(
      Array.from({ length: 90_000 }, (_, i) => ({ low: i, high: i + 1, count: 1, once: 0, note: 0 })),
    );
    const withTable = (features: Uint8Array) => {
      const sections = new Map(decodeSections(ordinary)).set(section.features, features);
      const host = new FilterHost({ module: counted, model: encodeModel(new Engine(), sections) });
      host.lookAtClock();
      expect(host.errors.join()).toContain("loaded");
      return host;
    };
    const { record } = worstRecords(3000).find(({ name }) => name === "signs")!;
    const bare = costOf(withTable(new Uint8Array(16)), record);
    const looksMax = 2 * 1024; // features of a form, and their groups
    expect(costOf(withTable(row), record)).toBeLessThan(bare + 256 * 12 * looksMax);
  });
});
