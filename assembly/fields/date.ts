/**
 * A date with its clock at a place, in the shapes that logs write:
 *   yyyy-MM-dd (also / . :)   yyyyMMdd   yyMMdd   yy/MM/dd   MM-dd   dd-MM-yyyy   MM/dd/yyyy   dd/Mmm/yyyy   Mmm-dd-yy
 *   [Www] Mmm dd [yyyy]       [Www,] dd Mmm [yyyy]   HH:MM:SS alone   Unix seconds or milliseconds   @ and TAI64N
 * Behind a year the clock may be H:MM:SS, and AM or PM may follow it.
 * Of two small numbers before a year the first is the month behind slashes, the day otherwise, unless it cannot be.
 */

import { NO_TIME, noteClock } from "../event/event";
import { digitsEnd, hexValue, isDigit, isLetter, isSpace, lettersEnd, readDigits } from "../runtime/bytes";
import {
  AT,
  CASE_BIT,
  CLOSE_BRACKET,
  CLOSE_PAREN,
  COLON,
  COMMA,
  DASH,
  DIGIT_0,
  DOT,
  LOWER_A,
  PLUS,
  SEMICOLON,
  SLASH,
  SPACE,
  TAB,
  UNDERSCORE,
  UPPER_A,
  UPPER_M,
  UPPER_P,
  UPPER_T,
} from "../runtime/characters";
import { noteDecided } from "../runtime/decided";
import { clockAt, daySeconds, localZoneSeconds, monthAt, timeEndPtr, toSeconds, zoneAt, zoneFrom } from "./time";

const YEAR_MIN: i32 = 1970;
/** TAI64 counts from 2^62, ten seconds ahead of UTC as daemontools writes it (https://cr.yp.to/libtai/tai64.html). */
const TAI_SECONDS: i64 = (1 << 62) + 10;
const TAI64N_BYTES: usize = 25;

function endAt(ptr: usize): void {
  zoneAt(ptr, ptr); // leaves timeEndPtr = ptr
}

function none(ptr: usize): i64 {
  endAt(ptr);
  return NO_TIME;
}

/** Whether the date read last says its zone, or is a count that needs none. */
export let dateIsZoned: bool = false;

/** Unix seconds and timeEndPtr behind the date; timeEndPtr = ptr where there is none; NO_TIME where it says no day. */
export function dateAt(ptr: usize, endPtr: usize): i64 {
  endAt(ptr);
  noteClock(0);
  dateIsZoned = false;
  if (ptr + 8 > endPtr) return NO_TIME;
  const c = <u32>load<u8>(ptr);
  if (load<u64>(ptr) == metDate && load<u32>(ptr, 7) == metDateEnd && ptr + 19 <= endPtr) {
    const clock = clockAt(ptr + DATE_BYTES, endPtr);
    if (clock >= 0) {
      noteDecided(ptr, ptr + DATE_BYTES);
      return zonedSeconds(metDayStart + halved(clock, endPtr), endPtr);
    }
    endAt(ptr);
  }
  if (isDigit(c)) return numericDateAt(ptr, endPtr);
  if (c == AT) return taiAt(ptr, endPtr);
  return (c | CASE_BIT) - LOWER_A < 26 ? namedDateAt(ptr, endPtr) : NO_TIME;
}

function taiAt(ptr: usize, endPtr: usize): i64 {
  if (ptr + TAI64N_BYTES > endPtr) return NO_TIME;
  noteDecided(ptr, ptr + TAI64N_BYTES);
  let seconds: i64 = 0;
  for (let i: usize = 1; i < TAI64N_BYTES; i++) {
    const digit = hexValue(<u32>load<u8>(ptr + i));
    if (digit > 15) return NO_TIME;
    if (i <= 16) seconds = (seconds << 4) | digit;
  }
  if (seconds < TAI_SECONDS) return NO_TIME;
  dateIsZoned = true;
  endAt(ptr + TAI64N_BYTES);
  return seconds - TAI_SECONDS;
}

