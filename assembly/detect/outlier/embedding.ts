/**
 * The embedding of a text: the sum of one ±1 vector for each token and each two tokens in a row (signs from their
 * hashes; random projection after Achlioptas, https://doi.org/10.1016/S0022-0000(03)00025-4). Sums are kept as
 * bit-sliced counters, 64 dimensions a word, so a token costs a few dozen instructions instead of 256 additions. A
 * model with token vectors has these in place of the last 64 signs (counted all the same: the usual way keeps its
 * pace).
 */

import { finish, hashPair, mix } from "../../runtime/hash";
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
const PLANES: i32 = 8; // counts up to 255
/** Tokens that take part: with as many pairs the counts stay within eight planes. */
export const EMBEDDED_TOKENS_MAX: i32 = 127;

let planesPtr: usize = 0;
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
  if (!embed()) return false;
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

/** Fills sums and sketch from the tokens at hand; false where there are none. */
export function embed(): bool {
  memory.fill(planesPtr, 0, PLANES * WORDS * 8);
  vectors = 0;
  let previous: u64 = 0;
  let embedded = 0;
  for (let i = 0; i < tokenCount && embedded < EMBEDDED_TOKENS_MAX; i++) {
    const token = load<u64>(tokensPtr + <usize>i * 16);
    if (token == TOKEN_SPACE) continue;
    addVector(token);
    if (embedded > 0) addVector(hashPair(previous, token));
    previous = token;
    embedded++;
  }
  if (embedded == 0) return false;
  const groups = hasTokenVectors() ? (DIMENSIONS - <u32>TOKEN_VECTOR_DIMENSIONS) / 8 : DIMENSIONS / 8;
  spreadCounts(groups);
  for (let k: usize = 0; k < <usize>WORDS; k++) store<u64>(sketchPtr + k * 8, signsOf(planesPtr + k * 8));
  if (hasTokenVectors()) addLastSums();
  return true;
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

/** Ripple-carry addition of 256 one-bit numbers into the planes. */
function addVector(seed: u64): void {
  vectors++;
  for (let k = 0; k < WORDS; k++) {
    let carry = finish(mix(seed, <u64>k + 1));
    let ptr = planesPtr + <usize>k * 8;
    while (carry != 0) {
      const plane = load<u64>(ptr);
      store<u64>(ptr, plane ^ carry);
      carry &= plane;
      ptr += WORDS * 8;
    }
  }
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
  for (let plane = PLANES - 1; plane >= 0; plane--) {
    const bits = load<u64>(ptr + <usize>plane * (WORDS * 8));
    if (((half >> plane) & 1) != 0) equal &= bits;
    else {
      more |= equal & bits;
      equal &= ~bits;
    }
  }
  return more;
}
