/**
 * Linear memory, by lifetime:
 *
 *   0 ┌────────────┬──────────────────────────┬───────────────┬────────────────────────┐ end
 *     │ static data│ reserved: tables, models │ (more reserves│ overflow: host copies  │
 *     │ + arena    │ never freed, zeroed      │  grow right)  │ too large for the arena│
 *     └────────────┴──────────────────────────┴───────────────┴────────────────────────┘
 *
 * `malloc`/`free` serve the host's copies of tag and record. Both are freed before the next record comes, so a bump
 * pointer that falls back to its base when nothing is live is enough; a general allocator costs a microsecond a record
 * in an interpreter. Nothing else may hand out memory behind the static data: the build has no heap (noHeap.mjs).
 *
 * A build of the tests' (`--use GUARDS=1`, tests/unit/assembly/builds/guarded.ts) keeps a guard before and behind every
 * block and region; whoever writes beyond his own is found out by brokenGuards().
 */

const ALIGNMENT_MASK: usize = 15;
const PAGE_BYTES: usize = 65536;
const ARENA_BYTES: usize = 262144;

/** Kept free behind every block: room to splice a tag in place, and for loads beyond the end. */
export const SLACK_BYTES: usize = 1024;

let reservedEndPtr: usize = 0;
let arenaBasePtr: usize = 0;
/** 0 before it is laid out. */
let arenaEndPtr: usize = 0;
let arenaNextPtr: usize = 0;
let overflowNextPtr: usize = 0;
let liveBlocks: i32 = 0;

/** Makes [0, endPtr) addressable; false where the host refuses more memory. */
function ensureMemory(endPtr: usize): bool {
  const haveBytes = <usize>memory.size() * PAGE_BYTES;
  if (endPtr <= haveBytes) return true;
  const morePages = <i32>((endPtr - haveBytes + PAGE_BYTES - 1) / PAGE_BYTES);
  return memory.grow(morePages) >= 0;
}

let firstPtr: usize = 0;

/** For a build that has an allocator of its own beside this one (the assembly's tests): all is kept behind ptr. */
export function placeMemoryAt(ptr: usize): void {
  firstPtr = ptr;
}

function initialise(): void {
  if (arenaBasePtr != 0) return;
  arenaBasePtr = (max<usize>(__heap_base, firstPtr) + ALIGNMENT_MASK) & ~ALIGNMENT_MASK;
  arenaEndPtr = arenaBasePtr + ARENA_BYTES;
  arenaNextPtr = arenaBasePtr;
  reservedEndPtr = arenaEndPtr;
  overflowNextPtr = 0;
  ensureMemory(reservedEndPtr);
}

/** Zeroed bytes for good, 16-byte aligned; 0 where memory is refused or while `mayReserve()` is false. */
export function reserve(bytes: usize): usize {
  initialise();
  if (overflowNextPtr != 0) return 0;
  let ptr = reservedEndPtr;
  if (isDefined(GUARDS)) ptr += GUARD_BYTES;
  if (bytes > usize.MAX_VALUE - ALIGNMENT_MASK - ptr) return 0;
  let endPtr = (ptr + bytes + ALIGNMENT_MASK) & ~ALIGNMENT_MASK;
  if (isDefined(GUARDS)) endPtr += GUARD_BYTES;
  if (!ensureMemory(endPtr)) return 0;
  reservedEndPtr = endPtr;
  memory.fill(ptr, 0, bytes); // an earlier overflow block may have lain here
  if (isDefined(GUARDS)) lastRegionGuardPtr = putGuards(ptr, bytes, lastRegionGuardPtr);
  return ptr;
}

/** False while a host copy lies beyond the reserved part: reserving now would lose that space for good. */
export function mayReserve(): bool {
  return overflowNextPtr == 0;
}

