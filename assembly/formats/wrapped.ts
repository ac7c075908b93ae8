/**
 * What carries a message inside: JSON lines of loggers and of Docker's json-file driver, and the lines that container
 * runtimes write (`2026-11-21T02:11:09.123456789Z stdout F MESSAGE`, Kubernetes' CRI logging format).
 */

import {
  FORMAT_FIELDS,
  FORMAT_JSON,
  innerScratchEndPtr,
  innerScratchPtr,
  messageEndPtr,
  messagePtr,
  NO_TIME,
  setFormat,
  setMessage,
} from "../event/event";
import { takeEarlyPaths } from "../fields/configured";
import { dateAt } from "../fields/date";
import { escapedPtr, takeEscaped, unescapeObject } from "../fields/escaped";
import {
  copyMessage,
  expectMessage,
  foundEndPtr,
  foundPtr,
  foundRank,
  listMembers,
  membersOf,
  takeListed,
} from "../fields/members";
import {
  appendError,
  carryTime,
  enterFields,
  errorTextEndPtr,
  errorTextPtr,
  hasFieldRequest,
  LOG_RANK,
  SECURE_SERVER,
  setFieldRequest,
  settleFields,
} from "../fields/named";
import { beginFields, endFields, IS_STAMP, leaveNoted, noteTaken } from "../fields/noted";
import { enterLine, pathsActive } from "../fields/paths";
import { quantityCount, setQuantities } from "../fields/quantities";
import { findByte, isDigit, isSpace, startsWith } from "../runtime/bytes";
import {
  ESCAPE,
  LOWER_M,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  SEMICOLON,
  SPACE,
  UPPER_F,
  UPPER_P,
  UPPER_T,
} from "../runtime/characters";
import { decidedPtr, forgetDecided } from "../runtime/decided";
import { skipValue } from "../runtime/json";
import { NAME_START } from "../runtime/nameTable";
import { isPieceOf } from "./pieces";

const CRI_TIME_BYTES_MAX: usize = 40;
const CRI_HEAD_BYTES: usize = 9; // "stdout F "

let innerNextPtr: usize = 0;

/** Whether the message is a piece of a container runtime's line, its end too. */
export let isPiece: bool = false;

export function clearInner(): void {
  innerNextPtr = innerScratchPtr;
  isPiece = false;
}

/** The wrapped message of what the last unwrapJson was given. */
export let wrappedPtr: usize = 0;
export let wrappedEndPtr: usize = 0;

/** Whether what the last unwrapJson was given is an object. */
export let isObject: bool = false;

/** Notes the fields of the object that [ptr, endPtr) is; true where it holds a message. */
export function unwrapJson(ptr: usize, endPtr: usize): bool {
  isObject = ptr == escapedPtr;
  if (isObject) {
    if (unwrapMembers(ptr, endPtr, true)) return true;
    unescapeObject();
    return false;
  }
  while (endPtr > ptr && isSpace(<u32>load<u8>(endPtr - 1))) endPtr--;
  if (endPtr - ptr < 2 || load<u8>(ptr) != OPEN_BRACE) return false;
  const quantities = quantityCount;
  const isListed = !pathsActive && listMembers(ptr, endPtr);
  if (!isListed) {
    setQuantities(quantities);
    if (skipValue(ptr, endPtr) != endPtr) return false;
  }
  isObject = true;
  return unwrapMembers(ptr, endPtr, isListed);
}

function unwrapMembers(ptr: usize, endPtr: usize, isListed: bool): bool {
  beginFields();
  enterFields();
  expectInner();
  if (ptr == escapedPtr) takeEscaped();
  else if (isListed) takeListed(endPtr);
  else membersOf(NAME_START, ptr, endPtr, 0);
  settleFields();
  endFields();
  if (pathsActive) takeEarlyPaths();
  setFormat(FORMAT_JSON);
  const hasMessage = foundRank > 0 && foundEndPtr > foundPtr;
  if (hasFieldRequest(hasMessage)) {
    setFieldRequest(SECURE_SERVER);
    setFormat(FORMAT_FIELDS);
  }
  return hasMessage && takeInner();
}

