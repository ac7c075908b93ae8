/**
 * How often what comes: of each source's errors, of each kind of line and of keys in general, how many
 * windows had how many. Counts of windows are held and add up, so the order of lines changes nothing, nor how a log is
 * sliced, as long as they fit. A line without a time counts in no window.
 */
import { grown, numbersWhere, picked, roomAfter } from "../math/columns.js";
import { HashIndex } from "../math/hashIndex.js";
import type { LearningRecord } from "../wasm/learningRecords.js";
import { LoginAttempts } from "./loginAttempts.js";
import { WindowCounts } from "./windowCounts.js";

/** Of the windows, short and long: the long one is ten short ones (assembly/detect/windows/rateTable.ts). */
export const longFactor = 10;
/** What the filter knows keys in general by (assembly/detect/windows/rates.ts). */
export const keyRates = { errors: 1, requests: 2, logins: 3 } as const;
/** And all lines that are neither errors nor about logins. */
const allLines = 4;
/** A window with fewer lines of a kind says nothing: no threshold is that low. */
const kindCountMin = 3;
/** Counts up to here are told apart, those above by eighths of an octave. */
const exactMax = 64;
const stepsPerOctave = 8;
/** Kinds that are followed; when there are more, those go that had no busy window. */
const itemsMax = 300_000;
/** Counts of single windows that are held, of kinds and of keys; when there are more, the oldest windows are closed. */
const cellsMax = 1_000_000;
const hourSeconds = 3600;

export type Histogram = Map<number, number>;

export interface RateEntry {
  low: number;
  high: number;
  /** Windows by class of count, short and long. */
  windows: readonly [Histogram, Histogram];
}

export interface OpenRate extends RateEntry {
  /** Smallest count that is noted. */
  least: number;
  /** How many came in each short window that is not closed; ten of them make up a long one. */
  open: Iterable<[window: number, count: number]>;
}

/** A window of keys in general: how many lines each had. */
export interface KeyWindow {
  which: number;
  window: number;
  counts: [key: number, count: number][];
}

export class RateStore {
  private readonly index = new HashIndex();
  private leasts = new Float64Array(1024);
  /** Closed windows, by item: of most kinds of a hostile log there are none. */
  private readonly closed = new Map<number, RateEntry["windows"]>();
  /** Short windows of items that are not closed. */
  private readonly open = new WindowCounts();
  /** Of keys in general, by what is counted: the busiest key of a window is the one that says something. */
  private readonly keys = new Map<number, WindowCounts>();
  private itemsRoom = itemsMax;
  private readonly attempts = new LoginAttempts();
  /** Hours in which any line came, since 1970. */
  readonly hours = new Set<number>();

  constructor(public windowSeconds = 60) {}

  count(record: LearningRecord): void {
    const { seconds, key } = record;
    if (seconds === undefined) return;
    this.hours.add(Math.floor(seconds / hourSeconds));
    const login = this.attempts.read(record.login, key, seconds);
    const isError = record.isError || login === "failed";
    if (isError) this.add(record.sourceLow + 1, record.sourceHigh, 1, seconds);
    else if (login === "none") this.add(allLines, 0, 1, seconds);
    if (record.kindLow !== 0 || record.kindHigh !== 0) {
      this.add(record.kindLow, record.kindHigh, kindCountMin, seconds);
    }
    if (key === 0) return;
    this.countKey(keyRates.requests, key, seconds);
    if (isError) this.countKey(keyRates.errors, key, seconds);
    if (login === "failed") this.countKey(keyRates.logins, key, seconds);
  }

  private add(low: number, high: number, least: number, seconds: number): void {
    const item = this.itemOf(low, high, least);
    if (this.open.add(item, Math.floor(seconds / this.windowSeconds), 1)) this.closeIfFull();
  }

  private countKey(which: number, key: number, seconds: number): void {
    this.addKey(which, Math.floor(seconds / this.windowSeconds), key, 1);
  }

