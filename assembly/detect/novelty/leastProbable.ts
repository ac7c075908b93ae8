/** The least probable thing about whatever signature is at hand. */

import { findLeastOfRequest } from "./requestScore";
import { clearLeast } from "./score";
import { signaturePtr, TEXT_SIGNATURE } from "./signature";
import { findLeastOfText } from "./textScore";

/** `known`: a text's template was found learnt before it was suppressed. */
export function findLeastProbable(known: bool = false): void {
  clearLeast();
  if (load<u8>(signaturePtr) == TEXT_SIGNATURE) findLeastOfText(known);
  else findLeastOfRequest();
}
