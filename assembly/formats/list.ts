/**
 * Which parser reads a message: each recognises its format by a few bytes and says no otherwise; the first that says
 * yes has it. A line that nobody recognises is plain text. A new format is a file beside this one and a line here, the
 * most particular first; its name stands in its file alone.
 */
import {
  bodyEndPtr,
  bodyPtr,
  format,
  isRequest,
  LEVEL_NONE,
  level,
  messageEndPtr,
  messagePtr,
  NO_TIME,
  noteClock,
  setBody,
  setLevel,
  setMessage,
  setTime,
  timeSeconds,
} from "../event/event";
import { findClientOnce } from "../fields/client";
import { parseLevel } from "../fields/level";
import { shippedSeconds } from "../fields/named";
import { seekDate } from "../fields/seekDate";
import { timeEndPtr } from "../fields/time";
import { digitsEnd, isDigit, matchByte, startsWith } from "../runtime/bytes";
import {
  AT,
  CARRIAGE_RETURN,
  CLOSE_BRACKET,
  COLON,
  DASH,
  EQUALS,
  ESCAPE,
  LOWER_A,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SPACE,
  UPPER_A,
  UPPER_T,
} from "../runtime/characters";
import { parseAccess } from "./access";
import { parseApplication } from "./application";
import { FORMAT_COLUMNS, parseBareColumns, parseColumns, parseQuotedRequest } from "./columns";
import { parseHaproxy } from "./haproxy";
import { parseLevelFirst } from "./levelFirst";
import { parsePairs } from "./pairs";
import { readPlainText } from "./plainText";
import { parseSyslog } from "./syslog";
import { FORMAT_ACCESS } from "./usualAccess";
import { clearInner, isObject, unwrapCri, unwrapJson, withoutColours, wrappedEndPtr, wrappedPtr } from "./wrapped";
import { parseZeek } from "./zeek";

/** A JSON line in Docker's wrapper in a shipper's: deeper nesting is not met. */
const WRAPPERS_MAX: i32 = 3;
const SPACE_QUOTE: u16 = 0x2220;
const THREE_BYTES: u32 = 0xffffff;
const BYTE_ORDER_MARK: u32 = 0xbfbbef;
const MARK_FIRST: u32 = 0xef;
const FIRST_USUAL: u32 = 0x21;
/** Seconds since 1970, a dot, and three digits. */
const SECONDS_BYTES: usize = 14;
/** Two blanks, as they stand around the day behind a month. */
const BLANKS_OF_DAY: u32 = 0x20000020;
const BLANKS_OF_DAY_MASK: u32 = 0xff0000ff;
/** A space, and three bytes further a colon. */
const SPACE_COLON: u32 = 0x3a000020;
const SPACE_AND_COLON: u32 = 0xff0000ff;

export function parseMessage(): void {
  readMessage();
  if (timeSeconds != NO_TIME || shippedSeconds == NO_TIME) return;
  noteClock(0); // one that was read in the message is not that of this time
  setTime(shippedSeconds);
}

function readMessage(): void {
  if (messagePtr == messageEndPtr) return;
  clearInner();
  if (load<u8>(messageEndPtr - 1) <= CARRIAGE_RETURN) trimEnd();
  beginMessage();
  const startPtr = messagePtr;
  const isBraced = load<u8>(startPtr) == OPEN_BRACE;
  if (isBraced && unwrap()) return;
  const isUnwrapped = isBraced && (isObject || messagePtr != startPtr);
  // two forms that a few bytes tell from all others
  const isPair = matchByte(load<u64>(messagePtr), EQUALS) != 0;
  const isGlog = beginsAsGlog(messagePtr);
  const isPairs = isPair && parsePairs(messagePtr, messageEndPtr);
  if (!isUnwrapped && !isPairs && !isGlog && parseAccess()) return;
  const isSearched = isPairs || parseText(isGlog);
  if (format == FORMAT_ACCESS) return;
  if (isRequest) {
    if (!isSearched) findClientOnce(bodyPtr, bodyEndPtr);
  } else readPlainText(isSearched);
}

