/** The feature table: groups, values and words; layout in assembly/table.ts. */
export interface Entry {
  /** The two halves of the key. */
  low: number;
  high: number;
  count: number;
  /** Values of this group seen once; 0 for what is no group. */
  once: number;
  /** Class of shape that all values of this group had; 0 where they differ. */
  usualShape: number;
}

export const entryBytes = 16;
/** The filter accepts a table that is at most three quarters full, of at most 2^20 slots; half of that fits a model. */
export const entriesMax = 360_000;
const countMax = 0xffffffff;
const onceMax = 0xffffff;

/** Entries go in by their keys' order, so that the same content gives the same bytes. */
export function encodeFeatures(entries: Entry[]): Uint8Array {
  if (entries.length === 0) return new Uint8Array(16);
  let slots = 16;
  while (entries.length > slots * 0.7) slots *= 2;
  const view = new DataView(new ArrayBuffer(16 + slots * entryBytes));
  view.setUint32(0, slots, true);
  view.setUint32(4, entries.length, true);
  const ordered = [...entries].sort((a, b) => a.high - b.high || a.low - b.low);
  for (const entry of ordered) {
    let slot = (entry.low & (slots - 1)) >>> 0;
    let at = 16 + slot * entryBytes;
    while (view.getUint32(at, true) !== 0 || view.getUint32(at + 4, true) !== 0) {
      slot = (slot + 1) & (slots - 1);
      at = 16 + slot * entryBytes;
    }
    view.setUint32(at, entry.low, true);
    view.setUint32(at + 4, entry.high, true);
    view.setUint32(at + 8, Math.min(entry.count, countMax), true);
    view.setUint32(at + 12, Math.min(entry.once, onceMax) + entry.usualShape * 0x1000000, true);
  }
  return new Uint8Array(view.buffer);
}

export function decodeFeatures(section: Uint8Array): Entry[] {
  const view = new DataView(section.buffer, section.byteOffset, section.byteLength);
  const entries: Entry[] = [];
  for (let at = 16; at < section.length; at += entryBytes) {
    const low = view.getUint32(at, true);
    const high = view.getUint32(at + 4, true);
    if (low === 0 && high === 0) continue;
    const last = view.getUint32(at + 12, true);
    entries.push({ low, high, count: view.getUint32(at + 8, true), once: last & onceMax, usualShape: last >>> 24 });
  }
  return entries;
}
