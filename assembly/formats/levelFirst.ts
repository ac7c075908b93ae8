/**
 * Lines that begin with their level: `I1121 02:11:09.523502  4727 file.go:187] MESSAGE` (glog, Kubernetes),
 * `ERROR:logger:MESSAGE` (Python's default), `E, [DATE #PID] ERROR -- : MESSAGE` (Ruby), and plain `WARNING: MESSAGE`
 * or `[ERROR] MESSAGE`; `INFO  | MESSAGE` (ActiveMQ) and `information/cli: MESSAGE` (Icinga). `2:11AM ERR MESSAGE`
 * (zerolog) and `ERRO[0017] MESSAGE` (logrus) on a console, NestJS and uWSGI.
 */

import {
  LEVEL_NONE,
  level,
  messageEndPtr,
  messagePtr,
  NO_TIME,
  setBody,
  setFormat,
  setLevel,
  setSource,
  setStatus,
  setTime,
} from "../event/event";
import { isNameByte } from "../fields/byteClass";
import { dateAt } from "../fields/date";
import { levelWord, parseLevel } from "../fields/level";
import { isLevelOfSender, readStatus } from "../fields/named";
import { clockAt, daySeconds, timeEndPtr } from "../fields/time";
import { findByte, findRarely, isDigit, isSpace, readDigits, startsWith } from "../runtime/bytes";
import {
  BAR,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DASH,
  LOWER_A,
  OPEN_BRACKET,
  SLASH,
  SPACE,
  UPPER_A,
} from "../runtime/characters";
import { FORMAT_APPLICATION } from "./application";
import { parseDnsQuery, parseGin, parseUvicorn, parseUwsgi } from "./columns";

const WORD_BYTES_MAX: usize = 16;
/** Where the bar stands behind a level that is padded to five letters. */
const BAR_OFFSET: usize = 6;
const NAME_BYTES_MAX: usize = 64;
const CENTURY: i32 = 2000;
/** logrus cuts its levels to so many letters. */
const LOGRUS_BYTES: usize = 4;
const COMP: u32 = 0x706d6f43; // "Comp"
const PID: u32 = 0x3a646970; // "pid:"
const HALF_DAY: u16 = 0x204d; // "M "
const CLOSE_SPACE: u16 = 0x205d; // "] "

/**
 * True where a header was read; a plain level is noted and the line stays a text. What a program says of its line goes
 * before what the header (isBehind) or a number says, which it sends with all of them.
 */
export function parseLevelFirst(isBehind: bool): bool {
  const endPtr = messageEndPtr;
  const ptr = messagePtr;
  if (endPtr - ptr < 6) return false;
  if (isDigit(<u32>load<u8>(ptr))) return parseKitchen(ptr, endPtr);
  const isBracketed = load<u8>(ptr) == OPEN_BRACKET;
  if (load<u32>(ptr) == COMP || isBracketed) takeRails(ptr, endPtr);
  if (isDigit(<u32>load<u8>(ptr + 1))) return parseGlog(ptr, endPtr);
  if (load<u8>(ptr + 1) == COMMA) return parseRuby(ptr, endPtr);
  if (load<u8>(ptr, BAR_OFFSET) == BAR) return parseBarred(ptr, endPtr);
  if (load<u8>(ptr, LOGRUS_BYTES) == OPEN_BRACKET) return parseLogrus(ptr, endPtr);
  if (isBracketed && load<u32>(ptr, 1) == PID) return parseUwsgi(ptr, endPtr);
  if (isSpaced(ptr, endPtr)) {
    noteLevel(parseLevel(ptr, findRarely(ptr, endPtr, SPACE), endPtr), isBehind);
    return false;
  }
  const wordPtr = isBracketed ? ptr + 1 : ptr;
  const limitPtr = wordPtr + WORD_BYTES_MAX < endPtr ? wordPtr + WORD_BYTES_MAX : endPtr;
  const wordEndPtr = findByte(wordPtr, limitPtr, isBracketed ? CLOSE_BRACKET : COLON);
  if (wordEndPtr >= limitPtr || wordEndPtr < wordPtr + 3) return false;
  let found = parseLevel(wordPtr, wordEndPtr, endPtr);
  const slashPtr = found == LEVEL_NONE ? findByte(wordPtr, wordEndPtr, SLASH) : wordEndPtr;
  if (slashPtr < wordEndPtr) found = parseLevel(wordPtr, slashPtr, endPtr);
  if (found == LEVEL_NONE) {
    if (startsWith(ptr, endPtr, "[Nest] ")) return parseNest(ptr, endPtr);
    return startsWith(ptr, endPtr, "[GIN] ") && parseGin(ptr + 6, endPtr);
  }
  if (!isBracketed && pythonLogger(wordEndPtr + 1, endPtr)) {
    setLevel(found);
    return true;
  }
  noteLevel(found, isBehind);
  const restPtr = wordEndPtr + 1;
  if (isBracketed) return load<u8>(restPtr) == SPACE && parseDnsQuery(restPtr, endPtr);
  return load<u8>(restPtr, 1) == SPACE && parseUvicorn(restPtr, endPtr);
}

