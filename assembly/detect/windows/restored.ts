/**
 * Whether what a snapshot restored still belongs to the events that come: counts of hours ago would judge a key by what
 * it did then.
 */
import { forgetFlowWindows } from "../network/flowWindows";
import { forgetWindows, windowSecondsNow } from "./rules";

/** A first event so much later than the snapshot finds no count of it any more. */
const STALE_SECONDS: i64 = 3600;
/** One event may be dated wrongly. */
const STALE_IN_ROW: i32 = 2;

/**
 * Of the snapshot used last: the end of the bucket it had reached, in Unix seconds; 0 once events have gone on from it.
 */
export let restoredSeconds: i64 = 0;
let staleInRow: i32 = 0;
/** How much too old it turned out to be, and then nothing of its windows was kept; 0: it was not. */
export let staleSeconds: i64 = 0;

/** Windows were restored as of that second; 0: none were. */
export function noteRestored(seconds: i64): void {
  restoredSeconds = seconds;
  staleSeconds = 0;
  staleInRow = 0;
}

/**
 * Called with the time of each event while `restoredSeconds` is not 0: gives a snapshot up that is too old for them.
 */
export function weighRestored(timeSeconds: i64): void {
  const laterSeconds = timeSeconds - restoredSeconds;
  if (laterSeconds > max<i64>(STALE_SECONDS, windowSecondsNow())) {
    staleInRow++;
    if (staleInRow < STALE_IN_ROW) return;
    forgetWindows();
    forgetFlowWindows();
    staleSeconds = laterSeconds;
  }
  restoredSeconds = 0;
}
