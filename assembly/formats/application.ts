/**
 * Application logs: a date, optionally in brackets, then numbers (process, thread), then a level word, optionally in
 * brackets; what follows is the message. Java's and Python's loggers name the thread or the logger first:
 *   DATE LEVEL PID --- [THREAD] LOGGER : MESSAGE        Spring Boot
 *   DATE [THREAD] LEVEL LOGGER - MESSAGE                Logback, Log4j
 *   DATE LEVEL [THREAD] LOGGER - MESSAGE                the same as others set them up
 *   DATE - LOGGER - LEVEL - MESSAGE                     Python
 *   [DATE: LEVEL/PROCESS] MESSAGE                       Celery; Icinga writes LEVEL/FACILITY: behind the bracket
 *   [DATE] PHP LEVEL:  MESSAGE                          PHP
 *   [PID] DATE [LEVEL] MESSAGE                          NATS
 *   PID:ROLE DATE SIGN MESSAGE                          Redis: . debug, - verbose, * notice, # warning
 *   DATE COLUMN… COMPONENT LEVEL MESSAGE                Blue Gene and others: in capitals and digits up to the level
 *   DATE CHANNEL.LEVEL: MESSAGE                         Monolog; other words before a level: levelAmong
 */

import {
  LEVEL_DEBUG,
  LEVEL_INFO,
  LEVEL_NONE,
  LEVEL_TRACE,
  LEVEL_WARN,
  messageEndPtr,
  messagePtr,
  NO_TIME,
  setBody,
  setFormat,
  setLevel,
  setSource,
  setTime,
} from "../event/event";
import { isCloser, isNameByte, isSeparator } from "../fields/byteClass";
import { dateAt } from "../fields/date";
import { parseLevel } from "../fields/level";
import { isQueueManager, queueManagerTime } from "../fields/seekDate";
import { timeEndPtr } from "../fields/time";
import { digitsEnd, findByte, isDigit, isLetter, startsWith } from "../runtime/bytes";
import {
  ASTERISK,
  CLOSE_BRACKET,
  COLON,
  DASH,
  DOT,
  GREATER,
  LESS,
  NUMBER_SIGN,
  OPEN_BRACKET,
  OPEN_PAREN,
  SLASH,
  SPACE,
  TAB,
  UNDERSCORE,
  UPPER_A,
} from "../runtime/characters";
import { Text } from "../runtime/text";
import { parseDatedColumns } from "./columns";
import { parsePostgresql } from "./postgresql";
import { parseWebError } from "./webError";

export const FORMAT_APPLICATION: Text = "application";

/** Level words stand near the date; searching further would take words of the message. */
const LEVEL_BYTES_MAX: usize = 64;
/** So far columns reach. */
const COLUMNS_BYTES_MAX: usize = 128;
/** Thread names and logger names are no longer. */
const NAME_BYTES_MAX: usize = 96;
/** A level stands behind no more words. */
const WORDS_MAX: i32 = 6;
const PHP: u32 = 0x20504850; // "PHP "

export function parseApplication(): bool {
  const endPtr = messageEndPtr;
  let ptr = messagePtr;
  if (load<u8>(ptr) == OPEN_BRACKET || load<u8>(ptr) == OPEN_PAREN || load<u8>(ptr) == LESS) ptr++;
  let seconds = dateAt(ptr, endPtr);
  let hasProcess = false;
  if (timeEndPtr == ptr) {
    if (!isDigit(<u32>load<u8>(ptr))) return false;
    ptr = behindProcess(ptr, endPtr);
    seconds = dateAt(ptr, endPtr);
    if (timeEndPtr == ptr) return false;
    hasProcess = true;
  }
  setFormat(FORMAT_APPLICATION);
  if (seconds != NO_TIME) setTime(seconds);
  const restPtr = timeEndPtr;
  if (parseWebError(ptr, restPtr, endPtr) || parsePostgresql(restPtr, endPtr)) return true;
  if (parseDatedColumns(ptr, restPtr, endPtr)) return true;
  if (load<u8>(ptr, 2) == DASH && parsePhp(restPtr, endPtr)) return true;
  if (load<u8>(restPtr + 2) == SPACE) {
    if (isLetter(<u32>load<u8>(ptr, 3)) && parseSign(restPtr + 1, endPtr, hasProcess)) return true;
    if (isQueueManager(restPtr, endPtr)) queueManagerTime(restPtr, endPtr);
  }
  ptr = skipSeparators(restPtr, endPtr);
  setBody(ptr, endPtr);
  if (levelAfter(ptr, endPtr) || threadFirst(ptr, endPtr) || loggerFirst(ptr, endPtr)) return true;
  if (!columnsFirst(ptr, endPtr)) levelAmong(ptr, endPtr);
  return true;
}

