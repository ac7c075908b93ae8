/**
 * Which points are clustered where they are too many: half of them the heaviest, the others a fair sample of the rest,
 * those with the smallest hashes. Both halves and their order depend on the contents alone, never on which came first.
 */
import type { Embedded } from "../embed/index.js";

/** What is clustered, and what is only compared with what came of it. */
export interface Chosen {
  clustered: Int32Array;
  compared: Int32Array;
}

export function choosePoints(embedded: Embedded, weights: Float64Array, pointsMax: number): Chosen {
  const all = Int32Array.from(weights.keys());
  if (all.length <= pointsMax) return { clustered: all, compared: new Int32Array(0) };
  const hashes = Float64Array.from(all, (point) => embedded.hashOf(point));
  const heaviestFirst = all.sort((a, b) => weights[b] - weights[a] || hashes[a] - hashes[b]);
  const heavy = Math.floor(pointsMax / 2);
  // In place: what is left of the order is the rest by hash.
  heaviestFirst.subarray(heavy).sort((a, b) => hashes[a] - hashes[b]);
  return { clustered: heaviestFirst.slice(0, pointsMax), compared: heaviestFirst.slice(pointsMax) };
}
