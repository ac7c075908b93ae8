/** The windowed rules and their snapshot alone. */

import {
  followEvent,
  forgetWindows,
  keywordAlert,
  keywordCount,
  keywordReached,
  observe as observeFollowed,
  ruleOf,
  setAlertEnd,
  setJudging,
  setRule,
  setUsual,
  sizeWindows,
  state,
  transition,
} from "../../../../assembly/detect/windows/rules";
import { reserve } from "../../../../assembly/runtime/memory";

export {
  countSame,
  forgetSuppression,
  initialiseSuppression,
} from "../../../../assembly/detect/novelty/suppression";
export { setClockArrival } from "../../../../assembly/detect/windows/clock";
export { restoredSeconds, staleSeconds, weighRestored } from "../../../../assembly/detect/windows/restored";
export { checkSnapshot, seedOfSnapshot, useSnapshot, writeSnapshot } from "../../../../assembly/operate/snapshot";
export { hashBytes } from "../../../../assembly/runtime/hash";
export {
  forgetWindows,
  keywordAlert,
  keywordCount,
  keywordReached,
  reserve,
  setAlertEnd,
  setJudging,
  setRule,
  setUsual,
  sizeWindows,
  state,
  transition,
};

export function observe(keyHash: u64, endpointHash: u64, seconds: i64, isError: bool, hitsPtr: usize, hits: i32): bool {
  followEvent(seconds, keyHash);
  return observeFollowed(keyHash, endpointHash, isError, hitsPtr, hits);
}

export function ruleCount(which: i32): u32 {
  return ruleOf(which).count;
}
export function ruleThreshold(which: i32): f64 {
  return ruleOf(which).threshold;
}
export function ruleAlert(which: i32): bool {
  return ruleOf(which).alert;
}
export function ruleReported(which: i32): bool {
  return ruleOf(which).reported;
}
export function ruleTransition(which: i32): i32 {
  return ruleOf(which).transition;
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
