/**
 * What was found out about a text, kept by its skeleton: its bytes with every digit read as one sign. Most lines share
 * theirs with a line before, and nearly all that there is to read in a text does not depend on which digits it has: its
 * signature, where its addresses stand, which of them is the client's, that it is no frame of a trace. What digits do
 * decide is read anew at the places that are kept (fields/clientPlaces.ts); a text of which they decide more is not
 * kept.
 *
 * Where there is none like it, identifiers are read as one sign as well: runs of letters and digits in which a digit
 * stands before a letter, and the runs that hyphens join to these; beside a colon or a dot only from five on, which is
 * longer than any part of an address. So lines that differ in a request's or a container's identifier share what was
 * found out; whole records (record/recall.ts) even where these are of other lengths.
 *
 * Skeletons are told apart by NH (RFC 4418), whose keys come from the instance's seed: whoever writes lines cannot make
 * two of them meet more often than once in four thousand million times.
 */

import {
  firstMatch,
  HIGHS,
  isHyphen,
  matchOtherThanDigits,
  matchOtherThanHyphens,
  matchOtherThanLetters,
  withoutDigits,
  ZEROS,
} from "../runtime/bytes";
import { BACKSLASH, CASE_BIT, COLON, DOT, EQUALS, LOWER_A, OPEN_BRACE, UPPER_T, UPPER_Z } from "../runtime/characters";
import { finish, hashBytes, hashPairRarely, productOfHalves } from "../runtime/hash";
import { reserve } from "../runtime/memory";
import { joinsName } from "../runtime/nameTable";
import { bodyEndPtr, bodyPtr, setSkeleton, skeletonPtr } from "./event";
import { findTemplate, keepTemplate, LENGTHS_BYTES, placeTemplates, TEMPLATES_BYTES, templateSpans } from "./templates";

/** What stands for a reading where letters and digits of its identifiers decided it: it is kept with them. */
export const LETTERS_DECIDE: u64 = 1;
/** Nothing is kept of longer texts. */
export const SKELETON_BYTES_MAX: usize = 2048;

/** Each of two entries, of which the first is the one that came last. */
const SETS: u64 = 2048;
const ENTRY_BYTES: usize = 32;

@unmanaged
export class Skeleton {
  key: u64;
  /** What formats/plainText.ts knows: what kind of text it is, and its addresses. */
  reading: u64;
  /** Hash of its signature's tokens, and the digits of its numbers (detect/ranges/numbers.ts); 0: not known. */
  tokens: u64;
  digits: u64;
}

/** In place of an identifier: no text has it but one that is no UTF-8. */
const COVER: u64 = 0xff;
/** In a body longer than any part of an address, in a record than a fraction and a date with their letters. */
const BODY_JOINED_MIN: usize = 5;
const RECORD_JOINED_MIN: usize = 17;

/** `\":`, which ends a name of JSON. */
const ESCAPED_QUOTE_COLON: u32 = 0x3a225c;
const THREE_BYTES: u32 = 0xffffff;

/** Of one text so many identifiers are read as signs. */
const SPANS_MAX: i32 = 12;
/** A key for each word; behind an identifier words begin anew. The last one is what a hash begins with. */
const KEYS_BYTES: usize = 2048 + 16 * 8;
const keysPtr = memory.data(2048 + 16 * 8, 8);
/** A body alone, between bytes that are none of a text. */
const copyPtr = memory.data(8 + 2048 + 24, 8) + 8;
let tablePtr: usize = 0;
/** Whole records, kept in a table of their own (record/recall.ts), whose entries begin as these do. */
let recordsPtr: usize = 0;
export const RECORD_ENTRY_BYTES: usize = 240;
const TABLES_BYTES: usize = <usize>SETS * 2 * (ENTRY_BYTES + RECORD_ENTRY_BYTES) + TEMPLATES_BYTES;
/** False: every text is read as if it were the first. */
export let keeps: bool = true;
/** Whether identifiers of the body at hand are read as one sign. */
export let hasIdentifiers: bool = false;
const bodySpansPtr = memory.data(2 * 24, 8);
export const recordSpansPtr = memory.data(2 * 24, 8);
/** Those that were listed last. */
let spansPtr: usize = 0;
let spanCount: i32 = 0;
/** How many runs so far stand behind a backslash: of binary data that is written so no text is like another. */
let escapes: i32 = 0;
const ESCAPES_MAX: i32 = 8;
/** So long a run is an identifier even beside a colon or a dot. */
let joinedBytesMin: usize = 0;
/** The text that the event's skeleton is of. */
let textPtr: usize = 0;
let textEndPtr: usize = 0;