  /** Adds to what a key had in a window. */
  addKey(which: number, window: number, key: number, count: number): void {
    let counts = this.keys.get(which);
    if (!counts) {
      this.itemOf(which, 0, 1); // stays: closing windows needs it
      counts = new WindowCounts();
      this.keys.set(which, counts);
    }
    if (counts.add(key, window, count)) this.closeIfFull();
  }

  private get cells(): number {
    let cells = this.open.size;
    for (const { size } of this.keys.values()) cells += size;
    return cells;
  }

  private itemOf(low: number, high: number, least: number): number {
    const known = this.index.find(low, high);
    if (known >= 0) return known;
    if (this.index.size >= this.itemsRoom) this.prune();
    const item = this.index.add(low, high);
    if (item === this.leasts.length) this.leasts = grown(this.leasts, roomAfter(item));
    this.leasts[item] = least;
    return item;
  }

  /** Until half the room is free. */
  private closeIfFull(): void {
    if (this.cells <= cellsMax) return;
    const cellsOf = new Map<number, number>();
    const note = (_: number, window: number) => cellsOf.set(longOf(window), (cellsOf.get(longOf(window)) ?? 0) + 1);
    this.open.each(note);
    for (const counts of this.keys.values()) counts.each(note);
    let left = this.cells;
    let end = Number.NEGATIVE_INFINITY;
    for (const [long, cells] of [...cellsOf].sort(([a], [b]) => a - b)) {
      if (left <= cellsMax / 2) break;
      left -= cells;
      end = long + 1;
    }
    this.closeBefore(end);
  }

  /** Closes the windows before a long one: nothing adds to them any more. */
  private closeBefore(long: number): void {
    const end = long * longFactor;
    this.noteKeys(this.closed, end);
    for (const counts of this.keys.values()) counts.keepFrom(end);
    this.noteItems(this.closed, end);
    this.open.keepFrom(end);
  }

  /** Notes the busiest key of each window before one. */
  private noteKeys(noted: Map<number, RateEntry["windows"]>, end: number): void {
    for (const [which, counts] of this.keys) {
      const item = this.itemOf(which, 0, 1);
      for (const [length, windows] of [counts, inLongWindows(counts)].entries()) {
        const most = new Map<number, number>();
        windows.each((_, window, count) => {
          if (window < (length === short ? end : end / longFactor))
            most.set(window, Math.max(count, most.get(window) ?? 0));
        });
        for (const count of most.values()) noteWindow(noted, item, length, count);
      }
    }
  }

  private noteItems(noted: Map<number, RateEntry["windows"]>, end: number): void {
    for (const [length, windows] of [this.open, inLongWindows(this.open)].entries()) {
      windows.each((item, window, count) => {
        const isClosed = window < (length === short ? end : end / longFactor);
        if (isClosed && count >= this.leasts[item]) noteWindow(noted, item, length, count);
      });
    }
  }

  private prune(): void {
    let newest = Number.NEGATIVE_INFINITY;
    for (const hour of this.hours) newest = Math.max(newest, hour);
    this.closeBefore(Math.floor(((newest - 1) * hourSeconds) / this.windowSeconds / longFactor));
    let kept = this.keptItems();
    if (kept.length > itemsMax / 2) {
      this.closeBefore(Number.POSITIVE_INFINITY);
      kept = this.keptItems();
    }
    this.keepItems(kept);
    // so that kinds that all stay are not looked through at each newcomer
    this.itemsRoom = Math.max(itemsMax, Math.ceil(kept.length * 1.5));
  }

  /** Items of keys in general, and those with a window. */
  private keptItems(): Uint32Array {
    const isOpen = new Uint8Array(this.index.size);
    this.open.each((item) => {
      isOpen[item] = 1;
    });
    const { size, high } = this.index;
    return numbersWhere(size, (item) => isOpen[item] === 1 || high[item] === 0 || this.closed.has(item));
  }

