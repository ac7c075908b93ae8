/**
 * The embedding of a text: the sum of one ±1 vector for each token and each two tokens in a row (signs from their
 * hashes; random projection after Achlioptas, https://doi.org/10.1016/S0022-0000(03)00025-4). Sums are kept as
 * bit-sliced counters, 64 dimensions a word, so a token costs a few dozen instructions instead of 256 additions. A
 * model with token vectors has these in place of the last 64 signs (counted all the same: the usual way keeps its
 * pace).
 */

import { finish, hashPair, mixed, mixInto } from "../../runtime/hash";
import { reserve } from "../../runtime/memory";
import { TOKEN_SPACE } from "../novelty/features";
import { tokenCount, tokensPtr } from "../novelty/textFeatures";
import {
  addTokenVector,
  clearTotals,
  hasTokenVectors,
  initialiseTokenVectors,
  TOKEN_VECTOR_DIMENSIONS,
  tokenSum,
} from "./tokenVectors";

export const DIMENSIONS: u32 = 256;
const WORDS: i32 = 4; // 256 dimensions as bits
const HALF_WORDS: i32 = 2;
const PLANES: i32 = 8; // counts up to 255
/** Tokens that take part: with as many pairs the counts stay within eight planes. */
export const EMBEDDED_TOKENS_MAX: i32 = 127;

let planesPtr: usize = 0;
/** What each vector is made from, and room for three behind. */
const seedsPtr = memory.data((2 * 127 + 3) * 8, 8);
/** 256 sums as i16, for the host alone. */
export let sumsPtr: usize = 0;
/** The 256 signs as bits. */
export let sketchPtr: usize = 0;
/** The sums again, of dimensions d and d + 4 in one number: the former 2^32 times, the latter once. */
export let pairsPtr: usize = 0;
/** The sum of the sums, and that of their squares. */
export let sumOfSums: i64 = 0;
export let sumOfSquares: i64 = 0;
let vectors: i32 = 0;
/** Words of the sketch that stand, and whether the sums do. */
let sketched: i32 = 0;
let isSummed: bool = false;

export function initialiseEmbedding(): bool {
  if (planesPtr != 0) return true;
  if (!initialiseTokenVectors()) return false;
  const ptr = reserve(PLANES * WORDS * 8 + DIMENSIONS * 2 + WORDS * 8 + DIMENSIONS * 4);
  if (ptr == 0) return false;
  sumsPtr = ptr + PLANES * WORDS * 8;
  sketchPtr = sumsPtr + DIMENSIONS * 2;
  pairsPtr = sketchPtr + WORDS * 8;
  planesPtr = ptr;
  return true;
}

/** The embedding of the tokens at hand as 256 sums; false where there are none. */
export function writeSums(): bool {
  if (!sketchHalf()) return false;
  sketchRest();
  sumUp();
  for (let pair: usize = 0; pair < DIMENSIONS / 2; pair++) {
    const sums = load<i64>(pairsPtr + pair * 8);
    const ptr = sumsPtr + (pair >> 2) * 16 + (pair & 3) * 2;
    store<i16>(ptr, <i16>upperHalf(sums));
    store<i16>(ptr, <i16>sums, 8);
  }
  return true;
}

/** How often 2^32 is in a number, the rest being one of 32 bits with a sign. */
// @ts-ignore: decorator
@inline
export function upperHalf(sums: i64): i64 {
  return (sums - <i64>(<i32>sums)) >> 32;
}

/** Fills the sums of what is sketched; nothing to do where they stand. */
export function sumUp(): void {
  if (isSummed) return;
  isSummed = true;
  const groups = hasTokenVectors() ? (DIMENSIONS - <u32>TOKEN_VECTOR_DIMENSIONS) / 8 : DIMENSIONS / 8;
  spreadCounts(groups);
  if (hasTokenVectors()) addLastSums();
}