export function initialiseSkeletons(): bool {
  if (tablePtr == 0) tablePtr = reserve(TABLES_BYTES);
  recordsPtr = tablePtr + <usize>SETS * 2 * ENTRY_BYTES;
  placeTemplates(recordsPtr + <usize>SETS * 2 * RECORD_ENTRY_BYTES);
  return tablePtr != 0;
}

/** What was kept goes with the keys it was kept by. */
export function seedSkeletons(seed: u64): void {
  for (let at: usize = 0; at < KEYS_BYTES; at += 8) store<u64>(keysPtr + at, hashPairRarely(seed, at));
  forgetSkeletons();
}

/** Times and levels may be read in another way from now on. */
export function forgetSkeletons(): void {
  if (tablePtr != 0) memory.fill(tablePtr, 0, TABLES_BYTES);
}

export function keepSkeletons(value: bool): void {
  keeps = value;
}

/** What is kept of the body at hand, empty where it is new; 0 where nothing can be kept. */
// @ts-ignore: decorator
@inline
export function bodySkeleton(): usize {
  return skeletonPtr != 0 && textPtr == bodyPtr && textEndPtr == bodyEndPtr ? skeletonPtr : findBody();
}

function findBody(): usize {
  const bytes = bodyEndPtr - bodyPtr;
  if (!keeps || bytes - 1 >= SKELETON_BYTES_MAX) return 0;
  textPtr = bodyPtr;
  textEndPtr = bodyEndPtr;
  setSkeleton(findText());
  return skeletonPtr;
}

/** The entry is kept of the body at hand. */
// @ts-ignore: decorator
@inline
export function useSkeleton(entryPtr: usize): void {
  textPtr = bodyPtr;
  textEndPtr = bodyEndPtr;
  setSkeleton(entryPtr);
}

function findText(): usize {
  hasIdentifiers = false;
  const key = keyOf(textPtr, textEndPtr);
  let entryPtr = entryOf(key);
  if (load<u64>(entryPtr) == key) return entryPtr;
  const alike = hashCopy(textPtr, textEndPtr, BODY_JOINED_MIN);
  hasIdentifiers = spanCount != 0 && !isBinary();
  if (!hasIdentifiers) return claim(entryPtr, key);
  // where addresses stand depends on the lengths as well
  const covered = hashBytes(spansPtr, LENGTHS_BYTES, alike) | 1;
  const coveredPtr = entryOf(covered);
  if (load<u64>(coveredPtr) != covered) return claim(coveredPtr, covered);
  if (changetype<Skeleton>(coveredPtr).reading != LETTERS_DECIDE) return coveredPtr;
  hasIdentifiers = false;
  entryPtr = entryOf(key);
  return claim(entryPtr, key);
}

