/**
 * The windows' section of a snapshot: the keys that still say something, in alert or with counts of the window, and the
 * queues that thresholds follow. Keys in alert are written first where space is short.
 *
 *    0 u32 window seconds   4 u32 current bucket   8 u32 tables (4)   12 u32 0
 *   16 table × 4: 0 u32 queue length   4 u32 slots    then the queue, oldest first, padded to 8   then the slots,
 *      88 bytes each as drawn in keyTable.ts (the fourth table, keywords, has no queue)
 */
import {
  ALERT,
  BUCKETS,
  COUNTS,
  FOREIGN,
  KeyTable,
  LAST,
  placeSlot,
  SLOT_BYTES,
  TAKEN,
  TAKEN_FOREIGN,
  TOTAL,
} from "./keyTable";
import { currentBucket, KEYWORDS, pushCount, ruleOf, setCurrentBucket, tableOf, windowSecondsNow } from "./rules";
import { isInAlert } from "./schedule";

const HEADER_BYTES: usize = 16;
const TABLES: i32 = 4;

/** Keys in alert in what was restored last. */
export let restoredAlerts: u32 = 0;

// @ts-ignore: decorator
@inline
function queueBytes(length: u32): usize {
  return (<usize>length * 4 + 7) & ~7;
}

function fixedBytes(): usize {
  let bytes = HEADER_BYTES + <usize>TABLES * 8;
  for (let i = 0; i < KEYWORDS; i++) bytes += queueBytes(ruleOf(i).queueMax);
  return bytes;
}

export function windowsBytesMax(): usize {
  let bytes = fixedBytes();
  for (let i = 0; i < TABLES; i++) bytes += <usize>tableOf(i).slots * SLOT_BYTES;
  return bytes;
}

/** Bytes written, at most `roomBytes`; 0 where not even the queues fit, or nothing was counted yet. */
export function writeWindows(ptr: usize, roomBytes: usize): usize {
  if (currentBucket() == u32.MAX_VALUE || fixedBytes() > roomBytes) return 0;
  store<u32>(ptr, windowSecondsNow());
  store<u32>(ptr, currentBucket(), 4);
  store<u32>(ptr, TABLES, 8);
  store<u32>(ptr, 0, 12);
  let at = ptr + HEADER_BYTES;
  let room = roomBytes - fixedBytes();
  for (let i = 0; i < TABLES; i++) {
    const tablePtr = at;
    at = i == KEYWORDS ? at + 8 : writeQueue(i, at);
    if (i == KEYWORDS) store<u32>(tablePtr, 0);
    const slotsPtr = at;
    at = writeSlots(tableOf(i), at, room, true);
    at = writeSlots(tableOf(i), at, room - (at - slotsPtr), false);
    room -= at - slotsPtr;
    store<u32>(tablePtr, <u32>((at - slotsPtr) / SLOT_BYTES), 4);
  }
  return at - ptr;
}

function writeQueue(which: i32, ptr: usize): usize {
  const it = ruleOf(which);
  const endPtr = ptr + 8 + queueBytes(it.queueLength);
  store<u32>(endPtr - 4, 0);
  store<u32>(ptr, it.queueLength);
  let from: u32 = it.queueLength < it.queueMax ? 0 : it.queueNext;
  for (let i: u32 = 0; i < it.queueLength; i++) {
    store<u32>(ptr + 8 + <usize>i * 4, load<u32>(it.queuePtr + <usize>from * 4));
    from++;
    if (from == it.queueMax) from = 0;
  }
  return endPtr;
}

