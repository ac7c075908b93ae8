/**
 * What a teacher (a sentence transformer, run once by `refresh`) knows of words, as 64 small integers for each. In a
 * model that has this table the last 64 dimensions of an embedding are the sum of its tokens' vectors; all integers, so
 * that every host finds the same sums. A token without a row adds nothing.
 *
 *   0 ┌───────────┬────────────────────┬───────────────┬────────┐ 16
 *     │ count u32 │ scale u32 (256ths) │ dims u32 (64) │ 0 u32  │
 *     ├───────────┴────────┬───────────┴───────────────┴────────┘      then a row a token, hashes rising
 *   0 │ token's hash u64   │ vector i8×64 │ 72
 *     └────────────────────┴──────────────┘
 */
import { reserve } from "../../runtime/memory";

export const TOKEN_VECTOR_DIMENSIONS: usize = 64;
/** 1.2 MB; a log's words above that are the rare ones. */
export const TOKEN_VECTORS_MAX: u32 = 16384;
export const TOKEN_VECTOR_BYTES: usize = 72;
/** Twice: 127 tokens of 127 each then still fit the 16 bits of a sum. */
export const TOKEN_SCALE_MAX: u32 = 512;

let rowsPtr: usize = 0;
let rowCount: i32 = 0;
let scale: i32 = 0;
let totalsPtr: usize = 0; // i32×64

export function initialiseTokenVectors(): bool {
  if (totalsPtr == 0) totalsPtr = reserve(TOKEN_VECTOR_DIMENSIONS * 4);
  return totalsPtr != 0;
}

export function validTokenVectors(ptr: usize, bytes: usize): bool {
  if (bytes < 16) return false;
  const count = load<u32>(ptr);
  const scale = load<u32>(ptr, 4);
  if (count == 0 || count > TOKEN_VECTORS_MAX || scale == 0 || scale > TOKEN_SCALE_MAX) return false;
  if (load<u32>(ptr, 8) != <u32>TOKEN_VECTOR_DIMENSIONS || load<u32>(ptr, 12) != 0) return false;
  if (bytes != 16 + <usize>count * TOKEN_VECTOR_BYTES) return false;
  let previous: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const hash = load<u64>(ptr + 16 + <usize>i * TOKEN_VECTOR_BYTES);
    if (hash <= previous) return false;
    previous = hash;
  }
  return true;
}

/** Takes a checked table into use; 0 for none. */
export function useTokenVectors(ptr: usize): void {
  rowsPtr = ptr == 0 ? 0 : ptr + 16;
  rowCount = ptr == 0 ? 0 : <i32>load<u32>(ptr);
  scale = ptr == 0 ? 0 : <i32>load<u32>(ptr, 4);
}

// @ts-ignore: decorator
@inline
export function hasTokenVectors(): bool {
  return rowsPtr != 0;
}

export function clearTotals(): void {
  memory.fill(totalsPtr, 0, TOKEN_VECTOR_DIMENSIONS * 4);
}

export function addTokenVector(token: u64): void {
  let low = 0;
  let high = rowCount;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u64>(rowsPtr + <usize>middle * TOKEN_VECTOR_BYTES) < token) low = middle + 1;
    else high = middle;
  }
  const row = rowsPtr + <usize>low * TOKEN_VECTOR_BYTES;
  if (low == rowCount || load<u64>(row) != token) return;
  for (let d: usize = 0; d < TOKEN_VECTOR_DIMENSIONS; d++) {
    const at = totalsPtr + d * 4;
    store<i32>(at, load<i32>(at) + <i32>load<i8>(row + d, 8));
  }
}

/** The total of a dimension, scaled and rounded. */
// @ts-ignore: decorator
@inline
export function tokenSum(dimension: usize): i32 {
  return (load<i32>(totalsPtr + dimension * 4) * scale + 128) >> 8;
}
