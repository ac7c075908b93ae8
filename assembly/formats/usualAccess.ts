/**
 * Access lines as nearly all are, read where they lie, in the JSON of their record or unescaped:
 *   HOST - - [10/Oct/2000:13:55:36 -0700] "METHOD TARGET HTTP/1.1" 200 2326 "REFERRER" "USER AGENT"
 * None of the texts in it holds a quote or a backslash, so they are the same bytes either way; in JSON each quote has
 * a backslash before it. Parts that were met are recognised (accessParts.ts). Anything else is left to access.ts,
 * which agrees on all that is taken here.
 */
import {
  findMark,
  findRequest,
  findText,
  HOST_BYTES,
  HOST_BYTES_MAX,
  HOST_TEXT_OFFSET,
  HostPart,
  hostPlaces,
  hostStandsAt,
  keepsParts,
  keepText,
  ORDINARY,
  ORDINARY_AGENT,
  ORDINARY_DIGITS,
  ORDINARY_REFERRER,
  otherHash,
  passedHash,
  placeForHost,
  placeForRequest,
  RequestPart,
  standsAt,
  TextPart,
} from "../event/accessParts";
import { addressHigh, addressLow, readHost } from "../event/address";
import {
  agentPtr,
  messageScratchEndPtr,
  messageScratchPtr,
  NO_TIME,
  referrerPtr,
  setAgent,
  setBytes,
  setDuration,
  setHost,
  setLine,
  setLineTime,
  setReferrer,
  setRequestPart,
  setTime,
} from "../event/event";
import { isNameByte } from "../fields/byteClass";
import { fieldNamed, isDuration, noteDuration } from "../fields/named";
import { isProtocol, methodEnd, PROTOCOL_BYTES } from "../fields/request";
import { findByte, firstMatch, HIGHS, isDigit, matchOtherThanDigits, ONES } from "../runtime/bytes";
import { BACKSLASH, COLON, DASH, DIGIT_0, EQUALS, QUOTE, SPACE } from "../runtime/characters";
import { unescape, unescapedEndPtr } from "../runtime/json";
import { NAME_START, nameHash } from "../runtime/nameTable";
import { Text } from "../runtime/text";
import { isOfMinute, otherMinute, TIME_BYTES, timeInMinute } from "./accessTime";

export const FORMAT_ACCESS: Text = "access";

/** Behind the agent a duration is looked for in so many words. */
const DURATION_WORDS_MAX: i32 = 4;

// Little-endian: " - - [", and `" ` and three digits and a blank, the digits' place masked out.
const DASH_DASH_BRACKET: u64 = 0x5b202d202d20;
const SIX_BYTES: u64 = 0xffffffffffff;
const ANSWER: u64 = 0x200000002022;
const ANSWER_MASK: u64 = 0xff000000ffff;
const STATUS_MASK: u64 = 0xffffff0000;
// A quote, ` "`, and `" "` between two texts, unescaped and in JSON, where each quote has a backslash before it.
const CLOSES: u32 = 0x22;
const OPENS: u32 = 0x2220;
const BETWEEN: u64 = 0x222022;
const CLOSES_IN_JSON: u32 = 0x225c;
const OPENS_IN_JSON: u32 = 0x225c20;
const BETWEEN_IN_JSON: u64 = 0x225c20225c;
/** A record that tail made of a line ends so. */
const END_IN_JSON: u16 = 0x7d22;

const LOW_HALF: u64 = 0xffffffff;
const SPACES: u64 = 0x2020202020202020;
const HOST_MULTIPLIER: u64 = 0x9e3779b97f4a7c15;

// How quotes are written in the line at hand: what ends a text, and the three above with the bytes they take up.
let isInJson: bool = false;
let mark: u64 = QUOTE;
let quoteBytes: usize = 1;
let closes: u32 = CLOSES;
let closesMask: u32 = 0xff;
let opens: u32 = OPENS;
let opensMask: u32 = 0xffff;
let between: u64 = BETWEEN;
let betweenMask: u64 = 0xffffff;

function writeQuotes(inJson: bool): void {
  isInJson = inJson;
  mark = inJson ? BACKSLASH : QUOTE;
  quoteBytes = inJson ? 2 : 1;
  closes = inJson ? CLOSES_IN_JSON : CLOSES;
  closesMask = inJson ? 0xffff : 0xff;
  opens = inJson ? OPENS_IN_JSON : OPENS;
  opensMask = inJson ? 0xffffff : 0xffff;
  between = inJson ? BETWEEN_IN_JSON : BETWEEN;
  betweenMask = inJson ? 0xffffffffff : 0xffffff;
}