/** Of at most SKELETON_BYTES_MAX bytes. */
export function keyOf(startPtr: usize, endPtr: usize): u64 {
  const keys = keysPtr - startPtr;
  const lastPtr = endPtr - 16;
  let ptr = startPtr;
  let hash = load<u64>(keysPtr, KEYS_BYTES - 8);
  // two words a step: in an interpreter the loop's own instructions weigh as much as the work on a word
  for (; <isize>ptr <= <isize>lastPtr; ptr += 16) {
    hash += productOfHalves(withoutDigits(load<u64>(ptr)) + load<u64>(keys + ptr));
    hash += productOfHalves(withoutDigits(load<u64>(ptr, 8)) + load<u64>(keys + ptr, 8));
  }
  return finish(hashRest(hash, ptr, endPtr, keys) + <u64>(endPtr - startPtr)) | 1;
}

/**
 * The same where each identifier is one sign, which ends its word: the next one begins behind it. The text stands
 * between bytes that are neither letters nor digits. What was hashed of an identifier before it was met is taken back.
 */
function hashCovered(startPtr: usize, endPtr: usize, joinedMin: usize): u64 {
  memory.fill(spansPtr, 0, LENGTHS_BYTES);
  joinedBytesMin = joinedMin;
  spanCount = 0;
  escapes = 0;
  donePtr = startPtr;
  spanEndPtr = startPtr;
  const lastPtr = endPtr - 8;
  let bytes = endPtr - startPtr;
  let keys = keysPtr - startPtr;
  let fromPtr = startPtr;
  let ptr = startPtr;
  let hash = load<u64>(keysPtr, KEYS_BYTES - 8);
  while (true) {
    let marks: u64 = 0;
    for (; <isize>ptr <= <isize>lastPtr; ptr += 8) {
      const word = load<u64>(ptr);
      const others = matchOtherThanDigits(word);
      let plain = word ^ ZEROS;
      if (others != HIGHS) {
        marks = marksOf(ptr, others);
        if (marks != 0) break;
        plain &= (others >> 7) * 255;
      }
      hash += productOfHalves(plain + load<u64>(keys + ptr));
    }
    if (marks == 0) {
      if (ptr >= endPtr) break;
      marks = marksOf(ptr, matchOtherThanDigits(load<u64>(ptr)));
      if (marks == 0) break;
    }
    if (meetsIdentifier(ptr, endPtr, marks)) {
      const wordPtr = fromPtr + ((identifierPtr - fromPtr) & ~7);
      while (ptr > wordPtr) {
        ptr -= 8;
        hash -= productOfHalves(withoutDigits(load<u64>(ptr)) + load<u64>(keys + ptr));
      }
      const shift = 8 * <u64>(identifierPtr - ptr);
      const before = withoutDigits(load<u64>(ptr)) & (((<u64>1) << shift) - 1);
      hash += productOfHalves((before | (COVER << shift)) + load<u64>(keys + ptr));
      const identifierBytes = donePtr - identifierPtr;
      const spanPtr = spansPtr + ((<usize>spanCount) << 1);
      store<u16>(spanPtr, <u16>identifierBytes);
      store<u16>(spanPtr, <u16>(identifierPtr - startPtr), LENGTHS_BYTES);
      spanCount++;
      bytes -= identifierBytes;
      keys += ptr + 8 - donePtr;
      ptr = donePtr;
      fromPtr = ptr;
      spanEndPtr = ptr;
      continue;
    }
    if (escapes >= ESCAPES_MAX) return 1;
    if (<isize>ptr > <isize>lastPtr) break;
    hash += productOfHalves(withoutDigits(load<u64>(ptr)) + load<u64>(keys + ptr));
    ptr += 8;
  }
  return finish(hashRest(hash, ptr, endPtr, keys) + <u64>bytes) | 1;
}

/** The same of a text that is but a part of another. */
function hashCopy(ptr: usize, endPtr: usize, joinedMin: usize): u64 {
  const copyEndPtr = copyPtr + (endPtr - ptr);
  memory.copy(copyPtr, ptr, endPtr - ptr);
  store<u64>(copyEndPtr, 0);
  spansPtr = bodySpansPtr;
  return hashCovered(copyPtr, copyEndPtr, joinedMin);
}

