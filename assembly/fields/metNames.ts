/**
 * Names met last, of fifteen bytes at most, as they were written: a line has the same ones as the line before, and one
 * that is known as it lies needs neither a search for its end nor a hash.
 */

import { firstMatch, isDigit, matchByte } from "../runtime/bytes";
import { DIGIT_0 } from "../runtime/characters";
import { NAME_START, nameHash } from "../runtime/nameTable";
import { fieldNamed } from "./named";
import { leaveNoted } from "./noted";

const MET_BITS: u64 = 8;
const ENTRY_BYTES: usize = 24;
/** Bytes of a table; names that end with different signs have different tables. */
export const MET_NAMES_BYTES: i32 = 256 * 24;
const MULTIPLIER: u64 = 0x9e3779b97f4a7c15;

/** What the name at hand stands for, and where it ends. */
export let nameField: u32 = 0;
export let nameEndPtr: usize = 0;
let slotPtr: usize = 0;
let first: u64 = 0;
let second: u64 = 0;

/** Whether a name that was met stands at ptr, and `sign` behind it; the place of any other is kept for `meetName`. */
// @ts-ignore: decorator
@inline
export function isMetName(tablePtr: usize, sign: u64, ptr: usize, endPtr: usize): bool {
  slotPtr = 0;
  first = load<u64>(ptr);
  second = 0;
  let marks = matchByte(first, sign);
  let bytes: usize = 0;
  if (marks == 0) {
    second = load<u64>(ptr, 8);
    marks = matchByte(second, sign);
    if (marks == 0) return false;
    second &= ((marks & (0 - marks)) >> 7) - 1;
    bytes = 8;
  } else first &= ((marks & (0 - marks)) >> 7) - 1;
  bytes += firstMatch(marks);
  nameEndPtr = ptr + bytes;
  if (bytes == 0 || nameEndPtr >= endPtr) return false;
  slotPtr = tablePtr + <usize>(((first ^ (second * MULTIPLIER)) * MULTIPLIER) >> (64 - MET_BITS)) * ENTRY_BYTES;
  if (load<u64>(slotPtr) != first || load<u64>(slotPtr, 8) != second) return false;
  nameField = load<u32>(slotPtr, 16);
  if (load<u32>(slotPtr, 20) != 0) leaveNoted();
  return true;
}

/** The name that `isMetName` did not know stands at [ptr, endPtr) and stands for `field`. */
export function meetName(ptr: usize, endPtr: usize, field: u32): void {
  const isShort = slotPtr != 0 && endPtr == nameEndPtr;
  const digitsDecide = doDigitsDecide(ptr, endPtr);
  if (digitsDecide) leaveNoted();
  nameField = field;
  nameEndPtr = endPtr;
  if (!isShort) return;
  store<u64>(slotPtr, first);
  store<u64>(slotPtr, second, 8);
  store<u32>(slotPtr, field, 16);
  store<u32>(slotPtr, <u32>digitsDecide, 20);
}

const otherPtr = memory.data(16);
const SHORT_BYTES_MAX: usize = 15;

/** Whether the name at [ptr, endPtr) may be one that is known, or no longer, with another digit. */
function doDigitsDecide(ptr: usize, endPtr: usize): bool {
  const bytes = endPtr - ptr;
  let digits = 0;
  let digit: usize = 0;
  for (let at: usize = 0; at < bytes; at++) {
    if (!isDigit(<u32>load<u8>(ptr + at))) continue;
    digits++;
    digit = at;
  }
  if (digits == 0) return false;
  if (digits > 1 || bytes > SHORT_BYTES_MAX) return true;
  memory.copy(otherPtr, ptr, bytes);
  for (let c = DIGIT_0; c < DIGIT_0 + 10; c++) {
    store<u8>(otherPtr + digit, <u8>c);
    if (fieldNamed(nameHash(NAME_START, otherPtr, otherPtr + bytes)) != 0) return true;
  }
  return false;
}
