/**
 * What was learnt, as one open-addressed table in the model's bytes: groups with how often they were seen, values with
 * how often they were seen in their group, and the words of the vocabulary.
 *
 *   0 ┌─────────────────┬──────────────┬─────────────────────────────┐ 16
 *     │ key u64, not 0  │ count u32    │ once u24 │ note u8          │   (once: groups only)
 *     └─────────────────┴──────────────┴─────────────────────────────┘
 *
 * A field of numbers is a row as well (ranges/fields.ts).
 * key: the group's hash; hashPair(group, value); hashPair(WORD, word). Slots are a power of two, probed one by one
 * from the key's low bits, PROBES_MAX at most; at least a quarter is empty.
 */
import { hashPair } from "../../runtime/hash";

export const ENTRY_BYTES: usize = 16;
export const SLOTS_MAX: u32 = 1 << 20;
/**
 * In a table as full as learning makes it (0.7 of 2^19 slots) chance makes the longest way some 100. What was logged
 * decides on keys, so without a bound an attacker's values could be made to stand in one row.
 */
export const PROBES_MAX: u32 = 256;
/**
 * A note on a group: below these, the class of shape that all its values had (requestReason.ts). On a value: it counts
 * as unseen, since few had it, or one client alone.
 */
const DISTRUSTED: u32 = 5;
const DISTRUSTED_OF_ONE: u32 = 6;
/** Kind number of a word (features.ts), stated here to keep the import one-way. */
const WORD: u64 = 17;

let slotsPtr: usize = 0;
let slotMask: u64 = 0;

/** No table: nothing is known. */
export function clearTable(): void {
  useTable(0, 0);
}

/**
 * What every search relies on: slots a power of two, as many entries as stated, a quarter of the slots empty, each
 * entry within reach from where its key points, with counts that something was counted in.
 */
export function isValidTable(ptr: usize, slots: u32, used: u32): bool {
  if (slots == 0 || slots > SLOTS_MAX || popcnt(slots) != 1 || used > slots - slots / 4) return false;
  const mask = slots - 1;
  let start: u32 = 0;
  while (start < slots && load<u64>(ptr + <usize>start * ENTRY_BYTES) != 0) start++;
  if (start == slots) return false;
  let found: u32 = 0;
  let run: u32 = 0;
  // from behind an empty slot on, so that no run of entries is met in two parts
  for (let i: u32 = 1; i <= mask; i++) {
    const slot = (start + i) & mask;
    const entryPtr = ptr + <usize>slot * ENTRY_BYTES;
    const key = load<u64>(entryPtr);
    if (key == 0) {
      run = 0;
      continue;
    }
    found++;
    run++;
    const way = ((slot - <u32>key) & mask) + 1;
    if (way > run || way > PROBES_MAX) return false;
    if (entryCount(entryPtr) == 0 || entryOnce(entryPtr) > entryCount(entryPtr)) return false;
    if (entryNote(entryPtr) > DISTRUSTED_OF_ONE) return false;
  }
  return found == used;
}

/** Of a valid table; no slots: nothing is known. */
export function useTable(ptr: usize, slots: u32): void {
  slotsPtr = slots == 0 ? 0 : ptr;
  slotMask = <u64>slots - 1;
  memory.fill(metWordsPtr, 0, <usize>MET_WORDS * 8);
}

export function hasTable(): bool {
  return slotsPtr != 0;
}

/** Address of the key's entry, or 0. */
export function findEntry(key: u64): usize {
  if (slotsPtr == 0) return 0;
  let slot = key & slotMask;
  for (let probes: u32 = 0; probes < PROBES_MAX; probes++) {
    const ptr = slotsPtr + <usize>slot * ENTRY_BYTES;
    const found = load<u64>(ptr);
    if (found == key) return ptr;
    if (found == 0) return 0;
    slot = (slot + 1) & slotMask;
  }
  return 0;
}

/** The same where there is a table; most stand where their keys point. */
// @ts-ignore: decorator
@inline
export function seekEntry(key: u64): usize {
  const ptr = slotsPtr + <usize>(key & slotMask) * ENTRY_BYTES;
  const found = load<u64>(ptr);
  return found == key ? ptr : found == 0 ? 0 : findEntry(key);
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

/** Of a group, the class of shape that all its values had; 0 where they differ. */
// @ts-ignore: decorator
@inline
export function entryNote(ptr: usize): u32 {
  return load<u8>(ptr, 15);
}

/** Whether somebody vouches for a value that was seen. */
// @ts-ignore: decorator
@inline
export function isTrusted(ptr: usize): bool {
  return entryNote(ptr) < DISTRUSTED;
}

export function isOfOneClient(ptr: usize): bool {
  return entryNote(ptr) == DISTRUSTED_OF_ONE;
}

/** Good–Turing's probability of a value new to the group (Good 1953, https://doi.org/10.1093/biomet/40.3-4.237). */
// @ts-ignore: decorator
@inline
export function escapeProbability(ptr: usize): f64 {
  return (<f64>entryOnce(ptr) + 0.5) / (<f64>entryCount(ptr) + 1);
}

// Words asked for last: their hashes, in the lowest bit whether they are known.
const MET_WORDS: u64 = 1024;
const metWordsPtr = memory.data(1024 * 8, 8);

// @ts-ignore: decorator
@inline
export function knowsWord(word: u64): bool {
  const slotPtr = metWordsPtr + <usize>((word >> 1) & (MET_WORDS - 1)) * 8;
  const met = load<u64>(slotPtr);
  if ((met ^ word) < 2) return (met & 1) != 0;
  return looksUpWord(word, slotPtr);
}

function looksUpWord(word: u64, slotPtr: usize): bool {
  const isKnown = findEntry(hashPair(WORD, word)) != 0;
  store<u64>(slotPtr, (word & ~1) | <u64>isKnown);
  return isKnown;
}
