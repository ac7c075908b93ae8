/**
 * What stands around the message of a record: the members that shippers put beside a line, such as its file, its
 * stream, when it was read, or all that is known of a pod. They are the same again and again but for digits, so they
 * are kept by their bytes, with the fields that they hold: of the next record they are compared, not read, and its
 * message may be known by its skeleton as if it came alone (record/recall.ts). Envelopes that say more of the event
 * than its time, source and level are not kept.
 *
 *     {"time":"2026-11-21T02:11:09.5Z","stream":"stdout","log":"TEXT","kubernetes":{…}}
 *     └──────────────────────── before ───────────────────────┘    └───── behind ─────┘
 */
import {
  FORMAT_JSON,
  format,
  hasNoNumbers,
  isRequest,
  keyEndPtr,
  keyPtr,
  LEVEL_NONE,
  level,
  messageEndPtr,
  messagePtr,
  NO_TIME,
  setFormat,
  sourceEndPtr,
  sourcePtr,
  timeSeconds,
} from "../event/event";
import { keyOf } from "../event/skeleton";
import { endsLine, noteText } from "../fields/escaped";
import { foundEndPtr, foundPtr } from "../fields/members";
import { errorTextEndPtr, errorTextPtr, fieldCount, noteField, setAsideShippers, settleFields } from "../fields/named";
import {
  areNotedAll,
  clearNoted,
  endFields,
  givenCount,
  givenEndPtr,
  givenPtr,
  hasDigitsBefore,
  hasDigitsBehind,
  IS_TEXT,
  leaveNoted,
  NOTED_BYTES,
  notedEndPtr,
  notedPtr,
} from "../fields/noted";
import { isTimeField, noteTimeAgain } from "../fields/stamp";
import { forgetYears } from "../fields/time";
import { readAccessBetween } from "../formats/usualAccess";
import { equalButDigits, withoutDigits } from "../runtime/bytes";
import { BACKSLASH } from "../runtime/characters";
import { hashPair, hashPairRarely } from "../runtime/hash";
import { reserve } from "../runtime/memory";
import {
  bracePtr,
  forgedKeys,
  recallBrace,
  recallFound,
  TAIL_START,
  takenNames,
  takenNumberMax,
  takeText,
} from "./finder";

const WAYS: u32 = 8;
/** By three bits. */
const SETS: u32 = 8;
/** The first and the last bytes of a shorter one do not say which it is. */
const RECORD_BYTES_MIN: usize = 32;
/** Before and behind the message together. */
const BYTES_MAX: usize = 2048;
const NOTES_OFFSET: usize = 32;
const TEXT_OFFSET: usize = 112;
const ENTRY_BYTES: usize = 112 + 2048;
/** Of each a field, how far before or behind the message its value begins, and its length beside what it is. */
const NOTE_BYTES: usize = 8;
const LENGTH_MASK: u32 = 0xfff;
const IS_TEXTS: u32 = 0x1000;
const IS_BEHIND: u32 = 0x2000;

const HAS_TIME: u32 = 1;
/** Names behind or before the message have digits, so that none may differ there. */
const IS_EXACT_BEFORE: u32 = 2;
const IS_EXACT_BEHIND: u32 = 4;
const IS_JSON: u32 = 8;

/** Behind it lie its fields, and what it is. */
@unmanaged
class Envelope {
  /** Stands for what it says of the event; the last bit is 0. */
  group: u64;
  beforeBytes: u32;
  behindBytes: u32;
  notes: u32;
  fields: u32;
  marks: u32;
}

let tablePtr: usize = 0;
/** Of each set the way used last, and the one kept last. */
const waysPtr = memory.data(8 * 2);
/** Whether any begins as a line of `tail` does. */
export let mayBeginBare: bool = false;

/** Whether the record at hand has one that is known, or is going to be. */
export let isEnveloped: bool = false;
/** The known one, or 0; and where the message lies. */
export let envelopePtr: usize = 0;
export let lyingPtr: usize = 0;
export let lyingEndPtr: usize = 0;
/** What it says of the event, as a part of the keys by which its message is known; 0 for none. */
export let group: u64 = 0;
/** The one that is going to be kept. */
const pendingPtr = memory.data(2160, 8);

export function initialiseEnvelopes(): bool {
  if (tablePtr == 0) tablePtr = reserve(<usize>(SETS * WAYS) * ENTRY_BYTES);
  return tablePtr != 0;
}

