/**
 * What one pass over the lines leaves of numbers: of each field (assembly/detect/ranges/fields.ts) a small sketch. All
 * of it adds up in any order: largest values by network and by day, how often each power of two came, and the smallest
 * hashes of values, which tell how many of them were distinct (Bar-Yossef et al., Counting Distinct Elements in a Data
 * Stream, 2002).
 */

import { grown, numbersWhere, picked, roomAfter } from "../math/columns.js";
import { HashIndex, halves, joined } from "../math/hashIndex.js";
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

const emptySketch = (): RangeSketch => ({
  ...{ lines: 0, counts: new Array<number>(octaves).fill(0), largest: 0, networks: [], days: [], keys: [], hashes: [] },
  keyless: false,
});

export class RangeStore {
  private readonly fields = new HashIndex();
  /** Of fields that came more than once. */
  private sketches: (RangeSketch | undefined)[] = [];
  /** What a field is kept as until it comes again: most of a hostile log's never do. */
  private values = new Float64Array(1024);
  private keys = new Uint32Array(1024);
  private networks = new Uint32Array(1024);
  private days = new Uint32Array(1024);

  /** `low` and `high`: the halves of the field's hash. */
  add(low: number, high: number, value: number, key: number, network: number, day: number): void {
    const known = this.fields.find(low, high);
    if (known >= 0) {
      observe(this.sketchOf(known), value, key, network, day);
      return;
    }
    const field = this.put(low, high, undefined);
    this.values[field] = value;
    this.keys[field] = key;
    this.networks[field] = network;
    this.days[field] = day;
  }

  /** Adds what another store has of a field. */
  addSketch(hash: bigint, other: RangeSketch): void {
    const [low, high] = halves(hash);
    const known = this.fields.find(low, high);
    const sketch = this.sketchOf(known >= 0 ? known : this.put(low, high, emptySketch()));
    sketch.lines += other.lines;
    other.counts.forEach((count, octave) => {
      sketch.counts[octave] += count;
    });
    sketch.largest = Math.max(sketch.largest, other.largest);
    sketch.keyless ||= other.keyless;
    for (const [network, value] of other.networks) keepLargest(sketch.networks, witnessesEnough, network, value);
    for (const [day, value] of other.days) keepLargest(sketch.days, daysEnough, day, value);
    for (const key of other.keys) keepSmallest(sketch.keys, publicKeys, key);
    for (const hash of other.hashes) keepSmallest(sketch.hashes, hashesKept, hash);
  }

  private put(low: number, high: number, sketch: RangeSketch | undefined): number {
    if (this.fields.size >= 2 * fieldsMax) this.cut();
    const field = this.fields.add(low, high);
    this.sketches.push(sketch);
    if (field === this.values.length) {
      const room = roomAfter(field);
      this.values = grown(this.values, room);
      this.keys = grown(this.keys, room);
      this.networks = grown(this.networks, room);
      this.days = grown(this.days, room);
    }
    return field;
  }

  private sketchOf(field: number): RangeSketch {
    let sketch = this.sketches[field];
    if (!sketch) {
      sketch = this.sketchOfOne(field);
      this.sketches[field] = sketch;
    }
    return sketch;
  }

  private sketchOfOne(field: number): RangeSketch {
    const sketch = emptySketch();
    observe(sketch, this.values[field], this.keys[field], this.networks[field], this.days[field]);
    return sketch;
  }

  private linesOf(field: number): number {
    return this.sketches[field]?.lines ?? 1;
  }

  /** Down to `fieldsMax`, the rarest first, and of those that came as often the largest. */
  private cut(): void {
    const { size } = this.fields;
    if (size <= fieldsMax) return;
    const lines = new Float64Array(size);
    for (let field = 0; field < size; field++) lines[field] = this.linesOf(field);
    const least = lines.toSorted()[size - fieldsMax];
    const isKept = new Uint8Array(size);
    let room = fieldsMax;
    for (let field = 0; field < size; field++) {
      if (lines[field] <= least) continue;
      isKept[field] = 1;
      room--;
    }
    const rarest = numbersWhere(size, (field) => lines[field] === least);
    for (const field of this.fields.least(rarest, room)) isKept[field] = 1;
    this.keepOnly(numbersWhere(size, (field) => isKept[field] === 1));
  }

  /** Forgets all fields but these, rising. */
  private keepOnly(fields: Uint32Array): void {
    this.fields.keepOnly(fields);
    this.sketches = Array.from(fields, (field) => this.sketches[field]);
    this.values = picked(this.values, fields);
    this.keys = picked(this.keys, fields);
    this.networks = picked(this.networks, fields);
    this.days = picked(this.days, fields);
  }

  /** Those with so many lines, in an order that does not depend on when they came. */
  *sorted(linesMin = 1): Generator<[field: bigint, sketch: RangeSketch]> {
    this.cut();
    const enough = numbersWhere(this.fields.size, (field) => this.linesOf(field) >= linesMin);
    for (const field of this.fields.sorted(enough)) {
      const hash = joined(this.fields.low[field], this.fields.high[field]);
      yield [hash, this.sketches[field] ?? this.sketchOfOne(field)];
    }
  }
}

function observe(sketch: RangeSketch, value: number, key: number, network: number, day: number): void {
  sketch.lines++;
  sketch.counts[octaveOf(value)]++;
  sketch.largest = Math.max(sketch.largest, value);
  if (key === 0) sketch.keyless = true;
  else {
    keepLargest(sketch.networks, witnessesEnough, network, value);
    keepSmallest(sketch.keys, publicKeys, key);
  }
  keepLargest(sketch.days, daysEnough, day, value);
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
function keepLargest(kept: Holder[], most: number, holder: number, value: number): void {
  // Most values are below all that are kept, and a holder that is has a larger one.
  if (kept.length === most && value < kept[most - 1][1]) return;
  const known = kept.findIndex(([other]) => other === holder);
  if (known >= 0 && kept[known][1] >= value) return;
  if (known < 0 && kept.length === most && !isBefore([holder, value], kept[most - 1])) return;
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
