import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  averagePathLength,
  contributions,
  decisionFunction,
  floorToFloat32,
  type IsolationForest,
  leaf,
  pathNormaliser,
  pathSum,
  pathSumOfScore,
  scoreOfPathSum,
  trainForest,
} from "../../../host/math/isolationForest.js";
import { sampleIndexes, seededRandom } from "../../../host/math/random.js";
import {
  decodeForest,
  encodeForest,
  headerBytes,
  type NetworkForest,
  nodeBytes,
} from "../../../host/model/forestSection.js";
import { featureNames } from "../../../host/model/networkFeatures.js";
import { loadAssembly } from "../../support/assemblyBuild.js";
import { forestOfScikit, type ScikitForest } from "../../support/scikitForest.js";

const golden: Record<string, ScikitForest> = JSON.parse(
  readFileSync(new URL("../../data/golden/isolation-forest.json", import.meta.url), "utf8"),
);

interface ForestModule {
  reserve(bytes: number): number;
  loadForest(ptr: number, len: number): number;
  scoreForest(ptr: number): number;
  pathSumOf(ptr: number): number;
  memory: WebAssembly.Memory;
}

function packed(exported: ScikitForest): NetworkForest {
  return {
    forest: forestOfScikit(exported),
    features: featureNames.slice(0, exported.featureCount),
    entity: "destination",
    windowSeconds: 300,
    alertScore: -0.1,
    minFlows: 1,
  };
}

/** Scores in WebAssembly. */
async function wasmScorer(bytes: Uint8Array) {
  const module = await loadAssembly<ForestModule>("forest");
  const ptr = module.reserve(bytes.length);
  const rowPtr = module.reserve(64);
  new Uint8Array(module.memory.buffer, ptr, bytes.length).set(bytes);
  return {
    loaded: module.loadForest(ptr, bytes.length) !== 0,
    score: (row: ArrayLike<number>) => {
      new Float32Array(module.memory.buffer, rowPtr, row.length).set(row);
      return { score: module.scoreForest(rowPtr), sum: module.pathSumOf(rowPtr) };
    },
  };
}

describe("a forest of scikit-learn", () => {
  it.each(Object.keys(golden))("%s scores as decision_function does, on the host and in WebAssembly", async (name) => {
    const exported = golden[name];
    const network = packed(exported);
    const { loaded, score } = await wasmScorer(encodeForest(network));
    expect(loaded).toBe(true);
    expect(exported.points.length).toBe(exported.scores.length);
    expect(exported.points.length).toBeGreaterThan(4);
    exported.points.forEach((point, i) => {
      const row = Float32Array.from(point);
      expect(Math.abs(decisionFunction(network.forest, row) - exported.scores[i])).toBeLessThan(1e-6);
      const inline = score(row);
      expect(Math.abs(inline.score - exported.scores[i])).toBeLessThan(1e-6);
      expect(inline.sum).toBe(pathSum(network.forest, row));
    });
  });
});

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
    for (let node = 0; node < forest.features.length; node++) {
      if (forest.features[node] !== leaf) expect(forest.rightIndexes[node]).toBeGreaterThan(node + 1);
    }
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
    for (let i = 0; i < 2000; i++) {
      const value = (random() - 0.5) * 10 ** (random() * 20 - 10);
      const floored = floorToFloat32(value);
      expect(floored).toBeLessThanOrEqual(value);
      expect(Math.fround(floored)).toBe(floored);
      expect(Math.abs(value - floored)).toBeLessThanOrEqual(Math.abs(value) * 1.2e-7 + 1.5e-45);
    }
    expect(floorToFloat32(0)).toBe(0);
    expect(floorToFloat32(1e-60)).toBe(0);
    expect(floorToFloat32(-1e-60)).toBeLessThan(0);
  });
});

