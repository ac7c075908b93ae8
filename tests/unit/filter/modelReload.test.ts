/** The model in the filter's folder: loaded, replaced, spoilt, gone; one line each, and no record lost meanwhile. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { modelVersion } from "../../../host/model/modelFile.js";
import { Engine } from "../../../host/wasm/engine.js";
import { FilterHost } from "../../support/filterHost.mjs";
import { learnText } from "../../support/learning.js";
import { ordinaryLog, tagOf } from "../../support/recordFuzz.mjs";

/** Each with other words: the same would be told a few times only. */
const odd = (n: number) => {
  const word = n.toString(2).replaceAll("0", "a").replaceAll("1", "b");
  return Buffer.from(
    `{"log":"203.0.113.9 - - [21/Nov/2026:02:11:09 +0000] \\"GET /cart?id=${n}%27${word}--&count=1 HTTP/1.1\\" 200 1"}`,
  );
};
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

  it.each([
    ["a FIFO or a socket", 6],
    ["a folder", 3],
    ["a character device", 2],
    ["of a type WASI has no name for", 0],
  ])("that is %s is never opened: one line, and a good one is taken later", (_, type) => {
    for (const before of [undefined, first]) {
      host = new FilterHost({ model: before });
      if (before) judgedBy();
      host.replaceModel(second);
      host.modelType = type;
      host.modelOpened = 0;
      later();
      said();
      for (let i = 0; i < 20; i++) {
        expect(judgedBy()).toBe(before && modelVersion(before));
        later();
      }
      const kept = before
        ? `model ${modelVersion(before)} stays`
        : "built-in keywords and rates until there is a good one";
      expect(said()).toEqual([`[oddline] oddline.model is no regular file: ${kept}`]);
      expect(host.modelOpened).toBe(0);
      host.replaceModel(second);
      host.modelType = 4;
      expect(judgedBy()).toBe(modelVersion(second));
    }
  });

  it.each([
    ["too many open files", 33, "modelOpenProblem"],
    ["no permission", 2, "modelOpenProblem"],
    ["a loop of links", 32, "modelLookProblem"],
    ["no permission, or a link out of the folder", 76, "modelLookProblem"],
    ["input/output error", 29, "modelLookProblem"],
  ] as const)("that cannot be read for now (%s) is told once an hour and read once it can", (reason, problem, step) => {
    host[step] = problem;
    for (let i = 0; i < 800; i++) {
      expect(judgedBy()).toBeUndefined();
      later();
    }
    const line = `[oddline] oddline.model cannot be read (${reason}): built-in keywords and rates until there is a good one`;
    expect(said()).toEqual([line, line]);
    host[step] = 0; // the file is the same
    expect(judgedBy()).toBe(modelVersion(first));
    said();
    host[step] = problem;
    host.replaceModel(second);
    later();
    judgedBy();
    expect(said()).toEqual([expect.stringContaining(`(${reason}): model ${modelVersion(first)} stays`)]);
  });

  it("that grows under its name is told once, and read when it is whole", () => {
    judgedBy();
    said();
    host.replaceModel(second.subarray(0, 1));
    for (let bytes = 1; bytes < second.length; bytes += second.length >> 6) {
      host.model = second.subarray(0, bytes);
      host.modifiedNanoseconds++;
      later();
      expect(judgedBy()).toBe(modelVersion(first));
    }
    expect(said()).toEqual([expect.stringContaining("is truncated")]);
    host.model = second;
    later();
    expect(judgedBy()).toBe(modelVersion(second));
  });

  it("that is spoilt at the start leaves the built-in keywords and rates at work", () => {
    host = new FilterHost({ model: flipped(first, first.length >> 1) });
    const keyword = Buffer.from('{"log":"kernel: Out of memory: Killed process 4211 (java)"}');
    const without = new FilterHost();
    expect(tagOf(keyword, host.filter(keyword).output)).toMatchObject({ type: "keyword" });
    without.filter(keyword);
    expect(host.filter(keyword).output).toEqual(without.filter(keyword).output);
    const failed = Buffer.from('{"log":"192.0.2.7 - - [21/Nov/2026:12:00:00 +0000] \\"GET /cart HTTP/1.1\\" 500 312"}');
    const tags = Array.from({ length: 9 }, () => tagOf(failed, host.filter(failed, { seconds: 1_795_262_400 }).output));
    expect(tags.filter((tag) => tag?.type === "error_rate")).toHaveLength(1);
    expect(said()).toHaveLength(1);
  });

  it("is looked at, and told of, when the clock was set back by years", () => {
    judgedBy();
    host.replaceModel(flipped(first, 100));
    later();
    judgedBy();
    said();
    host.clockMilliseconds -= 20 * 365 * 86_400_000;
    judgedBy();
    later();
    host.replaceModel(second);
    later();
    expect(judgedBy()).toBe(modelVersion(second));
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
