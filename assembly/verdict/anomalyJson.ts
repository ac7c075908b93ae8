/**
 * Writes the `anomaly` member of the verdict at hand, without a comma or braces around it, into the output. What only
 * one detector has to say lies with that detector.
 */

import { hasModel, modelVersion } from "../config/model";
import { REASON_BYTES_MAX } from "../detect/novelty/reason";
import { isOfSource, putEndReason, putState } from "../detect/windows/detector";
import { ratedSourceEndPtr, ratedSourcePtr } from "../detect/windows/rates";
import { watchChanges } from "../detect/windows/watch";
import { keyEndPtr, keyPtr } from "../event/event";
import { CLOSE_BRACE, QUOTE } from "../runtime/characters";
import { reserve } from "../runtime/memory";
import {
  clearOutput,
  cutOutput,
  outputEndPtr,
  outputPtr,
  putByte,
  putEscaped,
  putFixed,
  putHex32,
  putText,
  putUtf8,
} from "../runtime/output";
import { putEvidence, putReason, putTypeName, score, severityOf, TYPE_BURST, TYPE_ERROR_RATE, type } from "./detectors";

const KEY_BYTES_MAX: usize = 64;

let reasonPtr: usize = 0;
let reasonBytes: usize = 0;

export function initialiseAnomaly(): bool {
  if (reasonPtr == 0) reasonPtr = reserve(1024);
  return reasonPtr != 0;
}

export function writeAnomaly(): void {
  const odd = score > 1;
  clearOutput();
  if (odd || watchChanges) writeReason(odd);
  clearOutput();
  putText('"anomaly":{"score":');
  // a score that rounds to 1.00 would be missed by a query for more than 1
  putFixed(odd ? Math.max(score, 1.01) : Math.min(score, 1), 2);
  if (odd) putType();
  if (odd || watchChanges) {
    putText(',"reason":"');
    putEscaped(reasonPtr, reasonPtr + reasonBytes);
    putByte(QUOTE);
  }
  if (odd) putEvidence(type);
  putState();
  putKeyAndModel();
  putByte(CLOSE_BRACE);
}

function putType(): void {
  putText(',"type":"');
  putTypeName(type);
  putText('","severity":"');
  const severity = severityOf(type);
  putText(severity == 3 ? 'high"' : severity == 2 ? 'medium"' : 'low"');
}

/** Kept aside, as it is escaped on its way into the member; at most REASON_BYTES_MAX. */
function writeReason(odd: bool): void {
  if (odd) putReason(type);
  else putEndReason();
  if (outputEndPtr - outputPtr > REASON_BYTES_MAX) cutOutput(outputPtr + REASON_BYTES_MAX);
  reasonBytes = outputEndPtr - outputPtr;
  memory.copy(reasonPtr, outputPtr, reasonBytes);
}

function putKeyAndModel(): void {
  const ofSource = (score > 1 ? type == TYPE_BURST || type == TYPE_ERROR_RATE : true) && isOfSource();
  const ptr = ofSource ? ratedSourcePtr() : keyPtr;
  const endPtr = ofSource ? ratedSourceEndPtr() : keyEndPtr;
  if (endPtr > ptr) {
    putText(',"key":"');
    putUtf8(ptr, endPtr, KEY_BYTES_MAX);
    putByte(QUOTE);
  }
  if (!hasModel) return;
  putText(',"model":"');
  putHex32(modelVersion);
  putByte(QUOTE);
}
