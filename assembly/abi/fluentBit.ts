/**
 * What Fluent Bit calls, once a record. Whatever is in doubt comes back as the pointer that was given: a trap, a zero
 * or bad JSON would lose the record. Longer records than RECORD_BYTES_MAX pass untouched.
 */

import { initialiseKnown } from "../detect/known";
import { initialiseCache } from "../detect/novelty/cache";
import { initialiseFeatures } from "../detect/novelty/features";
import { initialiseSignature } from "../detect/novelty/signature";
import { initialiseSuppression } from "../detect/novelty/suppression";
import { initialiseTokens } from "../detect/novelty/textFeatures";
import { initialiseEmbedding } from "../detect/outlier/embedding";
import { setClockArrival, TOLERANCE_SECONDS } from "../detect/windows/clock";
import { dominantPercent, logDominantKey } from "../detect/windows/dominantKey";
import { initialiseWatch } from "../detect/windows/watch";
import { initialiseEvent, NO_TIME } from "../event/event";
import { initialiseByteClasses } from "../fields/byteClass";
import { initialiseClientWords } from "../fields/clientWords";
import { initialiseConfigured } from "../fields/configured";
import { initialiseFields } from "../fields/named";
import { arrivalSeconds, setArrival } from "../fields/time";
import { lastClock, runMaintenance } from "../operate/maintenance";
import { forgedKeys } from "../record/finder";
import { growthBytesMax, tagInPlace, writeRecord } from "../record/splice";
import { mayReserve, transient } from "../runtime/memory";
import { initialiseOutput } from "../runtime/output";
import { clockMilliseconds, randomSeed } from "../runtime/wasi";
import { initialiseAnomaly } from "../verdict/anomalyJson";
import { HAS_MEMBER, judge } from "../verdict/judge";
import { setArrivalSeconds, setSeed } from "../verdict/options";
import { readRecord, setTag } from "./readRecord";

export const RECORD_BYTES_MAX: u32 = 4194304;

let ready: bool = false;
let refused: bool = false;

/** Reserves every table once; false where the host has no memory for them, and then nothing is ever judged. */
export function initialise(): bool {
  if (ready) return true;
  if (refused || !mayReserve()) return false; // the first record may be a large one: the next will do
  ready =
    initialiseEvent() &&
    initialiseByteClasses() &&
    initialiseClientWords() &&
    initialiseFields() &&
    initialiseConfigured() &&
    initialiseSignature() &&
    initialiseFeatures() &&
    initialiseTokens() &&
    initialiseEmbedding() &&
    initialiseOutput() &&
    initialiseCache() &&
    initialiseSuppression() &&
    initialiseKnown() &&
    initialiseAnomaly() &&
    initialiseWatch();
  refused = !ready;
  return ready;
}

/** What comes now arrives at that second; 0: nobody knows when. */
export function setTimes(seconds: i64): void {
  setArrival(seconds);
  setArrivalSeconds(seconds);
  setClockArrival(seconds > 0 ? seconds : NO_TIME, seconds);
}

/**
 * The same for a record of Fluent Bit: its time is when it was read, unless a parser took it from the line
 * (`Time_Key`).
 * So it arrives when it says, but no later than now.
 */
function setRecordTimes(seconds: i64): void {
  const isKnown = seconds > 0 && seconds <= lastClock / 1000 + TOLERANCE_SECONDS;
  const wallSeconds = isKnown ? 0 : clockMilliseconds() / 1000; // what was read last may be a while ago
  const isAhead = wallSeconds > 0 && seconds > wallSeconds + TOLERANCE_SECONDS;
  setTimes(seconds == 0 || isAhead ? wallSeconds : seconds);
}

/** `const char* oddline_filter(tag, tagLen, sec, nsec, record, recordLen)` of Fluent Bit's filter_wasm, JSON mode. */
export function oddline_filter(
  tagPtr: usize,
  tagBytes: u32,
  seconds: u32,
  _nanoseconds: u32,
  recordPtr: usize,
  recordBytes: u32,
): usize {
  if (!ready) {
    if (!initialise()) return recordPtr;
    setSeed(randomSeed());
  }
  runMaintenance(seconds);
  if (recordBytes > RECORD_BYTES_MAX) return recordPtr;
  const endPtr = recordPtr + <usize>recordBytes;
  setTag(tagPtr, tagBytes);
  setRecordTimes(<i64>seconds);
  if (dominantPercent != 0) logDominantKey(arrivalSeconds);
  if (!readRecord(recordPtr, endPtr)) return recordPtr;
  const tagged = (judge() & HAS_MEMBER) != 0;
  if (forgedKeys > 0) {
    const targetPtr = transient(<usize>recordBytes + growthBytesMax());
    if (targetPtr == 0) return recordPtr;
    store<u8>(writeRecord(recordPtr, endPtr, targetPtr, tagged), 0);
    return targetPtr;
  }
  if (tagged) store<u8>(tagInPlace(endPtr), 0);
  return recordPtr;
}
