/**
 * Finds any of thousands of words in one pass that skips: Wu and Manber's shift table over the last block of a window
 * (TR-94-17, https://www.cs.arizona.edu/sites/default/files/TR94-17.pdf). Each word enters by one window of fixed
 * length, chosen by host/model/keywordWindows.ts; tables.ts builds the tables when a section is loaded.
 */

import { forgetParts } from "../../event/accessParts";
import { forgetSkeletons } from "../../event/skeleton";
import { findByte, isDigit, isLetter } from "../../runtime/bytes";
import { BACKSLASH, DASH, DIGIT_0, LOWER_A, OPEN_BRACKET, QUOTE, UNDERSCORE, UPPER_A } from "../../runtime/characters";
import { reserve } from "../../runtime/memory";
import { clearDigits, noteDigits } from "./digits";
import {
  GROUPS_MAX,
  isValidKeywordSection,
  keywordMinCount,
  keywordSeverity,
  textPtr,
  useKeywordSection,
  WORD_BYTES,
  WORD_CASE,
  WORD_WHOLE,
  wordsPtr,
} from "./section";
import {
  BUCKET_BITS,
  buildGroup,
  ENTRIES,
  GROUP_BYTES,
  groupTablesBytes,
  HEADS,
  PAIRS,
  SECOND,
  SECOND_BITS,
  SECOND_BYTES,
  SECOND_PAIRS,
  SHIFTS,
  secondMultiplier,
  secondSlot,
  TRIPLE_MASK,
  TRIPLES,
  WINDOW_BYTES,
  windowHash,
} from "./tables";

/**
 * The hits of one message: distinct keywords, most severe first, then in the section's order. Pairs of u32 at
 * `keywordHitsPtr`, a keyword and its minimal count, as `observe` of windows/rules.ts takes them.
 */
export const KEYWORD_HITS_MAX: i32 = 8;
export let keywordHits: i32 = 0;
export const keywordHitsPtr: usize = memory.data(64);

/** Whether a word may stand between the parts of an access line, or in several of them (accessLine.ts). */
export let anyIsBetween: bool = false;

/** Whether a word may have to be looked for in what its text says without escapes, whatever texts like it have. */
export let anyHasEscapes: bool = false;

/** The bit that parts small letters from capitals. */
const FOLD: u32 = 0x20;

let groupCount: u32 = 0;
let tablesPtr: usize = 0;
let tablesBytes: usize = 0;

/** Validates everything, then builds; false leaves the matcher as it was. */
export function loadKeywords(sectionPtr: usize, sectionBytes: i32): bool {
  if (!isValidKeywordSection(sectionPtr, <u32>sectionBytes)) return false;
  const newGroupCount = load<u32>(sectionPtr, 20);
  let needBytes: usize = GROUP_BYTES * GROUPS_MAX;
  for (let g: u32 = 0; g < newGroupCount; g++) needBytes += groupTablesBytes(sectionPtr + 24 + 8 * g);
  if (needBytes > tablesBytes) {
    const ptr = reserve(needBytes);
    if (ptr == 0) return false;
    tablesPtr = ptr;
    tablesBytes = needBytes;
  }
  useKeywordSection(sectionPtr);
  groupCount = newGroupCount;
  let nextPtr = tablesPtr + GROUP_BYTES * GROUPS_MAX;
  let firstWord: u32 = 0;
  for (let g: u32 = 0; g < groupCount; g++) {
    const sourcePtr = sectionPtr + 24 + 8 * g;
    buildGroup(tablesPtr + GROUP_BYTES * g, sourcePtr, nextPtr, firstWord);
    nextPtr += groupTablesBytes(sourcePtr);
    firstWord += load<u32>(sourcePtr, 4);
  }
  keywordHits = 0;
  anyIsBetween = false;
  anyHasEscapes = false;
  clearDigits();
  for (let word: u32 = 0; word < firstWord; word++) {
    const wordPtr = wordsPtr + word * WORD_BYTES;
    if (!isOfParts(wordPtr)) anyIsBetween = true;
    if (!isSameInJson(wordPtr)) anyHasEscapes = true;
    const wordTextPtr = textPtr + load<u32>(wordPtr);
    noteDigits(wordTextPtr, wordTextPtr + load<u16>(wordPtr, 8));
  }
  forgetParts();
  forgetSkeletons();
  return true;
}

/**
 * A word is within one part, with the quotes around it, where it has four letters in a row, a quote only at its ends,
 * and no bracket before a digit, as one stands before a date.
 */
function isOfParts(wordPtr: usize): bool {
  let ptr = textPtr + load<u32>(wordPtr);
  const lastPtr = ptr + load<u16>(wordPtr, 8) - 1;
  let letters = 0;
  for (const firstPtr = ptr; ptr <= lastPtr; ptr++) {
    const c = <u32>load<u8>(ptr);
    if (letters < 4) letters = isLetter(c) ? letters + 1 : 0;
    if (c == QUOTE && ptr > firstPtr && ptr < lastPtr) return false;
    if (c == OPEN_BRACKET && ptr < lastPtr && isDigit(<u32>load<u8>(ptr, 1))) return false;
  }
  return letters == 4;
}