/**
 * Marks the digits before letters, of those at ptr that are no others; before bytes beyond ASCII and @ and ` as well.
 */
// @ts-ignore: decorator
@inline
function marksOf(ptr: usize, others: u64): u64 {
  return (others ^ HIGHS) & (load<u64>(ptr, 1) << 1);
}

/** Less than two words. */
// @ts-ignore: decorator
@inline
function hashRest(hash: u64, ptr: usize, endPtr: usize, keys: usize): u64 {
  if (ptr + 8 <= endPtr) {
    hash += productOfHalves(withoutDigits(load<u64>(ptr)) + load<u64>(keys + ptr));
    ptr += 8;
  }
  if (ptr == endPtr) return hash;
  const word = load<u64>(ptr) << (64 - 8 * <u64>(endPtr - ptr)); // without the bytes behind the end
  return hash + productOfHalves(withoutDigits(word) + load<u64>(keys + ptr));
}

/** The identifier met last; what lies before donePtr was looked at. */
let identifierPtr: usize = 0;
let donePtr: usize = 0;
/** Where the one before it ends. */
let spanEndPtr: usize = 0;

/** Whether one of the marked bytes at ptr belongs to an identifier, which ends at donePtr then. */
function meetsIdentifier(ptr: usize, endPtr: usize, marks: u64): bool {
  if (spanCount == SPANS_MAX) return false;
  for (; marks != 0; marks &= marks - 1) {
    const at = ptr + firstMatch(marks);
    if (at < donePtr || (<u32>load<u8>(at, 1) | CASE_BIT) - LOWER_A >= 26) continue;
    if (joinedBytesMin == RECORD_JOINED_MIN && isStamp(at)) continue;
    if (at >= endPtr) return false;
    if (isIdentifier(at)) return true;
  }
  return false;
}

/** Whether the letter behind the digit at ptr is one of a date: `04T05:06:07.123Z`. */
// @ts-ignore: decorator
@inline
function isStamp(ptr: usize): bool {
  const c = <u32>load<u8>(ptr, 1);
  return c == UPPER_Z || (c == UPPER_T && load<u8>(ptr, 4) == COLON);
}

/**
 * The run around the digit at ptr and what hyphens join to it, be it letters alone. A run at either end that is short
 * and joins an address does not belong to it, nor one behind a backslash, whose first letter may belong to an escape.
 */
function isIdentifier(ptr: usize): bool {
  let endPtr = runEnd(ptr, true);
  donePtr = endPtr;
  if (isAddressSign(<u32>load<u8>(endPtr))) {
    const partPtr = runStart(endPtr, false);
    if (endPtr - partPtr < joinedBytesMin) {
      if (partPtr <= ptr) return false;
      endPtr = partPtr;
    }
  }
  let startPtr = runStart(ptr, true);
  if (startPtr < spanEndPtr) startPtr = spanEndPtr;
  const before = <u32>load<u8>(startPtr - 1);
  if (before == BACKSLASH || isAddressSign(before)) {
    const partEndPtr = runEnd(startPtr, false);
    if (before == BACKSLASH || partEndPtr - startPtr < joinedBytesMin) {
      if (partEndPtr > ptr) {
        if (before == BACKSLASH) escapes++;
        donePtr = partEndPtr;
        return false;
      }
      startPtr = partEndPtr;
    }
  }
  while (isHyphen(<u32>load<u8>(startPtr))) startPtr++;
  while (isHyphen(<u32>load<u8>(endPtr - 1))) endPtr--;
  identifierPtr = startPtr;
  donePtr = endPtr;
  return joinedBytesMin != RECORD_JOINED_MIN || !endsName(endPtr);
}

/** Whether the run that ends at ptr is, with those that are joined to it, the name of a pair or a member. */
function endsName(ptr: usize): bool {
  while (joinsName(<u32>load<u8>(ptr))) ptr = runEnd(ptr + 1, false);
  return load<u8>(ptr) == EQUALS || (load<u32>(ptr) & THREE_BYTES) == ESCAPED_QUOTE_COLON;
}