function numericDateAt(ptr: usize, endPtr: usize): i64 {
  let digits = 1;
  while (ptr + <usize>digits < endPtr && digits < 15 && isDigit(<u32>load<u8>(ptr + <usize>digits))) digits++;
  const behindPtr = ptr + <usize>digits;
  const separator = behindPtr < endPtr ? <u32>load<u8>(behindPtr) : 0;
  if (digits == 2) return twoDigitsAt(ptr, endPtr, separator);
  if (digits == 4) {
    if ((separator - DASH > 2 && separator != COLON) || ptr + 10 > endPtr || load<u8>(ptr + 7) != <u8>separator)
      return none(ptr);
    const month = readDigits(ptr + 5, endPtr, 2);
    return clockAfter(ptr, ptr + 10, endPtr, readDigits(ptr, endPtr, 4), month, readDigits(ptr + 8, endPtr, 2));
  }
  if (digits == 8) {
    const year = readDigits(ptr, endPtr, 4);
    return clockAfter(ptr, ptr + 8, endPtr, year, readDigits(ptr + 4, endPtr, 2), readDigits(ptr + 6, endPtr, 2));
  }
  if (digits == 6 && separator == SPACE) return shortDateAt(ptr, endPtr);
  if (digits == 10 || digits == 13) return unixAt(ptr, behindPtr, endPtr, separator);
  if (digits == 1 && separator == SPACE) return dayFirstAt(ptr, ptr + 1, endPtr, separator);
  return none(ptr);
}

/** Seconds or milliseconds since 1970, ended by a space, a comma, a semicolon, a bracket or a fraction. */
function unixAt(ptr: usize, behindPtr: usize, endPtr: usize, separator: u32): i64 {
  let seconds: i64 = 0;
  noteDecided(ptr, ptr + 10);
  for (let at = ptr; at < ptr + 10; at++) seconds = seconds * 10 + <i64>(load<u8>(at) - DIGIT_0);
  if (separator == DOT) {
    behindPtr = digitsEnd(behindPtr + 1, endPtr);
  } else if (!isSpace(separator) && !isEnd(separator)) return none(ptr);
  endAt(behindPtr);
  dateIsZoned = true;
  return seconds;
}

// @ts-ignore: decorator
@inline
function isEnd(c: u32): bool {
  return c == COMMA || c == SEMICOLON || c == CLOSE_BRACKET || c == CLOSE_PAREN;
}

/** yyMMdd HHMMSS, and yyMMdd with a clock whose hour may be padded by a space. */
function shortDateAt(ptr: usize, endPtr: usize): i64 {
  const year = 2000 + readDigits(ptr, endPtr, 2);
  const month = readDigits(ptr + 2, endPtr, 2);
  const day = readDigits(ptr + 4, endPtr, 2);
  const clockPtr = ptr + 7;
  if (readDigits(clockPtr, endPtr, 6) < 0) return clockAfter(ptr, ptr + 6, endPtr, year, month, day);
  const seconds = toSeconds(
    year,
    month,
    day,
    readDigits(clockPtr, endPtr, 2),
    readDigits(clockPtr + 2, endPtr, 2),
    readDigits(clockPtr + 4, endPtr, 2),
  );
  if (seconds == NO_TIME) return none(ptr);
  noteClock(clockPtr);
  endAt(clockPtr + 6);
  return seconds - localZoneSeconds;
}

function twoDigitsAt(ptr: usize, endPtr: usize, separator: u32): i64 {
  if (separator == COLON) {
    const clock = clockAt(ptr, endPtr);
    return clock < 0 ? none(ptr) : NO_TIME;
  }
  if (separator == SPACE) return dayFirstAt(ptr, ptr + 2, endPtr, separator);
  if (separator - DASH > 2) return none(ptr); // - . /
  if (!isDigit(<u32>load<u8>(ptr + 3))) return dayFirstAt(ptr, ptr + 2, endPtr, separator);
  const first = readDigits(ptr, endPtr, 2);
  const second = readDigits(ptr + 3, endPtr, 2);
  if (load<u8>(ptr + 5) == <u8>separator) {
    const year = readDigits(ptr + 6, endPtr, 4);
    if (year >= YEAR_MIN) {
      const monthFirst = second > 12 || (separator == SLASH && first <= 12);
      return clockAfter(ptr, ptr + 10, endPtr, year, monthFirst ? first : second, monthFirst ? second : first);
    }
    if (separator == SLASH)
      return clockAfter(ptr, ptr + 8, endPtr, 2000 + first, second, readDigits(ptr + 6, endPtr, 2));
  }
  return clockAfter(ptr, ptr + 5, endPtr, -1, first, second);
}

