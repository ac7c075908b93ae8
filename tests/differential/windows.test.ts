import { beforeAll, describe, expect, it } from "vitest";
import { loadAssembly, seededRandom } from "../support/assemblyBuild.js";
import { readState } from "./reference/snapshot.js";
import { type Judging, type ObservedEvent, ReferenceWindows, type RuleOptions } from "./reference/windows.js";

interface Windows {
  memory: WebAssembly.Memory;
  reserve(bytes: number): number;
  sizeWindows(windowSeconds: number, slots: number, queueMax: number, perEndpoint: number): number;
  setRule(which: number, floor: number, multiplier: number): void;
  setUsual(which: number, usual: number): void;
  setAlertEnd(share: number): void;
  setJudging(errors: number, requests: number, endpoints: number, keywords: number): void;
  forgetWindows(): void;
  observe(key: bigint, endpoint: bigint, seconds: bigint, isError: number, hitsPtr: number, hits: number): void;
  setClockArrival(seconds: bigint, start: bigint): void;
  flood(count: number, firstKey: bigint, seconds: bigint): number;
  writeSnapshot(ptr: number, capacity: number, seed: bigint): number;
  checkSnapshot(ptr: number, bytes: number): number;
  useSnapshot(ptr: number): void;
  seedOfSnapshot(ptr: number): bigint;
  weighRestored(seconds: bigint): void;
  hashBytes(ptr: number, bytes: number, seed: bigint): bigint;
  initialiseSuppression(): number;
  forgetSuppression(): void;
  countSame(key: bigint, seconds: bigint): number;
  restoredSeconds: WebAssembly.Global;
  staleSeconds: WebAssembly.Global;
  state: WebAssembly.Global;
  transition: WebAssembly.Global;
  keywordAlert: WebAssembly.Global;
  keywordCount: WebAssembly.Global;
  keywordReached: WebAssembly.Global;
  ruleCount(which: number): number;
  ruleThreshold(which: number): number;
  ruleAlert(which: number): number;
  ruleReported(which: number): number;
  ruleTransition(which: number): number;
}

const states = ["NORMAL", "ERROR_RATE_ALERT", "TRAFFIC_ALERT", "KEYWORD_ALERT"] as const;
const events = ["", "KEYWORD_DETECTED", "HIGH_ERROR_RATE", "HIGH_TRAFFIC", "NORMAL_ACTIVITY"] as const;
const usual: RuleOptions = {
  windowSeconds: 60,
  queueMax: 100,
  perEndpoint: false,
  alertEnd: 0.8,
  errors: { floor: 5, multiplier: 3 },
  requests: { floor: 100, multiplier: 3 },
  endpoints: { floor: 100, multiplier: 3 },
};

let windows: Windows;
let hitsPtr: number;
let snapshotPtr: number;
beforeAll(async () => {
  windows = await loadAssembly<Windows>("windows");
  hitsPtr = windows.reserve(1024);
  snapshotPtr = windows.reserve(snapshotRoom);
});

function start(options: RuleOptions, slots = 1024): void {
  expect(windows.sizeWindows(options.windowSeconds, slots, options.queueMax, options.perEndpoint ? 1 : 0)).toBe(1);
  [options.errors, options.requests, options.endpoints].forEach((rule, which) => {
    windows.setRule(which, rule.floor, rule.multiplier);
    windows.setUsual(which, rule.usual ?? -1);
  });
  windows.setAlertEnd(options.alertEnd);
}

const noTime = 2n ** 63n - 1n;

/** The event's own time is all that is known. */
function observe(event: ObservedEvent) {
  return observeArrived(event, undefined);
}

