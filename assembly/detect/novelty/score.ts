/**
 * How improbable the least probable thing about a line is. A value never seen in its group has the Good–Turing escape
 * probability (n₁ + ½)/(n + 1) of its group (Good 1953, https://doi.org/10.1093/biomet/40.3-4.237): n observations,
 * n₁ values seen once. A value that was seen is no surprise in the groups of a request; in templates and token pairs
 * it keeps its frequency, because there what is rare but known matters.
 */

import { hashPair } from "../../runtime/hash";
import {
  CHILD,
  FEATURE_BYTES,
  featureCount,
  featuresPtr,
  GROUP_OFFSET,
  KIND_OFFSET,
  MALFORMED_SHAPE,
  METHOD,
  TEMPLATE,
  TOKEN_PAIR,
  VALUE_OFFSET,
} from "./features";
import { entryCount, entryOnce, findEntry } from "./table";

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
/** True where the line's template was learnt: then nothing is new about the text. */
export let templateKnown: bool = false;

/**
 * Finds the least probable feature; features whose kind was set to 0 (suppressed) are passed over. `known`: the
 * template was found learnt before it was suppressed.
 */
export function findLeastProbable(known: bool = false): void {
  leastPtr = 0;
  leastProbability = 1;
  templateKnown = known;
  const endPtr = featuresPtr + <usize>featureCount * FEATURE_BYTES;
  for (let ptr = featuresPtr; ptr < endPtr; ptr += FEATURE_BYTES) {
    const kind = load<u32>(ptr, KIND_OFFSET);
    // Every line with this template has these pairs, so no pair is rarer than the template.
    if (kind == TOKEN_PAIR && templateKnown) return;
    if (kind == 0) continue;
    const group = load<u64>(ptr, GROUP_OFFSET);
    let groupEntry = findEntry(group);
    if (groupEntry == 0) {
      // Of a group never met, or one that is always new, there is nothing to compare with.
      if (kind != MALFORMED_SHAPE) continue;
      // Where no request line was ever malformed, one that is counts as a method never seen.
      groupEntry = findEntry(hashPair(METHOD, 0));
      if (groupEntry == 0) continue;
    }
    const valueEntry = findEntry(hashPair(group, load<u64>(ptr, VALUE_OFFSET)));
    const count = <f64>entryCount(groupEntry);
    let probability: f64;
    if (valueEntry == 0) probability = (<f64>entryOnce(groupEntry) + 0.5) / (count + 1);
    else if (kind >= TEMPLATE) {
      probability = <f64>entryCount(valueEntry) / (count + 1);
      if (kind == TEMPLATE) templateKnown = true;
    } else continue;
    if (probability < leastProbability) {
      leastProbability = probability;
      leastPtr = ptr;
      leastGroupEntry = groupEntry;
      leastValueEntry = valueEntry;
    }
  }
}

/** Structural changes: a new child of a directory, or a text never seen; only these are ever suppressed. */
// @ts-ignore: decorator
@inline
export function isStructural(kind: u32): bool {
  return kind == CHILD || kind >= TEMPLATE;
}
