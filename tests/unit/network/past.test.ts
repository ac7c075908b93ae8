import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../host/math/random.js";
import { decodeForest, encodeForest } from "../../../host/model/forestSection.js";
import { type FeatureName, featureNames } from "../../../host/model/networkFeatures.js";
import type { Flow } from "../../../host/network/flow.js";
import type { NetworkSettings } from "../../../host/network/learn.js";
import { Past } from "../../../host/network/past.js";
import { learnNetwork } from "../../support/networkModel.js";

const zeros = Object.fromEntries(featureNames.map((name) => [name, 0])) as Record<FeatureName, number>;
const window = (key: string, index: number, values: Partial<typeof zeros>) => ({
  ...{ key, startMs: index * 300_000 },
  values: { ...zeros, flows: 1, ports: 1, peers: 1, ...values },
});
const [bytesOut, ports] = [0, 2];

describe("a past", () => {
  it("knows the largest of few windows, and of many what one in a thousand exceeds", () => {
    const few = new Past();
    for (let i = 0; i < 20; i++) few.add(window("a", i, { bytesOut: 1000 + i }));
    few.add(window("a", 20, { bytesOut: 500_000 }));
    expect(few.usualOf(few.ends.get("a")!)[bytesOut]).toBe(500_000);
    const many = new Past();
    for (let i = 0; i < 5000; i++) many.add(window("a", i, { bytesOut: i < 4 ? 1e9 : 1000 + (i % 50) }));
    const usual = many.usualOf(many.ends.get("a")!)[bytesOut];
    expect(usual).toBeGreaterThanOrEqual(1049);
    expect(usual).toBeLessThan(1200);
  });

  it("lets no single destination say what is usual for all, however many windows it has", () => {
    const past = new Past();
    for (let i = 0; i < 30; i++) for (let j = 0; j < 12; j++) past.add(window(`d${i}`, j, { ports: 1 + (i % 2) }));
    for (let j = 0; j < 2000; j++) past.add(window("scanned", j, { ports: 60 }));
    expect(past.generalUsual()[ports]).toBe(2);
    const share = past.samples().filter(({ values }) => values[ports] === 60).length / past.samples().length;
    expect(share).toBeLessThan(0.06);
  });

  it("is the same in any order of its windows", () => {
    const random = seededRandom(3);
    const windows = Array.from({ length: 2000 }, (_, i) =>
      window(`d${i % 37}`, Math.floor(i / 37), { bytesOut: Math.floor(random() * 1e6), flows: 1 + (i % 5) }),
    );
    const learnt = [windows, windows.toReversed()].map((some) => {
      const past = new Past();
      for (const each of some) past.add(each);
      return { samples: past.samples(), general: past.generalUsual(), usual: past.usualOf(past.ends.get("d5")!) };
    });
    expect(learnt[1]).toEqual(learnt[0]);
  });

  it("of a flood of ends stays within its bound and keeps those that come again", () => {
    const past = new Past(1000);
    for (let i = 0; i < 50_000; i++) {
      past.add(window(`flood${i}`, Math.floor(i / 100), { bytesOut: 40 }));
      if (i % 100 === 0) past.add(window("server", i / 100, { bytesOut: 7000 }));
    }
    expect(past.ends.size).toBeLessThanOrEqual(1000);
    expect(past.ends.get("server")?.windows).toBe(500);
    expect(past.generalUsual()[bytesOut]).toBeLessThan(60);
  });
});