function writeSlots(table: KeyTable, at: usize, room: usize, alerts: bool): usize {
  const now = currentBucket();
  const endPtr = table.slotsPtr + <usize>table.slots * SLOT_BYTES;
  for (let ptr = table.slotsPtr; ptr < endPtr && room >= SLOT_BYTES; ptr += SLOT_BYTES) {
    if (load<u64>(ptr) == 0 || isInAlert(ptr + ALERT) != alerts) continue;
    const last = load<u32>(ptr, LAST);
    if (last > now || (!alerts && (load<u32>(ptr, TOTAL) == 0 || now - last >= BUCKETS))) continue;
    memory.copy(at, ptr, SLOT_BYTES);
    at += SLOT_BYTES;
    room -= SLOT_BYTES;
  }
  return at;
}

/** Whether it fills the bytes exactly and every slot's sums are those of its counts. */
export function isValidWindows(ptr: usize, bytes: usize): bool {
  if (bytes < HEADER_BYTES || load<u32>(ptr, 8) != TABLES || load<u32>(ptr, 12) != 0) return false;
  const bucket = load<u32>(ptr, 4);
  if (bucket >= u32.MAX_VALUE - BUCKETS) return false;
  const endPtr = ptr + bytes;
  let at = ptr + HEADER_BYTES;
  for (let i = 0; i < TABLES; i++) {
    if (endPtr - at < 8) return false;
    const queueLength = load<u32>(at);
    const slots = load<u32>(at, 4);
    const roomBytes = <u64>(endPtr - at - 8);
    const needBytes = ((<u64>queueLength * 4 + 7) & ~7) + <u64>slots * SLOT_BYTES;
    if (needBytes > roomBytes || (i == KEYWORDS && queueLength != 0)) return false;
    at += 8 + queueBytes(queueLength);
    for (let j: u32 = 0; j < slots; j++, at += SLOT_BYTES) if (!isValidSlot(at, bucket)) return false;
  }
  return at == endPtr;
}

function isValidSlot(ptr: usize, bucket: u32): bool {
  const last = load<u32>(ptr, LAST);
  const taken = load<u32>(ptr, TAKEN);
  const takenForeign = load<u32>(ptr, TAKEN_FOREIGN);
  if (load<u64>(ptr) == 0 || last > bucket || taken > last) return false;
  let total: u64 = 0;
  let foreign: u64 = takenForeign;
  for (let i: u32 = 0; i < BUCKETS; i++) {
    if (i > last) {
      // there was no bucket before the first one: what stood there would be taken off the sums later
      if (load<u32>(ptr + COUNTS + <usize>(i << 2)) != 0) return false;
      continue;
    }
    const count = load<u32>(ptr + COUNTS + <usize>(((last - i) % BUCKETS) << 2));
    total += count;
    if (last - i < taken) foreign += count;
    else if (last - i == taken && count < takenForeign) return false;
  }
  return total == <u64>load<u32>(ptr, TOTAL) && foreign == <u64>load<u32>(ptr, FOREIGN) && foreign <= total;
}

/** Buckets of another length cannot be counted on. */
export function isWindowLength(ptr: usize): bool {
  return load<u32>(ptr) == windowSecondsNow();
}

/** End of the bucket it had reached, in Unix seconds. */
export function windowsSeconds(ptr: usize): i64 {
  return (<i64>load<u32>(ptr, 4) + 1) * <i64>(load<u32>(ptr) / BUCKETS);
}

/** Puts a valid section into tables that are empty. */
export function restoreWindows(ptr: usize): void {
  const bucket = load<u32>(ptr, 4);
  setCurrentBucket(bucket);
  restoredAlerts = 0;
  let at = ptr + HEADER_BYTES;
  for (let i = 0; i < TABLES; i++) {
    const queueLength = load<u32>(at);
    const slots = load<u32>(at, 4);
    for (let j: u32 = 0; j < queueLength; j++) pushCount(ruleOf(i), load<u32>(at + 8 + <usize>j * 4));
    at += 8 + queueBytes(queueLength);
    for (let j: u32 = 0; j < slots; j++, at += SLOT_BYTES) {
      if (isInAlert(at + ALERT)) restoredAlerts++;
      placeSlot(tableOf(i), at, bucket);
    }
  }
}
