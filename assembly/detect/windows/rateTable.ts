/**
 * Who or what came how often, in two windows at once: the short one in twelve buckets, and what leaves it in eleven
 * buckets ten times as long. Eight slots to a set. Whoever has a slot is counted in full from when he got it; a
 * newcomer to a full set takes a life of each of the eight, and the slot of one that has none left (Misra & Gries 1982,
 * https://doi.org/10.1016/0167-6423(82)90012-0): what brings more than an eighth of its set's events keeps its slot.
 */
import { reserve } from "../../runtime/memory";
import { BUCKETS, nextUsed } from "./keyTable";

/** A long bucket is so many short ones. */
export const LONG_FACTOR: u32 = 10;
const LONG_BUCKETS: u32 = 11;
/** So many short buckets later nothing of a slot counts any more. */
const SPAN_BUCKETS: u32 = BUCKETS + LONG_FACTOR * LONG_BUCKETS;
const WAYS: usize = 8;

/*
 * Slot, 144 bytes:
 *   0 u64 key, 0 = empty       8 u32 bucket it is as of   12 u32 short total   16 u32 long total, without the short one
 *  20 u32 lives   24 u64 its alert, drawn in schedule.ts   32 u32 ruled by: whose limits follow, 0 = nobody's
 *  36 u32 short limit   40 u32 long limit   44 u32 number that its owner keeps
 *  48 u32 × 12 short counts, bucket b at b mod 12   96 u32 × 11 long counts   140 u32 0
 */
export const RATE_SLOT_BYTES: usize = 144;
export const RATE_LAST: usize = 8;
export const RATE_SHORT: usize = 12;
export const RATE_LONG: usize = 16;
const RATE_LIVES: usize = 20;
export const RATE_ALERT: usize = 24;
export const RATE_RULED_BY: usize = 32;
export const RATE_SHORT_LIMIT: usize = 36;
export const RATE_LONG_LIMIT: usize = 40;
export const RATE_NOTE: usize = 44;
const SHORT_COUNTS: usize = 48;
const LONG_COUNTS: usize = 96;

const SET_BYTES: usize = WAYS * RATE_SLOT_BYTES;
const SPREAD: u64 = 0x9e3779b97f4a7c15;

let slotsPtr: usize = 0;
let setShift: u64 = 0;
export let rateSlots: u32 = 0;
let reservedSlots: u32 = 0;

/** `slots` is a power of two, 16 at least; false where memory is refused. */
export function sizeRateTable(slots: u32): bool {
  if (slots > reservedSlots) {
    const ptr = reserve(<usize>slots * RATE_SLOT_BYTES);
    if (ptr == 0) return false;
    slotsPtr = ptr;
    reservedSlots = slots;
  } else if (slots != rateSlots) {
    // what was used of another size is not where it would be now
    memory.fill(slotsPtr, 0, <usize>reservedSlots * RATE_SLOT_BYTES);
  }
  rateSlots = slots;
  setShift = 64 - <u64>ctz(slots / <u32>WAYS);
  return true;
}

/** A byte for each part of a large table, by the first bits of what hashes there: not 0 where it was used. */
const PARTS: usize = 2048;
const PART_SHIFT: u64 = 53;
const usedPtr = memory.data(2048, 8);

/** Eight parts of it of which none was used are left as they are. */
export function clearRates(): void {
  memory.fill(soughtPtr, 0, SOUGHT << 2);
  const usedEndPtr = usedPtr + PARTS;
  const partBytes = (<usize>rateSlots * RATE_SLOT_BYTES) / PARTS;
  if (rateSlots < PARTS * WAYS) memory.fill(slotsPtr, 0, <usize>rateSlots * RATE_SLOT_BYTES);
  else
    for (let ptr = nextUsed(usedPtr, usedEndPtr); ptr < usedEndPtr; ptr = nextUsed(ptr + 8, usedEndPtr))
      memory.fill(slotsPtr + (ptr - usedPtr) * partBytes, 0, 8 * partBytes);
  memory.fill(usedPtr, 0, PARTS);
}

// @ts-ignore: decorator
@inline
export function rateSlotAt(index: u32): usize {
  return slotsPtr + <usize>index * RATE_SLOT_BYTES;
}

