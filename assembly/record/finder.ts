/**
 * One pass over a record's top level: checks that it is an object, unescapes its message, notes the fields that were
 * parsed upstream, every key that decodes to `anomaly`, and the last brace. Nothing is built, nothing is changed.
 */

import {
  clearEvent,
  FORMAT_FIELDS,
  FORMAT_JSON,
  messageScratchEndPtr,
  messageScratchPtr,
  setFormat,
  setMessage,
} from "../event/event";
import { takeEarlyPaths } from "../fields/configured";
import { clearEscaped, listEscaped } from "../fields/escaped";
import {
  expectMessage,
  findMessage,
  foundEndPtr,
  foundPtr,
  foundRank,
  takeMember,
  takeMessage,
} from "../fields/members";
import {
  appendError,
  clearFields,
  fieldCount,
  hasFieldRequest,
  LOG_RANK,
  SECURE_SERVER,
  setAsideShippers,
  setFieldRequest,
  settleFields,
} from "../fields/named";
import { beginOuter, endOuter, noteGiven } from "../fields/noted";
import { clearPaths, notePath, pathsActive } from "../fields/paths";
import { quantityCount, setQuantities } from "../fields/quantities";
import { equalsText } from "../runtime/bytes";
import { BACKSLASH, CLOSE_BRACE, COLON, COMMA, DIGIT_0, LOWER_A, OPEN_BRACE, QUOTE } from "../runtime/characters";
import {
  checkFromHere,
  skippedUnchecked,
  skipSpace,
  skipString,
  skipValue,
  unescape,
  unescapedEndPtr,
} from "../runtime/json";

/** No longer key decodes to a name that is looked for, however it is escaped. */
const KEY_BYTES_MAX: usize = 160;
const keyScratchPtr = memory.data(192, 8);
const KEY_SCRATCH_BYTES: usize = 192;

/** Address of the closing brace, and whether any member stands before it. */
export let bracePtr: usize = 0;
export let hasMembers: bool = false;
/**
 * Whether the walk was as strict as strictJson.ts, control characters left aside: all values are strings, with no
 * escapes but simple ones. False says nothing.
 */
export let isPlain: bool = false;
/** Whether the record is {"log":"…"} with nothing else in it, as it came from `tail`. */
export let isBare: bool = false;
/** Where the text of a record ends that was unescaped. */
export let bareEndPtr: usize = 0;
/** How many keys decode to `anomaly`. */
export let forgedKeys: i32 = 0;
/** Bit n set: a key `anomaly_upstream` (n = 1) or `anomaly_upstreamN` (n = 2-63) is taken. */
export let takenNames: u64 = 0;
/** The largest N of those beyond 63. */
export let takenNumberMax: u32 = 0;

/** Most records are what tail makes of a line and start so: {"log":" */
export const TAIL_START: u64 = 0x223a22676f6c227b;
export const TAIL_START_BYTES: usize = 8;

/** What `findFields` found in a record that is known: a bare one in which nothing is escaped but simply. */
// @ts-ignore: decorator
@inline
export function recallBrace(ptr: usize): void {
  bracePtr = ptr;
}

/** The rest of that, which the next such record shares. */
export function recallFound(isAlone: bool): void {
  clearFound();
  hasMembers = true;
  isPlain = isAlone;
}

function clearFound(): void {
  clearEvent();
  clearFields();
  clearEscaped();
  forgedKeys = 0;
  takenNames = 0;
  takenNumberMax = 0;
  hasMembers = false;
  isBare = false;
}

/** The string at ptr is the message; false where it does not end at the quote at quotePtr. */
export function takeText(ptr: usize, quotePtr: usize): bool {
  expectMessage(messageScratchPtr, messageScratchEndPtr());
  if (takeLog(ptr, quotePtr + 1) != quotePtr + 1) return false;
  setMessage(foundPtr, foundEndPtr);
  bareEndPtr = foundEndPtr;
  return true;
}

/** False where the bytes are not one JSON object: such a record is handed back as it is. */
export function findFields(ptr: usize, endPtr: usize): bool {
  clearFound();
  checkFromHere();
  beginOuter();
  expectMessage(messageScratchPtr, messageScratchEndPtr());
  if (pathsActive) clearPaths();
  else if (endPtr - ptr > TAIL_START_BYTES && load<u64>(ptr) == TAIL_START) {
    ptr = takeLog(ptr + TAIL_START_BYTES, endPtr);
    if (ptr == 0) return false;
    if (ptr + 1 != endPtr || load<u8>(ptr) != CLOSE_BRACE) return members(ptr, endPtr, true);
    // and nothing else is in it
    endOuter();
    isBare = true;
    hasMembers = true;
    bracePtr = ptr;
    isPlain = !skippedUnchecked;
    setMessage(foundPtr, foundEndPtr);
    bareEndPtr = foundEndPtr;
    return true;
  }
  ptr = skipSpace(ptr, endPtr);
  if (ptr >= endPtr || load<u8>(ptr) != OPEN_BRACE) return false;
  ptr = skipSpace(ptr + 1, endPtr);
  if (ptr < endPtr && load<u8>(ptr) == CLOSE_BRACE) return finishAt(ptr, endPtr);
  return members(ptr, endPtr, false);
}

