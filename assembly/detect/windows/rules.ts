/**
 * The windowed rules: errors, requests (per key, and per key and endpoint) and keywords, each with its own state per
 * key; see docs/windows.md. Their time is that of clock.ts, which follows the events, so a replay gives the same
 * states.
 * `observe` counts one event and leaves the outcome in the fields below.
 */

import { HostPart } from "../../event/accessParts";
import { NO_TIME } from "../../event/event";
import { hashPairRarely } from "../../runtime/hash";
import { reserve } from "../../runtime/memory";
import { clockSeconds, clockWasSetBack, followClock, setClock, standsFor, startClock } from "./clock";
import {
  ALERT,
  BUCKETS,
  clearKeyTable,
  countEvent,
  countRarely,
  findSlot,
  findSlotRarely,
  KeyTable,
  LAST,
  mayHold,
  ownCount,
  sizeKeyTable,
  slotsTaken,
  takeSlot,
} from "./keyTable";
import {
  BURST,
  clearRateOutcome,
  countOrdinary,
  forgetRates,
  hasUsual,
  RATE_NONE,
  rateAlert,
  rateBegan,
  rateEnded,
  sizeRates,
  weighLogin,
  weighRates,
} from "./rates";
import { beginAlert, endAlert, isDue, isInAlert, markReported } from "./schedule";

export const STATE_NORMAL: i32 = 0;
export const STATE_ERROR_RATE: i32 = 1;
export const STATE_TRAFFIC: i32 = 2;
export const STATE_KEYWORD: i32 = 3;
export const STATE_BURST: i32 = 4;

export const TRANSITION_NONE: i32 = 0;
export const TRANSITION_KEYWORD_DETECTED: i32 = 1;
export const TRANSITION_HIGH_ERROR_RATE: i32 = 2;
export const TRANSITION_HIGH_TRAFFIC: i32 = 3;
export const TRANSITION_NORMAL_ACTIVITY: i32 = 4;
export const TRANSITION_BURST: i32 = 5;

/** The key's state, and the transition this event made: alerts go before the end of another alert. */
export let state: i32 = STATE_NORMAL;
export let transition: i32 = TRANSITION_NONE;
/** Which of the hits given made an alert (-1: none), and how often this key had it within the window. */
export let keywordReached: i32 = -1;
export let keywordCount: u32 = 0;
export let keywordAlert: bool = false;
/** Events from before the window, for the counts line. */
export let lateEvents: u64 = 0;

/** A rule: its table, the queue its threshold follows, and its outcome for the last event. */
@unmanaged
export class WindowRule {
  queuePtr: usize;
  queueMax: u32;
  queueReserved: u32;
  queueLength: u32;
  queueNext: u32;
  queueSum: u64;
  floor: f64;
  multiplier: f64;
  threshold: f64;
  /** The most that any key did within a window while the model was learnt; below 0: nobody knows. */
  usual: f64;
  /** Outcome for the event at hand; `reported`: it is time for a report of the alert. */
  count: u32;
  alert: bool;
  reported: bool;
  transition: i32;
}

export const ERRORS: i32 = 0;
export const REQUESTS: i32 = 1;
export const ENDPOINTS: i32 = 2;
/** No rule that counts against a threshold, but it has a table and states of its own. */
export const KEYWORDS: i32 = 3;
const RULES: i32 = 3;
/** In static memory, so that the address of a rule and of its table is a constant. */
const rulesPtr = memory.data(3 * 96, 8);
const RULE_BYTES: usize = 96;
const tablesPtr = memory.data(4 * 40, 8);
const TABLE_BYTES: usize = 40;

/** Size of the keyword table: few keys ever carry a keyword. */
const KEYWORD_SLOTS: u32 = 4096;
/** What stands for "no key": keywords alert without one too. */
const NO_KEY: u64 = 0x6e6f206b65790a0d;
const NO_BUCKET: u32 = u32.MAX_VALUE;
/** Further from any time than a bucket is long. */
const NO_SECONDS: i64 = -(1 << 40);
const TRIMMED_MAX: u32 = 16;

