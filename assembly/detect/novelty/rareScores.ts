/**
 * How rare a score is: those that one ordinary line in 10,000 (medium) and in 100,000 (high) reaches, as the model's
 * thresholds section has them; else fixed ratios.
 */

export const MEDIUM_RATIO: f64 = 1.5;
export const HIGH_RATIO: f64 = 3;

// In the order of the section.
export const RARE_REQUEST: i32 = 0;
export const RARE_TEXT: i32 = 1;
export const RARE_OUTLIER: i32 = 2;
// Of requests whose path is the news: probes of paths that are not there come to every site, and make nothing else
// ordinary, not even that one is there for once.
export const RARE_PATH: i32 = 3;
export const RARE_MISSING_PATH: i32 = 4;

/** Five pairs of f64, or 0. */
let rarePtr: usize = 0;

export function useRareScores(ptr: usize): void {
  rarePtr = ptr;
}

export function rareMedium(which: i32): f64 {
  return rarePtr == 0 ? MEDIUM_RATIO : load<f64>(rarePtr + ((<usize>which) << 4));
}

export function rareHigh(which: i32): f64 {
  return rarePtr == 0 ? HIGH_RATIO : load<f64>(rarePtr + ((<usize>which) << 4), 8);
}
