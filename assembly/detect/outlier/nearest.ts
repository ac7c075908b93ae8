/**
 * How far a text lies from the nearest known pattern. Patterns are centroids (core points of DBSCAN's clusters, chosen
 * by host/learn/); the nearest few by the sign bits of the sums (SimHash, Charikar 2002,
 * https://doi.org/10.1145/509907.509965) are compared exactly.
 *
 *   0 ┌──────────────┬─────────────────┬────────────┬─────────────┬──────────────────┬────────┐ 304
 *     │ sketch u64×4 │ sums i8×256     │ radius f32 │ support u32 │ square norm u32  │ 0 u32  │
 *     └──────────────┴─────────────────┴────────────┴─────────────┴──────────────────┴────────┘
 */

import { FixedArray } from "../../runtime/fixedArray";
import { DIMENSIONS, embed, LANES, pairsPtr, sketchPtr, sumOfSquares, sumOfSums, upperHalf } from "./embedding";

export const CENTROIDS_MAX: u32 = 4096;
export const CENTROID_BYTES: usize = 304;
const SUMS_OFFSET: usize = 32;
const RADIUS_OFFSET: usize = 288;
const SUPPORT_OFFSET: usize = 292;
const NORM_OFFSET: usize = 296;

/** Candidates of the sketch that are compared exactly. */
const CANDIDATES: i32 = 4;

/** Of the model: a text further from a centroid than this many radii is an outlier. */
export let outlierScale: f64 = 0;
let centroidsPtr: usize = 0;
export let centroidCount: u32 = 0;

/** The nearest centroid of the last `measureDistance`, its distance (Euclidean on unit vectors) and its radius. */
export let nearestCluster: i32 = -1;
export let nearestDistance: f64 = 0;
export let nearestRadius: f64 = 0;

const candidateIndex = changetype<FixedArray<i32>>(memory.data(CANDIDATES * sizeof<i32>()));
const candidateBits = changetype<FixedArray<i32>>(memory.data(CANDIDATES * sizeof<i32>()));

export function validCentroids(ptr: usize, count: u32): bool {
  for (let i: u32 = 0; i < count; i++) {
    const row = ptr + <usize>i * CENTROID_BYTES;
    const radius = load<f32>(row, RADIUS_OFFSET);
    if (!(radius > 0 && radius <= 2)) return false;
    let square: u32 = 0;
    for (let d: usize = 0; d < DIMENSIONS; d++) {
      const sum = <i32>load<i8>(row + d, SUMS_OFFSET);
      square += <u32>(sum * sum);
    }
    if (square == 0 || square != load<u32>(row, NORM_OFFSET)) return false;
  }
  return true;
}

/** Lines that a pattern stands for. */
export function patternSupport(index: i32): u32 {
  return load<u32>(centroidsPtr + <usize>index * CENTROID_BYTES, SUPPORT_OFFSET);
}

export function setOutlierScale(value: f64): void {
  outlierScale = value;
}

export function useCentroids(ptr: usize, count: u32): void {
  centroidsPtr = ptr;
  centroidCount = count;
}

/** Embeds the tokens at hand and finds the nearest centroid; false where there is nothing to compare. */
export function measureDistance(): bool {
  nearestCluster = -1;
  if (centroidCount == 0 || !embed()) return false;
  if (sumOfSquares == 0) return false;
  nominate();
  let best: f64 = 3;
  for (let i = 0; i < CANDIDATES; i++) {
    const index = unchecked(candidateIndex[i]);
    if (index < 0) continue;
    const distance = distanceTo(centroidsPtr + <usize>index * CENTROID_BYTES);
    if (distance < best || (distance == best && index < nearestCluster)) {
      best = distance;
      nearestCluster = index;
    }
  }
  nearestDistance = best;
  nearestRadius = <f64>load<f32>(centroidsPtr + <usize>nearestCluster * CENTROID_BYTES, RADIUS_OFFSET);
  return true;
}

/** The CANDIDATES rows with the fewest differing sign bits, lower index first on equality. */
function nominate(): void {
  for (let i = 0; i < CANDIDATES; i++) {
    candidateIndex[i] = -1;
    candidateBits[i] = 257;
  }
  const a = load<u64>(sketchPtr);
  const b = load<u64>(sketchPtr, 8);
  const c = load<u64>(sketchPtr, 16);
  const d = load<u64>(sketchPtr, 24);
  let row = centroidsPtr;
  for (let index: u32 = 0; index < centroidCount; index++) {
    const bits = <i32>(
      (popcnt(a ^ load<u64>(row)) +
        popcnt(b ^ load<u64>(row, 8)) +
        popcnt(c ^ load<u64>(row, 16)) +
        popcnt(d ^ load<u64>(row, 24)))
    );
    row += CENTROID_BYTES;
    if (bits >= unchecked(candidateBits[CANDIDATES - 1])) continue;
    let at = CANDIDATES - 1;
    while (at > 0 && unchecked(candidateBits[at - 1]) > bits) {
      candidateBits[at] = candidateBits[at - 1];
      candidateIndex[at] = candidateIndex[at - 1];
      at--;
    }
    candidateBits[at] = bits;
    candidateIndex[at] = <i32>index;
  }
}

/** Makes whole numbers from -128 on such from 0 on. */
const OFFSETS: u64 = 0x8080808080808080;
const OFFSET: i64 = 128;

/** Two products at a time: of two pairs of halves that are multiplied the mixed terms meet at 2^32. */
function distanceTo(row: usize): f64 {
  let products: i64 = 0;
  const rowEndPtr = row + SUMS_OFFSET + DIMENSIONS;
  let ptr = pairsPtr;
  for (let at = row + SUMS_OFFSET; at < rowEndPtr; at += 8) {
    const eight = load<u64>(at) ^ OFFSETS;
    products += <i64>(eight & LANES) * load<i64>(ptr);
    products += <i64>((eight >> 8) & LANES) * load<i64>(ptr, 8);
    products += <i64>((eight >> 16) & LANES) * load<i64>(ptr, 16);
    products += <i64>((eight >> 24) & LANES) * load<i64>(ptr, 24);
    ptr += 32;
  }
  const dot = upperHalf(products) - OFFSET * sumOfSums;
  const cosine = <f64>dot / Math.sqrt(<f64>sumOfSquares * <f64>load<u32>(row, NORM_OFFSET));
  return Math.sqrt(Math.max(0, 2 - 2 * cosine));
}
