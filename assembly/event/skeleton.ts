/**
 * What was found out about a text, kept by its skeleton: its bytes with every digit read as one sign. Most lines share
 * theirs with a line before, and nearly all that there is to read in a text does not depend on which digits it has: its
 * signature, where its addresses stand, which of them is the client's, that it is no frame of a trace. What digits do
 * decide is read anew at the places that are kept (fields/clientPlaces.ts); a text of which they decide more is not
 * kept.
 *
 * Where there is none like it, identifiers are covered as well: runs of letters and digits in which a digit stands
 * before a letter, and the runs that hyphens join to these; beside a colon or a dot only from five on, which is longer
 * than any part of an address. So lines that differ in a request's or a container's identifier share what was found
 * out.
 *
 * Skeletons are told apart by NH (RFC 4418), whose keys come from the instance's seed: whoever writes lines cannot make
 * two of them meet more often than once in four thousand million times.
 */

import { firstMatch, HIGHS, isHyphen, matchOtherThanDigits, SEVENS, ZEROS } from "../runtime/bytes";
import { BACKSLASH, CASE_BIT, COLON, DOT, EQUALS, LOWER_A } from "../runtime/characters";
import { finish, hashPair, productOfHalves } from "../runtime/hash";
import { reserve } from "../runtime/memory";
import { joinsName } from "../runtime/nameTable";
import { bodyEndPtr, bodyPtr, setSkeleton, skeletonPtr } from "./event";

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

const CASE_BITS: u64 = 0x2020202020202020;
const LETTER_BITS: u64 = 0x4040404040404040;
const FROM_A: u64 = 0x1f1f1f1f1f1f1f1f;
const BEYOND_Z: u64 = 0x0505050505050505;

/** In place of the bytes of an identifier: no text has it but one that is no UTF-8. */
const COVER: u8 = 0xff;
/** In a body longer than any part of an address, in a record than a fraction and a date with their letters. */
const BODY_JOINED_MIN: usize = 5;
const RECORD_JOINED_MIN: usize = 17;

/** `\":`, which ends a name of JSON. */
const ESCAPED_QUOTE_COLON: u32 = 0x3a225c;
const THREE_BYTES: u32 = 0xffffff;

const keysPtr = memory.data(2048 + 16, 8);
/** Behind eight bytes that are none of a text. */
const copyPtr = memory.data(8 + 2048 + 24, 8) + 8;
let tablePtr: usize = 0;
/** Whole records, kept in a table of their own (record/recall.ts), whose entries begin as these do. */
let recordsPtr: usize = 0;
const RECORD_ENTRY_BYTES: usize = 184;
/** False: every text is read as if it were the first. */
export let keeps: bool = true;
/** Whether identifiers of the body at hand are read as one sign. */
export let hasIdentifiers: bool = false;
/** Where in the copy the first one that was covered begins, and the last one ends. */
let coveredPtr: usize = 0;
let coveredEndPtr: usize = 0;
/** How many runs so far stand behind a backslash: of binary data that is written so no text is like another. */
let escapes: i32 = 0;
const ESCAPES_MAX: i32 = 8;
/** So long a run is an identifier even beside a colon or a dot. */
let joinedBytesMin: usize = 0;
/** The text that the event's skeleton is of. */
let textPtr: usize = 0;
let textEndPtr: usize = 0;

export function initialiseSkeletons(): bool {
  if (tablePtr == 0) tablePtr = reserve(<usize>SETS * 2 * (ENTRY_BYTES + RECORD_ENTRY_BYTES));
  recordsPtr = tablePtr + <usize>SETS * 2 * ENTRY_BYTES;
  return tablePtr != 0;
}

/** What was kept goes with the keys it was kept by. */
export function seedSkeletons(seed: u64): void {
  for (let at: usize = 0; at < SKELETON_BYTES_MAX + 16; at += 8) store<u64>(keysPtr + at, hashPair(seed, at));
  forgetSkeletons();
}

/** Times and levels may be read in another way from now on. */
export function forgetSkeletons(): void {
  if (tablePtr != 0) memory.fill(tablePtr, 0, <usize>SETS * 2 * (ENTRY_BYTES + RECORD_ENTRY_BYTES));
}

export function keepSkeletons(value: bool): void {
  keeps = value;
}

