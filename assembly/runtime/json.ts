/**
 * Walks JSON bytes (RFC 8259) without building objects. Strings are skipped or unescaped eight bytes at a time.
 * Every function takes the end of the text and never reads a byte of meaning beyond it; wide loads stay within memory
 * because record buffers are followed by slack (see memory.ts).
 */
import { exactly, firstMatch, hexValue, matchEither } from "./bytes";
import {
  BACKSLASH,
  BACKSPACE,
  CARRIAGE_RETURN,
  CASE_BIT,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  DASH,
  DIGIT_0,
  DOT,
  FORM_FEED,
  LOWER_A,
  LOWER_B,
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
  SPACE,
  TAB,
} from "./characters";

/** Escapes that are no valid code point (a lone surrogate) become U+FFFD. */
const REPLACEMENT: u32 = 0xfffd;
/** \" as two bytes in memory. */
const ESCAPED_QUOTE: u16 = 0x225c;
/** The same behind another byte; and behind a colon or a comma (or a plain byte like them) and a space. */
const ESCAPED_QUOTE_SECOND: u32 = 0x225c00;
const SPACED_ESCAPED_QUOTE: u32 = 0x225c203e;
const SIGNS_DIFFER: u32 = 0x16;

// `\\x` and two digits, as a byte of binary data is written in JSON, and with each backslash escaped once more.
const BYTE_START: u64 = 0x785c5c;
const BYTE_START_TWICE: u64 = 0x785c5c5c5c;
const BYTE_BYTES: usize = 5;

// @ts-ignore: decorator
@inline
function isEscapedByte(word: u64): bool {
  return startsByte(word, BYTE_START, 24);
}

// @ts-ignore: decorator
@inline
export function isByteEscapedTwice(word: u64): bool {
  return startsByte(word, BYTE_START_TWICE, 40);
}

/** Of the digits this much is looked at: neither a quote nor a backslash has one of the bits 4 and 6 alone. */
// @ts-ignore: decorator
@inline
function startsByte(word: u64, start: u64, startBits: u64): bool {
  const digits = (<u64>0x1010) << startBits;
  return ((word ^ ((word >> 2) & digits)) & ((((<u64>1) << startBits) - 1) | digits)) == (start | digits);
}

/** Address of the first byte from ptr on that is no blank of JSON. */
export function skipSpace(ptr: usize, endPtr: usize): usize {
  while (ptr < endPtr) {
    const c = <u32>load<u8>(ptr);
    if (c != SPACE && c != NEWLINE && c != CARRIAGE_RETURN && c != TAB) break;
    ptr++;
  }
  return ptr;
}

/** Address of the first quote or backslash from ptr on; endPtr or more where there is none. */
// @ts-ignore: decorator
@inline
export function findStop(ptr: usize, endPtr: usize): usize {
  while (ptr < endPtr) {
    const word = load<u64>(ptr);
    const next = load<u64>(ptr, 8);
    const wordMarks = matchEither(word, QUOTE, BACKSLASH);
    const nextWordMarks = matchEither(next, QUOTE, BACKSLASH);
    // two words a step: in an interpreter the loop's own instructions weigh as much as the work on a word
    if ((wordMarks | nextWordMarks) != 0) {
      const marks = exactly(wordMarks, word);
      if (marks != 0) return ptr + firstMatch(marks);
      const nextMarks = exactly(nextWordMarks, next);
      if (nextMarks != 0) return ptr + 8 + firstMatch(nextMarks);
    }
    ptr += 16;
  }
  return endPtr;
}

/** Whether something was passed over that a strict reader may refuse: an escape, or a value that is no string. */
export let skippedUnchecked: bool = false;

export function checkFromHere(): void {
  skippedUnchecked = false;
}

/** Address of the quote that ends the string whose first byte is at ptr, or 0. */
export function skipString(ptr: usize, endPtr: usize): usize {
  while (true) {
    ptr = findStop(ptr, endPtr);
    if (ptr >= endPtr) return 0;
    if (load<u8>(ptr) == QUOTE) return ptr;
    skippedUnchecked = true;
    ptr += 2;
  }
}

