/**
 * Times as logs write them, to Unix seconds. Days from the civil calendar: Howard Hinnant,
 * https://howardhinnant.github.io/date_algorithms.html (days_from_civil, civil_from_days).
 */

import { NO_TIME, noteClock } from "../event/event";
import { forgetSkeletons } from "../event/skeleton";
import { digitsEnd, HIGHS, readDigits, SEVENS, ZEROS } from "../runtime/bytes";
import { CLOSE_BRACKET, COLON, COMMA, DASH, DOT, PLUS, UPPER_Z } from "../runtime/characters";
import { noteDecided } from "../runtime/decided";

/** Unix seconds when the record arrived; lines without a year take one by it. */
export let arrivalSeconds: i64 = 0;

/** Seconds east of UTC of the clocks that write no zone. */
export let localZoneSeconds: i32 = 0;

export function setLocalZone(seconds: i32): void {
  localZoneSeconds = seconds;
  forgetSkeletons();
}

export function setArrival(seconds: i64): void {
  arrivalSeconds = seconds;
}

/** First byte after what the last successful time function read. */
export let timeEndPtr: usize = 0;

export const DAY_SECONDS: i64 = 86400;
/** 00:00:00, and what sets the highest bit of a byte that is no digit, or no colon. */
const CLOCK: u64 = 0x30303a30303a3030;
const BEYOND_CLOCK: u64 = 0x76767f76767f7676;
/** From 1896 to 1904. */
const LEAP_YEARS_APART_MAX: i32 = 8;

export function daysFromCivil(year: i64, month: i64, day: i64): i64 {
  if (month <= 2) year -= 1;
  const era = (year >= 0 ? year : year - 399) / 400;
  const yearOfEra = year - era * 400;
  const dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468;
}

function yearOf(seconds: i64): i64 {
  let days = seconds / DAY_SECONDS;
  if (seconds % DAY_SECONDS < 0) days -= 1;
  days += 719468;
  const era = (days >= 0 ? days : days - 146096) / 146097;
  const dayOfEra = days - era * 146097;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  return yearOfEra + era * 400 + (dayOfYear >= 306 ? 1 : 0);
}

function daysOf(year: i32, month: i32): i32 {
  if (month == 2) return isLeap(year) ? 29 : 28;
  return 30 + ((month + (month >> 3)) & 1); // odd months to July, even ones from August on
}

function isLeap(year: i32): bool {
  return (year & 3) == 0 && (year % 25 != 0 || (year & 15) == 0); // of hundreds only those of 400
}