/** dd/Mmm/yyyy, dd-Mmm-yyyy, dd Mmm yyyy, and dd Mmm with a clock behind it; the day ends at dayEndPtr. */
function dayFirstAt(ptr: usize, dayEndPtr: usize, endPtr: usize, separator: u32): i64 {
  const month = monthAt(dayEndPtr + 1, endPtr);
  if (month == 0 || dayEndPtr + 9 > endPtr || load<u8>(dayEndPtr + 4) != <u8>separator) return none(ptr);
  const year = readDigits(dayEndPtr + 5, endPtr, 4);
  const day = readDigits(ptr, endPtr, <i32>(dayEndPtr - ptr));
  if (year >= YEAR_MIN) return clockAfter(ptr, dayEndPtr + 9, endPtr, year, month, day);
  return separator == SPACE ? clockAfter(ptr, dayEndPtr + 4, endPtr, -1, month, day) : none(ptr);
}

/** The clock behind a date, one joining sign (or " - ") between, and the zone behind it where the year is known. */
function clockAfter(ptr: usize, clockPtr: usize, endPtr: usize, year: i32, month: i32, day: i32): i64 {
  if (clockPtr + 9 > endPtr || <u32>(month - 1) > 11 || <u32>(day - 1) > 30) return none(ptr);
  const c = <u32>load<u8>(clockPtr);
  if (c != SPACE && c != UPPER_T && c - DASH > 1 && c != COLON && c != UNDERSCORE && c != TAB && c != COMMA)
    return none(ptr); // - .
  clockPtr++;
  if (c == SPACE && load<u8>(clockPtr) == DASH && load<u8>(clockPtr + 1) == SPACE) clockPtr += 2;
  if (c == COMMA && load<u8>(clockPtr++) != SPACE) return none(ptr);
  const clock = anyClockAt(clockPtr, endPtr);
  if (clock < 0) return none(ptr);
  const seconds = daySeconds(year, month, day, clock);
  if (year < 0) return seconds;
  if (clockPtr == ptr + DATE_BYTES && seconds != NO_TIME) {
    metDate = load<u64>(ptr);
    metDateEnd = load<u32>(ptr, 7);
    metDayStart = seconds - clock;
  }
  return zonedSeconds(seconds, endPtr);
}

/** Of a clock that ends at timeEndPtr, by the zone behind it. */
function zonedSeconds(seconds: i64, endPtr: usize): i64 {
  const zonePtr = timeEndPtr;
  const zone = zoneFrom(zonePtr, zoneBehind(zonePtr, endPtr));
  dateIsZoned = timeEndPtr > zonePtr;
  return seconds == NO_TIME ? NO_TIME : seconds - zone;
}

// The date met last of those that are as long as most, with the sign behind it, and when its day began by its clock.
const DATE_BYTES: usize = 11;
let metDate: u64 = 0;
let metDateEnd: u32 = 0;
let metDayStart: i64 = 0;

/** A clock of any kind, of twelve hours too. */
// @ts-ignore: decorator
@inline
function anyClockAt(ptr: usize, endPtr: usize): i32 {
  let clock = clockAt(ptr, endPtr);
  if (clock < 0) clock = otherClockAt(ptr, endPtr);
  return clock >= 0 ? halved(clock, endPtr) : clock;
}

/** What AM or PM behind the clock makes of it. */
// @ts-ignore: decorator
@inline
function halved(clock: i32, endPtr: usize): i32 {
  return load<u8>(timeEndPtr, 2) == UPPER_M ? withHalfDay(clock, endPtr) : clock;
}

/** ` AM` and ` PM`: which half of the day the clock tells. */
function withHalfDay(clock: i32, endPtr: usize): i32 {
  const half = <u32>load<u8>(timeEndPtr, 1);
  const isOther = timeEndPtr + 3 > endPtr || load<u8>(timeEndPtr) != SPACE || clock < 3600 || clock >= 13 * 3600;
  if (isOther || (half != UPPER_A && half != UPPER_P) || isLetter(<u32>load<u8>(timeEndPtr, 3))) return clock;
  noteClock(0);
  endAt(timeEndPtr + 3);
  if (clock >= 12 * 3600) clock -= 12 * 3600;
  return half == UPPER_P ? clock + 12 * 3600 : clock;
}

