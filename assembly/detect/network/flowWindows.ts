/**
 * Judges windows of network flows with the model's forest, flow by flow. A window is reported at the flow that makes
 * its verdict certain, or, once it is over, at the next flow of the same destination: either way the verdict is that
 * of `oddline network` on the whole window. Each window is reported once. Time is the flows' own.
 */
import { NO_TIME, timeSeconds } from "../../event/event";
import { readFlow } from "../../fields/flow";
import { logarithm } from "../../runtime/exponential";
import { hashBytes, hashPairRarely } from "../../runtime/hash";
import { reserve } from "../../runtime/memory";
import { findOddest, initialiseCertainty, isCertain, oddestFeature } from "./certainty";
import {
  answeredBytes,
  answeredWindow,
  forgetDirections,
  fromEndPtr,
  fromPtr,
  initialiseDirections,
  settleDirection,
  toEndPtr,
  toPort,
  toPtr,
} from "./directions";
import { initialiseDistinct } from "./distinct";
import { classOfEnd } from "./ends";
import {
  AWAITING,
  addFlow,
  BYTES,
  clearFlowTable,
  DIRTY,
  findSlot,
  HEAVY_BYTES,
  initialiseFlowTable,
  MARKS,
  markReported,
  NEXT_BYTES,
  NEXT_FLOWS,
  PARTIAL,
  REPORTED,
  settleSent,
  slotFlows,
  slotIsNew,
  slotValue,
  takeSlot,
  WINDOW,
  wasReported,
} from "./flowTable";
import {
  alertPathSum,
  forestEntity,
  forestFeatureCount,
  forestFeatureId,
  forestMinFlows,
  forestWindowSeconds,
  hasForest,
  pathSumOf,
  scoreOfPathSum,
} from "./forest";
import { findTrouble, findUsual, hasOwnPast, hasUsual, troubleRatio, usualPathSum, usualSalt } from "./usual";

/** Lines come late by as long as a connection lasts: a window is over when two more have gone by. */
const LATE_WINDOWS: u32 = 2;
/** How many windows back one that is over may still be reported. */
const LOOK_BACK_WINDOWS: u32 = 12;
/** Flows in a row from before the clock after which it is believed that it was set back. */
const LATE_IN_ROW_MAX: u32 = 64;
/**
 * So much below the threshold counts as much as the threshold itself: at -0.1 the score is decision_function / -0.1.
 */
const SCORE_UNIT: f64 = 0.1;
export const ENTITY_SOURCE: u8 = 1;
export const ENTITY_PAIR: u8 = 2;

let rowPtr: usize = 0;
/** The newest window that two flows in a row have reached: one flow dated in the future does not close the others. */
export let clock: u32 = 0;
export let clockRuns: bool = false;
export let lastWindow: u32 = 0;
let lateInRow: u32 = 0;
export let sizedSeconds: u32 = 0;
export let sizedEntity: u8 = 0;

/** Above 1 where a window is to be reported with the event at hand; 0 where none is. */
export let networkScore: f64 = 0;
/** On decision_function's scale, and below what it is anomalous for these ends. */
export let networkDecision: f64 = 0;
export let networkLimit: f64 = 0;
/** Whether what is reported has a name: it is told by a number far above what is usual, not by the forest. */
export let reportedIsNamed: bool = false;
/** The window that is reported. */
export let reportedSlotPtr: usize = 0;
let currentSlotPtr: usize = 0;

/** Called with each model: what was summed is kept where its forest asks for the same windows. */
export function applyForest(): void {
  if (!hasForest()) return;
  if (rowPtr == 0) {
    if (!initialiseDistinct() || !initialiseCertainty() || !initialiseFlowTable() || !initialiseDirections()) return;
    rowPtr = reserve(64);
  }
  if (sizedSeconds == forestWindowSeconds && sizedEntity == forestEntity) return;
  sizedSeconds = forestWindowSeconds;
  sizedEntity = forestEntity;
  forgetFlowWindows();
}

export function forgetFlowWindows(): void {
  clearFlowTable();
  if (rowPtr != 0) forgetDirections();
  clockRuns = false;
  lateInRow = 0;
  networkScore = 0;
  reportedSlotPtr = 0;
  currentSlotPtr = 0;
}

