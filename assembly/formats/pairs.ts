/**
 * key=value lines: logfmt as Go's loggers write it, audit records, firewalls (iptables, UFW, Fortinet). Values may be
 * quoted with backslash escapes. What is no pair is passed over. The fields are those of fields/named.ts. Pairs that
 * others write in other ways (otherPairs.ts) are written anew as these first.
 */

import {
  destinationEndPtr,
  destinationPtr,
  FORMAT_FIELDS,
  keyEndPtr,
  keyPtr,
  messagePtr,
  senderEndPtr,
  senderPtr,
  setBody,
  setFormat,
  sourceEndPtr,
  sourcePtr,
} from "../event/event";
import { forgetIdentifiers } from "../event/skeleton";
import { isNameByte } from "../fields/byteClass";
import { findClient } from "../fields/client";
import { takeEarlyPaths } from "../fields/configured";
import { notePacket } from "../fields/flow";
import { copyMessage, foundEndPtr, foundPtr, foundRank, takeMessage } from "../fields/members";
import { isMetName, MET_NAMES_BYTES, meetName, nameEndPtr, nameField } from "../fields/metNames";
import {
  enterFields,
  fieldLimit,
  fieldNamed,
  fieldNextPtr,
  hasFieldRequest,
  hasKind,
  isFlowField,
  isTime,
  messageRankOf,
  noteField,
  noteLevelOfTen,
  noteTime,
  SECURE_SERVER,
  setFieldRequest,
  settleFields,
} from "../fields/named";
import { beginFields, endFields, HAS_ESCAPES, IS_MESSAGE, IS_TEXT, leaveNoted, noteTaken } from "../fields/noted";
import { notePath, pathsActive } from "../fields/paths";
import { noteQuantity } from "../fields/quantities";
import { timeEndPtr } from "../fields/time";
import {
  findByte,
  findSpace,
  firstMatch,
  hasDigit,
  isDigit,
  isSpace,
  matchByte,
  matchEither,
  startsWith,
} from "../runtime/bytes";
import {
  APOSTROPHE,
  BACKSLASH,
  COLON,
  COMMA,
  EQUALS,
  LOWER_A,
  OPEN_BRACKET,
  QUOTE,
  SEMICOLON,
  SPACE,
  UPPER_T,
} from "../runtime/characters";
import { noteDecided } from "../runtime/decided";
import { skipString, unescape, unescapedEndPtr } from "../runtime/json";
import { NAME_START, nameHash } from "../runtime/nameTable";
import { Text } from "../runtime/text";
import {
  BETWEEN_FLOWS,
  BETWEEN_QUOTED,
  clearOther,
  isBehindMark,
  otherLevelEndPtr,
  otherLevelPtr,
  rewrite,
  rewriteOther,
  rewrittenEndPtr,
  rewrittenPtr,
} from "./otherPairs";
import { expectInner, takeInner, wrappedEndPtr, wrappedPtr } from "./wrapped";

export const FORMAT_LOGFMT: Text = "logfmt";
const FORMAT_FIREWALL: Text = "firewall";

const NAME_BYTES_MAX: usize = 40;
const SHORT_BYTES_MAX: usize = 16;
/** A firewall's prefix before its pairs is no longer. */
const PREFIX_BYTES_MAX: usize = 256;
/** Its first pair is no further: what the kernel is told to write before it has 29 bytes at most. */
const LABEL_BYTES_MAX: usize = 64;
const TWO_BLANKS: u16 = 0x2020;

/** Whether no field of the pairs read last said whose they are, so that their text was searched for a client. */
export let isClientSought: bool = false;

/** A client is looked for from here on: a line that begins with its time has none in it. */
let searchPtr: usize = 0;
let namePtr: usize = 0;
let valuePtr: usize = 0;
let valueEndPtr: usize = 0;
let isQuoted: bool = false;
/** Where the last name ended that was read. */
let stopPtr: usize = 0;

/** True where [ptr, endPtr) begins with two pairs, or is a firewall's line; then its fields and its body are set. */
export function parsePairs(ptr: usize, endPtr: usize): bool {
  const blankPtr = blankBeforeSign(ptr);
  if (blankPtr != 0 && !mayBeFirewall(ptr, blankPtr) && !isBehindMark(ptr)) return false;
  const pairs = leadingPairs(ptr, endPtr);
  clearOther();
  if (pairs < 2 && !(mayBeFirewall(ptr, stopPtr) && hasEnds(ptr, endPtr))) {
    if (pairs == 0 ? !rewriteOther(ptr, stopPtr, endPtr) : !separatePairs(ptr, endPtr)) return false;
    ptr = rewrittenPtr;
    endPtr = rewrittenEndPtr;
  }
  beginFields();
  enterFields();
  expectInner();
  setFormat(FORMAT_LOGFMT);
  searchPtr = ptr;
  takePairs(ptr, endPtr);
  if (otherLevelPtr != 0) noteLevelOfTen(otherLevelPtr, otherLevelEndPtr);
  settleFields();
  endFields();
  if (pathsActive) takeEarlyPaths();
  if (senderEndPtr > senderPtr && destinationEndPtr > destinationPtr) {
    setFormat(FORMAT_FIREWALL);
    notePacket(ptr, endPtr);
  }
  isClientSought = keyEndPtr == keyPtr;
  if (isClientSought) {
    // of no text whose identifiers are known
    forgetIdentifiers();
    findClient(ptr, endPtr, searchPtr);
  }
  const hasMessage = foundRank > 0 && takeInner();
  if (hasMessage) setBody(wrappedPtr, wrappedEndPtr);
  if (hasFieldRequest(hasMessage)) {
    setFieldRequest(SECURE_SERVER);
    setFormat(FORMAT_FIELDS);
  }
  return true;
}

