/** Kinds of trouble, each with its own evidence, on traffic of a small network. */
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../../host/math/random.js";
import type { NetworkForest } from "../../../host/model/forestSection.js";
import { choose, isTooMany } from "../../../host/network/causes.js";
import type { Flow } from "../../../host/network/flow.js";
import { Judge } from "../../../host/network/judge.js";
import type { Verdict } from "../../../host/network/windowScorer.js";
import { alertText, jsonOf, reasonOf } from "../../../host/network/wording.js";
import { learnNetwork } from "../../support/networkModel.js";

const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 10, 20);
type Timed = [Flow, number];

const flow = (parts: Partial<Flow>): Flow => ({
  ...{ timeMs: undefined, source: "10.0.0.1", destination: "10.0.0.2", port: 443, bytes: 100, bytesOut: 40 },
  ...{ failed: false, durationSeconds: 1, tagged: false },
  ...parts,
});

/** A day: twelve clients to four servers and now and then to one of eighty addresses outside; a backup at night. */
function day(seed: number, fromMs: number): Timed[] {
  const random = seededRandom(seed);
  const flows: Timed[] = [];
  for (let atMs = fromMs; atMs < fromMs + dayMs; atMs += 4000 * (0.5 + random())) {
    const outside = random() < 0.2;
    const bytes = Math.round(Math.exp(6 + 1.5 * (random() + random() + random())));
    flows.push([
      flow({
        source: `10.0.0.${1 + Math.floor(random() * 12)}`,
        destination: outside ? `192.0.2.${Math.floor(random() * 80)}` : `10.0.1.${Math.floor(random() * 4)}`,
        ...{ port: outside ? 443 : [443, 53][Math.floor(random() * 2)], bytes, bytesOut: Math.round(bytes * random()) },
        failed: random() < 0.02,
      }),
      atMs,
    ]);
  }
  const backup = { source: "10.0.1.1", destination: "10.0.1.9", port: 22, bytes: 6e6, bytesOut: 6e6 };
  for (let i = 0; i < 288; i++) flows.push([flow({ ...backup, bytes: 900, bytesOut: 800 }), fromMs + i * 300_000]);
  for (let i = 0; i < 30; i++) flows.push([flow(backup), fromMs + 2 * 3_600_000 + i * 8000]);
  return flows;
}

let network: NetworkForest;
beforeAll(async () => {
  network = await learnNetwork(
    async (onFlow) => {
      for (const [each, atMs] of day(1, startMs)) onFlow(each, atMs);
    },
    { alertScore: undefined },
  );
});

const days = new Map<number, Timed[]>();
const noonMs = startMs + dayMs + dayMs / 2;
function told(extra: Timed[], seed = 2): Verdict[] {
  const judge = new Judge(network);
  const ordinary = days.get(seed) ?? day(seed, startMs + dayMs);
  days.set(seed, ordinary);
  for (const [each, atMs] of [...ordinary, ...extra].sort((a, b) => a[1] - b[1])) {
    judge.add(each, atMs);
  }
  return judge.finish().filter(({ anomalous }) => anomalous);
}
const many = (count: number, seconds: number, of: (i: number) => Partial<Flow>): Timed[] =>
  Array.from({ length: count }, (_, i) => [flow(of(i)), noonMs + (i * seconds * 1000) / count]);

describe("an ordinary day", () => {
  it.each([2, 3, 4])("brings next to nothing, and the nightly backup none at all (seed %i)", (seed) => {
    const verdicts = told([], seed);
    expect(verdicts.length).toBeLessThanOrEqual(3);
    expect(verdicts.filter(({ window }) => window.key === "10.0.1.9")).toEqual([]);
  });
});

