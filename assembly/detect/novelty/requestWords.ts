/**
 * The line's own words behind a stretch of a request's signature, with percent-encoding undone. A signature says less
 * than the line: runs of digits are zeros, far from the beginning runs of letters and blanks are one sign. Both are
 * read side by side; only a reason asks for it.
 */

import { reasonShapes } from "../../config/settings";
import { bodyEndPtr, bodyPtr, targetEndPtr, targetPtr } from "../../event/event";
import { isDigit, isLetter } from "../../runtime/bytes";
import { EQUALS, SLASH, SPACE, TAB } from "../../runtime/characters";
import { outputEndPtr, putByte, putText } from "../../runtime/output";
import { fieldEnd } from "./features";
import { putShape, QUOTED_BYTES_MAX } from "./reason";
import { nextByte, nextPtr, readFrom } from "./requestSignature";
import {
  FIELD_END,
  NAME_START,
  REQUEST_SIGNATURE,
  signatureEndPtr,
  signaturePtr,
  VALUE_END,
  VALUE_START,
} from "./signature";

/** The path of the request at hand in its signature. */
export function pathStart(): usize {
  return fieldEnd(fieldEnd(signaturePtr + 1, FIELD_END) + 1, FIELD_END) + 1;
}

/** Whether values are read, where letters and blanks may be fewer than in the line; digits may be everywhere. */
let isValue: bool = false;

function runOf(c: u32): u32 {
  if (isDigit(c)) return 1;
  if (!isValue) return 0;
  return isLetter(c) ? 2 : c == SPACE || c == TAB ? 3 : 0;
}

/** Where in the line stands what the signature has at `ptr`. */
function wordsAt(ptr: usize): usize {
  isValue = load<u8>(signaturePtr) != REQUEST_SIGNATURE;
  const endPtr = isValue ? bodyEndPtr : targetEndPtr;
  readFrom(isValue ? bodyPtr : targetPtr);
  let at = isValue ? signaturePtr + 1 : pathStart();
  if (!isValue && (nextPtr == endPtr || load<u8>(nextPtr) != SLASH)) at++;
  for (; at < ptr && nextPtr < endPtr; at++) {
    const c = <u32>load<u8>(at);
    if (c == VALUE_END) {
      at++; // the length
    } else if (c == NAME_START || c == VALUE_START) {
      isValue = c == VALUE_START;
      if (!isValue || load<u8>(nextPtr) == EQUALS) readFrom(nextPtr + 1);
    } else passRun(runOf(c), at + 1 < signatureEndPtr ? runOf(<u32>load<u8>(at + 1)) : 0, endPtr);
  }
  return nextPtr;
}

/** One byte, and what is left of its run where the signature goes on with something else. */
function passRun(run: u32, next: u32, endPtr: usize): void {
  nextByte(endPtr);
  if (run == 0 || run == next) return;
  while (nextPtr < endPtr) {
    const ptr = nextPtr;
    if (runOf(nextByte(endPtr)) != run) return readFrom(ptr);
  }
}

/** What the line has where the signature has this stretch, or its shape. */
export function putWords(ptr: usize, endPtr: usize, bytesMax: usize = QUOTED_BYTES_MAX): void {
  if (reasonShapes) return putShape(ptr, endPtr);
  const wordsEndPtr = wordsAt(endPtr);
  readFrom(wordsAt(ptr));
  const limit = outputEndPtr + bytesMax;
  while (nextPtr < wordsEndPtr) {
    if (outputEndPtr >= limit) return putText("...");
    putByte(nextByte(wordsEndPtr));
  }
}
