/**
 * What one pass over the lines leaves: each distinct form with how often it came, from how many keys, on which days.
 * Up to `formsMax` distinct forms the order of lines and merges changes nothing. With more the most frequent stay: the
 * rest is cut off now and then, and `missedMax` bounds what that did to any form (lossy counting: Manku & Motwani 2002,
 * with cuts by rank; that bounds of parts add up: Agarwal et al., Mergeable Summaries, 2012).
 */
import { grown, HashIndex } from "./hashIndex.js";

/** Distinct forms that are kept; lines of other forms are counted as not learnt. About 250 bytes each. */
export const formsMaxDefault = 300_000;
/** Smallest key hashes kept a form: enough to tell ten keys apart. */
export const keysPerForm = 10;
const daysPerForm = 3;
const chunkBytes = 1 << 20;
const noTime = 2n ** 63n - 1n;
/** Times before this come from lines without a year: no year is known when learning. */
const plausibleSeconds = 315_532_800; // 1980-01-01
const daySeconds = 86_400;

/** One form with what was counted of it. */
export interface FormEntry {
  bytes: Uint8Array;
  lines: number;
  taggedLines: number;
  /** Smallest key hashes, ascending. */
  keys: number[];
  keyless: boolean;
  /** Smallest days, from 1970-01-02 as 1, on which it came tagged. */
  taggedDays: number[];
}

/** Room for newcomers to prove themselves before the next cut, as a part of formsMax. */
const newcomersPart = 0.5;

export class FormStore {
  index = new HashIndex();
  /** Lines that came untagged, and lines that came with an `anomaly` of their own. */
  counts = new Float64Array(1024);
  taggedCounts = new Uint32Array(1024);
  private offsets = new Float64Array(1024);
  private lengths = new Uint16Array(1024);
  /** Sorted smallest key hashes of a form, 0 where there is none. */
  private keys = new Uint32Array(1024 * keysPerForm);
  /** 1 where a line of the form had no key: then no rule about keys applies to it. */
  private keyless = new Uint8Array(1024);
  private taggedDays = new Uint32Array(1024 * daysPerForm);
  private chunks: Uint8Array[] = [];
  private chunkEnd = chunkBytes;
  lines = 0;
  linesNotLearnt = 0;
  /** No form's count is too low by more than this, and no form that came more often is missing; 0: all is exact. */
  missedMax = 0;
  newestEventSeconds = 0;

  /** `keepsNumbers`: a form keeps its number for good, so what comes when `formsMax` are there is not kept. */
  constructor(
    readonly formsMax = formsMaxDefault,
    private readonly keepsNumbers = false,
  ) {}

  get size(): number {
    return this.index.size;
  }

  /** Takes in learning records as the engine writes them (layout in assembly/batch.ts); lines without a time count at `arrivalSeconds`. */
  addRecords(records: Uint8Array, arrivalSeconds = 0n): void {
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
    for (let at = 0; at < records.length; ) {
      const length = view.getUint32(at + 28, true);
      const time = view.getBigInt64(at + 16, true);
      const form = this.indexOf(view.getUint32(at, true), view.getUint32(at + 4, true), records, at + 32, length);
      this.lines++;
      const seconds = Number(time === noTime ? arrivalSeconds : time);
      if (seconds > this.newestEventSeconds && seconds > plausibleSeconds) this.newestEventSeconds = seconds;
      if (form < 0) this.linesNotLearnt++;
      else this.count(form, view.getUint32(at + 8, true), (view.getUint32(at + 24, true) & 1) === 1, seconds);
      at += (32 + length + 7) & ~7;
    }
  }

  private indexOf(low: number, high: number, records: Uint8Array, at: number, length: number): number {
    const known = this.index.find(low, high);
    if (known >= 0) return known;
    if (this.keepsNumbers && this.size >= this.formsMax) return -1;
    if (this.size >= this.formsMax + Math.ceil(this.formsMax * newcomersPart)) this.cut();
    const form = this.index.add(low, high);
    if (form === this.counts.length) this.growTo(form * 2);
    if (this.chunkEnd + length > chunkBytes) {
      this.chunks.push(new Uint8Array(chunkBytes));
      this.chunkEnd = 0;
    }
    const chunk = this.chunks.length - 1;
    this.chunks[chunk].set(records.subarray(at, at + length), this.chunkEnd);
    this.offsets[form] = chunk * chunkBytes + this.chunkEnd;
    this.lengths[form] = length;
    this.chunkEnd += length;
    return form;
  }

