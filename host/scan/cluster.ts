/**
 * Points to verdicts: DBSCAN over all of them, or, above `clusteredMax`, over the heaviest and an even sample of the
 * others (each standing for its like); the rest then is what DBSCAN's predict would say of it.
 */
import type { Embedded } from "../embed/index.js";
import { coverCore } from "../learn/cover.js";
import { dbscan, noiseLabel } from "../learn/dbscan.js";
import { Points } from "../learn/points.js";

/** Seconds for the lines of a log; pure noise, the worst case, some 90 s (4,000 points took 3.5 s; it grows with the square). */
export const clusteredMaxDefault = 20_000;
const predictedAtOnce = 4096;

export interface ClusterOptions {
  eps: number;
  minSamples: number;
  clusteredMax?: number;
}

export interface Clusters {
  clusterCount: number;
  /** Cluster of each point, `noiseLabel` for noise. */
  labels: Int32Array;
  /** Of noise: distance from the nearest core point, NaN where there is none; 0 for others. */
  distances: Float64Array;
  /** That core point, -1 where there is none. */
  nearest: Int32Array;
  /** Of noise: weight within eps, its own included. */
  weightNearby: Float64Array;
  /** The points that were clustered, and their vectors; the others were held against what came of these. */
  clustered: Int32Array;
  rows: { values: Float32Array; dims: number };
}

export function clusterPoints(
  embedded: Embedded,
  dims: number,
  weights: Float64Array,
  { eps, minSamples, clusteredMax = clusteredMaxDefault }: ClusterOptions,
): Clusters {
  const { clustered, standsFor } = choose(weights, clusteredMax);
  const rest = others(clustered, embedded.count);
  const values = embedded.rows(clustered);
  const input = { points: values, count: clustered.length, dims, weights: standsFor, eps, minSamples };
  const found = dbscan(input);
  const clusters: Clusters = {
    clusterCount: found.clusterCount,
    labels: new Int32Array(embedded.count).fill(noiseLabel),
    distances: new Float64Array(embedded.count),
    nearest: new Int32Array(embedded.count).fill(-1),
    weightNearby: new Float64Array(embedded.count),
    clustered,
    rows: { values, dims },
  };
  const core = Int32Array.from(found.core.keys()).filter((row) => found.core[row] === 1);
  const points = new Points(values, clustered.length, dims);
  clustered.forEach((point, row) => {
    clusters.labels[point] = found.labels[row];
    if (found.labels[row] !== noiseLabel) return;
    clusters.weightNearby[point] = found.weightNearby[row];
    const nearest = points.nearest(row, core);
    clusters.distances[point] = nearest?.distance ?? Number.NaN;
    clusters.nearest[point] = nearest ? clustered[nearest.point] : -1;
  });
  if (rest.length > 0) {
    const centroids = Int32Array.from(coverCore(input, found).centroids, ({ point }) => point);
    for (let start = 0; start < rest.length; start += predictedAtOnce) {
      const some = rest.subarray(start, start + predictedAtOnce);
      predict(some, embedded.rows(some), centroids, found.labels, clusters, weights, eps);
    }
  }
  return clusters;
}

/** Which points are clustered, ascending, and for how many lines each stands. */
function choose(weights: Float64Array, clusteredMax: number): { clustered: Int32Array; standsFor: Float64Array } {
  if (weights.length <= clusteredMax) return { clustered: Int32Array.from(weights.keys()), standsFor: weights };
  const heaviestFirst = Array.from(weights.keys()).sort((a, b) => weights[b] - weights[a] || a - b);
  const heavy = heaviestFirst.slice(0, Math.floor(clusteredMax / 2));
  const light = heaviestFirst.slice(heavy.length);
  const sampled = clusteredMax - heavy.length;
  const scale = light.length / sampled;
  const stand = new Map(heavy.map((point) => [point, weights[point]]));
  for (let i = 0; i < sampled; i++) {
    const point = light[Math.floor(i * scale)];
    stand.set(point, weights[point] * scale);
  }
  const clustered = Int32Array.from(stand.keys()).sort();
  return { clustered, standsFor: Float64Array.from(clustered, (point) => stand.get(point)!) };
}

function others(clustered: Int32Array, count: number): Int32Array {
  const taken = new Uint8Array(count);
  for (const point of clustered) taken[point] = 1;
  return Int32Array.from(taken.keys()).filter((point) => taken[point] === 0);
}

function predict(
  some: Int32Array,
  rows: Float32Array,
  centroids: Int32Array,
  labels: Int32Array,
  clusters: Clusters,
  weights: Float64Array,
  eps: number,
): void {
  const { values, dims } = clusters.rows;
  const joined = new Float32Array(rows.length + centroids.length * dims);
  joined.set(rows);
  centroids.forEach((row, index) => {
    joined.set(values.subarray(row * dims, (row + 1) * dims), rows.length + index * dims);
  });
  const points = new Points(joined, some.length + centroids.length, dims);
  const among = Int32Array.from(centroids, (_, index) => some.length + index);
  some.forEach((point, row) => {
    const inside = points.firstWithin(row, among, among.length, eps);
    if (inside < among.length) {
      clusters.labels[point] = labels[centroids[inside]];
      return;
    }
    const nearest = points.nearest(row, among);
    clusters.weightNearby[point] = weights[point];
    clusters.distances[point] = nearest?.distance ?? Number.NaN;
    clusters.nearest[point] = nearest ? clusters.clustered[centroids[nearest.point - some.length]] : -1;
  });
}
