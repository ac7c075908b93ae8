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
import {
  DIMENSIONS,
  LANES,
  pairsPtr,
  sketchHalf,
  sketchPtr,
  sketchRest,
  sumOfSquares,
  sumOfSums,
  sumUp,
  upperHalf,
} from "./embedding";

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
  certainBits = 0;
}

export function useCentroids(ptr: usize, count: u32): void {
  centroidsPtr = ptr;
  centroidCount = count;
  certainBits = 0;
}

/** Embeds the tokens at hand and finds the nearest centroid; false where there is nothing to compare. */
export function measureDistance(): bool {
  return beginMeasure() && endMeasure();
}

/** Sketches the tokens at hand by half; false where there is nothing to compare. */
export function beginMeasure(): bool {
  nearestCluster = -1;
  return centroidCount != 0 && sketchHalf();
}

/** Finds the nearest centroid of the tokens that are sketched. */
export function endMeasure(): bool {
  sketchRest();
  sumUp();
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
  nearestRadius = radiusOf(nearestCluster);
  return true;
}

// @ts-ignore: decorator
@inline
function radiusOf(index: i32): f64 {
  return <f64>load<f32>(centroidsPtr + <usize>index * CENTROID_BYTES, RADIUS_OFFSET);
}

/** So many standard deviations more bits than a text at the rim of a pattern would differ in. */
const CERTAIN_DEVIATIONS: f64 = 6;
/** Of a wider pattern no sketch is certain. */
const CERTAIN_LIMIT_MAX: f64 = 1.2;
const HALF_BITS: f64 = 128;
/** Bits of half a sketch that a text differs in at most which may lie within a pattern; 0: not worked out yet. */
let certainBits: i32 = 0;

/** Whether the text is an outlier whatever its distance: half its sketch says so of each pattern, beyond doubt. */
export function isFarForCertain(): bool {
  if (certainBits == 0) findCertainBits();
  const a = load<u64>(sketchPtr);
  const b = load<u64>(sketchPtr, 8);
  const endPtr = centroidsPtr + <usize>centroidCount * CENTROID_BYTES;
  for (let row = centroidsPtr; row < endPtr; row += CENTROID_BYTES)
    if (<i32>(popcnt(a ^ load<u64>(row)) + popcnt(b ^ load<u64>(row, 8))) <= certainBits) return false;
  return true;
}

/** Bits differ as often as the angle is of half a turn: a binomial distribution, if dimensions were independent. */
function findCertainBits(): void {
  let limit: f64 = 0;
  for (let i: u32 = 0; i < centroidCount; i++) limit = max(limit, radiusOf(i) * outlierScale);
  const half = limit / 2;
  const square = half * half;
  // the arc sine's series: a hundredth less than it is where the limit is largest
  const angle = limit * (1 + square * (1.0 / 6 + square * (3.0 / 40 + (square * 15) / 336)));
  const share = angle / Math.PI;
  certainBits = <i32>(HALF_BITS * share + CERTAIN_DEVIATIONS * Math.sqrt(HALF_BITS * share * (1 - share)));
  if (limit > CERTAIN_LIMIT_MAX) certainBits = DIMENSIONS;
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
  let most = 257;
  const endPtr = centroidsPtr + <usize>centroidCount * CENTROID_BYTES;
  for (let row = centroidsPtr; row < endPtr; row += CENTROID_BYTES) {
    const bits = <i32>(
      (popcnt(a ^ load<u64>(row)) +
        popcnt(b ^ load<u64>(row, 8)) +
        popcnt(c ^ load<u64>(row, 16)) +
        popcnt(d ^ load<u64>(row, 24)))
    );
    if (bits >= most) continue;
    let at = CANDIDATES - 1;
    while (at > 0 && unchecked(candidateBits[at - 1]) > bits) {
      candidateBits[at] = candidateBits[at - 1];
      candidateIndex[at] = candidateIndex[at - 1];
      at--;
    }
    candidateBits[at] = bits;
    candidateIndex[at] = <i32>((row - centroidsPtr) / CENTROID_BYTES);
    most = unchecked(candidateBits[CANDIDATES - 1]);
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
