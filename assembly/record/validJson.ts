/**
 * Whether lines are JSON objects that a strict reader takes (RFC 8259; the limits are those of serde_json, which Vector
 * reads with): a source that refuses one line refuses the whole request it came in. The path of a record does without:
 * what a shipper hands over there is JSON already.
 */
import { digitsEnd, findByte, firstMatch, HIGHS, matchByte } from "../runtime/bytes";
import {
  BACKSLASH,
  CASE_BIT,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DASH,
  DIGIT_0,
  DOT,
  LOWER_B,
  LOWER_E,
  LOWER_F,
  LOWER_N,
  LOWER_R,
  LOWER_T,
  LOWER_U,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  PLUS,
  QUOTE,
  SLASH,
} from "../runtime/characters";
import { FixedArray } from "../runtime/fixedArray";
import { findStop, hex4, skipSpace } from "../runtime/json";

/** serde_json gives up at 128 levels; one is that of the array that events travel in. */
const DEPTH_MAX: i32 = 126;
/** Digits before the point plus the exponent; what is larger may not fit a double, and then the line is refused. */
const MAGNITUDE_MAX: i32 = 308;
const SPACES: u64 = 0x2020202020202020;

/** For each level that is open, whether it is an object. */
const isObject = changetype<FixedArray<bool>>(memory.data(DEPTH_MAX + 1));

/** Whether the line at hand holds a control character; most do not, and then no string needs to be searched for one. */
export let hasControl: bool = false;

/** Bytes of the leading lines that are each one valid JSON object, with their newlines; the last may lack its own. */
export function oddline_valid_lines(ptr: usize, bytes: u32): u32 {
  const startPtr = ptr;
  const endPtr = ptr + <usize>bytes;
  while (ptr < endPtr) {
    const lineEndPtr = findLineEnd(ptr, endPtr);
    if (!isValidObject(ptr, lineEndPtr)) break;
    ptr = min<usize>(lineEndPtr + 1, endPtr);
  }
  return <u32>(ptr - startPtr);
}

/** Where the newline stands, or endPtr; to be asked before `isValidObject`. */
export function findLineEnd(ptr: usize, endPtr: usize): usize {
  hasControl = false;
  while (ptr + 32 <= endPtr) {
    const marks = controlsIn(load<u64>(ptr)) | controlsIn(load<u64>(ptr, 8)) | controlsIn(load<u64>(ptr, 16));
    if (((marks | controlsIn(load<u64>(ptr, 24))) & HIGHS) != 0) break;
    ptr += 32;
  }
  while (ptr < endPtr) {
    const word = load<u64>(ptr);
    const marks = controlsIn(word) & HIGHS;
    if (marks == 0) {
      ptr += 8;
      continue;
    }
    ptr += firstMatch(marks);
    if (ptr >= endPtr || load<u8>(ptr) == NEWLINE) break;
    hasControl = true;
    return findByte(ptr, endPtr, NEWLINE);
  }
  return min<usize>(ptr, endPtr);
}

/** Marks controls by their highest bits, and nothing before the first of them. */
// @ts-ignore: decorator
@inline
function controlsIn(word: u64): u64 {
  return (word - SPACES) & ~word;
}

/** From its first byte on: what begins with a space is a text to the batch interface. */
export function isValidObject(ptr: usize, endPtr: usize): bool {
  if (ptr >= endPtr || load<u8>(ptr) != OPEN_BRACE) return false;
  let depth = 0;
  // One turn a value: what opens a level is followed by its first value, what ends one by the next of the level above.
  while (true) {
    const c = ptr < endPtr ? <u32>load<u8>(ptr) : 0;
    let closed = false;
    if (c == OPEN_BRACE || c == OPEN_BRACKET) {
      if (depth == DEPTH_MAX) return false;
      depth++;
      isObject[depth] = c == OPEN_BRACE;
      ptr = skipSpace(ptr + 1, endPtr);
      if (ptr < endPtr && <u32>load<u8>(ptr) == c + 2) {
        closed = true;
      } else {
        if (c == OPEN_BRACE) ptr = afterKey(ptr, endPtr);
        if (ptr == 0) return false;
        continue;
      }
    } else {
      ptr = scalarEnd(c, ptr, endPtr);
      if (ptr == 0) return false;
    }
    while (true) {
      if (closed) {
        ptr++;
        if (--depth == 0) return skipSpace(ptr, endPtr) == endPtr;
      }
      ptr = skipSpace(ptr, endPtr);
      if (ptr >= endPtr) return false;
      const next = <u32>load<u8>(ptr);
      if (next == COMMA) {
        ptr = skipSpace(ptr + 1, endPtr);
        if (unchecked(isObject[depth])) ptr = afterKey(ptr, endPtr);
        if (ptr == 0) return false;
        break;
      }
      if (next != (unchecked(isObject[depth]) ? CLOSE_BRACE : CLOSE_BRACKET)) return false;
      closed = true;
    }
  }
}

