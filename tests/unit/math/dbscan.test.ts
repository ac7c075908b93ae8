import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dbscan } from "../../../host/math/dbscan.js";

interface Golden {
  name: string;
  dims: number;
  eps: number;
  minSamples: number;
  weights: number[] | null;
  points: number[];
  labels: number[];
  core: number[];
}
/** From scikit-learn, by tests/data/golden/dbscan.py. More in tests/differential/dbscan.test.ts. */
const goldens: Golden[] = JSON.parse(readFileSync(new URL("../../data/golden/dbscan.json", import.meta.url), "utf8"));

describe("DBSCAN equals scikit-learn's", () => {
  it.each(goldens)("$name", ({ dims, eps, minSamples, weights, points, labels, core }) => {
    const found = dbscan({
      points: Float32Array.from(points),
      count: points.length / dims,
      dims,
      eps,
      minSamples,
      weights: weights ? Float64Array.from(weights) : undefined,
    });
    expect([...found.labels]).toEqual(labels);
    expect([...found.core.keys()].filter((point) => found.core[point])).toEqual(core);
    expect(found.clusterCount).toBe(Math.max(-1, ...labels) + 1);
  });

  it("no points", () => {
    const found = dbscan({ points: new Float32Array(0), count: 0, dims: 8, eps: 0.5, minSamples: 20 });
    expect(found).toEqual({
      labels: new Int32Array(0),
      core: new Uint8Array(0),
      clusterCount: 0,
      weightNearby: new Float64Array(0),
      coreCells: [],
    });
  });
});

describe("DBSCAN refuses", () => {
  const points = new Float32Array(4);
  it("a radius of nought", () => {
    expect(() => dbscan({ points, count: 2, dims: 2, eps: 0, minSamples: 1 })).toThrow(/eps/);
  });
  it("points that do not fit their dims", () => {
    expect(() => dbscan({ points, count: 3, dims: 2, eps: 1, minSamples: 1 })).toThrow(/3 x 2/);
  });
  it("weights that do not fit the points", () => {
    expect(() => dbscan({ points, count: 2, dims: 2, eps: 1, minSamples: 1, weights: new Float64Array(3) })).toThrow(
      /weights/,
    );
  });
});