/** What is kept of the body at hand, empty where it is new; 0 where nothing can be kept. */
export function bodySkeleton(): usize {
  const bytes = bodyEndPtr - bodyPtr;
  if (!keeps || bytes - 1 >= SKELETON_BYTES_MAX) return 0;
  if (skeletonPtr == 0 || textPtr != bodyPtr || textEndPtr != bodyEndPtr) {
    textPtr = bodyPtr;
    textEndPtr = bodyEndPtr;
    setSkeleton(findText());
  }
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
  const copyEndPtr = copyCovered(textPtr, textEndPtr, BODY_JOINED_MIN);
  hasIdentifiers = coveredEndPtr != 0 && !isBinary();
  if (!hasIdentifiers) return claim(entryPtr, key);
  const covered = keyOfCopy(copyEndPtr);
  const coveredPtr = entryOf(covered);
  if (load<u64>(coveredPtr) != covered) return claim(coveredPtr, covered);
  if (changetype<Skeleton>(coveredPtr).reading != LETTERS_DECIDE) return coveredPtr;
  hasIdentifiers = false;
  entryPtr = entryOf(key);
  return claim(entryPtr, key);
}

/** Of at most SKELETON_BYTES_MAX bytes. */
export function keyOf(ptr: usize, endPtr: usize): u64 {
  return hashText(ptr, endPtr, false);
}

/** The same of the copy, whose digits are alike already. */
function keyOfCopy(endPtr: usize): u64 {
  return hashText(copyPtr, endPtr, true);
}

// @ts-ignore: decorator
@inline
function hashText(startPtr: usize, endPtr: usize, isAlike: bool): u64 {
  const keys = keysPtr - startPtr;
  const lastPtr = endPtr - 16;
  let ptr = startPtr;
  let hash = load<u64>(keysPtr, SKELETON_BYTES_MAX);
  // two words a step: in an interpreter the loop's own instructions weigh as much as the work on a word
  for (; <isize>ptr <= <isize>lastPtr; ptr += 16) {
    hash += productOfHalves(signsOf(load<u64>(ptr), isAlike) + load<u64>(keys + ptr));
    hash += productOfHalves(signsOf(load<u64>(ptr, 8), isAlike) + load<u64>(keys + ptr, 8));
  }
  return finish(hashRest(hash, ptr, endPtr, keys) + <u64>(endPtr - startPtr)) | 1;
}

// @ts-ignore: decorator
@inline
function signsOf(word: u64, isAlike: bool): u64 {
  return isAlike ? word ^ ZEROS : withoutDigits(word);
}

/** Less than two words. */
function hashRest(hash: u64, ptr: usize, endPtr: usize, keys: usize): u64 {
  if (ptr + 8 <= endPtr) {
    hash += productOfHalves(withoutDigits(load<u64>(ptr)) + load<u64>(keys + ptr));
    ptr += 8;
  }
  if (ptr == endPtr) return hash;
  const word = load<u64>(ptr) << (64 - 8 * <u64>(endPtr - ptr)); // without the bytes behind the end
  return hash + productOfHalves(withoutDigits(word) + load<u64>(keys + ptr));
}

/** Digits as 0, every other byte as something else. */
// @ts-ignore: decorator
@inline
function withoutDigits(word: u64): u64 {
  return (word ^ ZEROS) & ((matchOtherThanDigits(word) >> 7) * 255);
}

/** Marks the bytes that are digits. */
// @ts-ignore: decorator
@inline
function digitsIn(word: u64): u64 {
  return matchOtherThanDigits(word) ^ HIGHS;
}

/** Marks the bytes that are letters. */
// @ts-ignore: decorator
@inline
function lettersIn(word: u64): u64 {
  const lower = (word | CASE_BITS) & SEVENS;
  return (lower + FROM_A) & ~(lower + BEYOND_Z) & ~word & HIGHS;
}

/** Copies the text, one sign over each identifier and all other digits alike; returns the copy's end. */
function copyCovered(fromPtr: usize, fromEndPtr: usize, joinedMin: usize): usize {
  memory.copy(copyPtr, fromPtr, fromEndPtr - fromPtr);
  const endPtr = copyPtr + (fromEndPtr - fromPtr);
  joinedBytesMin = joinedMin;
  coveredPtr = 0;
  coveredEndPtr = 0;
  store<u64>(endPtr, 0);
  escapes = 0;
  // behind the run that was looked at last
  let donePtr: usize = 0;
  for (let ptr = copyPtr; ptr < endPtr && escapes < ESCAPES_MAX; ptr += 8) {
    const word = load<u64>(ptr);
    const digits = digitsIn(word);
    if (digits == 0) continue;
    store<u64>(ptr, word & ~((digits >> 7) * 15));
    // signs beyond capitals are marked as well
    for (let marks = digits & ((load<u64>(ptr, 1) & LETTER_BITS) << 1); marks != 0; marks &= marks - 1) {
      const at = ptr + firstMatch(marks);
      if (at < donePtr || (<u32>load<u8>(at, 1) | CASE_BIT) - LOWER_A >= 26) continue;
      donePtr = coverAround(at);
      if (load<u8>(at) != COVER) continue;
      ptr = donePtr - 8;
      break;
    }
  }
  return endPtr;
}

