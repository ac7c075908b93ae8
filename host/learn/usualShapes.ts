/** Which parameters always looked the same: the reason of a tag then says "only digits in 18,402 requests". */

import { halves, joined } from "../math/hashIndex.js";
import type { Engine } from "../wasm/engine.js";
import { featureKinds, usualShapeNames } from "../wasm/layout.js";
import type { Statistics } from "./statistics.js";

/** Said only where it was seen often enough to mean something. */
const observationsMin = 20;

export function usualShapes(engine: Engine, statistics: Statistics): Uint8Array {
  const usual = new Uint8Array(statistics.groups.size);
  const hashes = Object.values(usualShapeNames).map((shape) => engine.hashBytes(Buffer.from(shape)));
  for (let group = 0; group < usual.length; group++) {
    if (statistics.groupKinds[group] !== featureKinds.valueShape || statistics.groupCounts[group] < observationsMin)
      continue;
    const key = joined(statistics.groups.low[group], statistics.groups.high[group]);
    hashes.forEach((hash, index) => {
      const pair = engine.hashPair(key, hash);
      const value = statistics.values.find(...halves(pair));
      if (value >= 0 && statistics.valueCounts[value] === statistics.groupCounts[group]) usual[group] = index + 1;
    });
  }
  return usual;
}
