/** The members of a JSON object that wraps an event: its message, and the fields of named.ts, nested ones included. */

import { hasDigit } from "../runtime/bytes";
import { CLOSE_BRACE, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE, SPACE } from "../runtime/characters";
import { skipSpace, skipString, skipValue, unescape, unescapedEndPtr } from "../runtime/json";
import { NAME_START, nameHash } from "../runtime/nameTable";
import { enterEventObject, FLOW_EVENT } from "./flow";
import { FLOW_SHIFT } from "./flowNames";
import { isMetName, MET_NAMES_BYTES, meetName, nameEndPtr, nameField } from "./metNames";
import {
  FIELD_ENTERED,
  FIELD_RENAMED,
  fieldLimit,
  fieldNamed,
  fieldNextPtr,
  hasKind,
  isListed,
  messageRankOf,
  noteField,
} from "./named";
import { areNotedAll, IS_MESSAGE, IS_NUMBER, IS_TEXT, leaveNoted, noteDigits, noteGiven, noteTaken } from "./noted";
import { notePath, pathsActive } from "./paths";
import { noteQuantity } from "./quantities";

/** Objects further in say nothing that is asked for. */
const DEPTH_MAX: i32 = 4;
export const NAME_BYTES_MAX: usize = 40;

/** The message found so far, its rank (0 for none), and where it may be written. */
export let foundPtr: usize = 0;
export let foundEndPtr: usize = 0;
export let foundRank: i32 = 0;
let targetPtr: usize = 0;
let targetEndPtr: usize = 0;

/** The next message found is written to [ptr, endPtr). */
export function expectMessage(ptr: usize, endPtr: usize): void {
  foundPtr = ptr;
  foundEndPtr = ptr;
  foundRank = 0;
  targetPtr = ptr;
  targetEndPtr = endPtr;
}

/** Takes one member in whose value is at ptr; returns the end of its value, or 0 where there is none. */
export function takeMember(namePtr: usize, nameEndPtr: usize, ptr: usize, endPtr: usize): usize {
  return memberOf(NAME_START, namePtr, nameEndPtr, ptr, endPtr, 0);
}

function memberOf(prefix: u32, namePtr: usize, nameEndPtr: usize, ptr: usize, endPtr: usize, depth: i32): usize {
  // with another digit it may be a name that is known
  if (areNotedAll && hasDigit(namePtr, nameEndPtr)) noteDigits();
  if (nameEndPtr - namePtr > NAME_BYTES_MAX) return skipValue(ptr, endPtr);
  const hash = nameHash(prefix, namePtr, nameEndPtr);
  const field = fieldNamed(hash);
  const valueEndPtr = valueOf(field, hash, ptr, endPtr, depth);
  if (field == 0 && valueEndPtr != 0) noteQuantity(namePtr, nameEndPtr, ptr, valueEndPtr);
  return valueEndPtr;
}

/** Takes the value at ptr in as that of `field`; members of an object go on behind `prefix`. */
export function valueOf(field: u32, prefix: u32, ptr: usize, endPtr: usize, depth: i32): usize {
  if (field == 0 || ptr >= endPtr) return skipValue(ptr, endPtr);
  const first = <u32>load<u8>(ptr);
  if (first == QUOTE) {
    const rank = messageRankOf(field);
    if (rank > foundRank) {
      const stringEndPtr = takeMessage(ptr + 1, endPtr, rank);
      noteMessage(field, ptr + 1, stringEndPtr - 1);
      return stringEndPtr;
    }
    return hasKind(field) ? takeText(field, ptr + 1, endPtr) : skipValue(ptr, endPtr);
  }
  if (first == OPEN_BRACE) {
    if ((field & (FIELD_ENTERED | FIELD_RENAMED)) == 0 || depth >= DEPTH_MAX) return skipValue(ptr, endPtr);
    const objectEndPtr = skipValue(ptr, endPtr);
    if (objectEndPtr == 0) return 0;
    const isEvent = field >> FLOW_SHIFT == FLOW_EVENT;
    if (isEvent) leaveNoted();
    if (isEvent) enterEventObject(true);
    membersOf(field & FIELD_RENAMED ? NAME_START : prefix, ptr, objectEndPtr, depth + 1);
    if (isEvent) enterEventObject(false);
    return objectEndPtr;
  }
  const valueEndPtr = skipValue(ptr, endPtr);
  if (valueEndPtr == 0 || !hasKind(field)) return valueEndPtr;
  if (first != OPEN_BRACKET) {
    noteTaken(field, ptr, valueEndPtr, IS_NUMBER);
    noteField(field, ptr, valueEndPtr, false, false);
  } else if (isListed(field)) takeFirst(field, skipSpace(ptr + 1, valueEndPtr), valueEndPtr);
  return valueEndPtr;
}

