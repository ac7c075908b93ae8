/**
 * Who did how much in the last window: a fixed number of slots, eight to a set, each with twelve buckets of time.
 * A newcomer to a full set takes the slot with the smallest windowed total and inherits it, as in Space-Saving
 * (Metwally, Agrawal, El Abbadi 2005, https://www.cs.ucsb.edu/sites/default/files/documents/2005-23.pdf), so that a set
 * keeps its heaviest keys: one that brings more than an eighth of its set's events for a window is not displaced. With
 * seeded hashes that is more than 1 / slots of all events, give or take the luck of its set. What was inherited never
 * counts against the newcomer: `ownCount` is exact from the moment it got the slot, so no forged key is ever accused.
 */
import { firstMatch, matchByte } from "../../runtime/bytes";
import { reserve } from "../../runtime/memory";

/** Buckets of a window: 5 s each for the usual 60 s. */
export const BUCKETS: u32 = 12;
const WAYS: usize = 8;

/*
 * Slot, 88 bytes:
 *   0 u64 key, 0 = empty      8 u32 lastBucket: counts are as of here    12 u32 total of all counts
 *  16 u32 foreign: part of it inherited      20 u32 takenBucket: when the key got the slot
 *  24 u32 foreign part of that bucket        28 u32 activeBucket: the last one this slot was listed for
 *  32 u64 its alert, drawn in schedule.ts    40 u32 × 12 counts, bucket b at b mod 12
 */
export const SLOT_BYTES: usize = 88;
export const LAST: usize = 8;
export const TOTAL: usize = 12;
export const FOREIGN: usize = 16;
export const TAKEN: usize = 20;
export const TAKEN_FOREIGN: usize = 24;
export const ACTIVE: usize = 28;
export const ALERT: usize = 32;
export const COUNTS: usize = 40;

const SPREAD: u64 = 0x9e3779b97f4a7c15;

@unmanaged
export class KeyTable {
  slotsPtr: usize;
  /** One byte a slot, 0 = empty, else 0x80 and seven bits of its key: a set is searched by one word. */
  marksPtr: usize;
  slots: u32;
  setShift: u32;
  /** Slots that counted something in the current bucket, in that order: their addresses, at most `slots`. */
  activePtr: usize;
  active: u32;
  reservedSlots: u32;
  /** The slot that was sought last, where its key still stands: mostly the next event is of the same key. */
  soughtPtr: usize;
  /** 1 where few keys have a slot, so that it pays to remember who has none; else 0. */
  isSparse: u32;
}

/**
 * How often a key got a slot in any sparse table: what is known of keys without one holds as long as this is the same.
 */
export let slotsTaken: u32 = 0;

/** `slots` is a power of two, 16 at least. Space once reserved is used again; false where memory is refused. */
export function sizeKeyTable(table: KeyTable, slots: u32): bool {
  if (slots > table.reservedSlots) {
    const ptr = reserve(<usize>slots * (SLOT_BYTES + 4 + 1));
    if (ptr == 0) return false;
    table.slotsPtr = ptr;
    table.activePtr = ptr + <usize>slots * SLOT_BYTES;
    table.marksPtr = table.activePtr + <usize>slots * 4;
    table.reservedSlots = slots;
  }
  table.slots = slots;
  table.setShift = 64 - <u32>ctz(slots / <u32>WAYS);
  clearKeyTable(table);
  return true;
}

/** The first word of [ptr, endPtr) that is not 0, or endPtr. */
export function nextUsed(ptr: usize, endPtr: usize): usize {
  while (ptr + 32 <= endPtr) {
    if ((load<u64>(ptr) | load<u64>(ptr, 8) | load<u64>(ptr, 16) | load<u64>(ptr, 24)) != 0) break;
    ptr += 32;
  }
  while (ptr < endPtr && load<u64>(ptr) == 0) ptr += 8;
  return ptr;
}

