/** Why a text is odd. */

import { reasonShapes } from "../../config/settings";
import { bodyEndPtr, bodyPtr } from "../../event/event";
import { QUOTE } from "../../runtime/characters";
import { hashPair } from "../../runtime/hash";
import { outputEndPtr, putByte, putGrouped, putText } from "../../runtime/output";
import { measureDistance, nearestCluster, nearestDistance, patternSupport } from "../outlier/nearest";
import { CONTEXT_OFFSET, featuresPtr, GROUP_OFFSET, VALUE_OFFSET } from "./features";
import { findPattern, knownEndPtr, knownPtr } from "./knownTexts";
import { putOwn, putPlace, putQuoted, putSeen, putWitnesses } from "./reason";
import { leastGroupEntry } from "./score";
import { signaturePtr } from "./signature";
import { entryCount, findEntry } from "./table";
import { TOKEN_NUMBER, TOKEN_RUN, tokenCount, tokensPtr } from "./textFeatures";

const SHAPES_BYTES_MAX: usize = 80;

/** A pattern further away has little in common with a text. */
const RELATED: f64 = 0.8;

/** Writes the reason of a text whose template was never seen. */
export function putTextReason(): void {
  const seenEntry = findEntry(hashPair(load<u64>(featuresPtr, GROUP_OFFSET), load<u64>(featuresPtr, VALUE_OFFSET)));
  putMessage(seenEntry == 0);
  if (seenEntry == 0 && measureDistance() && nearestDistance < RELATED && putNearest()) return;
  putText(seenEntry == 0 ? "; none like it in " : "; something like it in ");
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

/** `; nearest known, 1,204 times: "Connection closed by <n> port <n> [preauth]"`, where the model has its text. */
export function putNearest(): bool {
  if (nearestCluster < 0 || !findPattern(nearestCluster)) return false;
  putText("; nearest known, ");
  putGrouped(patternSupport(nearestCluster));
  putText(' times: "');
  putOwn(knownPtr, knownEndPtr);
  putByte(QUOTE);
  return true;
}

function putTokens(): void {
  const limit = outputEndPtr + SHAPES_BYTES_MAX;
  for (let i = 1; i < tokenCount; i++) {
    if (outputEndPtr >= limit) return putText("...");
    const at = tokensPtr + <usize>i * 16;
    const token = load<u64>(at);
    if (token == TOKEN_NUMBER) putText("<n>");
    else if (token <= TOKEN_RUN) putText("<*>");
    else putPlace(signaturePtr + <usize>load<u16>(at, 8), signaturePtr + <usize>load<u16>(at, 10));
  }
}
