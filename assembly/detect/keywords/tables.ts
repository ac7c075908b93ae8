/**
 * The tables that matcher.ts looks into, built here when a section is loaded: for each group of words a shift table
 * over the last two or three bytes of a window, where the list is large a second one over more of its bytes, and the
 * words by the hash of their window. Which blocks and windows is host/model/keywordWindows.ts' choice.
 */

import { CASE_BIT, LOWER_A } from "../../runtime/characters";
import { textPtr, WORD_BYTES, wordsPtr } from "./section";

/*
 * Group, 40 bytes:
 *   0 u32 blockBytes   4 u32 windowBytes   8 u32 secondBytes, 0 = none   12 u32 secondBits   16 u32 bucketBits
 *  20 u32 shiftsPtr: PAIRS, SECOND_PAIRS or TRIPLES                       24 u32 secondPtr (2^secondBits bytes)
 *  28 u32 headsPtr ((2^bucketBits + 1) u32)                              32 u32 entriesPtr               36 u32 0
 * Entry, 8 bytes: 0 u32 check   4 u32 wordPtr
 */
export const GROUP_BYTES: usize = 40;
const BLOCK_BYTES: usize = 0;
export const WINDOW_BYTES: usize = 4;
export const SECOND_BYTES: usize = 8;
export const SECOND_BITS: usize = 12;
export const BUCKET_BITS: usize = 16;
export const SHIFTS: usize = 20;
export const SECOND: usize = 24;
export const HEADS: usize = 28;
export const ENTRIES: usize = 32;

/**
 * Shift tables lie at fixed addresses, so that a look is a load of the block and a load of its shift: of pairs one for
 * either group, of triples one, as only one group has them.
 */
const PAIR_TABLE_BYTES: usize = 65536;
export const PAIRS: usize = memory.data(<i32>PAIR_TABLE_BYTES);
export const SECOND_PAIRS: usize = memory.data(<i32>PAIR_TABLE_BYTES);
/**
 * Three bytes are an index as they stand, without a multiplication: bit 5 goes, and with it the case of letters, while
 * letters stay apart from digits in the first two. A sparse table of 2 MiB, of which text touches a few pages.
 */
export const TRIPLE_MASK: u32 = 0x1f5f5f;
const TRIPLE_TABLE_BYTES: usize = <usize>TRIPLE_MASK + 1;
export const TRIPLES: usize = memory.data(<i32>TRIPLE_TABLE_BYTES);

const FOLD8: u64 = 0x2020202020202020;
const WINDOW_MULTIPLIER: u64 = 0x9e3779b97f4a7c15;
const SECOND_MULTIPLIER: u64 = 0xd6e8feb86659fd93;

/** 2^bits that leave most slots empty: a hit there costs a look at the word's window. */
function bitsFor(count: u32, bitsMin: u32, bitsMax: u32): u32 {
  let bits = bitsMin;
  while (bits < bitsMax && (<u32>1) << bits < count) bits++;
  return bits;
}

/** Eight places a block, at most 256 KiB. */
function secondBitsOf(secondBytes: u32, windowBytes: u32, words: u32): u32 {
  return secondBytes == 0 ? 0 : bitsFor(words * (windowBytes - secondBytes + 1) * 8, 12, 18);
}

function bucketBitsOf(words: u32): u32 {
  return bitsFor(words * 4, 6, 16);
}

function shiftsBytesOf(blockBytes: u32): usize {
  return blockBytes == 2 ? PAIR_TABLE_BYTES : TRIPLE_TABLE_BYTES;
}

/** What `buildGroup` needs for the group that `sourcePtr` of the section describes. */
export function groupTablesBytes(sourcePtr: usize): usize {
  const words = load<u32>(sourcePtr, 4);
  const secondBytes = load<u8>(sourcePtr, 2);
  const second = secondBytes == 0 ? <usize>0 : (<usize>1) << secondBitsOf(secondBytes, load<u8>(sourcePtr, 1), words);
  return second + ((((<usize>1) << bucketBitsOf(words)) + 1) << 2) + 8 * words + 24;
}

