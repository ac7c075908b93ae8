/**
 * What is done between two records by wall clock: look for a new model, save the state, log the counts. A filter has no
 * timer of its own, so all of it waits for a record. While records come thick the clock is read once in many of them.
 */

import { mayReserve } from "../runtime/memory";
import { clockMilliseconds } from "../runtime/wasi";
import { countRecords, logCounts } from "./counts";
import { lookForModel } from "./modelSource";
import { saveState, startState, stateStarted } from "./stateFile";

const RECORDS_PER_LOOK_MAX: i32 = 256;
const DENSE_MILLISECONDS: i64 = 20;
const HINT_SHIFT: i32 = 3;

/** Wall clock as it was read last, in milliseconds; 0 where the host has none. */
export let lastClock: i64 = 0;
let recordsUntilClock: i32 = 0;
let recordsPerClock: i32 = 0;
/** Of these, how many were not waited for. */
let recordsSkipped: i32 = 0;
let lastSeconds: u32 = 0;

/** Whether nothing is due before a record of the second of the one before it, which then is all there is to do. */
// @ts-ignore: decorator
@inline
export function isNothingDue(): bool {
  if (recordsUntilClock <= 0) return false;
  recordsUntilClock--;
  return true;
}

/** Called before each other record, with the second it is from. */
export function runMaintenance(seconds: u32): void {
  if (seconds != lastSeconds) {
    // Time may have passed: the few records after a long burst must not wait for hundreds more. No more than a hint, as
    // in a log that is read again each record may be of another second.
    lastSeconds = seconds;
    recordsSkipped += recordsUntilClock - (recordsUntilClock >> HINT_SHIFT);
    recordsUntilClock >>= HINT_SHIFT;
  }
  if (isNothingDue()) return;
  const now = clockMilliseconds();
  countRecords(recordsPerClock - recordsSkipped + 1);
  recordsSkipped = 0;
  // Twice as many each time, so that the rest of a short burst does not keep the clock from being read for hours.
  const dense = now - lastClock < DENSE_MILLISECONDS && now >= lastClock;
  recordsPerClock = dense ? min<i32>(recordsPerClock * 2 + 1, RECORDS_PER_LOOK_MAX) : 0;
  recordsUntilClock = recordsPerClock;
  lastClock = now;
  if (!mayReserve()) return; // a copy of the host's lies where memory would be reserved: the next record will do
  lookForModel(now);
  if (stateStarted) saveState(now);
  else startState(now);
  logCounts(now);
}
