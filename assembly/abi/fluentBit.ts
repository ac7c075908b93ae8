/**
 * What Fluent Bit calls, once a record. Whatever is in doubt comes back as the pointer that was given: a trap, a zero
 * or bad JSON would lose the record. Longer records than RECORD_BYTES_MAX pass untouched.
 */

import { TOLERANCE_SECONDS } from "../detect/windows/clock";
import { dominantPercent, logDominantKey } from "../detect/windows/dominantKey";
import { lastClock, runMaintenance } from "../operate/maintenance";
import { forgedKeys } from "../record/finder";
import { growthBytesMax, tagInPlace, writeRecord } from "../record/splice";
import { transient } from "../runtime/memory";
import { clockMilliseconds, randomSeed } from "../runtime/wasi";
import { HAS_MEMBER, judge } from "../verdict/judge";
import { arrivalSeconds, setSeed } from "../verdict/options";
import { initialise, ready } from "./initialise";
import { beginRecord, beginSame, keepSeconds, RECORD_BYTES_MAX, readRecord, sameSeconds } from "./readRecord";

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

/** By which clock records of the second at hand were found to arrive at it. */
let sameClock: i64 = 0;

function begin(tagPtr: usize, tagBytes: usize, seconds: i64): void {
  beginRecord(tagPtr, tagBytes, arrivalOf(seconds), false);
  if (!isKnown(seconds)) return;
  keepSeconds(seconds);
  sameClock = lastClock;
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
  if (<i64>seconds == sameSeconds && lastClock == sameClock) beginSame(tagPtr, tagBytes);
  else begin(tagPtr, tagBytes, <i64>seconds);
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