/** Which rules apply to the events to come: one that is off changes no state and publishes none. */
let judgeErrors: bool = true;
let judgeRequests: bool = true;
let judgeEndpoints: bool = true;
let judgeKeywords: bool = true;
/** Whether of all counts those of requests alone are judged of an event that says nothing else. */
export let judgesRequestsAlone: bool = true;

let bucketSeconds: i64 = 5;
let alertEnd: f64 = 0.8;
let countEndpoints: bool = false;
/** The bucket that the clock is in, and its start. */
let now: u32 = NO_BUCKET;
let nowSeconds: i64 = NO_SECONDS;
/** Whether any rule has something to publish of the event at hand. */
export let hasOutcome: bool = false;
/** Whether a queue or a rule changed since the thresholds were worked out. */
let isStale: bool = true;
let isSized: bool = false;

// @ts-ignore: decorator
@inline
export function ruleOf(which: i32): WindowRule {
  return changetype<WindowRule>(rulesPtr + <usize>which * RULE_BYTES);
}

/** Of a rule, or of the keywords. */
// @ts-ignore: decorator
@inline
export function tableOf(which: i32): KeyTable {
  return changetype<KeyTable>(tablesPtr + <usize>which * TABLE_BYTES);
}

/**
 * Sizes the tables and forgets what was counted. `windowSeconds` is a multiple of 12, `slots` a power of two from 16,
 * `queueMax` the number of counts a threshold is the mean of. False where memory is refused.
 */
export function sizeWindows(windowSeconds: u32, slots: u32, queueMax: u32, perEndpoint: bool): bool {
  for (let i = 0; i < RULES; i++) {
    if (!isSized) {
      setRule(i, i == ERRORS ? 5 : 100, 3);
      setUsual(i, -1);
    }
    const it = ruleOf(i);
    tableOf(i).isSparse = i == ERRORS ? 1 : 0;
    if (!sizeKeyTable(tableOf(i), i < ENDPOINTS || perEndpoint ? slots : 16)) return false;
    if (queueMax > it.queueReserved) {
      it.queuePtr = reserve(<usize>queueMax * 4);
      if (it.queuePtr == 0) return false;
      it.queueReserved = queueMax;
    }
  }
  isSized = true;
  tableOf(KEYWORDS).isSparse = 1;
  if (!sizeKeyTable(tableOf(KEYWORDS), min(slots, KEYWORD_SLOTS))) return false;
  // only now, so that where memory is refused the queues in use keep the length they have
  for (let i = 0; i < RULES; i++) ruleOf(i).queueMax = queueMax;
  bucketSeconds = <i64>(windowSeconds / BUCKETS);
  countEndpoints = perEndpoint;
  if (!sizeRates(bucketSeconds, slots)) return false;
  forgetWindows();
  return true;
}

export function forgetWindows(): void {
  clearTables();
  for (let i = 0; i < RULES; i++) {
    const it = ruleOf(i);
    it.queueLength = 0;
    it.queueNext = 0;
    it.queueSum = 0;
  }
  isStale = true;
  now = NO_BUCKET;
  nowSeconds = NO_SECONDS;
  startClock(bucketSeconds);
}

function clearTables(): void {
  for (let i = 0; i <= KEYWORDS; i++) clearKeyTable(tableOf(i));
  forgetRates();
}

/** May change from event to event: profiles have rules of their own over the same counts. */
export function setRule(which: i32, floor: f64, multiplier: f64): void {
  const it = ruleOf(which);
  isStale = isStale || it.floor != floor || it.multiplier != multiplier;
  it.floor = floor;
  it.multiplier = multiplier;
}

/** What a model learnt of keys in general takes the place of the queue; below 0: it learnt nothing of it. */
export function setUsual(which: i32, usual: f64): void {
  ruleOf(which).usual = usual;
  isStale = true;
}

/** May change from event to event, as the rules may. */
export function setJudging(errors: bool, requests: bool, endpoints: bool, keywords: bool): void {
  judgeErrors = errors;
  judgeRequests = requests;
  judgeEndpoints = endpoints;
  judgeKeywords = keywords;
  judgesRequestsAlone = requests && !(endpoints && countEndpoints);
}

/** An alert ends at this part of the threshold. */
export function setAlertEnd(share: f64): void {
  alertEnd = share;
}

