/**
 * Access logs of Apache, nginx and Tomcat, common and combined:
 *   HOST IDENT USER [10/Oct/2000:13:55:36 -0700] "GET /path HTTP/1.1" 200 2326 …
 * A virtual host may stand before HOST, "REFERRER" "USER AGENT" behind the size.
 */

import { addressHigh, addressLow, readHost } from "../event/address";
import {
  bodyPtr,
  LEVEL_NONE,
  messageEndPtr,
  messagePtr,
  NO_TIME,
  requestSeed,
  setAgent,
  setBody,
  setBytes,
  setFormat,
  setKeyAddress,
  setLevel,
  setMessage,
  setReferrer,
  setRequest,
  setRequestHash,
  setStatus,
  setTime,
} from "../event/event";
import { isPrivate } from "../event/sender";
import { setClient } from "../fields/client";
import { fieldNamed, isDuration, noteDuration } from "../fields/named";
import { isProtocol, PROTOCOL_BYTES, splitRequest } from "../fields/request";
import { monthAt, toSeconds, zoneAt, zoneFrom } from "../fields/time";
import { exactly, findByte, firstMatch, isDigit, matchByte, matchEither, readDigits } from "../runtime/bytes";
import {
  BACKSLASH,
  CASE_BIT,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DASH,
  DIGIT_0,
  EQUALS,
  LESS,
  LOWER_A,
  OPEN_BRACKET,
  QUOTE,
  SLASH,
  SPACE,
  UNDERSCORE,
  UPPER_T,
} from "../runtime/characters";
import { mix } from "../runtime/hash";
import { NAME_START, nameHash } from "../runtime/nameTable";
import { Text } from "../runtime/text";
import { parseStorage } from "./columns";
import { parseSyslog } from "./syslog";

export const FORMAT_ACCESS: Text = "access";

/** The bracket opens within this many bytes of the line's start: hosts and user names are no longer. */
const BRACKET_BYTES_MAX: usize = 512;
const TIME_BYTES: usize = 26;
/** A duration is looked for in so many words behind the agent. */
const DURATION_WORDS_MAX: i32 = 4;

/** Two, four and eight bytes as little-endian numbers. */
const SPACE_QUOTE: u16 = 0x2220;
const QUOTE_SPACE: u16 = 0x2022;
const GET_SPACE: u32 = 0x20544547;
const POST: u32 = 0x54534f50;
const HEAD: u32 = 0x44414548;
const DASH_DASH: u32 = 0x2d202d20; // " - -"
/** ` "-" "` and `" "`, and what of a word they take up. */
const DASH_AGENT: u64 = 0x2220222d2220;
const DASH_AGENT_MASK: u64 = 0xffffffffffff;
const QUOTE_SPACE_QUOTE: u32 = 0x222022;
const THREE_BYTES: u32 = 0xffffff;
const SWEEP_MULTIPLIER: u64 = 0x9e3779b97f4a7c15;
/** matchByte's result where the eighth byte is the first to match. */
const LAST_BYTE_MATCHES: u64 = 0x8000000000000000;

// "HH:MM:SS" as a number; a digit's high half and a value over nine show in the masked bits.
const CLOCK_ZEROS: u64 = 0x30303a30303a3030;
const CLOCK_SIXES: u64 = 0x0606000606000606;
const CLOCK_MASK: u64 = 0xf0f0fff0f0fff0f0;

// The day met last, "dd/Mon/yyyy:" and " +ZZZZ] ", and when it began: neighbouring lines share it.
let dayText: u64 = 0;
let dayTextEnd: u32 = 0;
let dayZone: u64 = 0;
let daySeconds: i64 = 0;

/** True where the message is an access line; then its fields are set. */
export function parseAccess(): bool {
  const startPtr = messagePtr;
  const endPtr = messageEndPtr;
  const searchEndPtr = startPtr + BRACKET_BYTES_MAX < endPtr ? startPtr + BRACKET_BYTES_MAX : endPtr;
  const bracketPtr = findByte(startPtr, searchEndPtr, OPEN_BRACKET);
  // "[dd/Mon/yyyy:HH:MM:SS +ZZZZ] " and a quote: a few fixed bytes decide
  if (bracketPtr == startPtr || bracketPtr == searchEndPtr || bracketPtr + TIME_BYTES + 4 > endPtr) return false;
  if (load<u8>(bracketPtr + 3) != SLASH || load<u8>(bracketPtr + 7) != SLASH || load<u8>(bracketPtr + 12) != COLON)
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
  setHost(startPtr, bracketPtr);
  setFormat(FORMAT_ACCESS);
  const seconds = accessTime(bracketPtr + 1, closePtr);
  if (seconds != NO_TIME) setTime(seconds);
  const requestPtr = closePtr + 3;
  if (usualRequest(requestPtr, endPtr)) return true;
  const quotePtr = closingQuote(requestPtr, endPtr);
  statusAndBytes(quotePtr + 1, endPtr);
  splitRequest(requestPtr, quotePtr);
  return true;
}