/** Slots found last, by the first bits of their keys. */
const SOUGHT: usize = 64;
const soughtPtr = memory.data(64 * 4, 8);

/** The key's slot as of `now`; 0 where it has none, and `admits` is false or nobody has to go. */
// @ts-ignore: decorator
@inline
export function seekRate(key: u64, now: u32, admits: bool): usize {
  const ptr = <usize>load<u32>(soughtPtr + ((<usize>(key >> 58)) << 2));
  return load<u64>(ptr) == key && load<u32>(ptr, RATE_LAST) == now ? ptr : searchRate(key, now, admits);
}

/** The same of a key that is sought seldom. */
export function searchRate(key: u64, now: u32, admits: bool): usize {
  const hash = key * SPREAD;
  const setPtr = slotsPtr + <usize>(hash >> setShift) * SET_BYTES;
  for (let ptr = setPtr; ptr < setPtr + SET_BYTES; ptr += RATE_SLOT_BYTES) {
    if (load<u64>(ptr) != key) continue;
    if (load<u32>(ptr, RATE_LAST) != now) advanceRate(ptr, now);
    store<u32>(soughtPtr + ((<usize>(key >> 58)) << 2), <u32>ptr);
    return ptr;
  }
  if (!admits) return 0;
  store<u8>(usedPtr + <usize>(hash >> PART_SHIFT), 1);
  return admit(setPtr, key, now);
}

function admit(setPtr: usize, key: u64, now: u32): usize {
  const endPtr = setPtr + SET_BYTES;
  for (let ptr = setPtr; ptr < endPtr; ptr += RATE_SLOT_BYTES) {
    advanceRate(ptr, now);
    const lives = min(load<u32>(ptr, RATE_LIVES), load<u32>(ptr, RATE_SHORT) + load<u32>(ptr, RATE_LONG));
    store<u32>(ptr, lives, RATE_LIVES);
    if (lives != 0) continue;
    memory.fill(ptr, 0, RATE_SLOT_BYTES);
    store<u64>(ptr, key);
    store<u32>(ptr, now, RATE_LAST);
    return ptr;
  }
  for (let ptr = setPtr; ptr < endPtr; ptr += RATE_SLOT_BYTES)
    store<u32>(ptr, load<u32>(ptr, RATE_LIVES) - 1, RATE_LIVES);
  return 0;
}

/** Lets what is older than the short window go to the long one, and what is older than that altogether. */
function advanceRate(ptr: usize, now: u32): void {
  const last = load<u32>(ptr, RATE_LAST);
  store<u32>(ptr, now, RATE_LAST);
  if (now - last >= SPAN_BUCKETS) {
    memory.fill(ptr + SHORT_COUNTS, 0, RATE_SLOT_BYTES - SHORT_COUNTS);
    store<u64>(ptr, 0, RATE_SHORT); // and RATE_LONG
    return;
  }
  let shortTotal = load<u32>(ptr, RATE_SHORT);
  let longTotal = load<u32>(ptr, RATE_LONG);
  if ((shortTotal | longTotal) == 0) return;
  // Bucket numbers begin in 1970, far from the first window.
  let left = last + 1 - BUCKETS;
  const lastLeft = now - BUCKETS;
  for (; left <= lastLeft && shortTotal != 0; left++) {
    const longPtr = longCountPtr(ptr, left);
    if (left % LONG_FACTOR == 0) {
      longTotal -= load<u32>(longPtr);
      store<u32>(longPtr, 0);
    }
    const shortPtr = ptr + SHORT_COUNTS + <usize>((left % BUCKETS) << 2);
    const count = load<u32>(shortPtr);
    if (count == 0) continue;
    store<u32>(shortPtr, 0);
    shortTotal -= count;
    longTotal += count;
    store<u32>(longPtr, load<u32>(longPtr) + count);
  }
  // nothing comes any more: buckets of the long window only begin anew
  left += LONG_FACTOR - 1;
  for (left -= left % LONG_FACTOR; left <= lastLeft && longTotal != 0; left += LONG_FACTOR) {
    const longPtr = longCountPtr(ptr, left);
    longTotal -= load<u32>(longPtr);
    store<u32>(longPtr, 0);
  }
  store<u32>(ptr, shortTotal, RATE_SHORT);
  store<u32>(ptr, longTotal, RATE_LONG);
}

