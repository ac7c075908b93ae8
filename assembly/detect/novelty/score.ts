/**
 * What requestScore.ts or textScore.ts found: how odd the signature at hand is, and by what most.
 */

import { logarithm, powerOfTwo } from "../../runtime/exponential";
import { CHILD, PATH_CONTENT } from "./features";

/** What a text's and a request's surprise must exceed, in nats. */
export let surpriseThreshold: f64 = 0;
export let requestThreshold: f64 = 0;
/** A text that is less probable is odd, by a little more than roundings may differ in. */
export let oddProbability: f64 = 0;

export function setSurpriseThresholds(ofTexts: f64, ofRequests: f64): void {
  surpriseThreshold = ofTexts;
  oddProbability = powerOfTwo(-ofTexts / Math.LN2) * (1 - 1e-9);
  requestThreshold = ofRequests;
}

/** In thresholds: above 1 it is odd. */
export let relativeSurprise: f64 = 0;
/**
 * The feature that says most: its address (0 for none), its group's entry and its own, 0 where there is none. Its own
 * is there in a request where the value was seen, and nobody vouches for it. The probability is that of the least
 * probable feature.
 */
export let leastPtr: usize = 0;
export let leastProbability: f64 = 1;
export let leastGroupEntry: usize = 0;
export let leastValueEntry: usize = 0;

export function clearLeast(): void {
  leastPtr = 0;
  leastProbability = 1;
  relativeSurprise = 0;
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

/** A text is as odd as it is improbable. What was learnt is never odd; how rare it is keeps its order. */
export function weighLeast(): void {
  if (leastPtr == 0) return;
  const surprise = -logarithm(leastProbability) / surpriseThreshold;
  relativeSurprise = leastValueEntry == 0 ? surprise : surprise / (1 + surprise);
}

/** Of a request: all that is odd about it in nats, and what says most. */
export function setLeast(nats: f64, ptr: usize, probability: f64, groupEntry: usize, valueEntry: usize): void {
  relativeSurprise = nats / requestThreshold;
  leastPtr = ptr;
  leastProbability = probability;
  leastGroupEntry = groupEntry;
  leastValueEntry = valueEntry;
}

/** What is new about a path: only that, and a new text, is ever suppressed. */
// @ts-ignore: decorator
@inline
export function isOfPath(kind: u32): bool {
  return kind == CHILD || kind == PATH_CONTENT;
}