/** Most sets of most tables were never used: those are left as they are. */
export function clearKeyTable(table: KeyTable): void {
  const marksPtr = table.marksPtr;
  const endPtr = marksPtr + <usize>table.slots;
  for (let ptr = nextUsed(marksPtr, endPtr); ptr < endPtr; ptr = nextUsed(ptr, endPtr)) {
    store<u64>(ptr, 0);
    memory.fill(table.slotsPtr + (ptr - marksPtr) * SLOT_BYTES, 0, WAYS * SLOT_BYTES);
  }
  table.active = 0;
  table.soughtPtr = table.slotsPtr;
  slotsTaken++;
}

// @ts-ignore: decorator
@inline
function setOf(table: KeyTable, key: u64): usize {
  return <usize>((key * SPREAD) >> table.setShift);
}

// @ts-ignore: decorator
@inline
function slotAt(table: KeyTable, set: usize, way: usize): usize {
  return table.slotsPtr + (set * WAYS + way) * SLOT_BYTES;
}

// @ts-ignore: decorator
@inline
function markOf(key: u64): u64 {
  return 0x80 | ((key >> 24) & 0x7f);
}

/** False for a key that has no slot: most keys never err and never send a keyword. */
// @ts-ignore: decorator
@inline
export function mayHold(table: KeyTable, key: u64): bool {
  return matchByte(load<u64>(table.marksPtr + setOf(table, key) * WAYS), markOf(key)) != 0;
}

/** The key's slot as of bucket `now`, or 0. */
// @ts-ignore: decorator
@inline
export function findSlot(table: KeyTable, key: u64, now: u32): usize {
  let ptr = table.soughtPtr;
  if (load<u64>(ptr) != key) ptr = seekSlot(table, key);
  if (ptr != 0 && load<u32>(ptr, LAST) != now) advanceSlot(ptr, now);
  return ptr;
}

/** The same where few records come by: it is called, not copied. */
export function findSlotRarely(table: KeyTable, key: u64, now: u32): usize {
  return findSlot(table, key, now);
}

function seekSlot(table: KeyTable, key: u64): usize {
  const set = setOf(table, key);
  let marks = matchByte(load<u64>(table.marksPtr + set * WAYS), markOf(key));
  while (marks != 0) {
    const ptr = slotAt(table, set, firstMatch(marks));
    if (load<u64>(ptr) == key) {
      table.soughtPtr = ptr;
      return ptr;
    }
    marks &= marks - 1; // a mark above a true one may be false; the key decides
  }
  return 0;
}

/** The key's slot as of `now`, displacing another where it must. */
// @ts-ignore: decorator
@inline
export function takeSlot(table: KeyTable, key: u64, now: u32): usize {
  const ptr = findSlot(table, key, now);
  return ptr != 0 ? ptr : admit(table, key, now);
}

function admit(table: KeyTable, key: u64, now: u32): usize {
  slotsTaken += table.isSparse;
  const set = setOf(table, key);
  let way = emptyWay(load<u64>(table.marksPtr + set * WAYS));
  if (way == WAYS) way = leastWay(table, set, now);
  const leastPtr = slotAt(table, set, way);
  const inherited = load<u32>(leastPtr, TOTAL);
  store<u64>(leastPtr, key);
  store<u32>(leastPtr, now, LAST);
  store<u32>(leastPtr, inherited, FOREIGN);
  store<u32>(leastPtr, inherited == 0 ? 0 : now, TAKEN);
  store<u32>(leastPtr, load<u32>(countPtr(leastPtr, now), COUNTS), TAKEN_FOREIGN);
  store<u64>(leastPtr, 0, ALERT);
  store<u8>(table.marksPtr + set * WAYS + way, <u8>markOf(key));
  return leastPtr;
}

// @ts-ignore: decorator
@inline
function emptyWay(marks: u64): usize {
  const empty = ~marks & 0x8080808080808080;
  return empty == 0 ? WAYS : firstMatch(empty);
}

/** The way with the smallest total as of `now`; the lowest of equals. */
function leastWay(table: KeyTable, set: usize, now: u32): usize {
  let best: usize = 0;
  let least: u32 = u32.MAX_VALUE;
  for (let way: usize = 0; way < WAYS; way++) {
    const ptr = slotAt(table, set, way);
    if (load<u32>(ptr, LAST) != now) advanceSlot(ptr, now);
    const total = load<u32>(ptr, TOTAL);
    if (total < least) {
      least = total;
      best = way;
    }
  }
  return best;
}