/** What `observe` is told of an event besides: set it before, where there is any. */
export let login: i32 = 0;
let textKind: u64 = 0;
let rateSeed: u64 = 0;

/** `eventLogin`: one of the LOGIN constants; `eventKind`: a text's, 0 none. For the next event. */
export function setKind(eventLogin: i32, eventKind: u64, seed: u64): void {
  login = eventLogin;
  textKind = eventKind;
  rateSeed = seed;
}

/** The bucket of the event at hand, or NO_BUCKET for one that does not count. */
let bucketAtHand: u32 = NO_BUCKET;

/**
 * The clock goes with an event, before it is observed. `timeSeconds` NO_TIME: it does not say; `keyHash` 0: no key.
 */
// @ts-ignore: decorator
@inline
export function followEvent(timeSeconds: i64, keyHash: u64): void {
  if (hasOutcome) clearOutcomes();
  bucketAtHand = followTime(timeSeconds, keyHash);
  if (isStale) freshenThresholds();
}

/**
 * Counts the event that was followed. `keyHash` 0: no key, then no window but the keywords'. `endpointHash` 0: none.
 * `hitsPtr`: `hits` pairs of u32, a keyword and the number of its hits that makes an alert. Returns whether it counts
 * as an error: a log-in that failed does.
 */
// @ts-ignore: decorator
@inline
export function observe(keyHash: u64, endpointHash: u64, isError: bool, hitsPtr: usize, hits: i32): bool {
  const bucket = bucketAtHand;
  if (login != 0 && bucket != NO_BUCKET) isError = weighLogin(login, keyHash, bucket, now) || isError;
  const keywordsKey = keyHash != 0 ? keyHash : NO_KEY;
  seeWhatHolds(keywordsKey);
  ruleOf(ERRORS).count = 0;
  ruleOf(REQUESTS).count = 0;
  ruleOf(ENDPOINTS).count = 0;
  if (keyHash != 0) {
    // Most keys never err: for them the table of errors is not searched.
    if (judgeErrors && (isError || errorsMayHold)) weigh(ERRORS, keyHash, bucket, isError);
    // who did anything at all also decides what errors are usual
    if (judgeRequests ? bucket != NO_BUCKET : judgeErrors && bucket != NO_BUCKET) {
      const slotPtr = takeSlot(tableOf(REQUESTS), keyHash, now);
      countEvent(tableOf(REQUESTS), slotPtr, bucket, now);
      if (judgeRequests) judgeCount(REQUESTS, slotPtr, true);
    } else if (judgeRequests) weigh(REQUESTS, keyHash, bucket, false);
    if (countEndpoints && judgeEndpoints && endpointHash != 0)
      weigh(ENDPOINTS, hashPairRarely(keyHash, endpointHash), bucket, true);
  }
  if (judgeKeywords && (hits > 0 || keywordsMayHold)) weighKeywords(keywordsKey, bucket, hitsPtr, hits);
  // What a key in alert does is told as its own.
  if (hasUsual && bucket != NO_BUCKET && !ruleOf(ERRORS).alert && rateAlert == RATE_NONE)
    weighRates(textKind, bucket, now, isError, login != 0, keywordReached >= 0, rateSeed);
  if ((rateAlert | rateEnded) != RATE_NONE) hasOutcome = true;
  if (hasOutcome) publish();
  return isError;
}

/**
 * The same of a request from a host that is kept, which says nothing of an error, a login or a keyword, where nothing
 * comes of it: so of nearly all. False where `observe` has to look, which counts it then.
 */
// @ts-ignore: decorator
@inline
export function observeHost(host: HostPart): bool {
  if (bucketAtHand == NO_BUCKET || (host.heldAt != slotsTaken && holdsAlerts(host))) return false;
  let slotPtr = host.slotPtr;
  if (load<u64>(slotPtr) != host.windowKey || load<u32>(slotPtr, LAST) != now) {
    slotPtr = takeSlot(tableOf(REQUESTS), host.windowKey, now);
    host.slotPtr = slotPtr;
  }
  if (isBeyond(REQUESTS, ownCount(slotPtr) + 1) || isInAlert(slotPtr + ALERT) || (hasUsual && !countOrdinary(now)))
    return false;
  countEvent(tableOf(REQUESTS), slotPtr, bucketAtHand, now);
  return true;
}

