/** The model in the filter's folder: loaded, replaced, spoilt, gone; one line each, and no record lost meanwhile. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Engine } from "../../host/engine.js";
import { modelVersion } from "../../host/model/modelFile.js";
import { FilterHost } from "../support/filterHost.mjs";
import { learnText } from "../support/learning.js";
import { ordinaryLog, tagOf } from "../support/recordFuzz.mjs";

const odd = (n: number) =>
  Buffer.from(
    `{"log":"203.0.113.9 - - [21/Nov/2026:02:11:09 +0000] \\"GET /cart?id=${n}%27--&count=1 HTTP/1.1\\" 200 1"}`,
  );
/** How often the filter looks at the file unless it is configured. */
const lookMilliseconds = 5000;

let first: Uint8Array;
let second: Uint8Array;
let host: FilterHost;
beforeAll(async () => {
  first = (await learnText(ordinaryLog(1, 5000))).model;
  second = (await learnText(ordinaryLog(2, 5000))).model;
});
beforeEach(() => {
  host = new FilterHost({ model: first });
});

let records = 0;
/** The model that judged a record sent now; undefined where it was not tagged. */
function judgedBy(): string | undefined {
  const record = odd(records++);
  const { output } = host.filter(record);
  expect(output?.subarray(0, record.length - 1).equals(record.subarray(0, -1))).toBe(true);
  return tagOf(record, output)?.model;
}

function later(milliseconds = lookMilliseconds): void {
  host.clockMilliseconds += milliseconds;
}

/** The lines about the model since the last call. */
function said(): string[] {
  return host.errors.splice(0).filter((line) => !/^\[oddline\] (counts |one key carries )/.test(line));
}

function flipped(model: Uint8Array, at: number): Uint8Array {
  const copy = model.slice();
  copy[at] ^= 0x10;
  return copy;
}

describe("the model in the folder", () => {
  it("is loaded with the first record, and said once", () => {
    expect(judgedBy()).toBe(modelVersion(first));
    const lines = said();
    expect(lines.length).toBe(1);
    expect(lines[0]).toMatch(new RegExp(`^\\[oddline\\] model ${modelVersion(first)} loaded`));
    for (let i = 0; i < 2000; i++) {
      later(7);
      host.filter(odd(i));
    }
    expect(said()).toEqual([]);
  });

  it("is picked up within seconds when it is replaced, by an older one too", () => {
    judgedBy();
    said();
    host.replaceModel(second);
    later(lookMilliseconds - 1);
    expect(judgedBy()).toBe(modelVersion(first));
    later();
    expect(judgedBy()).toBe(modelVersion(second));
    expect(said()).toHaveLength(1);
    host.replaceModel(first, 1n);
    later();
    expect(judgedBy()).toBe(modelVersion(first));
    expect(said()).toHaveLength(1);
  });

  it("is picked up where records come in short bursts, minutes apart", () => {
    for (let burst = 0; burst < 20; burst++) {
      if (burst === 10) host.replaceModel(second);
      const judges = new Set([0, 1, 2, 3, 4].map(judgedBy));
      // the burst in which it changes may still begin with the old one
      if (burst !== 10) expect([...judges]).toEqual([modelVersion(burst < 10 ? first : second)]);
      later(120_000);
    }
  });

  it("is picked up under load, between two records", () => {
    judgedBy();
    said();
    host.replaceModel(second);
    const judges = Array.from({ length: 10_000 }, (_, i) => {
      if (i % 4 === 0) later(3);
      return judgedBy();
    });
    expect(new Set(judges)).toEqual(new Set([modelVersion(first), modelVersion(second)]));
    expect(judges.at(-1)).toBe(modelVersion(second));
    const seen = judges.indexOf(modelVersion(second));
    expect(judges.slice(seen).every((judge) => judge === modelVersion(second))).toBe(true);
    expect(said()).toHaveLength(1);
  });

  it.each([
    ["truncated", () => second.subarray(0, second.length >> 1), /truncated/],
    ["empty", () => new Uint8Array(0), /truncated/],
    ["one byte short", () => second.subarray(0, -1), /truncated/],
    ["another file", () => Buffer.from("not a model at all, but a text that is long enough"), /no Oddline model/],
    ["damaged", () => flipped(second, second.length >> 1), /damaged/],
    ["newer", () => flipped(second, 8), /newer format/],
    ["too large", () => new Uint8Array((16 << 20) + 1), /larger than 16 MiB/],
  ])("when %s leaves the last good one in place, with one line", (_, make, reason) => {
    judgedBy();
    said();
    host.replaceModel(make());
    for (let i = 0; i < 50; i++) {
      later();
      expect(judgedBy()).toBe(modelVersion(first));
    }
    const lines = said();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(reason);
    expect(lines[0]).toContain(`model ${modelVersion(first)} stays`);
    host.replaceModel(second);
    later();
    expect(judgedBy()).toBe(modelVersion(second));
    expect(said()).toHaveLength(1);
  });

  it("when deleted leaves the last good one in place, with one line, and may come back", () => {
    judgedBy();
    said();
    host.replaceModel(undefined);
    for (let i = 0; i < 10; i++) {
      later();
      expect(judgedBy()).toBe(modelVersion(first));
    }
    expect(said()).toEqual([expect.stringContaining("gone")]);
    host.replaceModel(second);
    later();
    expect(judgedBy()).toBe(modelVersion(second));
    expect(said()).toHaveLength(1);
  });

  it("may be missing or spoilt at the start: one line, records pass, and a good one is taken later", () => {
    for (const model of [undefined, flipped(first, 100)]) {
      host = new FilterHost({ model });
      for (let i = 0; i < 10; i++) {
        expect(judgedBy()).toBeUndefined();
        later();
      }
      expect(said()).toHaveLength(1);
      host.replaceModel(first);
      later();
      expect(judgedBy()).toBe(modelVersion(first));
      expect(said()).toHaveLength(1);
    }
    host = new FilterHost({ model: first });
    host.hasFolder = false;
    for (let i = 0; i < 10; i++) {
      expect(judgedBy()).toBeUndefined();
      later();
    }
    expect(said()).toHaveLength(1);
  });

  it("older than it should be is told once a day", async () => {
    const aged = await learnText(ordinaryLog(1, 5000), { ageSecondsMax: 86_400 });
    host = new FilterHost({ model: aged.model });
    const newest = aged.summary.newestEventSeconds;
    host.clockMilliseconds = (newest + 3600) * 1000;
    judgedBy();
    expect(said()).toHaveLength(1);
    let lines = 0;
    for (let hour = 0; hour < 24 * 5; hour++) {
      later(3_600_000);
      judgedBy();
      const now = said();
      expect(now.every((line) => line.includes("stale"))).toBe(true);
      lines += now.length;
    }
    expect(lines).toBeGreaterThanOrEqual(4);
    expect(lines).toBeLessThanOrEqual(5);
  });

  it("may be replaced a thousand times in the same memory", () => {
    judgedBy();
    let bytes = 0;
    for (let i = 0; i < 1000; i++) {
      host.replaceModel(i % 2 === 0 ? second : first);
      later();
      judgedBy();
      if (i === 10) bytes = host.memoryBytes;
    }
    expect(host.memoryBytes).toBe(bytes);
    expect(new Engine(1n).tryModel(first)).toBeUndefined();
  });
});
