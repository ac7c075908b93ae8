/**
 * Small fixed sets of names (field names, words of prose) with a number each, found by hash. Case and the signs `_`,
 * `-`, `.`, `@` and `$` do not count: client_ip, clientIp and client.ip are one name. Thirty-two bits distinguish a
 * few hundred names: a stranger meets one of them once in ten million times.
 */

import { AT, CASE_BIT, DASH, DOLLAR, LOWER_A, UNDERSCORE, UPPER_A } from "./characters";
import { reserve } from "./memory";
import { bytesOf, firstByte, Text } from "./text";

const SLOTS: u32 = 4096;
const SLOT_BYTES: usize = 8;
const FNV_OFFSET: u32 = 0x811c9dc5;
const FNV_PRIME: u32 = 0x01000193;

export const NAME_START: u32 = FNV_OFFSET;

/** An empty table, or 0 where memory is refused. */
export function newNameTable(): usize {
  return reserve(<usize>SLOTS * SLOT_BYTES);
}

/** Signs that do not count in a name. */
// @ts-ignore: decorator
@inline
export function joinsName(c: u32): bool {
  return c == UNDERSCORE || c - DASH < 2 || c == AT || c == DOLLAR;
}

/** Takes one byte of a name in (FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/). */
// @ts-ignore: decorator
@inline
export function extendName(hash: u32, c: u32): u32 {
  if (c - LOWER_A >= 26) {
    if (c - UPPER_A < 26) c |= CASE_BIT;
    else if (joinsName(c)) return hash;
  }
  return (hash ^ c) * FNV_PRIME;
}

/** Hash of a name that goes on after `hash` (NAME_START for a name of its own). */
export function nameHash(hash: u32, ptr: usize, endPtr: usize): u32 {
  while (ptr < endPtr) hash = extendName(hash, <u32>load<u8>(ptr++));
  return hash;
}

/** Adds names, of which packText.mjs keeps the hashes; one that is there keeps its bits and takes these, too. */
export function addNames(table: usize, names: Text, value: u32): void {
  addHashes(table, names, 4, value);
}

/** The same of hashes that are `stride` bytes apart. */
export function addHashes(table: usize, names: Text, stride: usize, value: u32): void {
  let ptr = firstByte(names);
  for (let left = bytesOf(names); left > 0; left--) {
    const hash = load<u32>(ptr);
    const slotPtr = slotOf(table, hash);
    store<u32>(slotPtr, hash);
    store<u32>(slotPtr, load<u32>(slotPtr, 4) | value, 4);
    ptr += stride;
  }
}

/** The name's number, 0 for a stranger. */
// @ts-ignore: decorator
@inline
export function findName(table: usize, hash: u32): u32 {
  return load<u32>(slotOf(table, hash), 4);
}

function slotOf(table: usize, hash: u32): usize {
  let slot = (hash ^ (hash >> 15)) & (SLOTS - 1);
  while (true) {
    const ptr = table + <usize>slot * SLOT_BYTES;
    if (load<u32>(ptr, 4) == 0 || load<u32>(ptr) == hash) return ptr;
    slot = (slot + 1) & (SLOTS - 1);
  }
}
