/** Small readers over byte ranges; eight bytes at a time where that pays (Mycroft's zero-byte test). */

import { CASE_BIT, DASH, DIGIT_0, LOWER_A, SPACE, UNDERSCORE } from "./characters";
import { noteDecided } from "./decided";
import { bytesOf, firstByte, Text } from "./text";

/** Each byte of a word 1; the highest bit of each, where a byte is marked. */
export const ONES: u64 = 0x0101010101010101;
export const HIGHS: u64 = 0x8080808080808080;

/** A word whose lowest set bit lies in the first byte of `word` that equals `byte` (0 where none does). */
// @ts-ignore: decorator
@inline
export function matchByte(word: u64, byte: u64): u64 {
  const x = word ^ (ONES * byte);
  return (x - ONES) & ~x & HIGHS;
}

/**
 * The same for either of two ASCII bytes, in fewer steps: bytes beyond ASCII are marked as well (`exactly` takes those
 * marks out), and what is marked behind the first true match means nothing.
 */
// @ts-ignore: decorator
@inline
export function matchEither(word: u64, byte: u64, other: u64): u64 {
  return (((word ^ (ONES * byte)) - ONES) | ((word ^ (ONES * other)) - ONES)) & HIGHS;
}

// @ts-ignore: decorator
@inline
export function exactly(marks: u64, word: u64): u64 {
  return marks & ~word;
}

export const SEVENS: u64 = ONES * 0x7f;
/** Eight digits 0. */
export const ZEROS: u64 = ONES * <u64>DIGIT_0;

/** Marks the bytes that `isLetter` is false of. */
// @ts-ignore: decorator
@inline
export function matchOtherThanLetters(word: u64): u64 {
  const lower = (word | (ONES * <u64>CASE_BIT)) & SEVENS;
  return ((((lower + ONES * 0x1f) ^ (lower + ONES * 0x05)) | word) & HIGHS) ^ HIGHS;
}

/** Marks the bytes that are no digits. */
// @ts-ignore: decorator
@inline
export function matchOtherThanDigits(word: u64): u64 {
  const offset = word ^ ZEROS;
  return (((offset & SEVENS) + ONES * 0x76) | offset) & HIGHS;
}

const DASHES: u64 = ONES * <u64>DASH;
const UNDERSCORES: u64 = ONES * <u64>UNDERSCORE;

/** Marks the bytes that `isHyphen` is false of; none beyond ASCII. */
// @ts-ignore: decorator
@inline
export function matchOtherThanHyphens(word: u64): u64 {
  return (((word ^ DASHES) & SEVENS) + SEVENS) & (((word ^ UNDERSCORES) & SEVENS) + SEVENS);
}

/** Digits as 0, every other byte as something else. */
// @ts-ignore: decorator
@inline
export function withoutDigits(word: u64): u64 {
  return (word ^ ZEROS) & ((matchOtherThanDigits(word) >> 7) * 255);
}

/** Bits in which 32 bytes differ. */
// @ts-ignore: decorator
@inline
export function differs(ptr: usize, otherPtr: usize): u64 {
  const first = (load<u64>(ptr) ^ load<u64>(otherPtr)) | (load<u64>(ptr, 8) ^ load<u64>(otherPtr, 8));
  return first | (load<u64>(ptr, 16) ^ load<u64>(otherPtr, 16)) | (load<u64>(ptr, 24) ^ load<u64>(otherPtr, 24));
}

/** Whether both are the same, unless isExact but for digits; the last loads may reach beyond the ends. */
export function equalButDigits(ptr: usize, otherPtr: usize, bytes: usize, isExact: bool): bool {
  const endPtr = ptr + (bytes & ~7);
  const others = otherPtr - ptr;
  while (ptr < endPtr) {
    // of what stands around a message most is the same from record to record
    let stepEndPtr = ptr + 32;
    if (stepEndPtr > endPtr) stepEndPtr = endPtr;
    else if (differs(ptr, others + ptr) == 0) {
      ptr = stepEndPtr;
      continue;
    }
    for (; ptr < stepEndPtr; ptr += 8) {
      const word = load<u64>(ptr);
      const other = load<u64>(others + ptr);
      if (word != other && (isExact || withoutDigits(word) != withoutDigits(other))) return false;
    }
  }
  const left = (<u64>(bytes & 7)) << 3;
  if (left == 0) return true;
  const word = load<u64>(ptr) << (64 - left);
  const other = load<u64>(others + ptr) << (64 - left);
  return word == other || (!isExact && withoutDigits(word) == withoutDigits(other));
}

/** Index (0-7) of the first marked byte of `matchByte`'s result. */
// @ts-ignore: decorator
@inline
export function firstMatch(marks: u64): usize {
  return <usize>(ctz(marks) >> 3);
}

