/**
 * The fields that the operator named by path, met while the members of a record pass by: `a.b.c` is c in b in a, or a
 * member whose own name has those dots. Of each use the best candidate's value is remembered as the range of JSON bytes
 * that it is; nothing is decoded before it is needed. What the line's own JSON says goes before the record around it.
 */

import {
  firstPath,
  nextPath,
  PATH_LISTS,
  PATHS_FORWARDED,
  PATHS_MAX,
  PATHS_MESSAGE,
  PATHS_SOURCE,
  proxies,
  sourceProfiles,
} from "../config/settings";
import { findByte } from "../runtime/bytes";
import { BACKSLASH, COLON, COMMA, DASH, DOT, OPEN_BRACE, OPEN_BRACKET, QUOTE } from "../runtime/characters";
import { hashBytes, hashPairRarely } from "../runtime/hash";
import { skipSpace, skipString, skipValue, unescape, unescapedEndPtr } from "../runtime/json";

const USES: i32 = PATH_LISTS;

// A path of the profile at hand, 16 bytes:   0 u32 address   4 u32 bytes   8 u32 use   12 u32 place in its list
const ENTRY_BYTES: usize = 16;
const entriesPtr = memory.data(1792, 8); // USES * PATHS_MAX of them
// What was found for a use, 16 bytes:        0 u32 order, the smaller the better   4 u32 address   8 u32 end   12 u32 0
const FOUND_BYTES: usize = 16;
const foundsPtr = memory.data(112, 8);
const NOT_FOUND: u32 = u32.MAX_VALUE;

/** A path has 128 bytes at most, so a longer name, however it is escaped, is none. */
const PATH_BYTES_MAX: usize = 128;
const NAME_BYTES_MAX: usize = 6 * PATH_BYTES_MAX;
const nameScratchPtr = memory.data(160, 8);

/** Profiles call a record's `source` by this name unless another is configured. */
const usualSourcePtr = memory.data<u8>([0x73, 0x6f, 0x75, 0x72, 0x63, 0x65]);
const USUAL_SOURCE_BYTES: u32 = 6;

/** False where nothing is configured: then none of this costs anything. */
export let pathsActive: bool = false;
/** Distinguishes the paths of one profile from those of another. */
export let pathsHash: u64 = 0;
let entries: i32 = 0;
/** Bit (first byte & 63) of every path, and of the backslash: most names are decided by it. */
let starts: u64 = 0;
/** 0 in the record itself, one more in each line's JSON inside. */
let depth: u32 = 0;
const DEPTH_MAX: u32 = 7;

/** Takes the paths of the profile at hand into use. What was found stays: the same paths would find the same. */
export function usePaths(): void {
  entries = 0;
  pathsHash = 0;
  starts = (<u64>1) << (BACKSLASH & 63);
  for (let use = 0; use < USES; use++) {
    // whose word about the client is not believed is not looked at
    if (use == PATHS_FORWARDED && proxies == 0) continue;
    let place: u32 = 0;
    for (let ptr = firstPath(use); ptr != 0; ptr = nextPath(use, ptr)) addPath(ptr + 2, load<u16>(ptr), use, place++);
    if (use == PATHS_SOURCE && place == 0 && sourceProfiles) addPath(usualSourcePtr, USUAL_SOURCE_BYTES, use, 0);
  }
  pathsActive = entries > 0;
}

function addPath(ptr: usize, bytes: u32, use: i32, place: u32): void {
  if (entries >= USES * <i32>PATHS_MAX) return;
  const entryPtr = entriesPtr + <usize>entries * ENTRY_BYTES;
  store<u32>(entryPtr, <u32>ptr);
  store<u32>(entryPtr, bytes, 4);
  store<u32>(entryPtr, <u32>use, 8);
  store<u32>(entryPtr, place, 12);
  entries++;
  starts |= (<u64>1) << (<u64>load<u8>(ptr) & 63);
  pathsHash = hashPairRarely(pathsHash, hashBytes(ptr, bytes, <u64>use));
}

/** Before each record. */
export function clearPaths(): void {
  depth = 0;
  for (let use = 0; use < USES; use++) store<u32>(foundsPtr + <usize>use * FOUND_BYTES, NOT_FOUND);
}

/** What comes now stands in the line itself, which has a message of its own. */
export function enterLine(): void {
  if (depth < DEPTH_MAX) depth++;
  store<u32>(foundsPtr + <usize>PATHS_MESSAGE * FOUND_BYTES, NOT_FOUND);
}

/** The value of the last findPath, as it stands. */
export let valuePtr: usize = 0;
export let valueEndPtr: usize = 0;

export function findPath(use: i32): bool {
  const foundPtr = foundsPtr + <usize>use * FOUND_BYTES;
  if (load<u32>(foundPtr) == NOT_FOUND) return false;
  valuePtr = load<u32>(foundPtr, 4);
  valueEndPtr = load<u32>(foundPtr, 8);
  return true;
}