export let linePtr: usize = 0;
let lineEndPtr: usize = 0;
/** The host of the line read last; most often the next line has the same. */
export let lineHost: usize = 0;

/**
 * The request of a line that is made of ordinary parts alone, its host aside where that is new: nothing but how often
 * its host comes can be told of it, and of its event only the time is set until `settleLine` is called. 0 for any other
 * line.
 */
export let ordinaryRequest: usize = 0;
let isSettling: bool = false;

/** Whether the line before was an access line: other logs are not asked. */
export let isAccessExpected: bool = false;

export function expectAccess(): void {
  isAccessExpected = true;
}

/** Whether the string at ptr is such a line, and the record ends with it; then it is read. */
// @ts-ignore: decorator
@inline
export function readAccessInJson(ptr: usize, endPtr: usize): bool {
  if (load<u16>(endPtr - 2) == END_IN_JSON) return readAccessBetween(ptr, endPtr - 2, true);
  isAccessExpected = false;
  return false;
}

/**
 * The same of a string that ends at the quote at endPtr. `mayBeOrdinary`: no more is known of its event than what the
 * line says.
 */
// @ts-ignore: decorator
@inline
export function readAccessBetween(ptr: usize, endPtr: usize, mayBeOrdinary: bool): bool {
  if (!isInJson) writeQuotes(true);
  if (!mayBeOrdinary) isSettling = true;
  const isRead = readLine(ptr, endPtr);
  if (!mayBeOrdinary) isSettling = false;
  if (!isRead) isAccessExpected = false;
  return isRead;
}

/** For a record that is none: no line is at hand. */
// @ts-ignore: decorator
@inline
export function clearOrdinary(): void {
  ordinaryRequest = 0;
}

/** The same of a line that was unescaped; not where fields of the record said already what stands in it. */
export function readUsualAccess(ptr: usize, endPtr: usize): bool {
  if ((agentPtr | referrerPtr) != 0) return false;
  if (isInJson) writeQuotes(false);
  isSettling = true;
  const isRead = readLine(ptr, endPtr);
  isSettling = false;
  return isRead;
}

/** Sets the event of the line at hand where that was put off. */
export function settleLine(): void {
  if (ordinaryRequest == 0) return;
  ordinaryRequest = 0;
  isSettling = true;
  readLine(linePtr, lineEndPtr);
  isSettling = false;
}

