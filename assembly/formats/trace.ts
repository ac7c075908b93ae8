/**
 * Stack traces that arrive inside one record: of the body the lines before the first indented one are kept (message and
 * exception), the frames are not. Python names the exception last: that line takes the place of its `Traceback`.
 */

import { bodyEndPtr, bodyPtr, setBody } from "../event/event";
import { findByte, startsWith } from "../runtime/bytes";
import { NEWLINE, SPACE, TAB } from "../runtime/characters";
import { Text } from "../runtime/text";
import { joinInner, wrappedEndPtr, wrappedPtr } from "./wrapped";

const TRACEBACK: Text = "Traceback (most recent call last):";
const TRACEBACK_BYTES: usize = 34;

export function cutTrace(): void {
  const endPtr = bodyEndPtr;
  let newlinePtr = findByte(bodyPtr, endPtr, NEWLINE);
  while (newlinePtr + 1 < endPtr && !isIndented(newlinePtr + 1)) newlinePtr = findByte(newlinePtr + 1, endPtr, NEWLINE);
  if (newlinePtr + 1 >= endPtr) return;
  const isPython =
    newlinePtr - bodyPtr >= TRACEBACK_BYTES && startsWith(newlinePtr - TRACEBACK_BYTES, newlinePtr, TRACEBACK);
  if (!isPython || !takeException(newlinePtr, endPtr)) setBody(bodyPtr, newlinePtr);
}

// @ts-ignore: decorator
@inline
function isIndented(ptr: usize): bool {
  return load<u8>(ptr) == SPACE || load<u8>(ptr) == TAB;
}

/** The last line, where it is not indented, behind what stands before the traceback. */
function takeException(tracePtr: usize, endPtr: usize): bool {
  while (endPtr > tracePtr && load<u8>(endPtr - 1) == NEWLINE) endPtr--;
  let linePtr = endPtr;
  while (linePtr > tracePtr && load<u8>(linePtr - 1) != NEWLINE) linePtr--;
  if (linePtr <= tracePtr || isIndented(linePtr)) return false;
  if (!joinInner(bodyPtr, tracePtr - TRACEBACK_BYTES, linePtr, endPtr)) return false;
  setBody(wrappedPtr, wrappedEndPtr);
  return true;
}
