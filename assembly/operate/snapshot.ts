/**
 * What was counted as bytes, for a restart, with the hash seed its keys were made with. A snapshot is checked whole, in
 * the order of the SNAPSHOT constants, before anything of it is used; sections of an unknown tag are skipped.
 *
 *    0 u64 magic "ODLSTATE"   8 u32 version   12 u32 bytes   16 u64 checksum of what follows it
 *   24 u64 hash seed   32 u32 sections   36 u32 0
 *   40 section × n: 0 u32 tag   4 u32 bytes of the payload, a multiple of 8   8 payload
 *      tag 1 windows, 2 suppression, 3 network windows, 4 rates (snapshot.ts, suppression.ts and rateTable.ts under
 *      detect/), 5 what `#Fields:` lines said (formats/fieldsLine.ts); none twice
 * Version 2, the one before, is still read: it had no rates, and of an alert only whether there was one.
 */

import { forgetFlowWindows } from "../detect/network/flowWindows";
import {
  flowWindowsBytesMax,
  isValidFlowWindows,
  restoreFlowWindows,
  writeFlowWindows,
} from "../detect/network/snapshot";
import {
  forgetSuppression,
  isValidSuppression,
  restoreSuppression,
  suppressionBytesMax,
  writeSuppression,
} from "../detect/novelty/suppression";
import { countRun } from "../detect/windows/rates";
import { isValidRates, ratesBytesMax, restoreRates, writeRates } from "../detect/windows/rateTable";
import { noteRestored } from "../detect/windows/restored";
import { currentBucket, forgetWindows } from "../detect/windows/rules";
import {
  isValidWindows,
  isWindowLength,
  restoreWindows,
  windowsBytesMax,
  windowsSeconds,
  writeWindows,
} from "../detect/windows/snapshot";
import {
  areValidFieldsLines,
  FIELDS_LINES_BYTES_MAX,
  restoreFieldsLines,
  writeFieldsLines,
} from "../formats/fieldsLine";
import { hashBytes } from "../runtime/hash";

const MAGIC: u64 = 0x45544154534c444f;
const VERSION: u32 = 3;
const VERSION_BEFORE: u32 = 2;
const HEADER_BYTES: usize = 40;
const SECTION_BYTES: usize = 8; // its own header
const CHECKSUM_SEED: u64 = 0x6f64646c696e6500;
/** Larger tables are cut to this, alerts first; a model is no larger either. */
export const SNAPSHOT_BYTES_MAX: usize = 16777216;

const WINDOWS: u32 = 1;
const SUPPRESSION: u32 = 2;
const FLOW_WINDOWS: u32 = 3;
const RATES: u32 = 4;
const FIELDS_LINES: u32 = 5;
const SECTIONS: usize = 5;
/** What is small and of fixed size: without room for it nothing is saved. */
// @ts-ignore: decorator
@inline
function leastBytes(): usize {
  return HEADER_BYTES + SECTIONS * SECTION_BYTES + suppressionBytesMax() + FIELDS_LINES_BYTES_MAX;
}

export const SNAPSHOT_OK: i32 = 0;
export const SNAPSHOT_TRUNCATED: i32 = 1;
export const SNAPSHOT_FOREIGN: i32 = 2;
export const SNAPSHOT_NEWER: i32 = 3;
export const SNAPSHOT_DAMAGED: i32 = 4;
export const SNAPSHOT_INVALID: i32 = 5;
export const SNAPSHOT_OTHER_WINDOW: i32 = 6;
/** Not found here but by who asks for a seed. */
export const SNAPSHOT_OTHER_SEED: i32 = 7;
export const SNAPSHOT_OLDER: i32 = 8;

/** Room for all there may be. */
export function snapshotBytesMax(): usize {
  return min(leastBytes() + windowsBytesMax() + flowWindowsBytesMax() + ratesBytesMax(), SNAPSHOT_BYTES_MAX);
}

let sectionsWritten: u32 = 0;

/** Bytes written, at most `capacityBytes`; 0 where nothing was counted yet, or not even the least fits. */
export function writeSnapshot(ptr: usize, capacityBytes: usize, seed: u64): usize {
  if (capacityBytes < leastBytes()) return 0;
  const endPtr = ptr + capacityBytes;
  let at = ptr + HEADER_BYTES;
  sectionsWritten = 0;
  countRun();
  // What is small and of fixed size goes first: the windows take the room that is left.
  at = closeSection(at, SUPPRESSION, writeSuppression(at + SECTION_BYTES));
  at = closeSection(at, FIELDS_LINES, writeFieldsLines(at + SECTION_BYTES));
  at = closeSection(at, RATES, writeRates(at + SECTION_BYTES, endPtr - at - SECTION_BYTES, currentBucket()));
  at = closeSection(at, WINDOWS, writeWindows(at + SECTION_BYTES, endPtr - at - 2 * SECTION_BYTES));
  at = closeSection(at, FLOW_WINDOWS, writeFlowWindows(at + SECTION_BYTES, endPtr - at - SECTION_BYTES));
  if (at == ptr + HEADER_BYTES) return 0;
  store<u64>(ptr, MAGIC);
  store<u32>(ptr, VERSION, 8);
  store<u32>(ptr, <u32>(at - ptr), 12);
  store<u64>(ptr, seed, 24);
  store<u32>(ptr, sectionsWritten, 32);
  store<u32>(ptr, 0, 36);
  store<u64>(ptr, checksumOf(ptr, at - ptr), 16);
  return at - ptr;
}

