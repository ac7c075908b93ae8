/** The signature of a text; signature.ts draws it. */

import { readAddress } from "../../event/address";
import { bodyEndPtr, bodyPtr, sourceEndPtr, sourcePtr } from "../../event/event";
import { SOURCE_BYTES_MAX } from "../../event/hashes";
import { isRunByte } from "../../fields/byteClass";
import { weighedLevel } from "../../fields/level";
import {
  digitsEnd,
  findByte,
  findSpace,
  firstMatch,
  hexValue,
  isDigit,
  isHyphen,
  isLetter,
  isSpace,
  lettersEnd,
  matchByte,
  matchOtherThanDigits,
  matchOtherThanLetters,
} from "../../runtime/bytes";
import { BACKSLASH, COLON, COMMA, DASH, DIGIT_0, DOT, SPACE } from "../../runtime/characters";
import { clearNumbers, noteNumber } from "../ranges/numbers";
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

const HEX_RUN_BYTES_MIN: usize = 6;
/** Of an IPv6 address: six where it ends as an IPv4 one does, fewer where two stand together. */
const COLONS_MIN: i32 = 6;
/** Its first colon stands behind four digits at most. */
const FIVE_BYTES: u64 = 0xffffffffff;

/**
 * Backslashes and controls of a text that is no binary data are no more: a path has ten, JSON quoted in JSON thirty.
 * From the next one on all is left out up to a blank, as further bytes of a TLS handshake say nothing more; what stands
 * behind the blank may.
 */
const ESCAPES_MAX: i32 = 32;

/** Where the signature's tokens begin. */
export let tokensPtr: usize = 0;
/** Whether which digits the text has, not only where they stand, decided what its tokens are. */
export let digitsDecide: bool = false;

export function writeTextSignature(): void {
  let out = signaturePtr;
  store<u8>(out, <u8>TEXT_SIGNATURE);
  store<u8>(out + 1, <u8>(DIGIT_0 + weighedLevel()));
  out += 2;
  const sourceBytes = min<usize>(sourceEndPtr - sourcePtr, SOURCE_BYTES_MAX);
  for (let i: usize = 0; i < sourceBytes; i++) {
    const c = <u32>load<u8>(sourcePtr + i);
    store<u8>(out++, <u8>(c < SPACE ? CONTROL : c));
  }
  store<u8>(out++, <u8>FIELD_END);
  tokensPtr = out;
  digitsDecide = false;
  const limitPtr = signaturePtr + SIGNATURE_BYTES_MAX - 16;
  const endPtr = bodyEndPtr;
  let ptr = bodyPtr;
  let escapes = 0;
  partEndPtr = 0;
  clearNumbers();
  while (ptr < endPtr && out < limitPtr) {
    const c = <u32>load<u8>(ptr);
    if (isLetter(c)) {
      const bytes = plainWord(ptr, endPtr, out, limitPtr);
      ptr = bytes != 0 ? ptr + bytes : writePart(ptr, endPtr, out, limitPtr);
      out = partEndPtr;
    } else if (isDigit(c)) {
      const bytes = plainNumber(ptr, endPtr, out);
      ptr = bytes != 0 ? ptr + bytes : writePart(ptr, endPtr, out, limitPtr);
      out = partEndPtr;
    } else if (isSpace(c)) {
      ptr++;
      while (ptr < endPtr && isSpace(<u32>load<u8>(ptr))) ptr++;
      if (ptr < endPtr) store<u8>(out++, SPACE);
    } else if ((c == BACKSLASH || c < SPACE) && ++escapes > ESCAPES_MAX) {
      ptr = findSpace(ptr, endPtr);
      partEndPtr = 0;
    } else {
      // several hyphens join as one does: r6---sn-i3b7, blk_-4711
      if (!isHyphen(c) || out - 1 != partEndPtr || !isHyphen(<u32>load<u8>(partEndPtr)))
        store<u8>(out++, <u8>(c < SPACE ? CONTROL : c));
      ptr++;
    }
  }
  setSignatureEnd(out);
}

/**
 * Copies the word at ptr where it is a short one that nothing joins to anything else, as most are, and says how long it
 * is; the same of one that ends in digits (eth0), if it is too short for a hexadecimal number. 0 where it may be more
 * than that. There is room for eight bytes behind what a signature holds.
 */