/** The record at hand is another one. */
export function leaveEnvelope(): void {
  isEnveloped = false;
  envelopePtr = 0;
  group = 0;
}

function setOf(ptr: usize, endPtr: usize): usize {
  const last = withoutDigits(load<u64>(endPtr - 16)) ^ withoutDigits(load<u64>(endPtr - 8));
  return <usize>(hashPair(withoutDigits(load<u64>(ptr)), last) >> 61);
}

/** Whether what stands around the message of the record is known; then it is found where the message lies. */
export function findEnvelope(ptr: usize, endPtr: usize): bool {
  if (endPtr - ptr < RECORD_BYTES_MIN) return false;
  const set = setOf(ptr, endPtr);
  const first = <u32>load<u8>(waysPtr + (set << 1));
  for (let i: u32 = 0; i < WAYS; i++) {
    const way = (first + i) % WAYS;
    const at = entryAt(set, way);
    const envelope = changetype<Envelope>(at);
    if (envelope.beforeBytes == 0 || !fits(envelope, ptr, endPtr)) continue;
    store<u8>(waysPtr + (set << 1), <u8>way);
    isEnveloped = true;
    envelopePtr = at;
    group = envelope.group;
    lyingPtr = ptr + envelope.beforeBytes;
    lyingEndPtr = endPtr - envelope.behindBytes;
    return true;
  }
  return false;
}

function entryAt(set: usize, way: u32): usize {
  return tablePtr + (set * WAYS + way) * ENTRY_BYTES;
}

// @ts-ignore: decorator
@inline
function fits(envelope: Envelope, ptr: usize, endPtr: usize): bool {
  const before = <usize>envelope.beforeBytes;
  const behind = <usize>envelope.behindBytes;
  if (endPtr - ptr < before + behind) return false;
  const keptPtr = changetype<usize>(envelope) + TEXT_OFFSET;
  const marks = envelope.marks;
  return (
    equalButDigits(endPtr - behind, keptPtr + before, behind, (marks & IS_EXACT_BEHIND) != 0) &&
    equalButDigits(ptr, keptPtr, before, (marks & IS_EXACT_BEFORE) != 0)
  );
}

/** Takes the fields of the envelope that was found; false where they say less or more than those that were kept. */
export function takeEnvelope(): bool {
  recallFound(false);
  const envelope = changetype<Envelope>(envelopePtr);
  let at = envelopePtr + NOTES_OFFSET;
  const notesEndPtr = at + <usize>envelope.notes * NOTE_BYTES;
  for (; at < notesEndPtr; at += NOTE_BYTES) {
    const field = load<u32>(at);
    const offset = <usize>load<u16>(at, 4);
    const bits = <u32>load<u16>(at, 6);
    const ptr = (bits & IS_BEHIND) != 0 ? lyingEndPtr + offset : lyingPtr - offset;
    const valueEndPtr = ptr + (bits & LENGTH_MASK);
    if (isTimeField(field)) noteTimeAgain(at, field, ptr, valueEndPtr);
    else if ((bits & IS_TEXTS) != 0) noteText(field, ptr, valueEndPtr);
    else noteField(field, ptr, valueEndPtr, false, false);
  }
  settleFields();
  setAsideShippers();
  return fieldCount == envelope.fields && (timeSeconds != NO_TIME) == ((envelope.marks & HAS_TIME) != 0);
}

/**
 * Reads a record whose envelope is known, of whose message nothing is: as `findFields` does, but for walking over all
 * of it. False where it must.
 */
export function readEnveloped(endPtr: usize): bool {
  if (envelopePtr == 0 || !takeEnvelope() || !takeText(lyingPtr, lyingEndPtr)) return false;
  recallBrace(endPtr - 1);
  if ((changetype<Envelope>(envelopePtr).marks & IS_JSON) != 0) setFormat(FORMAT_JSON);
  beginMessage();
  return true;
}

function beginMessage(): void {
  endFields();
  clearNoted();
  forgetYears();
}

/** Where the line in the message ends: Docker's json-file driver leaves `\n` behind it, and files of Windows `\r`. */
export function lineEnd(ptr: usize, endPtr: usize): usize {
  while (endPtr - ptr > 2 && endsLine(endPtr - 2) && load<u8>(endPtr - 3) != BACKSLASH) endPtr -= 2;
  return endPtr;
}

