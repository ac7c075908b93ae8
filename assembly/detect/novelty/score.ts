/**
 * How improbable the least probable thing about a line is: what requestScore.ts or textScore.ts found. A value never
 * seen in its group has the Good–Turing escape probability (n₁ + ½)/(n + 1) of its group (Good 1953,
 * https://doi.org/10.1093/biomet/40.3-4.237): n observations, n₁ values seen once.
 */

import { entryCount, entryOnce } from "./table";

/** -ln p₀ of the model: what a surprise must exceed. */
export let surpriseThreshold: f64 = 0;

export function setSurpriseThreshold(value: f64): void {
  surpriseThreshold = value;
}

/** The least probable feature: its address (0 for none), its probability, its group's entry, and its own or 0. */
export let leastPtr: usize = 0;
export let leastProbability: f64 = 1;
export let leastGroupEntry: usize = 0;
export let leastValueEntry: usize = 0;

export function clearLeast(): void {
  leastPtr = 0;
  leastProbability = 1;
}

/** Keeps the feature at ptr where it is the least probable so far. */
// @ts-ignore: decorator
@inline
export function takeLeast(ptr: usize, probability: f64, groupEntry: usize, valueEntry: usize): void {
  if (probability >= leastProbability) return;
  leastProbability = probability;
  leastPtr = ptr;
  leastGroupEntry = groupEntry;
  leastValueEntry = valueEntry;
}

// @ts-ignore: decorator
@inline
export function escapeProbability(groupEntry: usize): f64 {
  return (<f64>entryOnce(groupEntry) + 0.5) / (<f64>entryCount(groupEntry) + 1);
}