describe("trouble is told first, with its name, its source and what is usual", () => {
  const exfiltration = many(30, 280, () => ({
    source: "10.0.0.3",
    destination: "192.0.2.5",
    bytes: 6e6,
    bytesOut: 6e6,
  }));
  const portScan = many(300, 200, (i) => ({
    ...{ source: "10.0.0.4", destination: "10.0.1.2", port: 1000 + i, bytes: 44, bytesOut: 44, failed: true },
  }));
  const hostScan = many(200, 200, (i) => ({
    ...{ source: "10.0.0.5", destination: `10.0.7.${i}`, port: 445, bytes: 44, bytesOut: 44, failed: true },
  }));
  const flood = many(2000, 280, (i) => ({
    ...{ source: `203.0.113.${i % 250}`, destination: "10.0.1.3", port: 443, bytes: 60, bytesOut: 60 },
  }));
  const guesses = many(120, 280, () => ({ source: "10.0.0.6", destination: "10.0.1.0", port: 22, failed: true }));
  const beacon = many(30, 290, (i) => ({ source: "10.0.0.7", destination: "198.51.100.9", bytes: 320 + (i % 7) }));

  it.each([
    [
      "exfiltration",
      exfiltration,
      "192.0.2.5",
      "10.0.0.3",
      /^exfiltration: 180000000 bytes sent to it, usually at most \d+$/,
    ],
    ["scan", portScan, "10.0.1.2", "10.0.0.4", /^scan: \d+ distinct ports, usually at most 2$/],
    ["flood", flood, "10.0.1.3", undefined, /^flood: \d+ distinct sources, usually at most \d+$/],
    ["failed connections", guesses, "10.0.1.0", "10.0.0.6", /^failed connections: 12\d, usually at most \d$/],
    ["beacon", beacon, "198.51.100.9", "10.0.0.7", /^beacon: \d+ connections, one every 9\.7 s of 32\d bytes$/],
  ])("%s", (kind, extra, destination, source, reason) => {
    const verdicts = told(extra).sort((a, b) => a.score - b.score);
    expect(verdicts[0]).toMatchObject({ kind, window: { key: destination, startMs: noonMs } });
    expect(reasonOf(verdicts[0])).toMatch(reason);
    const json = JSON.parse(JSON.stringify(jsonOf(verdicts[0])));
    expect(json).toMatchObject({ kind, destination, ...(source ? { source } : {}) });
    expect("source" in json).toBe(source !== undefined);
    expect(alertText(verdicts[0])).toContain(destination);
  });

  it("a scan of many hosts is told of its source, as one", () => {
    const { told: causes } = choose(told(hostScan), 300, { top: undefined });
    const scans = causes.filter(({ kind }) => kind === "scan");
    expect(scans).toHaveLength(1);
    expect(scans[0]).toMatchObject({ entity: "source", window: { key: "10.0.0.5", startMs: noonMs } });
    expect(jsonOf(scans[0])).toMatchObject({ source: "10.0.0.5", kind: "scan", peers: scans[0].window.values.peers });
    expect(alertText(scans[0])).toMatch(
      /Scan from source IP 10\.0\.0\.5 \(\d+ bytes\) .*; \d+ distinct destinations, usually at most \d+; to /,
    );
  });

  it("a steady caller is no beacon where it calls a destination that is known, or has no steady size", () => {
    const known = many(30, 290, () => ({ source: "10.0.0.7", destination: "10.0.1.1", bytes: 320 }));
    const sizes = many(30, 290, (i) => ({
      source: "10.0.0.7",
      destination: "198.51.100.9",
      bytes: 300 + 400 * (i % 3),
    }));
    for (const extra of [known, sizes]) expect(told(extra).filter(({ kind }) => kind === "beacon")).toEqual([]);
  });

  it("with --top the strongest alone, and what is held is counted", () => {
    const { told: causes, held } = choose(told([...exfiltration, ...portScan, ...flood]), 300, { top: 1 });
    expect(causes.map(({ window }) => window.key)).toEqual(["192.0.2.5"]);
    expect(held).toBeGreaterThanOrEqual(2);
  });
});

