/**
 * What the windows of the past were like: for each end (a destination, a source) how large its numbers usually are, and
 * a few of its windows for the forest to learn from, as many of a busy end as of any other: nobody alone decides what
 * is ordinary. Quantiles and samples are the same in any order of the windows, and two pasts can be merged.
 */
import { type FeatureName, featureNames, usualNames } from "../model/networkFeatures.js";
import { type EndClass, endClasses } from "../model/usualFlows.js";
import { classOf } from "./ends.js";
import type { ClosedWindow } from "./flowWindows.js";
import { hashNumber, hashText } from "./hash.js";
import { Hours } from "./hours.js";
import { foreignBytesMargin } from "./kinds.js";
import { type PastWindow, Samples } from "./samples.js";
import { Stretches } from "./stretches.js";

export type { PastWindow } from "./samples.js";

/** An end with so many windows has a past of its own. */
export const ownWindowsMin = 12;
/** So has one that came again and again: so often, so long apart. */
const occasionsMin = 3;
const occasionsApartMs = 12 * 3_600_000;
/** Windows of one end that a forest learns from; all that an end without a past has. */
const samplesMax = 16;
/** Ends held at once; when there are more, those with the fewest windows go. About 60 MB. */
const endsMaxDefault = 32_768;
/** Windows of ends that had to go. */
const othersMax = 65_536;
/** One window in so many may lie above what is usual. */
const usualWindows = 1000;
const bucketsPerOctave = 8;
const dayMs = 86_400_000;
/** What so many ends have each day is nothing to be told of. */
const oftenPerDay = 3;

export interface End {
  key: string;
  endClass: EndClass;
  windows: number;
  /** Counts of values by size: a key is feature and bucket. */
  buckets: Map<number, number>;
  /** In the order of `featureNames`. */
  largest: Float32Array;
  samples: Samples;
  /** From `ownWindowsMin` windows on. */
  hours: Hours | undefined;
  stretches: Stretches | undefined;
}

export class Past {
  /** Windows offered. */
  windows = 0;
  readonly starts = new Set<number>();
  readonly ends = new Map<string, End>();
  /** Samples of ends that had to go. */
  private readonly others: PastWindow[] = [];
  /** Of each class of ends: how many had to go, and their largest numbers, as `generalUsual` counts them. */
  private readonly gone = Object.values(endClasses).map(() => ({ ends: 0, buckets: new Map<number, number>() }));

  constructor(private readonly endsMax = endsMaxDefault) {}

  add(window: Pick<ClosedWindow, "startMs" | "key" | "values">): void {
    const { startMs, key, values } = window;
    this.windows++;
    this.starts.add(startMs);
    let end = this.ends.get(key);
    if (!end) {
      if (this.ends.size >= this.endsMax) this.prune();
      const endClass = classOf(key);
      end = {
        ...{ key, endClass, windows: 0, buckets: new Map(), largest: new Float32Array(featureNames.length) },
        ...{ samples: new Samples(samplesMax, endClass), hours: undefined, stretches: undefined },
      };
      this.ends.set(key, end);
    }
    end.windows++;
    const row = rowOf(values);
    usualNames.forEach((name, i) => void addTo(end.buckets, i, values[name]));
    row.forEach((value, i) => {
      if (value > end.largest[i]) end.largest[i] = value;
    });
    const priority = hashNumber((hashText(key) ^ Math.floor(startMs / 1000)) >>> 0);
    end.samples.add(priority, startMs, row);
    addTime(end, startMs, row);
  }

  /** Of one end in its own past: a number that one window in a thousand exceeds; the largest of fewer windows. */
  usualOf(end: End): number[] {
    const above = Math.floor(end.windows / usualWindows);
    return usualNames.map((name, i) => {
      const largest = end.largest[featureNames.indexOf(name)];
      return above === 0 ? largest : Math.fround(Math.min(largest, fromTop(end.buckets, i, above)));
    });
  }

  /**
   * The largest number that all ends (of a class, where one is given) but one in a hundred ever had; of fewer ends, all
   * but one. Where so many bytes went to three ends a day that they would be told each time (calls over relays whose
   * addresses change), so much more is usual that they are not.
   */
  generalUsual(endClass?: EndClass): number[] {
    const buckets = new Map<number, number>();
    for (const gone of this.goneOf(endClass))
      for (const [bucket, count] of gone.buckets) addCount(buckets, bucket, count);
    for (const end of this.endsOf(endClass)) addLargest(buckets, end);
    const ends = this.countEnds(endClass);
    const above = ends < 4 ? 0 : Math.max(1, Math.floor(ends / 100));
    const often = Math.ceil(this.days() * oftenPerDay);
    return usualNames.map((name, i) => {
      const usual = fromTop(buckets, i, above);
      if (name !== "bytesOut") return Math.fround(usual);
      return Math.fround(Math.max(usual, Math.ceil(fromTop(buckets, i, often) / foreignBytesMargin)));
    });
  }

