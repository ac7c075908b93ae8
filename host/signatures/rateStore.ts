/**
 * How often what comes: of each source's errors, of each kind of line and of keys in general, how many
 * windows had how many. Counts of windows are held and add up, so the order of lines changes nothing, nor how a log is
 * sliced, as long as they fit. A line without a time counts in no window.
 */
import { HashIndex } from "../math/hashIndex.js";
import type { LearningRecord } from "../wasm/learningRecords.js";
import { LoginAttempts } from "./loginAttempts.js";

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

/** Of most kinds of a hostile log there are none. */
const noWindows: RateEntry["windows"] = [new Map(), new Map()];

/** How many came in each window. Most kinds of a hostile log come in one: that needs no map. */
class WindowCounts {
  private window = Number.NaN;
  private count = 0;
  private more: Map<number, number> | undefined;

  get size(): number {
    return this.more?.size ?? (Number.isNaN(this.window) ? 0 : 1);
  }

  get(window: number): number | undefined {
    return this.more ? this.more.get(window) : window === this.window ? this.count : undefined;
  }

  set(window: number, count: number): void {
    if (this.more) this.more.set(window, count);
    else if (this.size === 0 || window === this.window) [this.window, this.count] = [window, count];
    else this.more = new Map([...this, [window, count]]);
  }

  delete(window: number): void {
    if (this.more) this.more.delete(window);
    else if (window === this.window) this.window = Number.NaN;
  }

  *[Symbol.iterator](): Generator<[window: number, count: number]> {
    if (this.more) yield* this.more;
    else if (this.size > 0) yield [this.window, this.count];
  }
}

export interface OpenRate extends RateEntry {
  /** Smallest count that is noted. */
  least: number;
  /** How many came in each short window that is not closed; ten of them make up a long one. */
  open: Iterable<[window: number, count: number]>;
}

interface HeldRate extends OpenRate {
  open: WindowCounts;
}

/** By short window how many of each key. */
export type KeyWindows = Map<number, Map<number, number>>;

export class RateStore {
  private readonly index = new HashIndex();
  private items: HeldRate[] = [];
  /** Of keys in general, by what is counted: the busiest key of a window is the one that says something. */
  readonly keys = new Map<number, KeyWindows>();
  private cells = 0;
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
    this.addTo(this.itemOf(low, high, least).open, Math.floor(seconds / this.windowSeconds), 1);
  }

  private countKey(which: number, key: number, seconds: number): void {
    this.addKey(which, Math.floor(seconds / this.windowSeconds), key, 1);
  }

  /** Adds to what a key had in a window. */
  addKey(which: number, window: number, key: number, count: number): void {
    let windows = this.keys.get(which);
    if (!windows) {
      this.itemOf(which, 0, 1); // stays: closing windows needs it
      windows = new Map();
      this.keys.set(which, windows);
    }
    let counts = windows.get(window);
    if (!counts) {
      counts = new Map();
      windows.set(window, counts);
    }
    this.addTo(counts, key, count);
  }

  private addTo(counts: Map<number, number> | WindowCounts, at: number, count: number): void {
    const before = counts.get(at);
    counts.set(at, (before ?? 0) + count);
    if (before === undefined && ++this.cells > cellsMax) this.closeOldest();
  }

  private itemOf(low: number, high: number, least: number): HeldRate {
    const known = this.index.find(low, high);
    if (known >= 0) return this.items[known];
    if (this.items.length >= this.itemsRoom) this.prune();
    this.index.add(low, high);
    const item: HeldRate = { low, high, least, windows: noWindows, open: new WindowCounts() };
    this.items.push(item);
    return item;
  }

  /** Until half the room is free. */
  private closeOldest(): void {
    const cellsOf = new Map<number, number>();
    const note = (window: number, cells: number) =>
      cellsOf.set(longOf(window), (cellsOf.get(longOf(window)) ?? 0) + cells);
    for (const { open } of this.items) for (const [window] of open) note(window, 1);
    for (const windows of this.keys.values()) for (const [window, { size }] of windows) note(window, size);
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
    for (const [which, windows] of this.keys) {
      const closed: KeyWindows = new Map([...windows].filter(([window]) => window < end));
      noteBusiest(this.itemOf(which, 0, 1), closed);
      for (const [window, { size }] of closed) {
        windows.delete(window);
        this.cells -= size;
      }
    }
    for (const item of this.items) {
      const closed = [...item.open].filter(([window]) => window < end);
      noteWindows(item, closed, item.least);
      for (const [window] of closed) item.open.delete(window);
      this.cells -= closed.length;
    }
  }

  private prune(): void {
    let newest = Number.NEGATIVE_INFINITY;
    for (const hour of this.hours) newest = Math.max(newest, hour);
    this.closeBefore(Math.floor(((newest - 1) * hourSeconds) / this.windowSeconds / longFactor));
    let kept = this.items.filter(isKept);
    if (kept.length > itemsMax / 2) {
      this.closeBefore(Number.POSITIVE_INFINITY);
      kept = this.items.filter(isKept);
    }
    this.index.clear();
    for (const { low, high } of kept) this.index.add(low, high);
    this.items = kept;
    // so that kinds that all stay are not looked through at each newcomer
    this.itemsRoom = Math.max(itemsMax, Math.ceil(kept.length * 1.5));
  }

  /** What is held, in an order that depends on nothing else: for a summary, to be added to what others hold. */
  held(): OpenRate[] {
    return this.items
      .filter(({ windows, open }) => open.size > 0 || isBusy(windows))
      .sort((a, b) => a.high - b.high || a.low - b.low);
  }

  /** Everything that is known by now, all windows closed, in an order that depends on nothing else. */
  entries(): RateEntry[] {
    const entries = this.items.map(({ low, high, windows, least, open }) => {
      const [short, long] = windows;
      const entry = {
        low,
        high,
        windows: windows === noWindows ? windows : ([new Map(short), new Map(long)] as const),
      };
      noteWindows(entry, open, least);
      const keys = high === 0 ? this.keys.get(low) : undefined;
      if (keys) noteBusiest(entry, keys);
      return entry;
    });
    return entries.filter(({ windows }) => isBusy(windows)).sort((a, b) => a.high - b.high || a.low - b.low);
  }

  /** Adds what another store held. */
  addEntry({ low, high, windows, least, open }: OpenRate): void {
    const item = this.itemOf(low, high, least);
    windows.forEach((histogram, which) => {
      for (const [step, count] of histogram) addWindows(item, which, step, count);
    });
    for (const [window, count] of open) this.addTo(item.open, window, count);
  }
}

