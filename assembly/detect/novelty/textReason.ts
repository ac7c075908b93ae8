/** Why a text is odd. */

import { reasonShapes } from "../../config/settings";
import { bodyEndPtr, bodyPtr } from "../../event/event";
import { QUOTE } from "../../runtime/characters";
import { hashPairRarely } from "../../runtime/hash";
import { outputEndPtr, outputPtr, putByte, putGrouped, putText } from "../../runtime/output";
import { measureDistance, nearestCluster, nearestDistance, patternSupport } from "../outlier/nearest";
import { CONTEXT_OFFSET, featuresPtr, GROUP_OFFSET, VALUE_OFFSET } from "./features";
import { findPattern, knownEndPtr, knownPtr, leaveOutShared } from "./knownTexts";
import { putOwn, putPlace, putSeen, putWitnesses, QUOTED_BYTES_MAX } from "./reason";
import { leastGroupEntry } from "./score";
import { signaturePtr } from "./signature";
import { entryCount, findEntry } from "./table";
import { TOKEN_NUMBER, TOKEN_RUN, tokenCount, tokensPtr } from "./textFeatures";

const SHAPES_BYTES_MAX: usize = 80;

/** A text that is quoted alone ends here at the latest: `; none like it in 20,893 lines (3rd like it, …)` follows. */
const ALONE_BYTES_MAX: usize = 120;

/** A pattern further away has little in common with a text. */
const RELATED: f64 = 0.8;

/** Writes the reason of a text whose template was never seen. */
export function putTextReason(): void {
  const seenEntry = findEntry(
    hashPairRarely(load<u64>(featuresPtr, GROUP_OFFSET), load<u64>(featuresPtr, VALUE_OFFSET)),
  );
  if (seenEntry == 0) measureDistance();
  if (putMessage(seenEntry == 0)) return;
  putText(seenEntry == 0 ? "; none like it in " : "; something like it in ");
  if (seenEntry != 0) putSeen(seenEntry);
  putGrouped(entryCount(leastGroupEntry));
  putText(" lines");
  putWitnesses(seenEntry);
}

/**
 * `sshd: new message "Connection reset by 192.0.2.7"`: a part of it, or, where values are hidden, its tokens. Behind a
 * new one `; nearest known, 1,204 times: "Connection closed by <n> port <n> [preauth]"`, where the model has such a
 * text; says whether it has.
 */
export function putMessage(isNew: bool): bool {
  const placePtr = signaturePtr + <usize>load<u16>(featuresPtr, CONTEXT_OFFSET);
  const placeEndPtr = signaturePtr + <usize>load<u16>(featuresPtr, CONTEXT_OFFSET + 2);
  if (placePtr != placeEndPtr) {
    putPlace(placePtr, placeEndPtr);
    putText(": ");
  }
  putText(isNew ? "new message " : "message ");
  const hasText = isNew && findPattern(nearestCluster);
  const isRelated = hasText && nearestDistance < RELATED;
  const room = !isRelated && isNew ? ALONE_BYTES_MAX - (outputEndPtr - outputPtr) : QUOTED_BYTES_MAX;
  let startPtr = bodyPtr;
  putByte(QUOTE);
  if (reasonShapes) putTokens();
  else {
    if (hasText) startPtr = leaveOutShared(bodyPtr, bodyEndPtr, room);
    putPart(startPtr, bodyEndPtr, room, startPtr != bodyPtr);
  }
  putByte(QUOTE);
  if (!isRelated) return false;
  putText("; nearest known, ");
  putGrouped(patternSupport(nearestCluster));
  putText(' times: "');
  putPart(knownPtr, knownEndPtr, QUOTED_BYTES_MAX, startPtr != bodyPtr);
  putByte(QUOTE);
  return true;
}

/** Of a text as much as there is room for. */
function putPart(ptr: usize, endPtr: usize, room: usize, isBegun: bool): void {
  if (isBegun) putText("...");
  putOwn(ptr, endPtr, room);
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