/** H:MM:SS, also behind a second space, and HH.MM.SS as some mainframes and supercomputers write it. */
function otherClockAt(ptr: usize, endPtr: usize): i32 {
  if (ptr + 8 > endPtr) return -1;
  const hourPtr = load<u8>(ptr) == SPACE ? ptr + 1 : ptr;
  if (load<u8>(hourPtr, 1) == COLON) {
    const hour = readDigits(hourPtr, endPtr, 1);
    const minute = readDigits(hourPtr + 2, endPtr, 2);
    const second = readDigits(hourPtr + 5, endPtr, 2);
    if (hour < 0 || <u32>minute > 59 || <u32>second > 60 || load<u8>(hourPtr, 4) != COLON) return -1;
    const clockEndPtr = hourPtr + 7;
    const hasFraction = load<u8>(clockEndPtr) == DOT || load<u8>(clockEndPtr) == COLON;
    endAt(hasFraction ? digitsEnd(clockEndPtr + 1, endPtr) : clockEndPtr);
    return hour * 3600 + minute * 60 + second;
  }
  const hour = readDigits(ptr, endPtr, 2);
  const minute = readDigits(ptr + 3, endPtr, 2);
  const second = readDigits(ptr + 6, endPtr, 2);
  if (<u32>hour > 23 || <u32>minute > 59 || <u32>second > 60) return -1;
  if (load<u8>(ptr + 2) != DOT || load<u8>(ptr + 5) != DOT) return -1;
  ptr += 8;
  while (ptr < endPtr && (isDigit(<u32>load<u8>(ptr)) || load<u8>(ptr) == DOT)) ptr++;
  endAt(ptr);
  return hour * 3600 + minute * 60 + second;
}

/** Z, +HHMM, +HH:MM, each also behind a space, and the usual abbreviations behind one; moves timeEndPtr past it. */
function zoneBehind(ptr: usize, endPtr: usize): i32 {
  if (ptr + 3 < endPtr && load<u8>(ptr) == SPACE) {
    const sign = <u32>load<u8>(ptr + 1);
    if (sign == PLUS) return zoneAt(ptr + 1, endPtr);
    // a dash may also stand before the message: four digits must follow, or two and PostgreSQL's process
    if (sign == DASH && (readDigits(ptr + 2, endPtr, 4) >= 0 || load<u16>(ptr, 4) == SPACE_BRACKET)) {
      return zoneAt(ptr + 1, endPtr);
    }
    return sign - UPPER_A < 26 ? namedZone(ptr + 1, ptr, endPtr) : 0;
  }
  return zoneAt(ptr, endPtr);
}

/** Zones with one meaning (RFC 822, and Europe's); leaves timeEndPtr behind it, or at nonePtr where there is none. */
function namedZone(ptr: usize, nonePtr: usize, endPtr: usize): i32 {
  let word: u32 = 0;
  let at = ptr;
  while (at < endPtr && at < ptr + 5 && <u32>load<u8>(at) - UPPER_A < 26) word = (word << 8) | <u32>load<u8>(at++);
  endAt(nonePtr);
  if (at - ptr < 3 || at - ptr > 4 || (at < endPtr && (isLetter(<u32>load<u8>(at)) || isDigit(<u32>load<u8>(at)))))
    return 0;
  const hours = zoneHours(word);
  if (hours == NO_ZONE) return 0;
  endAt(at);
  return hours * 3600;
}

const SPACE_BRACKET: u16 = 0x5b20;
export const NO_ZONE: i32 = i32.MAX_VALUE;

/** A zone that stands in a field of its own, in seconds east of UTC; NO_ZONE where it is none. */
export function zoneOf(ptr: usize, endPtr: usize): i32 {
  const zone = isLetter(<u32>load<u8>(ptr)) ? namedZone(ptr, ptr, endPtr) : zoneAt(ptr, endPtr);
  return timeEndPtr == endPtr ? zone : NO_ZONE;
}

function zoneHours(word: u32): i32 {
  switch (word) {
    case 0x555443: // UTC
    case 0x474d54: // GMT
    case 0x574554: // WET
      return 0;
    case 0x434554: // CET
    case 0x57455354: // WEST
      return 1;
    case 0x454554: // EET
    case 0x43455354: // CEST
      return 2;
    case 0x45455354: // EEST
    case 0x4d534b: // MSK
      return 3;
    case 0x4a5354: // JST
      return 9;
    case 0x454454: // EDT
      return -4;
    case 0x455354: // EST
    case 0x434454: // CDT
      return -5;
    case 0x435354: // CST
    case 0x4d4454: // MDT
      return -6;
    case 0x4d5354: // MST
    case 0x504454: // PDT
      return -7;
    case 0x505354: // PST
      return -8;
    default:
      return NO_ZONE;
  }
}

