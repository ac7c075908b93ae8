/**
 * What one pass over the lines leaves: each distinct signature with how often it came, from how many keys, on which
 * days. Up to `signaturesMax` distinct signatures the order of lines and merges changes nothing. With more the most
 * frequent stay: the rest is cut off now and then, and `missedMax` bounds what that did to any signature (lossy
 * counting: Manku & Motwani 2002, with cuts by rank; that bounds of parts add up: Agarwal et al., Mergeable Summaries,
 * 2012).
 */
import { grown, keepPlaces, numbersWhere, roomAfter } from "../math/columns.js";
import { HashIndex } from "../math/hashIndex.js";
import { type LearningRecord, learningRecords, pairBytes } from "../wasm/learningRecords.js";
import { KeywordStore } from "./keywordStore.js";
import { RangeStore } from "./rangeStore.js";
import { RateStore } from "./rateStore.js";
import { SmallestSets } from "./smallestSets.js";
import { publicKeys, publicNetworks } from "./trust.js";

const noKeywords: Uint32Array = new Uint32Array(0);

/** Distinct signatures that are kept; lines of other signatures are counted as not learnt. About 300 bytes each. */
export const signaturesMaxDefault = 300_000;
/** Smallest hashes of keys and of their networks kept a signature: enough to tell whether its place is public. */
export const keysPerSignature = Math.max(publicKeys, publicNetworks);
const daysPerSignature = 3;
/** Whoever makes up a name for each request has as many families; the commonest stay. */
const agentMarksMax = 20_000;
const markBytes = 8;
const chunkBytes = 1 << 20;
/** Times before this come from lines without a year: no year is known when learning. */
const plausibleSeconds = 315_532_800; // 1980-01-01
const hourSeconds = 3600;
const daySeconds = 86_400;
/** Of 1970-01-01, so that no day of a line without a year is below 1. */
const epochDay = 719_163;

/** One signature with what was counted of it. */
export interface SignatureEntry {
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

/** Who vouches for a signature: the smallest hashes of its keys and of their networks, and days on which it came. */
export interface Witnesses {
  /** True where a line had no key: then no rule about keys applies. */
  keyless: boolean;
  keys: Uint32Array;
  networks: Uint32Array;
  days: number[];
  hours: number;
}

/** Room for newcomers to prove themselves before the next cut, as a part of signaturesMax. */
const newcomersPart = 0.5;

export class SignatureStore {
  index = new HashIndex();
  /** Lines that came untagged, and lines that came with an `anomaly` of their own. */
  counts = new Float64Array(1024);
  taggedCounts = new Uint32Array(1024);
  private offsets = new Float64Array(1024);
  private lengths = new Uint16Array(1024);
  /** Hashes. */
  private readonly keys = new SmallestSets(keysPerSignature);
  private readonly networks = new SmallestSets(keysPerSignature);
  /** 1 where a line of the signature had no key: then no rule about keys applies to it. */
  private keyless = new Uint8Array(1024);
  private readonly days = new SmallestSets(daysPerSignature);
  private readonly taggedDays = new SmallestSets(daysPerSignature);
  private hours = new Uint32Array(1024);
  /** Time of the earliest line, as the lines state it; NaN where none does. Summaries do not hold it. */
  private firstSeconds = new Float64Array(1024).fill(Number.NaN);
  private chunks: Uint8Array[] = [];
  private chunkEnd = chunkBytes;
  lines = 0;
  linesNotLearnt = 0;
  /** Of the lines that were read here: how many state a time, and how many a key. Summaries do not hold it. */
  readonly found = { lines: 0, time: 0, key: 0, level: 0, status: 0, flow: 0, formats: new Map<number, number>() };
  /** Longer than a line may be: left out while they were read, and not among `lines`. */
  linesTooLong = 0;
  /**
   * No signature's count is too low by more than this, and no signature that came more often is missing; 0: all is
   * exact.
   */
  missedMax = 0;
  newestEventSeconds = 0;
  readonly keywords = new KeywordStore();
  readonly ranges = new RangeStore();
  private agentsKept: SignatureStore | undefined;
  /** What `sorted` found, until other signatures are held. */
  private order: Uint32Array | undefined;
  readonly rates: RateStore;

