/** The filter's second folder and its counts line, in a host whose folders, clock and standard error are in memory. */
import { beforeEach, describe, expect, it } from "vitest";
import { readState } from "../../differential/reference/snapshot.js";
import { configuredModel } from "../../support/configuredModel.js";
import { FilterHost } from "../../support/filterHost.mjs";
import { tagOf } from "../../support/recordFuzz.mjs";

const noon = Date.UTC(2026, 10, 21, 12) / 1000;
const saveMilliseconds = 30_000;

let host: FilterHost;
let files: Map<string, Buffer>;
beforeEach(() => {
  files = new Map();
  host = start();
});

function start(model?: Uint8Array): FilterHost {
  const made = new FilterHost({ model, stateFiles: files });
  made.clockMilliseconds = noon * 1000;
  return made;
}

/** Records further apart than this are no dense stream: the filter reads its clock with each. */
const apartMilliseconds = 20;

/** One line of an access log so many seconds after noon; its tag. */
function send(second: number, { address = "192.0.2.7", status = 500, path = "/cart" } = {}) {
  const time = new Date((noon + second) * 1000);
  const clock = time.toISOString().slice(11, 19);
  const day = `${String(time.getUTCDate()).padStart(2, "0")}/Nov/2026`;
  const line = `${address} - - [${day}:${clock} +0000] \\"GET ${path} HTTP/1.1\\" ${status} 312 \\"-\\" \\"curl/8\\"`;
  host.clockMilliseconds += apartMilliseconds;
  const record = Buffer.from(`{"log":"${line}"}`);
  const { output } = host.filter(record, { seconds: noon + second });
  expect(output?.subarray(0, record.length - 1).equals(record.subarray(0, -1))).toBe(true);
  return tagOf(record, output);
}

function dense(...event: Parameters<typeof send>): void {
  host.clockMilliseconds -= apartMilliseconds;
  send(...event);
}

/** Lines since the last call. */
const said = () => host.errors.splice(0);

/** Nine errors at once: an alert. The state is saved with the event that comes `saveMilliseconds` later. */
function alertAndSave(): void {
  for (let i = 0; i < 9; i++) send(0);
  host.clockMilliseconds += saveMilliseconds;
  expect(send(10)).toMatchObject({ state: "ERROR_RATE_ALERT" });
}