/** Address of the first `byte` in [ptr, endPtr), or endPtr; the last load may reach into the slack behind a block. */
export function findByte(ptr: usize, endPtr: usize, byte: u8): usize {
  while (ptr < endPtr) {
    const marks = matchByte(load<u64>(ptr), byte);
    if (marks != 0) return min<usize>(ptr + firstMatch(marks), endPtr);
    ptr += 8;
  }
  return endPtr;
}

// @ts-ignore: decorator
@inline
export function isDigit(c: u32): bool {
  return c - DIGIT_0 < 10;
}

/** ASCII letters, and every byte beyond ASCII: parts of words in any language. */
// @ts-ignore: decorator
@inline
export function isLetter(c: u32): bool {
  return (c | CASE_BIT) - LOWER_A < 26 || c >= 0x80;
}

// @ts-ignore: decorator
@inline
export function isSpace(c: u32): bool {
  return c == SPACE || c - 9 < 5;
}

/** What joins the parts of an identifier. */
// @ts-ignore: decorator
@inline
export function isHyphen(c: u32): bool {
  return c == DASH || c == UNDERSCORE;
}

/** Where the letters at ptr end. */
export function lettersEnd(ptr: usize, endPtr: usize): usize {
  while (ptr < endPtr) {
    const marks = matchOtherThanLetters(load<u64>(ptr));
    if (marks != 0) return min(ptr + firstMatch(marks), endPtr);
    ptr += 8;
  }
  return endPtr;
}

/** Where the digits at ptr end. */
export function digitsEnd(ptr: usize, endPtr: usize): usize {
  while (ptr < endPtr) {
    const marks = matchOtherThanDigits(load<u64>(ptr));
    if (marks != 0) return min(ptr + firstMatch(marks), endPtr);
    ptr += 8;
  }
  return endPtr;
}

/** The whole number that these digits are, however many. */
export function wholeNumber(ptr: usize, endPtr: usize): f64 {
  let value: f64 = 0;
  for (; ptr < endPtr; ptr++) value = value * 10 + <f64>(load<u8>(ptr) - DIGIT_0);
  return value;
}

const UP_TO_SPACE: u64 = ONES * 0x21;

/** Address of the first white space in [ptr, endPtr), or endPtr. */
export function findSpace(ptr: usize, endPtr: usize): usize {
  while (ptr < endPtr) {
    const word = load<u64>(ptr);
    const marks = (word - UP_TO_SPACE) & ~word & HIGHS; // the first mark is a space or a control
    if (marks == 0) {
      ptr += 8;
      continue;
    }
    ptr += firstMatch(marks);
    if (ptr >= endPtr || isSpace(<u32>load<u8>(ptr))) break;
    ptr++;
  }
  return min(ptr, endPtr);
}

/** 0-15, or 255 for no hexadecimal digit. */
// @ts-ignore: decorator
@inline
export function hexValue(c: u32): u32 {
  if (c - DIGIT_0 < 10) return c - DIGIT_0;
  const lower = (c | CASE_BIT) - LOWER_A;
  return lower < 6 ? lower + 10 : 255;
}

export function hasDigit(ptr: usize, endPtr: usize): bool {
  for (; ptr < endPtr; ptr++) if (isDigit(<u32>load<u8>(ptr))) return true;
  return false;
}

/** `count` digits at ptr as a number, or -1. */
export function readDigits(ptr: usize, endPtr: usize, count: i32): i32 {
  if (ptr + <usize>count > endPtr) return -1;
  let value = 0;
  for (let i = 0; i < count; i++) {
    const c = <u32>load<u8>(ptr + <usize>i);
    if (!isDigit(c)) return -1;
    value = value * 10 + <i32>(c - DIGIT_0);
  }
  noteDecided(ptr, ptr + <usize>count);
  return value;
}

/** Whether the bytes of an ASCII literal stand at ptr: never copied to where it is called (inlining.mjs). */
export function startsWith(ptr: usize, endPtr: usize, text: Text): bool {
  const len = bytesOf(text);
  if (ptr + len > endPtr) return false;
  for (let i: usize = 0; i < len; i++) if (load<u8>(ptr + i) != load<u8>(firstByte(text) + i)) return false;
  return true;
}

/** The same as findByte for code that few lines reach: called, where that is copied to its place. */
export function findRarely(ptr: usize, endPtr: usize, byte: u8): usize {
  return findByte(ptr, endPtr, byte);
}

/** Whether a byte range is exactly an ASCII literal. */
export function equalsText(ptr: usize, endPtr: usize, text: Text): bool {
  return endPtr - ptr == bytesOf(text) && startsWith(ptr, endPtr, text);
}
