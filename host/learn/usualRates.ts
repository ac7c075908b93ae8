/**
 * How often what usually comes, for the filter: the 99.9th percentile of a window's count over all windows of the hours
 * learnt, empty ones included, so that one burst in the past raises no bar; where there are fewer than a thousand
 * windows, the largest.
 */
import type { UsualRate } from "../model/usualSection.js";
import { countOf, type Histogram, longFactor, type RateEntry, type RateStore } from "../signatures/rateStore.js";

/** A shorter log says too little of what is usual. */
const hoursMin = 2;
const hourSeconds = 3600;
const busierShare = 0.001;
/** What came in no more short windows than this came once. */
const burstWindows = 2;

/** Nothing where the log is too short, or its lines carry no times. */
export function usualRates(store: RateStore): UsualRate[] | undefined {
  const hours = store.hours.size;
  if (hours < hoursMin) return undefined;
  const busier = Math.floor(((hours * hourSeconds) / store.windowSeconds) * busierShare);
  return store
    .entries()
    .map(({ low, high, windows }) => ({ low, high, ...usual(windows, busier) }))
    .filter(({ short, long }) => short > 0 || long > 0);
}

/**
 * What comes within a minute of each night is in more than a thousandth of the long windows, though not of the short
 * ones: no more of these are left out then than of those, but for a burst of two.
 */
function usual([short, long]: RateEntry["windows"], busier: number): { short: number; long: number } {
  const busierLong = Math.floor(busier / longFactor);
  const usualLong = countBeside(long, busierLong);
  const nightly = Math.min(countBeside(short, Math.max(busierLong, Math.min(busier, burstWindows))), usualLong);
  return { short: Math.max(countBeside(short, busier), nightly), long: usualLong };
}

/** The largest count of a window where so many of the busiest are left out. */
function countBeside(histogram: Histogram, busiest: number): number {
  let left = busiest;
  for (const [step, count] of [...histogram].sort(([a], [b]) => b - a)) {
    if (count > left) return countOf(step);
    left -= count;
  }
  return 0;
}
