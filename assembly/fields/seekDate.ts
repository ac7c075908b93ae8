/** A date that does not begin its line: looked for only where the line's beginning holds a clock (12:34:56). */

import { NO_TIME, setTime } from "../event/event";
import { findByte, isDigit, isLetter } from "../runtime/bytes";
import { COLON } from "../runtime/characters";
import { dateAt } from "./date";
import { timeEndPtr } from "./time";

/** Dates further in belong to the line's content. */
const SEEK_BYTES_MAX: usize = 128;

/** Sets the event's time by the first date of [ptr, endPtr) that holds the first clock, if one does. */
export function seekDate(ptr: usize, endPtr: usize): void {
  const limitPtr = ptr + SEEK_BYTES_MAX < endPtr ? ptr + SEEK_BYTES_MAX : endPtr;
  const clockPtr = findClock(ptr, limitPtr);
  if (clockPtr == 0) return;
  for (let at = ptr; at < clockPtr; at++) {
    if (!isWordByte(<u32>load<u8>(at)) || (at > ptr && isWordByte(<u32>load<u8>(at - 1)))) continue;
    const seconds = dateAt(at, endPtr);
    if (timeEndPtr <= clockPtr || seconds == NO_TIME) continue;
    setTime(seconds);
    return;
  }
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