function observeArrived(
  { key, endpoint, seconds, isDated, isError, hits, judging }: ObservedEvent,
  arrival: number | undefined,
) {
  windows.setClockArrival(arrival === undefined ? noTime : BigInt(arrival), 0n);
  const on = (name: keyof Judging) => (judging?.[name] === false ? 0 : 1);
  windows.setJudging(on("errors"), on("requests"), on("endpoints"), on("keywords"));
  const pairs = new DataView(windows.memory.buffer, hitsPtr);
  hits.forEach(([keyword, minCount], i) => {
    pairs.setUint32(8 * i, keyword, true);
    pairs.setUint32(8 * i + 4, minCount, true);
  });
  const time = isDated === false ? noTime : BigInt(seconds);
  windows.observe(BigInt(key), BigInt(endpoint), time, isError ? 1 : 0, hitsPtr, hits.length);
  const rule = (which: number) => ({
    count: windows.ruleCount(which),
    threshold: windows.ruleThreshold(which),
    alert: windows.ruleAlert(which) === 1,
    reported: windows.ruleReported(which) === 1,
    event: events[windows.ruleTransition(which)],
  });
  return {
    state: states[windows.state.value],
    event: events[windows.transition.value],
    errors: rule(0),
    requests: rule(1),
    endpoints: rule(2),
    keyword: {
      reached: windows.keywordReached.value,
      count: windows.keywordCount.value,
      alert: windows.keywordAlert.value === 1,
    },
  };
}

const at = (seconds: number, more: Partial<ObservedEvent> = {}): ObservedEvent => ({
  key: 7,
  endpoint: 0,
  seconds,
  isError: true,
  hits: [],
  ...more,
});
const snapshotRoom = 1 << 20;
const noon = 1_795_262_400;

