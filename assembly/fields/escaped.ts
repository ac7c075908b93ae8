/**
 * The members of a JSON object that lies in a string of another, as `tail` hands a line of JSON over: walked as they
 * lie, `\"` for a quote and `\\` for a backslash. So nothing is unescaped but what somebody asks for and has escapes of
 * its own.
 */
import { messageScratchEndPtr, messageScratchPtr, setMessage } from "../event/event";
import { exactly, firstMatch, matchByte, matchEither } from "../runtime/bytes";
import {
  BACKSLASH,
  CARRIAGE_RETURN,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SPACE,
} from "../runtime/characters";
import { findStop, isByteEscapedTwice, skipScalar, unescape, unescapedEndPtr } from "../runtime/json";
import { NAME_START, nameHash } from "../runtime/nameTable";
import {
  clearListed,
  findMessage,
  foundRank,
  LISTED_BYTES,
  listedEndPtr,
  listedPtr,
  listMember,
  metNamesPtr,
  NAME_BYTES_MAX,
  valueOf,
} from "./members";
import { isMetName, meetName, nameEndPtr, nameField } from "./metNames";
import { fieldLimit, fieldNamed, fieldNextPtr, hasKind, messageRankOf, noteField } from "./named";
import { areNotedAll, HAS_ESCAPES, IS_MESSAGE, IS_NUMBER, IS_TEXT, keepNoting, leaveNoted, noteTaken } from "./noted";
import { noteQuantity } from "./quantities";

/** `\n`, `\r`, `\"`, `\":` and `\\` as numbers. */
const ESCAPED_NEWLINE: u16 = 0x6e5c;
const ESCAPED_RETURN: u16 = 0x725c;
const ESCAPED_QUOTE: u16 = 0x225c;
const ESCAPED_QUOTE_COLON: u32 = 0x3a225c;
const ESCAPED_BACKSLASH: u16 = 0x5c5c;
const TWO_ESCAPED_BACKSLASHES: u32 = 0x5c5c5c5c;
/** `\\\\x` and two digits: a byte of binary data, escaped twice. */
const ESCAPED_BYTE_BYTES: usize = 7;
/** Longer ones are unescaped first; what values need is kept in this part of the room for a message. */
const OBJECT_BYTES_MAX: usize = 32768;
const VALUES_OFFSET: usize = 65536;

/** Where the object at hand begins, and the quote that ends the string it is; 0 while there is none. */
export let escapedPtr: usize = 0;
let escapedEndPtr: usize = 0;

export function clearEscaped(): void {
  escapedPtr = 0;
}

/**
 * Notes for `takeEscaped` which members of the object at ptr somebody asks for, where a string ends with it; returns
 * the string's quote. 0 where it must be unescaped to be read: it holds other escapes, or is not as loggers write them.
 */
export function listEscaped(ptr: usize, endPtr: usize): usize {
  const startPtr = ptr;
  endPtr = min(endPtr, ptr + OBJECT_BYTES_MAX);
  clearListed();
  do {
    ptr++; // the brace or the comma
    if (load<u8>(ptr) == SPACE) ptr++;
    if (load<u16>(ptr) != ESCAPED_QUOTE) return 0;
    const namePtr = ptr + 2;
    if (!isMetName(metNamesPtr, BACKSLASH, namePtr, endPtr) && !readName(namePtr, endPtr)) return 0;
    if ((load<u32>(nameEndPtr) & 0xffffff) != ESCAPED_QUOTE_COLON) return 0;
    const valuePtr = nameEndPtr + 3 + <usize>(load<u8>(nameEndPtr, 3) == SPACE);
    ptr = valueEnd(valuePtr, endPtr);
    if (ptr == 0 || (nameField != 0 && !listMember(namePtr, valuePtr, ptr, hasEscapes))) return 0;
    if (nameField == 0) noteQuantity(namePtr, nameEndPtr, valuePtr, ptr);
  } while (load<u8>(ptr) == COMMA);
  if (load<u8>(ptr) != CLOSE_BRACE) return 0;
  ptr++;
  while (endsLine(ptr)) ptr += 2;
  if (load<u8>(ptr) != QUOTE || ptr >= endPtr) return 0;
  escapedPtr = startPtr;
  escapedEndPtr = ptr;
  return escapedEndPtr;
}