/** A weekday or a zone may stand before the month, a year before or behind the clock, a zone behind that. */
function namedDateAt(ptr: usize, endPtr: usize): i64 {
  const startPtr = ptr;
  let zone = 0;
  let hasZone = false;
  let wordEndPtr = lettersEnd(ptr, min<usize>(ptr + 10, endPtr));
  const c = <u32>load<u8>(wordEndPtr);
  // most words are none of a date
  if (wordEndPtr - ptr < 3 || wordEndPtr + 8 > endPtr || (c != SPACE && c != COMMA && c != DASH)) return NO_TIME;
  let month = wordEndPtr - ptr == 3 && c != COMMA ? monthAt(ptr, endPtr) : 0;
  if (month == 0) {
    if (c == COMMA) wordEndPtr++;
    if (load<u8>(wordEndPtr) != SPACE) return NO_TIME;
    ptr = wordEndPtr + 1;
    if (isDigit(<u32>load<u8>(ptr))) {
      const dayEndPtr = isDigit(<u32>load<u8>(ptr + 1)) ? ptr + 2 : ptr + 1;
      const seconds = dayFirstAt(ptr, dayEndPtr, endPtr, <u32>load<u8>(dayEndPtr));
      return timeEndPtr == ptr ? none(startPtr) : seconds;
    }
    month = monthAt(ptr, endPtr);
    if (month == 0) return none(startPtr);
    zone = namedZone(startPtr, startPtr, endPtr);
    hasZone = timeEndPtr > startPtr;
  }
  if (ptr + 15 > endPtr) return none(startPtr);
  if (load<u8>(ptr + 3) == DASH) {
    const seconds = yearLastAt(ptr, endPtr, month);
    return timeEndPtr == ptr ? none(startPtr) : seconds;
  }
  if (load<u8>(ptr + 3) != SPACE) return none(startPtr);
  ptr += 4;
  if (load<u8>(ptr) == SPACE) ptr++;
  let day = readDigits(ptr, endPtr, 2);
  ptr += day < 0 ? 1 : 2;
  if (day < 0) day = readDigits(ptr - 1, endPtr, 1);
  if (day < 0) return none(startPtr);
  while (ptr < endPtr && (load<u8>(ptr) == SPACE || load<u8>(ptr) == COMMA)) ptr++;
  let year = readDigits(ptr, endPtr, 4);
  if (year >= YEAR_MIN) ptr += 5;
  const clock = year >= YEAR_MIN ? anyClockAt(ptr, endPtr) : clockAt(ptr, endPtr);
  if (clock < 0) return none(startPtr);
  let zonePtr = timeEndPtr;
  if (year >= YEAR_MIN) zone += zoneBehind(zonePtr, endPtr);
  else if (zonePtr + 5 <= endPtr && load<u8>(zonePtr) == SPACE) {
    year = readDigits(zonePtr + 1, endPtr, 4);
    if (year >= YEAR_MIN) {
      zonePtr += 5;
      zone += zoneAt(zonePtr, endPtr);
    }
  }
  hasZone = hasZone || timeEndPtr > zonePtr;
  dateIsZoned = hasZone;
  const seconds = daySeconds(year >= YEAR_MIN ? year : -1, month, day, clock);
  if (seconds == NO_TIME) return NO_TIME;
  // without a year the clock's own zone is taken off already
  if (year < YEAR_MIN) return hasZone ? seconds + localZoneSeconds - zone : seconds;
  return seconds - (hasZone ? zone : localZoneSeconds);
}

/** Mmm-dd-yy and Mmm-dd-yyyy. */
function yearLastAt(ptr: usize, endPtr: usize, month: i32): i64 {
  if (load<u8>(ptr + 6) != DASH) return none(ptr);
  const day = readDigits(ptr + 4, endPtr, 2);
  const year = readDigits(ptr + 7, endPtr, 4);
  if (year >= YEAR_MIN) return clockAfter(ptr, ptr + 11, endPtr, year, month, day);
  const short = readDigits(ptr + 7, endPtr, 2);
  return short < 0 ? none(ptr) : clockAfter(ptr, ptr + 9, endPtr, 2000 + short, month, day);
}
