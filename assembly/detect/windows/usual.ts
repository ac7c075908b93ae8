/**
 * What the model learnt of how often things come: of each the most events within a window, short and long, as
 * host/learn/usualRates.ts finds it.
 *
 *    0 u32 rows   4 u32 short window, seconds   8 u64 0
 *   16 row × n, by rising hash: u64 hash of what comes (rates.ts), u32 usual short count, u32 usual long count
 */

const HEADER_BYTES: usize = 16;
const ROW_BYTES: usize = 16;

let sectionPtr: usize = 0;
let rows: u32 = 0;
/** Counts the models that came into use. */
export let usualNumber: u32 = 0;
/** Short window that the figures are of; 0 where nothing was learnt. */
export let usualWindowSeconds: u32 = 0;
/** What `findUsual` found; 0 where that never came, or too rarely to be kept. */
export let usualShort: u32 = 0;
export let usualLong: u32 = 0;

export function isValidUsual(ptr: usize, bytes: usize): bool {
  // in 64 bits: a number of rows made up for it would wrap around to the right size
  return bytes >= HEADER_BYTES && <u64>(bytes - HEADER_BYTES) == <u64>load<u32>(ptr) * ROW_BYTES;
}

/** `ptr` 0: nothing was learnt. */
export function useUsual(ptr: usize): void {
  sectionPtr = ptr;
  usualNumber++;
  rows = ptr == 0 ? 0 : load<u32>(ptr);
  usualWindowSeconds = ptr == 0 ? 0 : load<u32>(ptr, 4);
}

export function findUsual(hash: u64): void {
  let low: u32 = 0;
  let high = rows;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u64>(rowPtr(middle)) < hash) low = middle + 1;
    else high = middle;
  }
  const isFound = low < rows && load<u64>(rowPtr(low)) == hash;
  usualShort = isFound ? load<u32>(rowPtr(low), 8) : 0;
  usualLong = isFound ? load<u32>(rowPtr(low), 12) : 0;
}

function rowPtr(row: u32): usize {
  return sectionPtr + HEADER_BYTES + <usize>row * ROW_BYTES;
}
