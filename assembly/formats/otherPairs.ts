/**
 * Pairs that are not written as NAME=VALUE between blanks, made such:
 *   CEF:0|VENDOR|PRODUCT|VERSION|ID|NAME|SEVERITY|NAME=VALUE NAME=VALUE WITH BLANKS …            ArcSight's format
 *   LEEF:2.0|VENDOR|PRODUCT|VERSION|ID|[SEPARATOR|]NAME=VALUE<TAB>NAME=VALUE …                    QRadar's
 *   action:"Accept"; src:"10.0.0.1"; …                                                            Check Point
 *   SrcIP: 10.0.0.1, DstIP: 10.0.0.2, …                                                           Cisco's FTD
 *   src_ip='10.0.0.1'|dst_ip='10.0.0.2'                                                           flows
 */
import { setSource, sourceEndPtr, sourcePtr } from "../event/event";
import { isNameByte } from "../fields/byteClass";
import { findRarely, hexValue, isDigit, startsWith } from "../runtime/bytes";
import { APOSTROPHE, BACKSLASH, BAR, COLON, COMMA, EQUALS, QUOTE, SEMICOLON, SPACE, TAB } from "../runtime/characters";
import { bytesOf, firstByte, Text } from "../runtime/text";
import { joinInner, wrappedPtr } from "./wrapped";

/** Longer lines are something else. */
const BYTES_MAX: usize = 8192;
const NAME_BYTES_MAX: usize = 40;
const CEF: u32 = 0x3a464543; // "CEF:"
const LEEF: u32 = 0x4645454c; // "LEEF"
const CEF_BARS: i32 = 7;
const LEEF_BARS: i32 = 5;
/** A separator of LEEF's own: a sign, or its number in hexadecimal digits. */
const SEPARATOR_BYTES_MAX: usize = 5;
const DEVICES: u32 = 0x445446; // "FTD", in any case
const THREE_CAPITALS: u32 = 0xdfdfdf;

/** What may stand between two pairs of a flow, the signs in one number; between quoted values a blank as well. */
export const BETWEEN_FLOWS: u32 = ((<u32>BAR) << 16) | ((<u32>SEMICOLON) << 8) | COMMA;
export const BETWEEN_QUOTED: u32 = ((<u32>SPACE) << 24) | BETWEEN_FLOWS;

/** The pairs as they were written anew. */
export let rewrittenPtr: usize = 0;
export let rewrittenEndPtr: usize = 0;
/** What a header said of the severity, from 0 to 10; 0 for none. */
export let otherLevelPtr: usize = 0;
export let otherLevelEndPtr: usize = 0;

// @ts-ignore: decorator
@inline
export function clearOther(): void {
  otherLevelPtr = 0;
}

/** False where [ptr, endPtr) is nothing of this; its first name, if any, ends at stopPtr. */
// @ts-ignore: decorator
@inline
export function rewriteOther(ptr: usize, stopPtr: usize, endPtr: usize): bool {
  return (load<u8>(stopPtr) == COLON || isDigit(<u32>load<u8>(ptr))) && rewriteMarked(ptr, stopPtr, endPtr);
}

/** Behind "CEF:" or "LEEF:", which the header of syslog took for the program: VERSION| */
// @ts-ignore: decorator
@inline
export function isBehindMark(ptr: usize): bool {
  return isDigit(<u32>load<u8>(ptr)) && (load<u8>(ptr, 1) == BAR || load<u8>(ptr, 3) == BAR);
}

function rewriteMarked(ptr: usize, stopPtr: usize, endPtr: usize): bool {
  if (isDigit(<u32>load<u8>(ptr))) {
    // the header of syslog took the name for the program's
    if (load<u8>(ptr, 1) == BAR) return load<u32>(ptr - 4) == CEF && rewriteHeaded(ptr, endPtr, CEF_BARS);
    return load<u8>(ptr, 3) == BAR && load<u32>(ptr - 5) == LEEF && rewriteHeaded(ptr, endPtr, LEEF_BARS);
  }
  if (load<u8>(stopPtr) != COLON || stopPtr + 2 >= endPtr) return false;
  if (load<u32>(ptr) == CEF) return rewriteHeaded(ptr + 4, endPtr, CEF_BARS);
  if (load<u32>(ptr) == LEEF) return rewriteHeaded(ptr + 5, endPtr, LEEF_BARS);
  const c = <u32>load<u8>(stopPtr, 1);
  if (c == QUOTE) return rewrite(ptr, endPtr, COLON, SEMICOLON);
  return c == SPACE && isDevice() && rewrite(ptr, endPtr, COLON, COMMA);
}

function isDevice(): bool {
  return sourceEndPtr - sourcePtr > 2 && (load<u32>(sourcePtr) & THREE_CAPITALS) == DEVICES;
}