/** Where the date begins behind `PID] ` or `PID:ROLE `; ptr itself where neither stands there. */
function behindProcess(ptr: usize, endPtr: usize): usize {
  const at = digitsEnd(ptr, endPtr);
  const c = <u32>load<u8>(at);
  if (c == CLOSE_BRACKET && load<u8>(at, 1) == SPACE && ptr > messagePtr) return at + 2;
  return c == COLON && isLetter(<u32>load<u8>(at, 1)) && load<u8>(at, 2) == SPACE ? at + 3 : ptr;
}

/** Redis behind a date that begins with its day. A dash alone stands before others' messages, too. */
function parseSign(ptr: usize, endPtr: usize, hasProcess: bool): bool {
  const level = signLevel(<u32>load<u8>(ptr), hasProcess);
  if (level == LEVEL_NONE || ptr + 2 > endPtr) return false;
  setLevel(level);
  setBody(ptr + 2, endPtr);
  return true;
}

function signLevel(sign: u32, hasProcess: bool): i32 {
  if (sign == NUMBER_SIGN) return LEVEL_WARN;
  if (sign == ASTERISK) return LEVEL_INFO;
  if (sign == DOT) return LEVEL_DEBUG;
  return sign == DASH && hasProcess ? LEVEL_TRACE : LEVEL_NONE;
}

/** ` ZONE] PHP Fatal error:  `, `PHP Warning:  `, `PHP Parse error:  `: the first word that is a level. */
function parsePhp(ptr: usize, endPtr: usize): bool {
  const limitPtr = min<usize>(ptr + LEVEL_BYTES_MAX, endPtr);
  ptr = findByte(ptr, limitPtr, CLOSE_BRACKET) + 2;
  if (load<u32>(ptr) != PHP || ptr > limitPtr) return false;
  setBody(ptr, endPtr);
  const colonPtr = findByte(ptr, limitPtr, COLON);
  for (let at = ptr + 4; at < colonPtr && colonPtr < limitPtr; ) {
    const wordEndPtr = findByte(at, colonPtr, SPACE);
    const level = parseLevel(at, wordEndPtr, endPtr);
    if (level != LEVEL_NONE) {
      setLevel(level);
      break;
    }
    at = wordEndPtr + 1;
  }
  return true;
}

function skipSeparators(ptr: usize, endPtr: usize): usize {
  while (ptr < endPtr && isSeparator(<u32>load<u8>(ptr))) ptr++;
  return ptr;
}

function wordEnd(ptr: usize, limitPtr: usize): usize {
  while (ptr < limitPtr && !isSeparator(<u32>load<u8>(ptr))) ptr++;
  return ptr;
}

/** The same, but a bracket that opens a group of its own belongs to the message. */
function skipClosers(ptr: usize, endPtr: usize): usize {
  while (ptr < endPtr && isCloser(<u32>load<u8>(ptr))) ptr++;
  return ptr;
}

/** Numbers and one level word may stand before the message. */
export function levelAfter(ptr: usize, endPtr: usize): bool {
  const limitPtr = ptr + LEVEL_BYTES_MAX < endPtr ? ptr + LEVEL_BYTES_MAX : endPtr;
  while (ptr < limitPtr) {
    let wordEndPtr = wordEnd(ptr, limitPtr);
    if (isDigit(<u32>load<u8>(ptr))) {
      if (digitsEnd(ptr, wordEndPtr) < wordEndPtr) return false;
      ptr = skipSeparators(wordEndPtr, endPtr);
      continue;
    }
    let level = parseLevel(ptr, wordEndPtr, endPtr);
    if (level == LEVEL_NONE) {
      const slashPtr = findByte(ptr, wordEndPtr, SLASH);
      if (slashPtr == wordEndPtr) return false;
      level = parseLevel(ptr, slashPtr, endPtr);
      if (level == LEVEL_NONE) return false;
      while (wordEndPtr < endPtr && isNameByte(<u32>load<u8>(wordEndPtr))) wordEndPtr++;
    }
    setLevel(level);
    ptr = skipClosers(wordEndPtr, endPtr);
    setBody(ptr, endPtr);
    threadAndLogger(ptr, endPtr);
    return true;
  }
  return false;
}

