/**
 * One sentence for a person. It names places that were learnt (a path, a parameter, a source) and shows what came there
 * in the line's own words, or, where values are hidden, as a shape: letters `a`, digits `9`, joined words `A`. Here is
 * what sentences of all detectors are put together from.
 */

import { reasonShapes } from "../../config/settings";
import { digitsEnd, isDigit, isLetter } from "../../runtime/bytes";
import { DELETE, DIGIT_9, DOT, LOWER_A, QUESTION_MARK, QUOTE, SPACE, UPPER_A } from "../../runtime/characters";
import { outputEndPtr, putByte, putBytes, putGrouped, putText } from "../../runtime/output";
import { MIXED, NUMBER } from "./signature";
import { entryCount, isOfOneClient, isTrusted } from "./table";

/** The reason's limit in bytes, before JSON escaping. */
export const REASON_BYTES_MAX: usize = 200;
export const PLACE_BYTES_MAX: usize = 40;
export const QUOTED_BYTES_MAX: usize = 60;
const SHAPE_BYTES_MAX: usize = 40;

/** A name that was learnt. */
export function putPlace(ptr: usize, endPtr: usize): void {
  const limitPtr = ptr + PLACE_BYTES_MAX;
  while (ptr < endPtr && ptr < limitPtr) putPlaceByte(<u32>load<u8>(ptr++));
  if (ptr < endPtr) putText("...");
}

export function putPlaceByte(c: u32): void {
  putByte(c < SPACE || c == DELETE ? QUESTION_MARK : c);
}

/** The line's own bytes between quotes, or their shape; what is written is escaped later. */
export function putQuoted(ptr: usize, endPtr: usize): void {
  putByte(QUOTE);
  if (reasonShapes) putShape(ptr, endPtr);
  else putOwn(ptr, endPtr);
  putByte(QUOTE);
}

/** As much of the line's own bytes as is shown. */
export function putOwn(ptr: usize, endPtr: usize, bytesMax: usize = QUOTED_BYTES_MAX): void {
  const limitPtr = min(endPtr, ptr + bytesMax);
  putBytes(ptr, limitPtr);
  if (limitPtr < endPtr) putText("...");
}

/** Any bytes as a shape. */
export function putShape(ptr: usize, endPtr: usize): void {
  const limit = outputEndPtr + SHAPE_BYTES_MAX;
  if (ptr == endPtr) return putText("nothing");
  while (ptr < endPtr) {
    if (outputEndPtr >= limit) return putText("...");
    let c = <u32>load<u8>(ptr);
    if (isLetter(c)) {
      ptr = letterRun(ptr, endPtr);
      c = LOWER_A;
      while (ptr + 1 < endPtr && isWordJoint(<u32>load<u8>(ptr)) && isLetter(<u32>load<u8>(ptr + 1))) {
        ptr = letterRun(ptr + 1, endPtr);
        c = UPPER_A;
      }
      putByte(c);
      continue;
    }
    ptr++;
    if (isDigit(c)) {
      ptr = digitsEnd(ptr, endPtr);
      putByte(DIGIT_9);
    } else putByte(c == NUMBER || c == MIXED ? DIGIT_9 : c < SPACE || c == DELETE ? QUESTION_MARK : c);
  }
}

export function letterRun(ptr: usize, endPtr: usize): usize {
  while (ptr < endPtr && isLetter(<u32>load<u8>(ptr))) ptr++;
  return ptr;
}

// @ts-ignore: decorator
@inline
function isWordJoint(c: u32): bool {
  return c == SPACE || c == DOT;
}

/** How many of all that the text goes on to name: "none of ", "1 of ". */
export function putSeen(entry: usize): void {
  if (entry == 0) putText("none");
  else putGrouped(entryCount(entry));
  putText(" of ");
}

/** Who had what was seen, and counts as unseen for want of witnesses. */
export function putWitnesses(entry: usize): void {
  if (entry != 0 && !isTrusted(entry)) putText(isOfOneClient(entry) ? ", from one client" : ", from few clients");
}
