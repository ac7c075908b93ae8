/**
 * Access logs of Apache, nginx and Tomcat, common and combined:
 *   HOST IDENT USER [10/Oct/2000:13:55:36 -0700] "GET /path HTTP/1.1" 200 2326 …
 * A virtual host may stand before HOST, "REFERRER" "USER AGENT" behind the size.
 */

import { readHost } from "../event/address";
import {
  bodyPtr,
  LEVEL_NONE,
  messageEndPtr,
  messagePtr,
  NO_TIME,
  setAgent,
  setBytes,
  setFormat,
  setLevel,
  setMessage,
  setReferrer,
  setStatus,
  setTime,
} from "../event/event";
import { setClient, setListedClient } from "../fields/client";
import { splitRequest } from "../fields/request";
import { findByte, findRarely, isDigit, matchByte } from "../runtime/bytes";
import {
  BACKSLASH,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DASH,
  DIGIT_0,
  LESS,
  OPEN_BRACKET,
  QUOTE,
  SLASH,
  SPACE,
  UPPER_T,
} from "../runtime/characters";
import { accessTime, TIME_BYTES } from "./accessTime";
import { parseStorage } from "./columns";
import { parseSyslog } from "./syslog";
import { expectAccess, FORMAT_ACCESS, readDuration, readUsualAccess } from "./usualAccess";

/** The bracket opens within this many bytes of the line's start: hosts and user names are no longer. */
const BRACKET_BYTES_MAX: usize = 512;

/** Two, four and eight bytes as little-endian numbers. */
const SPACE_QUOTE: u16 = 0x2220;
const DASH_DASH: u32 = 0x2d202d20; // " - -"
/** ` "-" "` and `" "`, and what of a word they take up. */
const DASH_AGENT: u64 = 0x2220222d2220;
const DASH_AGENT_MASK: u64 = 0xffffffffffff;
const QUOTE_SPACE_QUOTE: u32 = 0x222022;
const THREE_BYTES: u32 = 0xffffff;
/** matchByte's result where the eighth byte is the first to match. */
const LAST_BYTE_MATCHES: u64 = 0x8000000000000000;

/** True where the message is an access line; then its fields are set. */
export function parseAccess(): bool {
  const startPtr = messagePtr;
  const endPtr = messageEndPtr;
  const searchEndPtr = startPtr + BRACKET_BYTES_MAX < endPtr ? startPtr + BRACKET_BYTES_MAX : endPtr;
  const bracketPtr = findByte(startPtr, searchEndPtr, OPEN_BRACKET);
  // "[dd/Mon/yyyy:HH:MM:SS +ZZZZ] " and a quote: a few fixed bytes decide
  if (bracketPtr == startPtr || bracketPtr == searchEndPtr || bracketPtr + TIME_BYTES + 4 > endPtr) return false;
  if (
    load<u8>(bracketPtr + 3) != SLASH ||
    load<u8>(bracketPtr + 7) != SLASH ||
    !isBehindDay(<u32>load<u8>(bracketPtr + 12))
  )
    return false;
  let closePtr = bracketPtr + TIME_BYTES + 1;
  if (matchByte(load<u64>(closePtr - 7), CLOSE_BRACKET) != LAST_BYTE_MATCHES) {
    closePtr = findByte(
      bracketPtr + 20,
      bracketPtr + TIME_BYTES + 3 < endPtr ? bracketPtr + TIME_BYTES + 3 : endPtr,
      CLOSE_BRACKET,
    );
  }
  if (closePtr + 2 >= endPtr || load<u8>(closePtr) != CLOSE_BRACKET) return false;
  if (load<u16>(closePtr + 1) != SPACE_QUOTE) {
    if (!parseStorage(closePtr + 2, endPtr)) return false;
    setTime(accessTime(bracketPtr + 1, closePtr));
    return true;
  }
  expectAccess();
  if (readUsualAccess(startPtr, endPtr)) return true;
  readHosts(startPtr, bracketPtr);
  setFormat(FORMAT_ACCESS);
  const seconds = accessTime(bracketPtr + 1, closePtr);
  if (seconds != NO_TIME) setTime(seconds);
  const requestPtr = closePtr + 3;
  const quotePtr = closingQuote(requestPtr, endPtr);
  statusAndBytes(quotePtr + 1, endPtr);
  splitRequest(requestPtr, quotePtr);
  return true;
}

