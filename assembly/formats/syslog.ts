/**
 * Headers of syslog, BSD's and rsyslog's: `<PRI>Mmm dd [yyyy] hh:mm:ss HOST PROGRAM[PID]: MESSAGE` (RFC 3164; a year is
 * Cisco's) and `<PRI>yyyy-MM-ddThh:mm:ss.ffffff+hh:mm HOST PROGRAM[PID]: MESSAGE`. PRI and PID may be missing.
 */

import {
  LEVEL_NONE,
  messageEndPtr,
  messagePtr,
  NO_TIME,
  setBody,
  setFormat,
  setLevel,
  setMessage,
  setSource,
  setTime,
  timeSeconds,
} from "../event/event";
import { dateAt, dateIsZoned, NO_ZONE, zoneOf } from "../fields/date";
import { parseLevel } from "../fields/level";
import { seekDate } from "../fields/seekDate";
import { severityLevel } from "../fields/severity";
import { clockAt, daySeconds, localZoneSeconds, monthAt, timeEndPtr } from "../fields/time";
import { digitsEnd, findByte, isDigit, isSpace, readDigits, startsWith } from "../runtime/bytes";
import {
  CLOSE_BRACKET,
  CLOSE_PAREN,
  COLON,
  COMMA,
  GREATER,
  LESS,
  OPEN_BRACKET,
  OPEN_PAREN,
  PERCENT,
  SPACE,
  UPPER_A,
  UPPER_T,
  UPPER_Z,
} from "../runtime/characters";
import { ciscoSeverity, takeCisco } from "./cisco";
import { FORMAT_SYSLOG, parseRfc5424 } from "./rfc5424";

const WORD_BYTES_MAX: usize = 128;
/** The date that may stand between a sequence number and the message is no longer. */
const CISCO_BYTES_MAX: usize = 48;
const YEAR_MIN: i32 = 1970;
const COLON_SPACE: u16 = 0x203a;

/** True where a header was read; a priority without one is taken off the message. */
export function parseSyslog(): bool {
  const endPtr = messageEndPtr;
  let ptr = messagePtr;
  let hasPriority = false;
  // over TCP some write before it how many bytes follow (RFC 6587): " <"
  const countedPtr = ptr + (load<u8>(ptr, 3) == SPACE ? 4 : 5);
  if (load<u16>(countedPtr - 1) == 0x3c20 && countedPtr < endPtr && isDigit(<u32>load<u8>(ptr))) ptr = countedPtr;
  if (load<u8>(ptr) == LESS) {
    const digitsPtr = ptr + 1;
    const closePtr = findByte(digitsPtr, min<usize>(ptr + 4, endPtr), GREATER); // at most three digits
    if (closePtr >= endPtr || load<u8>(closePtr) != GREATER) return false;
    const priority = closePtr > digitsPtr ? readDigits(digitsPtr, closePtr, <i32>(closePtr - digitsPtr)) : -1;
    ptr = closePtr + 1;
    if (priority >= 0) {
      hasPriority = true;
      setLevel(severityLevel(priority & 7));
      if (parseRfc5424(ptr, endPtr)) return true;
      setMessage(ptr, endPtr);
    }
  }
  if (load<u8>(ptr) == PERCENT && ciscoSeverity(ptr, endPtr) != 0) {
    // without "logging timestamp" Cisco's firewalls write no header
    setFormat(FORMAT_SYSLOG);
    takeCisco(ptr, endPtr);
    return true;
  }
  // a date of either kind and what follows it are no shorter
  if (ptr + 18 > endPtr) return false;
  if (load<u8>(ptr + 3) == SPACE && parseBsd(ptr, endPtr)) return true;
  if (load<u8>(ptr + 10) == UPPER_T && parseIso(ptr, endPtr)) return true;
  return hasPriority && parseCiscoDate(ptr, endPtr);
}

/** Cisco's switches and routers put a number, their name, and a date of one kind or another before their message. */
function parseCiscoDate(ptr: usize, endPtr: usize): bool {
  const percentPtr = findByte(ptr, min<usize>(ptr + WORD_BYTES_MAX, endPtr - 1), PERCENT);
  if (load<u16>(percentPtr - 2) != COLON_SPACE || load<u8>(percentPtr) != PERCENT) return false;
  if (ciscoSeverity(percentPtr, endPtr) == 0) return false;
  setFormat(FORMAT_SYSLOG);
  const outerSeconds = timeSeconds;
  setTime(NO_TIME);
  seekDate(ptr, percentPtr);
  if (timeSeconds == NO_TIME) setTime(outerSeconds);
  else takeZone(timeEndPtr + 1, percentPtr - 2, timeSeconds);
  takeCisco(percentPtr, endPtr);
  return true;
}

function parseBsd(ptr: usize, endPtr: usize): bool {
  // "Mmm dd hh:mm:ss " is 16 bytes wide in every line, and 21 with a year
  const hasYear = load<u8>(ptr + 9) != COLON;
  if (load<u8>(ptr + 6) != SPACE || (hasYear && load<u8>(ptr + 14) != COLON)) return false;
  const month = monthAt(ptr, endPtr);
  const tens = <u32>load<u8>(ptr + 4);
  const day = tens == SPACE ? readDigits(ptr + 5, endPtr, 1) : readDigits(ptr + 4, endPtr, 2);
  const clock = clockAt(hasYear ? ptr + 12 : ptr + 7, endPtr);
  if (month == 0 || day < 1 || clock < 0) return false;
  const year = hasYear ? readDigits(ptr + 7, endPtr, 4) : -1;
  let seconds = daySeconds(year, month, day, clock);
  const found = hostAndProgram(timeEndPtr, endPtr);
  if (hasYear) {
    // others write such dates before their text, too
    if (year < YEAR_MIN || seconds == NO_TIME || found != SURE) return false;
    seconds -= localZoneSeconds;
  } else if (found == NONE) return false;
  takeHeader(seconds, endPtr);
  return true;
}

