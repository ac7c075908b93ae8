/** The signature of a request, and of a line that should have been one; signature.ts draws both. */

import {
  bodyEndPtr,
  bodyPtr,
  format,
  methodEndPtr,
  methodPtr,
  status,
  targetEndPtr,
  targetPtr,
} from "../../event/event";
import { FORMAT_ACCESS } from "../../formats/usualAccess";
import { digitsEnd, firstMatch, HIGHS, hexValue, isDigit, isLetter } from "../../runtime/bytes";
import {
  AMPERSAND,
  CARRIAGE_RETURN,
  DIGIT_0,
  EQUALS,
  LOWER_A,
  NEWLINE,
  PERCENT,
  PLUS,
  QUESTION_MARK,
  SLASH,
  SPACE,
  TAB,
} from "../../runtime/characters";
import {
  CONTROL,
  FIELD_END,
  MALFORMED_SIGNATURE,
  NAME_START,
  REQUEST_SIGNATURE,
  SIGNATURE_BYTES_MAX,
  setSignatureEnd,
  signaturePtr,
  VALUE_END,
  VALUE_START,
} from "./signature";

/** Grams are made of fewer (content.ts); what follows only has features. */
const WRITTEN_BYTES_MAX: usize = 448;
const DIGIT_RUN_MAX: i32 = 20;
export const LENGTH_EXACT_MAX: u32 = 64;
export const LENGTH_IS_CLASS: u32 = 0x80;

// Reading with percent-encoding undone: nextPtr moves, the decoded byte is returned.
export let nextPtr: usize = 0;

export function readFrom(ptr: usize): void {
  nextPtr = ptr;
}

/** For reasons, which are rare; what writes signatures has it inlined. */
export function nextByte(endPtr: usize): u32 {
  return decodedByte(endPtr);
}

// @ts-ignore: decorator
@inline
function decodedByte(endPtr: usize): u32 {
  const c = <u32>load<u8>(nextPtr);
  nextPtr += 1;
  if (c == PLUS) return SPACE;
  return c == PERCENT ? percentByte(endPtr) : c;
}

// Most bytes of a path or a name stay as they are. A word is looked at as a whole: marks stand at the bytes below a
// bound and at 30-3F (digits and what ends a path or a name); a few bytes beyond ASCII are marked for nothing.
const SEVENS: u64 = 0x7070707070707070;
/** Added to seven bits, the eighth says "0x2d or more" (in a path) or "0x30 or more" (in a name). */
const PATH_BOUND: u64 = 0x5353535353535353;
const NAME_BOUND: u64 = 0x5050505050505050;

/** Copies what stays as it is from nextPtr on, up to endPtr and to limitPtr; returns the new end of the signature. */
// @ts-ignore: decorator
@inline
function copyPlain(endPtr: usize, out: usize, limitPtr: usize, bound: u64): usize {
  let ptr = nextPtr;
  let marks: u64 = 0;
  const shift = out - ptr;
  do {
    const word = load<u64>(ptr);
    store<u64>(ptr + shift, word);
    marks = (((word & ~HIGHS) + bound) & (((word ^ 0x3030303030303030) & SEVENS) + SEVENS) & HIGHS) ^ HIGHS;
    ptr += 8;
  } while (marks == 0 && ptr < endPtr && ptr + shift < limitPtr);
  if (marks != 0) ptr += firstMatch(marks) - 8;
  nextPtr = min<usize>(min<usize>(ptr, endPtr), limitPtr - shift);
  return nextPtr + shift;
}

/** Behind a percent sign; "%25" followed by two more digits was encoded twice. */
function percentByte(endPtr: usize): u32 {
  const value = hexPair(nextPtr, endPtr);
  if (value > 255) return PERCENT;
  nextPtr += 2;
  if (value != PERCENT) return value;
  const inner = hexPair(nextPtr, endPtr);
  if (inner > 255) return PERCENT;
  nextPtr += 2;
  return inner;
}

function hexPair(ptr: usize, endPtr: usize): u32 {
  if (ptr + 2 > endPtr) return 256;
  const high = hexValue(<u32>load<u8>(ptr));
  const low = hexValue(<u32>load<u8>(ptr + 1));
  return (high | low) > 15 ? 256 : (high << 4) | low;
}

export function writeRequestSignature(): void {
  const limitPtr = signaturePtr + SIGNATURE_BYTES_MAX - 16;
  let out = signaturePtr;
  store<u8>(out++, <u8>REQUEST_SIGNATURE);
  const methodBytes = min<usize>(methodEndPtr - methodPtr, 16);
  memory.copy(out, methodPtr, methodBytes);
  if (format != FORMAT_ACCESS) withoutControls(out, out + methodBytes);
  out += methodBytes;
  store<u8>(out++, <u8>FIELD_END);
  if (status != 0) {
    store<u8>(out, <u8>(DIGIT_0 + status / 100));
    store<u8>(out + 1, <u8>(DIGIT_0 + ((status / 10) % 10)));
    store<u8>(out + 2, <u8>(DIGIT_0 + (status % 10)));
    out += 3;
  }
  store<u8>(out++, <u8>FIELD_END);
  const endPtr = targetEndPtr;
  const fullEndPtr = out + WRITTEN_BYTES_MAX;
  nextPtr = targetPtr;
  if (nextPtr == endPtr || load<u8>(nextPtr) != SLASH) store<u8>(out++, SLASH);
  // the path: slash and question mark are distinguished from encoded ones before decoding
  while (nextPtr < endPtr && out < limitPtr) {
    out = copyPlain(endPtr, out, limitPtr, PATH_BOUND);
    if (nextPtr >= endPtr || out >= limitPtr || load<u8>(nextPtr) == QUESTION_MARK) break;
    out = nameBytes(endPtr, out);
  }
  if (nextPtr < endPtr && load<u8>(nextPtr) == QUESTION_MARK) {
    nextPtr++;
    while (nextPtr < endPtr && out < limitPtr) out = parameter(endPtr, out, fullEndPtr, limitPtr);
  }
  setSignatureEnd(out);
}

