/** Why a text is odd. */

import { reasonShapes } from "../../config/settings";
import { bodyEndPtr, bodyPtr } from "../../event/event";
import { QUOTE } from "../../runtime/characters";
import { hashPair } from "../../runtime/hash";
import { outputEndPtr, putByte, putGrouped, putText } from "../../runtime/output";
import { CONTEXT_OFFSET, featuresPtr, GROUP_OFFSET, VALUE_OFFSET } from "./features";
import { putPlace, putQuoted, putSeen, putWitnesses } from "./reason";
import { leastGroupEntry } from "./score";
import { signaturePtr } from "./signature";
import { entryCount, findEntry } from "./table";
import { TOKEN_MIXED, TOKEN_NUMBER, TOKEN_RARE, TOKEN_RUN, tokenCount, tokensPtr } from "./textFeatures";

const SHAPES_BYTES_MAX: usize = 80;

/** Writes the reason of a text whose template was never seen. */
export function putTextReason(): void {
  const seenEntry = findEntry(hashPair(load<u64>(featuresPtr, GROUP_OFFSET), load<u64>(featuresPtr, VALUE_OFFSET)));
  putMessage(seenEntry == 0);
  putText(seenEntry == 0 ? "; none like it in " : "; its like in ");
  if (seenEntry != 0) putSeen(seenEntry);
  putGrouped(entryCount(leastGroupEntry));
  putText(" lines");
  putWitnesses(seenEntry);
}

/** `sshd: new message "Connection reset by 192.0.2.7"`: its beginning, or, where values are hidden, its tokens. */
export function putMessage(isNew: bool): void {
  const placePtr = signaturePtr + <usize>load<u16>(featuresPtr, CONTEXT_OFFSET);
  const placeEndPtr = signaturePtr + <usize>load<u16>(featuresPtr, CONTEXT_OFFSET + 2);
  if (placePtr != placeEndPtr) {
    putPlace(placePtr, placeEndPtr);
    putText(": ");
  }
  putText(isNew ? "new message " : "message ");
  if (!reasonShapes) return putQuoted(bodyPtr, bodyEndPtr);
  putByte(QUOTE);
  putTokens();
  putByte(QUOTE);
}

function putTokens(): void {
  const limit = outputEndPtr + SHAPES_BYTES_MAX;
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
