import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  averagePathLength,
  contributions,
  decisionFunction,
  floorToFloat32,
  leaf,
  pathNormaliser,
  pathSum,
  pathSumOfScore,
  scoreOfPathSum,
  trainForest,
} from "../../../host/math/isolationForest.js";
import { sampleIndexes, seededRandom } from "../../../host/math/random.js";
import { decodeForest, encodeForest } from "../../../host/model/forestSection.js";
import { networkForestOfScikit, type ScikitForest } from "../../support/scikitForest.js";

const golden: Record<string, ScikitForest> = JSON.parse(
  readFileSync(new URL("../../data/golden/isolation-forest.json", import.meta.url), "utf8"),
);

describe("training", () => {
  const random = seededRandom(5);
  const normal = () => Math.sqrt(-2 * Math.log(random() || 1e-9)) * Math.cos(2 * Math.PI * random());
  const rows = Float32Array.from({ length: 3000 }, (_, i) => (i % 3 === 2 ? Math.floor(random() * 3) : 5 + normal()));
  const options = { spacing: ["linear", "linear", "linear"] as const, seed: 42 };
  const forest = trainForest(rows, options);

  it("is the same for the same seed, another for another", () => {
    expect(trainForest(rows, options)).toEqual(forest);
    expect(trainForest(rows, { ...options, seed: 43 })).not.toEqual(forest);
  });

  it("grows 100 trees from 256 rows each, no deeper than log2 of them, no side empty", () => {
    expect(forest.rootIndexes.length).toBe(100);
    expect(forest.sampleCount).toBe(256);
    const longest = Math.max(...forest.pathLengths);
    expect(longest).toBeLessThanOrEqual(8 + averagePathLength(256));
    const splits = [...forest.features.keys()].filter((node) => forest.features[node] !== leaf);
    expect(splits.filter((node) => forest.rightIndexes[node] <= node + 1)).toEqual([]);
  });

  it("scores far points low and central ones high", () => {
    expect(decisionFunction(forest, Float32Array.of(5, 5, 1))).toBeGreaterThan(0.05);
    expect(decisionFunction(forest, Float32Array.of(50, -40, 1))).toBeLessThan(-0.1);
  });

  it("names the feature that made a point odd; the shares add up to the whole", () => {
    for (const [row, odd, high] of [
      [Float32Array.of(5, 40, 1), 1, true],
      [Float32Array.of(-30, 5, 1), 0, false],
      [Float32Array.of(5, 5, 60), 2, true],
    ] as const) {
      const { shares, feature, isHigh } = contributions(forest, row);
      expect(shares.indexOf(Math.min(...shares))).toBe(odd);
      expect({ feature, isHigh }).toEqual({ feature: odd, isHigh: high });
      let average = 0;
      for (const root of forest.rootIndexes) average += forest.pathLengths[root] / forest.rootIndexes.length;
      const sum = shares.reduce((total, share) => total + share, 0);
      expect(sum).toBeCloseTo(pathSum(forest, row) / forest.rootIndexes.length - average, 4);
    }
  });

  it("splits equal rows never, a single row neither", () => {
    const equal = trainForest(new Float32Array(60).fill(7), { spacing: ["log", "linear"], seed: 1 });
    expect(equal.features.every((feature) => feature === leaf)).toBe(true);
    const single = trainForest(Float32Array.of(1, 2), { spacing: ["log", "linear"], seed: 1 });
    expect(Number.isFinite(decisionFunction(single, Float32Array.of(1, 2)))).toBe(true);
  });

  it("draws thresholds on a logarithmic scale where asked, in raw units", () => {
    const wide = Float32Array.from({ length: 512 }, () => Math.expm1(random() * 20));
    const share = (spacing: "linear" | "log") => {
      const grown = trainForest(wide, { spacing: [spacing], seed: 3 });
      const roots = [...grown.rootIndexes].map((root) => grown.thresholds[root]);
      return roots.filter((threshold) => threshold < 1e4).length / roots.length;
    };
    expect(share("log")).toBeGreaterThan(0.3);
    expect(share("linear")).toBeLessThan(0.05);
  });

  it("turns a score into the path sum that decides alike", () => {
    const normaliser = pathNormaliser(forest);
    expect(scoreOfPathSum(pathSumOfScore(-0.1, normaliser), normaliser)).toBeCloseTo(-0.1, 12);
  });
});

describe("floorToFloat32", () => {
  it("never exceeds its argument and is the nearest float below", () => {
    const random = seededRandom(9);
    const values = Array.from({ length: 2000 }, () => (random() - 0.5) * 10 ** (random() * 20 - 10));
    const wrong = values.filter((value) => {
      const floored = floorToFloat32(value);
      const isNear = Math.abs(value - floored) <= Math.abs(value) * 1.2e-7 + 1.5e-45;
      return !(floored <= value && Math.fround(floored) === floored && isNear);
    });
    expect(wrong).toEqual([]);
    expect(floorToFloat32(0)).toBe(0);
    expect(floorToFloat32(1e-60)).toBe(0);
    expect(floorToFloat32(-1e-60)).toBeLessThan(0);
  });
});

describe("sampleIndexes", () => {
  it("draws distinct indexes, evenly, and all where there are fewer", () => {
    const random = seededRandom(1);
    const hits = new Float64Array(10);
    let repeated = 0;
    for (let i = 0; i < 5000; i++) {
      const drawn = sampleIndexes(random, 10, 4);
      if (new Set(drawn).size !== 4) repeated++;
      for (const index of drawn) hits[index]++;
    }
    expect(repeated).toBe(0);
    for (const count of hits) expect(Math.abs(count - 2000)).toBeLessThan(180);
    expect([...sampleIndexes(random, 3, 256)].sort()).toEqual([0, 1, 2]);
  });
});

describe("the packed forest", () => {
  const network = networkForestOfScikit(golden.counts);
  const bytes = encodeForest(network);

  it("comes back as it was written", () => {
    const back = decodeForest(bytes, "test");
    expect(back.forest.sampleCount).toBe(golden.counts.sampleCount);
    expect(encodeForest(back)).toEqual(bytes);
    expect({ ...back, forest: 0 }).toEqual({ ...network, forest: 0 });
  });
});
