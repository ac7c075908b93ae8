/**
 * A date that does not begin its line: looked for only where the line's beginning holds a clock (12:34:56), or where
 * the product says the time further in.
 */

import { NO_TIME, setTime } from "../event/event";
import { findByte, isDigit, isLetter, startsWith } from "../runtime/bytes";
import { BACKSLASH, COLON, EQUALS, LOWER_N, NUMBER_SIGN, OPEN_PAREN } from "../runtime/characters";
import { bytesOf, Text } from "../runtime/text";
import { dateAt } from "./date";
import { timeEndPtr } from "./time";

/** Dates further in belong to the line's content. */
const SEEK_BYTES_MAX: usize = 128;
/** What is said by name stands within so many. */
const NAMED_BYTES_MAX: usize = 2048;

/** Sets the event's time by the first date of [ptr, endPtr) that holds the first clock, if one does. */
export function seekDate(ptr: usize, endPtr: usize): void {
  // MySQL's slow queries, many lines in one
  if (load<u8>(ptr) == NUMBER_SIGN && startsWith(ptr, endPtr, "# User@Host: ")) {
    return setNamed(ptr, endPtr, EQUALS, "SET timestamp");
  }
  const limitPtr = ptr + SEEK_BYTES_MAX < endPtr ? ptr + SEEK_BYTES_MAX : endPtr;
  const clockPtr = findClock(ptr, limitPtr);
  if (clockPtr == 0) return;
  for (let at = ptr; at < clockPtr; at++) {
    if (!isWordByte(<u32>load<u8>(at)) || (at > ptr && goesOn(at - 1, ptr))) continue;
    const seconds = dateAt(at, endPtr);
    if (timeEndPtr <= clockPtr || seconds == NO_TIME) continue;
    setTime(seconds);
    if (isQueueManager(timeEndPtr, endPtr)) queueManagerTime(timeEndPtr, endPtr);
    return;
  }
}

/** Whether a date may be looked for in such a text. */
export function mayHoldDate(ptr: usize, endPtr: usize): bool {
  return load<u8>(ptr) == NUMBER_SIGN || findClock(ptr, endPtr) != 0;
}

/** IBM MQ's errors behind their date, which has no zone. */
export function isQueueManager(ptr: usize, endPtr: usize): bool {
  return startsWith(ptr, endPtr, " - Process(");
}

/** Newer ones say the time once more, with its zone: Time(DATE). */
export function queueManagerTime(ptr: usize, endPtr: usize): void {
  setNamed(ptr, endPtr, OPEN_PAREN, "Time");
}

/** The time that follows a name and a sign. */
function setNamed(ptr: usize, endPtr: usize, sign: u8, name: Text): void {
  endPtr = min<usize>(endPtr, ptr + NAMED_BYTES_MAX);
  const bytes = bytesOf(name);
  for (let at = findByte(ptr + bytes, endPtr, sign); at < endPtr; at = findByte(at + 1, endPtr, sign)) {
    if (!startsWith(at - bytes, at, name)) continue;
    const seconds = dateAt(at + 1, endPtr);
    if (seconds != NO_TIME) setTime(seconds);
    return;
  }
}

/** Whether the byte at ptr is of the same word as the next one, and not the end of an escaped newline. */
function goesOn(ptr: usize, startPtr: usize): bool {
  const c = <u32>load<u8>(ptr);
  return isWordByte(c) && !(c == LOWER_N && ptr > startPtr && load<u8>(ptr - 1) == BACKSLASH);
}

// @ts-ignore: decorator
@inline
function isWordByte(c: u32): bool {
  return isDigit(c) || isLetter(c);
}

/** The first colon of `d:dd:dd`, or 0. */
function findClock(ptr: usize, limitPtr: usize): usize {
  let at = findByte(ptr, limitPtr, COLON);
  while (at + 5 < limitPtr) {
    if (
      at > ptr &&
      load<u8>(at + 3) == COLON &&
      isDigit(<u32>load<u8>(at - 1)) &&
      isDigit(<u32>load<u8>(at + 1)) &&
      isDigit(<u32>load<u8>(at + 2)) &&
      isDigit(<u32>load<u8>(at + 4)) &&
      isDigit(<u32>load<u8>(at + 5))
    )
      return at;
    at = findByte(at + 1, limitPtr, COLON);
  }
  return 0;
}