/** Fills the first half of the sketch from the tokens at hand; false where there are none. */
export function sketchHalf(): bool {
  let ptr = seedsPtr;
  let previous: u64 = 0;
  let embedded = 0;
  for (let i = 0; i < tokenCount && embedded < EMBEDDED_TOKENS_MAX; i++) {
    const token = load<u64>(tokensPtr + <usize>i * 16);
    if (token == TOKEN_SPACE) continue;
    if (embedded > 0) {
      store<u64>(ptr, hashPair(previous, token));
      ptr += 8;
    }
    store<u64>(ptr, token);
    ptr += 8;
    previous = token;
    embedded++;
  }
  vectors = <i32>(ptr - seedsPtr) >> 3;
  for (sketched = 0; sketched < HALF_WORDS; sketched++) countWord(sketched);
  isSummed = false;
  return embedded > 0;
}

/** The other half. */
export function sketchRest(): void {
  for (; sketched < WORDS; sketched++) countWord(sketched);
  if (hasTokenVectors()) sumUp(); // of which the last signs are
}

/** The last 64 sums and signs from the token vectors of the tokens that take part. */
function addLastSums(): void {
  clearTotals();
  let embedded = 0;
  for (let i = 0; i < tokenCount && embedded < EMBEDDED_TOKENS_MAX; i++) {
    const token = load<u64>(tokensPtr + <usize>i * 16);
    if (token == TOKEN_SPACE) continue;
    addTokenVector(token);
    embedded++;
  }
  const firstPtr = pairsPtr + (<usize>DIMENSIONS - TOKEN_VECTOR_DIMENSIONS) * 4;
  let signs: u64 = 0;
  for (let d: usize = 0; d < TOKEN_VECTOR_DIMENSIONS; d++) {
    const sum = <i64>tokenSum(d);
    const pairPtr = firstPtr + (d >> 3) * 32 + (d & 3) * 8;
    store<i64>(pairPtr, (d & 4) == 0 ? sum << 32 : load<i64>(pairPtr) + sum);
    signs |= (<u64>(sum > 0)) << (<u64>d);
    sumOfSums += sum;
    sumOfSquares += sum * sum;
  }
  store<u64>(sketchPtr + <usize>(WORDS - 1) * 8, signs);
}

/**
 * Adds up one bit of each of 64 dimensions, of all vectors: four a step through carry-save
 * adders (Warren, Hacker's Delight, 5-1), and leaves the sums' planes and the signs.
 */
function countWord(k: i32): void {
  const endPtr = seedsPtr + ((<usize>vectors) << 3);
  const own = mixed(<u64>k + 1);
  // these have no bit set
  store<u64>(endPtr, own);
  store<u64>(endPtr, own, 8);
  store<u64>(endPtr, own, 16);
  let ones: u64 = 0;
  let twos: u64 = 0;
  let fours: u64 = 0;
  let eights: u64 = 0;
  let sixteens: u64 = 0;
  let plane5: u64 = 0;
  let plane6: u64 = 0;
  let plane7: u64 = 0;
  for (let ptr = seedsPtr; ptr < endPtr; ptr += 32) {
    const a = bitsOf(load<u64>(ptr), own);
    const b = bitsOf(load<u64>(ptr, 8), own);
    const c = bitsOf(load<u64>(ptr, 16), own);
    const d = bitsOf(load<u64>(ptr, 24), own);
    let half = a ^ b;
    const firstTwos = (a & b) | (half & c);
    const sum = half ^ c;
    half = sum ^ d;
    const secondTwos = (sum & d) | (half & ones);
    ones ^= half;
    half = firstTwos ^ secondTwos;
    let carry = (firstTwos & secondTwos) | (half & twos);
    twos ^= half;
    half = fours & carry;
    fours ^= carry;
    carry = eights & half;
    eights ^= half;
    half = sixteens & carry;
    sixteens ^= carry;
    carry = plane5 & half;
    plane5 ^= half;
    half = plane6 & carry;
    plane6 ^= carry;
    plane7 ^= half;
  }
  const ptr = planesPtr + ((<usize>k) << 3);
  store<u64>(ptr, ones);
  store<u64>(ptr, twos, 32);
  store<u64>(ptr, fours, 64);
  store<u64>(ptr, eights, 96);
  store<u64>(ptr, sixteens, 128);
  store<u64>(ptr, plane5, 160);
  store<u64>(ptr, plane6, 192);
  store<u64>(ptr, plane7, 224);
  store<u64>(sketchPtr + ((<usize>k) << 3), signsOf(ptr));
}

