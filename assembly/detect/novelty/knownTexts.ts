/**
 * What reasons quote of the past: the masked text of each pattern, in the order of the centroids, and names of
 * parameters that many sent, as they stand in signatures.
 *
 *    0 u32 patterns   4 u32 names   8 u64 0
 *   16 row × (patterns + names): u32 where the text begins in the section, u32 its bytes
 *      the texts
 */

const HEADER_BYTES: usize = 16;
const ROW_BYTES: usize = 8;
const TEXTS_MAX: u32 = 4096 + 256;
const TEXT_BYTES_MAX: u32 = 120;

let sectionPtr: usize = 0;
/** What `findPattern` or `findName` found. */
export let knownPtr: usize = 0;
export let knownEndPtr: usize = 0;

export function isValidTexts(ptr: usize, bytes: usize): bool {
  if (bytes < HEADER_BYTES || load<u64>(ptr, 8) != 0) return false;
  const patterns = load<u32>(ptr);
  const names = load<u32>(ptr, 4);
  if (patterns > TEXTS_MAX || names > TEXTS_MAX - patterns) return false;
  const textsOffset = HEADER_BYTES + <usize>(patterns + names) * ROW_BYTES;
  if (textsOffset > bytes) return false;
  for (let at = HEADER_BYTES; at < textsOffset; at += ROW_BYTES) {
    const offset = <usize>load<u32>(ptr + at);
    const textBytes = load<u32>(ptr + at, 4);
    if (textBytes > TEXT_BYTES_MAX || offset < textsOffset) return false;
    if (offset > bytes || textBytes > bytes - offset) return false;
  }
  return true;
}

/** `ptr` 0: none are known. */
export function useTexts(ptr: usize): void {
  sectionPtr = ptr;
}

/** Whether there is something to quote of a pattern. */
export function findPattern(index: u32): bool {
  return sectionPtr != 0 && index < load<u32>(sectionPtr) && take(index);
}

/** The next name, from 0 on; false behind the last. */
export function findName(index: u32): bool {
  return sectionPtr != 0 && index < load<u32>(sectionPtr, 4) && take(load<u32>(sectionPtr) + index);
}

function take(row: u32): bool {
  const rowPtr = sectionPtr + HEADER_BYTES + <usize>row * ROW_BYTES;
  knownPtr = sectionPtr + <usize>load<u32>(rowPtr);
  knownEndPtr = knownPtr + <usize>load<u32>(rowPtr, 4);
  return knownEndPtr > knownPtr;
}
