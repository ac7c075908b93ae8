/**
 * Access lines as nearly all are, read where they lie, in the JSON of their record or unescaped:
 *   HOST - - [10/Oct/2000:13:55:36 -0700] "METHOD TARGET HTTP/1.1" 200 2326 "REFERRER" "USER AGENT"
 * None of the texts in it holds a quote or a backslash, so they are the same bytes either way; in JSON each quote has
 * a backslash before it. Parts that were met are recognised (accessParts.ts). Anything else is left to access.ts,
 * which agrees on all that is taken here.
 */
import {
  findMark,
  HOST_BYTES_MAX,
  HOST_KEY_OFFSET,
  HOST_TEXT_OFFSET,
  HostPart,
  hostPlace,
  isSameText,
  keepsParts,
  keepText,
  passedHash,
  RequestPart,
  requestPlace,
  standsAt,
  TextPart,
  textPlace,
} from "../event/accessParts";
import { addressHigh, addressLow, isIPv4, readHost, writeCanonicalAddress } from "../event/address";
import {
  agentPtr,
  messageScratchEndPtr,
  messageScratchPtr,
  NO_TIME,
  referrerPtr,
  setAgent,
  setBytes,
  setHost,
  setLine,
  setReferrer,
  setRequestPart,
  setTime,
} from "../event/event";
import { fieldNamed, isDuration, noteDuration } from "../fields/named";
import { isProtocol, methodEnd, PROTOCOL_BYTES } from "../fields/request";
import { findByte, firstMatch, HIGHS, isDigit, matchOtherThanDigits, ONES } from "../runtime/bytes";
import {
  BACKSLASH,
  CASE_BIT,
  COLON,
  DASH,
  DIGIT_0,
  DOT,
  EQUALS,
  LOWER_A,
  QUOTE,
  SPACE,
  UNDERSCORE,
} from "../runtime/characters";
import { unescape, unescapedEndPtr } from "../runtime/json";
import { NAME_START, nameHash } from "../runtime/nameTable";
import { Text } from "../runtime/text";
import { TIME_BYTES, usualTime } from "./accessTime";

export const FORMAT_ACCESS: Text = "access";

/** Behind the agent a duration is looked for in so many words. */
const DURATION_WORDS_MAX: i32 = 4;

// Little-endian: " - - [", and `" ` and three digits and a blank, the digits' place masked out.
const DASH_DASH_BRACKET: u64 = 0x5b202d202d20;
const SIX_BYTES: u64 = 0xffffffffffff;
const ANSWER: u64 = 0x200000002022;
const ANSWER_MASK: u64 = 0xff000000ffff;
const STATUS_MASK: u64 = 0xffffff0000;
// ` "`, and `" "` between two texts, unescaped and in JSON.
const OPENS: u64 = 0x2220;
const OPENS_MASK: u64 = 0xffff;
const OPENS_IN_JSON: u64 = 0x225c20;
const OPENS_IN_JSON_MASK: u64 = 0xffffff;
const BETWEEN: u64 = 0x222022;
const BETWEEN_MASK: u64 = 0xffffff;
const BETWEEN_IN_JSON: u64 = 0x225c20225c;
const BETWEEN_IN_JSON_MASK: u64 = 0xffffffffff;
/** A record that tail made of a line ends so. */
const END_IN_JSON: u16 = 0x7d22;

const ZEROS: u64 = 0x3030303030303030;
const LOW_HALF: u64 = 0xffffffff;
const SPACES: u64 = 0x2020202020202020;
const HOST_MULTIPLIER: u64 = 0x9e3779b97f4a7c15;

/** How quotes are written in the line at hand. */
let isInJson: bool = false;
let mark: u64 = 0;
let quoteBytes: usize = 0;

/** Whether the line before was an access line: other logs are not asked. */
export let isAccessExpected: bool = false;

export function expectAccess(): void {
  isAccessExpected = true;
}

