/** DBSCAN against scikit-learn's on vectors of MiniLM, and against its definition on random clouds. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dbscan } from "../../host/math/dbscan.js";
import { clouds, randomFrom } from "../support/clouds.js";
import { dbscanReference } from "./reference/dbscan.js";

interface Golden {
  eps: number;
  minSamples: number;
  weights: number[] | null;
  labels: number[];
  core: number[];
  order: number[];
}

describe("DBSCAN equals scikit-learn's on MiniLM vectors", () => {
  // 250 lines of the demo shop, by tests/data/golden/minilm-vectors.mjs and minilm-dbscan.py
  const golden: {
    dims: number;
    vectors: string;
    cases: Golden[];
  } = JSON.parse(readFileSync(new URL("../data/golden/minilm-dbscan.json", import.meta.url), "utf8"));
  const { dims, cases } = golden;
  const values = new Int8Array(Buffer.from(golden.vectors, "base64"));
  const run = ({ eps, minSamples, weights, order }: (typeof cases)[number]) => {
    const points = Float32Array.from(
      { length: order.length * dims },
      (_, at) => values[order[Math.floor(at / dims)] * dims + (at % dims)] / 127,
    );
    const given = weights ? Float64Array.from(weights) : undefined;
    return dbscan({ points, count: order.length, dims, eps, minSamples, weights: given });
  };

  cases.forEach((one, index) => {
    it(`case ${index}: eps ${one.eps}, ${one.minSamples} samples${one.weights ? ", weights" : ""}`, () => {
      const found = run(one);
      expect([...found.labels]).toEqual(one.labels);
      expect([...found.core.keys()].filter((point) => found.core[point])).toEqual(one.core);
      expect(found.clusterCount).toBeGreaterThan(0);
    });
  });

  it("whatever the order: the same noise and the same clusters of core points; only a border point may change", () => {
    const plain = cases.filter(({ weights }) => weights === null);
    expect(plain.length).toBeGreaterThan(3);
    for (let at = 0; at < plain.length; at += 2) {
      const [some, others] = [plain[at], plain[at + 1]].map((one) => {
        const { labels, core } = run(one);
        const byLine = new Map(one.order.map((line, row) => [line, { label: labels[row], core: core[row] }]));
        return [...byLine].sort(([a], [b]) => a - b).map(([, found]) => found);
      });
      const renamed = new Map<number, number>();
      some.forEach(({ label, core }, line) => {
        expect(others[line].core).toBe(core);
        expect(others[line].label < 0).toBe(label < 0);
        if (!core) return;
        expect(renamed.get(label) ?? others[line].label).toBe(others[line].label);
        renamed.set(label, others[line].label);
      });
      expect(new Set(renamed.values()).size).toBe(renamed.size);
    }
  });
});

describe("DBSCAN equals the definition", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = randomFrom(seed);
    const dims = [1, 2, 5, 33, 64, 100][seed % 6];
    const input = clouds(random, 30 + Math.floor(random() * 370), dims, 1 + Math.floor(random() * 8));
    const eps = 0.05 + random() * 0.6;
    const minSamples = 1 + Math.floor(random() * 25);
    const weights =
      seed % 3 === 0
        ? undefined
        : Float64Array.from({ length: input.count }, () => Math.floor(random() * 9) - (seed % 3 === 1 ? 2 : 0));
    it(`seed ${seed}: ${input.count} x ${dims}, eps ${eps.toFixed(2)}, minSamples ${minSamples}`, () => {
      const asked = { ...input, dims, eps, minSamples, weights };
      const found = dbscan(asked);
      const expected = dbscanReference(asked);
      expect([...found.labels]).toEqual([...expected.labels]);
      expect([...found.core]).toEqual([...expected.core]);
      expect(found.clusterCount).toBe(expected.clusterCount);
      const notCore = [...expected.core.keys()].filter((point) => !expected.core[point]);
      expect(notCore.map((p) => found.weightNearby[p])).toEqual(notCore.map((p) => expected.weightNearby[p]));
    });
  }
});