/** How many pairs the line begins with; two are enough. */
function leadingPairs(ptr: usize, endPtr: usize): i32 {
  stopPtr = ptr;
  if (isDigit(<u32>load<u8>(ptr)) || !isPair(ptr, endPtr)) return 0;
  ptr = nextPtr(endPtr);
  while (ptr < endPtr && isSpace(<u32>load<u8>(ptr))) ptr++;
  return isPair(ptr, endPtr) ? 2 : 1;
}

/** Where the first word ends, if it is short and has no sign of a pair's; else 0. */
function blankBeforeSign(ptr: usize): usize {
  for (let at = ptr; at < ptr + SHORT_BYTES_MAX; at += 8) {
    const word = load<u64>(at);
    const blanks = matchByte(word, SPACE);
    const signs = matchEither(word, EQUALS, COLON); // bytes beyond ASCII as well: they are looked at one by one
    if ((blanks | signs) != 0) return ctz(blanks) < ctz(signs) ? at + firstMatch(blanks) : 0;
  }
  return 0;
}

/**
 * A flow whose pairs have no blank between them, or single quotes around their values (`src_ip='10.0.0.1'|dst_ip=…`),
 * written anew as other pairs are; false where the line is none.
 */
function separatePairs(ptr: usize, endPtr: usize): bool {
  isPair(ptr, endPtr);
  if (hasDigit(namePtr, nameEndPtr)) noteDecided(namePtr, nameEndPtr);
  if (!isFlowField(nameField) || findByte(ptr, endPtr, QUOTE) < endPtr) return false;
  const separators = load<u8>(nameEndPtr, 1) == APOSTROPHE ? BETWEEN_QUOTED : BETWEEN_FLOWS;
  return rewrite(ptr, endPtr, EQUALS, separators) && leadingPairs(rewrittenPtr, rewrittenEndPtr) == 2;
}

/**
 * The kernel's lines, such as begin with a bracket, and what conntrack lists: the first word, a protocol, is alone in a
 * column.
 */
function mayBeFirewall(ptr: usize, wordEndPtr: usize): bool {
  if (sourceEndPtr - sourcePtr == 6 && startsWith(sourcePtr, sourceEndPtr, "kernel")) return true;
  return (load<u16>(wordEndPtr) == TWO_BLANKS && wordEndPtr > ptr) || isBracketed(ptr);
}

/** Whether a SRC= stands near, or conntrack's src= and dst=. */
function hasEnds(ptr: usize, endPtr: usize): bool {
  let at = findByte(ptr, min<usize>(ptr + LABEL_BYTES_MAX, endPtr), EQUALS);
  const limitPtr = load<u8>(at) == EQUALS ? min<usize>(ptr + PREFIX_BYTES_MAX, endPtr) : at;
  for (; at < limitPtr; at = findByte(at + 1, limitPtr, EQUALS)) {
    if (at < ptr + 4) continue;
    if (startsWith(at - 4, at, " SRC")) return true;
    if (startsWith(at - 4, at, " src")) return startsWith(findSpace(at, endPtr), endPtr, " dst=");
  }
  return false;
}

/** `[NEW] `, `[UFW BLOCK] `, `[ 4.711] `: no word. The parser of a date takes the bracket behind it off. */
function isBracketed(ptr: usize): bool {
  if (load<u8>(ptr) == OPEN_BRACKET) ptr++;
  else if (ptr == messagePtr || load<u8>(ptr - 1) != OPEN_BRACKET) return false;
  return <u32>load<u8>(ptr, 1) - LOWER_A > 25;
}

/** Whether NAME=VALUE stands at ptr; sets its parts. A single quote only opens what is read on as pairs. */
function isPair(ptr: usize, endPtr: usize): bool {
  namePtr = ptr;
  if (!isMetName(metNamesPtr, EQUALS, ptr, endPtr) && !readName(ptr, endPtr)) return false;
  ptr = nameEndPtr + 1;
  valuePtr = ptr;
  valueEndPtr = ptr;
  isQuoted = false;
  if (ptr >= endPtr) return true;
  const c = <u32>load<u8>(ptr);
  if (c == QUOTE) {
    const quotePtr = skipString(ptr + 1, endPtr);
    if (quotePtr != 0) {
      valuePtr = ptr + 1;
      valueEndPtr = quotePtr;
      isQuoted = true;
      return true;
    }
  } else if (c == APOSTROPHE) {
    valuePtr = ptr + 1;
    valueEndPtr = valuePtr;
    return true;
  }
  valueEndPtr = findSpace(ptr, endPtr);
  return true;
}

