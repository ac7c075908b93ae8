/** The pairs of whatever signature is at hand. */

import { takeAllContent } from "./content";
import { clearFeatures } from "./features";
import { addMalformedFeatures, addRequestFeatures, addUnknownFeatures } from "./requestFeatures";
import { MALFORMED_SIGNATURE, REQUEST_SIGNATURE, signaturePtr, TEXT_SIGNATURE } from "./signature";
import { hasTable } from "./table";
import { addTemplate, addTokenPairs, addWordFeatures, clearTokens } from "./textFeatures";

/** Fills features (and tokens, for a text) from the signature, but for a text's pairs, which few texts need. */
export function writeFeatures(): void {
  clearFeatures();
  clearTokens();
  takeAllContent();
  const kind = <u32>load<u8>(signaturePtr);
  if (kind == REQUEST_SIGNATURE) addRequestFeatures();
  else if (kind == MALFORMED_SIGNATURE) addMalformedFeatures();
  else addTemplate();
}

/** Of a request those alone that say how odd it is, and why; false where all are to be looked at. */
export function writeUnknownFeatures(): bool {
  if (load<u8>(signaturePtr) != REQUEST_SIGNATURE || !hasTable()) return false;
  clearFeatures();
  takeAllContent();
  return addUnknownFeatures();
}

/** All there are, for learning. With `words` a text yields its WORD features instead. */
export function writeAllFeatures(words: bool): void {
  writeFeatures();
  if (load<u8>(signaturePtr) != TEXT_SIGNATURE) return;
  if (words) {
    clearFeatures();
    clearTokens();
    addWordFeatures();
  } else addTokenPairs();
}