/**
 * What all but a few lines have: a method of letters, a target without a space or a quote, `HTTP/1.1"` and a status.
 * One pass over the target; anything else is left to the functions below, which agree on all that is taken here.
 */
// @ts-ignore: decorator
@inline
function usualRequest(ptr: usize, endPtr: usize): bool {
  const spaces = matchByte(load<u64>(ptr), SPACE);
  if (spaces == 0) return false;
  const methodEndPtr = ptr + firstMatch(spaces);
  if (methodEndPtr == ptr || !isMethod(ptr, methodEndPtr)) return false;
  const targetPtr = methodEndPtr + 1;
  let targetEndPtr = targetPtr;
  let hash = mix(requestSeed, firstBytes(load<u64>(ptr), methodEndPtr - ptr));
  let marks: u64;
  let word: u64;
  while (true) {
    word = load<u64>(targetEndPtr);
    marks = matchEither(word, SPACE, QUOTE);
    if (marks != 0) break;
    hash = mix(hash, word);
    targetEndPtr += 8;
    if (targetEndPtr >= endPtr) return false;
  }
  marks = exactly(marks, word);
  if (marks == 0) return false;
  hash = mix(hash, firstBytes(word, firstMatch(marks)));
  targetEndPtr += firstMatch(marks);
  // the space, "HTTP/1.1", the quote, a space and the status's first digit
  if (targetEndPtr + 12 > endPtr || targetEndPtr == targetPtr || load<u8>(targetEndPtr) != SPACE) return false;
  const quotePtr = targetEndPtr + PROTOCOL_BYTES + 1;
  if (load<u16>(quotePtr) != QUOTE_SPACE || !isDigit(<u32>load<u8>(quotePtr + 2))) return false;
  if (!isProtocol(targetEndPtr + 1)) return false;
  statusAndBytes(quotePtr + 1, endPtr);
  setBody(ptr, quotePtr);
  setRequest(ptr, methodEndPtr, targetPtr, targetEndPtr);
  setRequestHash(mix(hash, ((<u64>(targetEndPtr - targetPtr)) << 8) | <u64>(methodEndPtr - ptr)) | 1);
  return true;
}

/** The first `count` (0-7) bytes of a word. */
// @ts-ignore: decorator
@inline
function firstBytes(word: u64, count: usize): u64 {
  return word & (((<u64>1) << (8 * <u64>count)) - 1);
}