function takeFirst(field: u32, ptr: usize, endPtr: usize): void {
  if (load<u8>(ptr) == QUOTE) takeText(field, ptr + 1, endPtr);
}

/** All members of the object at ptr; returns its end, or 0. */
export function membersOf(prefix: u32, ptr: usize, endPtr: usize, depth: i32): usize {
  ptr = skipSpace(ptr + 1, endPtr);
  if (ptr < endPtr && load<u8>(ptr) == CLOSE_BRACE) return ptr + 1;
  while (ptr < endPtr && load<u8>(ptr) == QUOTE) {
    const quotePtr = skipString(ptr + 1, endPtr);
    if (quotePtr == 0) return 0;
    const colonPtr = skipSpace(quotePtr + 1, endPtr);
    if (colonPtr >= endPtr || load<u8>(colonPtr) != COLON) return 0;
    const namePtr = ptr + 1;
    const valuePtr = skipSpace(colonPtr + 1, endPtr);
    ptr = memberOf(prefix, namePtr, quotePtr, valuePtr, endPtr, depth);
    if (ptr == 0) return 0;
    if (pathsActive && depth == 0) notePath(namePtr, quotePtr, valuePtr, ptr);
    ptr = skipSpace(ptr, endPtr);
    if (ptr >= endPtr) return 0;
    if (load<u8>(ptr) == CLOSE_BRACE) return ptr + 1;
    if (load<u8>(ptr) != COMMA) return 0;
    ptr = skipSpace(ptr + 1, endPtr);
  }
  return 0;
}

// The members of one object that somebody asks for: name, its end, the value, what the name stands for, and, where
// escaped.ts noted them, the value's end and whether it must be unescaped.
const LISTED_MAX: i32 = 64;
export const LISTED_BYTES: usize = 24;
export const listedPtr = memory.data(64 * 24, 8);
export let listedEndPtr: usize = 0;
export const metNamesPtr = memory.data(MET_NAMES_BYTES, 8);

export function clearListed(): void {
  listedEndPtr = listedPtr;
}

/**
 * Whether the object at ptr ends at endPtr; notes for `takeListed` which of its members are to be taken, so that one
 * walk is enough. False as well where it is empty, has too many such members, space where loggers leave none, or is
 * not as members are: nothing is said then.
 */
export function listMembers(ptr: usize, endPtr: usize): bool {
  clearListed();
  do {
    ptr++; // the brace or the comma
    if (load<u8>(ptr) == SPACE) ptr++;
    if (ptr >= endPtr || load<u8>(ptr) != QUOTE) return false;
    const namePtr = ptr + 1;
    if (!isMetName(metNamesPtr, QUOTE, namePtr, endPtr) && !readName(namePtr, endPtr)) return false;
    ptr = nameEndPtr + 1;
    if (load<u8>(ptr++) != COLON) return false;
    if (load<u8>(ptr) == SPACE) ptr++;
    if (nameField != 0 && !listMember(namePtr, ptr, 0, false)) return false;
    const valuePtr = ptr;
    ptr = skipValue(ptr, endPtr);
    if (ptr == 0 || ptr >= endPtr) return false;
    if (nameField == 0) noteQuantity(namePtr, nameEndPtr, valuePtr, ptr);
  } while (load<u8>(ptr) == COMMA);
  return load<u8>(ptr) == CLOSE_BRACE && ptr + 1 == endPtr;
}