function readName(ptr: usize, endPtr: usize): bool {
  const limitPtr = ptr + NAME_BYTES_MAX + 1 < endPtr ? ptr + NAME_BYTES_MAX + 1 : endPtr;
  while (ptr < limitPtr && isNameByte(<u32>load<u8>(ptr))) ptr++;
  stopPtr = ptr;
  if (ptr == namePtr || ptr >= limitPtr || load<u8>(ptr) != EQUALS) return false;
  meetName(namePtr, ptr, fieldNamed(nameHash(NAME_START, namePtr, ptr)));
  return true;
}

const metNamesPtr = memory.data(MET_NAMES_BYTES, 8);

/** Where reading goes on behind the last pair. */
function nextPtr(endPtr: usize): usize {
  return isQuoted && valueEndPtr < endPtr ? valueEndPtr + 1 : valueEndPtr;
}

function takePairs(ptr: usize, endPtr: usize): void {
  while (ptr < endPtr) {
    if (isSpace(<u32>load<u8>(ptr))) {
      ptr++;
    } else if (isPair(ptr, endPtr)) {
      ptr = nextPtr(endPtr);
      takePair(endPtr);
    } else ptr = findSpace(ptr, endPtr);
  }
}

function takePair(endPtr: usize): void {
  if (pathsActive) notePair();
  if (nameField == 0) {
    if (!isQuoted) noteQuantity(namePtr, nameEndPtr, valuePtr, valueEndPtr);
    return;
  }
  if (valueEndPtr == valuePtr) return;
  if (!isQuoted && startsWith(valuePtr, valueEndPtr, "audit(")) {
    noteTime(valuePtr + 6, valueEndPtr);
    leaveNoted();
    return;
  }
  if (!isQuoted) {
    const last = <u32>load<u8>(valueEndPtr - 1);
    if (last == COMMA || last == SEMICOLON) valueEndPtr--;
    if (valueEndPtr == valuePtr) return;
  }
  const rank = messageRankOf(nameField);
  if (rank > foundRank) {
    if (isQuoted) takeMessage(valuePtr, endPtr, rank);
    else copyMessage(valuePtr, valueEndPtr, rank);
    const hasEscapes = foundEndPtr - foundPtr != valueEndPtr - valuePtr;
    noteTaken(nameField, valuePtr, valueEndPtr, hasEscapes ? IS_MESSAGE | HAS_ESCAPES : IS_MESSAGE);
  } else if (hasKind(nameField) && !(isTime(nameField) && splitDate(endPtr))) {
    keepValue(endPtr);
    const isDate = namePtr == searchPtr && timeEndPtr == valueEndPtr && load<u8>(valuePtr, 10) == UPPER_T;
    if (isDate && isTime(nameField)) searchPtr = valueEndPtr;
  }
}

/** A configured field's value, as it stands or with its quotes. */
function notePair(): void {
  let ptr = valuePtr;
  let endPtr = valueEndPtr;
  if (isQuoted) {
    ptr--;
    endPtr++;
  } else if (endPtr > ptr) {
    const last = <u32>load<u8>(endPtr - 1);
    if (last == COMMA || last == SEMICOLON) endPtr--;
  }
  if (endPtr > ptr) notePath(namePtr, nameEndPtr, ptr, endPtr);
}

/** date=2026-11-21 time=02:11:09, as Fortinet's devices write it. */
function splitDate(endPtr: usize): bool {
  if (valueEndPtr - valuePtr != 10 || !startsWith(valueEndPtr, endPtr, " time=") || valueEndPtr + 14 > endPtr)
    return false;
  const limitPtr = fieldLimit(0);
  if (limitPtr == 0) return false;
  memory.copy(fieldNextPtr, valuePtr, 10);
  store<u8>(fieldNextPtr + 10, SPACE);
  memory.copy(fieldNextPtr + 11, valueEndPtr + 6, 8);
  noteTime(fieldNextPtr, fieldNextPtr + 19);
  leaveNoted();
  return true;
}

/** Values without escapes stay where they are. */
function keepValue(endPtr: usize): void {
  if (isQuoted && findByte(valuePtr, valueEndPtr, BACKSLASH) < valueEndPtr) {
    noteTaken(nameField, valuePtr, valueEndPtr, IS_TEXT | HAS_ESCAPES);
    takeQuoted(nameField, valuePtr, endPtr);
  } else {
    noteTaken(nameField, valuePtr, valueEndPtr, IS_TEXT);
    noteField(nameField, valuePtr, valueEndPtr, true, false);
  }
}

/** A text that ends with a quote before endPtr, and has escapes. */
export function takeQuoted(field: u32, ptr: usize, endPtr: usize): void {
  const limitPtr = fieldLimit(field);
  const startPtr = fieldNextPtr;
  if (limitPtr == 0 || unescape(ptr, endPtr, startPtr, limitPtr) == 0) return;
  noteField(field, startPtr, unescapedEndPtr, true, true);
}
