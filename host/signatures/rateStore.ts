/**
 * How often what comes: of each source's errors, of each kind of line and of keys in general, how many
 * windows had how many. Histograms add up, so slices of a log give what the whole gives, up to the windows that a cut
 * goes through. A line without a time counts in no window.
 */
import { HashIndex } from "../math/hashIndex.js";
import type { LearningRecord } from "../wasm/learningRecords.js";
import { LoginAttempts } from "./loginAttempts.js";

/** Of the windows, short and long: the long one is ten short ones (assembly/detect/windows/rateTable.ts). */
export const longFactor = 10;
const lengths = [1, longFactor] as const;
/** What the filter knows keys in general by (assembly/detect/windows/rates.ts). */
export const keyRates = { errors: 1, requests: 2, logins: 3 } as const;
/** And all lines that are neither errors nor about logins. */
const allLines = 4;
/** A window with fewer lines of a kind says nothing: no threshold is that low. */
const kindCountMin = 3;
/** Counts up to here are told apart, those above by eighths of an octave. */
const exactMax = 64;
const stepsPerOctave = 8;
/** Kinds that are followed; when there are more, those go that had no busy window and none going on. */
const itemsMax = 600_000;
const hourSeconds = 3600;

export type Histogram = Map<number, number>;

export interface RateEntry {
  low: number;
  high: number;
  /** Windows by class of count, short and long. */
  windows: [Histogram, Histogram];
}

interface Open {
  window: number;
  count: number;
}

interface Item extends RateEntry {
  /** Smallest count that is noted. */
  least: number;
  open: [Open, Open];
}

/** Of the keys in general: the busiest key of each window. */
class BusiestKey {
  private window = Number.NEGATIVE_INFINITY;
  private counts = new Map<number, number>();
  private most = 0;

  constructor(
    private readonly windowSeconds: number,
    private readonly note: (count: number) => void,
  ) {}

  count(key: number, seconds: number): void {
    const window = Math.floor(seconds / this.windowSeconds);
    if (isAnother(window, this.window)) {
      this.close();
      this.window = window;
    }
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    this.most = Math.max(this.most, count);
  }

  close(): void {
    if (this.most > 0) this.note(this.most);
    this.counts.clear();
    this.most = 0;
  }

  /** Of the window that is going on. */
  get open(): number {
    return this.most;
  }
}

export class RateStore {
  private readonly index = new HashIndex();
  private items: Item[] = [];
  private readonly keys = new Map<number, BusiestKey[]>();
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
    lengths.forEach((length, which) => {
      const open = item.open[which];
      const window = Math.floor(seconds / (this.windowSeconds * length));
      if (isAnother(window, open.window)) {
        close(item, which);
        open.window = window;
      }
      open.count++;
    });
  }

  private itemOf(low: number, high: number, least: number): Item {
    const known = this.index.find(low, high);
    if (known >= 0) return this.items[known];
    if (this.items.length >= itemsMax) this.prune();
    this.index.add(low, high);
    const open = () => ({ window: Number.NEGATIVE_INFINITY, count: 0 });
    const item: Item = { low, high, least, windows: [new Map(), new Map()], open: [open(), open()] };
    this.items.push(item);
    return item;
  }

  private countKey(which: number, key: number, seconds: number): void {
    let both = this.keys.get(which);
    if (!both) {
      const item = this.itemOf(which, 0, 1);
      both = lengths.map((length, i) => {
        const note = (count: number) => noteWindow(item.windows[i], count);
        return new BusiestKey(this.windowSeconds * length, note);
      });
      this.keys.set(which, both);
    }
    for (const one of both) one.count(key, seconds);
  }

  private prune(): void {
    const newest = Math.max(...[...this.hours]);
    const isKept = ({ windows, open }: Item) =>
      windows.some((histogram) => histogram.size > 0) ||
      open[1].window * this.windowSeconds * longFactor >= (newest - 1) * hourSeconds;
    const kept = this.items.filter(isKept);
    this.index.clear();
    for (const { low, high } of kept) this.index.add(low, high);
    this.items = kept;
  }

  /** Everything that is known by now, windows that are going on among it, in an order that depends on nothing else. */
  entries(): RateEntry[] {
    const entries = this.items.map((item) => {
      const windows: RateEntry["windows"] = [new Map(item.windows[0]), new Map(item.windows[1])];
      item.open.forEach(({ count }, which) => {
        if (count >= item.least) noteWindow(windows[which], count);
      });
      const keys = item.high === 0 ? this.keys.get(item.low) : undefined;
      keys?.forEach(({ open }, which) => {
        if (open > 0) noteWindow(windows[which], open);
      });
      return { low: item.low, high: item.high, windows };
    });
    return entries
      .filter(({ windows }) => windows.some((histogram) => histogram.size > 0))
      .sort((a, b) => a.high - b.high || a.low - b.low);
  }

  /** Adds what another store counted. */
  addEntry({ low, high, windows }: RateEntry): void {
    const item = this.itemOf(low, high, 1);
    windows.forEach((histogram, which) => {
      for (const [step, count] of histogram) {
        item.windows[which].set(step, (item.windows[which].get(step) ?? 0) + count);
      }
    });
  }
}

/** A line may come a little late: it counts in the window that is going on. */
function isAnother(window: number, open: number): boolean {
  return window !== open && window !== open - 1;
}

function close(item: Item, which: number): void {
  const open = item.open[which];
  if (open.count >= item.least) noteWindow(item.windows[which], open.count);
  open.count = 0;
}

function noteWindow(histogram: Histogram, count: number): void {
  const step = stepOf(count);
  histogram.set(step, (histogram.get(step) ?? 0) + 1);
}

function stepOf(count: number): number {
  if (count <= exactMax) return count;
  return exactMax + Math.ceil(Math.log2(count / exactMax) * stepsPerOctave - 1e-9);
}

/** The largest count of a class. */
export function countOf(step: number): number {
  return step <= exactMax ? step : Math.floor(exactMax * 2 ** ((step - exactMax) / stepsPerOctave));
}
