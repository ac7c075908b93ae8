/** Patterns in which `*` stands for any bytes; no other character is special. Linear in practice: one step back. */

import { ASTERISK } from "../runtime/characters";

/** Whether the whole text fits the pattern. */
export function fitsPattern(patternPtr: usize, patternBytes: usize, textPtr: usize, textBytes: usize): bool {
  const patternEndPtr = patternPtr + patternBytes;
  const textEndPtr = textPtr + textBytes;
  let afterStarPtr: usize = 0;
  let retryPtr: usize = 0;
  while (textPtr < textEndPtr) {
    if (patternPtr < patternEndPtr && load<u8>(patternPtr) == ASTERISK) {
      afterStarPtr = ++patternPtr;
      retryPtr = textPtr;
    } else if (patternPtr < patternEndPtr && load<u8>(patternPtr) == load<u8>(textPtr)) {
      patternPtr++;
      textPtr++;
    } else if (afterStarPtr != 0) {
      patternPtr = afterStarPtr; // the last star takes one byte more
      textPtr = ++retryPtr;
    } else {
      return false;
    }
  }
  while (patternPtr < patternEndPtr && load<u8>(patternPtr) == ASTERISK) patternPtr++;
  return patternPtr == patternEndPtr;
}

/** Whether a part of the text fits it. */
export function containsPattern(patternPtr: usize, patternBytes: usize, textPtr: usize, textBytes: usize): bool {
  // The end of the pattern needs no text: what follows the part is free.
  const patternEndPtr = patternPtr + patternBytes;
  const textEndPtr = textPtr + textBytes;
  let afterStarPtr = patternPtr;
  let retryPtr = textPtr;
  while (patternPtr < patternEndPtr) {
    if (load<u8>(patternPtr) == ASTERISK) {
      afterStarPtr = ++patternPtr;
      retryPtr = textPtr;
    } else if (textPtr < textEndPtr && load<u8>(patternPtr) == load<u8>(textPtr)) {
      patternPtr++;
      textPtr++;
    } else if (retryPtr < textEndPtr) {
      patternPtr = afterStarPtr;
      textPtr = ++retryPtr;
    } else {
      return false;
    }
  }
  return true;
}
