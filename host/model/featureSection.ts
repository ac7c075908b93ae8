/** The feature table: groups, values and words; layout in assembly/detect/novelty/table.ts. */
import { HashIndex } from "../math/hashIndex.js";

export interface Entry {
  /** The two halves of the key. */
  low: number;
  high: number;
  count: number;
  /** Values of this group seen once; 0 for what is no group. */
  once: number;
  /** Of a group the class of shape all its values had, of a value nobody vouches for a note below; 0 for nothing. */
  note: number;
}

/** On a value that was seen, and that nobody vouches for: it counts as unseen. Few clients had it, or one alone. */
export const distrustedNote = 5;
export const distrustedOfOneNote = 6;
const headerBytes = 16;
export const entryBytes = 16;
/** The filter accepts a table that is at most three quarters full, of at most 2^20 slots; half of that fits a model. */
export const entriesMax = 360_000;
const countMax = 0xffffffff;
const onceMax = 0xffffff;

/** The filter looks no further (PROBES_MAX of assembly/detect/novelty/table.ts); chance makes ways of 100. */
const probesMax = 256;

/**
 * Entries go in by their keys' order, so that the same content gives the same bytes. What would stand further from its
 * place than the filter looks is left out: only keys that somebody has chosen for it come so thick.
 */
export function encodeFeatures(entries: Entry[]): Uint8Array {
  if (entries.length === 0) return new Uint8Array(headerBytes);
  let slots = 16;
  while (entries.length > slots * 0.7) slots *= 2;
  const view = new DataView(new ArrayBuffer(headerBytes + slots * entryBytes));
  view.setUint32(0, slots, true);
  const ordered = [...entries].sort((a, b) => a.high - b.high || a.low - b.low);
  let used = 0;
  for (const entry of ordered) {
    const at = freePlace(view, slots, entry.low);
    if (at === 0) continue;
    used++;
    view.setUint32(at, entry.low, true);
    view.setUint32(at + 4, entry.high, true);
    view.setUint32(at + 8, Math.min(entry.count, countMax), true);
    view.setUint32(at + 12, Math.min(entry.once, onceMax) + entry.note * 0x1000000, true);
  }
  view.setUint32(4, used, true);
  return new Uint8Array(view.buffer);
}

/** Where an entry goes, or 0. */
function freePlace(view: DataView, slots: number, low: number): number {
  for (let probe = 0; probe < Math.min(probesMax, slots); probe++) {
    const at = headerBytes + ((low + probe) & (slots - 1)) * entryBytes;
    if (view.getUint32(at, true) === 0 && view.getUint32(at + 4, true) === 0) return at;
  }
  return 0;
}

export function decodeFeatures(section: Uint8Array): Entry[] {
  const entries: Entry[] = [];
  forEachEntry(section, (low, high, view, at) => {
    const last = view.getUint32(at + 12, true);
    entries.push({ low, high, count: view.getUint32(at + 8, true), once: last & onceMax, note: last >>> 24 });
  });
  return entries;
}

function forEachEntry(section: Uint8Array, take: (low: number, high: number, view: DataView, at: number) => void) {
  const view = new DataView(section.buffer, section.byteOffset, section.byteLength);
  for (let at = headerBytes; at < section.length; at += entryBytes) {
    const [low, high] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    if (low !== 0 || high !== 0) take(low, high, view, at);
  }
}

/** The keys alone. */
export function featureKeys(section: Uint8Array | undefined): HashIndex {
  const keys = new HashIndex();
  if (section) forEachEntry(section, (low, high) => keys.add(low, high));
  return keys;
}