// @ts-ignore: decorator
@inline
function plainWord(ptr: usize, endPtr: usize, out: usize, limitPtr: usize): usize {
  const word = load<u64>(ptr);
  const others = matchOtherThanLetters(word);
  if (others == 0 || out + 8 > limitPtr) return 0;
  const bytes = firstMatch(others);
  let digits: usize = 0;
  if (<u32>load<u8>(ptr + bytes) - DIGIT_0 < 10) {
    const behind = (matchOtherThanDigits(word) >> (8 * <u64>bytes)) | ((<u64>1) << 56);
    digits = firstMatch(behind);
    if (bytes + digits >= HEX_RUN_BYTES_MIN || isLetter(<u32>load<u8>(ptr + bytes + digits))) return 0;
  }
  const wordEndPtr = ptr + bytes + digits;
  // before a colon more than a word may stand
  if (load<u8>(wordEndPtr) == COLON || wordEndPtr >= endPtr) return 0;
  if (out - 1 == partEndPtr) {
    const sign = <u32>load<u8>(partEndPtr);
    if (sign != SPACE && (isHyphen(sign) || joins(out))) return 0;
  }
  store<u64>(out, word);
  identifierPtr = out;
  identifierKinds = LETTERS;
  partEndPtr = out + bytes;
  if (digits == 0) return bytes;
  store<u8>(partEndPtr++, <u8>NUMBER);
  identifierKinds = LETTERS | DIGITS;
  return bytes + digits;
}

/** The same for a number of up to seven digits, alone or joined to the number before it by a sign that is no hyphen. */
// @ts-ignore: decorator
@inline
function plainNumber(ptr: usize, endPtr: usize, out: usize): usize {
  const others = matchOtherThanDigits(load<u64>(ptr));
  const sign = <u32>load<u8>(out - 1);
  if (others == 0 || isHyphen(sign)) return 0;
  const bytes = firstMatch(others);
  const next = <u32>load<u8>(ptr + bytes);
  // before a colon it may be a part of an address
  if (isLetter(next) || next == COLON || ptr + bytes >= endPtr) return 0;
  const isJoined = joins(out);
  noteNumber(ptr, bytes, out, isJoined);
  if (isJoined) partEndPtr = out - 1;
  else {
    store<u8>(out, <u8>NUMBER);
    partEndPtr = out + 1;
  }
  identifierPtr = partEndPtr - 1;
  identifierKinds = load<u8>(identifierPtr) == MIXED ? LETTERS | DIGITS : DIGITS;
  return bytes;
}

// Runs joined by - or _ are one identifier where letters and digits are among them: GL-6535, pod-7d4b9-x2z, a UUID.
const LETTERS: u32 = 1;
const DIGITS: u32 = 2;
/** Where in the signature the identifier at hand began, what it is made of, and the end of its last part. */
let identifierPtr: usize = 0;
let identifierKinds: u32 = 0;
let partEndPtr: usize = 0;

/** Writes the run of letters and digits at ptr behind `out`, as far as partEndPtr; returns where it ends. */
function writePart(ptr: usize, endPtr: usize, out: usize, limitPtr: usize): usize {
  const isJoined = out - 1 == partEndPtr && isHyphen(<u32>load<u8>(partEndPtr));
  if (!isJoined) {
    identifierPtr = out;
    identifierKinds = 0;
  }
  const word = load<u64>(ptr);
  readRun(word, ptr, endPtr);
  const wordEndPtr = lettersEndPtr;
  const next: u32 = wordEndPtr < endPtr ? <u32>load<u8>(wordEndPtr) : 0;
  const isWord = wordEndPtr > ptr && !isDigit(next);
  if (!isJoined && (!isWord || next == COLON) && (matchByte(word, COLON) & FIVE_BYTES) != 0) {
    const addressEndPtr = addressEnd(ptr, endPtr);
    if (addressEndPtr != 0) {
      partEndPtr = number(NUMBER, out);
      identifierPtr = partEndPtr - 1;
      identifierKinds = DIGITS;
      return addressEndPtr;
    }
  }
  // behind a number and a dash even a word may be a part of an identifier
  if (isWord && !(joins(out) && allHex(ptr, wordEndPtr))) {
    identifierKinds |= LETTERS;
    partEndPtr = identifierKinds == LETTERS ? copyWord(ptr, wordEndPtr, out, limitPtr) : joinParts();
    return wordEndPtr;
  }
  const digitsEndPtr = runDigitsEndPtr;
  const runEndPtr = alphanumericEndPtr;
  if (wordEndPtr > ptr || runEndPtr > digitsEndPtr) identifierKinds |= LETTERS;
  if (digitsEndPtr > wordEndPtr) identifierKinds |= DIGITS;
  if (isJoined && identifierKinds != LETTERS) partEndPtr = joinParts();
  else {
    partEndPtr = alphanumeric(ptr, wordEndPtr, digitsEndPtr, runEndPtr, out, limitPtr);
    if (partEndPtr - 1 <= identifierPtr) identifierPtr = partEndPtr - 1;
    if (load<u8>(identifierPtr) == MIXED) identifierKinds = LETTERS | DIGITS;
  }
  return runEndPtr;
}

