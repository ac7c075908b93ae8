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
/** 256 sums as i16, then the sketch: the 256 signs as bits. */
export let sumsPtr: usize = 0;
export let sketchPtr: usize = 0;
let vectors: i32 = 0;

export function initialiseEmbedding(): bool {
  if (planesPtr != 0) return true;
  if (!initialiseTokenVectors()) return false;
  const ptr = reserve(PLANES * WORDS * 8 + DIMENSIONS * 2 + WORDS * 8 + DIMENSIONS);
  if (ptr == 0) return false;
  sumsPtr = ptr + PLANES * WORDS * 8;
  sketchPtr = sumsPtr + DIMENSIONS * 2;
  countsPtr = sketchPtr + WORDS * 8;
  planesPtr = ptr;
  return true;
}

let countsPtr: usize = 0;

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
  spreadCounts();
  if (hasTokenVectors()) replaceLastSums();
  return true;
}

/** The last 64 sums and signs from the token vectors of the tokens that take part. */
function replaceLastSums(): void {
  clearTotals();
  let embedded = 0;
  for (let i = 0; i < tokenCount && embedded < EMBEDDED_TOKENS_MAX; i++) {
    const token = load<u64>(tokensPtr + <usize>i * 16);
    if (token == TOKEN_SPACE) continue;
    addTokenVector(token);
    embedded++;
  }
  const firstPtr = sumsPtr + (<usize>DIMENSIONS - TOKEN_VECTOR_DIMENSIONS) * 2;
  let signs: u64 = 0;
  for (let d: usize = 0; d < TOKEN_VECTOR_DIMENSIONS; d++) {
    const sum = tokenSum(d);
    store<i16>(firstPtr + d * 2, <i16>sum);
    signs |= (<u64>(sum > 0)) << (<u64>d);
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

/** Planes to one byte a dimension (eight bits become eight bytes at once), then to sums and signs. */
function spreadCounts(): void {
  for (let group = 0; group < 32; group++) {
    let counts: u64 = 0;
    for (let plane = 0; plane < PLANES; plane++) {
      const bits = <u64>load<u8>(planesPtr + <usize>(plane * WORDS * 8 + group));
      if (bits == 0) continue;
      const marked = (bits * 0x0101010101010101) & 0x8040201008040201;
      counts += (((marked + 0x7f7f7f7f7f7f7f7f) >> 7) & 0x0101010101010101) << (<u64>plane);
    }
    store<u64>(countsPtr + <usize>group * 8, counts);
  }
  for (let k = 0; k < WORDS; k++) {
    let signs: u64 = 0;
    for (let bit = 0; bit < 64; bit++) {
      const dimension = <usize>(k * 64 + bit);
      const sum = 2 * <i32>load<u8>(countsPtr + dimension) - vectors;
      store<i16>(sumsPtr + dimension * 2, <i16>sum);
      signs |= (<u64>(sum > 0)) << (<u64>bit);
    }
    store<u64>(sketchPtr + <usize>k * 8, signs);
  }
}