/** Whether `\n` or `\r` stands at ptr. */
// @ts-ignore: decorator
@inline
export function endsLine(ptr: usize): bool {
  const escape = load<u16>(ptr);
  return escape == ESCAPED_NEWLINE || escape == ESCAPED_RETURN;
}

function readName(ptr: usize, endPtr: usize): bool {
  const stopPtr = findStop(ptr, endPtr);
  if (stopPtr >= endPtr || load<u16>(stopPtr) != ESCAPED_QUOTE) return false;
  meetName(ptr, stopPtr, stopPtr - ptr > NAME_BYTES_MAX ? 0 : fieldNamed(nameHash(NAME_START, ptr, stopPtr)));
  return true;
}

/** Whether the value passed over last must be unescaped to be read: it has escapes of its own, or parts. */
let hasEscapes: bool = false;

// @ts-ignore: decorator
@inline
function valueEnd(ptr: usize, endPtr: usize): usize {
  hasEscapes = false;
  if (load<u16>(ptr) == ESCAPED_QUOTE) return stringEnd(ptr + 2, endPtr);
  const first = <u32>load<u8>(ptr);
  return first == OPEN_BRACE || first == OPEN_BRACKET ? nestedEnd(ptr, endPtr) : skipScalar(ptr, endPtr);
}

/** Behind the string whose first byte is at ptr, or 0. */
function stringEnd(ptr: usize, endPtr: usize): usize {
  while (true) {
    // escapes of binary data stand near: a word is looked at before many are
    const word = load<u64>(ptr);
    const marks = exactly(matchEither(word, QUOTE, BACKSLASH), word);
    ptr = marks != 0 ? ptr + firstMatch(marks) : findStop(ptr + 8, endPtr);
    if (ptr >= endPtr) return 0;
    const four = load<u32>(ptr);
    // most escapes of binary data
    if (four == TWO_ESCAPED_BACKSLASHES) {
      hasEscapes = true;
      if (isByteEscapedTwice(load<u64>(ptr))) {
        do ptr += ESCAPED_BYTE_BYTES;
        while (ptr < endPtr && isByteEscapedTwice(load<u64>(ptr)));
      } else ptr += 4;
      continue;
    }
    if (<u16>four == ESCAPED_QUOTE) return ptr + 2;
    if (<u16>four != ESCAPED_BACKSLASH) return 0;
    hasEscapes = true;
    // what is escaped may be a quote, which is escaped itself
    const next = <u16>(four >> 16);
    if (next == ESCAPED_QUOTE) ptr += 4;
    else if (<u8>next == BACKSLASH || <u8>next == QUOTE) return 0;
    else ptr += 3;
  }
}

/** Behind the object or array at ptr, or 0; as in json.ts it is matched by depth. */
function nestedEnd(ptr: usize, endPtr: usize): usize {
  let depth = 0;
  while (ptr < endPtr) {
    const c = <u32>load<u8>(ptr);
    if (c == BACKSLASH) {
      ptr = load<u8>(ptr, 1) == QUOTE ? stringEnd(ptr + 2, endPtr) : 0;
      if (ptr == 0) return 0;
      continue;
    }
    if (c == QUOTE) return 0;
    ptr++;
    if (c == OPEN_BRACE || c == OPEN_BRACKET) depth++;
    else if ((c == CLOSE_BRACE || c == CLOSE_BRACKET) && --depth == 0) {
      hasEscapes = true;
      return ptr;
    }
  }
  return 0;
}

/** Where the next value is unescaped to. */
let roomPtr: usize = 0;

export function clearRoom(): void {
  roomPtr = messageScratchPtr + VALUES_OFFSET;
}

