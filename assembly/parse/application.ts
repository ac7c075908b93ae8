/**
 * Application logs: a leading date or time in one of the usual shapes, optionally in brackets, then numbers (process,
 * thread), then a level word, optionally in brackets. What follows is the message. Nothing found: plain text.
 */
import { isDigit, isSpace, readDigits } from "../bytes";
import {
  FORMAT_APPLICATION,
  LEVEL_NONE,
  messageEndPtr,
  messagePtr,
  NO_TIME,
  setBody,
  setFormat,
  setLevel,
  setTime,
} from "../event";
import { parseLevel } from "./level";
import { clockAt, monthAt, timeEndPtr, toSeconds, toSecondsNoYear, zoneAt } from "./time";

/** Level words stand near the date; searching further would take words of the message. */
const LEVEL_BYTES_MAX: usize = 64;

export function parseApplication(): bool {
  const endPtr = messageEndPtr;
  let ptr = messagePtr;
  if (ptr < endPtr && (load<u8>(ptr) == 0x5b || load<u8>(ptr) == 0x28)) ptr++;
  if (ptr + 8 > endPtr) return false;
  const seconds = dateTimeAt(ptr, endPtr);
  if (timeEndPtr == ptr) return false;
  setFormat(FORMAT_APPLICATION);
  if (seconds != NO_TIME) setTime(seconds);
  ptr = skipSeparators(timeEndPtr, endPtr);
  setBody(ptr, endPtr);
  levelAfter(ptr, endPtr);
  return true;
}

// @ts-ignore: decorator
@inline
function isSeparator(c: u32): bool {
  return isSpace(c) || c == 0x5b || c == 0x5d || c == 0x28 || c == 0x29 || c == 0x2d || c == 0x7c || c == 0x2c || c == 0x3a;
}

function skipSeparators(ptr: usize, endPtr: usize): usize {
  while (ptr < endPtr && isSeparator(<u32>load<u8>(ptr))) ptr++;
  return ptr;
}

/** Numbers and one level word may stand before the message. */
function levelAfter(ptr: usize, endPtr: usize): void {
  const limitPtr = ptr + LEVEL_BYTES_MAX < endPtr ? ptr + LEVEL_BYTES_MAX : endPtr;
  while (ptr < limitPtr) {
    let wordEndPtr = ptr;
    while (wordEndPtr < limitPtr && !isSeparator(<u32>load<u8>(wordEndPtr))) wordEndPtr++;
    if (isDigit(<u32>load<u8>(ptr))) {
      let at = ptr;
      while (at < wordEndPtr && isDigit(<u32>load<u8>(at))) at++;
      if (at < wordEndPtr) return;
      ptr = skipSeparators(wordEndPtr, endPtr);
      continue;
    }
    const level = parseLevel(ptr, wordEndPtr);
    if (level != LEVEL_NONE) {
      setLevel(level);
      setBody(skipSeparators(wordEndPtr, endPtr), endPtr);
    }
    return;
  }
}

/** Unix seconds and timeEndPtr behind the date; timeEndPtr = ptr where there is none; NO_TIME where it says no day. */
function dateTimeAt(ptr: usize, endPtr: usize): i64 {
  timeNone(ptr);
  return isDigit(<u32>load<u8>(ptr)) ? numericDateAt(ptr, endPtr) : namedDateAt(ptr, endPtr);
}

function timeNone(ptr: usize): void {
  zoneAt(ptr, ptr); // leaves timeEndPtr = ptr
}

/** `Www Mmm dd HH:MM:SS[.frac] [ZZZ] yyyy`, `Mmm dd[,] [yyyy] HH:MM:SS`. */
function namedDateAt(ptr: usize, endPtr: usize): i64 {
  const startPtr = ptr;
  let month = monthAt(ptr, endPtr);
  if ((month == 0 || !isSpace(<u32>load<u8>(ptr + 3))) && ptr + 8 < endPtr && load<u8>(ptr + 3) == 0x20) {
    ptr += 4;
    month = monthAt(ptr, endPtr);
  }
  if (month == 0 || ptr + 14 > endPtr || load<u8>(ptr + 3) != 0x20) return none(startPtr);
  ptr += 4;
  if (load<u8>(ptr) == 0x20) ptr++;
  let day = readDigits(ptr, endPtr, 2);
  ptr += day < 0 ? 1 : 2;
  if (day < 0) day = readDigits(ptr - 1, endPtr, 1);
  if (day < 0) return none(startPtr);
  while (ptr < endPtr && (load<u8>(ptr) == 0x20 || load<u8>(ptr) == 0x2c)) ptr++;
  let year = readDigits(ptr, endPtr, 4);
  if (year >= 1970) ptr += 5;
  const clock = clockAt(ptr, endPtr);
  if (clock < 0) return none(startPtr);
  if (year < 1970 && timeEndPtr + 5 <= endPtr && load<u8>(timeEndPtr) == 0x20) {
    year = readDigits(timeEndPtr + 1, endPtr, 4);
    if (year >= 1970) zoneAt(timeEndPtr + 5, endPtr);
  }
  if (year >= 1970) return toSeconds(year, month, day, clock / 3600, (clock / 60) % 60, clock % 60);
  return toSecondsNoYear(month, day, clock / 3600, (clock / 60) % 60, clock % 60);
}

