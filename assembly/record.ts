/**
 * One pass over a record's top level: checks that it is an object, unescapes its message, notes the fields that were
 * parsed upstream, every key that decodes to `anomaly`, and the last brace. Nothing is built, nothing is changed.
 */
import { equalsText } from "./bytes";
import {
  clearEvent,
  FORMAT_FIELDS,
  fieldScratchEndPtr,
  fieldScratchPtr,
  messageScratchEndPtr,
  messageScratchPtr,
  setFormat,
  setLevel,
  setMessage,
  setRequest,
  setSource,
  setStatus,
} from "./event";
import { skipSpace, skipString, skipValue, unescape, unescapedEndPtr } from "./json";
import { setClient } from "./parse/client";
import { parseLevel } from "./parse/level";

/** A record with more forged `anomaly` keys than this is no log event; it passes untouched. */
export const FORGED_KEYS_MAX: i32 = 24;

/** Address of the closing brace, and whether any member stands before it. */
export let bracePtr: usize = 0;
export let hasMembers: bool = false;
/** How many keys decode to `anomaly`, and where each ends (before its closing quote). */
export let forgedKeys: i32 = 0;
export const forgedKeyEndPtrs = new StaticArray<usize>(FORGED_KEYS_MAX);
/** Bit n set: a key `anomaly_upstream` (n = 1) or `anomaly_upstreamN` (n = 2-63) is taken. */
export let takenNames: u64 = 0;

/** Most records are what tail makes of a line and start so: {"log":" */
const TAIL_START: u64 = 0x223a22676f6c227b;
const TAIL_START_BYTES: usize = 8;
const LOG_RANK: i32 = 4;

let messageRank: i32 = 0;
let fieldNextPtr: usize = 0;
let requestMethodPtr: usize = 0;
let requestMethodEndPtr: usize = 0;
let requestTargetPtr: usize = 0;
let requestTargetEndPtr: usize = 0;

/** False where the bytes are not one JSON object: such a record is handed back as it is. */
export function findFields(ptr: usize, endPtr: usize): bool {
  clearEvent();
  forgedKeys = 0;
  takenNames = 0;
  hasMembers = false;
  messageRank = 0;
  fieldNextPtr = fieldScratchPtr;
  requestMethodPtr = 0;
  requestTargetPtr = 0;
  if (endPtr - ptr > TAIL_START_BYTES && load<u64>(ptr) == TAIL_START) {
    ptr = takeMessage(ptr + TAIL_START_BYTES, endPtr, LOG_RANK);
    return ptr != 0 && members(ptr, endPtr, true);
  }
  ptr = skipSpace(ptr, endPtr);
  if (ptr >= endPtr || load<u8>(ptr) != 0x7b) return false;
  ptr = skipSpace(ptr + 1, endPtr);
  if (ptr < endPtr && load<u8>(ptr) == 0x7d) return finishAt(ptr, endPtr);
  return members(ptr, endPtr, false);
}

/** The members from the one at ptr on; with `taken` ptr is at the end of one that was taken in. */
function members(ptr: usize, endPtr: usize, taken: bool): bool {
  hasMembers = true;
  while (true) {
    if (!taken) {
      if (ptr >= endPtr || load<u8>(ptr) != 0x22) return false;
      const keyStartPtr = ptr + 1;
      const keyQuotePtr = skipString(keyStartPtr, endPtr);
      if (keyQuotePtr == 0) return false;
      ptr = skipSpace(keyQuotePtr + 1, endPtr);
      if (ptr >= endPtr || load<u8>(ptr) != 0x3a) return false;
      ptr = member(keyStartPtr, keyQuotePtr, skipSpace(ptr + 1, endPtr), endPtr);
      if (ptr == 0) return false;
    }
    taken = false;
    ptr = skipSpace(ptr, endPtr);
    if (ptr >= endPtr) return false;
    const c = <u32>load<u8>(ptr);
    if (c == 0x7d) return finishAt(ptr, endPtr);
    if (c != 0x2c) return false;
    ptr = skipSpace(ptr + 1, endPtr);
  }
}

function finishAt(ptr: usize, endPtr: usize): bool {
  bracePtr = ptr;
  if (skipSpace(ptr + 1, endPtr) != endPtr) return false;
  if (forgedKeys > FORGED_KEYS_MAX || forgedKeys + <i32>popcnt(takenNames) > 60) return false;
  if (requestMethodPtr != 0 && requestTargetPtr != 0) {
    setRequest(requestMethodPtr, requestMethodEndPtr, requestTargetPtr, requestTargetEndPtr);
    setFormat(FORMAT_FIELDS);
  }
  return true;
}

/** Takes one member in; returns the end of its value, or 0. */
function member(keyPtr: usize, keyEndPtr: usize, valuePtr: usize, endPtr: usize): usize {
  const keyBytes = keyEndPtr - keyPtr;
  if (keyBytes > 160 || keyBytes < 3) return skipValue(valuePtr, endPtr);
  const first = <u32>load<u8>(keyPtr);
  const rank = messageRankOf(first, keyPtr, keyEndPtr);
  const isText = valuePtr < endPtr && load<u8>(valuePtr) == 0x22;
  if (rank > messageRank && isText) return takeMessage(valuePtr + 1, endPtr, rank);
  if (first == 0x61 || first == 0x5c) noteForged(keyPtr, keyEndPtr);
  if (keyBytes <= 11 && rank == 0) noteField(first, keyPtr, keyEndPtr, valuePtr, endPtr, isText);
  return skipValue(valuePtr, endPtr);
}

