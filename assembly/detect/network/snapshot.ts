/**
 * The network windows' section of a snapshot: those that are open or may still be reported, and which were last. It
 * fits a forest with windows of the same length over the same ends; beside another one it is left aside.
 *
 *    0 u32 window seconds   4 u32 entity   8 u32 clock   12 u32 window of the last flow
 *   16 u32 slots   20 u32 1 = windows were displaced, 2 = replies are waited for   24 u32 the newest displaced
 *   28 u32 next place among the reported
 *   32 u64 × 256 windows reported   2080 slots, 328 bytes each as drawn in flowTable.ts
 */
import { repliesDue, waitForReplies } from "./directions";
import {
  displaced,
  displacedWindow,
  isValidSlot,
  placeSlot,
  REPORTED_KEPT,
  reportedNext,
  reportedPtr,
  restoreReported,
  SLOT_BYTES,
  SLOTS,
  slotsPtr,
  WINDOW,
} from "./flowTable";
import {
  clock,
  clockRuns,
  lastWindow,
  oldestWindow,
  setClock,
  sizedEntity,
  sizedSeconds,
  sumsFlows,
} from "./flowWindows";

const REPORTED_BYTES: usize = <usize>REPORTED_KEPT * 8;
const HEADER_BYTES: usize = 32;
const FIXED_BYTES: usize = HEADER_BYTES + REPORTED_BYTES;

/** 0 where no forest ever came. */
export function flowWindowsBytesMax(): usize {
  return sumsFlows() ? FIXED_BYTES + <usize>SLOTS * SLOT_BYTES : 0;
}

/** Bytes written, at most `roomBytes`; 0 where no flow was summed, or not even the fixed part fits. */
export function writeFlowWindows(ptr: usize, roomBytes: usize): usize {
  if (!sumsFlows() || !clockRuns || roomBytes < FIXED_BYTES) return 0;
  store<u32>(ptr, sizedSeconds);
  store<u32>(ptr, sizedEntity, 4);
  store<u32>(ptr, clock, 8);
  store<u32>(ptr, lastWindow, 12);
  store<u32>(ptr, (displaced ? 1 : 0) | (repliesDue != 0 ? 2 : 0), 20);
  store<u32>(ptr, displacedWindow, 24);
  store<u32>(ptr, reportedNext, 28);
  memory.copy(ptr + HEADER_BYTES, reportedPtr, REPORTED_BYTES);
  const endPtr = ptr + roomBytes;
  const oldest = oldestWindow();
  let at = ptr + FIXED_BYTES;
  let slotPtr = slotsPtr;
  for (let i: u32 = 0; i < SLOTS && endPtr - at >= SLOT_BYTES; i++, slotPtr += SLOT_BYTES) {
    if (load<u64>(slotPtr) == 0 || load<u32>(slotPtr, WINDOW) < oldest) continue;
    memory.copy(at, slotPtr, SLOT_BYTES);
    at += SLOT_BYTES;
  }
  store<u32>(ptr, <u32>((at - ptr - FIXED_BYTES) / SLOT_BYTES), 16);
  return at - ptr;
}

export function isValidFlowWindows(ptr: usize, bytes: usize): bool {
  if (bytes < FIXED_BYTES) return false;
  const slots = load<u32>(ptr, 16);
  if (slots > SLOTS || bytes != FIXED_BYTES + <usize>slots * SLOT_BYTES) return false;
  if (load<u32>(ptr) == 0 || load<u32>(ptr, 4) > 2 || load<u32>(ptr, 20) > 3 || load<u32>(ptr, 28) >= REPORTED_KEPT)
    return false;
  const endPtr = ptr + bytes;
  for (let at = ptr + FIXED_BYTES; at < endPtr; at += SLOT_BYTES) if (!isValidSlot(at)) return false;
  return true;
}

/** Puts a valid section into empty tables; nothing where the forest at hand sums other windows. */
export function restoreFlowWindows(ptr: usize): void {
  if (!sumsFlows() || load<u32>(ptr) != sizedSeconds || load<u32>(ptr, 4) != <u32>sizedEntity) return;
  setClock(load<u32>(ptr, 8), load<u32>(ptr, 12));
  restoreReported(ptr + HEADER_BYTES, load<u32>(ptr, 28), (load<u32>(ptr, 20) & 1) != 0, load<u32>(ptr, 24));
  if ((load<u32>(ptr, 20) & 2) != 0) waitForReplies();
  const endPtr = ptr + FIXED_BYTES + <usize>load<u32>(ptr, 16) * SLOT_BYTES;
  for (let at = ptr + FIXED_BYTES; at < endPtr; at += SLOT_BYTES) placeSlot(at);
}
