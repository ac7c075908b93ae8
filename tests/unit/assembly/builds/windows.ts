/** The windowed rules and their snapshot alone. */

import {
  detector,
  event,
  forgetWindows,
  keywordAlert,
  keywordCount,
  keywordReached,
  observe,
  setAlertEnd,
  setJudging,
  setRule,
  sizeWindows,
  state,
} from "../../../../assembly/detect/windows/rules";
import { reserve } from "../../../../assembly/runtime/memory";

export { forgetNews, initialiseNews, reportNews } from "../../../../assembly/detect/novelty/suppression";
export { setClockArrival } from "../../../../assembly/detect/windows/clock";
export { restoredSeconds, staleSeconds, weighRestored } from "../../../../assembly/detect/windows/restored";
export { checkSnapshot, seedOfSnapshot, useSnapshot, writeSnapshot } from "../../../../assembly/operate/snapshot";
export { hashBytes } from "../../../../assembly/runtime/hash";
export {
  event,
  forgetWindows,
  keywordAlert,
  keywordCount,
  keywordReached,
  observe,
  reserve,
  setAlertEnd,
  setJudging,
  setRule,
  sizeWindows,
  state,
};

export function detectorCount(which: i32): u32 {
  return detector(which).count;
}
export function detectorThreshold(which: i32): f64 {
  return detector(which).threshold;
}
export function detectorAlert(which: i32): bool {
  return detector(which).alert;
}
export function detectorEvent(which: i32): i32 {
  return detector(which).event;
}

/** `count` forged keys, each with one error; returns how many of these events raised an alert. */
export function flood(count: i32, firstKey: u64, seconds: i64): i32 {
  let alerts = 0;
  for (let i = 0; i < count; i++) {
    observe((firstKey + i) * 0xc6a4a7935bd1e995 + 1, 0, seconds, true, 0, 0);
    if (state != 0) alerts++;
  }
  return alerts;
}