function readLine(ptr: usize, endPtr: usize): bool {
  const hostPtr = keepsParts ? hostAt(ptr) : 0;
  if (hostPtr == 0) return false;
  const host = changetype<HostPart>(hostPtr);
  const timePtr = ptr + host.bytes + 6;
  let seconds: i64;
  if (isOfMinute(timePtr)) seconds = timeInMinute(timePtr);
  else {
    seconds = otherMinute(timePtr);
    if (seconds == NO_TIME) return false;
  }
  const openPtr = timePtr + TIME_BYTES + 1;
  if (!opensText(openPtr)) return false;
  const requestPtr = openPtr + 1 + quoteBytes;
  const requestEndPtr = findMark(requestPtr, mark);
  // what is not near may be none of this line: nothing was read behind the room that follows each record
  if (requestEndPtr == 0 || requestEndPtr > endPtr) return false;
  const answer = load<u64>(requestEndPtr + quoteBytes - 1);
  if ((answer & ANSWER_MASK) != ANSWER) return false;
  const key = (passedHash + (answer & STATUS_MASK)) | 1;
  let partPtr = findRequest(key);
  if (partPtr == 0) {
    partPtr = keepRequest(key, requestPtr, requestEndPtr, answer);
    if (partPtr == 0) return false;
  }
  const sizePtr = requestEndPtr + quoteBytes + 5;
  const digits = load<u64>(sizePtr);
  const others = matchOtherThanDigits(digits);
  if (others == 0) return false;
  const digitCount = firstMatch(others);
  let behindPtr = sizePtr + digitCount;
  if (digitCount == 0 && load<u8>(behindPtr++) != DASH) return false;
  // a host that is new may turn out to be ordinary (detect/windows/watch.ts)
  let known = (host.prefix == 0 ? ORDINARY : host.known) & changetype<RequestPart>(partPtr).known;
  let referrer: usize = 0;
  let referrerPtr: usize = 0;
  let referrerEndPtr: usize = 0;
  let agent: usize = 0;
  let agentPtr: usize = 0;
  let agentEndPtr: usize = 0;
  if (behindPtr != endPtr) {
    if (!opensText(behindPtr)) return false;
    referrerPtr = behindPtr + 1 + quoteBytes;
    if (load<u8>(referrerPtr) == DASH && isBetween(referrerPtr + 1)) {
      agentPtr = referrerPtr + 2 + 2 * quoteBytes;
      referrerPtr = 0;
    } else {
      referrer = host.referrerPtr;
      referrerEndPtr = referrerPtr + changetype<TextPart>(referrer).bytes;
      if (!standsAt(referrer, referrerPtr) || !isBetween(referrerEndPtr)) {
        referrer = textAt(referrerPtr, 0);
        referrerEndPtr = textEndPtr;
        if (referrerEndPtr == 0 || !isBetween(referrerEndPtr)) return false;
        host.referrerPtr = referrer;
      }
      if (referrerEndPtr >= endPtr) return false;
      known &= knownOf(referrer) | ORDINARY_AGENT;
      agentPtr = referrerEndPtr + 1 + 2 * quoteBytes;
    }
    agent = host.agentPtr;
    agentEndPtr = agentPtr + changetype<TextPart>(agent).bytes;
    if (!standsAt(agent, agentPtr) || !isQuote(agentEndPtr)) {
      agent = textAt(agentPtr, referrer);
      agentEndPtr = textEndPtr;
      if (agentEndPtr == 0) return false;
      host.agentPtr = agent;
    }
    known &= knownOf(agent) | ORDINARY_REFERRER;
    behindPtr = agentEndPtr + quoteBytes;
    if (behindPtr > endPtr) return false;
  }
  lineHost = hostPtr;
  if (
    known == ORDINARY &&
    digitCount <= <usize>changetype<RequestPart>(partPtr).ordinaryDigits &&
    behindPtr == endPtr &&
    !isSettling
  ) {
    linePtr = ptr;
    lineEndPtr = endPtr;
    ordinaryRequest = partPtr;
    setLineTime(seconds);
    return true;
  }
  setDuration(-1);
  if (behindPtr != endPtr && !readTail(behindPtr, endPtr)) return false;
  setLine(ptr, endPtr, isInJson, FORMAT_ACCESS);
  setHost(hostPtr);
  setTime(seconds);
  setRequestPart(partPtr, requestPtr, requestEndPtr);
  setBytes(digitCount == 0 ? -1 : numberOf(digits << (64 - 8 * <u64>digitCount)));
  setReferrer(referrerPtr, referrerEndPtr, referrer);
  setAgent(agentPtr, agentEndPtr, agent);
  return true;
}

/** A blank and a quote. */
// @ts-ignore: decorator
@inline
function opensText(ptr: usize): bool {
  return (load<u32>(ptr) & opensMask) == opens;
}

/** The end of a text, a blank and the beginning of the next. */
// @ts-ignore: decorator
@inline
function isBetween(ptr: usize): bool {
  return (load<u64>(ptr) & betweenMask) == between;
}

// @ts-ignore: decorator
@inline
function isQuote(ptr: usize): bool {
  return (load<u32>(ptr) & closesMask) == closes;
}

/** Of up to seven digits in a word, the last one highest, with nothing below. */
function numberOf(digits: u64): i64 {
  const values = digits & 0x0f0f0f0f0f0f0f0f;
  const pairs = (values * 10 + (values >> 8)) & 0x00ff00ff00ff00ff;
  const fours = (pairs * 100 + (pairs >> 16)) & 0x0000ffff0000ffff;
  return <i64>((fours * 10000 + (fours >> 32)) & LOW_HALF);
}

/** The host at ptr, where ` - - [` follows it; 0 else. */
// @ts-ignore: decorator
@inline
function hostAt(ptr: usize): usize {
  const first = load<u64>(ptr);
  const before = changetype<HostPart>(lineHost);
  const bytes = before.bytes;
  if (first == before.first && bytes - 1 < 16 && load<u64>(ptr + bytes - 8) == before.last) {
    if ((load<u64>(ptr + bytes) & SIX_BYTES) == DASH_DASH_BRACKET) return lineHost;
  }
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
  const hash = ((first * HOST_MULTIPLIER) ^ last) * HOST_MULTIPLIER;
  const partPtr = hostPlaces(hash);
  return isHost(partPtr, ptr, endPtr, first, last) ? partPtr : seekHost(hash, ptr, endPtr, first, last);
}