/** Fields between bars: the product, and before the pairs the severity, or LEEF's separator. */
function rewriteHeaded(ptr: usize, endPtr: usize, bars: i32): bool {
  let productPtr: usize = 0;
  let productEndPtr: usize = 0;
  let fieldPtr = ptr;
  for (let bar = 0; bar < bars; bar++) {
    fieldPtr = ptr;
    const barPtr = findBar(ptr, endPtr);
    if (barPtr >= endPtr) return false;
    if (bar == 2) {
      productPtr = ptr;
      productEndPtr = barPtr;
    }
    ptr = barPtr + 1;
  }
  let separator: u32 = SPACE;
  if (bars == CEF_BARS) {
    otherLevelPtr = fieldPtr;
    otherLevelEndPtr = ptr - 1;
  } else {
    separator = TAB;
    const barPtr = findRarely(ptr, min<usize>(ptr + SEPARATOR_BYTES_MAX + 1, endPtr), BAR);
    if (load<u8>(barPtr) == BAR && findRarely(ptr, barPtr, EQUALS) == barPtr && barPtr < endPtr) {
      separator = ownSeparator(ptr, barPtr);
      ptr = barPtr + 1;
    }
  }
  setSource(productPtr, productEndPtr);
  return rewrite(ptr, endPtr, EQUALS, separator);
}

/** A sign, or its number in two hexadecimal digits; a tab where it is left out. */
function ownSeparator(ptr: usize, endPtr: usize): u32 {
  if (endPtr <= ptr + 1) return endPtr == ptr ? TAB : <u32>load<u8>(ptr);
  return (hexValue(<u32>load<u8>(endPtr - 2)) << 4) | hexValue(<u32>load<u8>(endPtr - 1));
}

/** A backslash makes a bar a part of its field. */
function findBar(ptr: usize, endPtr: usize): usize {
  while (true) {
    ptr = findRarely(ptr, endPtr, BAR);
    if (ptr >= endPtr || load<u8>(ptr - 1) != BACKSLASH) return ptr;
    ptr++;
  }
}

let outPtr: usize = 0;

/**
 * Writes the pairs of [ptr, endPtr), of which `joint` stands between name and value, as NAME="VALUE" ones. A value ends
 * only before a separator that another name and joint follow; quotes and backslashes in it are left out.
 */
export function rewrite(ptr: usize, endPtr: usize, joint: u32, separators: u32): bool {
  const bytes = endPtr - ptr;
  // every joint and separator may become two bytes, and a name of two letters eight
  if (bytes > BYTES_MAX || !joinInner(ptr, endPtr, ptr, endPtr)) return false;
  rewrittenPtr = outPtr = wrappedPtr;
  if (!joinInner(ptr, endPtr, ptr, ptr + 8)) return false;
  let at = jointAt(ptr, endPtr, joint);
  if (at == 0) return false;
  at = putName(ptr, at, endPtr, joint);
  while (at < endPtr) {
    const c = <u32>load<u8>(at);
    if (isSeparator(c, separators)) {
      let namePtr = at + 1;
      while (namePtr < endPtr && load<u8>(namePtr) == SPACE) namePtr++;
      const jointPtr = jointAt(namePtr, endPtr, joint);
      if (jointPtr != 0) {
        store<u16>(outPtr, 0x2022); // a quote and a blank
        outPtr += 2;
        at = putName(namePtr, jointPtr, endPtr, joint);
        continue;
      }
    }
    if (c != QUOTE && c != BACKSLASH && (c != APOSTROPHE || separators < BETWEEN_FLOWS)) store<u8>(outPtr++, <u8>c);
    at++;
  }
  store<u8>(outPtr++, QUOTE);
  rewrittenEndPtr = outPtr;
  return true;
}

/** The joint behind a name that begins at ptr, or 0. */
function jointAt(ptr: usize, endPtr: usize, joint: u32): usize {
  const limitPtr = min<usize>(ptr + NAME_BYTES_MAX, endPtr);
  let at = ptr;
  while (at < limitPtr && isNameByte(<u32>load<u8>(at))) at++;
  return at > ptr && at < limitPtr && <u32>load<u8>(at) == joint ? at : 0;
}

/** CEF's names of bytes from and to the source are words that others use otherwise. */
const IN: u16 = 0x6e69;

/** Writes NAME=" and returns where the value begins. */
function putName(ptr: usize, jointPtr: usize, endPtr: usize, joint: u32): usize {
  const isCef = otherLevelPtr != 0;
  if (isCef && jointPtr - ptr == 2 && load<u16>(ptr) == IN) putText("sentbyte");
  else if (isCef && jointPtr - ptr == 3 && startsWith(ptr, endPtr, "out")) putText("rcvdbyte");
  else {
    memory.copy(outPtr, ptr, jointPtr - ptr);
    outPtr += jointPtr - ptr;
  }
  store<u16>(outPtr, 0x223d); // an equals sign and a quote
  outPtr += 2;
  ptr = jointPtr + 1;
  if (joint == COLON) while (ptr < endPtr && load<u8>(ptr) == SPACE) ptr++;
  return ptr;
}

function putText(text: Text): void {
  memory.copy(outPtr, firstByte(text), bytesOf(text));
  outPtr += bytesOf(text);
}

function isSeparator(c: u32, separators: u32): bool {
  for (; separators != 0; separators >>= 8) if (c == (separators & 255)) return true;
  return false;
}