  /**
   * `keepsNumbers`: a signature keeps its number for good, so what comes when `signaturesMax` are there is not kept.
   */
  constructor(
    readonly signaturesMax = signaturesMaxDefault,
    private readonly keepsNumbers = false,
    windowSeconds?: number,
  ) {
    this.rates = new RateStore(windowSeconds);
  }

  get size(): number {
    return this.index.size;
  }

  /** Marks of user agents (assembly/detect/agents/marks.ts), kept as signatures are, by the mark itself. */
  get agents(): SignatureStore {
    this.agentsKept ??= new SignatureStore(agentMarksMax);
    return this.agentsKept;
  }

  /**
   * Takes in learning records as the engine writes them, and the keywords in their lines; lines without a time count at
   * `arrivalSeconds`.
   */
  addRecords(records: Uint8Array, arrivalSeconds = 0n, keywords: Uint32Array = noKeywords): void {
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
    let number = 0;
    let at = 0;
    for (const record of learningRecords(records)) {
      for (; keywords[at] === number; at += 2) this.keywords.add(keywords[at + 1], record);
      number++;
      const signature = this.indexOf(record.low, record.high, records, record.signatureStart, record.signatureBytes);
      this.lines++;
      this.noteFound(record);
      this.rates.count(record);
      const seconds = record.seconds ?? Number(arrivalSeconds);
      if (seconds > this.newestEventSeconds && seconds > plausibleSeconds) this.newestEventSeconds = seconds;
      if (signature < 0) this.linesNotLearnt++;
      else {
        this.count(signature, record.key, record.network, record.isTagged, seconds);
        this.noteFirst(signature, record.seconds);
      }
      if (record.pairs > 0) this.addPairs(records, view, record, seconds);
    }
  }

  private noteFound({ seconds, key, hasLevel, hasStatus, hasFlow, format }: LearningRecord) {
    const { found } = this;
    found.lines++;
    if (seconds !== undefined) found.time++;
    if (key !== 0) found.key++;
    if (hasLevel) found.level++;
    if (hasStatus) found.status++;
    if (hasFlow) found.flow++;
    found.formats.set(format, (found.formats.get(format) ?? 0) + 1);
  }

  private addPairs(
    records: Uint8Array,
    view: DataView,
    { pairsStart, pairs, key, network, isTagged }: LearningRecord,
    seconds: number,
  ) {
    for (let at = pairsStart; at < pairsStart + pairs * pairBytes; at += pairBytes) {
      const value = view.getFloat64(at + 8, true);
      const [low, high] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
      if (!Number.isNaN(value)) {
        this.ranges.add(low, high, value, key, network, dayOf(seconds));
        continue;
      }
      const mark = this.agents.indexOf(low, high, records, at, markBytes);
      if (mark >= 0) this.agents.count(mark, key, network, isTagged, seconds);
    }
  }

  private indexOf(low: number, high: number, records: Uint8Array, at: number, length: number): number {
    const known = this.index.find(low, high);
    if (known >= 0) return known;
    if (this.keepsNumbers && this.size >= this.signaturesMax) return -1;
    if (this.size >= this.signaturesMax + Math.ceil(this.signaturesMax * newcomersPart)) this.cut();
    const signature = this.index.add(low, high);
    this.order = undefined;
    if (signature === this.counts.length) this.growTo(roomAfter(signature));
    if (this.chunkEnd + length > chunkBytes) {
      this.chunks.push(new Uint8Array(chunkBytes));
      this.chunkEnd = 0;
    }
    const chunk = this.chunks.length - 1;
    this.chunks[chunk].set(records.subarray(at, at + length), this.chunkEnd);
    this.offsets[signature] = chunk * chunkBytes + this.chunkEnd;
    this.lengths[signature] = length;
    this.chunkEnd += length;
    return signature;
  }