/** An empty section is left out. */
function closeSection(ptr: usize, tag: u32, payloadBytes: usize): usize {
  if (payloadBytes == 0) return ptr;
  store<u32>(ptr, tag);
  store<u32>(ptr, <u32>payloadBytes, 4);
  sectionsWritten++;
  return ptr + SECTION_BYTES + payloadBytes;
}

// @ts-ignore: decorator
@inline
function checksumOf(ptr: usize, bytes: usize): u64 {
  return hashBytes(ptr + 24, bytes - 24, CHECKSUM_SEED);
}

/** One of the SNAPSHOT constants; changes nothing. */
export function checkSnapshot(ptr: usize, bytes: usize): i32 {
  if (bytes < HEADER_BYTES) return SNAPSHOT_TRUNCATED;
  if (load<u64>(ptr) != MAGIC) return SNAPSHOT_FOREIGN;
  if (load<u32>(ptr, 8) > VERSION) return SNAPSHOT_NEWER;
  if (load<u32>(ptr, 8) < VERSION_BEFORE) return SNAPSHOT_OLDER;
  if (<usize>load<u32>(ptr, 12) != bytes) return SNAPSHOT_TRUNCATED;
  if (checksumOf(ptr, bytes) != load<u64>(ptr, 16)) return SNAPSHOT_DAMAGED;
  if (!areValidSections(ptr, bytes)) return SNAPSHOT_INVALID;
  const windowsPtr = findSection(ptr, WINDOWS);
  if (windowsPtr != 0 && !isWindowLength(windowsPtr)) return SNAPSHOT_OTHER_WINDOW;
  return SNAPSHOT_OK;
}

function areValidSections(ptr: usize, bytes: usize): bool {
  const endPtr = ptr + bytes;
  const sections = load<u32>(ptr, 32);
  let at = ptr + HEADER_BYTES;
  let seen: u32 = 0;
  if (load<u32>(ptr, 36) != 0) return false;
  for (let i: u32 = 0; i < sections; i++) {
    if (endPtr - at < SECTION_BYTES) return false;
    const tag = load<u32>(at);
    const payloadPtr = at + SECTION_BYTES;
    const payloadBytes = <usize>load<u32>(at, 4);
    if (payloadBytes > endPtr - payloadPtr || (payloadBytes & 7) != 0) return false;
    if (tag == 0 || (tag < 32 && (seen & (1 << tag)) != 0)) return false;
    if (tag < 32) seen |= 1 << tag;
    if (tag == WINDOWS && !isValidWindows(payloadPtr, payloadBytes)) return false;
    if (tag == RATES && !isValidRates(payloadPtr, payloadBytes)) return false;
    if (tag == FLOW_WINDOWS && !isValidFlowWindows(payloadPtr, payloadBytes)) return false;
    if (tag == SUPPRESSION && !isValidSuppression(payloadPtr, payloadBytes)) return false;
    if (tag == FIELDS_LINES && !areValidFieldsLines(payloadPtr, payloadBytes)) return false;
    at = payloadPtr + payloadBytes;
  }
  return at == endPtr;
}

/** The payload of a section of a checked snapshot, or 0. */
function findSection(ptr: usize, tag: u32): usize {
  let at = ptr + HEADER_BYTES;
  for (let i = load<u32>(ptr, 32); i > 0; i--) {
    if (load<u32>(at) == tag) return at + SECTION_BYTES;
    at += SECTION_BYTES + <usize>load<u32>(at, 4);
  }
  return 0;
}

/** Of a checked snapshot. */
export function seedOfSnapshot(ptr: usize): u64 {
  return load<u64>(ptr, 24);
}

/** Gives up what was counted for a checked snapshot, whose seed is to be used from here on. */
export function useSnapshot(ptr: usize): void {
  forgetWindows();
  forgetSuppression();
  forgetFlowWindows();
  const suppressionPtr = findSection(ptr, SUPPRESSION);
  if (suppressionPtr != 0) restoreSuppression(suppressionPtr);
  const fieldsLinesPtr = findSection(ptr, FIELDS_LINES);
  if (fieldsLinesPtr != 0) restoreFieldsLines(fieldsLinesPtr);
  const flowWindowsPtr = findSection(ptr, FLOW_WINDOWS);
  if (flowWindowsPtr != 0) restoreFlowWindows(flowWindowsPtr);
  const windowsPtr = findSection(ptr, WINDOWS);
  if (windowsPtr != 0) restoreWindows(windowsPtr);
  // Rates are as of the bucket that the windows had reached.
  const ratesPtr = findSection(ptr, RATES);
  if (ratesPtr != 0 && windowsPtr != 0) restoreRates(ratesPtr);
  noteRestored(windowsPtr == 0 ? 0 : windowsSeconds(windowsPtr));
}