/** Takes what `listEscaped` noted, as far as its strings can be read. */
export function takeEscaped(): void {
  clearRoom();
  for (let at = listedPtr; at < listedEndPtr; at += LISTED_BYTES) {
    const ptr = <usize>load<u32>(at, 8);
    const field = load<u32>(at, 12);
    const endPtr = <usize>load<u32>(at, 16);
    const first = <u32>load<u8>(ptr);
    const isText = first == BACKSLASH;
    if (load<u32>(at, 20) == 0) {
      if (isText) takeText(field, ptr + 2, endPtr - 2);
      else if (hasKind(field)) {
        noteTaken(field, ptr, endPtr, IS_NUMBER);
        noteField(field, ptr, endPtr, false, false);
      }
      continue;
    }
    if (isText && !hasKind(field) && messageRankOf(field) <= foundRank) continue;
    const wereNotedAll = areNotedAll;
    const kind = messageRankOf(field) > foundRank ? IS_MESSAGE : IS_TEXT;
    if (isText) leaveNoted();
    const prefix = first == OPEN_BRACE ? nameHash(NAME_START, load<u32>(at), load<u32>(at, 4)) : 0;
    if (!takeUnescaped(field, prefix, ptr, endPtr)) return;
    if (!isText) continue;
    keepNoting(wereNotedAll);
    noteTaken(field, ptr, endPtr, kind | HAS_ESCAPES);
  }
}

/** A value that has escapes of its own, or parts; false where it cannot be read. */
export function takeUnescaped(field: u32, prefix: u32, ptr: usize, endPtr: usize): bool {
  const startPtr = roomPtr;
  roomPtr = unescapeOnce(ptr, endPtr, startPtr);
  return valueOf(field, prefix, startPtr, roomPtr, 0) != 0;
}

/** A text is taken as it lies. */
function takeText(field: u32, ptr: usize, endPtr: usize): void {
  const rank = messageRankOf(field);
  noteTaken(field, ptr, endPtr, rank > foundRank ? IS_MESSAGE : IS_TEXT);
  if (rank > foundRank) return findMessage(ptr, endPtr, rank);
  noteText(field, ptr, endPtr);
}

/** As much of a text is noted as would be kept. */
export function noteText(field: u32, ptr: usize, endPtr: usize): void {
  const limitPtr = hasKind(field) ? fieldLimit(field) : 0;
  if (limitPtr != 0) noteField(field, ptr, min(endPtr, ptr + (limitPtr - 16 - fieldNextPtr)), true, false);
}

/** Writes [ptr, endPtr), in which quotes and backslashes are escaped, to targetPtr; returns its end. */
function unescapeOnce(ptr: usize, endPtr: usize, targetPtr: usize): usize {
  while (ptr < endPtr) {
    const word = load<u64>(ptr);
    store<u64>(targetPtr, word);
    const marks = exactly(matchByte(word, BACKSLASH), word);
    const bytes = marks != 0 ? firstMatch(marks) : 8;
    ptr += bytes;
    targetPtr += bytes;
    if (marks == 0 || ptr >= endPtr) continue;
    let escape = load<u64>(ptr);
    if (isByteEscapedTwice(escape)) {
      do {
        store<u64>(targetPtr, escape >> 16);
        targetPtr += ESCAPED_BYTE_BYTES - 2;
        ptr += ESCAPED_BYTE_BYTES;
        escape = load<u64>(ptr);
      } while (ptr < endPtr && isByteEscapedTwice(escape));
      continue;
    }
    if (<u32>escape == TWO_ESCAPED_BACKSLASHES) {
      store<u16>(targetPtr, ESCAPED_BACKSLASH);
      targetPtr += 2;
      ptr += 4;
      continue;
    }
    store<u8>(targetPtr++, load<u8>(ptr, 1));
    ptr += 2;
  }
  return targetPtr - (ptr - endPtr);
}

/** The object as the message it is: nothing inside it is one. */
export function unescapeObject(): void {
  unescape(escapedPtr, escapedEndPtr + 1, messageScratchPtr, messageScratchEndPtr());
  let endPtr = unescapedEndPtr;
  while (load<u8>(endPtr - 1) <= CARRIAGE_RETURN) endPtr--;
  setMessage(messageScratchPtr, endPtr);
}