const [short, long] = [0, 1];
const isBusy = (windows: RateEntry["windows"]) => windows.some(({ size }) => size > 0);
const isKept = ({ high, windows, open }: HeldRate) => high === 0 || open.size > 0 || isBusy(windows);
const longOf = (window: number) => Math.floor(window / longFactor);

function noteWindows(rate: RateEntry, counts: OpenRate["open"], least: number): void {
  const longCounts = new Map<number, number>();
  for (const [window, count] of counts) {
    if (count >= least) noteWindow(rate, short, count);
    longCounts.set(longOf(window), (longCounts.get(longOf(window)) ?? 0) + count);
  }
  for (const count of longCounts.values()) if (count >= least) noteWindow(rate, long, count);
}

function noteBusiest(rate: RateEntry, windows: KeyWindows): void {
  const longWindows: KeyWindows = new Map();
  for (const [window, counts] of windows) {
    noteWindow(rate, short, largest(counts));
    const sums = longWindows.get(longOf(window)) ?? new Map<number, number>();
    for (const [key, count] of counts) sums.set(key, (sums.get(key) ?? 0) + count);
    longWindows.set(longOf(window), sums);
  }
  for (const sums of longWindows.values()) noteWindow(rate, long, largest(sums));
}

function largest(counts: Map<number, number>): number {
  let most = 0;
  for (const count of counts.values()) most = Math.max(most, count);
  return most;
}

function noteWindow(rate: RateEntry, which: number, count: number): void {
  addWindows(rate, which, stepOf(count), 1);
}

function addWindows(rate: RateEntry, which: number, step: number, windows: number): void {
  if (rate.windows === noWindows) rate.windows = [new Map(), new Map()];
  const histogram = rate.windows[which];
  histogram.set(step, (histogram.get(step) ?? 0) + windows);
}

function stepOf(count: number): number {
  if (count <= exactMax) return count;
  return exactMax + Math.ceil(Math.log2(count / exactMax) * stepsPerOctave - 1e-9);
}

/** The largest count of a class. */
export function countOf(step: number): number {
  return step <= exactMax ? step : Math.floor(exactMax * 2 ** ((step - exactMax) / stepsPerOctave));
}
