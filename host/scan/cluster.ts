/**
 * Points to verdicts: DBSCAN over all of them, or, above `pointsMax`, over the heaviest and a fair sample of the
 * others; the rest then is what DBSCAN's predict says of it. Each point counts for its own lines only, so what is said
 * to belong to a pattern does so among all points too; noise may have neighbours that were not counted.
 */
import type { Embedded } from "../embed/index.js";
import { coverCore } from "../learn/cover.js";
import { dbscan, noiseLabel, reachedCluster } from "../math/dbscan.js";
import { Points } from "../math/points.js";
import { choosePoints } from "./choose.js";

/** Seconds for the lines of a log, 40 s of CPU for 20,000 hostile lines, nearly all noise; it grows with the square. */
export const pointsMaxDefault = 20_000;
const comparedAtOnce = 8192;
/**
 * Core points from which the distance of compared noise is measured, for show: 1,024 of them cost 78 s for 150,000
 * points.
 */
const landmarksMax = 256;

export interface ClusterOptions {
  eps: number;
  minSamples: number;
  pointsMax?: number;
}

export interface Clusters {
  clusterCount: number;
  /** Cluster of each point, `noiseLabel` for noise. */
  labels: Int32Array;
  /** Of noise: distance from the nearest core point, NaN where there is none; 0 for others. */
  distances: Float64Array;
  /** That core point, -1 where there is none. */
  nearest: Int32Array;
  /** Of noise: weight within eps, its own included; NaN where that was not counted. */
  weightNearby: Float64Array;
  /** The points that were clustered, and their vectors; the others were held against what came of these. */
  clustered: Int32Array;
  rows: { values: Float32Array; dims: number };
}

export function clusterPoints(
  embedded: Embedded,
  dims: number,
  weights: Float64Array,
  { eps, minSamples, pointsMax = pointsMaxDefault }: ClusterOptions,
): Clusters {
  const { clustered, compared } = choosePoints(embedded, weights, pointsMax);
  const values = embedded.rows(clustered);
  const clusteredWeights = Float64Array.from(clustered, (point) => weights[point]);
  const input = { points: values, count: clustered.length, dims, weights: clusteredWeights, eps, minSamples };
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
  const points = new Points(values, clustered.length, dims);
  /** Row `row` of `among` is this point, which belongs to no cluster. */
  const measure = (point: number, among: Points, row: number, landmarks: Int32Array) => {
    const nearest = among.nearest(row, landmarks);
    clusters.distances[point] = nearest?.distance ?? Number.NaN;
    clusters.nearest[point] = nearest ? clustered[nearest.point] : -1;
  };
  const core = Int32Array.from(found.core.keys()).filter((row) => found.core[row] === 1);
  clustered.forEach((point, row) => {
    clusters.labels[point] = found.labels[row];
    if (found.labels[row] !== noiseLabel) return;
    clusters.weightNearby[point] = found.weightNearby[row];
    measure(point, points, row, core);
  });
  if (compared.length === 0) return clusters;
  const { centroids } = coverCore(input, found, { centroidsMax: landmarksMax });
  const landmarks = Int32Array.from(centroids, ({ point }) => point);
  for (let start = 0; start < compared.length; start += comparedAtOnce) {
    const some = compared.subarray(start, start + comparedAtOnce);
    const joined = points.with(embedded.rows(some));
    some.forEach((point, index) => {
      const row = clustered.length + index;
      clusters.labels[point] = reachedCluster(joined, row, found.coreCells, found.labels, eps);
      if (clusters.labels[point] !== noiseLabel) return;
      clusters.weightNearby[point] = Number.NaN;
      measure(point, joined, row, landmarks);
    });
  }
  return clusters;
}