/** Where the letters and digits, and with `joined` the hyphens, begin that end at ptr. */
// @ts-ignore: decorator
@inline
function runStart(ptr: usize, joined: bool): usize {
  while (true) {
    const marks = othersIn(load<u64>(ptr - 8), joined);
    if (marks != 0) return ptr - <usize>(clz(marks) >> 3);
    ptr -= 8;
  }
}

/** Where those at ptr end. */
// @ts-ignore: decorator
@inline
function runEnd(ptr: usize, joined: bool): usize {
  while (true) {
    const marks = othersIn(load<u64>(ptr), joined);
    if (marks != 0) return ptr + firstMatch(marks);
    ptr += 8;
  }
}

/** Marks the bytes that are neither letters of ASCII nor digits, and with `joined` no hyphens. */
// @ts-ignore: decorator
@inline
function othersIn(word: u64, joined: bool): u64 {
  let others = matchOtherThanLetters(word) & matchOtherThanDigits(word);
  if (joined) others &= matchOtherThanHyphens(word);
  return others | (word & HIGHS);
}

// @ts-ignore: decorator
@inline
function isAddressSign(c: u32): bool {
  return c == COLON || c == DOT;
}

/** For a text that is none of a body's. */
export function forgetIdentifiers(): void {
  hasIdentifiers = false;
}

/** Whether a byte of [ptr, endPtr) in the body at hand, or one beside it, belongs to an identifier that was covered. */
export function touchesIdentifier(ptr: usize, endPtr: usize): bool {
  if (!hasIdentifiers) return false;
  if (ptr < textPtr || endPtr > textEndPtr) return true;
  for (let i = 0; i < SPANS_MAX; i++) {
    const bytes = <usize>load<u16>(bodySpansPtr + ((<usize>i) << 1));
    const spanPtr = textPtr + load<u16>(bodySpansPtr + ((<usize>i) << 1), LENGTHS_BYTES);
    if (bytes == 0 || spanPtr > endPtr) return false;
    if (ptr <= spanPtr + bytes) return true;
  }
  return false;
}

/** Where the key stands, or where it would. */
function entryOf(key: u64): usize {
  return entryIn(tablePtr, ENTRY_BYTES, key);
}

// @ts-ignore: decorator
@inline
function entryIn(ptr: usize, entryBytes: usize, key: u64): usize {
  const firstPtr = ptr + <usize>((key >> 1) & (SETS - 1)) * 2 * entryBytes;
  return load<u64>(firstPtr) == key || load<u64>(firstPtr + entryBytes) != key ? firstPtr : firstPtr + entryBytes;
}

function claim(entryPtr: usize, key: u64): usize {
  return claimBytes(entryPtr, ENTRY_BYTES, key);
}

/** The entry used first gives way: the one at hand moves to its place. */
function claimBytes(entryPtr: usize, entryBytes: usize, key: u64): usize {
  memory.copy(entryPtr + entryBytes, entryPtr, entryBytes);
  memory.fill(entryPtr, 0, entryBytes);
  store<u64>(entryPtr, key);
  return entryPtr;
}

/** Whether the text whose identifiers were covered last is data of which nothing is worth keeping. */
export function isBinary(): bool {
  return escapes >= ESCAPES_MAX;
}

/** Whether identifiers of a record were covered, and where in it the first begins and the last ends. */
// @ts-ignore: decorator
@inline
export function isCovered(): bool {
  return spanCount != 0;
}

export function coveredStart(): usize {
  return load<u16>(spansPtr, LENGTHS_BYTES);
}

export function coveredEnd(): usize {
  const lastPtr = spansPtr + ((<usize>(spanCount - 1)) << 1);
  return spanCount == 0 ? 0 : <usize>load<u16>(lastPtr) + load<u16>(lastPtr, LENGTHS_BYTES);
}