/** Of the run at hand: where its letters end, the digits behind them, and all of it. */
let lettersEndPtr: usize = 0;
let runDigitsEndPtr: usize = 0;
let alphanumericEndPtr: usize = 0;

/** Finds the ends of the run at ptr, whose first eight bytes are `word`. */
// @ts-ignore: decorator
@inline
function readRun(word: u64, ptr: usize, endPtr: usize): void {
  const others = matchOtherThanLetters(word);
  const noDigits = others != 0 ? matchOtherThanDigits(word) : 0;
  if ((others & noDigits) == 0) return readLongRun(ptr, endPtr);
  lettersEndPtr = min(ptr + firstMatch(others), endPtr);
  runDigitsEndPtr = min(ptr + firstMatch(noDigits & (u64.MAX_VALUE << (8 * <u64>firstMatch(others)))), endPtr);
  alphanumericEndPtr = min(ptr + firstMatch(others & noDigits), endPtr);
}

function readLongRun(ptr: usize, endPtr: usize): void {
  lettersEndPtr = lettersEnd(ptr, endPtr);
  runDigitsEndPtr = lettersEndPtr;
  alphanumericEndPtr = lettersEndPtr;
  if (!isDigit(<u32>load<u8>(lettersEndPtr))) return;
  runDigitsEndPtr = digitsEnd(lettersEndPtr, endPtr);
  ptr = runDigitsEndPtr;
  while (ptr < endPtr) {
    const word = load<u64>(ptr);
    const marks = matchOtherThanLetters(word) & matchOtherThanDigits(word);
    ptr += marks != 0 ? firstMatch(marks) : 8;
    if (marks != 0) break;
  }
  alphanumericEndPtr = min(ptr, endPtr);
}

/** The parts so far and the one at hand as one token; returns its end. */
function joinParts(): usize {
  if (<u32>load<u8>(identifierPtr) - NUMBER > 1) {
    const tokenEndPtr = number(MIXED, identifierPtr);
    identifierPtr = tokenEndPtr - 1;
    return tokenEndPtr;
  }
  if (identifierKinds != DIGITS) store<u8>(identifierPtr, <u8>MIXED);
  return identifierPtr + 1;
}

/** Behind the IPv6 address at ptr, 0 where there is none: it is one number, as an IPv4 address is. */
function addressEnd(ptr: usize, endPtr: usize): usize {
  let at = ptr;
  while (at < endPtr && hexValue(<u32>load<u8>(at)) < 16) at++;
  if (at == endPtr || load<u8>(at) != COLON || at > ptr + 4) return 0;
  let colons = 0;
  for (; at < endPtr && isRunByte(<u32>load<u8>(at)); at++) {
    if (load<u8>(at) == COLON) colons += load<u8>(at + 1) == COLON ? COLONS_MIN : 1;
  }
  if (colons < COLONS_MIN) return 0;
  if (at < endPtr && isLetter(<u32>load<u8>(at))) return 0;
  while (load<u8>(at - 1) == DOT || (load<u8>(at - 1) == COLON && load<u8>(at - 2) != COLON)) at--;
  if (at <= ptr + 4) return 0;
  // an octet is no larger than 255, a port of five digits no larger than 65535
  if (load<u8>(at - 6) == COLON || findByte(ptr, at, DOT) < at) digitsDecide = true;
  return readAddress(ptr, at) ? at : 0;
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
  if (lettersEndPtr == ptr && digitsEndPtr == endPtr) {
    noteNumber(ptr, endPtr - ptr, out, joins(out));
    return number(NUMBER, out);
  }
  if (digitsEndPtr < endPtr) return number(MIXED, out);
  if ((endPtr - ptr >= HEX_RUN_BYTES_MIN || joins(out)) && allHex(ptr, endPtr)) return number(MIXED, out);
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
  const bytes = min(endPtr - ptr, limitPtr - out);
  memory.copy(out, ptr, bytes);
  return out + bytes;
}