// @ts-ignore: decorator
@inline
export function judgesFlows(): bool {
  return hasForest() && rowPtr != 0;
}

/** Whether there are tables, with a forest at hand or since one was. */
export function sumsFlows(): bool {
  return rowPtr != 0;
}

/** Windows before it are neither summed nor reported any more. */
export function oldestWindow(): u32 {
  return clock > LATE_WINDOWS + LOOK_BACK_WINDOWS ? clock - LATE_WINDOWS - LOOK_BACK_WINDOWS : 0;
}

/** Of a snapshot. */
export function setClock(window: u32, last: u32): void {
  clock = window;
  lastWindow = last;
  clockRuns = true;
}

/** Sums the flow of the event at hand up and looks whether a window is to be reported. */
export function weighFlow(seed: u64, arrivalSeconds: i64): void {
  networkScore = 0;
  reportedSlotPtr = 0;
  currentSlotPtr = 0;
  if (!readFlow()) return;
  const seconds = timeSeconds == NO_TIME ? arrivalSeconds : timeSeconds;
  if (seconds < 0 || seconds > <i64>u32.MAX_VALUE) return;
  const window = <u32>seconds / sizedSeconds;
  followTime(window);
  const overBefore = clock > LATE_WINDOWS ? clock - LATE_WINDOWS : 0;
  settleDirection(seed, window);
  const ends = hashOfEnds(seed);
  currentSlotPtr = takeSlot(slotHash(ends, window), window, overBefore);
  const answeredPtr = answeredBytes > 0 ? findSlot(slotHash(ends, answeredWindow)) : 0;
  if (answeredPtr != 0) settleSent(answeredPtr);
  if (currentSlotPtr == 0) return;
  const isNew = slotIsNew;
  const bySource = forestEntity == ENTITY_SOURCE;
  addFlow(currentSlotPtr, toPort, bySource ? toPtr : fromPtr, bySource ? toEndPtr : fromEndPtr);
  const looks = isDue(currentSlotPtr);
  const over = window < overBefore;
  if (!over && !isNew && !looks && answeredPtr == 0) return;
  findUsualOfEnds();
  if (over || looks) look(currentSlotPtr, over);
  if (answeredPtr != 0) look(answeredPtr, answeredWindow < overBefore);
  if (isNew || looks) lookBack(ends, window, overBefore);
}

/** Of the ends of the flow at hand; all windows that are looked at are theirs. */
let usualRowPtr: usize = 0;

/** The row of their own past, else that of their class, else the one for all; 0 where the forest judges alone. */
function findUsualOfEnds(): void {
  usualRowPtr = 0;
  if (!hasUsual()) return;
  usualRowPtr = findUsual(hashOfEnds(usualSalt()));
  if (hasOwnPast(usualRowPtr) || forestEntity == ENTITY_PAIR) return;
  const isSource = forestEntity == ENTITY_SOURCE;
  usualRowPtr = findUsual(classOfEnd(isSource ? fromPtr : toPtr, isSource ? fromEndPtr : toEndPtr));
}

function hashOfEnds(seed: u64): u64 {
  if (forestEntity == ENTITY_SOURCE) return hashBytes(fromPtr, fromEndPtr - fromPtr, seed);
  const destination = hashBytes(toPtr, toEndPtr - toPtr, seed);
  return forestEntity == ENTITY_PAIR
    ? hashPairRarely(hashBytes(fromPtr, fromEndPtr - fromPtr, seed), destination)
    : destination;
}

function slotHash(ends: u64, window: u32): u64 {
  return hashPairRarely(ends, <u64>window) | (1 << 63);
}

function followTime(window: u32): void {
  const reached = clockRuns ? min(lastWindow, window) : window;
  lastWindow = window;
  if (!clockRuns || reached > clock) {
    clock = reached;
    clockRuns = true;
  }
  lateInRow = window + LATE_WINDOWS + LOOK_BACK_WINDOWS < clock ? lateInRow + 1 : 0;
  if (lateInRow < LATE_IN_ROW_MAX) return;
  clock = window;
  lateInRow = 0;
}

