/**
 * Times of fields that are read again where a record is known but for its digits (record/recall.ts and envelope.ts): of
 * a stamp of the minute that was met last the seconds alone are read. What is noted of such a field says that it is one
 * in UTC, as loggers and shippers write it:
 *
 *     2026-11-21T02:11:09.123456Z
 *     └─ the minute ─┘ SS
 */
import { NO_TIME, timeSeconds } from "../event/event";
import { COLON, DASH, DIGIT_0, UPPER_Z } from "../runtime/characters";
import { dateAt } from "./date";
import { fieldCount, noteTime, OBJECT_MASK, TIME, takeTime } from "./named";
import { timeEndPtr } from "./time";

/** Besides what a field stands for. */
const IS_STAMP: u32 = 1 << 31;
const SECOND_OFFSET: usize = 17;

let metDay: u64 = 0;
let metMinute: u64 = 0;
let metStart: i64 = 0;

// @ts-ignore: decorator
@inline
export function isTimeField(field: u32): bool {
  return (field & ~(OBJECT_MASK | IS_STAMP)) == TIME;
}

/** Takes in the time at [ptr, endPtr), which is noted at notedPtr as `field`. */
export function noteTimeAgain(notedPtr: usize, field: u32, ptr: usize, endPtr: usize): void {
  const seconds = knownSeconds(field, ptr);
  if (seconds != NO_TIME) takeTime(seconds, true);
  else readTime(notedPtr, ptr, endPtr);
}

function readTime(notedPtr: usize, ptr: usize, endPtr: usize): void {
  const fields = fieldCount;
  noteTime(ptr, endPtr);
  if (fieldCount > fields) keep(notedPtr, ptr, endPtr, timeSeconds);
}

/** The time at [ptr, endPtr), or NO_TIME. */
export function stampAgain(notedPtr: usize, field: u32, ptr: usize, endPtr: usize): i64 {
  let seconds = knownSeconds(field, ptr);
  if (seconds != NO_TIME) return seconds;
  seconds = dateAt(ptr, endPtr);
  if (seconds != NO_TIME) keep(notedPtr, ptr, endPtr, seconds);
  return seconds;
}

// @ts-ignore: decorator
@inline
function knownSeconds(field: u32, ptr: usize): i64 {
  if (field < IS_STAMP || load<u64>(ptr) != metDay || load<u64>(ptr, 8) != metMinute) return NO_TIME;
  const second = secondAt(ptr);
  return second < 60 ? metStart + second : NO_TIME;
}

// @ts-ignore: decorator
@inline
function secondAt(ptr: usize): u32 {
  return <u32>load<u8>(ptr, SECOND_OFFSET) * 10 + load<u8>(ptr, SECOND_OFFSET + 1) - 11 * DIGIT_0;
}

function keep(notedPtr: usize, ptr: usize, endPtr: usize, seconds: i64): void {
  if (timeEndPtr != endPtr || load<u8>(endPtr - 1) != UPPER_Z) return;
  // in another form the year may stand behind the clock, and hours have one digit
  if (load<u8>(ptr, 4) != DASH || load<u8>(ptr, 7) != DASH || load<u8>(ptr, 16) != COLON) return;
  store<u32>(notedPtr, load<u32>(notedPtr) | IS_STAMP);
  metDay = load<u64>(ptr);
  metMinute = load<u64>(ptr, 8);
  metStart = seconds - secondAt(ptr);
}
