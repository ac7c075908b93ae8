/** One line that fits no cluster, as `scan` shows it. */
import { noiseLabel } from "../math/dbscan.js";
import type { Evidence } from "./evidence.js";
import type { Scan } from "./scan.js";

export interface Anomaly extends Evidence {
  line: number;
  text: string;
  cluster: -1;
  /** From the nearest pattern; null where there is no pattern at all. */
  distance: number | null;
  /** The line on which that pattern came first. */
  nearest: number | null;
  /** Lines with this content. */
  count: number;
  /**
   * There where the line was too many to be clustered: it was compared with the patterns, its likes were not counted.
   */
  compared?: true;
  reason: string;
}

export function anomalyOf(scan: Scan, point: number, lineNumber: number, text: string, evidence: Evidence): Anomaly {
  const { clusters, weights, firstLines } = scan;
  const distance = clusters.distances[point];
  const near = clusters.nearest[point];
  return {
    line: lineNumber,
    text,
    cluster: noiseLabel,
    distance: Number.isNaN(distance) ? null : Math.round(distance * 1000) / 1000,
    nearest: near < 0 ? null : firstLines[near],
    count: weights[point],
    ...evidence,
    ...(Number.isNaN(clusters.weightNearby[point]) && { compared: true }),
    reason: reasonOf(scan, point),
  };
}

export function reasonOf({ clusters, options, weights, firstLines }: Scan, point: number): string {
  const near = clusters.nearest[point];
  const pattern =
    near < 0
      ? "no pattern was found to compare it with"
      : `the nearest pattern (line ${firstLines[near]}) is ${clusters.distances[point].toFixed(3)} away, beyond ${options.eps}`;
  return `${likes(clusters.weightNearby[point], weights[point])}, ${options.minSamples} make a pattern; ${pattern}`;
}

function likes(weightNearby: number, weight: number): string {
  if (Number.isNaN(weightNearby))
    return `came ${weight === 1 ? "once" : `${weight} times`}, lines like it were not counted`;
  const similar = Math.max(weightNearby, weight);
  return similar === 1 ? "no other line is like it" : `${Math.round(similar)} lines are like it`;
}

/** The noise points furthest from any pattern, furthest first; without a pattern, the rarest. */
export function furthest({ clusters, weights, firstLines }: Scan, top: number): Int32Array {
  return Int32Array.from(weights.keys())
    .filter((point) => clusters.labels[point] === noiseLabel)
    .sort(
      (a, b) =>
        (clusters.distances[b] || 0) - (clusters.distances[a] || 0) ||
        weights[a] - weights[b] ||
        firstLines[a] - firstLines[b],
    )
    .slice(0, top);
}
