/**
 * Finds any of thousands of words in one pass that skips: Wu and Manber's shift table over the last block of a window
 * (TR-94-17, https://www.cs.arizona.edu/sites/default/files/TR94-17.pdf). Each word enters by one window of fixed
 * length, chosen by host/model/keywordWindows.ts; the tables are built here when a section is loaded.
 */
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
} from "./keywordSection";
import { reserve } from "./memory";

/**
 * The hits of one message: distinct keywords, most severe first, then in the section's order. Pairs of u32 at
 * `keywordHitsPtr`, a keyword and its minimal count, as `observe` of windows.ts takes them.
 */
export const KEYWORD_HITS_MAX: i32 = 8;
export let keywordHits: i32 = 0;
export const keywordHitsPtr: usize = memory.data(64);

let groupCount: u32 = 0;
let tablesPtr: usize = 0;
let tablesBytes: usize = 0;

/*
 * Group, 32 bytes at tablesPtr + 32 * group:
 *   0 u32 blockBytes   4 u32 windowBytes   8 u32 shiftBits   12 u32 bucketBits
 *  16 u32 shiftsPtr (2^shiftBits bytes)   20 u32 headsPtr ((2^bucketBits + 1) u32)   24 u32 entriesPtr   28 u32 firstWord
 * Entry, 8 bytes: 0 u32 check   4 u32 wordPtr
 */
const GROUP_BYTES: usize = 32;
const FOLD8: u64 = 0x2020202020202020;
const FOLD4: u32 = 0x20202020;
const WINDOW_MULTIPLIER: u64 = 0x9e3779b97f4a7c15;
const BLOCK_MULTIPLIER: u32 = 0x9e3779b1;

/** Validates everything, then builds; false leaves the matcher as it was. */
export function loadKeywords(sectionPtr: usize, sectionBytes: i32): bool {
  if (!isValidKeywordSection(sectionPtr, <u32>sectionBytes)) return false;
  const newGroupCount = load<u32>(sectionPtr, 20);
  let needBytes: usize = GROUP_BYTES * GROUPS_MAX;
  for (let g: u32 = 0; g < newGroupCount; g++) needBytes += groupTablesBytes(sectionPtr, g);
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
    const words = load<u32>(sectionPtr + 8 * g, 28);
    buildGroup(tablesPtr + GROUP_BYTES * g, sectionPtr + 24 + 8 * g, nextPtr, firstWord, words);
    nextPtr += groupTablesBytes(sectionPtr, g);
    firstWord += words;
  }
  keywordHits = 0;
  return true;
}

/** 2^bits that leave most slots empty: a hit there costs a look at the word's window. */
function bitsFor(count: u32, bitsMin: u32, bitsMax: u32): u32 {
  let bits = bitsMin;
  while (bits < bitsMax && (<u32>1 << bits) < count) bits++;
  return bits;
}

/** Two-byte blocks index directly; longer ones are hashed into eight places a block, at most 256 KiB. */
function shiftBitsOf(blockBytes: u32, windowBytes: u32, words: u32): u32 {
  return blockBytes == 2 ? 16 : bitsFor(words * (windowBytes - blockBytes + 1) * 8, 12, 18);
}

function bucketBitsOf(words: u32): u32 {
  return bitsFor(words * 4, 6, 17);
}

function groupTablesBytes(sectionPtr: usize, group: u32): usize {
  const groupPtr = sectionPtr + 24 + 8 * group;
  const words = load<u32>(groupPtr, 4);
  const shiftBytes = (<usize>1) << shiftBitsOf(load<u8>(groupPtr), load<u8>(groupPtr, 1), words);
  return shiftBytes + ((((<usize>1) << bucketBitsOf(words)) + 1) << 2) + 8 * words + 16;
}

