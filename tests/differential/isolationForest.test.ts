/** The forest against scikit-learn's own scores, and what the filter loads against what the host accepts. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decisionFunction, type IsolationForest, leaf, pathSum } from "../../host/math/isolationForest.js";
import { seededRandom } from "../../host/math/random.js";
import { decodeForest, encodeForest, headerBytes, nodeBytes } from "../../host/model/forestSection.js";
import { loadAssembly } from "../support/assemblyBuild.js";
import { networkForestOfScikit, type ScikitForest } from "../support/scikitForest.js";

const golden: Record<string, ScikitForest> = JSON.parse(
  readFileSync(new URL("../data/golden/isolation-forest.json", import.meta.url), "utf8"),
);

interface ForestModule {
  reserve(bytes: number): number;
  loadForest(ptr: number, len: number): number;
  scoreForest(ptr: number): number;
  pathSumOf(ptr: number): number;
  memory: WebAssembly.Memory;
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
    const network = networkForestOfScikit(exported);
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

describe("the packed forest", () => {
  const network = networkForestOfScikit(golden.counts);
  const bytes = encodeForest(network);

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
    const differing: string[] = [];
    const headAndFirstNodes = headerBytes + 4 * golden.counts.trees.length + 16 + 40 * nodeBytes;
    for (let i = 0; i < 6000; i++) {
      const broken = bytes.slice();
      const at = Math.floor(random() * (i % 2 ? headAndFirstNodes : bytes.length));
      broken[at] = Math.floor(random() * 256);
      const verdict = decoded(broken);
      if (accepted(broken) !== verdict) differing.push(`byte ${at} set to ${broken[at]}`);
      if (!verdict) refused++;
    }
    expect(differing).toEqual([]);
    expect(refused).toBeGreaterThan(1000);
    for (const size of [0, 3, 63, 64, bytes.length - 1]) {
      expect(decoded(bytes.subarray(0, size))).toBe(false);
      expect(accepted(bytes.subarray(0, size))).toBe(false);
    }
  });
});