describe("the state in the second folder", () => {
  it("is written beside its place and moved there, on the interval, with records only", () => {
    send(0);
    host.clockMilliseconds += saveMilliseconds - 1000;
    send(1);
    expect(host.stateSteps).toEqual([]);
    host.clockMilliseconds += 1000;
    send(2);
    expect(host.stateSteps).toEqual(["write oddline.state.new", "rename oddline.state.new oddline.state"]);
    expect([...files.keys()]).toEqual(["oddline.state"]);
    expect(readState(files.get("oddline.state")!)).toMatchObject({ seed: 0x5a5a5a5a5a5a5a5an, windowSeconds: 60 });
    expect(said().filter((line) => line.includes("oddline.state"))).toEqual([
      "[oddline] no oddline.state in the second accessible folder yet: windows start empty",
    ]);
    const { memoryBytes } = host;
    for (let i = 0; i < 200; i++) {
      host.clockMilliseconds += saveMilliseconds;
      send(3 + i, { address: `10.0.0.${i}` });
    }
    expect(host.stateSteps).toHaveLength(402);
    expect(host.memoryBytes).toBe(memoryBytes);
    expect(said().filter((line) => !line.includes("counts"))).toEqual([]);
  });

  it("carries an alert, the seed and the muted news over a restart", () => {
    alertAndSave();
    host = start();
    host.random = 0x11;
    expect(send(12, { address: "198.51.100.1", status: 200 })).toBeUndefined();
    expect(said()[1]).toBe("[oddline] oddline.state restored, 1 alert in progress");
    expect(send(13)).toMatchObject({ state: "ERROR_RATE_ALERT", count: 10 });
    expect(send(100, { status: 200 })).toMatchObject({ state: "NORMAL", event: "NORMAL_ACTIVITY" });
    host.clockMilliseconds += saveMilliseconds;
    send(101);
    expect(readState(files.get("oddline.state")!).seed).toBe(0x5a5a5a5a5a5a5a5an);
  });

  it.each([
    ["truncated", (state: Buffer) => state.subarray(0, -1), "is truncated"],
    ["empty", () => Buffer.alloc(0), "is truncated"],
    ["another file", () => Buffer.alloc(500, "a text "), "is no state of Oddline"],
    ["newer", (state: Buffer) => ofVersion(state, 4), "has a newer format than this filter reads"],
    ["older than the one before", (state: Buffer) => ofVersion(state, 0), "is too old to be read"],
    ["damaged", (state: Buffer) => flipped(state, state.length >> 1), "is damaged (checksum)"],
    ["too large", () => Buffer.alloc((16 << 20) + 1), "is too large"],
  ])("%s is ignored with one line, and replaced", (_, spoil, reason) => {
    alertAndSave();
    files.set("oddline.state", spoil(files.get("oddline.state")!));
    host = start();
    expect(send(11)).toBeUndefined(); // a first error, no alert
    expect(said()[1]).toBe(`[oddline] oddline.state ${reason}: windows start empty`);
    for (let i = 0; i < 20; i++) send(12);
    expect(said()).toEqual([]);
    host.clockMilliseconds += saveMilliseconds;
    send(13);
    host = start();
    expect(send(40)).toMatchObject({ state: "ERROR_RATE_ALERT" });
  });

  it("of windows of another length is ignored with one line", () => {
    alertAndSave();
    host = start(configuredModel("windows: { seconds: 120 }"));
    expect(send(11)).toBeUndefined();
    expect(said()[1]).toBe("[oddline] oddline.state is of windows of another length: windows start empty");
  });

  it("that is stale is given up with one line", () => {
    alertAndSave();
    host = start();
    send(3700, { status: 200 });
    send(3701, { status: 200 });
    send(3702, { status: 200 });
    const lines = said();
    expect(lines[1]).toBe("[oddline] oddline.state restored, 1 alert in progress");
    expect(lines.slice(2)).toEqual([
      "[oddline] oddline.state was stale (the first events are 1 hour later): windows start empty",
    ]);
  });

  it("that cannot be written costs a line an hour and no record", () => {
    for (const [problem, reason] of [
      [69, "read-only file system"],
      [2, "no permission"],
      [44, "the folder is gone"],
      [29, "input/output error"],
      [33, "too many open files"],
      [48, "WASI error 48"],
    ] as const) {
      host = start();
      host.stateProblem = problem;
      for (let i = 0; i < 240; i++) {
        send(i * 30);
        host.clockMilliseconds += saveMilliseconds;
      }
      expect(said().filter((line) => line.includes("written"))).toEqual(
        Array(2).fill(`[oddline] oddline.state cannot be written (${reason}): a restart would forget the windows`),
      );
      expect(files.size).toBe(0);
    }
  });

  it("leaves the last good one in place on a full disk, and nothing half written", () => {
    alertAndSave();
    const good = files.get("oddline.state")!;
    host.stateRoomBytes = 100;
    host.clockMilliseconds += saveMilliseconds;
    send(40);
    expect(files).toEqual(new Map([["oddline.state", good]]));
    expect(host.stateSteps.slice(-2)).toEqual(["write oddline.state.new", "remove oddline.state.new"]);
    expect(said().join()).toContain("oddline.state cannot be written (no space left)");
    host.stateRoomBytes = Number.POSITIVE_INFINITY;
    host.clockMilliseconds += saveMilliseconds;
    send(41);
    expect(files.get("oddline.state")).not.toEqual(good);
  });

  it("tells when two filters write to one folder", () => {
    alertAndSave();
    const first = host;
    const second = start();
    host = second;
    send(11);
    said();
    first.errors = [];
    host.clockMilliseconds += saveMilliseconds;
    send(41);
    host = first;
    host.clockMilliseconds += saveMilliseconds;
    send(42);
    expect(said().join()).toContain(
      "oddline.state was written by another: give each filter a second folder of its own",
    );
  });

  it("is neither read nor written with saveEvery 0, nor without a second folder", () => {
    alertAndSave();
    host = start(configuredModel("state: { saveEvery: 0s }"));
    send(11);
    host.clockMilliseconds += 3_600_000;
    send(12);
    expect(host.stateSteps).toEqual([]);
    expect(said().join()).not.toContain("oddline.state");
    host = new FilterHost();
    send(13);
    host.clockMilliseconds += 3_600_000;
    send(14);
    expect(said().join()).not.toContain("oddline.state");
  });

  it("has the configured seed, and one of another seed is ignored", () => {
    const model = configuredModel("state: { saveEvery: 1s, seed: 9007199254740991 }");
    host = start(model);
    for (let i = 0; i < 9; i++) send(0);
    host.clockMilliseconds += 1000;
    send(10);
    expect(readState(files.get("oddline.state")!).seed).toBe(9007199254740991n);
    host = start(model);
    send(11);
    expect(said()[1]).toContain("restored, 1 alert");
    host = start(configuredModel("state: { seed: 5 }"));
    send(12);
    expect(said()[1]).toContain("made with another seed");
  });

  it("is read where the model cannot be used, as without one", () => {
    alertAndSave();
    host = start(configuredModel("").fill(0xff, 40));
    expect(send(11)).toMatchObject({ state: "ERROR_RATE_ALERT", count: 10 });
    expect(said()).toEqual([
      expect.stringContaining("built-in keywords and rates until there is a good one"),
      "[oddline] oddline.state restored, 1 alert in progress",
    ]);
    host.replaceModel(configuredModel(""));
    host.clockMilliseconds += 5000;
    expect(send(40)).toMatchObject({ state: "ERROR_RATE_ALERT", count: 11 });
  });

  it.each([
    ["a folder", 3],
    ["a FIFO", 6],
    ["a device", 2],
    ["a link", 7],
  ])("that is %s is neither opened nor replaced, with a line an hour", (_, type) => {
    alertAndSave();
    const before = files.get("oddline.state");
    host = start();
    host.stateType = type;
    for (let i = 0; i < 240; i++) {
      send(i * 30, { address: `10.0.0.${i}` });
      host.clockMilliseconds += saveMilliseconds;
    }
    expect(host.stateSteps).toEqual([]);
    expect(files.get("oddline.state")).toBe(before);
    expect(said().filter((line) => line.includes("oddline.state"))).toEqual([
      "[oddline] oddline.state is no regular file: it is left alone, a restart forgets the windows",
      "[oddline] oddline.state cannot be written (no regular file): a restart would forget the windows",
    ]);
    host.stateType = 4;
    send(8000);
    expect(host.stateSteps).toContain("rename oddline.state.new oddline.state");
  });

  it("is written where something stands in the place it is prepared in", () => {
    files.set("oddline.state.new", Buffer.from("left behind"));
    alertAndSave();
    expect(host.stateSteps).toEqual([
      "write oddline.state.new",
      "remove oddline.state.new",
      "write oddline.state.new",
      "rename oddline.state.new oddline.state",
    ]);
    expect([...files.keys()]).toEqual(["oddline.state"]);
  });
});