/** Where the value of the member whose key stands at ptr begins, or 0. */
function afterKey(ptr: usize, endPtr: usize): usize {
  if (ptr >= endPtr || load<u8>(ptr) != QUOTE) return 0;
  ptr = stringEnd(ptr + 1, endPtr);
  if (ptr == 0) return 0;
  ptr = skipSpace(ptr, endPtr);
  return ptr < endPtr && load<u8>(ptr) == COLON ? skipSpace(ptr + 1, endPtr) : 0;
}

function scalarEnd(first: u32, ptr: usize, endPtr: usize): usize {
  if (first == QUOTE) return stringEnd(ptr + 1, endPtr);
  if (first == LOWER_T) return literalEnd(ptr, endPtr, 0x65757274); // true
  if (first == LOWER_F) return literalEnd(ptr + 1, endPtr, 0x65736c61); // f, alse
  if (first == LOWER_N) return literalEnd(ptr, endPtr, 0x6c6c756e); // null
  return numberEnd(ptr, endPtr);
}

// @ts-ignore: decorator
@inline
function literalEnd(ptr: usize, endPtr: usize, letters: u32): usize {
  return ptr + 4 <= endPtr && load<u32>(ptr) == letters ? ptr + 4 : 0;
}

/** Behind the quote that ends the string, or 0: control characters, unknown escapes and lone surrogates are refused. */
function stringEnd(ptr: usize, endPtr: usize): usize {
  while (true) {
    ptr = hasControl ? findStopOrControl(ptr, endPtr) : findStop(ptr, endPtr);
    if (ptr >= endPtr) return 0;
    const c = <u32>load<u8>(ptr);
    if (c == QUOTE) return ptr + 1;
    if (c != BACKSLASH) return 0;
    const escaped = ptr + 1 < endPtr ? <u32>load<u8>(ptr + 1) : 0;
    if (escaped == LOWER_U) {
      ptr = escapedEnd(ptr, endPtr);
      if (ptr == 0) return 0;
    } else if (
      escaped == QUOTE ||
      escaped == BACKSLASH ||
      escaped == SLASH ||
      escaped == LOWER_N ||
      escaped == LOWER_T ||
      escaped == LOWER_R ||
      escaped == LOWER_B ||
      escaped == LOWER_F
    ) {
      ptr += 2;
    } else {
      return 0;
    }
  }
}

function findStopOrControl(ptr: usize, endPtr: usize): usize {
  while (ptr < endPtr) {
    const word = load<u64>(ptr);
    const marks = matchByte(word, QUOTE) | matchByte(word, BACKSLASH) | (controlsIn(word) & HIGHS);
    if (marks != 0) return ptr + firstMatch(marks);
    ptr += 8;
  }
  return endPtr;
}

/** End of the \uXXXX at ptr, both halves of a pair taken together; 0 where it is none or half of one. */
function escapedEnd(ptr: usize, endPtr: usize): usize {
  const code = hex4(ptr + 2, endPtr);
  if (code < 0 || (code & 0xfc00) == 0xdc00) return 0;
  if ((code & 0xfc00) != 0xd800) return ptr + 6;
  if (ptr + 12 > endPtr || load<u16>(ptr + 6) != 0x755c) return 0;
  return (hex4(ptr + 8, endPtr) & 0xfc00) == 0xdc00 ? ptr + 12 : 0;
}

function numberEnd(ptr: usize, endPtr: usize): usize {
  if (ptr < endPtr && load<u8>(ptr) == DASH) ptr++;
  const wholePtr = ptr;
  ptr = digitsEnd(ptr, endPtr);
  if (ptr == wholePtr || (load<u8>(wholePtr) == DIGIT_0 && ptr > wholePtr + 1)) return 0;
  let magnitude = ptr - wholePtr > 1000 ? 1000 : <i32>(ptr - wholePtr);
  if (ptr < endPtr && load<u8>(ptr) == DOT) {
    const fractionPtr = ptr + 1;
    ptr = digitsEnd(fractionPtr, endPtr);
    if (ptr == fractionPtr) return 0;
  }
  if (ptr < endPtr && (load<u8>(ptr) | CASE_BIT) == LOWER_E) {
    ptr++;
    const sign = ptr < endPtr ? <u32>load<u8>(ptr) : 0;
    if (sign == PLUS || sign == DASH) ptr++;
    const exponentPtr = ptr;
    ptr = digitsEnd(exponentPtr, endPtr);
    if (ptr == exponentPtr) return 0;
    if (sign != DASH) {
      let exponent = 0;
      for (let at = exponentPtr; at < ptr && exponent < 1000; at++)
        exponent = exponent * 10 + <i32>(load<u8>(at) - DIGIT_0);
      magnitude += exponent;
    }
  }
  return magnitude <= MAGNITUDE_MAX ? ptr : 0;
}