/** The string at ptr is the message; of one that is a JSON object only the members are noted. Returns its end, or 0. */
function takeLog(ptr: usize, endPtr: usize): usize {
  const quantities = quantityCount;
  const quotePtr = load<u8>(ptr) == OPEN_BRACE ? listEscaped(ptr, endPtr) : 0;
  if (quotePtr == 0) {
    setQuantities(quantities);
    const nextPtr = takeMessage(ptr, endPtr, LOG_RANK);
    noteGiven(ptr, nextPtr - 1);
    return nextPtr;
  }
  findMessage(ptr, quotePtr, LOG_RANK);
  noteGiven(ptr, quotePtr);
  return quotePtr + 1;
}

/**
 * The members from the one at ptr on; with `taken` ptr is at the end of one that was taken in. fields/members.ts and
 * fields/paths.ts have loops of their own: an inlined step from name to value shared by all costs 17 operations of
 * 7,256 for a record of seven members with three inside one of them, and 31 bytes.
 */
function members(ptr: usize, endPtr: usize, taken: bool): bool {
  hasMembers = true;
  while (true) {
    if (!taken) {
      if (ptr >= endPtr || load<u8>(ptr) != QUOTE) return false;
      const keyStartPtr = ptr + 1;
      const keyQuotePtr = skipString(keyStartPtr, endPtr);
      if (keyQuotePtr == 0) return false;
      ptr = skipSpace(keyQuotePtr + 1, endPtr);
      if (ptr >= endPtr || load<u8>(ptr) != COLON) return false;
      const valuePtr = skipSpace(ptr + 1, endPtr);
      ptr = member(keyStartPtr, keyQuotePtr, valuePtr, endPtr);
      if (ptr == 0) return false;
      if (pathsActive) notePath(keyStartPtr, keyQuotePtr, valuePtr, ptr);
    }
    taken = false;
    ptr = skipSpace(ptr, endPtr);
    if (ptr >= endPtr) return false;
    const c = <u32>load<u8>(ptr);
    if (c == CLOSE_BRACE) return finishAt(ptr, endPtr);
    if (c != COMMA) return false;
    ptr = skipSpace(ptr + 1, endPtr);
  }
}

function finishAt(ptr: usize, endPtr: usize): bool {
  bracePtr = ptr;
  endOuter();
  if (skipSpace(ptr + 1, endPtr) != endPtr) return false;
  isPlain = !skippedUnchecked;
  settleFields();
  setAsideShippers();
  if (pathsActive && !takeEarlyPaths()) return false;
  if (foundRank > 0) {
    setMessage(foundPtr, foundRank < LOG_RANK ? appendError(foundEndPtr, messageScratchEndPtr()) : foundEndPtr);
  }
  bareEndPtr = foundEndPtr;
  if (hasFieldRequest(foundRank > 0)) {
    setFieldRequest(SECURE_SERVER);
    setFormat(FORMAT_FIELDS);
  } else if (fieldCount > 0 && foundRank < LOG_RANK) setFormat(FORMAT_JSON);
  return true;
}

/** Takes one member in; returns the end of its value, or 0. */
function member(keyPtr: usize, keyEndPtr: usize, valuePtr: usize, endPtr: usize): usize {
  const keyBytes = keyEndPtr - keyPtr;
  if (keyBytes > KEY_BYTES_MAX || keyBytes == 0) return skipValue(valuePtr, endPtr);
  const first = <u32>load<u8>(keyPtr);
  if (first == LOWER_A || first == BACKSLASH) noteForged(keyPtr, keyEndPtr);
  return takeMember(keyPtr, keyEndPtr, valuePtr, endPtr);
}

let nameEndPtr: usize = 0;

/** Decodes a key to the scratch; false where an escape in it is none. */
function decodeKey(ptr: usize, endPtr: usize): bool {
  if (unescape(ptr, endPtr + 1, keyScratchPtr, keyScratchPtr + KEY_SCRATCH_BYTES) == 0) return false;
  nameEndPtr = unescapedEndPtr;
  return true;
}

/** Nothing is renamed: the record is to pass as it is. */
export function leaveForged(): void {
  forgedKeys = 0;
}

/** Whether the key is `anomaly`, however it is escaped. */
export function isForged(ptr: usize, endPtr: usize): bool {
  const first = <u32>load<u8>(ptr);
  if ((first != LOWER_A && first != BACKSLASH) || endPtr - ptr > KEY_BYTES_MAX) return false;
  return decodeKey(ptr, endPtr) && equalsText(keyScratchPtr, nameEndPtr, "anomaly");
}

/** Counts `anomaly`, and notes which of the names a rename would use are taken. */
function noteForged(ptr: usize, endPtr: usize): void {
  if (!decodeKey(ptr, endPtr)) return;
  if (equalsText(keyScratchPtr, nameEndPtr, "anomaly")) {
    forgedKeys++;
    return;
  }
  const numberPtr = keyScratchPtr + 16;
  if (nameEndPtr < numberPtr || !equalsText(keyScratchPtr, numberPtr, "anomaly_upstream")) return;
  if (nameEndPtr == numberPtr) takenNames |= 2;
  let number: u64 = 0;
  for (let at = numberPtr; at < nameEndPtr; at++) {
    const c = <u64>load<u8>(at) - DIGIT_0;
    if (c > 9 || number > 99999999) return; // no name of ours; a record has no room for so many
    number = number * 10 + c;
  }
  if (number >= 64) takenNumberMax = max<u32>(takenNumberMax, <u32>number);
  else if (number >= 2) takenNames |= 1 << number;
}