/** `PID --- [THREAD] LOGGER : ` or `[THREAD] LOGGER - ` behind the level; Spring Boot 3 may write two brackets. */
function threadAndLogger(ptr: usize, endPtr: usize): void {
  const limitPtr = ptr + NAME_BYTES_MAX < endPtr ? ptr + NAME_BYTES_MAX : endPtr;
  while (ptr < limitPtr && (load<u8>(ptr) == SPACE || isDigit(<u32>load<u8>(ptr)))) ptr++;
  if (startsWith(ptr, endPtr, "--- [")) ptr += 4;
  else if (ptr >= limitPtr || load<u8>(ptr) != OPEN_BRACKET) return;
  while (ptr < limitPtr && load<u8>(ptr) == OPEN_BRACKET) {
    ptr = findByte(ptr, limitPtr, CLOSE_BRACKET) + 1;
    while (ptr < limitPtr && load<u8>(ptr) == SPACE) ptr++;
  }
  if (ptr < limitPtr) loggerAt(ptr, endPtr);
}

/** LOGGER, spaces, then `:`, `-` or `--`, a space, and the message. */
function loggerAt(ptr: usize, endPtr: usize): bool {
  const limitPtr = ptr + NAME_BYTES_MAX < endPtr ? ptr + NAME_BYTES_MAX : endPtr;
  const nameEndPtr = findByte(ptr, limitPtr, SPACE);
  if (nameEndPtr == ptr || nameEndPtr >= limitPtr) return false;
  let at = nameEndPtr;
  while (at < endPtr && load<u8>(at) == SPACE) at++;
  if (at + 2 > endPtr) return false;
  const sign = <u32>load<u8>(at);
  if (sign != COLON && sign != DASH) return false;
  at++;
  if (sign == DASH && load<u8>(at) == DASH) at++;
  if (at >= endPtr || load<u8>(at) != SPACE) return false;
  setSource(ptr, nameEndPtr);
  setBody(at + 1, endPtr);
  return true;
}

/** `THREAD] LEVEL LOGGER - MESSAGE`, its opening bracket being passed already. */
function threadFirst(ptr: usize, endPtr: usize): bool {
  if (ptr <= messagePtr || load<u8>(ptr - 1) != OPEN_BRACKET) return false;
  const limitPtr = ptr + NAME_BYTES_MAX < endPtr ? ptr + NAME_BYTES_MAX : endPtr;
  const closePtr = findByte(ptr, limitPtr, CLOSE_BRACKET);
  if (closePtr >= limitPtr) return false;
  const levelPtr = skipSeparators(closePtr, endPtr);
  const levelEndPtr = wordEnd(levelPtr, endPtr);
  const level = parseLevel(levelPtr, levelEndPtr, endPtr);
  if (level == LEVEL_NONE) return false;
  setLevel(level);
  const restPtr = skipSeparators(levelEndPtr, endPtr);
  if (!loggerAt(restPtr, endPtr)) setBody(restPtr, endPtr);
  return true;
}

/** `LOGGER - LEVEL - MESSAGE`. */
function loggerFirst(ptr: usize, endPtr: usize): bool {
  const limitPtr = ptr + NAME_BYTES_MAX < endPtr ? ptr + NAME_BYTES_MAX : endPtr;
  const nameEndPtr = findByte(ptr, limitPtr, SPACE);
  if (nameEndPtr == ptr || !startsWith(nameEndPtr, endPtr, " - ")) return false;
  const levelPtr = nameEndPtr + 3;
  const levelEndPtr = wordEnd(levelPtr, endPtr);
  const level = parseLevel(levelPtr, levelEndPtr, endPtr);
  if (level == LEVEL_NONE) return false;
  setLevel(level);
  setSource(ptr, nameEndPtr);
  setBody(skipSeparators(levelEndPtr, endPtr), endPtr);
  return true;
}

/** Of a column: what it is made of. */
const CAPITALS: u32 = 1;
const DIGITS: u32 = 2;

