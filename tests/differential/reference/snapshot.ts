/**
 * Reads a snapshot of assembly/operate/snapshot.ts, drawn there: what a checked one says, without the checks of each
 * count.
 */
import { hashBytes } from "./hash.js";

const checksumSeed = 0x6f64646c696e6500n;
const slotBytes = 88;
const buckets = 12;

export interface SavedSlot {
  key: bigint;
  last: number;
  /** Counts of the window without what was inherited. */
  own: number;
  alert: boolean;
  counts: number[];
}

export interface SavedState {
  seed: bigint;
  windowSeconds: number;
  bucket: number;
  /** Errors, requests, endpoints, keywords. */
  tables: { queue: number[]; slots: SavedSlot[] }[];
  news: { key: bigint; firstSeconds: bigint; tags: number }[];
}

export function readState(bytes: Buffer): SavedState {
  const checksum = hashBytes(bytes.subarray(24).toString("latin1"), checksumSeed);
  if (bytes.toString("latin1", 0, 8) !== "ODLSTATE") throw new Error("no magic");
  if (bytes.readUInt32LE(8) !== 3 || bytes.readUInt32LE(12) !== bytes.length) throw new Error("version or length");
  if (bytes.readBigUInt64LE(16) !== checksum) throw new Error("checksum");
  const state: SavedState = {
    seed: bytes.readBigUInt64LE(24),
    windowSeconds: 0,
    bucket: 0,
    tables: [],
    news: [],
  };
  let at = 40;
  for (let sections = bytes.readUInt32LE(32); sections > 0; sections--) {
    const tag = bytes.readUInt32LE(at);
    const payload = bytes.subarray(at + 8, at + 8 + bytes.readUInt32LE(at + 4));
    if (tag === 1) readWindows(payload, state);
    if (tag === 2) readNews(payload, state);
    at += 8 + payload.length;
  }
  if (at !== bytes.length) throw new Error("bytes behind the last section");
  return state;
}

function readWindows(bytes: Buffer, state: SavedState): void {
  state.windowSeconds = bytes.readUInt32LE(0);
  state.bucket = bytes.readUInt32LE(4);
  let at = 16;
  for (let tables = bytes.readUInt32LE(8); tables > 0; tables--) {
    const queueLength = bytes.readUInt32LE(at);
    const slots = bytes.readUInt32LE(at + 4);
    const queue = Array.from({ length: queueLength }, (_, i) => bytes.readUInt32LE(at + 8 + i * 4));
    at += 8 + Math.ceil((queueLength * 4) / 8) * 8;
    state.tables.push({
      queue,
      slots: Array.from({ length: slots }, (_, i) => readSlot(bytes.subarray(at + i * slotBytes))),
    });
    at += slots * slotBytes;
  }
}

function readSlot(bytes: Buffer): SavedSlot {
  return {
    key: bytes.readBigUInt64LE(0),
    last: bytes.readUInt32LE(8),
    own: bytes.readUInt32LE(12) - bytes.readUInt32LE(16),
    alert: (bytes.readUInt32LE(32) & 1) === 1,
    counts: Array.from({ length: buckets }, (_, i) => bytes.readUInt32LE(40 + i * 4)),
  };
}

function readNews(bytes: Buffer, state: SavedState): void {
  for (let i = 0; i < bytes.readUInt32LE(0); i++) {
    const at = 8 + i * 24;
    state.news.push({
      key: bytes.readBigUInt64LE(at),
      firstSeconds: bytes.readBigInt64LE(at + 8),
      tags: bytes.readUInt32LE(at + 16),
    });
  }
}