  private keepItems(items: Uint32Array): void {
    const numberOf = new Int32Array(this.index.size).fill(-1);
    const closed = [...items.entries()].flatMap(([number, item]) => {
      numberOf[item] = number;
      const windows = this.closed.get(item);
      return windows ? [[number, windows] as const] : [];
    });
    this.closed.clear();
    for (const [number, windows] of closed) this.closed.set(number, windows);
    this.open.keepFrom(Number.NEGATIVE_INFINITY, numberOf);
    this.leasts = picked(this.leasts, items);
    this.index.keepOnly(items);
  }

  /** What is held, in an order that depends on nothing else: for a summary, to be added to what others hold. */
  *held(): Generator<OpenRate> {
    const open = new Map<number, [number, number][]>();
    for (const { group, pairs } of this.open.grouped("owner")) open.set(group, pairs);
    for (const item of this.index.sorted()) {
      const windows = this.closed.get(item);
      if (!windows && !open.has(item)) continue;
      const [low, high] = [this.index.low[item], this.index.high[item]];
      yield { low, high, windows: windows ?? noWindows, least: this.leasts[item], open: open.get(item) ?? [] };
    }
  }

  /** What is held of keys, in an order that depends on nothing else. */
  *heldKeys(): Generator<KeyWindow> {
    for (const [which, windows] of [...this.keys].sort(([a], [b]) => a - b))
      for (const { group, pairs } of windows.grouped("window")) yield { which, window: group, counts: pairs };
  }

  /** Everything that is known by now, all windows closed, in an order that depends on nothing else. */
  entries(): RateEntry[] {
    const noted = new Map([...this.closed].map(([item, windows]) => [item, copied(windows)]));
    this.noteItems(noted, Number.POSITIVE_INFINITY);
    this.noteKeys(noted, Number.POSITIVE_INFINITY);
    const { low, high } = this.index;
    return [...noted]
      .map(([item, windows]) => ({ low: low[item], high: high[item], windows }))
      .sort((a, b) => a.high - b.high || a.low - b.low);
  }

  /** Adds what another store held. */
  addEntry({ low, high, windows, least, open }: OpenRate): void {
    const item = this.itemOf(low, high, least);
    windows.forEach((histogram, length) => {
      for (const [step, count] of histogram) addWindows(this.closed, item, length, step, count);
    });
    for (const [window, count] of open) if (this.open.add(item, window, count)) this.closeIfFull();
  }
}

const short = 0;
const longOf = (window: number) => Math.floor(window / longFactor);
const noWindows: RateEntry["windows"] = [new Map(), new Map()];
const copied = ([short, long]: RateEntry["windows"]) => [new Map(short), new Map(long)] as const;

function inLongWindows(counts: WindowCounts): WindowCounts {
  const sums = new WindowCounts();
  counts.each((owner, window, count) => sums.add(owner, longOf(window), count));
  return sums;
}

function noteWindow(noted: Map<number, RateEntry["windows"]>, item: number, length: number, count: number): void {
  addWindows(noted, item, length, stepOf(count), 1);
}

function addWindows(
  noted: Map<number, RateEntry["windows"]>,
  item: number,
  length: number,
  step: number,
  windows: number,
): void {
  let known = noted.get(item);
  if (!known) {
    known = [new Map(), new Map()];
    noted.set(item, known);
  }
  known[length].set(step, (known[length].get(step) ?? 0) + windows);
}

function stepOf(count: number): number {
  if (count <= exactMax) return count;
  return exactMax + Math.ceil(Math.log2(count / exactMax) * stepsPerOctave - 1e-9);
}

/** The largest count of a class. */
export function countOf(step: number): number {
  return step <= exactMax ? step : Math.floor(exactMax * 2 ** ((step - exactMax) / stepsPerOctave));
}
