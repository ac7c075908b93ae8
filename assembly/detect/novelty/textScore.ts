/** Novelty of a text. What is rare but known matters, so a template or a pair that was seen keeps its frequency. */

import { hashPair } from "../../runtime/hash";
import {
  FEATURE_BYTES,
  featureCount,
  featuresPtr,
  GROUP_OFFSET,
  KIND_OFFSET,
  TEMPLATE,
  TOKEN_PAIR,
  VALUE_OFFSET,
} from "./features";
import { escapeProbability, takeLeast } from "./score";
import { entryCount, findEntry } from "./table";

/** True where the line's template was learnt: then nothing is new about the text. */
export let templateKnown: bool = false;

/**
 * Finds the least probable feature; features whose kind was set to 0 (suppressed) are passed over. `known`: the
 * template was found learnt before it was suppressed.
 */
export function findLeastOfText(known: bool): void {
  templateKnown = known;
  const endPtr = featuresPtr + <usize>featureCount * FEATURE_BYTES;
  for (let ptr = featuresPtr; ptr < endPtr; ptr += FEATURE_BYTES) {
    const kind = load<u32>(ptr, KIND_OFFSET);
    // Every line with this template has these pairs, so no pair is rarer than the template.
    if (kind == TOKEN_PAIR && templateKnown) return;
    if (kind == 0) continue;
    const group = load<u64>(ptr, GROUP_OFFSET);
    const groupEntry = findEntry(group);
    // Of a group never met, or one that is always new, there is nothing to compare with.
    if (groupEntry == 0) continue;
    const valueEntry = findEntry(hashPair(group, load<u64>(ptr, VALUE_OFFSET)));
    if (valueEntry == 0) takeLeast(ptr, escapeProbability(groupEntry), groupEntry, 0);
    else {
      if (kind == TEMPLATE) templateKnown = true;
      takeLeast(ptr, <f64>entryCount(valueEntry) / (<f64>entryCount(groupEntry) + 1), groupEntry, valueEntry);
    }
  }
}
