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

/** No longer key decodes to a name that is looked for, however it is escaped. */
const KEY_BYTES_MAX: usize = 160;
const keyScratchPtr = memory.data(192, 8);
const KEY_SCRATCH_BYTES: usize = 192;
/** What is read of a request's target, and of every other field: together they fit the scratch. */
const TARGET_BYTES_MAX: usize = 6144;
const TEXT_FIELD_BYTES_MAX: usize = 512;

/** Address of the closing brace, and whether any member stands before it. */
export let bracePtr: usize = 0;
export let hasMembers: bool = false;
/** How many keys decode to `anomaly`. */
export let forgedKeys: i32 = 0;
/** Bit n set: a key `anomaly_upstream` (n = 1) or `anomaly_upstreamN` (n = 2-63) is taken. */
export let takenNames: u64 = 0;
/** The largest N of those beyond 63. */
export let takenNumberMax: u32 = 0;

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
  takenNumberMax = 0;
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
  if (requestMethodPtr != 0 && requestTargetPtr != 0) {
    setRequest(requestMethodPtr, requestMethodEndPtr, requestTargetPtr, requestTargetEndPtr);
    setFormat(FORMAT_FIELDS);
  }
  return true;
}

/** Takes one member in; returns the end of its value, or 0. */
function member(keyPtr: usize, keyEndPtr: usize, valuePtr: usize, endPtr: usize): usize {
  const keyBytes = keyEndPtr - keyPtr;
  if (keyBytes > KEY_BYTES_MAX || keyBytes < 3) return skipValue(valuePtr, endPtr);
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
      const fieldPtr = textField(valuePtr, endPtr, TEXT_FIELD_BYTES_MAX);
      if (fieldPtr == 0) return;
      requestMethodPtr = fieldPtr;
      requestMethodEndPtr = fieldNextPtr;
    }
  } else if (first == 0x70) {
    if (isText && equalsText(ptr, keyEndPtr, "path")) {
      const fieldPtr = textField(valuePtr, endPtr, TARGET_BYTES_MAX);
      if (fieldPtr == 0) return;
      requestTargetPtr = fieldPtr;
      requestTargetEndPtr = fieldNextPtr;
    }
  } else if (first == 0x63 || first == 0x73) {
    if (equalsText(ptr, keyEndPtr, "code") || equalsText(ptr, keyEndPtr, "status")) noteStatus(valuePtr, endPtr);
  } else if (first == 0x6c) {
    if (isText && equalsText(ptr, keyEndPtr, "level")) noteLevel(valuePtr, endPtr);
  } else if (first == 0x72) {
    if (isText && (equalsText(ptr, keyEndPtr, "remote") || equalsText(ptr, keyEndPtr, "remote_addr"))) {
      const fieldPtr = textField(valuePtr, endPtr, TEXT_FIELD_BYTES_MAX);
      if (fieldPtr != 0) setClient(fieldPtr, fieldNextPtr);
    }
  } else if (first == 0x69) {
    if (isText && equalsText(ptr, keyEndPtr, "ident")) {
      const fieldPtr = textField(valuePtr, endPtr, TEXT_FIELD_BYTES_MAX);
      if (fieldPtr != 0) setSource(fieldPtr, fieldNextPtr);
    }
  }
}

/** Address of the unescaped string, cut after about bytesMax; 0 where there is no room or no string. */
function textField(valuePtr: usize, endPtr: usize, bytesMax: usize): usize {
  const startPtr = fieldNextPtr;
  const limitPtr = min<usize>(startPtr + bytesMax, fieldScratchEndPtr());
  if (startPtr + 32 > limitPtr) return 0;
  if (unescape(valuePtr + 1, endPtr, startPtr, limitPtr) == 0) return 0;
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

let nameEndPtr: usize = 0;

/** Decodes a key to the scratch; false where an escape in it is none. */
function decodeKey(ptr: usize, endPtr: usize): bool {
  if (unescape(ptr, endPtr + 1, keyScratchPtr, keyScratchPtr + KEY_SCRATCH_BYTES) == 0) return false;
  nameEndPtr = unescapedEndPtr;
  return true;
}

/** Whether the key is `anomaly`, however it is escaped. */
export function isForged(ptr: usize, endPtr: usize): bool {
  const first = <u32>load<u8>(ptr);
  if ((first != 0x61 && first != 0x5c) || endPtr - ptr > KEY_BYTES_MAX) return false;
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
    const c = <u64>load<u8>(at) - 0x30;
    if (c > 9 || number > 99999999) return; // no name of ours; a record has no room for so many
    number = number * 10 + c;
  }
  if (number >= 64) takenNumberMax = max<u32>(takenNumberMax, <u32>number);
  else if (number >= 2) takenNames |= 1 << number;
}