/** Only with the zone, and with a PID where that is Z: others write a date before their text, too. */
function parseIso(ptr: usize, endPtr: usize): bool {
  const seconds = dateAt(ptr, endPtr);
  if (seconds == NO_TIME || !dateIsZoned) return false;
  const hostPtr = timeEndPtr + 1;
  // a colon behind the first word makes it the program, or a level
  const least = load<u8>(timeEndPtr - 1) == UPPER_Z ? SURE : NAMED;
  if (hostAndProgram(timeEndPtr, endPtr) < least || namePtr == hostPtr) return false;
  if (parseLevel(hostPtr, findByte(hostPtr, endPtr, SPACE), endPtr) != LEVEL_NONE) return false;
  takeHeader(seconds, endPtr);
  return true;
}

/** Takes in what hostAndProgram found. */
function takeHeader(seconds: i64, endPtr: usize): void {
  setFormat(FORMAT_SYSLOG);
  if (seconds != NO_TIME) setTime(seconds);
  if (ciscoPtr != 0) {
    // a zone stands where others have the host
    if (seconds != NO_TIME) takeZone(namePtr, nameEndPtr, seconds);
    return takeCisco(ciscoPtr, endPtr);
  }
  if (nameEndPtr > namePtr) setSource(namePtr, nameEndPtr);
  setBody(innerPtr, endPtr);
}

function takeZone(ptr: usize, endPtr: usize, seconds: i64): void {
  const zone = endPtr > ptr ? zoneOf(ptr, endPtr) : NO_ZONE;
  if (zone != NO_ZONE) setTime(seconds + localZoneSeconds - zone);
}

let namePtr: usize = 0;
let nameEndPtr: usize = 0;
let innerPtr: usize = 0;
let ciscoPtr: usize = 0;

// How sure it is that a host and a program follow.
const NONE: i32 = 0;
const HOST: i32 = 1;
const NAMED: i32 = 2;
const SURE: i32 = 3; // a PID, or what Cisco calls its messages

/** `ptr` is behind the clock: ` HOST PROGRAM`, ` PROGRAM:`, and Cisco's ` HOST : %` and `: %`. */
function hostAndProgram(ptr: usize, endPtr: usize): i32 {
  if (ptr + 2 >= endPtr) return NONE;
  let at = ptr;
  if (load<u8>(at) != COLON) {
    if (load<u8>(at) != SPACE) return NONE;
    const hostPtr = at + 1;
    const hostEndPtr = findByte(hostPtr, min<usize>(hostPtr + WORD_BYTES_MAX, endPtr), SPACE);
    if (hostEndPtr >= endPtr || load<u8>(hostEndPtr) != SPACE) return NONE;
    // some write no host: then the program stands in its place, or PAN-OS's "1,DATE"
    at = load<u8>(hostEndPtr - 1) == COLON || load<u8>(hostPtr, 1) == COMMA ? hostPtr : hostEndPtr + 1;
  }
  ciscoPtr = 0;
  const found = program(at, endPtr);
  // names of programs begin with a letter
  if (load<u8>(at) >= UPPER_A && load<u8>(innerPtr) != PERCENT) return found;
  findCisco(at, endPtr);
  return ciscoPtr != 0 ? SURE : found;
}

function findCisco(at: usize, endPtr: usize): void {
  while (at < endPtr && load<u8>(at) == SPACE) at++;
  if (startsWith(at, endPtr, ": %")) at += 2;
  else if (load<u8>(at) != PERCENT) {
    const isNumber = innerPtr > at && isDigit(<u32>load<u8>(at));
    at = innerPtr;
    if (isNumber) {
      // behind a sequence number Cisco's devices may write the date once more
      const percentPtr = findByte(at, min<usize>(at + CISCO_BYTES_MAX, endPtr), PERCENT);
      if (load<u8>(percentPtr - 1) == SPACE) at = percentPtr;
    }
  }
  if (at < endPtr && load<u8>(at) == PERCENT && ciscoSeverity(at, endPtr) != 0) ciscoPtr = at;
}

/** PROGRAM, PROGRAM[PID], PROGRAM(module)[PID], each with a colon; else the whole rest is the message. */
function program(ptr: usize, endPtr: usize): i32 {
  namePtr = ptr;
  nameEndPtr = ptr;
  innerPtr = ptr;
  const limitPtr = ptr + WORD_BYTES_MAX < endPtr ? ptr + WORD_BYTES_MAX : endPtr;
  let at = ptr;
  while (at < limitPtr) {
    const c = <u32>load<u8>(at);
    if (c == COLON || c == OPEN_BRACKET || c == OPEN_PAREN || isSpace(c)) break;
    at++;
  }
  const wordEndPtr = at;
  let found = NAMED;
  if (at == ptr || at >= limitPtr) return HOST;
  if (load<u8>(at) == OPEN_PAREN) {
    at = findByte(at, limitPtr, CLOSE_PAREN) + 1;
    if (at >= limitPtr) return HOST;
  }
  if (load<u8>(at) == OPEN_BRACKET) {
    at = digitsEnd(at + 1, limitPtr);
    if (at >= limitPtr || load<u8>(at) != CLOSE_BRACKET) return HOST;
    at++;
    found = SURE;
  }
  if (at >= endPtr || load<u8>(at) != COLON) return HOST;
  nameEndPtr = wordEndPtr;
  at++;
  if (at < endPtr && load<u8>(at) == SPACE) at++;
  innerPtr = at;
  return found;
}
