/** What a network does again and again with ends that it never met before is no news; trouble among it is. */
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../../host/math/random.js";
import { decodeForest, encodeForest, type NetworkForest } from "../../../host/model/forestSection.js";
import type { Flow } from "../../../host/network/flow.js";
import { Judge } from "../../../host/network/judge.js";
import type { Verdict } from "../../../host/network/windowScorer.js";
import { learnNetwork } from "../../support/networkModel.js";

type Timed = [flow: Flow, timeMs: number];
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const startMs = Date.UTC(2026, 10, 24);
const noonMs = startMs + 3 * dayMs + 12 * hourMs;

const flow = (parts: Partial<Flow>): Flow => ({
  ...{ timeMs: undefined, source: "10.0.0.1", destination: "10.0.1.1", port: 443, bytes: 900, bytesOut: 400 },
  ...{ failed: false, durationSeconds: 0.2, tagged: false },
  ...parts,
});

const many = (count: number, seconds: number, of: (i: number) => Partial<Flow>, fromMs = noonMs): Timed[] =>
  Array.from({ length: count }, (_, i) => [flow(of(i)), fromMs + (i * seconds * 1000) / count]);

interface Habits {
  /** Calls over a relay, each time another one, a day. */
  calls: number;
  /** Servers that a monitor asks each minute. */
  monitored: number;
}

const call = (relay: string, source: string, fromMs: number, minutes = 20): Timed[] =>
  many(minutes, minutes * 60, () => ({ source, destination: relay, port: 8801, ...callMinute }), fromMs);
const callMinute = { bytes: 18e6, bytesOut: 9e6, durationSeconds: 59 };

/** Thirty clients, five servers, three hundred addresses outside. */
function day(index: number, { calls, monitored }: Habits): Timed[] {
  const random = seededRandom(index + 1);
  const below = (limit: number) => Math.floor(random() * limit);
  const fromMs = startMs + index * dayMs;
  const flows: Timed[] = [];
  for (let atMs = fromMs; atMs < fromMs + dayMs; atMs += 12_000 * (0.5 + random())) {
    const destination = random() < 0.4 ? `198.51.${below(2)}.${below(150)}` : `10.0.1.${1 + below(5)}`;
    const bytes = Math.round(Math.exp(7 + 2 * random()));
    flows.push([
      flow({ source: `10.0.0.${1 + below(30)}`, destination, bytes, bytesOut: Math.round(bytes * random()) }),
      atMs,
    ]);
  }
  for (let i = 0; i < calls; i++) {
    const source = `10.0.0.${1 + ((index * calls + i) % 30)}`;
    flows.push(...call(`203.0.${index}.${i}`, source, fromMs + (8 + (i % 10)) * hourMs));
  }
  for (let i = 1; i <= monitored; i++) {
    const asked = () => ({ source: "10.0.9.9", destination: `10.0.1.${i}`, port: 9100 });
    flows.push(...many(1440, 86_400, asked, fromMs + i * 1000));
  }
  return flows.sort((a, b) => a[1] - b[1]);
}

async function learn(habits: Habits): Promise<NetworkForest> {
  const network = await learnNetwork(
    async (onFlow) => {
      for (let index = 0; index < 3; index++) for (const timed of day(index, habits)) onFlow(...timed);
    },
    { alertScore: undefined },
  );
  // what a file of it keeps
  return decodeForest(encodeForest(network), "forest");
}

function told(network: NetworkForest, extra: Timed[]): Verdict[] {
  const judge = new Judge(network);
  for (const timed of extra.sort((a, b) => a[1] - b[1])) judge.add(...timed);
  return judge.finish(true).filter(({ anomalous }) => anomalous);
}
const kindsOf = (verdicts: Verdict[], key?: string) =>
  verdicts.filter(({ window }) => key === undefined || window.key === key).map(({ kind }) => kind);