function buildGroup(groupPtr: usize, sourcePtr: usize, freePtr: usize, firstWord: u32, words: u32): void {
  const blockBytes = <u32>load<u8>(sourcePtr);
  const windowBytes = <u32>load<u8>(sourcePtr, 1);
  const shiftBits = shiftBitsOf(blockBytes, windowBytes, words);
  const bucketBits = bucketBitsOf(words);
  const shiftsPtr = freePtr;
  const headsPtr = (shiftsPtr + ((<usize>1) << shiftBits) + 7) & ~7;
  const headsBytes = (((<usize>1) << bucketBits) + 1) << 2;
  const entriesPtr = (headsPtr + headsBytes + 7) & ~7;
  store<u32>(groupPtr, blockBytes);
  store<u32>(groupPtr, windowBytes, 4);
  store<u32>(groupPtr, shiftBits, 8);
  store<u32>(groupPtr, bucketBits, 12);
  store<u32>(groupPtr, <u32>shiftsPtr, 16);
  store<u32>(groupPtr, <u32>headsPtr, 20);
  store<u32>(groupPtr, <u32>entriesPtr, 24);
  store<u32>(groupPtr, firstWord, 28);

  memory.fill(shiftsPtr, <u8>(windowBytes - blockBytes + 1), (<usize>1) << shiftBits);
  memory.fill(headsPtr, 0, headsBytes);
  const wordsFromPtr = wordsPtr + firstWord * WORD_BYTES;
  const wordsToPtr = wordsFromPtr + words * WORD_BYTES;
  // Counting sort into buckets: sizes one slot up, running sums, then each entry to its place.
  for (let wordPtr = wordsFromPtr; wordPtr < wordsToPtr; wordPtr += WORD_BYTES) {
    const windowPtr = textPtr + load<u32>(wordPtr) + load<u16>(wordPtr, 10);
    for (let at: u32 = 0; at <= windowBytes - blockBytes; at++) {
      lowerShift(shiftsPtr, shiftBits, blockBytes, windowPtr + at, windowBytes - blockBytes - at);
    }
    const slotPtr = headsPtr + (<usize>(windowHash(windowPtr, windowBytes) >> (64 - bucketBits)) << 2);
    store<u32>(slotPtr, load<u32>(slotPtr) + 1);
  }
  let sum: u32 = 0;
  for (let i: usize = 0; i < headsBytes; i += 4) {
    sum += load<u32>(headsPtr + i);
    store<u32>(headsPtr + i, sum);
  }
  for (let wordPtr = wordsToPtr - WORD_BYTES; wordPtr >= wordsFromPtr; wordPtr -= WORD_BYTES) {
    const windowPtr = textPtr + load<u32>(wordPtr) + load<u16>(wordPtr, 10);
    const hash = windowHash(windowPtr, windowBytes);
    const slotPtr = headsPtr + (<usize>(hash >> (64 - bucketBits)) << 2);
    const at = load<u32>(slotPtr) - 1;
    store<u32>(slotPtr, at);
    store<u32>(entriesPtr + 8 * at, <u32>hash);
    store<u32>(entriesPtr + 8 * at, <u32>wordPtr, 4);
  }
}

/** Two-byte tables hold a slot for either case of both letters, so that scanning need not fold. */
function lowerShift(shiftsPtr: usize, shiftBits: u32, blockBytes: u32, ptr: usize, shift: u32): void {
  if (blockBytes > 2) return lowerTo(shiftsPtr + hashedBlock(ptr, blockMultiplier(blockBytes), shiftBits), shift);
  const a = <u32>load<u8>(ptr);
  const b = <u32>load<u8>(ptr, 1);
  lowerTo(shiftsPtr + (a | (b << 8)), shift);
  lowerTo(shiftsPtr + (otherCase(a) | (b << 8)), shift);
  lowerTo(shiftsPtr + (a | (otherCase(b) << 8)), shift);
  lowerTo(shiftsPtr + (otherCase(a) | (otherCase(b) << 8)), shift);
}

// @ts-ignore: decorator
@inline
function lowerTo(ptr: usize, shift: u32): void {
  if (<u32>load<u8>(ptr) > shift) store<u8>(ptr, shift);
}

// @ts-ignore: decorator
@inline
function otherCase(c: u32): u32 {
  return (c | 0x20) - 0x61 < 26 ? c ^ 0x20 : c;
}

/** A multiplier shifted up by a byte drops the fourth byte: one loop serves blocks of three and of four. */
// @ts-ignore: decorator
@inline
function blockMultiplier(blockBytes: u32): u32 {
  return blockBytes == 3 ? BLOCK_MULTIPLIER << 8 : BLOCK_MULTIPLIER;
}

// @ts-ignore: decorator
@inline
function hashedBlock(ptr: usize, multiplier: u32, bits: u32): u32 {
  return ((load<u32>(ptr) | FOLD4) * multiplier) >>> (32 - bits);
}

/** Hash of a window's last eight bytes (all of a shorter one), case folded; the bytes before it may be read too. */
// @ts-ignore: decorator
@inline
function windowHash(windowPtr: usize, windowBytes: u32): u64 {
  let word = load<u64>(windowPtr + windowBytes - 8);
  if (windowBytes < 8) word >>= 8 * (8 - windowBytes);
  return (word | FOLD8) * WINDOW_MULTIPLIER;
}

/**
 * Leaves the distinct keywords of [messagePtr, messagePtr + messageBytes) in `keywordHitsPtr`. Beyond eight the
 * least severe are forgotten. Reads up to eight bytes on either side of the range: host copies have that much slack.
 */
export function findKeywords(messagePtr: usize, messageBytes: usize): i32 {
  keywordHits = 0;
  for (let g: u32 = 0; g < groupCount; g++) {
    const groupPtr = tablesPtr + GROUP_BYTES * g;
    if (messageBytes < load<u32>(groupPtr, 4)) continue;
    if (load<u32>(groupPtr) == 2) scanPairs(groupPtr, messagePtr, messagePtr + messageBytes);
    else scanBlocks(groupPtr, messagePtr, messagePtr + messageBytes);
  }
  return keywordHits;
}