// @ts-ignore: decorator
@inline
function bitsOf(seed: u64, own: u64): u64 {
  return finish(mixInto(seed, own));
}

/** Bytes 0 and 4 of eight, each in a half of its own. */
export const LANES: u64 = 0x000000ff000000ff;

/**
 * Planes to the sums of the first so many groups of eight dimensions: a byte of each plane, turned by its diagonal, is
 * a count for each dimension. With n vectors of which c have a dimension's bit its sum is 2c - n.
 */
function spreadCounts(groups: u32): void {
  const none = <u64>vectors | ((<u64>vectors) << 32);
  let counts: u64 = 0;
  let squares: u64 = 0;
  for (let group: u32 = 0; group < groups; group++) {
    const eight = turned(bytesOfPlanes(planesPtr + group));
    const ptr = pairsPtr + group * 32;
    let pair = eight & LANES;
    counts += pair;
    squares += pair * rotl(pair, 32);
    store<u64>(ptr, (rotl(pair, 32) << 1) - none);
    pair = (eight >> 8) & LANES;
    counts += pair;
    squares += pair * rotl(pair, 32);
    store<u64>(ptr, (rotl(pair, 32) << 1) - none, 8);
    pair = (eight >> 16) & LANES;
    counts += pair;
    squares += pair * rotl(pair, 32);
    store<u64>(ptr, (rotl(pair, 32) << 1) - none, 16);
    pair = (eight >> 24) & LANES;
    counts += pair;
    squares += pair * rotl(pair, 32);
    store<u64>(ptr, (rotl(pair, 32) << 1) - none, 24);
  }
  const all = <i64>vectors * <i64>(groups * 8);
  const count = <i64>((counts & 0xffffffff) + (counts >> 32));
  sumOfSums = 2 * count - all;
  // the lower half of `squares` is less than 2^32
  sumOfSquares = 4 * <i64>(squares >> 32) - 4 * <i64>vectors * count + <i64>vectors * all;
}

// @ts-ignore: decorator
@inline
function bytesOfPlanes(ptr: usize): u64 {
  return (
    <u64>load<u8>(ptr) |
    ((<u64>load<u8>(ptr, 32)) << 8) |
    ((<u64>load<u8>(ptr, 64)) << 16) |
    ((<u64>load<u8>(ptr, 96)) << 24) |
    ((<u64>load<u8>(ptr, 128)) << 32) |
    ((<u64>load<u8>(ptr, 160)) << 40) |
    ((<u64>load<u8>(ptr, 192)) << 48) |
    ((<u64>load<u8>(ptr, 224)) << 56)
  );
}

/** Eight bytes of eight bits, rows for columns (Warren, Hacker's Delight, 7-3). */
// @ts-ignore: decorator
@inline
function turned(bits: u64): u64 {
  let swapped = (bits ^ (bits >> 7)) & 0x00aa00aa00aa00aa;
  bits ^= swapped ^ (swapped << 7);
  swapped = (bits ^ (bits >> 14)) & 0x0000cccc0000cccc;
  bits ^= swapped ^ (swapped << 14);
  swapped = (bits ^ (bits >> 28)) & 0x00000000f0f0f0f0;
  return bits ^ swapped ^ (swapped << 28);
}

/** Which of 64 counts are more than half of the vectors. */
function signsOf(ptr: usize): u64 {
  const half = vectors >> 1;
  let more: u64 = 0;
  let equal: u64 = u64.MAX_VALUE;
  // above the plane of their number's highest bit there are none
  for (let plane = 31 - <i32>clz(vectors); plane >= 0; plane--) {
    const bits = load<u64>(ptr + <usize>plane * (WORDS * 8));
    if (((half >> plane) & 1) != 0) equal &= bits;
    else {
      more |= equal & bits;
      equal &= ~bits;
    }
  }
  return more;
}