export function buildGroup(groupPtr: usize, sourcePtr: usize, freePtr: usize, firstWord: u32): void {
  const blockBytes = <u32>load<u8>(sourcePtr);
  const windowBytes = <u32>load<u8>(sourcePtr, 1);
  const secondBytes = <u32>load<u8>(sourcePtr, 2);
  const words = load<u32>(sourcePtr, 4);
  const secondBits = secondBitsOf(secondBytes, windowBytes, words);
  const bucketBits = bucketBitsOf(words);
  const shiftsPtr = blockBytes == 3 ? TRIPLES : firstWord == 0 ? PAIRS : SECOND_PAIRS;
  const secondPtr = aligned(freePtr);
  const headsPtr = aligned(secondPtr + (secondBytes == 0 ? 0 : (<usize>1) << secondBits));
  const headsBytes = (((<usize>1) << bucketBits) + 1) << 2;
  store<u32>(groupPtr, blockBytes, BLOCK_BYTES);
  store<u32>(groupPtr, windowBytes, WINDOW_BYTES);
  store<u32>(groupPtr, secondBytes, SECOND_BYTES);
  store<u32>(groupPtr, secondBits, SECOND_BITS);
  store<u32>(groupPtr, bucketBits, BUCKET_BITS);
  store<u32>(groupPtr, <u32>shiftsPtr, SHIFTS);
  store<u32>(groupPtr, <u32>secondPtr, SECOND);
  store<u32>(groupPtr, <u32>headsPtr, HEADS);
  store<u32>(groupPtr, <u32>aligned(headsPtr + headsBytes), ENTRIES);

  memory.fill(shiftsPtr, <u8>windowBytes, shiftsBytesOf(blockBytes));
  memory.fill(BEGINNINGS, 0, BEGINNINGS_BYTES);
  if (secondBytes != 0) memory.fill(secondPtr, <u8>(windowBytes - secondBytes + 1), (<usize>1) << secondBits);
  memory.fill(headsPtr, 0, headsBytes);
  const fromPtr = wordsPtr + firstWord * WORD_BYTES;
  const toPtr = fromPtr + words * WORD_BYTES;
  for (let wordPtr = fromPtr; wordPtr < toPtr; wordPtr += WORD_BYTES) fillShifts(groupPtr, windowOf(wordPtr));
  sortIntoBuckets(groupPtr, fromPtr, toPtr);
}

// @ts-ignore: decorator
@inline
function aligned(ptr: usize): usize {
  return (ptr + 7) & ~7;
}

// @ts-ignore: decorator
@inline
function windowOf(wordPtr: usize): usize {
  return textPtr + load<u32>(wordPtr) + load<u16>(wordPtr, 10);
}

function fillShifts(groupPtr: usize, windowPtr: usize): void {
  const windowBytes = load<u32>(groupPtr, WINDOW_BYTES);
  const blockBytes = load<u32>(groupPtr, BLOCK_BYTES);
  const secondBytes = load<u32>(groupPtr, SECOND_BYTES);
  const shiftsPtr = <usize>load<u32>(groupPtr, SHIFTS);
  if (blockBytes == 3) lowerTriplesBefore(shiftsPtr, windowPtr, windowBytes);
  else lowerPairsBefore(shiftsPtr, windowPtr, windowBytes);
  for (let at: u32 = 0; at <= windowBytes - blockBytes; at++) {
    const shift = windowBytes - blockBytes - at;
    if (blockBytes == 3) lowerTo(shiftsPtr + (load<u32>(windowPtr + at) & TRIPLE_MASK), shift);
    else lowerPair(shiftsPtr, windowPtr + at, shift);
  }
  if (secondBytes == 0) return;
  const secondPtr = <usize>load<u32>(groupPtr, SECOND);
  const drop = 64 - load<u32>(groupPtr, SECOND_BITS);
  for (let at: u32 = 0; at <= windowBytes - secondBytes; at++) {
    const slot = secondSlot(windowPtr + at, secondMultiplier(secondBytes), drop);
    lowerTo(secondPtr + slot, windowBytes - secondBytes - at);
  }
}

/*
 * A block that no window holds is left behind whole, unless it ends with what a window begins with: that is as far as
 * one may go then. Beginnings are entered once: a byte of pairs, two bytes of triples, and behind those a triple's
 * last.
 */
const BEGINNINGS_LAST: u32 = (TRIPLE_MASK >> 8) + 1;
const BEGINNINGS_BYTES: usize = <usize>BEGINNINGS_LAST + (TRIPLE_MASK >> 16) + 1;
const BEGINNINGS: usize = memory.data(<i32>BEGINNINGS_BYTES);