/** End of the JSON value at ptr, or 0 where there is none. Nested values are matched by depth, not checked further. */
export function skipValue(ptr: usize, endPtr: usize): usize {
  if (ptr >= endPtr) return 0;
  const first = <u32>load<u8>(ptr);
  if (first == QUOTE) {
    const quotePtr = skipString(ptr + 1, endPtr);
    return quotePtr == 0 ? 0 : quotePtr + 1;
  }
  skippedUnchecked = true;
  if (first != OPEN_BRACE && first != OPEN_BRACKET) return skipScalar(ptr, endPtr);
  let depth = 0;
  while (ptr < endPtr) {
    const c = <u32>load<u8>(ptr);
    if (c == QUOTE) {
      ptr = skipString(ptr + 1, endPtr);
      if (ptr == 0) return 0;
    } else if (c == OPEN_BRACE || c == OPEN_BRACKET) {
      depth++;
    } else if (c == CLOSE_BRACE || c == CLOSE_BRACKET) {
      depth--;
      if (depth == 0) return ptr + 1;
    }
    ptr++;
  }
  return 0;
}

/** Numbers and the three literals; 0 where the bytes can be neither. */
export function skipScalar(ptr: usize, endPtr: usize): usize {
  const startPtr = ptr;
  while (ptr < endPtr) {
    const c = <u32>load<u8>(ptr);
    const lower = c | CASE_BIT;
    if (c - DIGIT_0 < 10 || lower - LOWER_A < 26 || c == DASH || c == PLUS || c == DOT) ptr++;
    else break;
  }
  return ptr == startPtr ? 0 : ptr;
}

/** Where the last `unescape` stopped writing. */
export let unescapedEndPtr: usize = 0;

/**
 * Writes the string whose first byte is at ptr, unescaped, to targetPtr; returns the address of its closing quote, or 0
 * where the string does not end. Past targetEndPtr nothing more is written, the string is only skipped.
 */