/** Columns without small letters, one with a digit among them, then a level; a word before that is the component. */
function columnsFirst(ptr: usize, endPtr: usize): bool {
  const limitPtr = ptr + COLUMNS_BYTES_MAX < endPtr ? ptr + COLUMNS_BYTES_MAX : endPtr;
  let kindsBefore: u32 = 0;
  let kinds: u32 = 0;
  let beforePtr = ptr;
  for (let at = ptr; at < limitPtr; ) {
    const columnEndPtr = findByte(at, limitPtr, SPACE);
    const columnKinds = columnEndPtr < limitPtr ? kindsOfColumn(at, columnEndPtr) : 0;
    if (columnKinds == 0) return false;
    const isWord = columnKinds == CAPITALS && columnEndPtr - at > 2 && (kindsBefore & DIGITS) != 0;
    const level = isWord ? parseLevel(at, columnEndPtr, endPtr) : LEVEL_NONE;
    if (level != LEVEL_NONE) {
      setLevel(level);
      if (kinds == CAPITALS) setSource(beforePtr, at - 1);
      setBody(columnEndPtr + 1, endPtr);
      return true;
    }
    kinds = columnKinds;
    kindsBefore |= kinds;
    beforePtr = at;
    at = columnEndPtr + 1;
  }
  return false;
}

/** 0 for what is no column: one with small letters or with signs that join nothing. */
function kindsOfColumn(ptr: usize, endPtr: usize): u32 {
  let kinds: u32 = 0;
  for (; ptr < endPtr; ptr++) {
    const c = <u32>load<u8>(ptr);
    if (isDigit(c)) kinds |= DIGITS;
    else if (c - UPPER_A < 26) kinds |= CAPITALS;
    else if (c - DASH > 2 && c != COLON && c != UNDERSCORE) return 0; // - . /
  }
  return kinds;
}

/**
 * Behind a few words: `WORD [level]`, `WORD <level>`, `WORD LEVEL: `, `WORD LEVEL - `, `CHANNEL.LEVEL: ` (Monolog), and
 * in small letters `NAME: level: ` (Dovecot, BIND, unbound), and behind one word between tabs. Elsewhere such words are
 * the message's.
 */
function levelAmong(ptr: usize, endPtr: usize): void {
  const limitPtr = min<usize>(ptr + LEVEL_BYTES_MAX, endPtr);
  if (load<u8>(ptr - 1) == TAB) {
    // AWS Lambda: the request's identifier, the level, and the message, between tabs
    const tabPtr = findByte(ptr, limitPtr, TAB) + 1;
    const level = parseLevel(tabPtr, findByte(tabPtr, limitPtr, TAB), endPtr);
    if (level != LEVEL_NONE) return setLevel(level);
  }
  let before: u32 = 0; // the last byte of the word before
  for (let words = 0; words < WORDS_MAX; words++) {
    const spacePtr = findByte(ptr, limitPtr, SPACE);
    if (spacePtr + 1 >= limitPtr || spacePtr == ptr) return;
    const last = <u32>load<u8>(spacePtr - 1);
    let wordPtr = ptr;
    let wordEndPtr = spacePtr;
    if (last == COLON) {
      wordEndPtr--;
      if (before == 0) wordPtr = behindDots(ptr, wordEndPtr);
      else if (before != COLON && before != CLOSE_BRACKET && !isCapital(ptr)) wordPtr = spacePtr;
    } else if (last == CLOSE_BRACKET || last == GREATER) {
      wordEndPtr--;
      wordPtr = load<u8>(ptr) == OPEN_BRACKET || load<u8>(ptr) == LESS ? ptr + 1 : spacePtr;
    } else if (!isCapital(ptr) || load<u8>(spacePtr, 1) != DASH) wordPtr = spacePtr;
    const level = wordPtr + 1 < wordEndPtr ? parseLevel(wordPtr, wordEndPtr, endPtr) : LEVEL_NONE;
    if (level != LEVEL_NONE) {
      setLevel(level);
      setBody(skipClosers(spacePtr, endPtr), endPtr);
      return;
    }
    before = last;
    ptr = spacePtr + 1;
  }
}

/** Where a level in capitals begins behind the last dot; the end where there is none. */
function behindDots(ptr: usize, endPtr: usize): usize {
  let at = endPtr;
  while (at > ptr && load<u8>(at - 1) != DOT) at--;
  return at > ptr && isCapital(at) ? at : endPtr;
}

function isCapital(ptr: usize): bool {
  return <u32>load<u8>(ptr) - UPPER_A < 26 && <u32>load<u8>(ptr, 1) - UPPER_A < 26;
}
