/**
 * The window tables as bytes, for a restart: what was counted, alerts, queues and the hash seed they belong to.
 * A snapshot is accepted whole or not at all; keys in alert are written first where space is short.
 *
 *    0 u64 magic "ODLSTATE"   8 u32 version   12 u32 bytes   16 u64 checksum of what follows it
 *   24 u64 hash seed   32 u32 window seconds   36 u32 current bucket   40 u32 tables (4)   44 u32 0
 *   48 table × 4: 0 u32 queue length   4 u32 slots    then the queue, oldest first, padded to 8   then the slots,
 *      88 bytes each as drawn in keyTable.ts (the fourth table, keywords, has no queue)
 */
import { hashBytes } from "./hash";
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
import {
  currentBucket,
  detector,
  forgetWindows,
  keywordTable,
  pushCount,
  setCurrentBucket,
  windowSecondsNow,
} from "./windows";

const MAGIC: u64 = 0x45544154534c444f;
const VERSION: u32 = 1;
const HEADER_BYTES: usize = 48;
const TABLES: i32 = 4;
const KEYWORDS: i32 = 3;
const CHECKSUM_SEED: u64 = 0x6f64646c696e6500;

/** Of the snapshot read last. */
export let snapshotSeed: u64 = 0;
/** End of the bucket it had reached, in Unix seconds of event time. */
export let snapshotSeconds: i64 = 0;

function tableOf(which: i32): KeyTable {
  return which == KEYWORDS ? keywordTable! : detector(which).table;
}

// @ts-ignore: decorator
@inline
function queueBytes(length: u32): usize {
  return ((<usize>length * 4 + 7) & ~7);
}

/** Bytes written, at most `capacityBytes`; 0 where not even the queues fit, or nothing was counted yet. */
export function writeSnapshot(ptr: usize, capacityBytes: usize, seed: u64): usize {
  if (currentBucket() == u32.MAX_VALUE) return 0;
  let fixedBytes = HEADER_BYTES;
  for (let i = 0; i < TABLES; i++) fixedBytes += 8 + (i == KEYWORDS ? 0 : queueBytes(detector(i).queueLength));
  if (fixedBytes > capacityBytes) return 0;
  store<u64>(ptr, MAGIC);
  store<u32>(ptr, VERSION, 8);
  store<u64>(ptr, seed, 24);
  store<u32>(ptr, windowSecondsNow(), 32);
  store<u32>(ptr, currentBucket(), 36);
  store<u32>(ptr, TABLES, 40);
  store<u32>(ptr, 0, 44);
  let at = ptr + HEADER_BYTES;
  let room = capacityBytes - fixedBytes;
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
  store<u32>(ptr, <u32>(at - ptr), 12);
  store<u64>(ptr, hashBytes(ptr + 24, at - ptr - 24, CHECKSUM_SEED), 16);
  return at - ptr;
}

function writeQueue(which: i32, ptr: usize): usize {
  const it = detector(which);
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

/** Slots that still say something: in alert, or with counts of the window. */
function writeSlots(table: KeyTable, at: usize, room: usize, alerts: bool): usize {
  const now = currentBucket();
  const endPtr = table.slotsPtr + <usize>table.slots * SLOT_BYTES;
  for (let ptr = table.slotsPtr; ptr < endPtr && room >= SLOT_BYTES; ptr += SLOT_BYTES) {
    if (load<u64>(ptr) == 0 || (load<u32>(ptr, ALERT) != 0) != alerts) continue;
    const last = load<u32>(ptr, LAST);
    if (last > now || (!alerts && (load<u32>(ptr, TOTAL) == 0 || now - last >= BUCKETS))) continue;
    memory.copy(at, ptr, SLOT_BYTES);
    at += SLOT_BYTES;
    room -= SLOT_BYTES;
  }
  return at;
}

/**
 * In this order: size, magic, version, length, checksum, window, then every table; only then are the present counts
 * given up for these. False changes nothing.
 */
export function readSnapshot(ptr: usize, bytes: usize): bool {
  if (bytes < HEADER_BYTES || load<u64>(ptr) != MAGIC || load<u32>(ptr, 8) != VERSION) return false;
  if (<usize>load<u32>(ptr, 12) != bytes) return false;
  if (hashBytes(ptr + 24, bytes - 24, CHECKSUM_SEED) != load<u64>(ptr, 16)) return false;
  const windowSeconds = load<u32>(ptr, 32);
  const bucket = load<u32>(ptr, 36);
  if (windowSeconds != windowSecondsNow() || load<u32>(ptr, 40) != TABLES || load<u32>(ptr, 44) != 0) return false;
  if (bucket >= u32.MAX_VALUE - BUCKETS || !validTables(ptr, bytes, bucket)) return false;

  forgetWindows();
  setCurrentBucket(bucket);
  snapshotSeed = load<u64>(ptr, 24);
  snapshotSeconds = (<i64>bucket + 1) * <i64>(windowSeconds / BUCKETS);
  let at = ptr + HEADER_BYTES;
  for (let i = 0; i < TABLES; i++) {
    const queueLength = load<u32>(at);
    const slots = load<u32>(at, 4);
    for (let j: u32 = 0; j < queueLength; j++) pushCount(detector(i), load<u32>(at + 8 + <usize>j * 4));
    at += 8 + queueBytes(queueLength);
    for (let j: u32 = 0; j < slots; j++, at += SLOT_BYTES) placeSlot(tableOf(i), at, bucket);
  }
  return true;
}

function validTables(ptr: usize, bytes: usize, bucket: u32): bool {
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
    for (let j: u32 = 0; j < slots; j++, at += SLOT_BYTES) if (!validSlot(at, bucket)) return false;
  }
  return at == endPtr;
}

function validSlot(ptr: usize, bucket: u32): bool {
  const last = load<u32>(ptr, LAST);
  const taken = load<u32>(ptr, TAKEN);
  const takenForeign = load<u32>(ptr, TAKEN_FOREIGN);
  if (load<u64>(ptr) == 0 || last > bucket || taken > last || load<u32>(ptr, ALERT) > 1) return false;
  let total: u64 = 0;
  let foreign: u64 = takenForeign;
  for (let i: u32 = 0; i < BUCKETS && i <= last; i++) {
    const count = load<u32>(ptr + COUNTS + <usize>(((last - i) % BUCKETS) << 2));
    total += count;
    if (last - i < taken) foreign += count;
    else if (last - i == taken && count < takenForeign) return false;
  }
  return total == <u64>load<u32>(ptr, TOTAL) && foreign == <u64>load<u32>(ptr, FOREIGN) && foreign <= total;
}
