/** Classes of bytes as one look-up each: the loops around addresses ask for them at every byte. */
import { isDigit, isLetter, isSpace } from "../runtime/bytes";
import {
  APOSTROPHE,
  BACKSLASH,
  BACKTICK,
  BAR,
  CASE_BIT,
  CLOSE_BRACKET,
  CLOSE_PAREN,
  COLON,
  COMMA,
  DASH,
  DOT,
  EQUALS,
  LESS,
  LOWER_A,
  NUMBER_SIGN,
  OPEN_BRACE,
  OPEN_BRACKET,
  OPEN_PAREN,
  QUOTE,
  SPACE,
  TAB,
  UNDERSCORE,
} from "../runtime/characters";
import { reserve } from "../runtime/memory";

const RUN: u32 = 1;
const WORD: u32 = 2;
const NAME: u32 = 4;
const OPENER: u32 = 8;
const SEPARATOR: u32 = 16;
const GROUP: u32 = 32;

let classesPtr: usize = 0;

export function initialiseByteClasses(): bool {
  if (classesPtr != 0) return true;
  classesPtr = reserve(256);
  if (classesPtr == 0) return false;
  for (let c: u32 = 0; c < 256; c++) {
    let classes: u32 = 0;
    if (isDigit(c) || (c | CASE_BIT) - LOWER_A < 6 || c == DOT || c == COLON) classes |= RUN;
    if (isLetter(c) || isDigit(c) || c == UNDERSCORE) classes |= WORD | NAME;
    if (c == DASH || c == DOT) classes |= NAME;
    if (
      c == SPACE ||
      c == TAB ||
      c == OPEN_BRACKET ||
      c == OPEN_PAREN ||
      c == OPEN_BRACE ||
      c == LESS ||
      c == QUOTE ||
      c == APOSTROPHE
    )
      classes |= OPENER;
    if (c == BACKTICK || c == BACKSLASH || c == EQUALS || c == COLON || c == NUMBER_SIGN) classes |= OPENER;
    if (c == OPEN_BRACKET || c == OPEN_PAREN) classes |= GROUP;
    if (isSpace(c) || c == CLOSE_BRACKET || c == CLOSE_PAREN || c == DASH || c == BAR || c == COMMA || c == COLON)
      classes |= SEPARATOR;
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

/** What stands between date, level and names of a header, brackets among it. */
// @ts-ignore: decorator
@inline
export function isSeparator(c: u32): bool {
  return (<u32>load<u8>(classesPtr + c) & (SEPARATOR | GROUP)) != 0;
}

/** The same without the brackets that open a group. */
// @ts-ignore: decorator
@inline
export function isCloser(c: u32): bool {
  return (<u32>load<u8>(classesPtr + c) & SEPARATOR) != 0;
}
