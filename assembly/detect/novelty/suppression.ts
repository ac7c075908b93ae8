/**
 * After TAGS_MAX tags of the same structural change it is suppressed until SUPPRESSION_SECONDS of arrival time have
 * passed since the first of them. The same change is the same text, or the same new child of a directory in a request
 * that differs from those before in nothing but names and numbers. The table is four-way associative; where a set is
 * full the oldest change gives way, so a flood of changes costs tags, never a missed one.
 */
import { reserve } from "../../runtime/memory";

export const TAGS_MAX: u32 = 20;
/**
 * Requests that are alike (likeness.ts) are reported once each, so many of them: a new page each, not each number in a
 * path.
 */
export const ALIKE_MAX: u32 = 100;
const SUPPRESSION_SECONDS: i64 = 3600;
const SETS: u64 = 1024;
const WAYS: usize = 4;
const ENTRY_BYTES: usize = 24; // key u64, first tag i64 (Unix seconds), tags u32, zero u32

let tablePtr: usize = 0;
export let suppressedEvents: u64 = 0;
const SECTION_HEADER_BYTES: usize = 8; // entries u32, zero u32; then the entries

export function initialiseSuppression(): bool {
  if (tablePtr == 0) tablePtr = reserve(<usize>SETS * WAYS * ENTRY_BYTES);
  return tablePtr != 0;
}

export function forgetSuppression(): void {
  if (tablePtr != 0) memory.fill(tablePtr, 0, <usize>SETS * WAYS * ENTRY_BYTES);
}

/** Keys are odd: their lowest bit does not select a set. */
// @ts-ignore: decorator
@inline
function setPtrOf(key: u64): usize {
  return tablePtr + <usize>((key >> 1) & (SETS - 1)) * WAYS * ENTRY_BYTES;
}

/** One tag of this change: its number from 1 to TAGS_MAX, or 0 where it was reported that often already. */
export function reportChange(key: u64, arrivalSeconds: i64): u32 {
  return count(key, arrivalSeconds, TAGS_MAX);
}

/** True where the request was not reported yet, nor ALIKE_MAX that are like it. */
export function reportRequest(key: u64, alikeKey: u64, arrivalSeconds: i64): bool {
  return count(key, arrivalSeconds, 1) > 0 && count(alikeKey, arrivalSeconds, ALIKE_MAX) > 0;
}

export function countSuppressed(): void {
  suppressedEvents++;
}

/** Counts up to `most` within the time: the number it is, or 0 beyond. */
function count(key: u64, arrivalSeconds: i64, most: u32): u32 {
  const setPtr = setPtrOf(key);
  let ptr = setPtr;
  let oldestPtr = ptr;
  for (let way: usize = 0; way < WAYS; way++, ptr += ENTRY_BYTES) {
    if (load<u64>(ptr) == key) {
      const age = arrivalSeconds - load<i64>(ptr, 8);
      if (age < 0 || age >= SUPPRESSION_SECONDS) break; // over, or the clock was set back: start again
      const tags = load<u32>(ptr, 16);
      if (tags >= most) return 0;
      store<u32>(ptr, tags + 1, 16);
      return tags + 1;
    }
    if (load<i64>(ptr, 8) < load<i64>(oldestPtr, 8)) oldestPtr = ptr;
  }
  if (ptr >= setPtr + WAYS * ENTRY_BYTES) ptr = oldestPtr;
  store<u64>(ptr, key);
  store<i64>(ptr, arrivalSeconds, 8);
  store<u32>(ptr, 1, 16);
  return 1;
}

// The section of a snapshot: what is over by then goes by its age.

export function suppressionBytesMax(): usize {
  return tablePtr == 0 ? 0 : SECTION_HEADER_BYTES + <usize>SETS * WAYS * ENTRY_BYTES;
}

/** Bytes written; 0 where the table is empty. */
export function writeSuppression(ptr: usize): usize {
  if (tablePtr == 0) return 0;
  let at = ptr + SECTION_HEADER_BYTES;
  const endPtr = tablePtr + <usize>SETS * WAYS * ENTRY_BYTES;
  for (let entryPtr = tablePtr; entryPtr < endPtr; entryPtr += ENTRY_BYTES) {
    if (load<u64>(entryPtr) == 0) continue;
    memory.copy(at, entryPtr, ENTRY_BYTES);
    at += ENTRY_BYTES;
  }
  if (at == ptr + SECTION_HEADER_BYTES) return 0;
  store<u32>(ptr, <u32>((at - ptr - SECTION_HEADER_BYTES) / ENTRY_BYTES));
  store<u32>(ptr, 0, 4);
  return at - ptr;
}

export function isValidSuppression(ptr: usize, bytes: usize): bool {
  if (bytes < SECTION_HEADER_BYTES || load<u32>(ptr, 4) != 0) return false;
  const entries = <u64>load<u32>(ptr);
  if (entries > SETS * WAYS || <u64>(bytes - SECTION_HEADER_BYTES) != entries * ENTRY_BYTES) return false;
  const endPtr = ptr + bytes;
  for (let at = ptr + SECTION_HEADER_BYTES; at < endPtr; at += ENTRY_BYTES) {
    if (load<u64>(at) == 0 || load<u32>(at, 16) - 1 >= ALIKE_MAX || load<u32>(at, 20) != 0) return false;
  }
  return true;
}

/** Puts a valid section into an empty table. */
export function restoreSuppression(ptr: usize): void {
  if (tablePtr == 0) return;
  const endPtr = ptr + SECTION_HEADER_BYTES + <usize>load<u32>(ptr) * ENTRY_BYTES;
  for (let at = ptr + SECTION_HEADER_BYTES; at < endPtr; at += ENTRY_BYTES) {
    const setPtr = setPtrOf(load<u64>(at));
    for (let way: usize = 0; way < WAYS; way++) {
      const entryPtr = setPtr + way * ENTRY_BYTES;
      if (load<u64>(entryPtr) != 0) continue;
      memory.copy(entryPtr, at, ENTRY_BYTES);
      break;
    }
  }
}
