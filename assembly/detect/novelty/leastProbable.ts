/** The least probable thing about whatever signature is at hand. */

import { findLeastOfRequest } from "./requestScore";
import { clearLeast } from "./score";
import { signaturePtr, TEXT_SIGNATURE } from "./signature";
import { findLeastOfText } from "./textScore";

/** `telling`: what textScore.ts found of a text before it was suppressed. */
export function findLeastProbable(telling: bool = false): void {
  clearLeast();
  if (load<u8>(signaturePtr) == TEXT_SIGNATURE) findLeastOfText(telling);
  else findLeastOfRequest();
}