  private linesOf(signature: number): number {
    return this.counts[signature] + this.taggedCounts[signature];
  }

  /** Down to `signaturesMax`: the rarest signatures go, of equally rare ones those with the larger hashes. */
  cut(): void {
    if (this.size <= this.signaturesMax) return;
    const lines = new Float64Array(this.size);
    for (let signature = 0; signature < lines.length; signature++) lines[signature] = this.linesOf(signature);
    lines.sort().reverse();
    this.missedMax += lines[this.signaturesMax];
    for (const some of lines.subarray(this.signaturesMax)) this.linesNotLearnt += some;
    const least = lines[this.signaturesMax - 1];
    const room = this.signaturesMax - lines.indexOf(least);
    const rarest = numbersWhere(this.size, (signature) => this.linesOf(signature) === least);
    const isKept = new Uint8Array(this.size);
    for (const signature of this.index.least(rarest, room)) isKept[signature] = 1;
    this.keepOnly(numbersWhere(this.size, (signature) => isKept[signature] === 1 || this.linesOf(signature) > least));
  }

  /** Forgets all signatures but these, rising, where they lie: a copy would take as much again. */
  private keepOnly(signatures: Uint32Array): void {
    let [chunk, end] = [0, 0];
    for (const signature of signatures) {
      const bytes = this.bytes(signature);
      if (end + bytes.length > chunkBytes) [chunk, end] = [chunk + 1, 0];
      this.chunks[chunk].set(bytes, end);
      this.offsets[signature] = chunk * chunkBytes + end;
      end += bytes.length;
    }
    this.chunks.length = Math.min(this.chunks.length, chunk + 1);
    this.chunkEnd = end;
    for (const sets of [this.keys, this.networks, this.days, this.taggedDays]) sets.keepOnly(signatures, this.size);
    this.index.keepOnly(signatures);
    this.order = undefined;
    const { counts, taggedCounts, offsets, lengths, keyless, hours, firstSeconds } = this;
    for (const column of [counts, taggedCounts, offsets, lengths, keyless, hours, firstSeconds])
      keepPlaces(column, signatures);
    firstSeconds.fill(Number.NaN, signatures.length);
  }

  private growTo(length: number): void {
    this.counts = grown(this.counts, length);
    this.taggedCounts = grown(this.taggedCounts, length);
    this.offsets = grown(this.offsets, length);
    this.lengths = grown(this.lengths, length);
    this.keyless = grown(this.keyless, length);
    this.hours = grown(this.hours, length);
    const known = this.firstSeconds.length;
    this.firstSeconds = grown(this.firstSeconds, length).fill(Number.NaN, known);
  }

  private count(signature: number, key: number, network: number, tagged: boolean, seconds: number): void {
    if (key === 0) this.keyless[signature] = 1;
    else {
      this.keys.add(signature, key);
      if (network !== 0) this.networks.add(signature, network);
    }
    const day = dayOf(seconds);
    if (tagged) {
      this.taggedCounts[signature]++;
      this.taggedDays.add(signature, day);
      return;
    }
    this.counts[signature]++;
    this.hours[signature] |= 1 << (Math.floor(seconds / hourSeconds - Math.floor(seconds / daySeconds) * 24) % 24);
    this.days.add(signature, day);
  }

  private noteFirst(signature: number, seconds: number | undefined): void {
    if (seconds !== undefined && !(this.firstSeconds[signature] <= seconds)) this.firstSeconds[signature] = seconds;
  }

  /** When the signature came first; undefined where no line of it says when, or only a summary was read. */
  first(signature: number): number | undefined {
    const seconds = this.firstSeconds[signature];
    return Number.isNaN(seconds) ? undefined : seconds;
  }

  /** The signature's bytes; a view. */
  bytes(signature: number): Uint8Array {
    const offset = this.offsets[signature];
    const start = offset % chunkBytes;
    return this.chunks[Math.floor(offset / chunkBytes)].subarray(start, start + this.lengths[signature]);
  }