/** Whether its errors or keywords are in alert, or about to be. */
function holdsAlerts(host: HostPart): bool {
  const key = host.windowKey;
  seeWhatHolds(key);
  if (!errorsMayHold && !keywordsMayHold) {
    host.heldAt = slotsTaken;
    return false;
  }
  const errorsPtr: usize = errorsMayHold && judgeErrors ? findSlotRarely(tableOf(ERRORS), key, now) : 0;
  if (errorsPtr != 0 && (isInAlert(errorsPtr + ALERT) || isBeyond(ERRORS, ownCount(errorsPtr)))) return true;
  const keywordsPtr: usize = keywordsMayHold && judgeKeywords ? findSlotRarely(tableOf(KEYWORDS), key, now) : 0;
  return keywordsPtr != 0 && isInAlert(keywordsPtr + ALERT);
}

// @ts-ignore: decorator
@inline
function isBeyond(which: i32, count: u32): bool {
  return <f64>count > ruleOf(which).threshold;
}

/** Whether the key may have slots in the tables of errors and keywords, as of so many slots taken. */
let heldKey: u64 = 0;
let heldAt: u32 = 0;
let errorsMayHold: bool = false;
let keywordsMayHold: bool = false;

// @ts-ignore: decorator
@inline
function seeWhatHolds(key: u64): void {
  if (key != heldKey || slotsTaken != heldAt) lookWhatHolds(key);
}

function lookWhatHolds(key: u64): void {
  heldKey = key;
  heldAt = slotsTaken;
  errorsMayHold = mayHold(tableOf(ERRORS), key);
  keywordsMayHold = mayHold(tableOf(KEYWORDS), key);
}

/** Nothing is said of an event, until something is; counts and thresholds stand. */
export function clearOutcomes(): void {
  state = STATE_NORMAL;
  transition = TRANSITION_NONE;
  for (let i = 0; i < RULES; i++) {
    const it = ruleOf(i);
    it.alert = false;
    it.reported = false;
    it.transition = TRANSITION_NONE;
  }
  clearKeywords();
  clearRateOutcome();
  hasOutcome = false;
}

/** The bucket to count the event in, or NO_BUCKET for one that does not count. */
// @ts-ignore: decorator
@inline
function followTime(timeSeconds: i64, key: u64): u32 {
  let seconds = timeSeconds;
  if (!standsFor(seconds)) {
    seconds = followClock(seconds, key);
    if (!isNow(clockSeconds) || clockWasSetBack) followBucket();
  }
  if (isNow(seconds)) return now;
  if (seconds != NO_TIME) return <u32>(seconds / bucketSeconds);
  lateEvents++;
  return NO_BUCKET;
}

// @ts-ignore: decorator
@inline
function isNow(seconds: i64): bool {
  return <u64>(seconds - nowSeconds) < <u64>bucketSeconds;
}

function followBucket(): void {
  const reached = <u32>(clockSeconds / bucketSeconds);
  if (now != NO_BUCKET && (reached > now || clockWasSetBack)) closeBucket();
  // What was counted belongs to a time that was given up; a log read twice must not count twice.
  if (clockWasSetBack) clearTables();
  setNow(reached);
}

function setNow(bucket: u32): void {
  now = bucket;
  nowSeconds = <i64>bucket * bucketSeconds;
}

/** Pushes the counts of the keys that were active and in no alert; only the last `queueMax` of them can matter. */
function closeBucket(): void {
  // A key that only did harmless things has no errors: its 0 belongs to the mean as much as another's 5.
  pushCounts(ERRORS, tableOf(REQUESTS));
  pushCounts(REQUESTS, tableOf(REQUESTS));
  if (countEndpoints) pushCounts(ENDPOINTS, tableOf(ENDPOINTS));
  for (let i = 0; i <= KEYWORDS; i++) tableOf(i).active = 0;
}

function pushCounts(which: i32, actives: KeyTable): void {
  const it = ruleOf(which);
  const from: u32 = actives.active <= it.queueMax ? 0 : firstPushed(which, actives);
  // So few keys would set their own normal: what they do counts as the floor at most.
  const most = <f64>actives.active <= it.multiplier ? <i64>it.floor : i64.MAX_VALUE;
  for (let i = from; i < actives.active; i++) {
    const count = calmCount(tableOf(which), actives, i);
    if (count >= 0) pushCount(it, <u32>min(count, most));
  }
}

