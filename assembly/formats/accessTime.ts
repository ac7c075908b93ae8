/** The time of an access line, dd/Mon/yyyy:HH:MM:SS +ZZZZ. */

import { NO_TIME } from "../event/event";
import { monthAt, secondsOfDay, toSeconds, zoneAt, zoneFrom } from "../fields/time";
import { readDigits } from "../runtime/bytes";
import { COLON, SLASH } from "../runtime/characters";

export const TIME_BYTES: usize = 26;
const BRACKET_SPACE: u64 = 0x205d;

// "HH:MM:SS" as a number; a digit's high half and a value over nine show in the masked bits.
const CLOCK_ZEROS: u64 = 0x30303a30303a3030;
const CLOCK_SIXES: u64 = 0x0606000606000606;
const CLOCK_MASK: u64 = 0xf0f0fff0f0fff0f0;

// The day met last, "dd/Mon/yyyy:" and " +ZZZZ] ", and when it began: neighbouring lines share it.
let dayText: u64 = 0;
let dayTextEnd: u32 = 0;
let dayZone: u64 = 0;
let daySeconds: i64 = 0;

/** The minute met last, where a bracket and a blank followed: "dd/Mon/yyyy:HH:MM:00" and " +ZZZZ] ". */
let minuteDay: u64 = 0;
let minuteYear: u64 = 0;
let minuteText: u64 = 0;
let minuteZone: u64 = 0;
let minuteSeconds: i64 = 0;
const SECOND_SHIFT: u64 = 48;
const ZERO_SECONDS: u64 = 0x3030;
/** Added to the values of a second's two digits these set the eighth bit of one beyond 5, or beyond 9. */
const SECOND_BOUNDS: u64 = 0x767a;
const SECOND_MASK: u64 = 0x8080;
/** What makes a number of them, in the second byte. */
const SECOND_MULTIPLIER: u64 = 0x0a01;

/** Whether the time at ptr, a bracket and a blank are of the minute of the line before, as most often. */
// @ts-ignore: decorator
@inline
export function isOfMinute(ptr: usize): bool {
  const clock = load<u64>(ptr, 12) ^ minuteText;
  const second = clock >> SECOND_SHIFT;
  const around = (load<u64>(ptr) ^ minuteDay) | (load<u64>(ptr, 4) ^ minuteYear) | (load<u64>(ptr, 20) ^ minuteZone);
  return (around | (clock << (64 - SECOND_SHIFT)) | (((second + SECOND_BOUNDS) | second) & SECOND_MASK)) == 0;
}

/** Then the time. */
// @ts-ignore: decorator
@inline
export function timeInMinute(ptr: usize): i64 {
  return minuteSeconds + secondOf((load<u64>(ptr, 12) ^ minuteText) >> SECOND_SHIFT);
}

// @ts-ignore: decorator
@inline
function secondOf(digits: u64): i64 {
  return <i64>(((digits * SECOND_MULTIPLIER) >> 8) & 0xff);
}

/** The time at ptr where it is of another minute; NO_TIME where it is none, or other bytes follow. */
export function otherMinute(ptr: usize): i64 {
  if (load<u64>(ptr, 20) >> 48 != BRACKET_SPACE) return NO_TIME;
  if (load<u8>(ptr, 2) != SLASH || load<u8>(ptr, 6) != SLASH || load<u8>(ptr, 11) != COLON) return NO_TIME;
  const seconds = accessTime(ptr, ptr + TIME_BYTES);
  if (seconds == NO_TIME) return NO_TIME;
  const second = (load<u64>(ptr, 12) >> SECOND_SHIFT) ^ ZERO_SECONDS;
  minuteDay = load<u64>(ptr);
  minuteYear = load<u64>(ptr, 4);
  minuteText = load<u64>(ptr, 12) ^ (second << SECOND_SHIFT);
  minuteZone = load<u64>(ptr, 20);
  minuteSeconds = seconds - secondOf(second);
  return seconds;
}

/** Whether the time at ptr is of the day and the zone met last. */
// @ts-ignore: decorator
@inline
function isOfDay(ptr: usize): bool {
  return load<u64>(ptr) == dayText && load<u32>(ptr, 8) == dayTextEnd && load<u64>(ptr, 20) == dayZone;
}

export function accessTime(ptr: usize, endPtr: usize): i64 {
  const clock = load<u64>(ptr, 12) ^ CLOCK_ZEROS;
  if (((clock | (clock + CLOCK_SIXES)) & CLOCK_MASK) != 0 || endPtr - ptr != TIME_BYTES) return dateTime(ptr, endPtr);
  const secondOfDay = <i64>secondsOfDay(ptr + 12, false);
  if (secondOfDay < 0) return NO_TIME;
  if (isOfDay(ptr)) return daySeconds + secondOfDay;
  const seconds = dateTime(ptr, endPtr);
  if (seconds != NO_TIME) {
    dayText = load<u64>(ptr);
    dayTextEnd = load<u32>(ptr, 8);
    dayZone = load<u64>(ptr, 20);
    daySeconds = seconds - secondOfDay;
  }
  return seconds;
}

function dateTime(ptr: usize, endPtr: usize): i64 {
  const seconds = toSeconds(
    readDigits(ptr + 7, endPtr, 4),
    monthAt(ptr + 3, endPtr),
    readDigits(ptr, endPtr, 2),
    readDigits(ptr + 12, endPtr, 2),
    readDigits(ptr + 15, endPtr, 2),
    readDigits(ptr + 18, endPtr, 2),
  );
  if (seconds == NO_TIME) return NO_TIME;
  return seconds - zoneFrom(ptr + 21, zoneAt(ptr + 21, endPtr));
}