  /** What half of the ends of a class ever had at least. */
  medianLargest(endClass: EndClass): number[] {
    const ends = this.endsOf(endClass);
    return usualNames.map((name) => {
      const column = featureNames.indexOf(name);
      return Float32Array.from(ends, ({ largest }) => largest[column]).sort()[ends.length >> 1] ?? 0;
    });
  }

  private days(): number {
    let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const startMs of this.starts) [first, last] = [Math.min(first, startMs), Math.max(last, startMs)];
    return Math.max((last - first) / dayMs, 1);
  }

  countEnds(endClass?: EndClass): number {
    const gone = this.goneOf(endClass).reduce((sum, { ends }) => sum + ends, 0);
    return gone + this.endsOf(endClass).length;
  }

  private goneOf(endClass: EndClass | undefined) {
    return endClass === undefined ? this.gone : [this.gone[endClass]];
  }

  private endsOf(endClass: EndClass | undefined): End[] {
    const ends = [...this.ends.values()];
    return endClass === undefined ? ends : ends.filter((end) => end.endClass === endClass);
  }

  /** The windows to learn from, in an order that does not depend on that of the input. */
  samples(): PastWindow[] {
    const all = [...this.others];
    for (const { samples } of this.ends.values()) all.push(...samples.windows());
    return all.sort((a, b) => a.priority - b.priority || a.startMs - b.startMs || compare(a.values, b.values));
  }

  /** Half of the ends go, those with the fewest windows. */
  private prune(): void {
    const byWindows = [...this.ends.values()].sort((a, b) => a.windows - b.windows || (a.key < b.key ? -1 : 1));
    for (const end of byWindows.slice(0, Math.ceil(byWindows.length / 2))) {
      this.ends.delete(end.key);
      const gone = this.gone[end.endClass];
      gone.ends++;
      addLargest(gone.buckets, end);
      for (const window of end.samples.windows()) sampleOthers(this.others, window);
    }
  }
}

/** Whether an end of few windows comes again and again, as a job of the night does. */
export function recurs({ windows, samples }: End): boolean {
  if (windows < occasionsMin || windows >= ownWindowsMin) return false;
  let occasions = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  const starts = [...samples.windows()].map(({ startMs }) => startMs).sort((a, b) => a - b);
  for (const startMs of starts) {
    if (startMs - lastMs < occasionsApartMs) continue;
    occasions++;
    lastMs = startMs;
  }
  return occasions >= occasionsMin;
}

function addLargest(buckets: Map<number, number>, { largest }: End): void {
  usualNames.forEach((name, i) => void addTo(buckets, i, largest[featureNames.indexOf(name)]));
}

function rowOf(values: Record<FeatureName, number>): Float32Array {
  return Float32Array.from(featureNames, (name) => values[name]);
}

/** An end is known by time once it has a past: until then all its windows are among its samples. */
function addTime(end: End, startMs: number, row: Float32Array): void {
  if (end.windows < ownWindowsMin) return;
  const isFirst = end.hours === undefined;
  end.hours ??= new Hours(usualNames.length);
  end.stretches ??= new Stretches();
  const windows = isFirst ? end.samples.windows() : [{ startMs, values: row }];
  for (const window of windows) {
    const values = usualOfRow(window.values);
    end.hours.add(window.startMs, values);
    end.stretches.add(window.startMs, values);
  }
}

const usualColumns = usualNames.map((name) => featureNames.indexOf(name));

function usualOfRow(row: Float32Array): number[] {
  return usualColumns.map((column) => row[column]);
}

/** Keeps the windows with the smallest priorities; the list is cut back only now and then. */
function sampleOthers(kept: PastWindow[], window: PastWindow): void {
  kept.push(window);
  if (kept.length < 2 * othersMax) return;
  kept.sort((a, b) => a.priority - b.priority);
  kept.length = othersMax;
}

function addTo(buckets: Map<number, number>, feature: number, value: number): void {
  const bucket = feature * 1024 + Math.ceil(bucketsPerOctave * Math.log2(1 + value));
  addCount(buckets, bucket, 1);
}

function addCount(buckets: Map<number, number>, bucket: number, count: number): void {
  buckets.set(bucket, (buckets.get(bucket) ?? 0) + count);
}

/** The upper edge of the bucket of the value that `above` others are not below. */
function fromTop(buckets: ReadonlyMap<number, number>, feature: number, above: number): number {
  const own = [...buckets].filter(([bucket]) => bucket >> 10 === feature).sort(([a], [b]) => b - a);
  let left = above;
  for (const [bucket, count] of own) {
    left -= count;
    if (left < 0) return Math.floor(2 ** ((bucket & 1023) / bucketsPerOctave) - 1 + 1e-9);
  }
  return 0;
}

function compare(a: Float32Array, b: Float32Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}