/** From which active key on the counts fill the queue. */
function firstPushed(which: i32, actives: KeyTable): u32 {
  const queueMax = ruleOf(which).queueMax;
  let from = actives.active;
  let taken: u32 = 0;
  while (from > 0 && taken < queueMax) {
    from--;
    if (calmCount(tableOf(which), actives, from) >= 0) taken++;
  }
  return from;
}

/** Count of an active key as of the bucket that closes; -1 in alert, or in a time line that was given up. */
function calmCount(table: KeyTable, actives: KeyTable, index: u32): i64 {
  const activePtr = <usize>load<u32>(actives.activePtr + 4 * <usize>index);
  if (load<u32>(activePtr, LAST) != now) return -1;
  const slotPtr = table === actives ? activePtr : findSlotRarely(table, load<u64>(activePtr), now);
  if (slotPtr == 0) return 0;
  return isInAlert(slotPtr + ALERT) ? -1 : <i64>ownCount(slotPtr);
}

export function pushCount(it: WindowRule, count: u32): void {
  const ptr = it.queuePtr + 4 * <usize>it.queueNext;
  if (it.queueLength == it.queueMax) it.queueSum -= load<u32>(ptr);
  else it.queueLength++;
  store<u32>(ptr, count);
  it.queueSum += count;
  isStale = true;
  it.queueNext++;
  if (it.queueNext == it.queueMax) it.queueNext = 0;
}

function freshenThresholds(): void {
  for (let i = 0; i < RULES; i++) freshenThreshold(ruleOf(i));
  isStale = false;
}

function freshenThreshold(it: WindowRule): void {
  let usual = it.usual;
  if (usual < 0) {
    usual = it.queueLength == 0 ? 0 : <f64>it.queueSum / <f64>it.queueLength;
    if (usual * it.multiplier > it.floor) usual = trimmedMean(it);
  }
  it.threshold = max(it.floor, usual * it.multiplier);
}

/** Mean of the queue without its largest tenth, TRIMMED_MAX at most. */
function trimmedMean(it: WindowRule): f64 {
  let left = min<u32>(it.queueLength / 10, TRIMMED_MAX);
  const kept = it.queueLength - left;
  let sum = it.queueSum;
  let bound: u32 = u32.MAX_VALUE;
  while (left > 0) {
    let largest: u32 = 0;
    let times: u32 = 0;
    for (let i: u32 = 0; i < it.queueLength; i++) {
      const count = load<u32>(it.queuePtr + 4 * <usize>i);
      if (count >= bound || count < largest) continue;
      times = count == largest ? times + 1 : 1;
      largest = count;
    }
    if (largest == 0) break;
    times = min(times, left);
    sum -= <u64>largest * times;
    left -= times;
    bound = largest;
  }
  return <f64>sum / <f64>kept;
}

/** One rule on one key: counts where the event counts, then looks whether its state changes. */
function weigh(which: i32, key: u64, bucket: u32, counts: bool): void {
  const table = tableOf(which);
  if (counts && bucket != NO_BUCKET) {
    const slotPtr = takeSlot(table, key, now);
    countEvent(table, slotPtr, bucket, now);
    judgeCount(which, slotPtr, true);
  } else {
    const slotPtr = findSlot(table, key, now);
    if (slotPtr != 0) judgeCount(which, slotPtr, counts);
  }
}

/** Whether what was counted changes the key's state: nearly never. */
// @ts-ignore: decorator
@inline
function judgeCount(which: i32, slotPtr: usize, counts: bool): void {
  const count = ownCount(slotPtr);
  const it = ruleOf(which);
  it.count = count;
  if (isBeyond(which, count) || isInAlert(slotPtr + ALERT)) judgeAlert(which, slotPtr + ALERT, counts);
}

