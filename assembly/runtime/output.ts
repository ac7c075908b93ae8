/** Writes text and numbers into one bounded buffer; what does not fit is left out, never written past the end. */

import { firstMatch, HIGHS, matchEither, ONES } from "./bytes";
import { BACKSLASH, COMMA, DASH, DIGIT_0, DOT, LOWER_A, QUESTION_MARK, QUOTE, SPACE, TILDE } from "./characters";
import { reserve } from "./memory";
import { bytesOf, firstByte, Text } from "./text";

/** Enough for the largest tag: a reason of 200 bytes, each escaped, a key, numbers. */
export const OUTPUT_BYTES_MAX: usize = 960;

export let outputPtr: usize = 0;
export let outputEndPtr: usize = 0;

export function initialiseOutput(): bool {
  if (outputPtr == 0) outputPtr = reserve(OUTPUT_BYTES_MAX + 64);
  return outputPtr != 0;
}

export function clearOutput(): void {
  outputEndPtr = outputPtr;
}

/** Cuts the output back to an earlier end. */
export function cutOutput(endPtr: usize): void {
  outputEndPtr = endPtr;
}

export function putByte(c: u32): void {
  if (outputEndPtr - outputPtr >= OUTPUT_BYTES_MAX) return;
  store<u8>(outputEndPtr, <u8>c);
  outputEndPtr += 1;
}

/** Bytes as they are. */
export function putBytes(ptr: usize, endPtr: usize): void {
  if (ptr >= endPtr) return;
  const bytes = min<usize>(endPtr - ptr, OUTPUT_BYTES_MAX - (outputEndPtr - outputPtr));
  memory.copy(outputEndPtr, ptr, bytes);
  outputEndPtr += bytes;
}

/** An ASCII literal. */
export function putText(text: Text): void {
  putBytes(firstByte(text), firstByte(text) + bytesOf(text));
}

export function putInteger(value: i64): void {
  if (value < 0) {
    putByte(DASH);
    value = -value;
  }
  let divisor: i64 = 1;
  while (value / divisor >= 10) divisor *= 10;
  while (divisor > 0) {
    putByte(<u32>(DIGIT_0 + ((value / divisor) % 10)));
    divisor /= 10;
  }
}

/** With a comma before each three digits: 18,402. */
export function putGrouped(value: u32): void {
  if (value < 1000) return putInteger(value);
  putGrouped(value / 1000);
  putByte(COMMA);
  for (let divisor: u32 = 100; divisor > 0; divisor /= 10) putByte(DIGIT_0 + ((value / divisor) % 10));
}

/** `decimals` digits behind the point, rounded half up. */
export function putFixed(value: f64, decimals: i32): void {
  let scale: i64 = 1;
  for (let i = 0; i < decimals; i++) scale *= 10;
  const scaled = <i64>(Math.min(value, 1e12) * <f64>scale + 0.5);
  putInteger(scaled / scale);
  putByte(DOT);
  let rest = scaled % scale;
  for (let place = scale / 10; place > 0; place /= 10) {
    putByte(<u32>(DIGIT_0 + rest / place));
    rest %= place;
  }
}

/** A probability in (0, 1] with two significant digits, as a JSON number. */
export function putProbability(p: f64): void {
  if (p >= 0.995) return putText("1");
  let exponent = 0;
  let scaled = p;
  while (scaled < 1 && exponent < 300) {
    scaled *= 10;
    exponent++;
  }
  let digits = <i32>(scaled * 10 + 0.5); // 10-100
  if (digits >= 100) {
    digits = 10;
    exponent--;
  }
  if (exponent > 6) {
    putByte(<u32>(DIGIT_0 + digits / 10));
    if (digits % 10 != 0) {
      putByte(DOT);
      putByte(<u32>(DIGIT_0 + (digits % 10)));
    }
    putText("e-");
    return putInteger(exponent);
  }
  putText("0.");
  for (let i = 1; i < exponent; i++) putByte(DIGIT_0);
  putByte(<u32>(DIGIT_0 + digits / 10));
  if (digits % 10 != 0) putByte(<u32>(DIGIT_0 + (digits % 10)));
}

/** Eight hexadecimal digits. */
export function putHex32(value: u32): void {
  for (let shift = 28; shift >= 0; shift -= 4) {
    const digit = (value >> shift) & 15;
    putByte(digit < 10 ? DIGIT_0 + digit : LOWER_A - 10 + digit);
  }
}

/**
 * UTF-8 as the inside of a JSON string, at most `bytesMax` bytes of it in whole characters; what is none becomes `?`.
 */
export function putUtf8(ptr: usize, endPtr: usize, bytesMax: usize): void {
  const limitPtr = ptr + bytesMax;
  while (ptr < endPtr) {
    const bytes = characterBytes(ptr, endPtr);
    if (ptr + max<usize>(bytes, 1) > limitPtr) return;
    if (bytes < 2) {
      const startPtr = ptr++;
      while (ptr < endPtr && ptr < limitPtr && load<u8>(ptr) < 0x80) ptr++;
      putEscaped(startPtr, ptr);
      continue;
    }
    if (OUTPUT_BYTES_MAX - (outputEndPtr - outputPtr) < bytes) return;
    putBytes(ptr, ptr + bytes);
    ptr += bytes;
  }
}

/** Bytes of the character at ptr by Unicode 15, table 3-7; 0 where there is none. */
function characterBytes(ptr: usize, endPtr: usize): usize {
  const first = <u32>load<u8>(ptr);
  if (first < 0x80) return 1;
  const bytes: usize = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (bytes == 0 || endPtr - ptr < bytes) return 0;
  for (let i: usize = 1; i < bytes; i++) if ((load<u8>(ptr + i) & 0xc0) != 0x80) return 0;
  const second = <u32>load<u8>(ptr + 1);
  if (first == 0xe0) return second < 0xa0 ? 0 : 3;
  if (first == 0xed) return second > 0x9f ? 0 : 3;
  if (first == 0xf0) return second < 0x90 ? 0 : 4;
  if (first == 0xf4) return second > 0x8f ? 0 : 4;
  return bytes;
}

/** Marks the first byte that does not stand in a JSON string as it is: a control, a quote, a backslash, no ASCII. */
// @ts-ignore: decorator
@inline
function escapedIn(word: u64): u64 {
  return (matchEither(word, QUOTE, BACKSLASH) | (word - ONES * SPACE) | (word + ONES) | word) & HIGHS;
}

/** Bytes as the inside of a JSON string; what is no printable ASCII becomes `?`. */
export function putEscaped(ptr: usize, endPtr: usize): void {
  while (ptr < endPtr) {
    if (ptr + 8 <= endPtr && outputEndPtr - outputPtr + 8 <= OUTPUT_BYTES_MAX) {
      const word = load<u64>(ptr);
      const marks = escapedIn(word);
      const bytes = marks == 0 ? 8 : firstMatch(marks);
      store<u64>(outputEndPtr, word);
      outputEndPtr += bytes;
      ptr += bytes;
      if (marks == 0) continue;
    }
    const c = <u32>load<u8>(ptr++);
    if (c == QUOTE || c == BACKSLASH) putByte(BACKSLASH);
    putByte(c < SPACE || c > TILDE ? QUESTION_MARK : c);
  }
}
