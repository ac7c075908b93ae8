/** Classes of bytes as one look-up each: the loops around addresses ask for them at every byte. */
import { isDigit, isLetter } from "../runtime/bytes";
import { reserve } from "../runtime/memory";

const RUN: u32 = 1;
const WORD: u32 = 2;
const NAME: u32 = 4;
const OPENER: u32 = 8;

let classesPtr: usize = 0;

export function initialiseByteClasses(): bool {
  if (classesPtr != 0) return true;
  classesPtr = reserve(256);
  if (classesPtr == 0) return false;
  for (let c: u32 = 0; c < 256; c++) {
    let classes: u32 = 0;
    if (isDigit(c) || (c | 0x20) - 0x61 < 6 || c == 0x2e || c == 0x3a) classes |= RUN;
    if (isLetter(c) || isDigit(c) || c == 0x5f) classes |= WORD | NAME;
    if (c == 0x2d || c == 0x2e) classes |= NAME;
    if (c == 0x20 || c == 0x09 || c == 0x5b || c == 0x28 || c == 0x7b || c == 0x3c || c == 0x22 || c == 0x27) classes |= OPENER;
    if (c == 0x60 || c == 0x5c || c == 0x3d || c == 0x3a || c == 0x23) classes |= OPENER;
    store<u8>(classesPtr + c, <u8>classes);
  }
  return true;
}

/** What addresses consist of: digits, hexadecimal letters, dots, colons. */
// @ts-ignore: decorator
@inline
export function isRunByte(c: u32): bool {
  return (<u32>load<u8>(classesPtr + c) & RUN) != 0;
}

/** Letters, digits, `_`. */
// @ts-ignore: decorator
@inline
export function isWordByte(c: u32): bool {
  return (<u32>load<u8>(classesPtr + c) & WORD) != 0;
}

/** The same with `-` and `.`: names of fields and hosts. */
// @ts-ignore: decorator
@inline
export function isNameByte(c: u32): bool {
  return (<u32>load<u8>(classesPtr + c) & NAME) != 0;
}

/** Spaces, quotes, brackets that open, and the signs between a name and its value. */
// @ts-ignore: decorator
@inline
export function isOpener(c: u32): bool {
  return (<u32>load<u8>(classesPtr + c) & OPENER) != 0;
}
