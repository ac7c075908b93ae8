/**
 * What reasons quote of the past: the masked text of each pattern, in the order of the centroids, and names of
 * parameters that many sent, as they stand in signatures.
 *
 *    0 u32 patterns   4 u32 names   8 u64 0
 *   16 row × (patterns + names): u32 where the text begins in the section, u32 its bytes
 *      the texts
 */

import { DOT, GREATER, LESS, SPACE } from "../../runtime/characters";

const HEADER_BYTES: usize = 16;
const ROW_BYTES: usize = 8;
const TEXTS_MAX: u32 = 4096 + 256;
const TEXT_BYTES_MAX: u32 = 120;

let sectionPtr: usize = 0;
/** What `findPattern` or `findName` found. */
export let knownPtr: usize = 0;
export let knownEndPtr: usize = 0;

export function isValidTexts(ptr: usize, bytes: usize): bool {
  if (bytes < HEADER_BYTES || load<u64>(ptr, 8) != 0) return false;
  const patterns = load<u32>(ptr);
  const names = load<u32>(ptr, 4);
  if (patterns > TEXTS_MAX || names > TEXTS_MAX - patterns) return false;
  const textsOffset = HEADER_BYTES + <usize>(patterns + names) * ROW_BYTES;
  if (textsOffset > bytes) return false;
  for (let at = HEADER_BYTES; at < textsOffset; at += ROW_BYTES) {
    const offset = <usize>load<u32>(ptr + at);
    const textBytes = load<u32>(ptr + at, 4);
    if (textBytes > TEXT_BYTES_MAX || offset < textsOffset) return false;
    if (offset > bytes || textBytes > bytes - offset) return false;
  }
  return true;
}

/** `ptr` 0: none are known. */
export function useTexts(ptr: usize): void {
  sectionPtr = ptr;
}

/** Whether there is something to quote of a pattern. */
export function findPattern(index: u32): bool {
  return sectionPtr != 0 && index < load<u32>(sectionPtr) && take(index);
}

/** The next name, from 0 on; false behind the last. */
export function findName(index: u32): bool {
  return sectionPtr != 0 && index < load<u32>(sectionPtr, 4) && take(load<u32>(sectionPtr) + index);
}

/**
 * A thread and a class, which many lines begin with, would leave no room for what a text says: where one is longer than
 * there is room, it and the known one are quoted from where they begin to differ, at a word or behind a dot. Says where
 * that is, and moves `knownPtr`.
 */
export function leaveOutShared(ptr: usize, endPtr: usize, room: usize): usize {
  let startPtr = ptr;
  let atPtr = knownPtr;
  let c: u32 = 0;
  while (ptr < endPtr && atPtr < knownEndPtr && endPtr - startPtr > room) {
    if (c == SPACE || c == DOT) {
      startPtr = ptr;
      knownPtr = atPtr;
    }
    c = <u32>load<u8>(atPtr++);
    if (c == LESS && load<u8>(atPtr, 1) == GREATER) {
      // `<n>` or `<*>` stands for what comes before the sign behind it
      atPtr += 2;
      const behind = load<u8>(atPtr);
      while (ptr < endPtr && load<u8>(ptr) != SPACE && load<u8>(ptr) != behind) ptr++;
    } else if (load<u8>(ptr++) != c) break;
  }
  return startPtr;
}

function take(row: u32): bool {
  const rowPtr = sectionPtr + HEADER_BYTES + <usize>row * ROW_BYTES;
  knownPtr = sectionPtr + <usize>load<u32>(rowPtr);
  knownEndPtr = knownPtr + <usize>load<u32>(rowPtr, 4);
  return knownEndPtr > knownPtr;
}