/** What ends a line is no part of it: Docker's json-file driver keeps it, and so do files of Windows. */
function trimEnd(): void {
  let endPtr = messageEndPtr;
  while (endPtr > messagePtr && (load<u8>(endPtr - 1) == NEWLINE || load<u8>(endPtr - 1) == CARRIAGE_RETURN)) endPtr--;
  if (endPtr > messagePtr) setMessage(messagePtr, endPtr);
}

function beginMessage(): void {
  if (isUnusual(<u32>load<u8>(messagePtr))) skipFirst();
  // before the access parser, which would take the runtime's date for a host
  if (load<u8>(messagePtr + 10) == UPPER_T && unwrapCri() && isUnusual(<u32>load<u8>(messagePtr))) skipFirst();
}

/** A blank, another control character, or what a byte order mark begins with. */
// @ts-ignore: decorator
@inline
function isUnusual(c: u32): bool {
  return <u8>(c - FIRST_USUAL) >= <u8>(MARK_FIRST - FIRST_USUAL);
}

/**
 * One blank before a message is what syslog's senders leave there; two are an indented line. A byte order mark is no
 * part of the line that begins its file. A line that begins in a terminal's colour is read without its colours.
 */
function skipFirst(): void {
  let ptr = messagePtr;
  if ((load<u32>(ptr) & THREE_BYTES) == BYTE_ORDER_MARK) ptr += 3;
  const c = <u32>load<u8>(ptr, 1);
  if (load<u8>(ptr) == SPACE && (c > SPACE || c == ESCAPE)) ptr++;
  if (ptr >= messageEndPtr) return;
  if (ptr > messagePtr) setMessage(ptr, messageEndPtr);
  if (load<u8>(ptr) != ESCAPE) return;
  withoutColours(ptr, messageEndPtr);
  if (wrappedEndPtr > wrappedPtr) setMessage(wrappedPtr, wrappedEndPtr);
}

/** Takes wrappers off the message; true where an access line came to light, and then all is said. */
function unwrap(): bool {
  for (let i = 0; i < WRAPPERS_MAX; i++) {
    if (load<u8>(messagePtr) == OPEN_BRACE) {
      if (!unwrapJson(messagePtr, messageEndPtr)) return false;
      setMessage(wrappedPtr, wrappedEndPtr);
      beginMessage();
    } else if (!unwrapCri()) return false;
    if (messagePtr == messageEndPtr || parseAccess()) return true;
  }
  return false;
}

/** `LMMDD HH:`, as lines of glog begin. */
// @ts-ignore: decorator
@inline
function beginsAsGlog(ptr: usize): bool {
  return (
    (load<u32>(ptr, 5) & SPACE_AND_COLON) == SPACE_COLON &&
    isDigit(<u32>load<u8>(ptr, 1)) &&
    <u32>load<u8>(ptr) - UPPER_A < 26
  );
}

/** True where the client was looked for already. */
function parseText(isGlog: bool): bool {
  if (!isGlog && parseZeek()) return true;
  const startPtr = messagePtr;
  const isHeaded = !isGlog && parseSyslog();
  if (isHeaded && isReadBehind(false)) return true;
  const hasHeader = isHeaded || (!isGlog && parseApplication()) || parseLevelFirst(false);
  // whose columns are known is not looked for among them
  if (format == FORMAT_COLUMNS) return true;
  if (parseHaproxy(bodyPtr, bodyEndPtr)) return true;
  if (parseColumns(bodyPtr, bodyEndPtr, !hasHeader)) return true;
  if (load<u8>(bodyPtr) == OPEN_BRACE && bodyEndPtr > bodyPtr && (hasHeader || messagePtr != startPtr)) {
    // what begins with a brace as it came was tried
    if (unwrapJson(bodyPtr, bodyEndPtr)) setBody(wrappedPtr, wrappedEndPtr);
  } else if (parsePairs(bodyPtr, bodyEndPtr)) return true;
  if (!hasHeader && timeSeconds == NO_TIME) {
    seekDate(messagePtr, messageEndPtr);
    if (timeSeconds != NO_TIME) parseRequestBehind(load<u8>(timeEndPtr) == CLOSE_BRACKET ? timeEndPtr + 1 : timeEndPtr);
  }
  return false;
}

/** PHP-FPM and werkzeug write their request behind a date that is not the line's first. */
function parseRequestBehind(ptr: usize): void {
  if (load<u16>(ptr) == SPACE_QUOTE) parseQuotedRequest(ptr + 1, messageEndPtr);
}