describe("the newest window", () => {
  it("is judged by what stays true however it goes on, until it is over", () => {
    const early = (network: NetworkForest, hasEnded: boolean) => {
      const judge = new Judge(network);
      judge.add(
        flow({ destination: "198.51.100.77", bytes: 0, bytesOut: 0, port: -1, durationSeconds: 0 }),
        noonMs + 1000,
      );
      return judge.finish(hasEnded)[0];
    };
    const alone = { ...network, usual: undefined };
    const strict = { ...alone, alertScore: early(alone, true).score + 0.001 };
    expect(early(strict, true).anomalous).toBe(true);
    expect(early(strict, false).anomalous).toBe(false);
    const judge = new Judge(network);
    for (let i = 0; i < 300; i++) judge.add(flow({ destination: "10.0.1.2", port: i, failed: true }), noonMs + i * 10);
    expect(judge.finish(false)[0]).toMatchObject({ anomalous: true, kind: "scan" });
  });
});

describe("too many alerts", () => {
  it("are a share of the windows, but never a handful", () => {
    expect(isTooMany(10, 20, { maxAlertShare: 0.1 })).toBe(false);
    expect(isTooMany(11, 20, { maxAlertShare: 0.1 })).toBe(true);
    expect(isTooMany(100, 2000, { maxAlertShare: 0.1 })).toBe(false);
  });
});

describe("a flood of forged ends", () => {
  it.each([
    ["destinations", (i: number) => ({ destination: `100.${64 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}` })],
    ["sources", (i: number) => ({ source: `100.${64 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}` })],
  ])("of %s costs the tables that there are, and the heavy talkers are told", (_, forged) => {
    const judge = new Judge(network);
    let slotsMost = 0;
    for (let i = 0; i < 60_000; i++) {
      judge.add(flow({ ...forged(i), bytes: 60, bytesOut: 60 }), noonMs + 14 * i);
      const heavy = (i / 50) % 5;
      const talker = { source: `203.0.113.${heavy}`, destination: `198.51.100.${heavy}`, port: i % 60_000 };
      if (i % 50 === 0) judge.add(flow({ ...talker, bytes: 1500, failed: true }), noonMs + 14 * i);
      slotsMost = Math.max(slotsMost, judge.windows.openSlotCount);
    }
    // three windows of at most 16,384 each
    expect(slotsMost).toBeLessThanOrEqual(3 * 16_384);
    const verdicts = judge.finish(true);
    expect(verdicts.filter(({ entity }) => entity === "destination").length).toBeLessThanOrEqual(3 * 16_384);
    const told = new Set(verdicts.filter(({ anomalous }) => anomalous).map(({ window }) => window.key));
    for (let i = 0; i < 5; i++) expect(told.has(`198.51.100.${i}`) || told.has(`203.0.113.${i}`), `${i}`).toBe(true);
  });
});

describe("a flow that lasts longer than a window", () => {
  const hour = { source: "10.0.0.3", destination: "192.0.2.5", bytes: 120e6, bytesOut: 120e6, durationSeconds: 3600 };

  it("is in each of its windows with its share, and told once", () => {
    const judge = new Judge(network);
    judge.add(flow({ ...hour, startsAtTime: true }), noonMs + 150_000);
    const verdicts = judge.finish(true);
    const ofWindows = verdicts.map(({ window: { values } }) => values);
    expect(ofWindows.map(({ bytes }) => bytes)).toEqual([5e6, ...new Array(11).fill(1e7), 5e6]);
    expect(ofWindows.map(({ flows }) => flows)).toEqual([1, ...new Array(12).fill(0)]);
    expect(verdicts.filter(({ anomalous }) => anomalous).map(({ kind }) => kind)).toEqual(["exfiltration"]);
  });

  it("counts where its line stands, where nothing says that this is its beginning", () => {
    const judge = new Judge(network);
    judge.add(flow(hour), noonMs);
    expect(judge.finish(true).map(({ window }) => window.values.bytes)).toEqual([120e6]);
  });
});