/** Whether the string at ptr is such a line, and the record ends with it; then it is read. */
export function readAccessInJson(ptr: usize, endPtr: usize): bool {
  isAccessExpected = false;
  if (load<u16>(endPtr - 2) != END_IN_JSON) return false;
  isInJson = true;
  mark = BACKSLASH;
  quoteBytes = 2;
  isAccessExpected = readLine(ptr, endPtr - 2);
  return isAccessExpected;
}

/** The same of a line that was unescaped; not where fields of the record said already what stands in it. */
export function readUsualAccess(ptr: usize, endPtr: usize): bool {
  if ((agentPtr | referrerPtr) != 0) return false;
  isInJson = false;
  mark = QUOTE;
  quoteBytes = 1;
  return readLine(ptr, endPtr);
}

function readLine(ptr: usize, endPtr: usize): bool {
  const hostPtr = keepsParts ? hostAt(ptr) : 0;
  if (hostPtr == 0) return false;
  const timePtr = ptr + changetype<HostPart>(hostPtr).bytes + 6;
  const seconds = usualTime(timePtr);
  const openPtr = timePtr + TIME_BYTES + 1;
  if (seconds == NO_TIME || !opensText(openPtr)) return false;
  const requestPtr = openPtr + 1 + quoteBytes;
  const requestEndPtr = findMark(requestPtr, mark);
  // what is not near may be none of this line: nothing was read behind the room that follows each record
  if (requestEndPtr == 0 || requestEndPtr > endPtr) return false;
  const answer = load<u64>(requestEndPtr + quoteBytes - 1);
  if ((answer & ANSWER_MASK) != ANSWER) return false;
  const key = (passedHash + (answer & STATUS_MASK)) | 1;
  const partPtr = requestPlace(key);
  if (load<u64>(partPtr) != key && !keepRequest(partPtr, key, requestPtr, requestEndPtr, answer)) return false;
  const sizePtr = requestEndPtr + quoteBytes + 5;
  const digits = load<u64>(sizePtr);
  const others = matchOtherThanDigits(digits);
  if (others == 0) return false;
  let behindPtr = sizePtr + firstMatch(others);
  const size = behindPtr == sizePtr ? -1 : numberOf((digits ^ ZEROS) << (64 - 8 * <u64>(behindPtr - sizePtr)));
  if (size < 0 && load<u8>(behindPtr++) != DASH) return false;
  if (behindPtr != endPtr && !readTexts(hostPtr, behindPtr, endPtr)) return false;
  setLine(ptr, endPtr, isInJson, FORMAT_ACCESS);
  setHost(hostPtr);
  setTime(seconds);
  setRequestPart(partPtr, requestPtr, requestEndPtr);
  setBytes(size);
  return true;
}

/** A blank and a quote. */
// @ts-ignore: decorator
@inline
function opensText(ptr: usize): bool {
  return isInJson ? (load<u64>(ptr) & OPENS_IN_JSON_MASK) == OPENS_IN_JSON : (load<u64>(ptr) & OPENS_MASK) == OPENS;
}

/** The end of a text, a blank and the beginning of the next, in the lower bytes of a word. */
// @ts-ignore: decorator
@inline
function isBetween(word: u64): bool {
  return isInJson ? (word & BETWEEN_IN_JSON_MASK) == BETWEEN_IN_JSON : (word & BETWEEN_MASK) == BETWEEN;
}

/** Up to seven digits in a word, the last one highest, as their values. */
// @ts-ignore: decorator
@inline
function numberOf(digits: u64): i64 {
  const pairs = (digits * 10 + (digits >> 8)) & 0x00ff00ff00ff00ff;
  const fours = (pairs * 100 + (pairs >> 16)) & 0x0000ffff0000ffff;
  return <i64>((fours * 10000 + (fours >> 32)) & LOW_HALF);
}

