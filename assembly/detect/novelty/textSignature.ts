/** The signature of a text; signature.ts draws it. */

import { bodyEndPtr, bodyPtr, level, sourceEndPtr, sourcePtr } from "../../event/event";
import { hexValue, isDigit, isLetter, isSpace } from "../../runtime/bytes";
import { COLON, COMMA, DASH, DIGIT_0, SPACE } from "../../runtime/characters";
import {
  CONTROL,
  FIELD_END,
  MIXED,
  NUMBER,
  SIGNATURE_BYTES_MAX,
  setSignatureEnd,
  signaturePtr,
  TEXT_SIGNATURE,
} from "./signature";

const SOURCE_BYTES_MAX: usize = 64;
const HEX_RUN_BYTES_MIN: usize = 6;

export function writeTextSignature(): void {
  let out = signaturePtr;
  store<u8>(out, <u8>TEXT_SIGNATURE);
  store<u8>(out + 1, <u8>(DIGIT_0 + level));
  out += 2;
  const sourceBytes = min<usize>(sourceEndPtr - sourcePtr, SOURCE_BYTES_MAX);
  for (let i: usize = 0; i < sourceBytes; i++) {
    const c = <u32>load<u8>(sourcePtr + i);
    store<u8>(out++, <u8>(c < SPACE ? CONTROL : c));
  }
  store<u8>(out++, <u8>FIELD_END);
  const limitPtr = signaturePtr + SIGNATURE_BYTES_MAX - 16;
  const endPtr = bodyEndPtr;
  let ptr = bodyPtr;
  while (ptr < endPtr && out < limitPtr) {
    const c = <u32>load<u8>(ptr);
    if (isLetter(c) || isDigit(c)) {
      let runEndPtr = ptr;
      while (runEndPtr < endPtr && isLetter(<u32>load<u8>(runEndPtr))) runEndPtr++;
      if (runEndPtr > ptr && (runEndPtr == endPtr || !isDigit(<u32>load<u8>(runEndPtr)))) {
        // the common case, a plain word; behind a number and a dash it may be a part of an identifier
        if (!(joins(out) && allHex(ptr, runEndPtr))) {
          out = copyWord(ptr, runEndPtr, out, limitPtr);
          ptr = runEndPtr;
          continue;
        }
      }
      const lettersEndPtr = runEndPtr;
      while (runEndPtr < endPtr && isDigit(<u32>load<u8>(runEndPtr))) runEndPtr++;
      const digitsEndPtr = runEndPtr;
      while (runEndPtr < endPtr && (isLetter(<u32>load<u8>(runEndPtr)) || isDigit(<u32>load<u8>(runEndPtr))))
        runEndPtr++;
      out = alphanumeric(ptr, lettersEndPtr, digitsEndPtr, runEndPtr, out, limitPtr);
      ptr = runEndPtr;
    } else if (isSpace(c)) {
      ptr++;
      while (ptr < endPtr && isSpace(<u32>load<u8>(ptr))) ptr++;
      if (ptr < endPtr) store<u8>(out++, SPACE);
    } else {
      store<u8>(out++, <u8>(c < SPACE ? CONTROL : c));
      ptr++;
    }
  }
  setSignatureEnd(out);
}

/** A run of letters, then digits, then anything: a number, a word with a number, or an identifier. */
function alphanumeric(
  ptr: usize,
  lettersEndPtr: usize,
  digitsEndPtr: usize,
  endPtr: usize,
  out: usize,
  limitPtr: usize,
): usize {
  if (lettersEndPtr == ptr && digitsEndPtr == endPtr) return number(NUMBER, out);
  const hex = allHex(ptr, endPtr);
  if (hex && joins(out)) return number(MIXED, out);
  if (digitsEndPtr < endPtr || (hex && endPtr - ptr >= HEX_RUN_BYTES_MIN)) return number(MIXED, out);
  return number(NUMBER, copyWord(ptr, lettersEndPtr, out, limitPtr));
}

function allHex(ptr: usize, endPtr: usize): bool {
  while (ptr < endPtr) {
    if (hexValue(<u32>load<u8>(ptr)) > 15) return false;
    ptr++;
  }
  return true;
}

/** Whether a number (or identifier) and one joining sign were written last. */
// @ts-ignore: decorator
@inline
function joins(out: usize): bool {
  const sign = <u32>load<u8>(out - 1);
  if (sign - COMMA > 3 && sign != COLON) return false; // , - . / :
  return <u32>load<u8>(out - 2) - NUMBER < 2;
}

function number(kind: u32, out: usize): usize {
  if (joins(out)) {
    if (kind == MIXED) store<u8>(out - 2, <u8>MIXED);
    return out - 1;
  }
  if (<u32>load<u8>(out - 1) == DASH && !isLetter(<u32>load<u8>(out - 2))) out--; // a negative number is a number
  store<u8>(out, <u8>kind);
  return out + 1;
}

function copyWord(ptr: usize, endPtr: usize, out: usize, limitPtr: usize): usize {
  while (ptr < endPtr && out < limitPtr) store<u8>(out++, load<u8>(ptr++));
  return out;
}
