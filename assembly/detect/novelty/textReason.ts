/** Why a text is odd. */

import { outputEndPtr, putText } from "../../runtime/output";
import { CONTEXT_OFFSET } from "./features";
import { putCount, putPlace, range, rangeEndPtr, rangePtr } from "./reason";
import { signaturePtr } from "./signature";
import { TOKEN_MIXED, TOKEN_NUMBER, TOKEN_RARE, TOKEN_RUN, tokenCount, tokensPtr } from "./textFeatures";

/** Writes the reason of a text whose template was never seen. */
export function putTextReason(): void {
  putText("no such line");
  putCount(" lines");
  range(CONTEXT_OFFSET);
  if (rangePtr != rangeEndPtr) {
    putText(" of ");
    putPlace(rangePtr, rangeEndPtr);
  }
  putText(": ");
  putTokens();
}

function putTokens(): void {
  const limit = outputEndPtr + 120;
  for (let i = 1; i < tokenCount; i++) {
    if (outputEndPtr >= limit) return putText("...");
    const at = tokensPtr + <usize>i * 16;
    const token = load<u64>(at);
    if (token == TOKEN_NUMBER) putText("<9>");
    else if (token == TOKEN_MIXED) putText("<x>");
    else if (token == TOKEN_RARE) putText("<a>");
    else if (token == TOKEN_RUN) putText("<*>");
    else putPlace(signaturePtr + <usize>load<u16>(at, 8), signaturePtr + <usize>load<u16>(at, 10));
  }
}
