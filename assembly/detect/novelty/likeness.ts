/**
 * What a request says besides the names and numbers in its path: method, status, extension, hidden names, signs, and
 * its parameters' names, signs and lengths. Structural changes are suppressed for requests that are alike, and never
 * where the path is written so that another may be meant. It reads the signature: all that is judged, nothing else.
 */
import { isDigit, isLetter } from "../../runtime/bytes";
import { BACKSLASH, DASH, DOT, PERCENT, SLASH, UNDERSCORE } from "../../runtime/characters";
import { finish, hashBytes, mix } from "../../runtime/hash";
import { halfOctaves } from "./requestSignature";
import {
  CONTROL,
  FIELD_END,
  NAME_START,
  REQUEST_SIGNATURE,
  SIGNATURE_BYTES_MAX,
  signatureEndPtr,
  signaturePtr,
  VALUE_END,
  VALUE_START,
} from "./signature";

const EXTENSION_BYTES_MAX: usize = 9; // with its dot
/** A signature that is longer was cut: what follows is not known. */
const WHOLE_SIGNATURE_BYTES_MAX: usize = SIGNATURE_BYTES_MAX - 32;

/** Equal for requests that are alike; for those of one method and status. */
export let likeness: u64 = 0;
export let headHash: u64 = 0;
/** A parent directory, an encoded separator, backslash or control, a sign encoded repeatedly, or a cut signature. */
export let isEvasive: bool = false;

/** No sign in the query but such as stand in words, numbers, dates, addresses and paths. */
export let isPlainQuery: bool = false;

/** The same of the whole request. */
export let isPlainRequest: bool = false;

/** Statuses as they stand in a signature. */
const OK: u32 = 0x303032; // 200
const NOT_MODIFIED: u32 = 0x343033; // 304

/** Space + , - . / : = @ _ ~ and digits. */
const PLAIN_LOW_SIGNS: u64 = 0x27fff80100000000;
const PLAIN_HIGH_SIGNS: u64 = 0x4000000080000001;

/** Signs met: a bit for each of the bytes below 128, the lowest for all others. */
let lowSigns: u64 = 0;
let highSigns: u64 = 0;

function noteSign(c: u32): void {
  if (c < 64) lowSigns |= (<u64>1) << c;
  else if (c < 128) highSigns |= (<u64>1) << (c - 64);
  else lowSigns |= 1;
}

function takeSigns(hash: u64): u64 {
  // the lowest bit stands for letters beyond ASCII
  if (((lowSigns & ~PLAIN_LOW_SIGNS) >> 1) | (highSigns & ~PLAIN_HIGH_SIGNS)) isPlainRequest = false;
  hash = mix(mix(hash, lowSigns), highSigns);
  lowSigns = 0;
  highSigns = 0;
  return hash;
}

/** Reads the signature at hand; a line that should have been a request is like none. */
export function readLikeness(): void {
  const isRequest = load<u8>(signaturePtr) == REQUEST_SIGNATURE;
  isPlainRequest = isRequest;
  isEvasive = isRequest && signatureEndPtr - signaturePtr > WHOLE_SIGNATURE_BYTES_MAX;
  if (!isRequest) return;
  const statusPtr = behind(signaturePtr, FIELD_END);
  const pathPtr = behind(statusPtr, FIELD_END);
  // what a browser has still is what it got before
  let status = pathPtr - statusPtr > 3 ? load<u32>(statusPtr) & 0xffffff : 0;
  if (status == NOT_MODIFIED) status = OK;
  headHash = mix(hashBytes(signaturePtr, statusPtr - signaturePtr, 0), status) | 1;
  const hash = readPath(pathPtr, headHash);
  likeness = finish(readParameters(pathEndPtr, hash));
}

function behind(ptr: usize, mark: u32): usize {
  while (ptr < signatureEndPtr && <u32>load<u8>(ptr) != mark) ptr++;
  return min<usize>(ptr + 1, signatureEndPtr);
}

let pathEndPtr: usize = 0;

function readPath(ptr: usize, hash: u64): u64 {
  let dotPtr: usize = 0;
  let hiddenPtr: usize = 0;
  while (ptr < signatureEndPtr) {
    const c = <u32>load<u8>(ptr);
    if (c == NAME_START) break;
    const next: u32 = ptr + 1 < signatureEndPtr ? <u32>load<u8>(ptr + 1) : 0;
    if (c == SLASH) {
      if (hiddenPtr != 0) hash = mix(hash, hashBytes(hiddenPtr, ptr - hiddenPtr, 0));
      hiddenPtr = next == DOT ? ptr : 0;
      dotPtr = 0;
    } else if (c == DOT) {
      if (next == DOT) isEvasive = true;
      dotPtr = ptr;
    } else if (c >= 0x80) {
      // a dot or a slash in more bytes than it needs
      const isOverlong = (c == 0xe0 && next - 0x80 < 0x20) || (c == 0xf0 && next - 0x80 < 0x10);
      if (isOverlong || c == 0xc0 || c == 0xc1) isEvasive = true;
      noteSign(c);
    } else if (!isLetter(c) && !isDigit(c) && c != DASH && c != UNDERSCORE) {
      if (isEvasiveSign(c)) isEvasive = true;
      noteSign(c);
    }
    ptr++;
  }
  pathEndPtr = ptr;
  if (hiddenPtr != 0) hash = mix(hash, hashBytes(hiddenPtr, ptr - hiddenPtr, 0));
  if (dotPtr != 0) hash = mix(hash, hashBytes(dotPtr, min<usize>(ptr - dotPtr, EXTENSION_BYTES_MAX), 0));
  return takeSigns(hash);
}

/** A backslash, a percent sign that was not undone, a control or an encoded slash. */
// @ts-ignore: decorator
@inline
function isEvasiveSign(c: u32): bool {
  return c == BACKSLASH || c == PERCENT || c == CONTROL;
}

function isPlain(c: u32): bool {
  if (isLetter(c)) return true;
  return c < 128 && (((c < 64 ? PLAIN_LOW_SIGNS : PLAIN_HIGH_SIGNS) >> (c & 63)) & 1) != 0;
}

/** Names as a set with repetitions, the signs of all values, and the longest one's length in steps of two octaves. */
function readParameters(ptr: usize, hash: u64): u64 {
  let names: u64 = 0;
  let longest: u32 = 0;
  isPlainQuery = true;
  while (ptr < signatureEndPtr) {
    const nameEndPtr = behind(ptr, VALUE_START) - 1;
    names += finish(hashBytes(ptr, nameEndPtr - ptr, 1));
    for (let at = ptr + 1; at < nameEndPtr; at++) if (!isPlain(<u32>load<u8>(at))) isPlainQuery = false;
    ptr = nameEndPtr + 1;
    while (ptr < signatureEndPtr) {
      const c = <u32>load<u8>(ptr);
      if (c == VALUE_END) break;
      if (!isLetter(c) && !isDigit(c)) {
        if (isEvasiveSign(c) || (c == DOT && ptr + 1 < signatureEndPtr && load<u8>(ptr + 1) == DOT)) isEvasive = true;
        noteSign(c);
        if (!isPlain(c)) isPlainQuery = false;
      }
      ptr++;
    }
    if (ptr + 1 < signatureEndPtr) longest = max<u32>(longest, halfOctaves(<u32>load<u8>(ptr + 1)));
    ptr += 2;
  }
  if (!isPlainQuery) isPlainRequest = false;
  return takeSigns(mix(mix(hash, names), longest >> 2));
}
