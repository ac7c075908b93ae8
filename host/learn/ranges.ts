/**
 * How large numbers usually are, for the model's table: of each field the largest value that counts as usual, and how
 * many lines had one (assembly/detect/ranges/fields.ts). Nobody alone can raise it: where ten keys or more have a
 * field, a value counts that three networks reached, or that was reached on two days.
 */

import { halves } from "../math/hashIndex.js";
import type { Entry } from "../model/featureSection.js";
import { distinctValues, type RangeSketch, type RangeStore } from "../signatures/rangeStore.js";
import { daysEnough, publicKeys, witnessesEnough } from "../signatures/trust.js";
import type { Engine } from "../wasm/engine.js";
import { rangesGroup } from "../wasm/layout.js";

/** Fewer lines say little of how large a number may be. */
export const linesMin = 50;
/** Identifiers and counters of what happens: nearly all distinct, and most of them as long as the largest. */
const distinctShare = 0.8;
const longestShare = 0.5;

export function learnRanges(engine: Engine, store: RangeStore): Entry[] {
  const entries: Entry[] = [];
  const largest = new DataView(new ArrayBuffer(4));
  for (const [field, sketch] of store.sorted(linesMin)) {
    if ((field & 1n) === 1n && isIdentifier(sketch)) continue;
    const key = engine.hashPair(rangesGroup, field);
    largest.setFloat32(0, Math.max(1, usualLargest(sketch)));
    const [low, high] = halves(key);
    entries.push({ low, high, count: largest.getUint32(0), once: sketch.lines, note: 0 });
  }
  return entries;
}

function usualLargest({ largest, keyless, keys, networks, days }: RangeSketch): number {
  if (keyless || keys.length < publicKeys) return largest;
  return Math.max(networks[witnessesEnough - 1]?.[1] ?? 0, days[daysEnough - 1]?.[1] ?? 0);
}

function isIdentifier(sketch: RangeSketch): boolean {
  const long = sketch.counts.slice(Math.max(0, Math.floor(Math.log2(Math.max(1, sketch.largest) / 10)) + 1));
  const longLines = long.reduce((sum, count) => sum + count, 0);
  return distinctValues(sketch) > distinctShare * sketch.lines && longLines > longestShare * sketch.lines;
}