/** A colon; Python's own server and werkzeug write a blank there, and no zone. */
// @ts-ignore: decorator
@inline
function isBehindDay(c: u32): bool {
  return c == COLON || c == SPACE;
}

/** The quote that ends the request: Apache writes a quote inside as \", nginx as \x22, others as it is. */
function closingQuote(ptr: usize, endPtr: usize): usize {
  let lastPtr: usize = 0;
  while (ptr < endPtr) {
    ptr = findByte(ptr, endPtr, QUOTE);
    if (ptr >= endPtr) break;
    if (lastPtr == 0) lastPtr = ptr;
    // a status or a dash follows the one that closes
    if (ptr + 2 < endPtr && load<u8>(ptr + 1) == SPACE) {
      const c = <u32>load<u8>(ptr + 2);
      if (load<u8>(ptr - 1) != BACKSLASH && (isDigit(c) || c == DASH)) return ptr;
    }
    ptr++;
  }
  return lastPtr == 0 ? endPtr : lastPtr;
}

/** The host is the first word of "HOST IDENT USER [", or the second behind a virtual host. */
function readHosts(startPtr: usize, bracketPtr: usize): void {
  const firstEndPtr = findByte(startPtr, bracketPtr, SPACE);
  if (firstEndPtr == bracketPtr) return;
  if (firstEndPtr + 5 == bracketPtr && load<u32>(firstEndPtr) == DASH_DASH) {
    const c = <u32>load<u8>(startPtr);
    if (c != QUOTE && c != LESS && load<u8>(firstEndPtr - 1) != COMMA) return keepHost(startPtr, firstEndPtr);
  }
  // a relay may have put a header of its own before that
  startPtr = behindHeader(startPtr, bracketPtr);
  setUnusualHost(behindHeader(startPtr, bracketPtr), bracketPtr);
}

/** Where the line begins behind a header of syslog, which is parsed. */
function behindHeader(startPtr: usize, bracketPtr: usize): usize {
  const c = <u32>load<u8>(startPtr);
  const isBsd = load<u8>(startPtr + 3) == SPACE && load<u8>(startPtr + 9) == COLON;
  if (c != LESS && !isBsd && (!isDigit(c) || load<u8>(startPtr + 10) != UPPER_T)) return startPtr;
  const endPtr = messageEndPtr;
  const isHeaded = parseSyslog() || messagePtr > startPtr;
  // the status says better how bad it is than the header
  if (isHeaded) setLevel(LEVEL_NONE);
  if (isHeaded && bodyPtr <= bracketPtr) startPtr = bodyPtr;
  setMessage(startPtr, endPtr);
  return startPtr;
}

function setUnusualHost(startPtr: usize, bracketPtr: usize): void {
  let ptr = behindNames(startPtr, bracketPtr);
  const firstEndPtr = findByte(ptr, bracketPtr, SPACE);
  if (firstEndPtr == bracketPtr) return;
  const secondEndPtr = findByte(firstEndPtr + 1, bracketPtr, SPACE);
  const thirdEndPtr = secondEndPtr < bracketPtr ? findByte(secondEndPtr + 1, bracketPtr, SPACE) : bracketPtr;
  const isListed = firstEndPtr > ptr && (load<u8>(firstEndPtr - 1) == COMMA || load<u8>(secondEndPtr - 1) == COMMA);
  if (isListed || load<u8>(ptr) == QUOTE) return setListedClient(ptr, bracketPtr);
  // four words and a dash in third place: a virtual host came first
  let hostEndPtr = firstEndPtr;
  if (thirdEndPtr + 1 < bracketPtr && thirdEndPtr - secondEndPtr == 2 && load<u8>(secondEndPtr + 1) == DASH) {
    const fourthEndPtr = findByte(thirdEndPtr + 1, bracketPtr, SPACE);
    if (fourthEndPtr + 1 == bracketPtr) {
      ptr = firstEndPtr + 1;
      hostEndPtr = secondEndPtr;
    }
  }
  keepHost(ptr, hostEndPtr);
}

