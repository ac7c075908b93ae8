import { describe, expect, it } from "vitest";
import { coverCore } from "../../../host/learn/cover.js";
import { dbscan } from "../../../host/math/dbscan.js";
import { distance } from "../../differential/reference/dbscan.js";
import { clouds, randomFrom } from "../../support/clouds.js";

const eps = 0.5;

function learnt(seed: number, dims: number) {
  const random = randomFrom(seed);
  const { points, count } = clouds(random, 500, dims, 5);
  const weights = Float64Array.from({ length: count }, () => 1 + Math.floor(random() * 30));
  // The first 400 are learnt from, the rest is new.
  const input = {
    points: points.slice(0, 400 * dims),
    count: 400,
    dims,
    weights: weights.slice(0, 400),
    eps,
    minSamples: 40,
  };
  return { input, result: dbscan(input), all: points, count };
}

describe("the cover of the core points", () => {
  it.each([
    [1, 2],
    [2, 5],
    [3, 48],
    [4, 64],
  ])("keeps what it guarantees (seed %i, %i dims)", (seed, dims) => {
    const { input, result, all, count } = learnt(seed, dims);
    const { centroids, weightOutside } = coverCore(input, result);
    const core = [...result.core.keys()].filter((point) => result.core[point]);
    expect(core.length).toBeGreaterThan(100);
    expect(centroids.length).toBeLessThan(core.length);
    const inside = (point: number) => centroids.some((c) => distance(all, dims, point, c.point) <= c.radius);
    let news = 0;
    for (let point = 0; point < count; point++) {
      const nearestCore = Math.min(...core.map((other) => distance(all, dims, point, other)));
      if (inside(point)) expect(nearestCore).toBeLessThanOrEqual(eps);
      if (nearestCore <= eps / 2) expect(inside(point)).toBe(true);
      if (point < 400) expect(inside(point)).toBe(result.labels[point] >= 0);
      else if (inside(point)) news++;
    }
    expect(news).toBeGreaterThan(20);
    expect(weightOutside).toBe(0);
    const clustered = input.weights.reduce((sum, weight, point) => sum + (result.labels[point] >= 0 ? weight : 0), 0);
    expect(centroids.reduce((sum, { support }) => sum + support, 0)).toBe(clustered);
  });

  it("keeps the heaviest where there is not room for all, and says what it left out", () => {
    const { input, result } = learnt(2, 5);
    const whole = coverCore(input, result);
    const some = coverCore(input, result, { centroidsMax: 3 });
    expect(some.centroids.map(({ point }) => point)).toEqual(whole.centroids.slice(0, 3).map(({ point }) => point));
    expect(some.weightOutside).toBeGreaterThan(0);
    expect(input.weights[some.centroids[0].point]).toBe(Math.max(...input.weights.filter((_, p) => result.core[p])));
  });

  it("is empty where all is noise, or nothing is there", () => {
    const input = { points: Float32Array.of(0, 0, 9, 9), count: 2, dims: 2, eps, minSamples: 2 };
    expect(coverCore(input, dbscan(input))).toEqual({ centroids: [], weightOutside: 0 });
    const none = { ...input, points: new Float32Array(0), count: 0 };
    expect(coverCore(none, dbscan(none))).toEqual({ centroids: [], weightOutside: 0 });
  });
});