/** After four flows or a mebibyte, then with every quarter more flows or twice the bytes. */
function isDue(ptr: usize): bool {
  const flows = slotFlows(ptr);
  const bytes = load<f64>(ptr, BYTES);
  if (flows < load<u32>(ptr, NEXT_FLOWS) && bytes < load<f64>(ptr, NEXT_BYTES)) return false;
  store<u32>(ptr, max(flows + max<u32>(flows >> 2, 1), load<u32>(ptr, NEXT_FLOWS)), NEXT_FLOWS);
  store<f64>(ptr, max(bytes * 2, load<f64>(ptr, NEXT_BYTES)), NEXT_BYTES);
  return true;
}

/** Windows of the same ends that are over and were not reported. */
function lookBack(ends: u64, window: u32, overBefore: u32): void {
  for (let back: u32 = 1; back <= LOOK_BACK_WINDOWS && back <= window; back++) {
    if (window - back >= overBefore) continue;
    const ptr = findSlot(slotHash(ends, window - back));
    if (ptr != 0) look(ptr, true);
  }
}

/** Judges a window that is not settled, at present or for good, unless one is reported already. */
function look(ptr: usize, over: bool): void {
  if (reportedSlotPtr != 0) return;
  const marks = load<u32>(ptr, MARKS);
  // a reply that was not written by now is not waited for
  if (over) store<f32>(ptr, 0, AWAITING);
  if ((marks & (REPORTED | DIRTY)) != DIRTY || (over && (marks & PARTIAL) != 0)) return;
  if (slotFlows(ptr) < forestMinFlows && load<f64>(ptr, BYTES) < HEAVY_BYTES) return;
  const isNamed = usualRowPtr != 0 && findTrouble(ptr, usualRowPtr, startSeconds(ptr), forestEntity == ENTITY_SOURCE);
  writeRow(ptr);
  const sum = pathSumOf(rowPtr);
  const sumMax = usualRowPtr != 0 ? usualPathSum(usualRowPtr) : alertPathSum;
  if (!isNamed) {
    if (sum >= sumMax) {
      // nothing to report until another flow comes, or no reply does
      if (load<f32>(ptr, AWAITING) == 0) store<u32>(ptr, marks & ~DIRTY, MARKS);
      return;
    }
    if (!over && !isCertain(rowPtr, sumMax)) return;
  }
  if (wasReported(ptr)) {
    store<u32>(ptr, marks | REPORTED, MARKS);
    return;
  }
  reportedSlotPtr = ptr;
  reportedIsNamed = isNamed;
  networkDecision = scoreOfPathSum(sum);
  networkLimit = scoreOfPathSum(sumMax);
  const above = isNamed ? logarithm(troubleRatio) / Math.LN2 : (networkLimit - networkDecision) / SCORE_UNIT;
  networkScore = max(1 + above, 1.001);
}

function writeRow(ptr: usize): void {
  for (let i: u32 = 0; i < forestFeatureCount; i++) {
    store<f32>(rowPtr + 4 * <usize>i, <f32>slotValue(ptr, forestFeatureId(i)));
  }
}

/** What became of the verdict: reported, or another detector scored higher and the next flow reports it. */
export function settleFlow(isReported: bool): void {
  if (reportedSlotPtr == 0) return;
  if (isReported) markReported(reportedSlotPtr);
  else store<u32>(currentSlotPtr, slotFlows(currentSlotPtr) + 1, NEXT_FLOWS);
}

/** The feature of the reported window that is odd, as its number in host/model/networkFeatures.ts. */
export function oddestOfReported(): u8 {
  writeRow(reportedSlotPtr);
  findOddest(rowPtr);
  return forestFeatureId(oddestFeature);
}

/** Start of the reported window in Unix seconds. */
export function reportedWindowSeconds(): i64 {
  return startSeconds(reportedSlotPtr);
}

function startSeconds(ptr: usize): i64 {
  return <i64>load<u32>(ptr, WINDOW) * <i64>sizedSeconds;
}

/** The window of the flow at hand as it stands, on decision_function's scale, for `inspect`; NaN where it has none. */
export function decideWindow(): f64 {
  if (currentSlotPtr == 0) return NaN;
  writeRow(currentSlotPtr);
  return scoreOfPathSum(pathSumOf(rowPtr));
}