/**
 * Whether the message, which ends at endPtr but for what ends its line, is an access line as most are; then all of it
 * is read, and what stands around it.
 */
export function takesAccess(endPtr: usize): bool {
  if (!takeEnvelope()) return false;
  return readAccessBetween(lyingPtr, endPtr, sourceEndPtr == sourcePtr && level == LEVEL_NONE);
}

/**
 * The fields of the record were read, of a message nothing yet: notes what stands around it, if it can be kept. What is
 * noted from here on is the message's own.
 */
export function closeEnvelope(ptr: usize, endPtr: usize): void {
  isEnveloped = areNotedAll && givenCount == 1 && saysLittle() && put(ptr, endPtr);
  if (!isEnveloped) {
    leaveEnvelope();
    return leaveNoted();
  }
  beginMessage();
}

/** Whether nothing is known of the event but its message, time, source and level. */
function saysLittle(): bool {
  return (
    messagePtr == foundPtr &&
    messageEndPtr == foundEndPtr &&
    keyEndPtr == keyPtr &&
    hasNoNumbers() &&
    !isRequest &&
    errorTextEndPtr == errorTextPtr &&
    forgedKeys == 0 &&
    takenNames == 0 &&
    takenNumberMax == 0
  );
}

function put(ptr: usize, endPtr: usize): bool {
  lyingPtr = givenPtr;
  lyingEndPtr = givenEndPtr;
  const before = lyingPtr - ptr;
  const behind = endPtr - lyingEndPtr;
  // the brace ends it
  if (before + behind > BYTES_MAX || endPtr - ptr < RECORD_BYTES_MIN || bracePtr + 1 != endPtr) return false;
  const envelope = changetype<Envelope>(pendingPtr);
  envelope.beforeBytes = <u32>before;
  envelope.behindBytes = <u32>behind;
  envelope.fields = <u32>fieldCount;
  envelope.marks = timeSeconds != NO_TIME ? HAS_TIME : 0;
  if (format == FORMAT_JSON) envelope.marks |= IS_JSON;
  if (hasDigitsBefore) envelope.marks |= IS_EXACT_BEFORE;
  if (hasDigitsBehind) envelope.marks |= IS_EXACT_BEHIND;
  let out = pendingPtr + NOTES_OFFSET;
  let said = hashPairRarely(keyOf(sourcePtr, sourceEndPtr), ((<u64>level) << 32) | <u64>format);
  for (let at = notedPtr; at < notedEndPtr; at += NOTED_BYTES) {
    const field = load<u32>(at);
    const valuePtr = <usize>load<u32>(at, 4);
    const bytes = <usize>load<u32>(at, 8) - valuePtr;
    const isBehind = valuePtr >= lyingEndPtr;
    if (bytes > LENGTH_MASK) return false;
    const mark = (load<u32>(at, 12) == IS_TEXT ? IS_TEXTS : 0) | (isBehind ? IS_BEHIND : 0);
    store<u32>(out, field);
    store<u16>(out, <u16>(isBehind ? valuePtr - lyingEndPtr : lyingPtr - valuePtr), 4);
    store<u16>(out, <u16>(<u32>bytes | mark), 6);
    out += NOTE_BYTES;
    said = hashPairRarely(said, field);
  }
  envelope.notes = <u32>((out - pendingPtr - NOTES_OFFSET) / NOTE_BYTES);
  envelope.group = hashPairRarely(said, envelope.marks & HAS_TIME) & ~1;
  // of one that is known other digits may say something else
  if (envelopePtr != 0) return envelope.group == group;
  group = envelope.group;
  memory.copy(pendingPtr + TEXT_OFFSET, ptr, before);
  memory.copy(pendingPtr + TEXT_OFFSET + before, lyingEndPtr, behind);
  return true;
}

/** The record at hand is kept: so is what stands around its message, unless it is. */
export function keepEnvelope(ptr: usize, endPtr: usize): void {
  if (envelopePtr != 0) return;
  if (load<u64>(ptr) == TAIL_START) mayBeginBare = true;
  const set = setOf(ptr, endPtr);
  const way = (<u32>load<u8>(waysPtr + (set << 1), 1) + 1) % WAYS;
  store<u8>(waysPtr + (set << 1), <u8>way, 1);
  memory.copy(entryAt(set, way), pendingPtr, ENTRY_BYTES);
}
