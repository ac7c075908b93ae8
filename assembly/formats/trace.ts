/**
 * Stack traces. Of one inside a record the lines before the first indented one are kept (message and exception), the
 * frames are not; Python names the exception last: that line takes the place of its `Traceback`. What arrives line by
 * line belongs to the line before: frames, causes and other indented lines are read as saying nothing.
 */

import { bodyEndPtr, bodyPtr, setBody } from "../event/event";
import { findByte, isSpace, startsWith } from "../runtime/bytes";
import { CLOSE_PAREN, COLON, DOT, NEWLINE, SPACE, TAB } from "../runtime/characters";
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

/** Whether the body is one line that continues another: indented, or of a kind that traces alone are made of. */
export function isContinuation(): bool {
  const ptr = bodyPtr;
  let endPtr = bodyEndPtr;
  while (endPtr > ptr && isSpace(<u32>load<u8>(endPtr - 1))) endPtr--;
  if (ptr == endPtr) return false;
  const last = <u32>load<u8>(endPtr - 1);
  let is = load<u8>(ptr) == TAB || (load<u8>(ptr) == SPACE && load<u8>(ptr + 1) == SPACE);
  if (!is && last == CLOSE_PAREN) is = startsWith(ptr, endPtr, "at ");
  if (!is && last == COLON) is = startsWith(ptr, endPtr, "Traceback (") || startsWith(ptr, endPtr, "goroutine ");
  if (!is && load<u8>(ptr) == DOT) is = startsWith(ptr, endPtr, "... ") && startsWith(endPtr - 5, endPtr, " more");
  return (is || startsWith(ptr, endPtr, "Caused by: ")) && findByte(ptr, endPtr, NEWLINE) == endPtr;
}