/** Four looks for one comparison: a look at shift 0 stays where it is, so only the last one is tested. */
function scanPairs(groupPtr: usize, messagePtr: usize, endPtr: usize): void {
  const windowBytes = load<u32>(groupPtr, 4);
  const shiftsPtr = <usize>load<u32>(groupPtr, 16);
  const lastPtr = endPtr - 2;
  const fastPtr = lastPtr - 3 * (windowBytes - 1);
  let ptr = messagePtr + windowBytes - 2;
  while (true) {
    while (ptr <= fastPtr) {
      ptr += load<u8>(shiftsPtr + load<u16>(ptr));
      ptr += load<u8>(shiftsPtr + load<u16>(ptr));
      ptr += load<u8>(shiftsPtr + load<u16>(ptr));
      const shift = load<u8>(shiftsPtr + load<u16>(ptr));
      if (shift == 0) break;
      ptr += shift;
    }
    while (ptr <= lastPtr) {
      const shift = load<u8>(shiftsPtr + load<u16>(ptr));
      if (shift == 0) break;
      ptr += shift;
    }
    if (ptr > lastPtr) return;
    compareWindow(groupPtr, ptr + 2, messagePtr, endPtr);
    ptr++;
  }
}

/** The same over hashed blocks of three or four bytes, two looks at a time: large lists stop more often. */
function scanBlocks(groupPtr: usize, messagePtr: usize, endPtr: usize): void {
  const blockBytes = load<u32>(groupPtr);
  const windowBytes = load<u32>(groupPtr, 4);
  const bits = load<u32>(groupPtr, 8);
  const shiftsPtr = <usize>load<u32>(groupPtr, 16);
  const multiplier = blockMultiplier(blockBytes);
  const drop = 32 - bits;
  const lastPtr = endPtr - blockBytes;
  const fastPtr = lastPtr - (windowBytes - blockBytes + 1);
  let ptr = messagePtr + windowBytes - blockBytes;
  while (true) {
    while (ptr <= fastPtr) {
      ptr += load<u8>(shiftsPtr + (((load<u32>(ptr) | FOLD4) * multiplier) >>> drop));
      const shift = load<u8>(shiftsPtr + (((load<u32>(ptr) | FOLD4) * multiplier) >>> drop));
      if (shift == 0) break;
      ptr += shift;
    }
    while (ptr <= lastPtr) {
      const shift = load<u8>(shiftsPtr + (((load<u32>(ptr) | FOLD4) * multiplier) >>> drop));
      if (shift == 0) break;
      ptr += shift;
    }
    if (ptr > lastPtr) return;
    compareWindow(groupPtr, ptr + blockBytes, messagePtr, endPtr);
    ptr++;
  }
}

function compareWindow(groupPtr: usize, windowEndPtr: usize, messagePtr: usize, endPtr: usize): void {
  const windowBytes = load<u32>(groupPtr, 4);
  const hash = windowHash(windowEndPtr - windowBytes, windowBytes);
  const headPtr = <usize>load<u32>(groupPtr, 20) + (<usize>(hash >> (64 - load<u32>(groupPtr, 12))) << 2);
  let entryPtr = <usize>load<u32>(groupPtr, 24) + 8 * load<u32>(headPtr);
  const entriesEndPtr = <usize>load<u32>(groupPtr, 24) + 8 * load<u32>(headPtr, 4);
  for (; entryPtr < entriesEndPtr; entryPtr += 8) {
    if (load<u32>(entryPtr) != <u32>hash) continue;
    const wordPtr = <usize>load<u32>(entryPtr, 4);
    const beforeBytes = windowBytes + load<u16>(wordPtr, 10);
    if (windowEndPtr - messagePtr < beforeBytes) continue;
    const fromPtr = windowEndPtr - beforeBytes;
    if (fromPtr + load<u16>(wordPtr, 8) > endPtr) continue;
    if (equalsWord(wordPtr, fromPtr, messagePtr, endPtr)) addHit(load<u32>(wordPtr, 4));
  }
}

/** Whole words: no letter, digit or underscore continues the word's own at either edge. */
function equalsWord(wordPtr: usize, ptr: usize, messagePtr: usize, endPtr: usize): bool {
  const flags = load<u32>(wordPtr, 12);
  const wordTextPtr = textPtr + load<u32>(wordPtr);
  const bytes = <usize>load<u16>(wordPtr, 8);
  const fold = (flags & WORD_CASE) == 0;
  for (let i: usize = 0; i < bytes; i++) {
    let c = <u32>load<u8>(ptr + i);
    if (fold && c - 0x41 < 26) c |= 0x20;
    if (c != <u32>load<u8>(wordTextPtr + i)) return false;
  }
  if ((flags & WORD_WHOLE) == 0) return true;
  const edgePtr = ptr + bytes - 1;
  if (ptr > messagePtr && isWordByte(load<u8>(ptr)) && isWordByte(load<u8>(ptr - 1))) return false;
  return edgePtr + 1 >= endPtr || !isWordByte(load<u8>(edgePtr)) || !isWordByte(load<u8>(edgePtr, 1));
}

/** Letters, digits, underscore, and any byte beyond ASCII. */
// @ts-ignore: decorator
@inline
function isWordByte(c: u32): bool {
  return c - 0x30 < 10 || (c | 0x20) - 0x61 < 26 || c == 0x5f || c >= 0x80;
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