describe("the counts line", () => {
  const counts = () =>
    said()
      .filter((line) => line.startsWith("[oddline] counts "))
      .map((line) =>
        Object.fromEntries(
          line
            .slice(17)
            .split(" ")
            .map((pair) => pair.split("=")),
        ),
      );

  it("tells what came since the one before, once a minute, with records only", () => {
    for (let i = 0; i < 9; i++) send(0);
    host.clockMilliseconds += 59_000;
    send(1);
    expect(counts()).toEqual([]);
    host.clockMilliseconds += 1000;
    send(10);
    const none = { traffic: "0", novelty: "0", outlier: "0", network: "0", burst: "0", cache_hits: "0", muted: "0" };
    expect(counts()).toEqual([
      { seconds: "60", records: "10", tagged: "1", keyword: "0", error_rate: "1", ...none, late: "0", model: "none" },
    ]);
    host.clockMilliseconds += 600_000;
    send(-3600);
    expect(counts()).toMatchObject([{ seconds: "600", records: "1", tagged: "1", late: "0" }]);
    host.clockMilliseconds += 60_000;
    send(12, { status: 200 });
    expect(counts()).toMatchObject([{ seconds: "60", records: "1", tagged: "0", late: "1" }]);
  });

  it("counts in shadow what would have been tagged, names the model, and keeps its interval", () => {
    host = start(configuredModel("{ mode: shadow, counts: { every: 10s } }"));
    for (let i = 0; i < 9; i++) expect(send(0)).toBeUndefined();
    host.clockMilliseconds += 10_000;
    send(10);
    expect(counts()).toMatchObject([{ records: "9", error_rate: "1", model: expect.stringMatching(/^[0-9a-f]{8}$/) }]);
  });

  it("is silent with counts.every 0", () => {
    host = start(configuredModel("counts: { every: 0s }"));
    for (let i = 0; i < 9; i++) {
      send(i);
      host.clockMilliseconds += 3_600_000;
    }
    expect(counts()).toEqual([]);
  });

  it("adds up under load", () => {
    let records = 0;
    for (let i = 0; i < 10_000; i++) {
      if (i % 8 === 0) host.clockMilliseconds += 17;
      dense(i >> 4, { status: 200, address: `10.0.${i & 7}.1` });
    }
    for (const line of counts()) records += Number(line.records);
    host.clockMilliseconds += 70_000;
    for (let i = 0; i < 600; i++) dense(900, { status: 200 }); // the clock is read again within these
    const more = counts();
    expect(more).toHaveLength(1);
    records += Number(more[0].records);
    expect(records).toBeGreaterThanOrEqual(10_000);
    expect(records).toBeLessThanOrEqual(10_600);
  });
});

describe("the model's settings", () => {
  it("decide how often it is looked for", () => {
    host = start(configuredModel("model: { checkEvery: 60s }"));
    send(0);
    host.replaceModel(configuredModel("mode: shadow"));
    host.clockMilliseconds += 59_000;
    send(1);
    expect(said().filter((line) => line.includes("loaded"))).toHaveLength(1);
    host.clockMilliseconds += 1000;
    send(2);
    expect(said().filter((line) => line.includes("loaded"))).toHaveLength(1);
  });

  it("say when it is too old, once a day, but not of one that learnt nothing", () => {
    const day = 86_400;
    for (const [newest, lines] of [
      [noon - 3 * day, 3],
      [noon - day, 2],
      [0, 0],
    ]) {
      host = start(configuredModel("", newest, 2 * day));
      for (let hour = 0; hour < 60; hour++) {
        send(hour);
        host.clockMilliseconds += 3_600_000;
      }
      expect(said().filter((line) => line.includes("stale")).length, `${newest}`).toBe(lines);
    }
  });
});

function ofVersion(state: Buffer, version: number): Buffer {
  const copy = Buffer.from(state);
  copy.writeUInt32LE(version, 8);
  return copy;
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] ^= 0x10;
  return copy;
}