/**
 * Behind syslog's header programs write headers of their own, or a mark and JSON, and relays another header of syslog
 * (isInner): it is looked at as if it came alone. True where all is said: an access line, or one of Zeek's.
 */
function isReadBehind(isInner: bool): bool {
  const c = <u32>load<u8>(bodyPtr);
  // most begin with a word; an access line that does ends in a quote
  if (
    <u32>load<u8>(bodyPtr, 1) - LOWER_A >= 26 ||
    c == AT ||
    c == OPEN_BRACKET ||
    load<u8>(bodyEndPtr - 1) == QUOTE ||
    (load<u32>(bodyPtr, 3) & BLANKS_OF_DAY_MASK) == BLANKS_OF_DAY
  )
    return parseInner(bodyPtr, bodyEndPtr, c, isInner);
  if (load<u8>(bodyPtr, 5) == COLON) noteWord(bodyPtr + 5);
  else if (load<u8>(bodyPtr, 7) == COLON) noteWord(bodyPtr + 7);
  return false;
}

/** `warning: `, `error: `, `fatal: `, as Postfix and sshd begin: a level where the header says none. */
function noteWord(endPtr: usize): void {
  if (level != LEVEL_NONE || endPtr + 1 >= bodyEndPtr || load<u8>(endPtr, 1) != SPACE) return;
  setLevel(parseLevel(bodyPtr, endPtr, bodyEndPtr));
}

/** Digits with a sign among them; a count of seconds is the logger's own but with three decimals, as Squid has it. */
function beginsAsDate(ptr: usize, endPtr: usize): bool {
  if (!isDigit(<u32>load<u8>(ptr))) return false;
  if (!isDigit(<u32>load<u8>(ptr, 2)) || !isDigit(<u32>load<u8>(ptr, 4))) return true;
  return ptr + SECONDS_BYTES < endPtr && load<u8>(ptr + SECONDS_BYTES) == SPACE;
}

function parseInner(ptr: usize, endPtr: usize, c: u32, isInner: bool): bool {
  if (c == OPEN_BRACKET && isDigit(<u32>load<u8>(ptr, 1))) {
    ptr = behindCount(ptr, endPtr);
    c = <u32>load<u8>(ptr);
  }
  if (startsWith(ptr, endPtr, "@cee:")) {
    ptr += 5;
    while (ptr < endPtr && load<u8>(ptr) == SPACE) ptr++;
    setBody(ptr, endPtr);
    return false;
  }
  if (ptr + 6 > endPtr) return false;
  const outerPtr = messagePtr;
  const outerEndPtr = messageEndPtr;
  setMessage(ptr, endPtr);
  if (parseAccess()) {
    // the status says better how bad it is than the header
    setLevel(LEVEL_NONE);
    return true;
  }
  if (isDigit(c) && parseZeek()) return true;
  if (!isInner) {
    if (parseSyslog()) return isReadBehind(true);
    // behind a priority alone
    ptr = messagePtr;
    c = <u32>load<u8>(ptr);
  }
  if (load<u8>(ptr) == ESCAPE) {
    skipFirst();
    ptr = messagePtr;
    endPtr = messageEndPtr;
    c = <u32>load<u8>(ptr);
  }
  if ((c == OPEN_BRACKET || beginsAsDate(ptr, endPtr)) && parseApplication()) return false;
  if ((isDigit(c) || c == OPEN_BRACKET || c - UPPER_A < 26) && parseLevelFirst(true)) return false;
  if (parseBareColumns(ptr, endPtr)) return true;
  setMessage(outerPtr, outerEndPtr);
  setBody(ptr, endPtr);
  return false;
}

/** Behind `[3-1] `, PostgreSQL's count of messages and their parts; ptr where none stands there. */
function behindCount(ptr: usize, endPtr: usize): usize {
  let at = digitsEnd(ptr + 1, endPtr);
  if (load<u8>(at) != DASH) return ptr;
  at = digitsEnd(at + 1, endPtr);
  if (at + 2 >= endPtr || load<u8>(at) != CLOSE_BRACKET || load<u8>(at, 1) != SPACE) return ptr;
  setBody(at + 2, endPtr);
  return at + 2;
}