/** The host at ptr, where ` - - [` follows it; 0 else. */
// @ts-ignore: decorator
@inline
function hostAt(ptr: usize): usize {
  const first = load<u64>(ptr);
  if (spacesIn(first) != 0) return 0; // no address but a few is so short
  let at = ptr + 8;
  let spaces = spacesIn(load<u64>(at));
  while (spaces == 0) {
    at += 8;
    if (at - ptr > HOST_BYTES_MAX) return 0;
    spaces = spacesIn(load<u64>(at));
  }
  const endPtr = at + firstMatch(spaces);
  if ((load<u64>(endPtr) & SIX_BYTES) != DASH_DASH_BRACKET) return 0;
  const last = load<u64>(endPtr - 8);
  const partPtr = hostPlace(((first * HOST_MULTIPLIER) ^ last) * HOST_MULTIPLIER);
  const part = changetype<HostPart>(partPtr);
  if (part.bytes == <u32>(endPtr - ptr) && part.first == first && part.last == last) {
    if (endPtr - ptr <= 16 || isSameText(ptr, partPtr + HOST_TEXT_OFFSET, endPtr - ptr)) return partPtr;
  }
  return keepHost(partPtr, ptr, endPtr - ptr) ? partPtr : 0;
}

/** Marks blanks, and bytes beyond ASCII, of which no host is kept. */
// @ts-ignore: decorator
@inline
function spacesIn(word: u64): u64 {
  return ((word ^ SPACES) - ONES) & HIGHS;
}

/** False for what is no plain name or address. */
function keepHost(partPtr: usize, ptr: usize, bytes: usize): bool {
  const endPtr = ptr + bytes;
  if (bytes > HOST_BYTES_MAX) return false;
  for (let at = ptr; at < endPtr; at++) {
    const c = <u32>load<u8>(at);
    const isOfName = (c | CASE_BIT) - LOWER_A < 26 || isDigit(c) || c == DOT || c == COLON || c == DASH;
    if (!isOfName && c != UNDERSCORE) return false;
  }
  const part = changetype<HostPart>(partPtr);
  const keyPtr = partPtr + HOST_KEY_OFFSET;
  memory.fill(partPtr, 0, HOST_KEY_OFFSET);
  memory.copy(partPtr + HOST_TEXT_OFFSET, ptr, bytes);
  part.bytes = <u32>bytes;
  part.first = load<u64>(ptr);
  part.last = load<u64>(endPtr - 8);
  if (findByte(ptr, endPtr, COLON) < endPtr && readHost(ptr, endPtr)) {
    part.high = addressHigh;
    part.low = addressLow;
    part.isIPv6 = !isIPv4(addressHigh, addressLow);
    part.keyBytes = <u32>(writeCanonicalAddress(addressHigh, addressLow, keyPtr) - keyPtr);
    return true;
  }
  part.keyBytes = <u32>bytes;
  memory.copy(keyPtr, ptr, bytes);
  return true;
}

/** False for what is no METHOD TARGET HTTP/x.y without further blanks, and a status. */
function keepRequest(partPtr: usize, key: u64, ptr: usize, endPtr: usize, answer: u64): bool {
  const targetPtr = methodEnd(ptr, endPtr) + 1;
  const spacePtr = endPtr - PROTOCOL_BYTES - 1;
  if (targetPtr == ptr + 1 || targetPtr >= spacePtr || findByte(targetPtr, endPtr, SPACE) != spacePtr) return false;
  if (!isProtocol(spacePtr + 1) || (isInJson && findByte(ptr, endPtr, QUOTE) < endPtr)) return false;
  const hundreds = (<u32>(answer >> 16) & 0xff) - DIGIT_0;
  const tens = (<u32>(answer >> 24) & 0xff) - DIGIT_0;
  const ones = (<u32>(answer >> 32) & 0xff) - DIGIT_0;
  if (hundreds - 1 > 8 || tens > 9 || ones > 9) return false;
  const part = changetype<RequestPart>(partPtr);
  part.key = key;
  part.scoredFor = 0;
  part.methodBytes = <u8>(targetPtr - 1 - ptr);
  part.targetBytes = <u16>(spacePtr - targetPtr);
  part.known = 0;
  part.status = <i32>(hundreds * 100 + tens * 10 + ones);
  return true;
}

