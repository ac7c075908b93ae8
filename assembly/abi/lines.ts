/**
 * The lines of a host's buffer, one after another: what every call over many lines shares. A line is a record where it
 * is one JSON object, else text, which becomes {"log": line} first, as Fluent Bit's tail input does. Arrival time and
 * options are given by the caller; what a call has no room for is left for the next one.
 */

import { NO_TIME, timeSeconds } from "../event/event";
import { takeAllQuantities } from "../fields/quantities";
import { settleLine } from "../formats/usualAccess";
import { findLineEnd } from "../record/validJson";
import { wrapText } from "../record/wrapText";
import { CARRIAGE_RETURN, OPEN_BRACE } from "../runtime/characters";
import { reserve, SLACK_BYTES } from "../runtime/memory";
import { beginJudging } from "../verdict/judge";
import { setArrivalSeconds, setOptions } from "../verdict/options";
import { beginRecord, RECORD_BYTES_MAX, readRecord } from "./readRecord";

export const FLAG_ALL: u32 = 1; //          every event gets its member
export const FLAG_ONLY: u32 = 2; //         only tagged events are written
export const FLAG_UNSUPPRESSED: u32 = 4; // structural changes are never suppressed
export const FLAG_NO_CACHE: u32 = 8;
export const FLAG_TEXT: u32 = 16; //        every line is text, even one that looks like a record
export const FLAG_VALID_ONLY: u32 = 32; //  ends before the first line that is not a valid JSON object
export const FLAG_ARRAYS: u32 = 64; //      for valid lines: JSON arrays of events are written, one of them a line
export const FLAG_OWN_TIME: u32 = 128; //   a line arrives at its own time: a log that is read later
export const FLAG_ONE_LINE: u32 = 256; //   the input is one line, newlines and all
export const FLAG_UNJUDGED: u32 = 512; //   of explain: flows alone, no verdicts
/** Beside the flags of a host: keywords, windows and flows are left aside. */
export const UNCOUNTED: u32 = 65536;
/** All numbers in fields are taken in. */
export const LEARNT: u32 = 131072;

/** Bytes written by the last call, and lines it took. */
export let batchBytes: u32 = 0;
export let batchLines: u32 = 0;

const TAG_BYTES_MAX: usize = 1024;
let tagPtr: usize = 0;
let tagBytes: usize = 0;

/** The shipper's tag of the lines to come, which profiles may be chosen by. */
export function oddline_tag(ptr: usize, bytes: u32): void {
  if (tagPtr == 0) tagPtr = reserve(TAG_BYTES_MAX);
  tagBytes = tagPtr == 0 ? 0 : min<usize>(<usize>bytes, TAG_BYTES_MAX);
  memory.copy(tagPtr, ptr, tagBytes);
}

let inputPtr: usize = 0;
let inputEndPtr: usize = 0;
let flags: u32 = 0;
/** The line at hand, without its newline. */
export let linePtr: usize = 0;
export let lineEndPtr: usize = 0;
/** Its record: the line itself, or the text wrapped. */
export let recordPtr: usize = 0;
export let recordEndPtr: usize = 0;

export function beginLines(ptr: usize, bytes: u32, seconds: i64, lineFlags: u32): void {
  inputPtr = linePtr = ptr;
  inputEndPtr = ptr + <usize>bytes;
  flags = lineFlags;
  batchLines = 0;
  beginRecord(tagPtr, tagBytes, seconds, (flags & FLAG_OWN_TIME) != 0);
  setOptions(
    (flags & FLAG_ALL) != 0,
    (flags & FLAG_UNSUPPRESSED) == 0,
    (flags & FLAG_NO_CACHE) == 0,
    (flags & UNCOUNTED) == 0,
  );
  takeAllQuantities((flags & LEARNT) != 0);
  beginJudging();
}

/** Finds the next line; false behind the last, and where [outPtr, outEndPtr) has no room for what may come of it. */
export function findLine(outPtr: usize, outEndPtr: usize): bool {
  if (linePtr >= inputEndPtr) return false;
  if ((flags & FLAG_ONE_LINE) != 0) lineEndPtr = inputEndPtr;
  else lineEndPtr = findLineEnd(linePtr, inputEndPtr);
  return outPtr + lineRoom(lineEndPtr - linePtr) <= outEndPtr;
}

/** The line at hand is done with. */
export function passLine(): void {
  batchLines++;
  linePtr = min<usize>(lineEndPtr + 1, inputEndPtr);
}

/** Returns how many bytes of input were taken. */
export function endLines(writtenBytes: usize): u32 {
  batchBytes = <u32>writtenBytes;
  return <u32>(linePtr - inputPtr);
}

/** Worst case: every byte becomes \u00XX, and the tag. */
function lineRoom(lineBytes: usize): usize {
  return lineBytes * 6 + 2 * SLACK_BYTES;
}

/**
 * Makes a record of the line (at `outPtr` where it is text) and reads it; false where it cannot be judged. `isJudged`:
 * it goes to `judge` next, which asks for no more of its event than it needs.
 */
export function readLine(outPtr: usize, isJudged: bool = false): bool {
  const endsInReturn = lineEndPtr > linePtr && load<u8>(lineEndPtr - 1) == CARRIAGE_RETURN; // CRLF
  recordPtr = linePtr;
  recordEndPtr = lineEndPtr - (endsInReturn ? 1 : 0);
  const isRead = readAsRecord(outPtr);
  if (!isJudged) settleLine();
  if (isRead && (flags & FLAG_OWN_TIME) != 0) arriveAtOwnTime();
  return isRead;
}

function readAsRecord(outPtr: usize): bool {
  if ((flags & FLAG_TEXT) == 0 && recordEndPtr > recordPtr && load<u8>(recordPtr) == OPEN_BRACE) {
    if (recordEndPtr - recordPtr > <usize>RECORD_BYTES_MAX) return false;
    if (readRecordAtHand()) return true;
  }
  recordEndPtr = wrapText(recordPtr, recordEndPtr, outPtr);
  recordPtr = outPtr;
  return recordEndPtr - recordPtr <= <usize>RECORD_BYTES_MAX && readRecordAtHand();
}

function readRecordAtHand(): bool {
  return readRecord(recordPtr, recordEndPtr);
}

/** Of a log that is read later; i64.MIN_VALUE until a line has a time. */
let ownSeconds: i64 = i64.MIN_VALUE;
/** Lines come late by less than this, and so much earlier another log begins. */
const OWN_TIME_BACK_SECONDS: i64 = 3600;

/** The line arrives when it says it is from, one without a time with those before it. */
function arriveAtOwnTime(): void {
  const isLater = timeSeconds > ownSeconds || timeSeconds < ownSeconds - OWN_TIME_BACK_SECONDS;
  if (timeSeconds != NO_TIME && isLater) ownSeconds = timeSeconds;
  if (ownSeconds != i64.MIN_VALUE) setArrivalSeconds(ownSeconds);
}

export function forgetOwnTime(): void {
  ownSeconds = i64.MIN_VALUE;
}