/**
 * Where the client begins behind names that whoever handed the line over put before it (`web-1  | `): the first address
 * before a dash and any list of proxies. Behind a dash anybody may have written it, in place of a user's name.
 */
function behindNames(startPtr: usize, bracketPtr: usize): usize {
  let ptr = startPtr;
  while (load<u8>(ptr) != DASH) {
    const wordEndPtr = findRarely(ptr, bracketPtr, SPACE);
    if (wordEndPtr == bracketPtr || load<u8>(wordEndPtr - 1) == COMMA) break;
    if (readHost(ptr, wordEndPtr)) return ptr;
    ptr = wordEndPtr + 1;
  }
  return startPtr;
}

// @ts-ignore: decorator
@inline
function keepHost(ptr: usize, endPtr: usize): void {
  if (endPtr - ptr == 1 && load<u8>(ptr) == DASH) return; // "-": no key
  setClient(ptr, endPtr);
}

/** Status, size, and what stands behind them. */
function statusAndBytes(ptr: usize, endPtr: usize): void {
  if (ptr + 4 > endPtr || load<u8>(ptr) != SPACE) return;
  const hundreds = <u32>load<u8>(ptr + 1) - DIGIT_0;
  const tens = <u32>load<u8>(ptr + 2) - DIGIT_0;
  const ones = <u32>load<u8>(ptr + 3) - DIGIT_0;
  if (hundreds - 1 > 8 || tens > 9 || ones > 9) return;
  setStatus(<i32>(hundreds * 100 + tens * 10 + ones));
  ptr += 5;
  const startPtr = ptr;
  const limitPtr = min<usize>(ptr + 9, endPtr);
  let small: u32 = 0;
  while (ptr < limitPtr) {
    const digit = <u32>load<u8>(ptr) - DIGIT_0;
    if (digit >= 10) break;
    small = small * 10 + digit;
    ptr++;
  }
  let size: i64 = ptr <= startPtr ? -1 : <i64>small;
  while (ptr < endPtr && isDigit(<u32>load<u8>(ptr))) {
    size = size * 10 + <i64>(load<u8>(ptr) - DIGIT_0);
    if (size > 1 << 53) return;
    ptr++;
  }
  setBytes(size);
  referrerAndAgent(size < 0 ? ptr + 1 : ptr, endPtr);
}

function referrerAndAgent(ptr: usize, endPtr: usize): void {
  // Tomcat's patterns and Apache's often have how long it took before them
  while (ptr < endPtr && load<u16>(ptr) != SPACE_QUOTE && isOfNumber(<u32>load<u8>(ptr))) ptr++;
  if ((load<u64>(ptr) & DASH_AGENT_MASK) == DASH_AGENT) ptr += 6;
  else {
    if (load<u16>(ptr) != SPACE_QUOTE) return;
    const quotePtr = quotedEnd(ptr + 2, endPtr);
    if (quotePtr >= endPtr) return;
    setReferrer(ptr + 2, quotePtr, 0);
    if ((load<u32>(quotePtr) & THREE_BYTES) != QUOTE_SPACE_QUOTE) return;
    ptr = quotePtr + 3;
  }
  const quotePtr = quotedEnd(ptr, endPtr);
  if (quotePtr >= endPtr) return;
  setAgent(ptr, quotePtr, 0);
  if (quotePtr + 2 < endPtr) readDuration(quotePtr + 2, endPtr);
}

/** A blank, a digit, or what may stand between digits: `-`, `.` and `/`. */
// @ts-ignore: decorator
@inline
function isOfNumber(c: u32): bool {
  return c == SPACE || c - DASH < 13;
}

/** The quote that ends the text at ptr, endPtr where there is none; Apache writes a quote inside as \". */
function quotedEnd(ptr: usize, endPtr: usize): usize {
  do {
    ptr = findByte(ptr, endPtr, QUOTE);
  } while (ptr < endPtr && load<u8>(ptr - 1) == BACKSLASH && ++ptr != 0);
  return ptr;
}