let busy: NetworkForest;
let plain: NetworkForest;
beforeAll(async () => {
  busy = await learn({ calls: 10, monitored: 4 });
  plain = await learn({ calls: 0, monitored: 2 });
});

describe("many bytes to ends that come and go", () => {
  const relayed = call("203.0.200.1", "10.0.0.30", noonMs);

  it("are told where they are news, not where they are sent several times a day", () => {
    expect(kindsOf(told(plain, relayed), "203.0.200.1")).toContain("exfiltration");
    expect(told(busy, relayed)).toEqual([]);
  });

  it("are told there too where they are far more", () => {
    const upload = many(30, 280, () => ({ source: "10.0.0.3", destination: "203.0.200.2", bytes: 3e7, bytesOut: 3e7 }));
    expect(told(busy, upload)[0]).toMatchObject({ kind: "exfiltration", window: { key: "203.0.200.2" } });
  });

  it("over a hundred ends are told of their source, as what they are", () => {
    const spread = many(100, 280, (i) => ({
      ...{ source: "10.0.0.3", destination: `203.0.201.${i}`, bytes: 2e7, bytesOut: 2e7 },
    }));
    const ofSource = told(busy, spread).filter(({ entity }) => entity === "source");
    expect(ofSource.map(({ kind, window }) => [kind, window.key])).toEqual([["exfiltration", "10.0.0.3"]]);
  });
});

describe("calls at a steady interval", () => {
  const polled = (source: string, port: number, seconds: number): Timed[] =>
    many(20, 20 * seconds, () => ({ source, destination: "10.0.8.8", port }));

  it("by who called several so are no beacon; at another interval, or of another port, they are", () => {
    expect(kindsOf(told(busy, polled("10.0.9.9", 9100, 60)))).toEqual([]);
    expect(kindsOf(told(busy, polled("10.0.9.9", 9100, 20)))).toContain("beacon");
    expect(kindsOf(told(busy, polled("10.0.9.9", 443, 60)))).toContain("beacon");
    expect(kindsOf(told(busy, polled("10.0.0.5", 9100, 60)))).toContain("beacon");
  });

  it("of one or two destinations excuse no other", () => {
    expect(kindsOf(told(plain, polled("10.0.9.9", 9100, 60)))).toContain("beacon");
  });

  it("are none where exporters write one long flow in pieces", () => {
    const piece = { source: "10.0.0.5", destination: "203.0.200.5", bytes: 4000, bytesOut: 2000 };
    const pieces = many(20, 1200, () => ({ ...piece, durationSeconds: 59 }));
    expect(told(busy, pieces)).toEqual([]);
    const oneWay = (port: (i: number) => number) =>
      many(20, 1200, (i) => ({ ...piece, durationSeconds: 0, sourcePort: port(i) }));
    expect(
      told(
        busy,
        oneWay(() => 50_001),
      ),
    ).toEqual([]);
    expect(
      kindsOf(
        told(
          busy,
          oneWay((i) => 50_001 + i),
        ),
      ),
    ).toContain("beacon");
  });
});

describe("one cause has the name of what is most of it", () => {
  it("a flood of small requests is one, though they are more bytes than usual too", () => {
    const requests = many(20_000, 280, () => ({ source: "10.0.0.4", destination: "10.0.1.3" }));
    expect(told(plain, requests)[0]).toMatchObject({ kind: "flood", feature: "flows" });
  });

  it("who tries the ports is the source of a scan, not who asks the server most", () => {
    const asks = many(10, 290, () => ({ source: "10.0.9.9", destination: "10.0.1.1", port: 9100, bytes: 2500 }));
    const tries = many(30, 60, (i) => ({
      ...{ source: "10.0.0.6", destination: "10.0.1.1", port: 20 + i, bytes: 40, bytesOut: 40 },
    }));
    const [scan] = told(plain, [...asks, ...tries]);
    expect(scan).toMatchObject({ kind: "scan", window: { key: "10.0.1.1" } });
    expect(scan.talkers?.mainPeer).toBe("10.0.0.6");
  });
});
