/**
 * One incident, few tags: the same request letter by letter within an hour of the first, and all structural news of one
 * source (or client) until ten quiet seconds have passed, an hour for texts that are told for their level alone. The
 * first three are tagged, then every hundredth, and of more than a thousand every thousandth. A text that says the same
 * again within a day is none of those three. The same news of requests that are alike is tagged once a day, and every
 * hundredth. The table is four-way associative; where a set is full the oldest gives way, so a flood costs tags,
 * never a missed one.
 */
import { reserve } from "../../runtime/memory";

/** Tagged first of an incident; the last of these says that its others are counted from there. */
export const FIRST_TAGS: u32 = 3;
const TAGGED_EACH: u32 = 100;
/** From so many on only each of as many. */
const MANY: u32 = 1000;
const SAME_SECONDS: i64 = 3600;
const DAY_SECONDS: i64 = 24 * 3600;
const QUIET_SECONDS: i64 = 10;
/** Lines come late by less than this; an earlier one begins anew. */
const LATE_SECONDS: i64 = 60;
const SETS: u64 = 1024;
const WAYS: usize = 4;
const ENTRY_BYTES: usize = 24; // key u64, the first's time or the last's i64 (Unix seconds), number u32, zero u32

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

/** The number of this news, 1 for the first within an hour. */
export function countSame(key: u64, seconds: i64): u32 {
  return count(key, seconds, SAME_SECONDS, false);
}

/** The same within a day of the first. */
export function countOfDay(key: u64, seconds: i64): u32 {
  return count(key, seconds, DAY_SECONDS, false);
}

/** The number of this event in the incident at hand, 1 for the first after ten quiet seconds. */
export function countIncident(key: u64, seconds: i64): u32 {
  return count(key, seconds, QUIET_SECONDS, true);
}

/** The same until an hour has passed without any. */
export function countHour(key: u64, seconds: i64): u32 {
  return count(key, seconds, SAME_SECONDS, true);
}

// @ts-ignore: decorator
@inline
export function isTold(number: u32, firstTags: u32): bool {
  return number <= firstTags || number % taggedEach(number) == 0;
}

/** Behind this one, one in so many is tagged. */
export function taggedEach(number: u32): u32 {
  return number < MANY ? TAGGED_EACH : MANY;
}

export function countSuppressed(): void {
  suppressedEvents++;
}

/** Whether an incident has told what it tells first, so many events, and the last of it was in this very second. */
export function isUnderWay(key: u64, seconds: i64, toldFirst: u32): bool {
  const ptr = entryOf(key);
  return ptr != 0 && load<i64>(ptr, 8) == seconds && load<u32>(ptr, 16) >= toldFirst;
}

/** Whether the first of the day were told, and the next one is not going to be. */
export function isToldToday(key: u64, seconds: i64): bool {
  const ptr = entryOf(key);
  if (ptr == 0) return false;
  const age = seconds - load<i64>(ptr, 8);
  return age >= -LATE_SECONDS && age <= DAY_SECONDS && !isTold(load<u32>(ptr, 16) + 1, FIRST_TAGS);
}

/** What is counted by the key, 0 where nothing is. */
function entryOf(key: u64): usize {
  const setPtr = setPtrOf(key);
  for (let ptr = setPtr; ptr < setPtr + WAYS * ENTRY_BYTES; ptr += ENTRY_BYTES) if (load<u64>(ptr) == key) return ptr;
  return 0;
}

/** The number of this event among those of the key, within a span of the first or until none came for so long. */
export function count(key: u64, seconds: i64, spanSeconds: i64, untilQuiet: bool): u32 {
  const setPtr = setPtrOf(key);
  let ptr = setPtr;
  let oldestPtr = ptr;
  for (let way: usize = 0; way < WAYS; way++, ptr += ENTRY_BYTES) {
    if (load<u64>(ptr) == key) {
      const age = seconds - load<i64>(ptr, 8);
      if (age < -LATE_SECONDS || age > spanSeconds) break; // over, or the clock was set back: start again
      const number = load<u32>(ptr, 16) + 1;
      store<u32>(ptr, number, 16);
      if (untilQuiet && age > 0) store<i64>(ptr, seconds, 8);
      return number;
    }
    if (load<i64>(ptr, 8) < load<i64>(oldestPtr, 8)) oldestPtr = ptr;
  }
  if (ptr >= setPtr + WAYS * ENTRY_BYTES) ptr = oldestPtr;
  store<u64>(ptr, key);
  store<i64>(ptr, seconds, 8);
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
    if (load<u64>(at) == 0 || load<u32>(at, 16) == 0 || load<u32>(at, 20) != 0) return false;
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