// @ts-ignore: decorator
@inline
function countPtr(slotPtr: usize, bucket: u32): usize {
  return slotPtr + <usize>((bucket % BUCKETS) << 2);
}

/** Lets what is older than a window go; a slot ahead of `now` belongs to a time line that was given up. */
function advanceSlot(ptr: usize, now: u32): void {
  const last = load<u32>(ptr, LAST);
  store<u32>(ptr, now, LAST);
  if (now < last || now - last >= BUCKETS) {
    memory.fill(ptr + COUNTS, 0, BUCKETS * 4);
    store<u64>(ptr, 0, TOTAL); // and FOREIGN
    store<u64>(ptr, 0, TAKEN); // and TAKEN_FOREIGN
    return;
  }
  let total = load<u32>(ptr, TOTAL);
  if (total == 0) return;
  let foreign = load<u32>(ptr, FOREIGN);
  const taken = load<u32>(ptr, TAKEN);
  for (let bucket = last + 1; bucket <= now; bucket++) {
    const at = countPtr(ptr, bucket);
    const gone = load<u32>(at, COUNTS);
    if (gone == 0) continue;
    store<u32>(at, 0, COUNTS);
    total -= gone;
    if (bucket < taken + BUCKETS) foreign -= gone;
    else if (bucket == taken + BUCKETS) {
      foreign -= load<u32>(ptr, TAKEN_FOREIGN);
      store<u64>(ptr, 0, TAKEN); // and TAKEN_FOREIGN: from here on all is its own
    }
  }
  store<u32>(ptr, total, TOTAL);
  store<u32>(ptr, foreign, FOREIGN);
}

/** Counts one event of `bucket`, which lies within the window that ends at `now`; the slot is as of `now`. */
// @ts-ignore: decorator
@inline
export function countEvent(table: KeyTable, slotPtr: usize, bucket: u32, now: u32): void {
  const taken = load<u32>(slotPtr, TAKEN);
  const at = countPtr(slotPtr, bucket < taken ? taken : bucket);
  store<u32>(at, load<u32>(at, COUNTS) + 1, COUNTS);
  store<u32>(slotPtr, load<u32>(slotPtr, TOTAL) + 1, TOTAL);
  if (bucket != now || load<u32>(slotPtr, ACTIVE) == now) return;
  store<u32>(slotPtr, now, ACTIVE);
  listActive(table, slotPtr);
}

/** Takes the key's slot and counts one event in it, where few records come by. */
export function countRarely(table: KeyTable, key: u64, bucket: u32, now: u32): usize {
  const slotPtr = takeSlot(table, key, now);
  countEvent(table, slotPtr, bucket, now);
  return slotPtr;
}

function listActive(table: KeyTable, slotPtr: usize): void {
  if (table.active == table.slots) return;
  store<u32>(table.activePtr + 4 * <usize>table.active, <u32>slotPtr);
  table.active++;
}

// @ts-ignore: decorator
@inline
export function ownCount(slotPtr: usize): u32 {
  return load<u32>(slotPtr, TOTAL) - load<u32>(slotPtr, FOREIGN);
}

/** Puts a saved slot back, where its set has room; slots saved earlier go first. */
export function placeSlot(table: KeyTable, savedPtr: usize, now: u32): void {
  const key = load<u64>(savedPtr);
  const set = setOf(table, key);
  for (let way: usize = 0; way < WAYS; way++) {
    const ptr = slotAt(table, set, way);
    const other = load<u64>(ptr);
    if (other == key) return;
    if (other != 0) continue;
    memory.copy(ptr, savedPtr, SLOT_BYTES);
    slotsTaken += table.isSparse;
    store<u8>(table.marksPtr + set * WAYS + way, <u8>markOf(key));
    if (load<u32>(ptr, ACTIVE) == now) listActive(table, ptr);
    return;
  }
}
