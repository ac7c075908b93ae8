/** The pairs of whatever signature is at hand. */

import { takeAllContent } from "./content";
import { clearFeatures } from "./features";
import { addMalformedFeatures, addRequestFeatures } from "./requestFeatures";
import { MALFORMED_SIGNATURE, REQUEST_SIGNATURE, signaturePtr } from "./signature";
import { addTextFeatures, addWordFeatures, clearTokens } from "./textFeatures";

/** Fills features (and tokens, for a text) from the signature. With `words` a text yields its WORD features instead. */
export function writeFeatures(words: bool): void {
  clearFeatures();
  clearTokens();
  takeAllContent();
  const kind = <u32>load<u8>(signaturePtr);
  if (kind == REQUEST_SIGNATURE) addRequestFeatures();
  else if (kind == MALFORMED_SIGNATURE) addMalformedFeatures();
  else if (words) addWordFeatures();
  else addTextFeatures();
}