/** A member of the outermost object, its name as it stands between the quotes. */
// @ts-ignore: decorator
@inline
export function notePath(namePtr: usize, nameEndPtr: usize, ptr: usize, endPtr: usize): void {
  if (((starts >> (<u64>load<u8>(namePtr) & 63)) & 1) != 0) matchMember(namePtr, nameEndPtr, ptr, endPtr, 0, 0);
}

/** The first `walked` bytes of the path at walkedPtr led here. */
function matchMember(
  namePtr: usize,
  nameEndPtr: usize,
  ptr: usize,
  endPtr: usize,
  walkedPtr: usize,
  walked: usize,
): void {
  if (nameEndPtr - namePtr > NAME_BYTES_MAX) return;
  if (findByte(namePtr, nameEndPtr, BACKSLASH) < nameEndPtr) {
    if (unescape(namePtr, nameEndPtr + 1, nameScratchPtr, nameScratchPtr + 160) == 0) return;
    namePtr = nameScratchPtr;
    nameEndPtr = unescapedEndPtr;
  }
  const nameBytes = nameEndPtr - namePtr;
  if (nameBytes == 0 || nameBytes > PATH_BYTES_MAX) return;
  const reached = walked + nameBytes;
  let enteredPtr: usize = 0;
  for (let i = 0; i < entries; i++) {
    const entryPtr = entriesPtr + <usize>i * ENTRY_BYTES;
    const bytes = <usize>load<u32>(entryPtr, 4);
    if (bytes < reached) continue;
    const pathPtr = <usize>load<u32>(entryPtr);
    if (!sameBytes(pathPtr + walked, namePtr, nameBytes)) continue;
    if (pathPtr != walkedPtr && !sameBytes(pathPtr, walkedPtr, walked)) continue;
    if (bytes == reached) take(<i32>load<u32>(entryPtr, 8), load<u32>(entryPtr, 12), ptr, endPtr);
    else if (load<u8>(pathPtr + reached) == DOT) enteredPtr = pathPtr;
  }
  // every path that goes on in this object begins with the same bytes: one walk is for all of them
  if (enteredPtr != 0 && load<u8>(ptr) == OPEN_BRACE) walkMembers(ptr, endPtr, enteredPtr, reached + 1);
}

function sameBytes(a: usize, b: usize, bytes: usize): bool {
  for (let i: usize = 0; i < bytes; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}

/** As deep as paths have parts: each level has walked two bytes more of a path. */
function walkMembers(ptr: usize, endPtr: usize, walkedPtr: usize, walked: usize): void {
  ptr = skipSpace(ptr + 1, endPtr);
  while (ptr < endPtr && load<u8>(ptr) == QUOTE) {
    const quotePtr = skipString(ptr + 1, endPtr);
    if (quotePtr == 0) return;
    const colonPtr = skipSpace(quotePtr + 1, endPtr);
    if (colonPtr >= endPtr || load<u8>(colonPtr) != COLON) return;
    const startPtr = skipSpace(colonPtr + 1, endPtr);
    const memberEndPtr = skipValue(startPtr, endPtr);
    if (memberEndPtr == 0) return;
    matchMember(ptr + 1, quotePtr, startPtr, memberEndPtr, walkedPtr, walked);
    ptr = skipSpace(memberEndPtr, endPtr);
    if (ptr >= endPtr || load<u8>(ptr) != COMMA) return;
    ptr = skipSpace(ptr + 1, endPtr);
  }
}

/** The first of equal candidates stays. */
function take(use: i32, place: u32, ptr: usize, endPtr: usize): void {
  const order = (place << 3) | (DEPTH_MAX - depth);
  const foundPtr = foundsPtr + <usize>use * FOUND_BYTES;
  if (order >= load<u32>(foundPtr) || !saysSomething(use, ptr, endPtr)) return;
  store<u32>(foundPtr, order);
  store<u32>(foundPtr, <u32>ptr, 4);
  store<u32>(foundPtr, <u32>endPtr, 8);
}

/** null, "" and the "-" of access logs are no value; only a message may be an object, only lists an array. */
function saysSomething(use: i32, ptr: usize, endPtr: usize): bool {
  const bytes = endPtr - ptr;
  const first = <u32>load<u8>(ptr);
  if (first == OPEN_BRACE) return use == PATHS_MESSAGE;
  if (first == OPEN_BRACKET) return use == PATHS_MESSAGE || use == PATHS_FORWARDED;
  if (bytes == 4 && load<u32>(ptr) == 0x6c6c756e) return false; // null
  if (first == DASH) return bytes > 1;
  return first != QUOTE || (bytes > 2 && (bytes != 3 || load<u8>(ptr + 1) != DASH));
}