/**
 * Whether a word has no sign that is escaped in JSON, or stands in none of the texts that differ in their digits and
 * identifiers alone if it does not stand in one (event/skeleton.ts): signs between words of letters, and around them.
 */
function isSameInJson(wordPtr: usize): bool {
  const startPtr = textPtr + load<u32>(wordPtr);
  const endPtr = startPtr + load<u16>(wordPtr, 8);
  const hasBackslash = findByte(startPtr, endPtr, BACKSLASH) < endPtr;
  if (!hasBackslash && findByte(startPtr, endPtr, QUOTE) >= endPtr) return true;
  for (let ptr = startPtr; ptr < endPtr; ptr++) {
    const c = <u32>load<u8>(ptr);
    const isEnd = ptr == startPtr || ptr == endPtr - 1;
    if (isDigit(c) || c == DASH || c == UNDERSCORE || (isEnd && isLetter(c))) return false;
  }
  return !hasBackslash;
}

/** No keyword is in the text at hand. */
export function forgetHits(): void {
  keywordHits = 0;
}

/**
 * Leaves the distinct keywords of [messagePtr, messagePtr + messageBytes) in `keywordHitsPtr`. Beyond eight the least
 * severe are forgotten. Reads eight bytes before the range and up to 200 behind it, which count for nothing.
 */
export function findKeywords(messagePtr: usize, messageBytes: usize): i32 {
  keywordHits = 0;
  for (let g: u32 = 0; g < groupCount; g++) {
    const groupPtr = tablesPtr + GROUP_BYTES * g;
    if (messageBytes < load<u32>(groupPtr, WINDOW_BYTES)) continue;
    const endPtr = messagePtr + messageBytes;
    const shiftsPtr = <usize>load<u32>(groupPtr, SHIFTS);
    if (load<u32>(groupPtr, SECOND_BYTES) == 0) {
      if (shiftsPtr == PAIRS) scanPairs<u16>(groupPtr, messagePtr, endPtr);
      else scanPairs<i16>(groupPtr, messagePtr, endPtr);
    } else if (shiftsPtr == TRIPLES) scanLong<u32>(groupPtr, messagePtr, endPtr);
    else if (shiftsPtr == PAIRS) scanLong<u16>(groupPtr, messagePtr, endPtr);
    else scanLong<i16>(groupPtr, messagePtr, endPtr);
  }
  return keywordHits;
}

/**
 * Four looks for one comparison: a look at shift 0 stays where it is, so only the last one is tested. Looks beyond
 * the end meet whatever lies there; no word that goes on beyond it is taken.
 */
function scanPairs<Table>(groupPtr: usize, messagePtr: usize, endPtr: usize): void {
  const lastPtr = endPtr - 2;
  let ptr = messagePtr + load<u32>(groupPtr, WINDOW_BYTES) - 2;
  while (ptr <= lastPtr) {
    ptr += look<Table>(ptr);
    ptr += look<Table>(ptr);
    ptr += look<Table>(ptr);
    let shift = look<Table>(ptr);
    if (shift == 0) shift = compareWindow(groupPtr, ptr + 2, messagePtr, endPtr);
    ptr += shift;
  }
}

/** Longer lists stop more often: there the shift of a longer block tells nearly always how to go on. */
function scanLong<Table>(groupPtr: usize, messagePtr: usize, endPtr: usize): void {
  const blockBytes: u32 = sizeof<Table>() == 4 ? 3 : 2;
  const windowBytes = load<u32>(groupPtr, WINDOW_BYTES);
  const secondBytes = load<u32>(groupPtr, SECOND_BYTES);
  const secondPtr = <usize>load<u32>(groupPtr, SECOND);
  const multiplier = secondMultiplier(secondBytes);
  const drop = 64 - <u64>load<u32>(groupPtr, SECOND_BITS);
  const back = secondBytes - blockBytes;
  const lastPtr = endPtr - blockBytes;
  let ptr = messagePtr + windowBytes - blockBytes;
  while (ptr <= lastPtr) {
    ptr += look<Table>(ptr);
    ptr += look<Table>(ptr);
    ptr += look<Table>(ptr);
    let shift = look<Table>(ptr);
    if (shift == 0) {
      shift = load<u8>(secondPtr + secondSlot(ptr - back, multiplier, drop));
      if (shift == 0) shift = compareWindow(groupPtr, ptr + blockBytes, messagePtr, endPtr);
    }
    ptr += shift;
  }
}

/*
 * A type stands for the table, so that each loop is compiled by itself with its address as a constant: u16 and i16 for
 * the pairs of the first and the second group, u32 for triples.
 */