/** For the host's copies; 0 only where memory itself is refused. */
export function malloc(bytes: i32): usize {
  if (bytes < 0) return 0;
  if (!isDefined(GUARDS)) {
    // nearly always
    const ptr = arenaNextPtr;
    const endPtr = ptr + roomOf(<usize>bytes);
    if (endPtr <= arenaEndPtr) {
      arenaNextPtr = endPtr;
      liveBlocks += 1;
      return ptr;
    }
  }
  const ptr = place(<usize>bytes);
  if (ptr != 0) liveBlocks += 1;
  return ptr;
}

/** Bytes that live until the host has freed everything it holds: an output that does not fit in place. */
export function transient(bytes: usize): usize {
  return place(bytes);
}

// @ts-ignore: decorator
@inline
function roomOf(bytes: usize): usize {
  return (bytes + SLACK_BYTES + ALIGNMENT_MASK) & ~ALIGNMENT_MASK;
}

function place(bytes: usize): usize {
  initialise();
  let size = roomOf(bytes);
  if (isDefined(GUARDS)) size += 2 * GUARD_BYTES;
  let ptr = arenaNextPtr;
  if (ptr + size <= arenaEndPtr) {
    arenaNextPtr = ptr + size;
  } else {
    ptr = overflow(size);
    if (ptr == 0) return 0;
  }
  if (isDefined(GUARDS)) {
    ptr += GUARD_BYTES;
    lastBlockGuardPtr = putGuards(ptr, bytes + SLACK_BYTES, lastBlockGuardPtr);
  }
  return ptr;
}

/** A place behind all that is reserved, where the arena is full; 0 where memory is refused. */
function overflow(size: usize): usize {
  const ptr = overflowNextPtr != 0 ? overflowNextPtr : reservedEndPtr;
  if (ptr + size < ptr || !ensureMemory(ptr + size)) return 0;
  overflowNextPtr = ptr + size;
  return ptr;
}

export function free(ptr: usize): void {
  if (ptr == 0) return;
  const live = liveBlocks - 1;
  if (live > 0) {
    liveBlocks = live;
    return;
  }
  if (isDefined(GUARDS)) {
    guardsFoundBroken += brokenAmong(lastBlockGuardPtr);
    lastBlockGuardPtr = 0;
  }
  liveBlocks = 0;
  arenaNextPtr = arenaBasePtr;
  overflowNextPtr = 0;
}

const GUARD_BYTES: usize = 64;
const GUARD_FILL: u64 = 0xa55a96c33c69f00f;
/** The newest guard of each kind; a guard ends with the address of the one before it. */
let lastRegionGuardPtr: usize = 0;
let lastBlockGuardPtr: usize = 0;
let guardsFoundBroken: i32 = 0;

/** Guards before and behind [ptr, ptr + bytes), the second one at its very end; returns the newest. */
function putGuards(ptr: usize, bytes: usize, previousPtr: usize): usize {
  const beforePtr = ptr - GUARD_BYTES;
  const behindPtr = ptr + bytes;
  fillGuard(beforePtr, previousPtr);
  fillGuard(behindPtr, beforePtr);
  return behindPtr;
}

function fillGuard(ptr: usize, previousPtr: usize): void {
  for (let at: usize = 0; at < GUARD_BYTES - 8; at += 8) store<u64>(ptr + at, GUARD_FILL);
  store<u64>(ptr + GUARD_BYTES - 8, GUARD_FILL ^ <u64>previousPtr);
}

function brokenAmong(ptr: usize): i32 {
  while (ptr != 0) {
    for (let at: usize = 0; at < GUARD_BYTES - 8; at += 8) if (load<u64>(ptr + at) != GUARD_FILL) return 1;
    ptr = <usize>(load<u64>(ptr + GUARD_BYTES - 8) ^ GUARD_FILL);
  }
  return 0;
}

/** How often a guard was found overwritten; for a build that keeps guards. */
export function brokenGuards(): i32 {
  return guardsFoundBroken + brokenAmong(lastRegionGuardPtr);
}
