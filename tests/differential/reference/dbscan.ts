/** DBSCAN as the definition reads: every distance computed, clusters grown one by one from a stack. For tests only. */
import type { DbscanInput, DbscanResult } from "../../../host/math/dbscan.js";

export function dbscanReference({
  points,
  count,
  dims,
  weights,
  eps,
  minSamples,
}: DbscanInput): Omit<DbscanResult, "coreCells"> {
  const neighbours = Array.from({ length: count }, (_, a) =>
    Array.from({ length: count }, (_, b) => b).filter((b) => distance(points, dims, a, b) <= eps),
  );
  const weightNearby = Float64Array.from(neighbours, (around) =>
    around.reduce((sum, b) => sum + (weights?.[b] ?? 1), 0),
  );
  const core = Uint8Array.from(weightNearby, (weight) => (weight >= minSamples ? 1 : 0));
  const labels = new Int32Array(count).fill(-1);
  let clusterCount = 0;
  for (let start = 0; start < count; start++) {
    if (labels[start] !== -1 || !core[start]) continue;
    const stack = [start];
    while (stack.length > 0) {
      const point = stack.pop()!;
      if (labels[point] !== -1) continue;
      labels[point] = clusterCount;
      if (core[point]) stack.push(...neighbours[point].filter((b) => labels[b] === -1));
    }
    clusterCount++;
  }
  return { labels, core, clusterCount, weightNearby };
}

export function distance(points: Float32Array, dims: number, a: number, b: number): number {
  let sum = 0;
  for (let dim = 0; dim < dims; dim++) sum += (points[a * dims + dim] - points[b * dims + dim]) ** 2;
  return Math.sqrt(sum);
}