describe("windowed rules", () => {
  it("raises an alert for the key that errs, for it alone, and takes it back", () => {
    start(usual);
    const told: string[] = [];
    for (let i = 0; i < 20; i++) {
      told.push(observe(at(noon + i)).event);
      for (const key of [8, 9, 10]) expect(observe(at(noon + i, { key, isError: false })).state).toBe("NORMAL");
    }
    expect(told.filter(Boolean)).toEqual(["HIGH_ERROR_RATE"]);
    expect(told[5]).toBe("HIGH_ERROR_RATE"); // more than 5
    expect(observe(at(noon + 30, { isError: false }))).toMatchObject({ state: "ERROR_RATE_ALERT", event: "" });
    expect(observe(at(noon + 90, { isError: false }))).toMatchObject({ state: "NORMAL", event: "NORMAL_ACTIVITY" });
  });

  it("keeps an alert between the threshold and four fifths of it", () => {
    start({ ...usual, errors: { floor: 10, multiplier: 0 } });
    for (let i = 0; i < 12; i++) observe(at(noon + i * 5));
    expect(observe(at(noon + 60, { isError: false }))).toMatchObject({
      state: "ERROR_RATE_ALERT",
      errors: { count: 11 },
    });
    expect(observe(at(noon + 70, { isError: false }))).toMatchObject({
      state: "ERROR_RATE_ALERT",
      errors: { count: 9 },
    });
    expect(observe(at(noon + 75, { isError: false }))).toMatchObject({ state: "NORMAL", errors: { count: 8 } });
  });

  it("lets a key that is alone raise its own threshold by its multiplier at most", () => {
    start(usual);
    const rising = Array.from({ length: 300 }, (_, i) => observe(at(noon + i * 3)).errors);
    expect(Math.max(...rising.map(({ threshold }) => threshold))).toBeLessThanOrEqual(15);
    expect(rising.at(-1)).toMatchObject({ count: 20, alert: true });
    start(usual);
    for (let i = 0; i < 300; i++) expect(observe(at(noon + i * 5)).state).toBe("NORMAL");
    start(usual);
    const burst = Array.from({ length: 6 }, () => observe(at(noon)).event);
    expect(burst).toEqual(["", "", "", "", "", "HIGH_ERROR_RATE"]);
  });

  it("reports an alert when it begins, as its count doubles, after growing times, and when it ends", () => {
    start({ ...usual, errors: { floor: 5, multiplier: 0 } });
    const reports = (seconds: number[]) => seconds.filter((second) => observe(at(noon + second)).errors.reported);
    expect(reports(Array.from({ length: 24 }, () => 0))).toHaveLength(3); // the 6th, 12th and 24th error
    const later = Array.from({ length: 400 }, (_, i) => 5 + i * 5);
    expect(reports(later)).toEqual([80, 400, 1680]);
    expect(observe(at(noon + 2100, { isError: false })).event).toBe("NORMAL_ACTIVITY");
    // within ten windows it goes on with its schedule: neither a beginning is reported nor an end
    const again = Array.from({ length: 6 }, () => observe(at(noon + 2120)));
    expect(again.at(-1)).toMatchObject({ state: "ERROR_RATE_ALERT", event: "", errors: { reported: false } });
    expect(observe(at(noon + 2200, { isError: false })).event).toBe("");
    // later it begins anew
    for (let i = 0; i < 5; i++) observe(at(noon + 3000));
    expect(observe(at(noon + 3000)).event).toBe("HIGH_ERROR_RATE");
  });

  it("reports requests only as their count doubles", () => {
    start({ ...usual, requests: { floor: 10, multiplier: 0 } });
    const crawler = Array.from({ length: 1000 }, (_, i) => observe(at(noon + i, { isError: false })).requests);
    expect(crawler.filter(({ reported }) => reported).map(({ count }) => count)).toEqual([11, 22, 44]);
  });

  it("takes what a model learnt in place of the queue", () => {
    start({ ...usual, errors: { floor: 5, multiplier: 3, usual: 4 } });
    expect(observe(at(noon)).errors.threshold).toBe(12);
    for (let i = 0; i < 300; i++) observe(at(noon + i * 20));
    expect(observe(at(noon + 6000)).errors.threshold).toBe(12);
  });

  it("follows the mean of what calm keys do", () => {
    start(usual);
    for (let minute = 0; minute < 20; minute++) {
      for (let key = 1; key <= 10; key++) for (let i = 0; i < 4; i++) observe(at(noon + minute * 60, { key }));
    }
    expect(observe(at(noon + 1260, { key: 99 })).errors.threshold).toBe(12);
  });

  it("alerts on a keyword without a key, counts to minCount, and forgets it after a window", () => {
    start(usual);
    const hit = (seconds: number, minCount: number, key = 0) =>
      observe(at(seconds, { key, isError: false, hits: [[3, minCount]] }));
    expect(hit(noon, 1)).toMatchObject({ state: "KEYWORD_ALERT", event: "KEYWORD_DETECTED", keyword: { reached: 0 } });
    expect(hit(noon + 5, 1)).toMatchObject({ state: "KEYWORD_ALERT", event: "" });
    expect(hit(noon, 3, 5)).toMatchObject({ state: "NORMAL", keyword: { reached: -1 } });
    hit(noon + 1, 3, 5);
    expect(hit(noon + 2, 3, 5)).toMatchObject({ state: "KEYWORD_ALERT", keyword: { reached: 0, count: 3 } });
    expect(observe(at(noon + 50, { key: 0 }))).toMatchObject({ state: "KEYWORD_ALERT" });
    expect(observe(at(noon + 66, { key: 0 }))).toMatchObject({ state: "NORMAL", event: "NORMAL_ACTIVITY" });
  });

  it("counts late events while their bucket is kept, not later ones", () => {
    start(usual);
    observe(at(noon));
    expect(observe(at(noon - 54)).errors.count).toBe(2);
    expect(observe(at(noon - 70)).errors.count).toBe(2);
  });

  it("goes back when one event was dated in the future, and stays where time went on", () => {
    start({ ...usual, errors: { floor: 5, multiplier: 0 } });
    for (let i = 0; i < 4; i++) observe(at(noon));
    observe(at(noon + 86_400 * 400, { key: 9 }));
    expect(observe(at(noon + 2)).errors.count).toBe(5);
    expect(observe(at(noon + 3))).toMatchObject({ event: "HIGH_ERROR_RATE", errors: { count: 6 } });
  });

  it("ends an alert after a year of silence with the first event, and counts on", () => {
    start(usual);
    for (let i = 0; i < 9; i++) observe(at(noon));
    const later = noon + 86_400 * 365;
    expect(observe(at(later))).toMatchObject({ state: "NORMAL", event: "NORMAL_ACTIVITY", errors: { count: 1 } });
    for (let i = 1; i < 5; i++) observe(at(later + 1));
    expect(observe(at(later + 2))).toMatchObject({ event: "HIGH_ERROR_RATE" });
  });

  /**
   * Events told of the attacker, key 7, among twice as many harmless ones of twenty others; `arrives`: as lines arrive.
   */
  function attack(dated: (i: number, seconds: number) => number, arrives: boolean, isError = true): number {
    start({ ...usual, requests: { floor: 30, multiplier: 0 }, errors: { floor: 5, multiplier: 0 } });
    let told = 0;
    for (let i = 0; i < 600; i++) {
      const seconds = noon + Math.floor(i / 20);
      const arrival = arrives ? seconds : undefined;
      for (const key of [10, 20]) observeArrived(at(seconds, { key: key + (i % 10), isError: false }), arrival);
      if (observeArrived(at(dated(i, seconds), { isError }), arrival).state !== "NORMAL") told++;
    }
    return told;
  }
  const day = 86_400;
  const forged: [name: string, dated: (i: number, seconds: number) => number][] = [
    ["two lines a day ahead after every five", (i, seconds) => (i % 7 < 5 ? seconds : seconds + day)],
    ["two lines a year back after every five", (i, seconds) => (i % 7 < 5 ? seconds : seconds - 365 * day)],
    ["one line further ahead each time", (i, seconds) => (i % 6 < 5 ? seconds : seconds + i * 600)],
    ["all of them a day ahead", (_, seconds) => seconds + day],
    ["all of them a day back", (_, seconds) => seconds - day],
    ["each of them a quarter of an hour after the one before", (i) => noon - day + i * 900],
    ["each of them at another time", (i, seconds) => seconds + (((i * 7919) % 1000) - 500) * 3600],
  ];
  for (const [name, dated] of forged) {
    it(`counts an attacker who dates ${name}`, () => {
      for (const arrives of [true, false]) {
        expect(attack(dated, arrives), `errors, ${arrives}`).toBeGreaterThan(500);
        expect(attack(dated, arrives, false), `requests, ${arrives}`).toBeGreaterThan(500);
      }
    });
  }

  it("believes a clock that was set back by an hour after sixteen events", () => {
    start({ ...usual, errors: { floor: 40, multiplier: 0 } });
    for (let i = 0; i < 10; i++) observe(at(noon + i));
    const counts = Array.from({ length: 20 }, (_, i) => observe(at(noon - 3600 + i)).errors.count);
    expect(counts.slice(0, 15)).toEqual(Array(15).fill(10));
    expect(counts.slice(15)).toEqual([1, 2, 3, 4, 5]);
  });

  it("keeps ten offenders through a flood of a million forged keys, in the same memory, accusing no other", () => {
    start(usual, 16_384);
    const before = windows.memory.buffer.byteLength;
    const raised = new Set<number>();
    let tracked = 0;
    let alerts = 0;
    // Ten minutes, a million forged keys with one error each; each offender sends one event in a thousand.
    for (let slice = 0; slice < 1000; slice++) {
      const seconds = noon + Math.floor((slice * 600) / 1000);
      alerts += windows.flood(1000, BigInt(1 + slice * 1000), BigInt(seconds));
      for (let key = 1; key <= 10; key++) {
        const { event, errors, state } = observe(at(seconds, { key: key * 1_000_003 }));
        if (event === "HIGH_ERROR_RATE") raised.add(key);
        if (slice > 500 && state === "ERROR_RATE_ALERT" && errors.count >= 80) tracked++;
      }
    }
    expect(raised.size).toBe(10);
    expect(tracked).toBe(10 * 499); // not once displaced
    expect(alerts).toBe(0);
    expect(windows.memory.buffer.byteLength).toBe(before);
  });

  it("never displaces the key that brings more than an eighth of its set", () => {
    start({ ...usual, errors: { floor: 1e9, multiplier: 0 } }, 16); // two sets
    const random = seededRandom(11);
    let most = 0;
    for (let i = 0; i < 40_000; i++) {
      const seconds = noon + Math.floor(i / 100);
      const heavy = random() < 0.3;
      const key = heavy ? 5 : 100 + Math.floor(random() * 1e6);
      const { errors } = observe(at(seconds, { key }));
      if (heavy) most = Math.max(most, errors.count);
      if (heavy && i > 10_000)
        expect(errors.count).toBeGreaterThan(1300); // 60 s × 100/s × .3, less a bucket
      else expect(errors.count).toBeLessThanOrEqual(most + 1);
    }
  });

  it("keeps its cost bounded when every event opens a bucket", () => {
    start(usual, 16_384);
    const cpuOf = (event: (i: number) => void) => {
      const before = process.cpuUsage();
      for (let i = 0; i < 50_000; i++) event(i);
      return process.cpuUsage(before).user;
    };
    const plain = cpuOf(() => observe(at(noon, { key: 1 })));
    const opening = cpuOf((i) => observe(at(noon + i * 61, { key: i })));
    expect(opening / plain).toBeLessThan(20);
  });

  it("changes no state and tells nothing under a detector that is off, and goes on where it was", () => {
    const on = { errors: true, requests: true, endpoints: true, keywords: true };
    start({
      ...usual,
      perEndpoint: true,
      requests: { floor: 8, multiplier: 0 },
      endpoints: { floor: 8, multiplier: 0 },
    });
    const burst = (judging: Judging, key: number) =>
      Array.from({ length: 20 }, () => observe(at(noon, { key, endpoint: 1, hits: [[3, 1]], judging })));
    const off = { errors: false, requests: false, endpoints: false, keywords: false };
    for (const outcome of burst(off, 1)) expect(outcome).toMatchObject({ state: "NORMAL", event: "" });
    const told = (name: keyof Judging) =>
      new Set(burst({ ...off, [name]: true }, 2).flatMap(({ state, event }) => [state, event]));
    expect(told("errors")).toEqual(new Set(["NORMAL", "", "HIGH_ERROR_RATE", "ERROR_RATE_ALERT"]));
    // what was counted for the errors' sake counts
    expect(told("requests")).toEqual(new Set(["", "HIGH_TRAFFIC", "TRAFFIC_ALERT"]));
    expect(told("endpoints")).toEqual(new Set(["NORMAL", "", "HIGH_TRAFFIC", "TRAFFIC_ALERT"]));
    expect(told("keywords")).toEqual(new Set(["KEYWORD_DETECTED", "", "KEYWORD_ALERT"]));
    // an alert is neither seen nor ended while its detector is off
    expect(observe(at(noon + 90, { key: 2, isError: false, judging: off }))).toMatchObject({
      state: "NORMAL",
      event: "",
    });
    expect(observe(at(noon + 90, { key: 2, isError: false, judging: { ...off, errors: true } }))).toMatchObject({
      event: "NORMAL_ACTIVITY",
    });
    expect(observe(at(noon + 90, { key: 2, isError: false, judging: on }))).toMatchObject({ event: "NORMAL_ACTIVITY" });
  });

  for (let seed = 1; seed <= 40; seed++) {
    const arrives = seed > 20;
    it(`agrees with the reference (${arrives ? "as lines arrive" : "in a log that is read later"}, seed ${seed})`, () => {
      const random = seededRandom(seed);
      const pick = (n: number) => Math.floor(random() * n);
      const options: RuleOptions = {
        windowSeconds: [12, 60, 60, 300][pick(4)],
        queueMax: [1, 7, 100][pick(3)],
        perEndpoint: random() < 0.5,
        alertEnd: [0.8, 0.5, 1][pick(3)],
        errors: { floor: 1 + pick(6), multiplier: 1 + random() * 3, ...(random() < 0.3 && { usual: pick(8) }) },
        requests: { floor: 5 + pick(20), multiplier: 1 + random() * 2, ...(random() < 0.3 && { usual: pick(30) }) },
        endpoints: { floor: 3 + pick(9), multiplier: 1 + random() * 2 },
      };
      start(options);
      const reference = new ReferenceWindows(options);
      const told = new Map<string, number>();
      let seconds = noon;
      let arrival = noon;
      let offset = 0;
      for (let i = 0; i < 3000; i++) {
        const step = random();
        if (step < 0.6) seconds += pick(options.windowSeconds / 6);
        if (step > 0.995) seconds += pick(3) * options.windowSeconds;
        if (step > 0.998) seconds += random() < 0.5 ? -7200 : 86_400 * 365;
        // the arrival goes with the dates, ahead of them, by itself, or back as well
        if (random() < 0.6) arrival = Math.max(arrival, seconds + offset);
        if (random() < 0.004) offset = [0, 0, 5, 3600, -7200, -86_400][pick(6)];
        if (random() < 0.002) arrival += pick(3) * 1800 - 1800;
        const jitter = random() < 0.1 ? pick(options.windowSeconds * 1.3) : 0;
        const event: ObservedEvent = {
          key: pick(10) === 0 ? 0 : 1 + Math.floor(random() ** 3 * 12),
          endpoint: pick(4),
          seconds: random() < 0.003 ? seconds + 1e6 : seconds - jitter,
          isDated: random() > 0.05,
          isError: random() < 0.4,
          hits: random() < 0.05 ? Array.from({ length: 1 + pick(3) }, () => [pick(3), 1 + pick(4)]) : [],
          ...(seed % 20 > 10 && { judging: someJudging(random) }),
        };
        reference.clock.arrival = arrives ? arrival : undefined;
        const { keyword, ...expected } = reference.observe(event);
        const { event: _, ...expectedKeyword } = keyword;
        const outcome = observeArrived(event, arrives ? arrival : undefined);
        expect(outcome, `event ${i} ${JSON.stringify(event)}`).toEqual({ ...expected, keyword: expectedKeyword });
        told.set(outcome.event, (told.get(outcome.event) ?? 0) + 1);
      }
      expect(told.size).toBeGreaterThan(3);
    });
  }
});