/** The next message found is one inside another. */
export function expectInner(): void {
  expectMessage(innerNextPtr, innerScratchEndPtr());
  if (pathsActive) enterLine();
}

/** Makes what was found the wrapped message; false where it is empty. */
export function takeInner(): bool {
  if (foundEndPtr == foundPtr) return false;
  const hasError = foundRank < LOG_RANK && errorTextEndPtr > errorTextPtr;
  if (hasError && foundPtr != innerNextPtr) copyMessage(foundPtr, foundEndPtr, foundRank);
  wrappedPtr = foundPtr;
  wrappedEndPtr = hasError ? appendError(foundEndPtr, innerScratchEndPtr()) : foundEndPtr;
  if (foundPtr == innerNextPtr) innerNextPtr = wrappedEndPtr;
  while (wrappedEndPtr > wrappedPtr && load<u8>(wrappedEndPtr - 1) == NEWLINE) wrappedEndPtr--;
  return true;
}

/** Two ranges as one; false where there is no room for them. */
export function joinInner(ptr: usize, endPtr: usize, nextPtr: usize, nextEndPtr: usize): bool {
  const bytes = endPtr - ptr;
  const nextBytes = nextEndPtr - nextPtr;
  if (innerNextPtr + bytes + nextBytes > innerScratchEndPtr()) return false;
  wrappedPtr = innerNextPtr;
  memory.copy(wrappedPtr, ptr, bytes);
  memory.copy(wrappedPtr + bytes, nextPtr, nextBytes);
  wrappedEndPtr = wrappedPtr + bytes + nextBytes;
  innerNextPtr = wrappedEndPtr;
  return true;
}

/** The text without a terminal's signs for colours, ESC [ NUMBERS m; as it is where there is no room. */
export function withoutColours(ptr: usize, endPtr: usize): void {
  wrappedPtr = ptr;
  wrappedEndPtr = endPtr;
  if (!joinInner(ptr, endPtr, endPtr, endPtr)) return;
  let out = wrappedPtr;
  while (ptr < endPtr) {
    const escapePtr = findByte(ptr, endPtr, ESCAPE);
    memory.copy(out, ptr, escapePtr - ptr);
    out += escapePtr - ptr;
    ptr = escapePtr + 1;
    if (ptr >= endPtr || load<u8>(ptr) != OPEN_BRACKET) continue;
    do ptr++;
    while (ptr < endPtr && (isDigit(<u32>load<u8>(ptr)) || load<u8>(ptr) == SEMICOLON));
    if (ptr < endPtr && load<u8>(ptr) == LOWER_M) ptr++;
  }
  wrappedEndPtr = out;
}

/** Makes the message of a container runtime's line the event's message. */
export function unwrapCri(): bool {
  const ptr = messagePtr;
  const endPtr = messageEndPtr;
  if (endPtr - ptr < CRI_TIME_BYTES_MAX || !isDigit(<u32>load<u8>(ptr)) || load<u8>(ptr + 10) != UPPER_T) return false;
  const spacePtr = findByte(ptr + 19, ptr + CRI_TIME_BYTES_MAX, SPACE);
  if (spacePtr >= ptr + CRI_TIME_BYTES_MAX) return false;
  const headPtr = spacePtr + 1;
  const messageStartPtr = headPtr + CRI_HEAD_BYTES;
  if (messageStartPtr > endPtr || load<u8>(headPtr + 6) != SPACE || load<u8>(headPtr + 8) != SPACE) return false;
  if (!startsWith(headPtr, endPtr, "stdout") && !startsWith(headPtr, endPtr, "stderr")) return false;
  const sign = <u32>load<u8>(headPtr + 7);
  if (sign != UPPER_F && sign != UPPER_P) return false; // full or partial
  const seconds = dateAt(ptr, spacePtr);
  if (seconds == NO_TIME) return false;
  isPiece = isPieceOf(<u32>load<u8>(headPtr + 4), sign == UPPER_P);
  if (messageStartPtr == endPtr) return false;
  carryTime(seconds);
  if (decidedPtr < ptr) leaveNoted();
  forgetDecided();
  noteTaken(0, ptr, spacePtr, IS_STAMP);
  setMessage(messageStartPtr, endPtr);
  return true;
}
