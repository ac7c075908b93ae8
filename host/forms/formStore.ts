/**
 * What one pass over the lines leaves: each distinct form with how often it came, from how many keys, on which days.
 * Up to `formsMax` distinct forms the order of lines and merges changes nothing. With more the most frequent stay: the
 * rest is cut off now and then, and `missedMax` bounds what that did to any form (lossy counting: Manku & Motwani 2002,
 * with cuts by rank; that bounds of parts add up: Agarwal et al., Mergeable Summaries, 2012).
 */
import { grown, HashIndex } from "../math/hashIndex.js";
import { learningRecords } from "../wasm/learningRecords.js";

/** Distinct forms that are kept; lines of other forms are counted as not learnt. About 300 bytes each. */
export const formsMaxDefault = 300_000;
/** Smallest hashes of keys and of their networks kept a form: enough to tell ten apart (statistics.ts). */
export const keysPerForm = 10;
const daysPerForm = 3;
const chunkBytes = 1 << 20;
/** Times before this come from lines without a year: no year is known when learning. */
const plausibleSeconds = 315_532_800; // 1980-01-01
const hourSeconds = 3600;
const daySeconds = 86_400;
/** Of 1970-01-01, so that no day of a line without a year is below 1. */
const epochDay = 719_163;

/** One form with what was counted of it. */
export interface FormEntry {
  bytes: Uint8Array;
  lines: number;
  taggedLines: number;
  /** Smallest hashes of keys and of networks, ascending; none where a line came without a key. */
  keys: number[];
  networks: number[];
  keyless: boolean;
  /** Smallest days, from 0001-01-01 as 1, on which it came untagged, and on which it came tagged. */
  days: number[];
  taggedDays: number[];
  /** Hours of the day in which it came untagged, a bit each. */
  hours: number;
}

/** Who vouches for a form: the smallest hashes of its keys and of their networks, and days on which it came. */
export interface Witnesses {
  /** True where a line had no key: then no rule about keys applies. */
  keyless: boolean;
  keys: Uint32Array;
  networks: Uint32Array;
  days: number[];
  hours: number;
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
  /** Sorted smallest hashes of a form, 0 where there is none. */
  private keys = new Uint32Array(1024 * keysPerForm);
  private networks = new Uint32Array(1024 * keysPerForm);
  /** 1 where a line of the form had no key: then no rule about keys applies to it. */
  private keyless = new Uint8Array(1024);
  private days = new Uint32Array(1024 * daysPerForm);
  private taggedDays = new Uint32Array(1024 * daysPerForm);
  private hours = new Uint32Array(1024);
  private chunks: Uint8Array[] = [];
  private chunkEnd = chunkBytes;
  lines = 0;
  linesNotLearnt = 0;
  /** Longer than a line may be: left out while they were read, and not among `lines`. */
  linesTooLong = 0;
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