describe("sampleIndexes", () => {
  it("draws distinct indexes, evenly, and all where there are fewer", () => {
    const random = seededRandom(1);
    const hits = new Float64Array(10);
    for (let i = 0; i < 5000; i++) {
      const drawn = sampleIndexes(random, 10, 4);
      expect(new Set(drawn).size).toBe(4);
      for (const index of drawn) hits[index]++;
    }
    for (const count of hits) expect(Math.abs(count - 2000)).toBeLessThan(180);
    expect([...sampleIndexes(random, 3, 256)].sort()).toEqual([0, 1, 2]);
  });
});

describe("the packed forest", () => {
  const network = packed(golden.counts);
  const bytes = encodeForest(network);

  it("comes back as it was written", () => {
    const back = decodeForest(bytes, "test");
    expect(back.forest.sampleCount).toBe(golden.counts.sampleCount);
    expect(encodeForest(back)).toEqual(bytes);
    expect({ ...back, forest: 0 }).toEqual({ ...network, forest: 0 });
  });

  it("is refused where a walk could take long: deeper than 64 splits, or a node with two parents", async () => {
    const module = await loadAssembly<ForestModule>("forest");
    const room = module.reserve(1 << 16);
    const accepted = (candidate: Uint8Array) => {
      new Uint8Array(module.memory.buffer, room, candidate.length).set(candidate);
      return module.loadForest(room, candidate.length) !== 0;
    };
    /** One tree in which each split but the last has a leaf to its right. */
    const chain = (splits: number) => {
      const nodes = 2 * splits + 1;
      const forest: IsolationForest = {
        featureCount: 1,
        sampleCount: 256,
        rootIndexes: new Uint32Array(1),
        features: Uint16Array.from({ length: nodes }, (_, node) => (node < splits ? 0 : leaf)),
        rightIndexes: Uint32Array.from({ length: nodes }, (_, node) => (node < splits ? nodes - 1 - node : 0)),
        thresholds: new Float32Array(nodes),
        pathLengths: new Float32Array(nodes).fill(1),
      };
      return encodeForest({ ...network, features: ["bytes"], forest });
    };
    const shared = chain(3); // nodes 0 1 2 split, 3 to 6 are leaves: let 0 point to the same leaf as 1
    new DataView(shared.buffer).setUint32(headerBytes + 16 + 4, 5, true);
    for (const [candidate, holds] of [
      [chain(64), true],
      [chain(65), false],
      [chain(400), false],
      [shared, false],
    ] as const) {
      expect(accepted(candidate)).toBe(holds);
      if (holds) decodeForest(candidate, "test");
      else expect(() => decodeForest(candidate, "test")).toThrow(/FOREST_INVALID/);
    }
  });

  it("is refused with any field broken, alike on the host and in WebAssembly", async () => {
    const module = await loadAssembly<ForestModule>("forest");
    const room = module.reserve(bytes.length + 64);
    const accepted = (candidate: Uint8Array) => {
      new Uint8Array(module.memory.buffer, room, candidate.length).set(candidate);
      return module.loadForest(room, candidate.length) !== 0;
    };
    const decoded = (candidate: Uint8Array) => {
      try {
        decodeForest(candidate, "test");
        return true;
      } catch (error) {
        expect((error as { code?: string }).code).toBe("FOREST_INVALID");
        return false;
      }
    };
    expect(accepted(bytes)).toBe(true);
    const random = seededRandom(2);
    let refused = 0;
    const headAndFirstNodes = headerBytes + 4 * golden.counts.trees.length + 16 + 40 * nodeBytes;
    for (let i = 0; i < 6000; i++) {
      const broken = bytes.slice();
      const at = Math.floor(random() * (i % 2 ? headAndFirstNodes : bytes.length));
      broken[at] = Math.floor(random() * 256);
      const verdict = decoded(broken);
      expect(accepted(broken), `byte ${at} set to ${broken[at]}`).toBe(verdict);
      if (!verdict) refused++;
    }
    expect(refused).toBeGreaterThan(1000);
    for (const size of [0, 3, 63, 64, bytes.length - 1]) {
      expect(decoded(bytes.subarray(0, size))).toBe(false);
      expect(accepted(bytes.subarray(0, size))).toBe(false);
    }
  });
});