/** Seconds since the epoch, or NO_TIME where a part is out of its range (a leap second counts as the next second). */
export function toSeconds(year: i32, month: i32, day: i32, hour: i32, minute: i32, second: i32): i64 {
  if (year < 0 || <u32>(month - 1) > 11 || <u32>hour > 23 || <u32>minute > 59 || <u32>second > 60) return NO_TIME;
  if (<u32>(day - 1) > 27 && (day < 1 || day > daysOf(year, month))) return NO_TIME;
  return daysFromCivil(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second;
}

/**
 * The same without a year: the latest that ends no more than a day after the arrival, as a line is never older than a
 * year unless it says so, and clocks differ by no more. A leap day is that of the last leap year. Such lines have no
 * zone of their own either.
 */
export function toSecondsNoYear(month: i32, day: i32, hour: i32, minute: i32, second: i32): i64 {
  const near = <i32>yearOf(arrivalSeconds);
  const isLeapDay = day == 29 && month == 2;
  for (let year = near + 1; year >= near - LEAP_YEARS_APART_MAX; year--) {
    if (isLeapDay && !isLeap(year)) continue;
    let seconds = toSeconds(year, month, day, hour, minute, second);
    if (seconds != NO_TIME) seconds -= localZoneSeconds;
    if (seconds == NO_TIME || seconds <= arrivalSeconds + DAY_SECONDS) return seconds;
  }
  return NO_TIME;
}

// The day met last and when it began, as its clock's zone has it; of one without a year the same day a year on as well.
let knownDay: i32 = 0;
let knownZoneSeconds: i32 = 0;
let knownStart: i64 = 0;
let knownNextStart: i64 = 0;

/** Whether a day without a year was read since somebody set this to false: which one it is depends on the arrival. */
export let lacksYear: bool = false;

export function forgetYears(): void {
  lacksYear = false;
}

/** A day and the seconds of its clock (86400 is the leap second that ends it), without a year where it is negative. */
export function daySeconds(year: i32, month: i32, day: i32, clock: i32): i64 {
  const asked = (((year << 8) | month) << 8) | day;
  if (year < 0) lacksYear = true;
  if (asked != knownDay || knownZoneSeconds != localZoneSeconds) return learnDay(asked, year, month, day, clock);
  const seconds = knownStart + clock;
  if (year >= 0) return seconds;
  const latest = arrivalSeconds + DAY_SECONDS;
  return seconds <= latest && knownNextStart + clock > latest ? seconds : learnDay(asked, year, month, day, clock);
}

function learnDay(asked: i32, year: i32, month: i32, day: i32, clock: i32): i64 {
  const hour = min<i32>(clock / 3600, 23);
  const minute = min<i32>((clock - hour * 3600) / 60, 59);
  const second = clock - hour * 3600 - minute * 60;
  const hasYear = year >= 0;
  const seconds = hasYear
    ? toSeconds(year, month, day, hour, minute, second)
    : toSecondsNoYear(month, day, hour, minute, second);
  if (seconds == NO_TIME) return NO_TIME;
  knownDay = 0;
  if (!hasYear) {
    if (month == 2 && day == 29) return seconds;
    const nextYear = yearOf(seconds - clock + localZoneSeconds) + 1;
    knownNextStart = daysFromCivil(nextYear, month, day) * DAY_SECONDS - localZoneSeconds;
  }
  knownDay = asked;
  knownStart = seconds - clock;
  knownZoneSeconds = localZoneSeconds;
  return seconds;
}

/** 1-12 for an English three-letter month in its usual spelling, else 0. */
export function monthAt(ptr: usize, endPtr: usize): i32 {
  if (ptr + 3 > endPtr) return 0;
  const word = (load<u32>(ptr) & 0xffffff) | 0x202020;
  switch (word) {
    case 0x6e616a:
      return 1;
    case 0x626566:
      return 2;
    case 0x72616d:
      return 3;
    case 0x727061:
      return 4;
    case 0x79616d:
      return 5;
    case 0x6e756a:
      return 6;
    case 0x6c756a:
      return 7;
    case 0x677561:
      return 8;
    case 0x706573:
      return 9;
    case 0x74636f:
      return 10;
    case 0x766f6e:
      return 11;
    case 0x636564:
      return 12;
    default:
      return 0;
  }
}

/** Seconds of the day for HH:MM:SS at ptr, or -1; leaves its end in timeEndPtr, a fraction included. */
export function clockAt(ptr: usize, endPtr: usize): i32 {
  if (ptr + 8 > endPtr || !isClock(load<u64>(ptr))) return -1;
  noteDecided(ptr, ptr + 8);
  const seconds = secondsOfDay(ptr, false);
  if (seconds < 0) return -1;
  noteClock(ptr);
  timeEndPtr = fractionEnd(ptr + 8, endPtr);
  return seconds;
}

/** Where a fraction behind the clock that ends at ptr ends: which digits it has nobody asks. */
// @ts-ignore: decorator
@inline
export function fractionEnd(ptr: usize, endPtr: usize): usize {
  const c = <u32>load<u8>(ptr);
  if (c != DOT && c != COMMA && c != COLON) return ptr;
  const digitsEndPtr = digitsEnd(ptr + 1, endPtr);
  return digitsEndPtr > ptr + 1 ? digitsEndPtr : ptr;
}

/** Whether digits and colons stand as in HH:MM:SS. */
// @ts-ignore: decorator
@inline
function isClock(word: u64): bool {
  const offset = word ^ CLOCK;
  return ((((offset & SEVENS) + BEYOND_CLOCK) | offset) & HIGHS) == 0;
}

/** Of two digits each, where digits stand as in a clock, `isShort` without colons; -1 where one says no time. */
// @ts-ignore: decorator
@inline
export function secondsOfDay(ptr: usize, isShort: bool): i32 {
  const digits = load<u64>(ptr) ^ ZEROS;
  const numbers = digits * 10 + (digits >> 8);
  const hour = <i32>(numbers & 255);
  const minute = <i32>((isShort ? numbers >> 16 : numbers >> 24) & 255);
  const second = <i32>((isShort ? numbers >> 32 : numbers >> 48) & 255);
  return hour > 23 || minute > 59 || second > 60 ? -1 : hour * 3600 + minute * 60 + second;
}

/** The zone that was read at ptr, or that of clocks which write none. */
export function zoneFrom(ptr: usize, zone: i32): i32 {
  return timeEndPtr == ptr ? localZoneSeconds : zone;
}

/**
 * Offset in seconds east of UTC for Z, +HHMM, +HH:MM, and +HH before what ends a word, at ptr (0 where there is none);
 * moves timeEndPtr past it.
 */
export function zoneAt(ptr: usize, endPtr: usize): i32 {
  timeEndPtr = ptr;
  if (ptr >= endPtr) return 0;
  const c = <u32>load<u8>(ptr);
  if (c == UPPER_Z) {
    timeEndPtr = ptr + 1;
    return 0;
  }
  if (c != PLUS && c != DASH) return 0;
  const hours = readDigits(ptr + 1, endPtr, 2);
  if (hours < 0) return 0;
  let minutesPtr = ptr + 3;
  if (minutesPtr < endPtr && load<u8>(minutesPtr) == COLON) minutesPtr++;
  let minutes = readDigits(minutesPtr, endPtr, 2);
  if (minutes < 0) {
    // PostgreSQL writes whole hours alone
    const next = <u32>load<u8>(ptr, 3);
    if (ptr + 3 < endPtr && next > COMMA && next != CLOSE_BRACKET) return 0;
    minutes = 0;
    minutesPtr = ptr + 1;
  }
  timeEndPtr = minutesPtr + 2;
  const offset = hours * 3600 + minutes * 60;
  return c == DASH ? -offset : offset;
}