  /** Down to `formsMax`: the rarest forms go, of equally rare ones those with the larger hashes. */
  cut(): void {
    if (this.size <= this.formsMax) return;
    const linesOf = (form: number) => this.counts[form] + this.taggedCounts[form];
    // A stable sort: equal counts stay in the order of their hashes.
    const ranked = this.sorted().sort((a, b) => linesOf(b) - linesOf(a));
    const dropped = ranked.subarray(this.formsMax);
    this.missedMax += linesOf(dropped[0]);
    for (const form of dropped) this.linesNotLearnt += linesOf(form);
    const kept = new FormStore(this.formsMax);
    for (const form of ranked.subarray(0, this.formsMax)) {
      kept.addEntry(this.index.low[form], this.index.high[form], this.entry(form));
    }
    this.takeForms(kept);
  }

  private takeForms(other: FormStore): void {
    this.index = other.index;
    this.counts = other.counts;
    this.taggedCounts = other.taggedCounts;
    this.offsets = other.offsets;
    this.lengths = other.lengths;
    this.keys = other.keys;
    this.keyless = other.keyless;
    this.taggedDays = other.taggedDays;
    this.chunks = other.chunks;
    this.chunkEnd = other.chunkEnd;
  }

  private growTo(length: number): void {
    this.counts = grown(this.counts, length);
    this.taggedCounts = grown(this.taggedCounts, length);
    this.offsets = grown(this.offsets, length);
    this.lengths = grown(this.lengths, length);
    this.keys = grown(this.keys, length * keysPerForm);
    this.keyless = grown(this.keyless, length);
    this.taggedDays = grown(this.taggedDays, length * daysPerForm);
  }

  private count(form: number, key: number, tagged: boolean, seconds: number): void {
    if (key === 0) this.keyless[form] = 1;
    else keepSmallest(this.keys, form * keysPerForm, keysPerForm, key);
    if (!tagged) {
      this.counts[form]++;
      return;
    }
    this.taggedCounts[form]++;
    keepSmallest(this.taggedDays, form * daysPerForm, daysPerForm, Math.floor(seconds / daySeconds) + 1);
  }

  /** The form's bytes; a view. */
  bytes(form: number): Uint8Array {
    const offset = this.offsets[form];
    const start = offset % chunkBytes;
    return this.chunks[Math.floor(offset / chunkBytes)].subarray(start, start + this.lengths[form]);
  }

  /** What a summary says of a form. */
  entry(form: number): FormEntry {
    const keys = this.keys.subarray(form * keysPerForm, (form + 1) * keysPerForm).filter((key) => key !== 0);
    const days = this.taggedDays.subarray(form * daysPerForm, (form + 1) * daysPerForm).filter((day) => day !== 0);
    return {
      bytes: this.bytes(form),
      lines: this.counts[form],
      taggedLines: this.taggedCounts[form],
      keys: [...keys],
      keyless: this.keyless[form] === 1,
      taggedDays: [...days],
    };
  }

  /** Adds what another store counted of one form. */
  addEntry(low: number, high: number, entry: FormEntry): void {
    const form = this.indexOf(low, high, entry.bytes, 0, entry.bytes.length);
    this.lines += entry.lines + entry.taggedLines;
    if (form < 0) {
      this.linesNotLearnt += entry.lines + entry.taggedLines;
      return;
    }
    this.counts[form] += entry.lines;
    this.taggedCounts[form] += entry.taggedLines;
    if (entry.keyless) this.keyless[form] = 1;
    for (const key of entry.keys) keepSmallest(this.keys, form * keysPerForm, keysPerForm, key);
    for (const day of entry.taggedDays) keepSmallest(this.taggedDays, form * daysPerForm, daysPerForm, day);
  }

  /** Its smallest key hashes; none where a line came without a key. */
  keysOf(form: number): Uint32Array {
    if (this.keyless[form]) return new Uint32Array(0);
    const start = form * keysPerForm;
    let end = start;
    while (end < start + keysPerForm && this.keys[end] !== 0) end++;
    return this.keys.subarray(start, end);
  }

  /** How often the form teaches: tagged lines do so once seen on three days or from five keys. */
  weight(form: number): number {
    const tagged = this.taggedCounts[form];
    if (tagged === 0) return this.counts[form];
    const trusted = this.taggedDays[form * daysPerForm + daysPerForm - 1] !== 0 || this.keysOf(form).length >= 5;
    return this.counts[form] + (trusted ? tagged : 0);
  }

  /** Forms in an order that does not depend on when they came. */
  sorted(): Uint32Array {
    const { low, high } = this.index;
    return Uint32Array.from({ length: this.size }, (_, form) => form).sort(
      (a, b) => high[a] - high[b] || low[a] - low[b],
    );
  }
}

/** Keeps the `capacity` smallest distinct numbers, ascending; 0 marks a free place. */
function keepSmallest(numbers: Uint32Array, start: number, capacity: number, value: number): void {
  for (let at = start; at < start + capacity; at++) {
    const held = numbers[at];
    if (held === value) return;
    if (held !== 0 && held < value) continue;
    if (held !== 0) numbers.copyWithin(at + 1, at, start + capacity - 1);
    numbers[at] = value;
    return;
  }
}