/** Whether identifiers stand in [ptr, endPtr) that are covered in a record. */
export function hasCovered(ptr: usize, endPtr: usize): bool {
  if (endPtr - ptr > SKELETON_BYTES_MAX) return true;
  hashCopy(ptr, endPtr, RECORD_JOINED_MIN);
  return isCovered();
}

/** Of records longer than this the lengths of identifiers count, unless they are objects. */
const BLIND_BYTES_MAX: usize = 512;

/** The key made last, before lengths, and whether it was looked for among templates, and is one's. */
let coveredKey: u64 = 0;
let isSought: bool = false;
export let isOfTemplate: bool = false;
/** Where it is kept how often that was in vain for texts that begin alike: then one in so many is looked for. */
let vainPtr: usize = 0;
const VAIN_MAX: u32 = 16;
const FOUND: u32 = 4;
const PROBE_MASK: u32 = 31;
let probes: u32 = 0;

/** The text whose key was made last came again: so may others like it. */
// @ts-ignore: decorator
@inline
export function keepCovered(ptr: usize, endPtr: usize): void {
  if (isSought && !isOfTemplate) keepTemplate(ptr, endPtr, coveredKey, recordSpansPtr, spanCount);
}

/** Whether the text is one of a template, whose key is its key. */
function seekTemplate(ptr: usize, endPtr: usize): bool {
  const vain = <u32>load<u8>(vainPtr);
  isSought = vain < VAIN_MAX || (++probes & PROBE_MASK) == 0;
  if (!isSought) return false;
  coveredKey = findTemplate(ptr, endPtr, recordSpansPtr);
  if (coveredKey == 0) {
    store<u8>(vainPtr, min(vain + 1, VAIN_MAX));
    return false;
  }
  store<u8>(vainPtr, vain > FOUND ? vain - FOUND : 0);
  spanCount = templateSpans;
  escapes = 0;
  return true;
}

/** The key of what is left of a record's text, between quotes, without its identifiers. */
export function coveredKeyOf(ptr: usize, endPtr: usize, patiencePtr: usize): u64 {
  spansPtr = recordSpansPtr;
  vainPtr = patiencePtr;
  isOfTemplate = seekTemplate(ptr, endPtr);
  if (!isOfTemplate) coveredKey = hashCovered(ptr, endPtr, RECORD_JOINED_MIN);
  const key = coveredKey;
  if (spanCount == 0 || endPtr - ptr <= BLIND_BYTES_MAX || load<u8>(ptr) == OPEN_BRACE) return key;
  return hashBytes(recordSpansPtr, LENGTHS_BYTES, key) | 1;
}

/** What is kept of a whole record, or the place where it would. */
// @ts-ignore: decorator
@inline
export function recordEntry(key: u64): usize {
  return entryIn(recordsPtr, RECORD_ENTRY_BYTES, key);
}

/** An empty entry, in place of what was there where it was of the same key. */
export function claimRecord(key: u64): usize {
  const entryPtr = recordEntry(key);
  if (load<u64>(entryPtr) != key) return claimBytes(entryPtr, RECORD_ENTRY_BYTES, key);
  memory.fill(entryPtr + 8, 0, RECORD_ENTRY_BYTES - 8);
  return entryPtr;
}

/** Keeps what is kept by one key by another as well; returns the entry, 0 where it had to give way for the other. */
export function aliasRecord(key: u64, other: u64): usize {
  const entryPtr = claimRecord(key);
  const otherPtr = recordEntry(other);
  if (load<u64>(otherPtr) != other) {
    store<u64>(entryPtr, 0);
    return 0;
  }
  memory.copy(entryPtr + 8, otherPtr + 8, RECORD_ENTRY_BYTES - 8);
  return entryPtr;
}