export function unescape(ptr: usize, endPtr: usize, targetPtr: usize, targetEndPtr: usize): usize {
  const safeEndPtr = targetEndPtr - 16;
  while (true) {
    // quotes of JSON in JSON stand near: then a word is written whole, and what is behind the stop in it written over
    const isRoomy = targetPtr + 16 <= safeEndPtr;
    const word = load<u64>(ptr);
    let marks = exactly(matchEither(word, QUOTE, BACKSLASH), word);
    if (isRoomy && marks != 0) {
      store<u64>(targetPtr, word);
      ptr += firstMatch(marks);
      targetPtr += firstMatch(marks);
      if (ptr >= endPtr) return 0;
    } else {
      const next = load<u64>(ptr, 8);
      marks = isRoomy ? exactly(matchEither(next, QUOTE, BACKSLASH), next) : 0;
      if (marks != 0) {
        store<u64>(targetPtr, word);
        store<u64>(targetPtr, next, 8);
        ptr += 8 + firstMatch(marks);
        targetPtr += 8 + firstMatch(marks);
        if (ptr >= endPtr) return 0;
      } else {
        const stopPtr = findStop(isRoomy ? ptr + 16 : ptr, endPtr);
        if (stopPtr >= endPtr) return 0;
        const clear = stopPtr - ptr;
        if (targetPtr + clear > safeEndPtr) {
          const room = targetPtr < safeEndPtr ? safeEndPtr - targetPtr : 0;
          memory.copy(targetPtr, ptr, room);
          unescapedEndPtr = targetPtr + room;
          return skipString(stopPtr, endPtr);
        }
        memory.copy(targetPtr, ptr, clear);
        ptr = stopPtr;
        targetPtr += clear;
      }
    }
    if (load<u16>(ptr) == ESCAPED_QUOTE) {
      store<u8>(targetPtr++, QUOTE);
      ptr += 2;
      // between a name and its value, and between two members, one sign stands, or it and a space
      const between = load<u32>(ptr);
      if (targetPtr + 2 > safeEndPtr) continue;
      if ((between & 0xffff00) == ESCAPED_QUOTE_SECOND) {
        const sign = between & 255;
        if (sign == BACKSLASH || sign == QUOTE) continue;
        store<u16>(targetPtr, <u16>(sign | ((<u32>QUOTE) << 8)));
        targetPtr += 2;
        ptr += 3;
      } else if ((between | SIGNS_DIFFER) == SPACED_ESCAPED_QUOTE) {
        store<u32>(targetPtr, (between & 0xffff) | ((<u32>QUOTE) << 16));
        targetPtr += 3;
        ptr += 4;
      }
      continue;
    }
    if (load<u8>(ptr) == QUOTE) {
      unescapedEndPtr = targetPtr;
      return ptr;
    }
    let escape = load<u64>(ptr);
    if (isEscapedByte(escape) && targetPtr < safeEndPtr) {
      do {
        store<u64>(targetPtr, escape >> 8);
        targetPtr += BYTE_BYTES - 1;
        ptr += BYTE_BYTES;
        escape = load<u64>(ptr);
      } while (isEscapedByte(escape) && ptr < endPtr && targetPtr < safeEndPtr);
      continue;
    }
    const escaped = <u32>load<u8>(ptr + 1);
    ptr += 2;
    if (escaped == QUOTE || escaped == BACKSLASH || escaped == SLASH) store<u8>(targetPtr++, <u8>escaped);
    else if (escaped == LOWER_N) store<u8>(targetPtr++, NEWLINE);
    else if (escaped == LOWER_T) store<u8>(targetPtr++, TAB);
    else if (escaped == LOWER_R) store<u8>(targetPtr++, CARRIAGE_RETURN);
    else if (escaped == LOWER_B) store<u8>(targetPtr++, BACKSPACE);
    else if (escaped == LOWER_F) store<u8>(targetPtr++, FORM_FEED);
    else if (escaped == LOWER_U) {
      skippedUnchecked = true; // a lone surrogate passes here
      let code = hex4(ptr, endPtr);
      if (code < 0) return 0;
      ptr += 4;
      if ((code & 0xfc00) == 0xd800) {
        const low = ptr + 6 <= endPtr && load<u16>(ptr) == 0x755c ? hex4(ptr + 2, endPtr) : -1;
        if ((low & 0xfc00) == 0xdc00 && low > 0) {
          code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
          ptr += 6;
        } else {
          code = REPLACEMENT;
        }
      } else if ((code & 0xfc00) == 0xdc00) {
        code = REPLACEMENT;
      }
      targetPtr = writeCodePoint(targetPtr, <u32>code);
    } else {
      return 0;
    }
  }
}

/** The number that four hexadecimal digits stand for, -1 where they are none. */
export function hex4(ptr: usize, endPtr: usize): i32 {
  if (ptr + 4 > endPtr) return -1;
  let code: u32 = 0;
  for (let i: usize = 0; i < 4; i++) {
    const digit = hexValue(<u32>load<u8>(ptr + i));
    if (digit > 15) return -1;
    code = (code << 4) | digit;
  }
  return <i32>code;
}

function writeCodePoint(ptr: usize, code: u32): usize {
  if (code < 0x80) {
    store<u8>(ptr, <u8>code);
    return ptr + 1;
  }
  if (code < 0x800) {
    store<u8>(ptr, <u8>(0xc0 | (code >> 6)));
    store<u8>(ptr + 1, <u8>(0x80 | (code & 63)));
    return ptr + 2;
  }
  if (code < 0x10000) {
    store<u8>(ptr, <u8>(0xe0 | (code >> 12)));
    store<u8>(ptr + 1, <u8>(0x80 | ((code >> 6) & 63)));
    store<u8>(ptr + 2, <u8>(0x80 | (code & 63)));
    return ptr + 3;
  }
  store<u8>(ptr, <u8>(0xf0 | (code >> 18)));
  store<u8>(ptr + 1, <u8>(0x80 | ((code >> 12) & 63)));
  store<u8>(ptr + 2, <u8>(0x80 | ((code >> 6) & 63)));
  store<u8>(ptr + 3, <u8>(0x80 | (code & 63)));
  return ptr + 4;
}