function lowerPairsBefore(shiftsPtr: usize, windowPtr: usize, windowBytes: u32): void {
  const first = <u32>load<u8>(windowPtr);
  if (isEntered(first)) return;
  for (let a: u32 = 0; a < 256; a++) {
    lowerTo(shiftsPtr + (a | (first << 8)), windowBytes - 1);
    lowerTo(shiftsPtr + (a | (otherCase(first) << 8)), windowBytes - 1);
  }
}

function lowerTriplesBefore(shiftsPtr: usize, windowPtr: usize, windowBytes: u32): void {
  const lastTwo = ((<u32>load<u16>(windowPtr)) << 8) & TRIPLE_MASK;
  const last = ((<u32>load<u8>(windowPtr)) << 16) & TRIPLE_MASK;
  if (!isEntered(lastTwo >> 8)) {
    for (let a: u32 = 0; a <= (TRIPLE_MASK & 0xff); a++) {
      if ((a & ~TRIPLE_MASK) == 0) lowerTo(shiftsPtr + (a | lastTwo), windowBytes - 2);
    }
  }
  if (isEntered(BEGINNINGS_LAST + (last >> 16))) return;
  for (let two: u32 = 0; two <= (TRIPLE_MASK & 0xffff); two++) {
    if ((two & ~TRIPLE_MASK) == 0) lowerTo(shiftsPtr + (two | last), windowBytes - 1);
  }
}

function isEntered(beginning: u32): bool {
  const entered = load<u8>(BEGINNINGS + beginning) != 0;
  store<u8>(BEGINNINGS + beginning, 1);
  return entered;
}

/** A slot for either case of both letters, so that scanning need not fold. */
function lowerPair(shiftsPtr: usize, ptr: usize, shift: u32): void {
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
  return (c | CASE_BIT) - LOWER_A < 26 ? c ^ CASE_BIT : c;
}

/** A multiplier shifted up by some bytes drops as many of the last ones: one loop serves blocks of any length. */
// @ts-ignore: decorator
@inline
export function secondMultiplier(secondBytes: u32): u64 {
  return SECOND_MULTIPLIER << (8 * (8 - <u64>secondBytes));
}

// @ts-ignore: decorator
@inline
export function secondSlot(ptr: usize, multiplier: u64, drop: u64): usize {
  return <usize>(((load<u64>(ptr) | FOLD8) * multiplier) >> drop);
}

/** Hash of a window's last eight bytes (all of a shorter one), case folded; the bytes before it may be read too. */
// @ts-ignore: decorator
@inline
export function windowHash(windowPtr: usize, windowBytes: u32): u64 {
  let word = load<u64>(windowPtr + windowBytes - 8);
  if (windowBytes < 8) word >>= 8 * (8 - windowBytes);
  return (word | FOLD8) * WINDOW_MULTIPLIER;
}

/** Counting sort: sizes one slot up, running sums, then each entry to its place. */
function sortIntoBuckets(groupPtr: usize, fromPtr: usize, toPtr: usize): void {
  const windowBytes = load<u32>(groupPtr, WINDOW_BYTES);
  const drop = 64 - load<u32>(groupPtr, BUCKET_BITS);
  const headsPtr = <usize>load<u32>(groupPtr, HEADS);
  const entriesPtr = <usize>load<u32>(groupPtr, ENTRIES);
  const headsEndPtr = headsPtr + ((((<usize>1) << load<u32>(groupPtr, BUCKET_BITS)) + 1) << 2);
  for (let wordPtr = fromPtr; wordPtr < toPtr; wordPtr += WORD_BYTES) {
    const slotPtr = headsPtr + ((<usize>(windowHash(windowOf(wordPtr), windowBytes) >> drop)) << 2);
    store<u32>(slotPtr, load<u32>(slotPtr) + 1);
  }
  let sum: u32 = 0;
  for (let ptr = headsPtr; ptr < headsEndPtr; ptr += 4) {
    sum += load<u32>(ptr);
    store<u32>(ptr, sum);
  }
  for (let wordPtr = toPtr - WORD_BYTES; wordPtr >= fromPtr; wordPtr -= WORD_BYTES) {
    const hash = windowHash(windowOf(wordPtr), windowBytes);
    const slotPtr = headsPtr + ((<usize>(hash >> drop)) << 2);
    const at = load<u32>(slotPtr) - 1;
    store<u32>(slotPtr, at);
    store<u32>(entriesPtr + 8 * at, <u32>hash);
    store<u32>(entriesPtr + 8 * at, <u32>wordPtr, 4);
  }
}