// @ts-ignore: decorator
@inline
function look<Table>(ptr: usize): u32 {
  if (sizeof<Table>() == 4) return load<u8>(<usize>(load<u32>(ptr) & TRIPLE_MASK), TRIPLES);
  return isSigned<Table>() ? load<u8>(<usize>load<u16>(ptr), SECOND_PAIRS) : load<u8>(<usize>load<u16>(ptr), PAIRS);
}

/** Adds the words that stand where this window ends, and says how far to go on. */
function compareWindow(groupPtr: usize, windowEndPtr: usize, messagePtr: usize, endPtr: usize): u32 {
  const windowBytes = load<u32>(groupPtr, WINDOW_BYTES);
  const hash = windowHash(windowEndPtr - windowBytes, windowBytes);
  const headPtr = <usize>load<u32>(groupPtr, HEADS) + ((<usize>(hash >> (64 - load<u32>(groupPtr, BUCKET_BITS)))) << 2);
  let entryPtr = <usize>load<u32>(groupPtr, ENTRIES) + 8 * load<u32>(headPtr);
  const entriesEndPtr = <usize>load<u32>(groupPtr, ENTRIES) + 8 * load<u32>(headPtr, 4);
  for (; entryPtr < entriesEndPtr; entryPtr += 8) {
    if (load<u32>(entryPtr) != <u32>hash) continue;
    const wordPtr = <usize>load<u32>(entryPtr, 4);
    const beforeBytes = windowBytes + load<u16>(wordPtr, 10);
    if (windowEndPtr - messagePtr < beforeBytes) continue;
    const fromPtr = windowEndPtr - beforeBytes;
    const lastPtr = fromPtr + load<u16>(wordPtr, 8) - 1;
    if (lastPtr >= endPtr) continue;
    // Text that shares a window with a word mostly differs where the window has ended: the word's own two ends tell.
    const wordTextPtr = textPtr + load<u32>(wordPtr);
    const ends =
      (load<u8>(fromPtr) ^ load<u8>(wordTextPtr)) | (load<u8>(lastPtr) ^ load<u8>(wordTextPtr + (lastPtr - fromPtr)));
    if ((ends & ~FOLD) != 0) continue;
    const flags = load<u32>(wordPtr, 12);
    if ((flags & WORD_WHOLE) != 0 && !isWhole(fromPtr, lastPtr, messagePtr, endPtr)) continue;
    if (equalsWord(wordTextPtr, (flags & WORD_CASE) == 0, fromPtr, lastPtr)) addHit(load<u32>(wordPtr, 4));
  }
  return 1;
}

function equalsWord(wordTextPtr: usize, fold: bool, ptr: usize, lastPtr: usize): bool {
  for (; ptr <= lastPtr; ptr++, wordTextPtr++) {
    let c = <u32>load<u8>(ptr);
    if (fold && c - UPPER_A < 26) c |= FOLD;
    if (c != <u32>load<u8>(wordTextPtr)) return false;
  }
  return true;
}

/** Whole words: no letter, digit or underscore continues the word's own at either edge. */
// @ts-ignore: decorator
@inline
function isWhole(ptr: usize, lastPtr: usize, messagePtr: usize, endPtr: usize): bool {
  if (ptr > messagePtr && isWordByte(load<u8>(ptr - 1)) && isWordByte(load<u8>(ptr))) return false;
  return lastPtr + 1 >= endPtr || !isWordByte(load<u8>(lastPtr, 1)) || !isWordByte(load<u8>(lastPtr));
}

/** Letters, digits, underscore, and any byte beyond ASCII. */
function isWordByte(c: u32): bool {
  return c - DIGIT_0 < 10 || (c | FOLD) - LOWER_A < 26 || c == UNDERSCORE || c >= 0x80;
}

/** Insertion into a list of eight, kept in order; the same keyword enters once. */
function addHit(keyword: u32): void {
  const severity = keywordSeverity(keyword);
  let at = keywordHits;
  for (let i = 0; i < keywordHits; i++) {
    const other = keywordHitAt(i);
    if (other == keyword) return;
    if (at == keywordHits) {
      const otherSeverity = keywordSeverity(other);
      if (severity > otherSeverity || (severity == otherSeverity && keyword < other)) at = i;
    }
  }
  if (at >= KEYWORD_HITS_MAX) return;
  if (keywordHits < KEYWORD_HITS_MAX) keywordHits++;
  const ptr = keywordHitsPtr + 8 * <usize>at;
  memory.copy(ptr + 8, ptr, 8 * <usize>(keywordHits - 1 - at));
  store<u32>(ptr, keyword);
  store<u32>(ptr, keywordMinCount(keyword), 4);
}

export function keywordHitAt(i: i32): u32 {
  return load<u32>(keywordHitsPtr + 8 * <usize>i);
}

/** Takes a hit out; those behind it move up. */
export function dropKeywordHit(i: i32): void {
  keywordHits--;
  const ptr = keywordHitsPtr + 8 * <usize>i;
  memory.copy(ptr, ptr + 8, 8 * <usize>(keywordHits - i));
}
