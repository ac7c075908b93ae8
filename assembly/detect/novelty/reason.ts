/**
 * One sentence for a person. It names places that were learnt (a path, a parameter, a source) and shows what came there
 * in the line's own words, or as a shape: letters `a`, digits `9`, joined words `A`. Here is what sentences of requests
 * and of texts are put together from.
 */

import { isDigit, isLetter } from "../../runtime/bytes";
import { DELETE, DIGIT_9, DOT, LOWER_A, QUESTION_MARK, QUOTE, SPACE, UPPER_A } from "../../runtime/characters";
import { outputEndPtr, putByte, putInteger, putText } from "../../runtime/output";
import { Text } from "../../runtime/text";
import { leastGroupEntry, leastPtr } from "./score";
import { MIXED, NUMBER, signaturePtr } from "./signature";
import { entryCount } from "./table";

/** The reason's limit in bytes, before JSON escaping. */
export const REASON_BYTES_MAX: usize = 200;
const PLACE_BYTES_MAX: usize = 64;
const SHAPE_BYTES_MAX: usize = 40;
const QUOTED_BYTES_MAX: usize = 60;

export let rangePtr: usize = 0;
export let rangeEndPtr: usize = 0;

export function range(offset: usize): void {
  rangePtr = signaturePtr + <usize>load<u16>(leastPtr + offset);
  rangeEndPtr = signaturePtr + <usize>load<u16>(leastPtr + offset + 2);
}

export function putPlace(ptr: usize, endPtr: usize): void {
  const limitPtr = ptr + PLACE_BYTES_MAX;
  while (ptr < endPtr && ptr < limitPtr) {
    const c = <u32>load<u8>(ptr++);
    putByte(c < SPACE || c == DELETE ? QUESTION_MARK : c > 0x7f ? LOWER_A : c);
  }
  if (ptr < endPtr) putText("...");
}

/** The line's own bytes between quotes; what is written is escaped later. */
export function putQuoted(ptr: usize, endPtr: usize): void {
  const limitPtr = min(endPtr, ptr + QUOTED_BYTES_MAX);
  putByte(QUOTE);
  while (ptr < limitPtr) putByte(<u32>load<u8>(ptr++));
  if (ptr < endPtr) putText("...");
  putByte(QUOTE);
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
      while (ptr < endPtr && isDigit(<u32>load<u8>(ptr))) ptr++;
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

export function putCount(unit: Text): void {
  putText(" in ");
  putInteger(<i64>entryCount(leastGroupEntry));
  putText(unit);
}
