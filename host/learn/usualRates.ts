/**
 * How often what usually comes, for the filter: the 99.9th percentile of a window's count over all windows of the hours
 * learnt, empty ones included, so that one burst in the past raises no bar; where there are fewer than a thousand
 * windows, the largest.
 */
import type { UsualRate } from "../model/usualSection.js";
import { countOf, type Histogram, longFactor, type RateStore } from "../signatures/rateStore.js";

/** A shorter log says too little of what is usual. */
const hoursMin = 2;
const hourSeconds = 3600;
const busierShare = 0.001;

/** Nothing where the log is too short, or its lines carry no times. */
export function usualRates(store: RateStore): UsualRate[] | undefined {
  const hours = store.hours.size;
  if (hours < hoursMin) return undefined;
  const windows = (hours * hourSeconds) / store.windowSeconds;
  return store
    .entries()
    .map(({ low, high, windows: [short, long] }) => ({
      low,
      high,
      short: usual(short, windows),
      long: usual(long, windows / longFactor),
    }))
    .filter(({ short, long }) => short > 0 || long > 0);
}

function usual(histogram: Histogram, windows: number): number {
  let left = Math.floor(windows * busierShare);
  for (const [step, count] of [...histogram].sort(([a], [b]) => b - a)) {
    if (count > left) return countOf(step);
    left -= count;
  }
  return 0;
}
