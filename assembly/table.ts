/**
 * What was learnt, as one open-addressed table in the model's bytes: groups with how often they were seen, values with
 * how often they were seen in their group, and the words of the vocabulary.
 *
 *   0 ┌─────────────────┬──────────────┬─────────────────────────────┐ 16
 *     │ key u64, not 0  │ count u32    │ once u24 │ usual shape u8   │   (the last word: groups only)
 *     └─────────────────┴──────────────┴─────────────────────────────┘
 *
 * key: the group's hash; hashPair(group, value); hashPair(WORD, word). Slots are a power of two, probed one by one
 * from the key's low bits; at least a quarter is empty, so a probe ends.
 */
import { hashPair } from "./hash";

export const ENTRY_BYTES: usize = 16;
/** Kind number of a word (features.ts), stated here to keep the import one-way. */
const WORD: u64 = 17;

let slotsPtr: usize = 0;
let slotMask: u64 = 0;

/** No table: nothing is known. */
export function clearTable(): void {
  slotsPtr = 0;
  slotMask = 0;
}

/** Slot count must be a power of two and agree with the section's size; checked by the caller (model.ts). */
export function useTable(ptr: usize, slots: u32): void {
  slotsPtr = slots == 0 ? 0 : ptr;
  slotMask = <u64>slots - 1;
}

export function hasTable(): bool {
  return slotsPtr != 0;
}

/** Address of the key's entry, or 0. */
export function findEntry(key: u64): usize {
  if (slotsPtr == 0) return 0;
  let slot = key & slotMask;
  for (let probes: u64 = 0; probes <= slotMask; probes++) {
    const ptr = slotsPtr + <usize>slot * ENTRY_BYTES;
    const found = load<u64>(ptr);
    if (found == key) return ptr;
    if (found == 0) return 0;
    slot = (slot + 1) & slotMask;
  }
  return 0;
}

// @ts-ignore: decorator
@inline
export function entryCount(ptr: usize): u32 {
  return load<u32>(ptr, 8);
}

/** How many of a group's values were seen exactly once. */
// @ts-ignore: decorator
@inline
export function entryOnce(ptr: usize): u32 {
  return load<u32>(ptr, 12) & 0xffffff;
}

/** Class of shape that all of the group's values had; 0 where they differ. */
// @ts-ignore: decorator
@inline
export function entryUsualShape(ptr: usize): u32 {
  return load<u32>(ptr, 12) >> 24;
}

export function knowsWord(word: u64): bool {
  return findEntry(hashPair(WORD, word)) != 0;
}