/** The string at ptr is the message; returns the end of the value, or 0. */
function takeMessage(ptr: usize, endPtr: usize, rank: i32): usize {
  const quotePtr = unescape(ptr, endPtr, messageScratchPtr, messageScratchEndPtr());
  if (quotePtr == 0) return 0;
  messageRank = rank;
  setMessage(messageScratchPtr, unescapedEndPtr);
  return quotePtr + 1;
}

/** Where several candidates are present the highest rank is the message. */
function messageRankOf(first: u32, ptr: usize, endPtr: usize): i32 {
  if (first == 0x6c) return equalsText(ptr, endPtr, "log") ? LOG_RANK : 0;
  if (first == 0x6d) return equalsText(ptr, endPtr, "message") ? 3 : equalsText(ptr, endPtr, "msg") ? 1 : 0;
  if (first == 0x4d) return equalsText(ptr, endPtr, "MESSAGE") ? 2 : 0;
  return 0;
}

/** Fields that a parser upstream leaves under these names (Fluent Bit's apache2, nginx and syslog parsers do). */
function noteField(first: u32, ptr: usize, keyEndPtr: usize, valuePtr: usize, endPtr: usize, isText: bool): void {
  if (first == 0x6d) {
    if (isText && equalsText(ptr, keyEndPtr, "method")) {
      requestMethodPtr = textField(valuePtr, endPtr);
      requestMethodEndPtr = fieldNextPtr;
    }
  } else if (first == 0x70) {
    if (isText && equalsText(ptr, keyEndPtr, "path")) {
      requestTargetPtr = textField(valuePtr, endPtr);
      requestTargetEndPtr = fieldNextPtr;
    }
  } else if (first == 0x63 || first == 0x73) {
    if (equalsText(ptr, keyEndPtr, "code") || equalsText(ptr, keyEndPtr, "status")) noteStatus(valuePtr, endPtr);
  } else if (first == 0x6c) {
    if (isText && equalsText(ptr, keyEndPtr, "level")) noteLevel(valuePtr, endPtr);
  } else if (first == 0x72) {
    if (isText && (equalsText(ptr, keyEndPtr, "remote") || equalsText(ptr, keyEndPtr, "remote_addr"))) {
      const fieldPtr = textField(valuePtr, endPtr);
      if (fieldPtr != 0) setClient(fieldPtr, fieldNextPtr);
    }
  } else if (first == 0x69) {
    if (isText && equalsText(ptr, keyEndPtr, "ident")) {
      const fieldPtr = textField(valuePtr, endPtr);
      if (fieldPtr != 0) setSource(fieldPtr, fieldNextPtr);
    }
  }
}

function textField(valuePtr: usize, endPtr: usize): usize {
  const startPtr = fieldNextPtr;
  if (startPtr + 32 > fieldScratchEndPtr()) return 0;
  if (unescape(valuePtr + 1, endPtr, startPtr, fieldScratchEndPtr()) == 0) return 0;
  fieldNextPtr = unescapedEndPtr;
  return startPtr;
}

function noteStatus(valuePtr: usize, endPtr: usize): void {
  if (valuePtr < endPtr && load<u8>(valuePtr) == 0x22) valuePtr++;
  let value = 0;
  let digits = 0;
  while (valuePtr < endPtr && digits < 4) {
    const c = <u32>load<u8>(valuePtr) - 0x30;
    if (c > 9) break;
    value = value * 10 + <i32>c;
    digits++;
    valuePtr++;
  }
  if (digits == 3 && value >= 100) setStatus(value);
}

function noteLevel(valuePtr: usize, endPtr: usize): void {
  const startPtr = valuePtr + 1;
  const quotePtr = skipString(startPtr, endPtr);
  if (quotePtr != 0) setLevel(parseLevel(startPtr, quotePtr));
}

/** `anomaly`, however it is escaped, and which of the names a rename would use are taken. */
function noteForged(ptr: usize, endPtr: usize): void {
  const scratchPtr = fieldNextPtr;
  if (scratchPtr + 96 > fieldScratchEndPtr()) {
    forgedKeys = FORGED_KEYS_MAX + 1; // in doubt: the record passes untouched
    return;
  }
  if (unescape(ptr, endPtr + 1, scratchPtr, fieldScratchEndPtr()) == 0) return; // no name at all
  const nameEndPtr = unescapedEndPtr;
  if (equalsText(scratchPtr, nameEndPtr, "anomaly")) {
    if (forgedKeys < FORGED_KEYS_MAX) {
      forgedKeyEndPtrs[forgedKeys] = endPtr;
    }
    forgedKeys++;
    return;
  }
  if (nameEndPtr - scratchPtr < 16 || !equalsText(scratchPtr, scratchPtr + 16, "anomaly_upstream")) return;
  if (nameEndPtr - scratchPtr == 16) takenNames |= 2;
  let number: u64 = 0;
  for (let at = scratchPtr + 16; at < nameEndPtr; at++) {
    const c = <u64>load<u8>(at) - 0x30;
    if (c > 9 || number > 99) return;
    number = number * 10 + c;
  }
  if (number >= 2 && number < 64) takenNames |= 1 << number;
}
