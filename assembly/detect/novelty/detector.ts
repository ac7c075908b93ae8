/**
 * Novelty: a signature is as odd as its least probable pair. A structural change (a new path, a new text) is reported a
 * number of times and then suppressed: its pairs are left out, and the next least probable one decides.
 */
import { detectNovelty } from "../../config/settings";
import { methodEndPtr, methodPtr, status, targetEndPtr, targetPtr } from "../../event/event";
import { hashBytes, hashPair } from "../../runtime/hash";
import { cutOutput, outputEndPtr, outputPtr, putProbability, putText } from "../../runtime/output";
import {
  CHILD,
  FEATURE_BYTES,
  featureCount,
  featuresPtr,
  GROUP_OFFSET,
  KIND_OFFSET,
  MALFORMED_SHAPE,
  PARAMETERS,
  TEMPLATE,
  VALUE_OFFSET,
  VALUE_PAIR,
} from "./features";
import { isEvasive, isPlainQuery, likeness, readLikeness } from "./likeness";
import { REASON_BYTES_MAX } from "./reason";
import { putRequestReason } from "./requestReason";
import { isStructural, leastProbability, leastPtr, leastValueEntry, surpriseThreshold } from "./score";
import { REQUEST_SIGNATURE, signaturePtr } from "./signature";
import { countSuppressed, reportChange, reportRequest, TAGS_MAX } from "./suppression";
import { findEntry } from "./table";
import { putTextReason } from "./textReason";

const LAST_REPORT_BYTES: usize = 32;

/** Which report of its structural change this event is; 0 where it is none. */
let reportNumber: u32 = 0;

/** For a new event. */
// @ts-ignore: decorator
@inline
export function clearReports(): void {
  reportNumber = 0;
}

/** How improbable the least probable pair is, in thresholds; 0 where the detector is off. */
export function measureNovelty(): f64 {
  if (leastPtr == 0 || !detectNovelty) return 0;
  const surprise = -Math.log(leastProbability) / surpriseThreshold;
  // what was learnt is never odd; how rare it is keeps its order
  return leastValueEntry == 0 ? surprise : surprise / (1 + surprise);
}

export function putNoveltyEvidence(): void {
  putText(',"p":');
  putProbability(leastProbability);
}

export function putNoveltyReason(): void {
  if (load<u32>(leastPtr, KIND_OFFSET) < TEMPLATE) putRequestReason();
  else putTextReason();
  if (reportNumber != TAGS_MAX) return;
  const room = REASON_BYTES_MAX - LAST_REPORT_BYTES;
  if (outputEndPtr - outputPtr > room) cutOutput(outputPtr + room);
  putText(" (told 20 times, now muted)");
}

/** Whether the least probable pair is to be reported: always, unless it is a change that was reported often enough. */
export function isReportable(seed: u64, arrivalSeconds: i64): bool {
  const kind = load<u32>(leastPtr, KIND_OFFSET);
  if (!isStructural(kind)) return true;
  const key = changeKey(kind);
  if (kind == CHILD) {
    readLikeness();
    if (isEvasive) return true;
  }
  reportNumber = reportChange(key, arrivalSeconds);
  if (reportNumber > 0 && kind != CHILD) return true;
  // A request is kept also where it is reported anyway: what comes again after it is nothing new.
  if (
    kind == CHILD &&
    (reportRequest(requestKey(seed), hashPair(key, likeness) | 1, arrivalSeconds) || reportNumber > 0)
  )
    return true;
  countSuppressed();
  return false;
}

/** The request as it is written. */
function requestKey(seed: u64): u64 {
  const method = hashBytes(methodPtr, methodEndPtr - methodPtr, seed);
  return hashPair(hashPair(method, hashBytes(targetPtr, targetEndPtr - targetPtr, seed)), status) | 1;
}

/** A text is one change, whichever of its pairs was the most surprising. */
function changeKey(kind: u32): u64 {
  const ptr = kind >= TEMPLATE ? featuresPtr : leastPtr;
  return hashPair(load<u64>(ptr, GROUP_OFFSET), load<u64>(ptr, VALUE_OFFSET)) | 1;
}

/** Leaves the least probable pair out; of a text all of them. */
export function leaveOutLeast(): void {
  if (load<u32>(leastPtr, KIND_OFFSET) < TEMPLATE) store<u32>(leastPtr, 0, KIND_OFFSET);
  else leaveOutKinds(u32.MAX_VALUE);
}

/** Leaves out all pairs up to that kind; of the query's kinds none, where only the path is known. */
export function leaveOutKinds(most: u32): void {
  for (let i = 0; i < featureCount; i++) {
    const ptr = featuresPtr + <usize>i * FEATURE_BYTES;
    const kind = load<u32>(ptr, KIND_OFFSET);
    const ofQuery = kind >= PARAMETERS && kind <= VALUE_PAIR;
    if (kind <= most && !(ofQuery && most == MALFORMED_SHAPE)) store<u32>(ptr, 0, KIND_OFFSET);
  }
}

/** No request that may mean another place is, nor one with signs in a query that nothing is known about. */
export function isKnownByPath(): bool {
  if (load<u8>(signaturePtr) != REQUEST_SIGNATURE) return true;
  readLikeness();
  return !isEvasive && (isPlainQuery || knowsParameters());
}

function knowsParameters(): bool {
  for (let i = 0; i < featureCount; i++) {
    const ptr = featuresPtr + <usize>i * FEATURE_BYTES;
    if (load<u32>(ptr, KIND_OFFSET) == PARAMETERS) return findEntry(load<u64>(ptr, GROUP_OFFSET)) != 0;
  }
  return false;
}