/** The run around the digit at ptr and what hyphens join to it, be it letters alone; returns where it was read to. */
function coverAround(ptr: usize): usize {
  let marks = othersIn(load<u64>(ptr - 8));
  while (marks == 0) {
    ptr -= 8;
    marks = othersIn(load<u64>(ptr - 8));
  }
  ptr -= <usize>(clz(marks) >> 3);
  if (load<u8>(ptr - 1) == BACKSLASH) {
    escapes++;
    return runEnd(ptr); // the first letter may belong to an escape
  }
  let endPtr = ptr;
  let nextPtr = ptr;
  do {
    const partEndPtr = runEnd(nextPtr);
    const isShort = partEndPtr - nextPtr < joinedBytesMin;
    if (endPtr == ptr) {
      if (isShort && (joinsAddress(ptr - 1) || joinsAddress(partEndPtr))) return partEndPtr;
    } else if (partEndPtr == nextPtr || (isShort && joinsAddress(partEndPtr))) break;
    endPtr = partEndPtr;
    nextPtr = endPtr;
    while (isHyphen(<u32>load<u8>(nextPtr))) nextPtr++;
  } while (nextPtr > endPtr);
  if (joinedBytesMin == RECORD_JOINED_MIN && endsName(endPtr)) return endPtr;
  if (coveredPtr == 0) coveredPtr = ptr;
  coveredEndPtr = endPtr;
  memory.fill(ptr, COVER, endPtr - ptr);
  return endPtr;
}

/** Whether the run that ends at ptr is, with those that are joined to it, the name of a pair or a member. */
function endsName(ptr: usize): bool {
  while (joinsName(<u32>load<u8>(ptr))) ptr = runEnd(ptr + 1);
  return load<u8>(ptr) == EQUALS || (load<u32>(ptr) & THREE_BYTES) == ESCAPED_QUOTE_COLON;
}

/** Where the letters and digits at ptr end. */
// @ts-ignore: decorator
@inline
function runEnd(ptr: usize): usize {
  while (true) {
    const marks = othersIn(load<u64>(ptr));
    if (marks != 0) return ptr + firstMatch(marks);
    ptr += 8;
  }
}

/** Marks the bytes that are neither letters nor digits. */
function othersIn(word: u64): u64 {
  return (lettersIn(word) | digitsIn(word)) ^ HIGHS;
}

// @ts-ignore: decorator
@inline
function joinsAddress(ptr: usize): bool {
  const c = <u32>load<u8>(ptr);
  return c == COLON || c == DOT;
}

/** Whether a byte of [ptr, endPtr) in the body at hand, or one beside it, belongs to an identifier that was covered. */
export function touchesIdentifier(ptr: usize, endPtr: usize): bool {
  if (!hasIdentifiers) return false;
  if (ptr < textPtr || endPtr > textEndPtr) return true;
  const lastPtr = copyPtr + (endPtr - textPtr);
  for (let at = copyPtr + (ptr - textPtr) - 1; at <= lastPtr; at++) if (load<u8>(at) == COVER) return true;
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

/** Whether identifiers of a record were covered, and in which part of it, counted from ptr. */
// @ts-ignore: decorator
@inline
export function isCovered(): bool {
  return coveredEndPtr != 0;
}

export function coveredStart(): usize {
  return coveredPtr - copyPtr;
}

export function coveredEnd(): usize {
  return coveredEndPtr - copyPtr;
}

/** Whether identifiers stand in [ptr, endPtr) that are covered in a record. */
export function hasCovered(ptr: usize, endPtr: usize): bool {
  if (endPtr - ptr > SKELETON_BYTES_MAX) return true;
  copyCovered(ptr, endPtr, RECORD_JOINED_MIN);
  return isCovered();
}

/** The key of what is left of [ptr, endPtr) without its identifiers. */
export function coveredKeyOf(ptr: usize, endPtr: usize): u64 {
  return keyOfCopy(copyCovered(ptr, endPtr, RECORD_JOINED_MIN));
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