/** The same of one that is not in the place that it came to last. */
function seekHost(hash: u64, ptr: usize, endPtr: usize, first: u64, last: u64): usize {
  let partPtr = hostPlaces(hash) + HOST_BYTES;
  for (let i = 0; i < 3; i++) {
    if (isHost(partPtr, ptr, endPtr, first, last)) return partPtr;
    partPtr = i == 0 ? hostPlaces(otherHash(hash)) : partPtr + HOST_BYTES;
  }
  return keepHost(hash, ptr, endPtr - ptr);
}

/** Whether the host that is kept stands in [ptr, endPtr), whose first eight bytes and last are given. */
// @ts-ignore: decorator
@inline
function isHost(partPtr: usize, ptr: usize, endPtr: usize, first: u64, last: u64): bool {
  const part = changetype<HostPart>(partPtr);
  const others = (part.first ^ first) | (part.last ^ last) | (<u64>part.bytes ^ <u64>(endPtr - ptr));
  return others == 0 && (endPtr - ptr <= 16 || hostStandsAt(partPtr, ptr));
}

/** Marks blanks, and bytes beyond ASCII, of which no host is kept. */
// @ts-ignore: decorator
@inline
function spacesIn(word: u64): u64 {
  return ((word ^ SPACES) - ONES) & HIGHS;
}

/** Where it is kept; 0 for what is no plain name or address. */
function keepHost(hash: u64, ptr: usize, bytes: usize): usize {
  const endPtr = ptr + bytes;
  if (bytes > HOST_BYTES_MAX) return 0;
  let hasColon = false;
  for (let at = ptr; at < endPtr; at++) {
    const c = <u32>load<u8>(at);
    if (isNameByte(c)) continue;
    if (c != COLON) return 0;
    hasColon = true;
  }
  const partPtr = placeForHost(hash);
  const part = changetype<HostPart>(partPtr);
  memory.fill(partPtr, 0, HOST_TEXT_OFFSET);
  memory.copy(partPtr + HOST_TEXT_OFFSET, ptr, bytes);
  part.bytes = <u32>bytes;
  part.first = load<u64>(ptr);
  part.last = load<u64>(endPtr - 8);
  if (hasColon && readHost(ptr, endPtr)) {
    part.high = addressHigh;
    part.low = addressLow;
    part.isAddress = true;
  }
  return partPtr;
}

/** Where it is kept; 0 for what is no METHOD TARGET HTTP/x.y without further blanks, and a status. */
function keepRequest(key: u64, ptr: usize, endPtr: usize, answer: u64): usize {
  const targetPtr = methodEnd(ptr, endPtr) + 1;
  const spacePtr = endPtr - PROTOCOL_BYTES - 1;
  if (targetPtr == ptr + 1 || targetPtr >= spacePtr || findByte(targetPtr, endPtr, SPACE) != spacePtr) return 0;
  if (!isProtocol(spacePtr + 1) || (isInJson && findByte(ptr, endPtr, QUOTE) < endPtr)) return 0;
  const hundreds = (<u32>(answer >> 16) & 0xff) - DIGIT_0;
  const tens = (<u32>(answer >> 24) & 0xff) - DIGIT_0;
  const ones = (<u32>(answer >> 32) & 0xff) - DIGIT_0;
  if (hundreds - 1 > 8 || tens > 9 || ones > 9) return 0;
  const partPtr = placeForRequest(key);
  const part = changetype<RequestPart>(partPtr);
  part.key = key;
  part.scoredFor = 0;
  part.methodBytes = <u8>(targetPtr - 1 - ptr);
  part.targetBytes = <u16>(spacePtr - targetPtr);
  part.known = 0;
  part.status = <u16>(hundreds * 100 + tens * 10 + ones);
  part.ordinaryDigits = ORDINARY_DIGITS;
  return partPtr;
}

// @ts-ignore: decorator
@inline
function knownOf(textPtr: usize): u32 {
  return textPtr == 0 ? 0 : changetype<TextPart>(textPtr).known;
}

/** Behind the text that `textAt` read; 0 where none is. */
let textEndPtr: usize = 0;

/** What is kept of the text at ptr, 0 where that is nothing; in `otherPtr` another text of this line is kept. */
function textAt(ptr: usize, otherPtr: usize): usize {
  textEndPtr = findMark(ptr, mark);
  if (textEndPtr == 0) return 0;
  const key = passedHash | 1;
  const partPtr = findText(key);
  if (partPtr != 0 && isQuote(textEndPtr)) return partPtr;
  return isClean(ptr) ? keepText(key, ptr, textEndPtr - ptr, otherPtr) : 0;
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