/** A word or a letter in capitals, a space, and no sentence: `ERROR MESSAGE`, `E DATE`. */
function isSpaced(ptr: usize, endPtr: usize): bool {
  if (!isUpper(ptr)) return false;
  if (load<u8>(ptr, 1) == SPACE) return isDigit(<u32>load<u8>(ptr, 2));
  let at = ptr + 1;
  while (at < endPtr && isUpper(at)) at++;
  return at > ptr + 2 && at < endPtr && load<u8>(at) == SPACE;
}

function isUpper(ptr: usize): bool {
  return <u32>load<u8>(ptr) - UPPER_A < 26;
}

function noteLevel(found: i32, isBehind: bool): void {
  // programs of Unix write small letters, and say it to syslog, too
  const isSaid = isBehind || level == LEVEL_NONE || (load<u8>(messagePtr) < LOWER_A && isLevelOfSender());
  if (found != LEVEL_NONE && isSaid) setLevel(found);
}

/** zerolog on a console: `2:11AM ERR MESSAGE`; the clock has no seconds. */
function parseKitchen(ptr: usize, endPtr: usize): bool {
  const halfPtr = load<u8>(ptr, 1) == COLON ? ptr + 5 : ptr + 6;
  if (load<u16>(halfPtr) != HALF_DAY || halfPtr + 6 > endPtr) return false;
  return takeLevel(parseLevel(halfPtr + 2, halfPtr + 5, endPtr), halfPtr + 6, endPtr);
}

/** logrus on a terminal: `ERRO[0017] MESSAGE`. */
function parseLogrus(ptr: usize, endPtr: usize): bool {
  const closePtr = findRarely(ptr, min<usize>(ptr + WORD_BYTES_MAX, endPtr), CLOSE_BRACKET);
  if (closePtr + 2 > endPtr || load<u16>(closePtr) != CLOSE_SPACE) return false;
  return takeLevel(parseLevel(ptr, ptr + LOGRUS_BYTES, endPtr), closePtr + 2, endPtr);
}

/** `[Nest] PID  - DATE     LEVEL [CONTEXT] MESSAGE` */
function parseNest(ptr: usize, endPtr: usize): bool {
  const datePtr = findRarely(ptr, endPtr, DASH) + 2;
  const seconds = datePtr < endPtr ? dateAt(datePtr, endPtr) : NO_TIME;
  if (seconds == NO_TIME) return false;
  let at = timeEndPtr;
  while (at < endPtr && load<u8>(at) == SPACE) at++;
  const wordEndPtr = findRarely(at, endPtr, SPACE);
  if (wordEndPtr >= endPtr || !takeLevel(levelWord(at, wordEndPtr), wordEndPtr + 1, endPtr)) return false;
  setTime(seconds);
  return true;
}