function readName(ptr: usize, endPtr: usize): bool {
  const quotePtr = skipString(ptr, endPtr);
  if (quotePtr == 0) return false;
  meetName(ptr, quotePtr, quotePtr - ptr > NAME_BYTES_MAX ? 0 : fieldNamed(nameHash(NAME_START, ptr, quotePtr)));
  return true;
}

/** Notes the member whose name is at hand. */
export function listMember(namePtr: usize, valuePtr: usize, valueEndPtr: usize, hasEscapes: bool): bool {
  if (listedEndPtr == listedPtr + <usize>LISTED_MAX * LISTED_BYTES) return false;
  store<u32>(listedEndPtr, <u32>namePtr);
  store<u32>(listedEndPtr, <u32>nameEndPtr, 4);
  store<u32>(listedEndPtr, <u32>valuePtr, 8);
  store<u32>(listedEndPtr, nameField, 12);
  store<u32>(listedEndPtr, <u32>valueEndPtr, 16);
  store<u32>(listedEndPtr, <u32>hasEscapes, 20);
  listedEndPtr += LISTED_BYTES;
  return true;
}

/** Takes what `listMembers` noted, of an object that ends at endPtr, as far as its strings can be read. */
export function takeListed(endPtr: usize): void {
  for (let at = listedPtr; at < listedEndPtr; at += LISTED_BYTES) {
    const ptr = <usize>load<u32>(at, 8);
    const isObject = load<u8>(ptr) == OPEN_BRACE;
    const prefix = isObject ? nameHash(NAME_START, load<u32>(at), load<u32>(at, 4)) : 0;
    if (valueOf(load<u32>(at, 12), prefix, ptr, endPtr, 0) == 0) return;
  }
}

/** The string at ptr is the message; returns the end of the value, or 0. */
export function takeMessage(ptr: usize, endPtr: usize, rank: i32): usize {
  const quotePtr = unescape(ptr, endPtr, targetPtr, targetEndPtr);
  foundPtr = targetPtr;
  if (quotePtr == 0) {
    // what was found before has been written over
    foundEndPtr = targetPtr;
    foundRank = 0;
    return 0;
  }
  foundEndPtr = unescapedEndPtr;
  foundRank = rank;
  return quotePtr + 1;
}

/** The message that was taken lies at [ptr, endPtr), if it has no escapes. */
export function noteMessage(field: u32, ptr: usize, endPtr: usize): void {
  if (noteGiven(ptr, endPtr)) return;
  if (foundEndPtr - foundPtr != endPtr - ptr) leaveNoted();
  noteTaken(field, ptr, endPtr, IS_MESSAGE);
}

/** The bytes [ptr, endPtr) are the message, and stay where they are. */
export function findMessage(ptr: usize, endPtr: usize, rank: i32): void {
  foundPtr = ptr;
  foundEndPtr = endPtr;
  foundRank = rank;
}

/** The bytes [ptr, endPtr) are the message as they stand. */
export function copyMessage(ptr: usize, endPtr: usize, rank: i32): void {
  const bytes = min<usize>(endPtr - ptr, targetEndPtr - targetPtr);
  memory.copy(targetPtr, ptr, bytes);
  foundPtr = targetPtr;
  foundEndPtr = targetPtr + bytes;
  foundRank = rank;
}

function takeText(field: u32, ptr: usize, endPtr: usize): usize {
  const startPtr = fieldNextPtr;
  const limitPtr = fieldLimit(field);
  const quotePtr = limitPtr == 0 ? <usize>0 : unescape(ptr, endPtr, startPtr, limitPtr);
  if (quotePtr == 0 || unescapedEndPtr - startPtr != quotePtr - ptr) leaveNoted();
  if (quotePtr == 0) return skipValue(ptr - 1, endPtr);
  noteTaken(field, ptr, quotePtr, IS_TEXT);
  noteField(field, startPtr, unescapedEndPtr, true, true);
  return quotePtr + 1;
}
