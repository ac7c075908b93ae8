/** Which parameters always looked the same: the reason of a tag then says "was digits in all 18402 requests". */
import type { Engine } from "../wasm/engine.js";
import { kinds, type Statistics } from "./statistics.js";

/** Shapes with a name, in the order of the USUAL constants of assembly/detect/novelty/reason.ts. */
const named = ["9", "a", "A", ""];
/** Said only where it was seen often enough to mean something. */
const observationsMin = 20;

export function usualShapes(engine: Engine, statistics: Statistics): Uint8Array {
  const usual = new Uint8Array(statistics.groups.size);
  const hashes = named.map((shape) => engine.hashBytes(Buffer.from(shape)));
  for (let group = 0; group < usual.length; group++) {
    if (statistics.groupKinds[group] !== kinds.valueShape || statistics.groupCounts[group] < observationsMin) continue;
    const key = (BigInt(statistics.groups.high[group]) << 32n) | BigInt(statistics.groups.low[group]);
    hashes.forEach((hash, index) => {
      const pair = engine.hashPair(key, hash);
      const value = statistics.values.find(Number(pair & 0xffffffffn), Number(pair >> 32n));
      if (value >= 0 && statistics.valueCounts[value] === statistics.groupCounts[group]) usual[group] = index + 1;
    });
  }
  return usual;
}