/** Where the long window counts what came in a short bucket. */
// @ts-ignore: decorator
@inline
function longCountPtr(ptr: usize, bucket: u32): usize {
  return ptr + LONG_COUNTS + <usize>(((bucket / LONG_FACTOR) % LONG_BUCKETS) << 2);
}

/** Counts events of a bucket within the short window that ends where the slot is. */
// @ts-ignore: decorator
@inline
export function countRate(ptr: usize, bucket: u32, events: u32): void {
  const at = ptr + <usize>((bucket % BUCKETS) << 2);
  store<u32>(at, load<u32>(at, SHORT_COUNTS) + events, SHORT_COUNTS);
  store<u32>(ptr, load<u32>(ptr, RATE_SHORT) + events, RATE_SHORT);
  store<u32>(ptr, load<u32>(ptr, RATE_LIVES) + events, RATE_LIVES);
}

/** Within both windows together, as of where the slot is. */
// @ts-ignore: decorator
@inline
export function longCount(ptr: usize): u32 {
  return load<u32>(ptr, RATE_SHORT) + load<u32>(ptr, RATE_LONG);
}

// The section of a snapshot: bucket u32, slots u32, then the slots that still say something.

const SECTION_HEADER_BYTES: usize = 8;

export function ratesBytesMax(): usize {
  return SECTION_HEADER_BYTES + <usize>rateSlots * RATE_SLOT_BYTES;
}

/** Bytes written, at most `roomBytes`; 0 where there is nothing to keep. */
export function writeRates(ptr: usize, roomBytes: usize, now: u32): usize {
  let at = ptr + SECTION_HEADER_BYTES;
  for (let i: u32 = 0; i < rateSlots && at + RATE_SLOT_BYTES <= ptr + roomBytes; i++) {
    const slotPtr = rateSlotAt(i);
    if (load<u64>(slotPtr) == 0 || longCount(slotPtr) == 0 || now - load<u32>(slotPtr, RATE_LAST) >= SPAN_BUCKETS)
      continue;
    memory.copy(at, slotPtr, RATE_SLOT_BYTES);
    at += RATE_SLOT_BYTES;
  }
  if (at == ptr + SECTION_HEADER_BYTES) return 0;
  store<u32>(ptr, now);
  store<u32>(ptr, <u32>((at - ptr) / RATE_SLOT_BYTES), 4);
  return at - ptr;
}

export function isValidRates(ptr: usize, bytes: usize): bool {
  if (bytes < SECTION_HEADER_BYTES) return false;
  const slots = <u64>load<u32>(ptr, 4);
  if (slots * RATE_SLOT_BYTES != <u64>(bytes - SECTION_HEADER_BYTES)) return false;
  for (let at = ptr + SECTION_HEADER_BYTES; at < ptr + bytes; at += RATE_SLOT_BYTES) {
    if (load<u64>(at) == 0 || load<u32>(at, RATE_LAST) > load<u32>(ptr)) return false;
    if (sumOf(at + SHORT_COUNTS, BUCKETS) != <u64>load<u32>(at, RATE_SHORT)) return false;
    if (sumOf(at + LONG_COUNTS, LONG_BUCKETS) != <u64>load<u32>(at, RATE_LONG)) return false;
  }
  return true;
}

function sumOf(ptr: usize, counts: u32): u64 {
  let sum: u64 = 0;
  for (let i: u32 = 0; i < counts; i++) sum += load<u32>(ptr + <usize>(i << 2));
  return sum;
}

/** Puts a valid section into a table that is empty; whose limits they are is found out anew. */
export function restoreRates(ptr: usize): void {
  const endPtr = ptr + SECTION_HEADER_BYTES + <usize>load<u32>(ptr, 4) * RATE_SLOT_BYTES;
  for (let at = ptr + SECTION_HEADER_BYTES; at < endPtr; at += RATE_SLOT_BYTES) {
    const slotPtr = searchRate(load<u64>(at), load<u32>(at, RATE_LAST), true);
    if (slotPtr == 0) continue;
    memory.copy(slotPtr, at, RATE_SLOT_BYTES);
    store<u32>(slotPtr, 0, RATE_RULED_BY);
  }
}
