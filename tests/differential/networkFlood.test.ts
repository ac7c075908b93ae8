/**
 * Floods of forged destinations and of forged sources: the filter and the command keep their memory, the heavy talkers
 * are told by both, and nobody else is (bench/networkFlood.mjs sends a million of each).
 */
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../host/math/random.js";
import type { NetworkForest } from "../../host/model/forestSection.js";
import type { Flow } from "../../host/network/flow.js";
import { Judge } from "../../host/network/judge.js";
import { Engine } from "../../host/wasm/engine.js";
import { learnNetwork, lineOf, networkModel, ordinaryFlows } from "../support/networkModel.js";

const noon = Date.UTC(2026, 10, 21, 12) / 1000;
const flowCount = 60_000;
const talkers = 5;

const flow = (parts: Partial<Flow>): Flow => ({
  ...{ timeMs: 0, source: "10.0.0.1", destination: "192.0.2.9", port: 443, bytes: 60, bytesOut: 60 },
  ...{ failed: false, durationSeconds: 0, tagged: false },
  ...parts,
});
const forged = (i: number) => `198.${18 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;

/** In fifteen minutes; one flow in twenty is a heavy talker's. */
function flood(of: (i: number) => Partial<Flow>): { flow: Flow; seconds: number }[] {
  return Array.from({ length: flowCount }, (_, i) => {
    const heavy = { destination: `203.0.113.${(i / 20) % talkers}`, port: i % 60_000, bytes: 1500, bytesOut: 1500 };
    return { flow: flow(i % 20 === 0 ? heavy : of(i)), seconds: noon + Math.floor((i * 900) / flowCount) };
  });
}

let network: NetworkForest;
beforeAll(async () => {
  network = await learnNetwork(
    async (onFlow) => {
      for (const each of ordinaryFlows(seededRandom(1), 8000, noon - 86_400)) onFlow(each.flow, each.seconds * 1000);
    },
    { alertScore: undefined },
  );
});

describe.each([
  ["destinations", (i: number) => ({ destination: forged(i), source: `10.0.0.${i % 9}` })],
  ["sources", (i: number) => ({ source: forged(i), destination: `192.0.2.${1 + (i % 40)}` })],
] as const)("a flood of forged %s", (what, of) => {
  const flows = flood(of);
  const heavy = Array.from({ length: talkers }, (_, i) => `203.0.113.${i}`);

  it("finds the filter's memory as it was, and the talkers are tagged in each window", () => {
    const engine = new Engine(5n);
    engine.useModel(networkModel(network), "test");
    const pages = new Set<number>();
    const tagged = new Map<string, number>();
    for (let at = 0; at < flows.length; at += 5000) {
      const some = flows.slice(at, at + 5000);
      const text = Buffer.from(some.map(({ flow: each, seconds }) => `${lineOf(each, seconds)}\n`).join(""));
      for (const { output } of engine.tag(text, { flags: 0, seconds: BigInt(noon) })) {
        for (const record of Buffer.from(output).toString().split("\n").filter(Boolean)) {
          const { anomaly } = JSON.parse(record);
          if (anomaly?.type !== "network") continue;
          tagged.set(anomaly.destination, 1 + (tagged.get(anomaly.destination) ?? 0));
        }
      }
      pages.add(engine.exports.memory.buffer.byteLength);
    }
    expect(pages.size).toBe(1);
    for (const talker of heavy) expect(tagged.get(talker), talker).toBe(3);
    const others = [...tagged.keys()].filter((name) => !heavy.includes(name));
    // destinations that thousands of sources call are told, too, and rightly
    if (what === "destinations") expect(others).toEqual([]);
    else expect(others.every((name) => name.startsWith("192.0.2."))).toBe(true);
  });

  it("finds the command's tables within their bounds, and the talkers are told in each window", () => {
    const judge = new Judge(network);
    let slotsMost = 0;
    for (const { flow: each, seconds } of flows) {
      judge.add(each, seconds * 1000);
      slotsMost = Math.max(slotsMost, judge.windows.openSlotCount);
    }
    const told = judge.finish(true).filter(({ anomalous, entity }) => anomalous && entity === "destination");
    for (const talker of heavy)
      expect(
        told.filter(({ window }) => window.key === talker),
        talker,
      ).toHaveLength(3);
    expect(slotsMost).toBeLessThanOrEqual(98_304);
    if (what === "destinations") expect(told.filter(({ window }) => window.key.startsWith("198."))).toEqual([]);
  });
});
