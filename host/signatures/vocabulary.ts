/**
 * The words of texts that are common enough to be shown as they are; all others are one class. Decided after all lines
 * were read, never before: what is rare in one slice may be common in the whole.
 */

import { grown } from "../math/columns.js";
import { HashIndex } from "../math/hashIndex.js";
import { withoutLearning } from "../model/configuredModel.js";
import { type Entry, encodeFeatures } from "../model/featureSection.js";
import { encodeModel, type Sections, section } from "../model/modelFile.js";
import { encodeThresholds } from "../model/thresholdsSection.js";
import type { Engine } from "../wasm/engine.js";
import { textSignature } from "../wasm/layout.js";
import type { SignatureStore } from "./signatureStore.js";

/** Words in fewer lines than this are rare: names, numbers in words, identifiers that look like words. */
const commonLines = 5;
/** The commonest words are kept; a log with more distinct common words than this is no log. */
const wordsMax = 100_000;

/** What is asked of a store: `scan` brings one that shows requests as texts too. */
export type WordSource = Pick<SignatureStore, "sorted" | "bytes" | "weight">;

export function learnVocabulary(engine: Engine, store: WordSource): Entry[] {
  const words = new HashIndex();
  let counts = new Float64Array(1024);
  for (const signature of store.sorted()) {
    const bytes = store.bytes(signature);
    const weight = store.weight(signature);
    if (bytes[0] !== textSignature || weight === 0) continue;
    const features = engine.tableKeys(bytes, true);
    for (let at = 0; at < features.length; at += 8) {
      const word = words.add(features[at + 2], features[at + 3]);
      if (word >= counts.length) counts = grown(counts, counts.length * 2);
      counts[word] += weight;
    }
  }
  const entries: Entry[] = [];
  for (let word = 0; word < words.size; word++) {
    if (counts[word] < commonLines) continue;
    entries.push({ low: words.low[word], high: words.high[word], count: counts[word], once: 0, note: 0 });
  }
  if (entries.length <= wordsMax) return entries;
  return entries.sort((a, b) => b.count - a.count || a.high - b.high || a.low - b.low).slice(0, wordsMax);
}

/**
 * Makes the engine know these words (and their vectors, where a teacher gave some) and nothing else, so that it
 * collapses and embeds texts as the finished model will.
 */
export function useVocabulary(engine: Engine, entries: Entry[], tokens?: Uint8Array): void {
  const thresholds = encodeThresholds(withoutLearning);
  const sections: Sections = new Map([
    [section.thresholds, thresholds],
    [section.features, encodeFeatures(entries)],
  ]);
  if (tokens) sections.set(section.tokens, tokens);
  engine.useModel(encodeModel(engine, sections), "vocabulary");
}