function judgeAlert(which: i32, alertPtr: usize, counts: bool): void {
  const it = ruleOf(which);
  const count = <f64>it.count;
  hasOutcome = true;
  if (!isInAlert(alertPtr)) {
    it.alert = true;
    beginAlert(alertPtr);
  } else {
    it.alert = count > alertEnd * it.threshold;
    if (!it.alert && endAlert(alertPtr)) it.transition = TRANSITION_NORMAL_ACTIVITY;
  }
  // While a key is in alert the events that count are reported, harmless ones are not.
  if (!it.alert || !counts) return;
  const isOfErrors = which == ERRORS;
  const isLearnt = isOfErrors && it.usual >= 0;
  if (!isDue(alertPtr, count / it.threshold, isLearnt, now, bucketSeconds, isOfErrors)) return;
  it.reported = true;
  if (markReported(alertPtr)) it.transition = which == ERRORS ? TRANSITION_HIGH_ERROR_RATE : TRANSITION_HIGH_TRAFFIC;
}

// @ts-ignore: decorator
@inline
function clearKeywords(): void {
  keywordReached = -1;
  keywordCount = 0;
  keywordAlert = false;
}

/** A hit that reaches its number alerts; a window without one ends it. */
function weighKeywords(key: u64, bucket: u32, hitsPtr: usize, hits: i32): void {
  const table = tableOf(KEYWORDS);
  let slotPtr = findSlotRarely(table, key, now);
  keywordAlert = slotPtr != 0 && load<u32>(slotPtr, ALERT) != 0;
  if (keywordAlert || hits > 0) hasOutcome = true;
  if (keywordAlert && ownCount(slotPtr) == 0) {
    keywordAlert = false;
    transition = TRANSITION_NORMAL_ACTIVITY;
    store<u32>(slotPtr, 0, ALERT);
  }
  for (let i = 0; i < hits; i++) {
    const keyword = load<u32>(hitsPtr + 8 * <usize>i);
    const minCount = load<u32>(hitsPtr + 8 * <usize>i, 4);
    let count: u32 = 1;
    if (minCount > 1) {
      if (bucket == NO_BUCKET) continue;
      count = ownCount(countRarely(table, hashPairRarely(key, <u64>keyword + 1), bucket, now));
      if (count < minCount) continue;
    }
    if (keywordReached >= 0) continue;
    keywordReached = i;
    keywordCount = count;
  }
  // A keyword too late for the window is reported all the same, but leaves no state.
  if (keywordReached < 0 || bucket == NO_BUCKET) return;
  slotPtr = countRarely(table, key, bucket, now);
  if (load<u32>(slotPtr, ALERT) == 0) {
    transition = TRANSITION_KEYWORD_DETECTED;
    store<u32>(slotPtr, 1, ALERT);
  }
  keywordAlert = true;
}

/** ERROR_RATE before TRAFFIC before KEYWORD; an alert that begins takes precedence over one that ends. */
function publish(): void {
  const errors = ruleOf(ERRORS);
  const requests = ruleOf(REQUESTS);
  const endpoints = ruleOf(ENDPOINTS);
  if (errors.alert || (rateAlert != RATE_NONE && rateAlert != BURST)) state = STATE_ERROR_RATE;
  else if (rateAlert == BURST) state = STATE_BURST;
  else if (requests.alert || endpoints.alert) state = STATE_TRAFFIC;
  else if (keywordAlert) state = STATE_KEYWORD;

  if (errors.transition == TRANSITION_HIGH_ERROR_RATE || (rateBegan && rateAlert != BURST))
    transition = TRANSITION_HIGH_ERROR_RATE;
  else if (rateBegan) transition = TRANSITION_BURST;
  else if (requests.transition == TRANSITION_HIGH_TRAFFIC || endpoints.transition == TRANSITION_HIGH_TRAFFIC)
    transition = TRANSITION_HIGH_TRAFFIC;
  else if (transition != TRANSITION_KEYWORD_DETECTED) {
    if (rateEnded != RATE_NONE || errors.transition != 0 || requests.transition != 0 || endpoints.transition != 0)
      transition = TRANSITION_NORMAL_ACTIVITY;
  }
}

export function currentBucket(): u32 {
  return now;
}

/** For a restored snapshot: time goes on from there. */
export function setCurrentBucket(bucket: u32): void {
  setNow(bucket);
  setClock(nowSeconds);
}

export function windowSecondsNow(): u32 {
  return <u32>bucketSeconds * BUCKETS;
}
