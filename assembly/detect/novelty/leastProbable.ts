/** The oddest thing about whatever signature is at hand, and how odd it is. */

import { scoreRequest } from "./requestScore";
import { clearLeast, weighLeast } from "./score";
import { signaturePtr, TEXT_SIGNATURE } from "./signature";
import { findLeastOfText } from "./textScore";

/** `telling`: what textScore.ts found of a text before it was suppressed. */
export function findLeastProbable(telling: bool = false, roughly: bool = false): void {
  clearLeast();
  if (load<u8>(signaturePtr) == TEXT_SIGNATURE) {
    findLeastOfText(telling, roughly);
    weighLeast();
  } else scoreRequest();
}