/** Referrer and agent, and what stands behind them. */
function readTexts(hostPtr: usize, ptr: usize, endPtr: usize): bool {
  const host = changetype<HostPart>(hostPtr);
  if (!opensText(ptr)) return false;
  ptr += 1 + quoteBytes;
  const word = load<u64>(ptr);
  let referrer: usize = 0;
  if ((word & 0xff) == DASH && isBetween(word >> 8)) textEndPtr = ptr + 1;
  else {
    referrer = textAt(ptr, host.referrerPtr, 0);
    if (textEndPtr == 0 || textEndPtr + quoteBytes > endPtr || !isBetween(load<u64>(textEndPtr))) return false;
    host.referrerPtr = referrer;
    setReferrer(ptr, textEndPtr, referrer);
  }
  ptr = textEndPtr + 1 + 2 * quoteBytes;
  const agent = textAt(ptr, host.agentPtr, referrer);
  if (textEndPtr == 0 || textEndPtr + quoteBytes > endPtr) return false;
  host.agentPtr = agent;
  setAgent(ptr, textEndPtr, agent);
  return textEndPtr + quoteBytes == endPtr || readTail(textEndPtr + quoteBytes, endPtr);
}

/** Behind the text that `textAt` read; 0 where none is. */
let textEndPtr: usize = 0;

/** What is kept of the text at ptr, 0 where that is nothing; in `otherPtr` another text of this line is kept. */
function textAt(ptr: usize, candidatePtr: usize, otherPtr: usize): usize {
  if (candidatePtr != 0 && standsAt(candidatePtr, ptr)) {
    textEndPtr = ptr + changetype<TextPart>(candidatePtr).bytes;
    if (isQuote(textEndPtr)) return candidatePtr;
  }
  textEndPtr = findMark(ptr, mark);
  if (textEndPtr == 0) return 0;
  const key = passedHash | 1;
  const partPtr = textPlace(key);
  if (load<u64>(partPtr) == key && isQuote(textEndPtr)) return partPtr;
  return isClean(ptr) && partPtr != otherPtr && keepText(partPtr, key, ptr, textEndPtr - ptr) ? partPtr : 0;
}

// @ts-ignore: decorator
@inline
function isQuote(ptr: usize): bool {
  return <u64>load<u8>(ptr) == mark && load<u8>(ptr + quoteBytes - 1) == QUOTE;
}

/** Whether the new text at ptr is the same bytes in JSON and without; where its end is not certain it has none. */
function isClean(ptr: usize): bool {
  const isMixed = findByte(ptr, textEndPtr, isInJson ? QUOTE : BACKSLASH) < textEndPtr;
  if (isInJson ? isMixed || !isQuote(textEndPtr) : load<u8>(textEndPtr - 1) == BACKSLASH) textEndPtr = 0;
  return !isMixed && textEndPtr != 0;
}

/** What follows the agent, which in JSON is unescaped first. */
function readTail(ptr: usize, endPtr: usize): bool {
  if (ptr >= endPtr || load<u8>(ptr) != SPACE) return false;
  if (!isInJson) {
    readDuration(ptr + 1, endPtr);
    return true;
  }
  if (unescape(ptr + 1, endPtr + 1, messageScratchPtr, messageScratchEndPtr()) != endPtr) return false;
  readDuration(messageScratchPtr, unescapedEndPtr);
  return true;
}

/** Behind the agent: a number (nginx's seconds have a fraction, Apache's %D are microseconds), or NAME=NUMBER. */
export function readDuration(ptr: usize, endPtr: usize): void {
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