  /** What a summary says of a signature; where keys say nothing, they are left out. */
  entry(signature: number): SignatureEntry {
    const keyless = this.keyless[signature] === 1;
    return {
      bytes: this.bytes(signature),
      lines: this.counts[signature],
      taggedLines: this.taggedCounts[signature],
      keys: keyless ? [] : [...this.keys.of(signature)],
      networks: keyless ? [] : [...this.networks.of(signature)],
      keyless,
      days: keyless ? [] : [...this.days.of(signature)],
      taggedDays: [...this.taggedDays.of(signature)],
      hours: keyless ? 0 : this.hours[signature],
    };
  }

  /** Adds what another store counted of one signature. */
  addEntry(low: number, high: number, entry: SignatureEntry): void {
    const signature = this.indexOf(low, high, entry.bytes, 0, entry.bytes.length);
    this.lines += entry.lines + entry.taggedLines;
    if (signature < 0) {
      this.linesNotLearnt += entry.lines + entry.taggedLines;
      return;
    }
    this.counts[signature] += entry.lines;
    this.taggedCounts[signature] += entry.taggedLines;
    this.hours[signature] |= entry.hours;
    if (entry.keyless) this.keyless[signature] = 1;
    for (const key of entry.keys) this.keys.add(signature, key);
    for (const network of entry.networks) this.networks.add(signature, network);
    for (const day of entry.days) this.days.add(signature, day);
    for (const day of entry.taggedDays) this.taggedDays.add(signature, day);
  }

  witnesses(signature: number): Witnesses {
    if (this.keyless[signature]) return { keyless: true, keys: nobody, networks: nobody, days: [], hours: 0 };
    const [keys, networks] = [this.keys.of(signature), this.networks.of(signature)];
    const taggedDays = this.taggedDays.of(signature);
    // A day that brought it tagged as well is none on which the filter had nothing to say of it.
    const quietDays = [...this.days.of(signature)].filter((day) => !taggedDays.includes(day));
    const days = this.outlivedTags(signature) ? [...quietDays, ...taggedDays] : quietDays;
    return { keyless: false, keys, networks, days, hours: this.hours[signature] };
  }

  /** The smallest hashes of its keys; undefined where a line had none. */
  keysOf(signature: number): Uint32Array | undefined {
    return this.keyless[signature] ? undefined : this.keys.of(signature);
  }

  /** The smallest hash of its keys and of its networks; 0 where a line had none. */
  firstKey(signature: number): number {
    return this.keyless[signature] ? 0 : this.keys.smallest(signature);
  }

  firstNetwork(signature: number): number {
    return this.keyless[signature] ? 0 : this.networks.smallest(signature);
  }

  /** Hours of the day in which any signature with keys came. */
  hoursOfAll(): number {
    let hours = 0;
    for (let signature = 0; signature < this.size; signature++)
      if (!this.keyless[signature]) hours |= this.hours[signature];
    return hours;
  }

  /** Whether it came tagged on three days. */
  private outlivedTags(signature: number): boolean {
    return this.taggedDays.has(signature, daysPerSignature);
  }

  /** How often the signature teaches: tagged lines do so once seen on three days or from five keys. */
  weight(signature: number): number {
    const tagged = this.taggedCounts[signature];
    if (tagged === 0) return this.counts[signature];
    const fiveKeys = !this.keyless[signature] && this.keys.has(signature, 5);
    return this.counts[signature] + (fiveKeys || this.outlivedTags(signature) ? tagged : 0);
  }

  /** Signatures in an order that does not depend on when they came. */
  sorted(): Uint32Array {
    this.order ??= this.index.sorted();
    return this.order;
  }
}

/** From 0001-01-01 as 1. */
const dayOf = (seconds: number) => Math.min(Math.max(1, Math.floor(seconds / daySeconds) + epochDay), 0xffffffff);

const nobody = new Uint32Array(0);