/** False where it is no level. */
function takeLevel(found: i32, ptr: usize, endPtr: usize): bool {
  if (found == LEVEL_NONE) return false;
  setFormat(FORMAT_APPLICATION);
  setLevel(found);
  setBody(ptr, endPtr);
  return true;
}

/** A level padded with blanks, a bar, and the message. */
function parseBarred(ptr: usize, endPtr: usize): bool {
  const found = parseLevel(ptr, findRarely(ptr, ptr + BAR_OFFSET, SPACE), endPtr);
  if (ptr + BAR_OFFSET + 2 > endPtr || load<u8>(ptr, BAR_OFFSET - 1) != SPACE) return false;
  return takeLevel(found, ptr + BAR_OFFSET + 2, endPtr);
}

/** LOGGER:MESSAGE directly behind the level's colon. */
function pythonLogger(ptr: usize, endPtr: usize): bool {
  let at = ptr;
  while (at < endPtr && at < ptr + NAME_BYTES_MAX && isNameByte(<u32>load<u8>(at))) at++;
  if (at == ptr || at >= endPtr || load<u8>(at) != COLON) return false;
  setFormat(FORMAT_APPLICATION);
  setSource(ptr, at);
  setBody(at + 1, endPtr);
  return true;
}

/** `E, [2026-11-21T02:11:09.123456 #12] ERROR -- PROGRAM: MESSAGE`, Ruby's Logger. */
function parseRuby(ptr: usize, endPtr: usize): bool {
  const found = parseLevel(ptr, ptr + 1, endPtr);
  if (found == LEVEL_NONE || !startsWith(ptr + 1, endPtr, ", [")) return false;
  const seconds = dateAt(ptr + 4, endPtr);
  const colonPtr = findRarely(timeEndPtr, endPtr, COLON);
  if (seconds == NO_TIME || colonPtr + 1 >= endPtr || load<u8>(colonPtr + 1) != SPACE) return false;
  setTime(seconds);
  takeRails(colonPtr + 2, endPtr);
  return takeLevel(found, colonPtr + 2, endPtr);
}

/** `[REQUEST] Completed STATUS …` */
function takeRails(ptr: usize, endPtr: usize): void {
  if (load<u8>(ptr) == OPEN_BRACKET) ptr = findRarely(ptr, endPtr, CLOSE_BRACKET) + 2;
  if (startsWith(ptr, endPtr, "Completed ")) setStatus(readStatus(ptr + 10, endPtr));
}

function parseGlog(ptr: usize, endPtr: usize): bool {
  const found = parseLevel(ptr, ptr + 1, endPtr);
  if (found == LEVEL_NONE || endPtr - ptr < 22) return false;
  // CockroachDB writes the year before the month
  let year = -1;
  if (load<u8>(ptr + 7) == SPACE) {
    year = readDigits(ptr + 1, endPtr, 2);
    if (year < 0) return false;
    year += CENTURY;
    ptr += 2;
  }
  if (load<u8>(ptr + 5) != SPACE) return false;
  const clock = clockAt(ptr + 6, endPtr);
  const month = readDigits(ptr + 1, endPtr, 2);
  const day = readDigits(ptr + 3, endPtr, 2);
  if (clock < 0 || <u32>(month - 1) > 11 || <u32>(day - 1) > 30) return false;
  const seconds = daySeconds(year, month, day, clock);
  let at = timeEndPtr;
  while (at < endPtr && (isSpace(<u32>load<u8>(at)) || isDigit(<u32>load<u8>(at)))) at++;
  const limitPtr = at + NAME_BYTES_MAX < endPtr ? at + NAME_BYTES_MAX : endPtr;
  const closePtr = findByte(at, limitPtr, CLOSE_BRACKET);
  if (closePtr >= limitPtr || closePtr + 1 >= endPtr || load<u8>(closePtr + 1) != SPACE) return false;
  setFormat(FORMAT_APPLICATION);
  setLevel(found);
  if (seconds != NO_TIME) setTime(seconds);
  setBody(closePtr + 2, endPtr);
  return true;
}