  /** Takes in learning records as the engine writes them; lines without a time count at `arrivalSeconds`. */
  addRecords(records: Uint8Array, arrivalSeconds = 0n): void {
    for (const record of learningRecords(records)) {
      const form = this.indexOf(record.low, record.high, records, record.formStart, record.formBytes);
      this.lines++;
      const seconds = record.seconds ?? Number(arrivalSeconds);
      if (seconds > this.newestEventSeconds && seconds > plausibleSeconds) this.newestEventSeconds = seconds;
      if (form < 0) this.linesNotLearnt++;
      else this.count(form, record.key, record.network, record.isTagged, seconds);
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
    this.networks = other.networks;
    this.keyless = other.keyless;
    this.days = other.days;
    this.taggedDays = other.taggedDays;
    this.hours = other.hours;
    this.chunks = other.chunks;
    this.chunkEnd = other.chunkEnd;
  }

  private growTo(length: number): void {
    this.counts = grown(this.counts, length);
    this.taggedCounts = grown(this.taggedCounts, length);
    this.offsets = grown(this.offsets, length);
    this.lengths = grown(this.lengths, length);
    this.keys = grown(this.keys, length * keysPerForm);
    this.networks = grown(this.networks, length * keysPerForm);
    this.keyless = grown(this.keyless, length);
    this.days = grown(this.days, length * daysPerForm);
    this.taggedDays = grown(this.taggedDays, length * daysPerForm);
    this.hours = grown(this.hours, length);
  }

  private count(form: number, key: number, network: number, tagged: boolean, seconds: number): void {
    if (key === 0) this.keyless[form] = 1;
    else {
      keepSmallest(this.keys, form * keysPerForm, keysPerForm, key);
      keepSmallest(this.networks, form * keysPerForm, keysPerForm, network);
    }
    const day = Math.min(Math.max(1, Math.floor(seconds / daySeconds) + epochDay), 0xffffffff);
    if (tagged) {
      this.taggedCounts[form]++;
      keepSmallest(this.taggedDays, form * daysPerForm, daysPerForm, day);
      return;
    }
    this.counts[form]++;
    this.hours[form] |= 1 << (Math.floor(seconds / hourSeconds - Math.floor(seconds / daySeconds) * 24) % 24);
    keepSmallest(this.days, form * daysPerForm, daysPerForm, day);
  }

  /** The form's bytes; a view. */
  bytes(form: number): Uint8Array {
    const offset = this.offsets[form];
    const start = offset % chunkBytes;
    return this.chunks[Math.floor(offset / chunkBytes)].subarray(start, start + this.lengths[form]);
  }

  /** What a summary says of a form; where keys say nothing, they are left out. */
  entry(form: number): FormEntry {
    const keyless = this.keyless[form] === 1;
    const kept = (numbers: Uint32Array, each: number) => [...keptOf(numbers, form, each)];
    return {
      bytes: this.bytes(form),
      lines: this.counts[form],
      taggedLines: this.taggedCounts[form],
      keys: keyless ? [] : kept(this.keys, keysPerForm),
      networks: keyless ? [] : kept(this.networks, keysPerForm),
      keyless,
      days: keyless ? [] : kept(this.days, daysPerForm),
      taggedDays: kept(this.taggedDays, daysPerForm),
      hours: keyless ? 0 : this.hours[form],
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
    this.hours[form] |= entry.hours;
    if (entry.keyless) this.keyless[form] = 1;
    for (const key of entry.keys) keepSmallest(this.keys, form * keysPerForm, keysPerForm, key);
    for (const network of entry.networks) keepSmallest(this.networks, form * keysPerForm, keysPerForm, network);
    for (const day of entry.days) keepSmallest(this.days, form * daysPerForm, daysPerForm, day);
    for (const day of entry.taggedDays) keepSmallest(this.taggedDays, form * daysPerForm, daysPerForm, day);
  }

  witnesses(form: number): Witnesses {
    if (this.keyless[form]) return { keyless: true, keys: nobody, networks: nobody, days: [], hours: 0 };
    const keys = keptOf(this.keys, form, keysPerForm);
    const networks = keptOf(this.networks, form, keysPerForm);
    const taggedDays = keptOf(this.taggedDays, form, daysPerForm);
    // A day that brought it tagged as well is none on which the filter had nothing to say of it.
    const quietDays = [...keptOf(this.days, form, daysPerForm)].filter((day) => !taggedDays.includes(day));
    const days = this.outlivedTags(form) ? [...quietDays, ...taggedDays] : quietDays;
    return { keyless: false, keys, networks, days, hours: this.hours[form] };
  }

  /** Hours of the day in which any form with keys came. */
  hoursOfAll(): number {
    let hours = 0;
    for (let form = 0; form < this.size; form++) if (!this.keyless[form]) hours |= this.hours[form];
    return hours;
  }

  /** Whether it came tagged on three days. */
  private outlivedTags(form: number): boolean {
    return this.taggedDays[form * daysPerForm + daysPerForm - 1] !== 0;
  }

  /** How often the form teaches: tagged lines do so once seen on three days or from five keys. */
  weight(form: number): number {
    const tagged = this.taggedCounts[form];
    if (tagged === 0) return this.counts[form];
    const fiveKeys = !this.keyless[form] && this.keys[form * keysPerForm + 4] !== 0;
    return this.counts[form] + (fiveKeys || this.outlivedTags(form) ? tagged : 0);
  }

  /** Forms in an order that does not depend on when they came. */
  sorted(): Uint32Array {
    const { low, high } = this.index;
    return Uint32Array.from({ length: this.size }, (_, form) => form).sort(
      (a, b) => high[a] - high[b] || low[a] - low[b],
    );
  }
}

const nobody = new Uint32Array(0);

/** What is kept of a form: a view. */
function keptOf(numbers: Uint32Array, form: number, each: number): Uint32Array {
  const start = form * each;
  let end = start;
  while (end < start + each && numbers[end] !== 0) end++;
  return numbers.subarray(start, end);
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