function none(ptr: usize): i64 {
  timeNone(ptr);
  return NO_TIME;
}

/**
 * yyyy-MM-dd, yyyy/MM/dd, yyyyMMdd, yy/MM/dd, yyMMdd, MM-dd, MM.dd, each with HH:MM:SS (HHMMSS after yyMMdd) behind
 * T, space or dash and a zone; HH:MM:SS alone; ten digits of Unix seconds.
 */
function numericDateAt(ptr: usize, endPtr: usize): i64 {
  let digits = 1;
  while (ptr + <usize>digits < endPtr && digits < 15 && isDigit(<u32>load<u8>(ptr + <usize>digits))) digits++;
  const separator = ptr + <usize>digits < endPtr ? <u32>load<u8>(ptr + <usize>digits) : 0;
  if (digits == 4 && (separator == 0x2d || separator == 0x2f || separator == 0x2e)) {
    const month = readDigits(ptr + 5, endPtr, 2);
    const day = readDigits(ptr + 8, endPtr, 2);
    if (month < 0 || day < 0 || load<u8>(ptr + 7) != <u8>separator) return none(ptr);
    return clockAfter(ptr, ptr + 10, endPtr, readDigits(ptr, endPtr, 4), month, day);
  }
  if (digits == 8) {
    const year = readDigits(ptr, endPtr, 4);
    return clockAfter(ptr, ptr + 8, endPtr, year, readDigits(ptr + 4, endPtr, 2), readDigits(ptr + 6, endPtr, 2));
  }
  if (digits == 6 && separator == 0x20) {
    const year = 2000 + readDigits(ptr, endPtr, 2);
    const clockPtr = ptr + 7;
    if (readDigits(clockPtr, endPtr, 6) < 0) return none(ptr);
    const seconds = toSeconds(year, readDigits(ptr + 2, endPtr, 2), readDigits(ptr + 4, endPtr, 2),
      readDigits(clockPtr, endPtr, 2), readDigits(clockPtr + 2, endPtr, 2), readDigits(clockPtr + 4, endPtr, 2));
    timeNone(seconds == NO_TIME ? ptr : clockPtr + 6);
    return seconds;
  }
  if (digits == 10 && isSpace(separator)) {
    timeNone(ptr + 10);
    return <i64>readDigits(ptr, endPtr, 9) * 10 + <i64>(load<u8>(ptr + 9) - 0x30);
  }
  if (digits != 2) return none(ptr);
  if (separator == 0x3a) {
    const clock = clockAt(ptr, endPtr);
    return clock < 0 ? none(ptr) : NO_TIME;
  }
  if (separator == 0x2f && ptr + 8 < endPtr && load<u8>(ptr + 5) == 0x2f) {
    const day = readDigits(ptr + 6, endPtr, 2);
    return clockAfter(ptr, ptr + 8, endPtr, 2000 + readDigits(ptr, endPtr, 2), readDigits(ptr + 3, endPtr, 2), day);
  }
  if (separator != 0x2d && separator != 0x2e && separator != 0x2f) return none(ptr);
  return clockAfter(ptr, ptr + 5, endPtr, -1, readDigits(ptr, endPtr, 2), readDigits(ptr + 3, endPtr, 2));
}

function clockAfter(ptr: usize, clockPtr: usize, endPtr: usize, year: i32, month: i32, day: i32): i64 {
  if (clockPtr + 9 > endPtr || month < 1 || month > 12 || day < 1 || day > 31) return none(ptr);
  const c = <u32>load<u8>(clockPtr);
  if (c != 0x20 && c != 0x54 && c != 0x2d && c != 0x2e && c != 0x3a) return none(ptr);
  let clock = clockAt(clockPtr + 1, endPtr);
  if (clock < 0) {
    clock = dottedClockAt(clockPtr + 1, endPtr);
    if (clock < 0) return none(ptr);
  }
  if (year < 0) return toSecondsNoYear(month, day, clock / 3600, (clock / 60) % 60, clock % 60);
  const zonePtr = timeEndPtr < endPtr && load<u8>(timeEndPtr) == 0x20 && timeEndPtr + 6 <= endPtr
    && (load<u8>(timeEndPtr + 1) == 0x2b) ? timeEndPtr + 1 : timeEndPtr;
  const zone = zoneAt(zonePtr, endPtr);
  const seconds = toSeconds(year, month, day, clock / 3600, (clock / 60) % 60, clock % 60);
  return seconds == NO_TIME ? none(ptr) : seconds - zone;
}

/** HH.MM.SS, as some mainframes and supercomputers write it. */
function dottedClockAt(ptr: usize, endPtr: usize): i32 {
  const hour = readDigits(ptr, endPtr, 2);
  const minute = readDigits(ptr + 3, endPtr, 2);
  const second = readDigits(ptr + 6, endPtr, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return -1;
  if (load<u8>(ptr + 2) != 0x2e || load<u8>(ptr + 5) != 0x2e) return -1;
  ptr += 8;
  while (ptr < endPtr && (isDigit(<u32>load<u8>(ptr)) || load<u8>(ptr) == 0x2e)) ptr++;
  timeNone(ptr);
  return hour * 3600 + minute * 60 + second;
}