function someJudging(random: () => number): Judging {
  const on = () => random() < 0.8;
  return { errors: on(), requests: on(), endpoints: on(), keywords: on() };
}

/** A stream in which a few of many keys misbehave; the same one for the same seed. */
function* stream(seed: number, seconds: number, count: number): Generator<ObservedEvent> {
  const random = seededRandom(seed);
  for (let i = 0; i < count; i++) {
    const key = 1 + Math.floor(random() ** 2 * 300);
    const hits: [number, number][] = random() < 0.02 ? [[2, 1 + Math.floor(random() * 3)]] : [];
    yield {
      key,
      endpoint: key % 3,
      seconds: seconds + Math.floor(i / 40),
      isError: random() < (key < 9 ? 0.7 : 0.02),
      hits,
    };
  }
}

describe("snapshot", () => {
  const write = (capacity = snapshotRoom): Buffer => {
    const bytes = windows.writeSnapshot(snapshotPtr, capacity, 0x1234567890abcdefn);
    return Buffer.from(windows.memory.buffer.slice(snapshotPtr, snapshotPtr + bytes));
  };
  /** One of the SNAPSHOT constants; 0: in use now. */
  const read = (bytes: Uint8Array): number => {
    new Uint8Array(windows.memory.buffer).set(bytes, snapshotPtr);
    const result = windows.checkSnapshot(snapshotPtr, bytes.length);
    if (result === 0) windows.useSnapshot(snapshotPtr);
    return result;
  };
  const [ok, truncated, foreign, otherVersion, damaged, invalid, otherWindow] = [0, 1, 2, 3, 4, 5, 6];
  /** The same bytes with a checksum that is right. */
  const sealed = (bytes: Buffer): Buffer => {
    new Uint8Array(windows.memory.buffer).set(bytes, snapshotPtr);
    bytes.writeBigUInt64LE(
      BigInt.asUintN(64, windows.hashBytes(snapshotPtr + 24, bytes.length - 24, 0x6f64646c696e6500n)),
      16,
    );
    return bytes;
  };

  it("goes on where it was, event for event", () => {
    const options = { ...usual, perEndpoint: true };
    start(options);
    for (const event of stream(1, noon, 8000)) observe(event);
    const saved = write();
    const expected = [...stream(2, noon + 200, 8000)].map(observe);
    expect(new Set(expected.map(({ state }) => state)).size).toBeGreaterThan(2);
    start(options);
    expect(read(saved)).toBe(ok);
    expect(windows.seedOfSnapshot(snapshotPtr)).toBe(0x1234567890abcdefn);
    expect(windows.restoredSeconds.value).toBe(BigInt(noon + 200));
    expect([...stream(2, noon + 200, 8000)].map(observe)).toEqual(expected);
  });

  it("brings back what keys inherited in full sets, so that nobody is accused of it", () => {
    start({ ...usual, errors: { floor: 3, multiplier: 0 } }, 16);
    expect(windows.flood(5000, 1n, BigInt(noon))).toBe(0);
    const saved = write();
    expect(saved.length).toBeGreaterThan(16 * 88);
    start({ ...usual, errors: { floor: 3, multiplier: 0 } }, 16);
    expect(read(saved)).toBe(ok);
    for (let seconds = 0; seconds < 70; seconds += 5) {
      expect(windows.flood(50, BigInt(10_000 + seconds * 100), BigInt(noon + seconds))).toBe(0);
    }
  });

  it("keeps the keys in alert where space is short", () => {
    start(usual);
    for (const event of stream(3, noon, 8000)) observe(event);
    const inAlert = [1, 2, 3].filter((key) => observe(at(noon + 200, { key, isError: false })).errors.alert);
    expect(inAlert.length).toBeGreaterThan(0);
    const saved = write(4000);
    expect(saved.length).toBeGreaterThan(3000);
    expect(saved.length).toBeLessThanOrEqual(4000);
    start(usual);
    expect(read(saved)).toBe(ok);
    for (const key of inAlert) expect(observe(at(noon + 200, { key, isError: false })).errors.alert).toBe(true);
    expect(windows.writeSnapshot(snapshotPtr, 100, 1n)).toBe(0);
  });

  it("is empty before the first event", () => {
    start(usual);
    expect(write().length).toBe(0);
  });

  it("refuses what is cut, damaged, of another window or version, and keeps counting", () => {
    start(usual);
    for (const event of stream(4, noon, 400)) observe(event);
    const saved = write();
    const { errors } = observe(at(noon + 10, { key: 1 }));
    expect(errors.count).toBeGreaterThan(0);
    for (let length = 0; length < saved.length; length++) {
      expect(read(saved.subarray(0, length)), `${length} bytes`).toBe(truncated);
    }
    expect(read(Buffer.concat([saved, Buffer.alloc(8)]))).toBe(truncated);
    const random = seededRandom(5);
    for (let round = 0; round < 5000; round++) {
      const bad = Buffer.from(saved);
      bad[Math.floor(random() * bad.length)] ^= 1 << Math.floor(random() * 8);
      expect(read(bad)).not.toBe(ok);
    }
    const changed = (byte: number) => {
      const bad = Buffer.from(saved);
      bad[byte] ^= 4;
      return bad;
    };
    expect(read(changed(0))).toBe(foreign);
    expect(read(changed(8))).toBe(otherVersion);
    expect(read(changed(saved.length - 1))).toBe(damaged);
    expect(observe(at(noon + 10, { key: 1 })).errors.count).toBe(errors.count + 1);
    start({ ...usual, windowSeconds: 120 });
    expect(read(saved)).toBe(otherWindow);
    start(usual);
    expect(read(saved)).toBe(ok);
  });

  it("traps on nothing and accuses nobody, whatever a file with the right checksum says", () => {
    start(usual);
    windows.initialiseSuppression();
    windows.forgetSuppression();
    for (let i = 0; i < 30; i++) windows.countSame(BigInt(1 + (i % 7)), BigInt(noon));
    for (const event of stream(6, noon, 300)) observe(event);
    const saved = write();
    expect(readState(saved).news).toHaveLength(7);
    const random = seededRandom(8);
    const pick = (below: number) => Math.floor(random() * below);
    const results = new Map<number, number>();
    for (let round = 0; round < 3000; round++) {
      const bad = Buffer.from(saved.subarray(0, random() < 0.2 ? 40 + pick(saved.length - 40) : saved.length));
      bad.writeUInt32LE(bad.length, 12);
      // mostly where the lengths and tags are: the first bytes of the two sections
      for (let flips = pick(4); flips > 0; flips--)
        bad[24 + pick(random() < 0.5 ? 300 : bad.length - 24)] ^= 1 << pick(8);
      const result = read(sealed(bad));
      results.set(result, (results.get(result) ?? 0) + 1);
      if (result === ok) {
        const last = readState(bad);
        const requests = last.tables[1]?.slots ?? [];
        for (const { own, counts } of requests.slice(0, 5)) {
          expect(own).toBeGreaterThanOrEqual(0);
          expect(own).toBeLessThanOrEqual(counts.reduce((sum, count) => sum + count, 0));
        }
      }
      observe(at(noon + 3, { key: 1 + pick(300) }));
    }
    expect([...results.keys()].sort()).toEqual([ok, invalid, otherWindow]);
    for (const count of results.values()) expect(count).toBeGreaterThan(3);
    windows.forgetSuppression();
  });

  it("says what the reference reader reads of it", () => {
    start(usual);
    windows.forgetSuppression();
    for (let i = 0; i < 23; i++) windows.countSame(77n, BigInt(noon));
    windows.countSame(78n, BigInt(noon + 5));
    for (const event of stream(7, noon, 6000)) observe(event);
    const state = readState(write());
    expect(state).toMatchObject({ seed: 0x1234567890abcdefn, windowSeconds: 60, bucket: (noon + 145) / 5 });
    expect(state.news).toEqual([
      { key: 77n, firstSeconds: BigInt(noon), tags: 23 },
      { key: 78n, firstSeconds: BigInt(noon + 5), tags: 1 },
    ]);
    expect(state.tables.map(({ queue }) => queue.length)).toEqual([100, 100, 0, 0]);
    const [errors, requests] = state.tables;
    expect(requests.slots.length).toBeGreaterThan(250);
    expect(errors.slots.some(({ alert }) => alert)).toBe(true);
    for (const slot of requests.slots) {
      // a late event that counts nowhere shows what is counted
      const now = observe(at(noon + 149, { key: Number(slot.key), isError: false }));
      const inWindow = (one: typeof slot | undefined) =>
        (one?.counts ?? []).reduce(
          (sum, count, i) => sum + (bucketAge(i, one!.last, state.bucket) < 12 ? count : 0),
          0,
        );
      expect(now.requests.count).toBe(inWindow(slot) + 1);
      const error = errors.slots.find(({ key }) => key === slot.key);
      expect(now.errors.count).toBe(inWindow(error));
      expect(now.errors.alert || now.errors.event === "NORMAL_ACTIVITY").toBe(error?.alert ?? false);
    }
    windows.forgetSuppression();
  });

  it("skips a section it does not know, refuses one that stands there twice", () => {
    start(usual);
    for (const event of stream(9, noon, 300)) observe(event);
    const saved = write();
    const more = (tag: number) => {
      const section = Buffer.alloc(24);
      section.writeUInt32LE(tag, 0);
      section.writeUInt32LE(16, 4);
      const bytes = Buffer.concat([saved, section]);
      bytes.writeUInt32LE(bytes.length, 12);
      bytes.writeUInt32LE(bytes.readUInt32LE(32) + 1, 32);
      return sealed(bytes);
    };
    expect(read(more(31))).toBe(ok);
    expect(read(more(4_000_000_000))).toBe(ok);
    expect(read(more(1))).toBe(invalid);
    expect(read(more(0))).toBe(invalid);
  });

  it("keeps what is muted muted", () => {
    start(usual);
    windows.forgetSuppression();
    for (let i = 0; i < 20; i++) windows.countSame(5n, BigInt(noon));
    expect(windows.countSame(5n, BigInt(noon))).toBe(21);
    const saved = write(); // news alone: no event was counted
    windows.forgetSuppression();
    expect(windows.countSame(5n, BigInt(noon))).toBe(1);
    expect(read(saved)).toBe(ok);
    expect(windows.countSame(5n, BigInt(noon + 3600))).toBe(22);
    expect(windows.countSame(5n, BigInt(noon + 3601))).toBe(1);
    windows.forgetSuppression();
  });

  it("is stale where two events in a row come more than an hour later", () => {
    const restored = () => {
      start(usual);
      for (let i = 0; i < 9; i++) observe(at(noon));
      const saved = write();
      start(usual);
      expect(read(saved)).toBe(ok);
    };
    const feed = (seconds: number) => {
      if (windows.restoredSeconds.value !== 0n) windows.weighRestored(BigInt(seconds));
      return observe(at(seconds, { isError: false }));
    };
    restored();
    expect(feed(noon + 3600)).toMatchObject({ event: "NORMAL_ACTIVITY" });
    expect([windows.restoredSeconds.value, windows.staleSeconds.value]).toEqual([0n, 0n]);

    restored();
    feed(noon + 86_400 * 300); // one that is dated wrongly
    expect(feed(noon + 2)).toMatchObject({ requests: { count: 1 } });
    expect(windows.staleSeconds.value).toBe(0n);

    restored();
    observe(at(noon + 1, { key: 8 }));
    feed(noon + 4000);
    expect(windows.staleSeconds.value).toBe(0n);
    feed(noon + 4001);
    expect(windows.staleSeconds.value).toBe(3996n);
    expect(write().length).toBeLessThan(400);
    expect(feed(noon + 1)).toMatchObject({ state: "NORMAL" });
  });
});

/** How many buckets before `now` count `index` of a slot, as of bucket `last`, was counted. */
function bucketAge(index: number, last: number, now: number): number {
  return now - last + ((((last - index) % 12) + 12) % 12);
}