/** No field of a record writes the signature's own marks; in a request line a method is letters. */
function withoutControls(ptr: usize, endPtr: usize): void {
  for (; ptr < endPtr; ptr++) if (load<u8>(ptr) < SPACE) store<u8>(ptr, <u8>CONTROL);
}

/** One byte of a segment or a name: controls and slashes become one sign, runs of digits one zero. */
// @ts-ignore: decorator
@inline
function nameByte(c: u32, out: usize): usize {
  if (isDigit(c)) {
    if (load<u8>(out - 1) == DIGIT_0) return out;
    c = DIGIT_0;
  } else if (c < SPACE || c == SLASH) c = CONTROL;
  store<u8>(out, <u8>c);
  return out + 1;
}

/** The byte at nextPtr, or the digits there, or the encoded byte. */
// @ts-ignore: decorator
@inline
function nameBytes(endPtr: usize, out: usize): usize {
  if (!isDigit(<u32>load<u8>(nextPtr))) return nameByte(decodedByte(endPtr), out);
  nextPtr = digitsEnd(nextPtr + 1, endPtr);
  return nameByte(DIGIT_0, out);
}

function parameter(endPtr: usize, out: usize, fullEndPtr: usize, limitPtr: usize): usize {
  store<u8>(out++, <u8>NAME_START);
  while (nextPtr < endPtr && out < limitPtr) {
    out = copyPlain(endPtr, out, limitPtr, NAME_BOUND);
    if (nextPtr >= endPtr || out >= limitPtr) break;
    const raw = <u32>load<u8>(nextPtr);
    if (raw == AMPERSAND || raw == EQUALS) break;
    out = nameBytes(endPtr, out);
  }
  store<u8>(out++, <u8>VALUE_START);
  let length: u32 = 0;
  if (nextPtr < endPtr && load<u8>(nextPtr) == EQUALS) {
    nextPtr++;
    out = valueText(endPtr, out, fullEndPtr, limitPtr, AMPERSAND);
    length = valueBytes;
  }
  if (nextPtr < endPtr && load<u8>(nextPtr) == AMPERSAND) nextPtr++;
  store<u8>(out, <u8>VALUE_END);
  store<u8>(out + 1, <u8>(length <= LENGTH_EXACT_MAX ? length : LENGTH_IS_CLASS | lengthClass(length)));
  return out + 2;
}

let valueBytes: u32 = 0;

/** The bytes up to an unencoded `stop`; from `fullEndPtr` on runs of letters and of blanks are one sign each. */
function valueText(endPtr: usize, out: usize, fullEndPtr: usize, limitPtr: usize, stop: u32): usize {
  let length: u32 = 0;
  let digits = 0;
  while (nextPtr < endPtr && out < limitPtr) {
    if (out < fullEndPtr) {
      const startPtr = out;
      out = copyPlain(endPtr, out, fullEndPtr, NAME_BOUND);
      if (out > startPtr) digits = 0;
      length += <u32>(out - startPtr);
      if (nextPtr >= endPtr || out >= fullEndPtr) continue;
    }
    if (<u32>load<u8>(nextPtr) == stop) break;
    let c = decodedByte(endPtr);
    length++;
    if (isDigit(c)) {
      if (digits++ < DIGIT_RUN_MAX) store<u8>(out++, DIGIT_0);
      continue;
    }
    digits = 0;
    if (c == TAB) c = SPACE;
    if (out >= fullEndPtr) {
      const previous = <u32>load<u8>(out - 1);
      if (isLetter(c)) {
        if (isLetter(previous)) continue;
        c = LOWER_A;
      } else if (c == SPACE && previous == SPACE) continue;
    }
    store<u8>(out++, <u8>punctuation(c));
  }
  valueBytes = length;
  return out;
}

/** Line ends keep their own sign (a line feed in a parameter is a change); other controls share one. */
// @ts-ignore: decorator
@inline
function punctuation(c: u32): u32 {
  if (c >= SPACE) return c;
  return c == NEWLINE || c == CARRIAGE_RETURN ? c : CONTROL;
}

/** floor(2 log2(length + 1)), at most 40: two classes an octave. */
export function lengthClass(length: u32): u32 {
  const x = <u64>length + 1;
  const octave = <u32>(63 - clz(x));
  // the half octave is reached when x² ≥ 2^(2·octave + 1)
  const half = x >= 1 << 20 ? 0 : x * x >= (<u64>1) << (2 * octave + 1) ? 1 : 0;
  return min<u32>(2 * octave + half, 40);
}

/** A length as the signature has it, as its class. */
export function halfOctaves(length: u32): u32 {
  return length >= LENGTH_IS_CLASS ? length - LENGTH_IS_CLASS : lengthClass(length);
}

/** Of a request line without method and target. */
export function writeMalformedSignature(): void {
  store<u8>(signaturePtr, <u8>MALFORMED_SIGNATURE);
  nextPtr = bodyPtr;
  const fullEndPtr = signaturePtr + 1 + WRITTEN_BYTES_MAX;
  setSignatureEnd(valueText(bodyEndPtr, signaturePtr + 1, fullEndPtr, fullEndPtr + 64, 0x100));
}