function isMethod(ptr: usize, endPtr: usize): bool {
  const word = load<u32>(ptr);
  if (endPtr - ptr == 3 ? word == GET_SPACE : endPtr - ptr == 4 && (word == POST || word == HEAD)) return true;
  while (ptr < endPtr) {
    const c = <u32>load<u8>(ptr);
    if ((c | CASE_BIT) - LOWER_A > 25 && c != DASH && c != UNDERSCORE) return false;
    ptr++;
  }
  return true;
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

function accessTime(ptr: usize, endPtr: usize): i64 {
  const clock = load<u64>(ptr, 12) ^ CLOCK_ZEROS;
  if (((clock | (clock + CLOCK_SIXES)) & CLOCK_MASK) != 0 || endPtr - ptr != TIME_BYTES) return dateTime(ptr, endPtr);
  const hour = <u32>(clock & 15) * 10 + <u32>((clock >> 8) & 15);
  const minute = <u32>((clock >> 24) & 15) * 10 + <u32>((clock >> 32) & 15);
  const second = <u32>((clock >> 48) & 15) * 10 + <u32>(clock >> 56);
  if (hour > 23 || minute > 59 || second > 60) return NO_TIME;
  const secondOfDay = <i64>(hour * 3600 + minute * 60 + second);
  if (load<u64>(ptr) == dayText && load<u32>(ptr, 8) == dayTextEnd && load<u64>(ptr, 20) == dayZone)
    return daySeconds + secondOfDay;
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

/** The host is the first word of "HOST IDENT USER [", or the second behind a virtual host. */
function setHost(startPtr: usize, bracketPtr: usize): void {
  const firstEndPtr = findByte(startPtr, bracketPtr, SPACE);
  if (firstEndPtr == bracketPtr) return;
  if (firstEndPtr + 5 == bracketPtr && load<u32>(firstEndPtr) == DASH_DASH) {
    const c = <u32>load<u8>(startPtr);
    if (c != QUOTE && c != LESS && load<u8>(firstEndPtr - 1) != COMMA) return keepHost(startPtr, firstEndPtr);
  }
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
  if (isHeaded && bodyPtr < bracketPtr) startPtr = bodyPtr;
  setMessage(startPtr, endPtr);
  return startPtr;
}

function setUnusualHost(startPtr: usize, bracketPtr: usize): void {
  let ptr = startPtr;
  const firstEndPtr = findByte(ptr, bracketPtr, SPACE);
  if (firstEndPtr == bracketPtr) return;
  const secondEndPtr = findByte(firstEndPtr + 1, bracketPtr, SPACE);
  const thirdEndPtr = secondEndPtr < bracketPtr ? findByte(secondEndPtr + 1, bracketPtr, SPACE) : bracketPtr;
  const isListed = firstEndPtr > ptr && (load<u8>(firstEndPtr - 1) == COMMA || load<u8>(secondEndPtr - 1) == COMMA);
  if (isListed || load<u8>(ptr) == QUOTE) return keepListed(ptr, bracketPtr);
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
 * Of a list of proxies' that stands first (X-Forwarded-For) the last address that is no private one: what stands before
 * it anybody may have written. Of private ones alone the first. A list in quotes ends with them.
 */
function keepListed(ptr: usize, endPtr: usize): void {
  let found = false;
  while (ptr < endPtr) {
    const wordPtr = ptr;
    while (ptr < endPtr && !endsElement(<u32>load<u8>(ptr))) ptr++;
    if (readHost(wordPtr, ptr)) {
      if (!found || !isPrivate(addressHigh, addressLow)) setKeyAddress(addressHigh, addressLow);
      found = true;
      if (load<u8>(ptr) != COMMA) return;
    }
    ptr++;
  }
}

// @ts-ignore: decorator
@inline
function endsElement(c: u32): bool {
  return c == SPACE || c == COMMA || c == QUOTE;
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
  if ((load<u64>(ptr) & DASH_AGENT_MASK) == DASH_AGENT) ptr += 6;
  else {
    if (load<u16>(ptr) != SPACE_QUOTE) return;
    const quotePtr = sweepQuoted(ptr + 2, endPtr);
    if (quotePtr >= endPtr) return;
    setReferrer(ptr + 2, quotePtr, sweptHash);
    if ((load<u32>(quotePtr) & THREE_BYTES) != QUOTE_SPACE_QUOTE) return;
    ptr = quotePtr + 3;
  }
  const quotePtr = sweepQuoted(ptr, endPtr);
  if (quotePtr >= endPtr) return;
  setAgent(ptr, quotePtr, sweptHash);
  if (quotePtr + 2 < endPtr) duration(quotePtr + 2, endPtr);
}

/** Behind the agent: a number (nginx's seconds have a fraction, Apache's %D are microseconds), or NAME=NUMBER. */
function duration(ptr: usize, endPtr: usize): void {
  for (let words = 0; words < DURATION_WORDS_MAX && ptr < endPtr; words++) {
    const wordEndPtr = findByte(ptr, endPtr, SPACE);
    if (isDigit(<u32>load<u8>(ptr))) return noteDuration(ptr, wordEndPtr, 0.001, true);
    const equalsPtr = findByte(ptr, wordEndPtr, EQUALS);
    if (isDuration(fieldNamed(nameHash(NAME_START, ptr, equalsPtr)))) {
      const valuePtr = equalsPtr + (load<u8>(equalsPtr + 1) == QUOTE ? 2 : 1);
      return noteDuration(valuePtr, wordEndPtr, 1, true);
    }
    ptr = wordEndPtr + 1;
  }
}

/** Seeded hash of what `sweepQuoted` passed over: a multiplication a word, as user agents are long. Never 0. */
let sweptHash: u64 = 0;

/** The quote that ends the text at ptr, endPtr or beyond where there is none; Apache writes a quote inside as \". */
function sweepQuoted(ptr: usize, endPtr: usize): usize {
  const startPtr = ptr;
  let hash = requestSeed;
  while (ptr < endPtr) {
    let word = load<u64>(ptr);
    const next = load<u64>(ptr, 8);
    if ((matchEither(word, QUOTE, QUOTE) | matchEither(next, QUOTE, QUOTE)) != 0) {
      let marks = matchByte(word, QUOTE);
      if (marks == 0) {
        hash = sweepWord(hash, word);
        word = next;
        marks = matchByte(word, QUOTE);
        ptr += 8;
      }
      if (marks != 0) {
        hash = sweepWord(hash, firstBytes(word, firstMatch(marks)));
        ptr += firstMatch(marks);
        if (load<u8>(ptr - 1) == BACKSLASH) {
          ptr++;
          continue;
        }
        sweptHash = sweepWord(hash, ptr - startPtr) | 1;
        return ptr;
      }
      hash = sweepWord(hash, word);
      ptr += 8;
      continue;
    }
    hash = sweepWord(sweepWord(hash, word), next);
    ptr += 16;
  }
  return endPtr;
}

// @ts-ignore: decorator
@inline
function sweepWord(hash: u64, word: u64): u64 {
  return rotl(hash ^ word, 29) * SWEEP_MULTIPLIER;
}
