/**
 * What one pass over the lines leaves of numbers: of each field (assembly/detect/ranges/fields.ts) a small sketch. All
 * of it adds up in any order: largest values by network and by day, how often each power of two came, and the smallest
 * hashes of values, which tell how many of them were distinct (Bar-Yossef et al., Counting Distinct Elements in a Data
 * Stream, 2002).
 */

import { daysEnough, publicKeys, witnessesEnough } from "./trust.js";

/** Fields that are kept; of more the commonest stay. About 500 bytes each. */
const fieldsMax = 50_000;
export const octaves = 64;
const hashesKept = 32;

/** A value and who had it: a network or a day. */
export type Holder = [holder: number, value: number];

export interface RangeSketch {
  lines: number;
  /** Lines whose value is below 2^(i+1), and not below 2^i. */
  counts: number[];
  largest: number;
  /** The largest values of distinct networks and of distinct days, descending. */
  networks: Holder[];
  days: Holder[];
  /** Smallest distinct hashes of keys and of values, ascending. */
  keys: number[];
  hashes: number[];
  keyless: boolean;
}

export interface Observation {
  key: number;
  network: number;
  day: number;
}

/** What a field is kept as until it comes again: most of a hostile log's never do. */
interface Seen extends Observation {
  value: number;
}

const emptySketch = (): RangeSketch => ({
  ...{ lines: 0, counts: new Array<number>(octaves).fill(0), largest: 0, networks: [], days: [], keys: [], hashes: [] },
  keyless: false,
});

export class RangeStore {
  private readonly fields = new Map<bigint, RangeSketch | Seen>();

  add(field: bigint, value: number, { key, network, day }: Observation): void {
    const kept = this.fields.get(field);
    if (kept === undefined) this.put(field, { value, key, network, day });
    else observe(this.asSketch(field, kept), value, { key, network, day });
  }

  /** Adds what another store has of a field. */
  addSketch(field: bigint, other: RangeSketch): void {
    const kept = this.fields.get(field);
    const sketch = kept === undefined ? this.put(field, emptySketch()) : this.asSketch(field, kept);
    sketch.lines += other.lines;
    other.counts.forEach((count, octave) => {
      sketch.counts[octave] += count;
    });
    sketch.largest = Math.max(sketch.largest, other.largest);
    sketch.keyless ||= other.keyless;
    for (const holder of other.networks) keepLargest(sketch.networks, witnessesEnough, holder);
    for (const holder of other.days) keepLargest(sketch.days, daysEnough, holder);
    for (const key of other.keys) keepSmallest(sketch.keys, publicKeys, key);
    for (const hash of other.hashes) keepSmallest(sketch.hashes, hashesKept, hash);
  }

  private put<T extends RangeSketch | Seen>(field: bigint, kept: T): T {
    if (this.fields.size >= 2 * fieldsMax) this.cut();
    this.fields.set(field, kept);
    return kept;
  }

  private asSketch(field: bigint, kept: RangeSketch | Seen): RangeSketch {
    if ("lines" in kept) return kept;
    const sketch = sketchOf(kept);
    this.fields.set(field, sketch);
    return sketch;
  }

  /** Down to `fieldsMax`, the rarest first, and of those that came as often the largest. */
  private cut(): void {
    if (this.fields.size <= fieldsMax) return;
    const lines = Float64Array.from(this.fields.values(), linesOf).sort();
    const least = lines[lines.length - fieldsMax];
    const rarest: bigint[] = [];
    let more = 0;
    for (const [field, kept] of this.fields) {
      const count = linesOf(kept);
      if (count > least) more++;
      else if (count === least) rarest.push(field);
      else this.fields.delete(field);
    }
    for (const field of BigUint64Array.from(rarest)
      .sort()
      .subarray(fieldsMax - more))
      this.fields.delete(field);
  }

  /** In an order that does not depend on when they came. */
  *sorted(): Generator<[field: bigint, sketch: RangeSketch]> {
    this.cut();
    for (const field of BigUint64Array.from(this.fields.keys()).sort()) {
      const kept = this.fields.get(field)!;
      yield [field, "lines" in kept ? kept : sketchOf(kept)];
    }
  }
}

const linesOf = (kept: RangeSketch | Seen) => ("lines" in kept ? kept.lines : 1);

function sketchOf({ value, ...observation }: Seen): RangeSketch {
  const sketch = emptySketch();
  observe(sketch, value, observation);
  return sketch;
}

function observe(sketch: RangeSketch, value: number, { key, network, day }: Observation): void {
  sketch.lines++;
  sketch.counts[octaveOf(value)]++;
  sketch.largest = Math.max(sketch.largest, value);
  if (key === 0) sketch.keyless = true;
  else {
    keepLargest(sketch.networks, witnessesEnough, [network, value]);
    keepSmallest(sketch.keys, publicKeys, key);
  }
  keepLargest(sketch.days, daysEnough, [day, value]);
  keepSmallest(sketch.hashes, hashesKept, hashOf(value));
}

const octaveOf = (value: number) => Math.max(0, Math.min(octaves - 1, Math.floor(Math.log2(Math.max(1, value)))));

const word = new DataView(new ArrayBuffer(8));

/** 32 bits of a number, never 0. */
function hashOf(value: number): number {
  word.setFloat64(0, value);
  let hash = Math.imul(word.getUint32(0) ^ 0x9e3779b9, 0x85ebca6b) ^ word.getUint32(4);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0 || 1;
}

/** About how many distinct values there were. */
export function distinctValues({ hashes }: RangeSketch): number {
  return hashes.length < hashesKept ? hashes.length : ((hashesKept - 1) * 2 ** 32) / hashes[hashesKept - 1];
}

/** Keeps the largest value of each holder, and of holders those with the largest. */
function keepLargest(kept: Holder[], most: number, [holder, value]: Holder): void {
  const known = kept.findIndex(([other]) => other === holder);
  if (known < 0 && kept.length === most && !isBefore([holder, value], kept[most - 1])) return;
  if (known >= 0 && kept[known][1] >= value) return;
  if (known >= 0) kept.splice(known, 1);
  kept.push([holder, value]);
  kept.sort((a, b) => (isBefore(a, b) ? -1 : 1));
  kept.length = Math.min(kept.length, most);
}

const isBefore = (a: Holder, b: Holder) => (a[1] === b[1] ? a[0] < b[0] : a[1] > b[1]);

function keepSmallest(kept: number[], most: number, value: number): void {
  if (kept.length === most && value >= kept[most - 1]) return;
  if (kept.includes(value)) return;
  kept.push(value);
  kept.sort((a, b) => a - b);
  kept.length = Math.min(kept.length, most);
}
