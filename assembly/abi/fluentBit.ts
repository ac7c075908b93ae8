/**
 * What Fluent Bit calls, once a record. Whatever is in doubt comes back as the pointer that was given: a trap, a zero
 * or bad JSON would lose the record. Longer records than RECORD_BYTES_MAX pass untouched.
 */

import { TOLERANCE_SECONDS } from "../detect/windows/clock";
import { dominantPercent, logDominantKey } from "../detect/windows/dominantKey";
import { setTag } from "../event/event";
import { isNothingDue, lastClock, runMaintenance } from "../operate/maintenance";
import { forgedKeys } from "../record/finder";
import { growthBytesMax, tagInPlace, writeRecord } from "../record/splice";
import { transient } from "../runtime/memory";
import { clockMilliseconds, randomSeed } from "../runtime/wasi";
import { beginJudging, HAS_MEMBER, judge } from "../verdict/judge";
import { arrivalSeconds, setSeed } from "../verdict/options";
import { initialise, ready } from "./initialise";
import { beginRecord, keepSeconds, RECORD_BYTES_MAX, readRecord, sameSeconds } from "./readRecord";

/**
 * When a record of Fluent Bit arrives: its time is when it was read, unless a parser took it from the line
 * (`Time_Key`). So it arrives when it says, but no later than now.
 */
function arrivalOf(seconds: i64): i64 {
  const wallSeconds = isKnown(seconds) ? 0 : clockMilliseconds() / 1000; // what was read last may be a while ago
  const isAhead = wallSeconds > 0 && seconds > wallSeconds + TOLERANCE_SECONDS;
  return seconds == 0 || isAhead ? wallSeconds : seconds;
}

// @ts-ignore: decorator
@inline
function isKnown(seconds: i64): bool {
  return seconds > 0 && seconds <= lastClock / 1000 + TOLERANCE_SECONDS;
}

/** All that is done between two records, where something is due or the second is another; false: nothing is ready. */
function begin(tagPtr: usize, tagBytes: usize, seconds: u32): bool {
  if (!ready) {
    if (!initialise()) return false;
    setSeed(randomSeed());
  }
  runMaintenance(seconds);
  beginRecord(tagPtr, tagBytes, arrivalOf(seconds), false);
  if (isKnown(seconds)) keepSeconds(seconds);
  beginJudging();
  return true;
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
  if (<i64>seconds == sameSeconds && isNothingDue()) setTag(tagPtr, tagBytes);
  else if (!begin(tagPtr, tagBytes, seconds)) return recordPtr;
  if (recordBytes > RECORD_BYTES_MAX) return recordPtr;
  const endPtr = recordPtr + <usize>recordBytes;
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
