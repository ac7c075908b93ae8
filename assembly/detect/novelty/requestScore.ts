/** Novelty of a request: what a group never had. A value that was seen there is no surprise, however rare. */

import { hashPair } from "../../runtime/hash";
import {
  FEATURE_BYTES,
  featureCount,
  featuresPtr,
  GROUP_OFFSET,
  KIND_OFFSET,
  MALFORMED_SHAPE,
  METHOD,
  VALUE_OFFSET,
} from "./features";
import { escapeProbability, takeLeast } from "./score";
import { findEntry } from "./table";

/** Finds the least probable feature; features whose kind was set to 0 (suppressed) are passed over. */
export function findLeastOfRequest(): void {
  const endPtr = featuresPtr + <usize>featureCount * FEATURE_BYTES;
  for (let ptr = featuresPtr; ptr < endPtr; ptr += FEATURE_BYTES) {
    const kind = load<u32>(ptr, KIND_OFFSET);
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
    if (findEntry(hashPair(group, load<u64>(ptr, VALUE_OFFSET))) != 0) continue;
    takeLeast(ptr, escapeProbability(groupEntry), groupEntry, 0);
  }
}