describe("what is usual", () => {
  const feed = (flows: [Flow, number][]) => async (onFlow: (flow: Flow, timeMs: number) => void) => {
    for (const [flow, timeMs] of flows) onFlow(flow, timeMs);
  };
  const flow = (parts: Partial<Flow>): Flow => ({
    ...{ timeMs: undefined, source: "10.0.0.1", destination: "10.0.0.2", port: 443, bytes: 100, bytesOut: 40 },
    ...{ failed: false, durationSeconds: 1, tagged: false },
    ...parts,
  });
  const flows: [Flow, number][] = Array.from({ length: 3000 }, (_, i) => [
    flow({ destination: `192.0.2.${i % 30}`, source: `10.0.0.${i % 7}`, bytes: 100 + (i % 91), bytesOut: i % 91 }),
    i * 30_000,
  ]);

  it("survives the file, and a damaged row is refused", async () => {
    const network = await learnNetwork(feed(flows), { alertScore: undefined });
    const bytes = encodeForest(network);
    const read = decodeForest(bytes, "test");
    expect(read.usual).toEqual(network.usual);
    expect(read.usual?.own.rows.size).toBe(30);
    expect(read.usual?.sources.rows.size).toBe(7);
    expect(encodeForest(read)).toEqual(bytes);
    // the general rows, that of destinations outside, and those of their own pasts
    const rows = bytes.length - 40 * (read.usual!.own.rows.size + read.usual!.sources.rows.size + 3);
    for (const [at, value] of [
      [rows, 1], // the general row has no hash
      [rows + 11, 0xff], // a usual number below zero
      [rows + 28, 1], // tables by hour
      [rows + 40 + 28, 1],
      [rows - 8, 0xff], // more rows than there are
      [rows + 120, 0xff], // rows by hash
    ]) {
      const damaged = bytes.slice();
      damaged[at] ^= value;
      damaged[at + 6] ^= at === rows + 120 ? 0xff : 0;
      if (at === rows + 120) damaged[at + 7] = 0;
      expect(() => decodeForest(damaged, "test"), `${at - rows}`).toThrow("FOREST_INVALID");
    }
  });

  it("has a salt of its own for each past", async () => {
    const salts = [];
    for (const bytes of [100, 101]) {
      const some = flows.map(([each, at]): [Flow, number] => [{ ...each, bytesOut: each.bytesOut + bytes }, at]);
      salts.push((await learnNetwork(feed(some))).usual!.salt);
    }
    expect(salts[0]).not.toBe(salts[1]);
  });

  it("is not told from a history of an hour or less, unless the threshold is given", async () => {
    const short = flows.slice(0, 100);
    await expect(learnNetwork(feed(short), { alertScore: undefined })).rejects.toMatchObject({
      code: "NETWORK_SHORT_HISTORY",
    });
    expect((await learnNetwork(feed(short), { alertScore: -0.1 })).usual).toBeUndefined();
  });

  it("is not told from one window, nor from eleven, and from twelve it is", async () => {
    const ofWindows = (count: number) => flows.filter(([, timeMs]) => timeMs < count * 300_000);
    for (const count of [1, 11]) {
      await expect(learnNetwork(feed(ofWindows(count)), { alertScore: undefined })).rejects.toMatchObject({
        code: "NETWORK_SHORT_HISTORY",
        exit: 3,
      });
    }
    expect((await learnNetwork(feed(ofWindows(12)), { alertScore: undefined })).usual).toBeDefined();
  });

  it("is not told from a history that ends in an attack, unless the threshold is given or the attack left out", async () => {
    const [endMs] = [3000 * 30_000];
    const attack = Array.from({ length: 20_000 }, (_, i): [Flow, number] => [
      flow({ source: "10.0.0.66", destination: `192.0.2.${30 + (i % 40)}`, port: i % 5000, failed: true, bytes: 44 }),
      endMs + i * 400,
    ]);
    const learnAll = (settings: Partial<NetworkSettings>) => learnNetwork(feed([...flows, ...attack]), settings);
    await expect(learnAll({ alertScore: undefined })).rejects.toMatchObject({
      code: "NETWORK_TROUBLED_HISTORY",
      exit: 5,
    });
    expect((await learnAll({ alertScore: -0.1 })).usual).toBeDefined();
    const incidents = [{ fromMs: endMs, toMs: endMs + 20_000 * 400 }];
    expect((await learnAll({ alertScore: undefined, incidents })).usual).toBeDefined();
  });

  it("of pairs is what is usual for all", async () => {
    const network = await learnNetwork(feed(flows), { entity: "pair" } satisfies Partial<NetworkSettings>);
    expect(network.usual?.own.rows.size).toBe(0);
  });
});
