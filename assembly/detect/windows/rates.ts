/**
 * What comes more often than a model learnt, in a short window and one ten times as long: the errors of a source, a
 * kind of line (a text's signature, a source's requests of one status from 400 on), failed log-ins of a key. And a
 * log-in that succeeds behind failures. `weighLogin` and `weighRates` count one event and leave what is to be reported
 * of it in the fields below. What a key in alert does is that alert's: it counts for no source and no kind.
 */
import { alertEnd, detectBurst, detectErrorRate, errorsFloor, errorsMultiplier, profile } from "../../config/settings";
import { isRequest, sourceEndPtr, sourcePtr, status, tagEndPtr, tagPtr } from "../../event/event";
import { hashSourceText, SOURCE_BYTES_MAX } from "../../event/hashes";
import { finish, hashBytes, hashPairRarely } from "../../runtime/hash";
import { LOGIN_FAILED, LOGIN_HINTED, LOGIN_SUCCEEDED } from "./logins";
import {
  clearRates,
  countRate,
  longCount,
  RATE_ALERT,
  RATE_LONG,
  RATE_LONG_LIMIT,
  RATE_NOTE,
  RATE_RULED_BY,
  RATE_SHORT,
  RATE_SHORT_LIMIT,
  searchRate,
  seekRate,
  sizeRateTable,
} from "./rateTable";
import { beginAlert, endAlert, isDue, isInAlert, markReported } from "./schedule";
import { findUsual, usualLong, usualNumber, usualShort, usualWindowSeconds } from "./usual";

/** What may be reported; the numbers go on where those of the rules and keywords end. */
export const RATE_NONE: i32 = 0;
export const SOURCE_ERRORS: i32 = 4;
export const BURST: i32 = 5;
export const FAILED_LOGINS: i32 = 6;
export const LOGIN_AFTER_FAILURES: i32 = 7;

/** What the event at hand is in alert by, reported or not, and whether its alert ended with it. */
export let rateAlert: i32 = RATE_NONE;
export let rateEnded: i32 = RATE_NONE;
export let rateReported: bool = false;
export let rateBegan: bool = false;
export let rateCount: u32 = 0;
export let rateThreshold: f64 = 0;
export let rateScore: f64 = 0;
/** Most that came within such a window while the model was learnt, and which of the two windows it is. */
export let rateUsual: u32 = 0;
export let rateIsLong: bool = false;

// What a model counts keys in general by; sources and kinds have hashes of what they are called (learn.ts).
export const KEY_ERRORS: u64 = 1;
export const KEY_REQUESTS: u64 = 2;
export const KEY_LOGINS: u64 = 3;
export const KEY_ALL: u64 = 4;
/** The last bit parts a source's errors from all else it says; another one makes no hash 0. */
const IS_ERRORS: u64 = 1;
const SOURCE: u64 = 2;
/** Within the short window; within the long one so many times as many. */
const BURSTS_FLOOR: f64 = 20;
const BURSTS_MULTIPLIER: f64 = 3;
const LONG_FLOORS: f64 = 2;
/** Counts of the long window vary less. */
const LONG_MULTIPLIERS: f64 = 2 / 3;
/** Short windows in a long one. */
const LONG_SHORTS: u64 = 10;
const COUNT_MAX: f64 = 4294967295;

const LOGIN_SPREAD: u64 = 0x6c6f67696e;
/** So many failures within the long window make a success news. */
const FAILURES_MIN: u32 = 10;
/** Lines of one attempt come within so many buckets. */
const ATTEMPT_BUCKETS: u32 = 2;
const RATE_SLOTS: u32 = 8192;

let bucketSeconds: i64 = 5;
/** The model and the profile, so that a slot knows whose limits it has. */
let ruledBy: u32 = 0;
export let hasUsual: bool = false;

/** Lines of the bucket at hand that are neither errors nor about logins, which their slot does not have yet. */
let runBucket: u32 = 0;
let runEvents: u32 = 0;
/** Whether any source may be in alert. */
let hasAlerts: bool = false;
/** Of the line at hand: its kind, whether it is an error, and its source's key without the last bit. */
let kind: u64 = 0;
let isErrorAtHand: bool = false;
let sourceKey: u64 = 0;

export function sizeRates(seconds: i64, slots: u32): bool {
  bucketSeconds = seconds;
  return sizeRateTable(min(slots, RATE_SLOTS));
}

export function forgetRates(): void {
  clearRates();
  runEvents = 0;
  hasAlerts = false;
}

/** Other limits hold from here on: of another profile, or of another model, or none. */
export function ruleRates(windowSeconds: u32): void {
  hasUsual = usualWindowSeconds == windowSeconds;
  ruledBy = ((<u32>usualNumber) << 8) | (profile + 1);
}

export function clearRateOutcome(): void {
  rateAlert = RATE_NONE;
  rateEnded = RATE_NONE;
  rateReported = false;
  rateBegan = false;
}

/** The hash that a model knows a source by; those without a name have one for all. */
export function learntSource(): u64 {
  return hashBytes(sourcePtr, min(sourceEndPtr - sourcePtr, SOURCE_BYTES_MAX), 0) & ~IS_ERRORS;
}

/** And the kind of a request that failed: its source and status; 0 for all others. */
export function requestKind(): u64 {
  return status >= 400 ? hashPairRarely(learntSource(), status) : 0;
}

/**
 * A log-in that failed or succeeded: whether it is an error, which of one attempt's lines only one is. `key` 0: nobody
 * knows whose it is.
 */
// @ts-ignore: decorator
@inline
export function weighLogin(login: i32, key: u64, bucket: u32, now: u32): bool {
  if (key == 0) return login > LOGIN_HINTED && login <= LOGIN_FAILED;
  const isSuccess = login == LOGIN_SUCCEEDED;
  const ptr = seekRate((key ^ LOGIN_SPREAD) | 1, now, !isSuccess);
  if (ptr == 0) return !isSuccess;
  // In its number: failures in a row << 16 | bucket of the last one, 14 bits << 2 | which kind of line told it
  const note = load<u32>(ptr, RATE_NOTE);
  const failures = min(note >> 16, longCount(ptr));
  if (isSuccess) {
    store<u32>(ptr, 0, RATE_NOTE);
    if (failures >= FAILURES_MIN) reportLogin(failures);
    return false;
  }
  const isSameAttempt = ((now - (note >> 2)) & 0x3fff) <= ATTEMPT_BUCKETS && note != 0;
  const isOther = isSameAttempt && (note & 3) != <u32>login;
  const isBetter = <u32>login > (note & 3);
  if (isOther && !isBetter) return false;
  const more: u32 = isOther ? 0 : 1;
  store<u32>(ptr, (min(failures + more, 0xffff) << 16) | ((now & 0x3fff) << 2) | login, RATE_NOTE);
  if (isOther) return false;
  countRate(ptr, bucket, 1);
  if (hasUsual && !isCalm(ptr)) judgeRate(FAILED_LOGINS, ptr, now, 0);
  return true;
}

function reportLogin(failures: u32): void {
  rateAlert = LOGIN_AFTER_FAILURES;
  rateReported = true;
  rateBegan = false;
  rateCount = failures;
  rateThreshold = FAILURES_MIN;
  rateScore = failures;
  rateIsLong = true;
}

/**
 * `textKind`: 0 where there is none. `isLogin`: a line about a login, counted already. `isTold`: by a keyword; then it
 * is none of a burst's.
 */
// @ts-ignore: decorator
@inline
export function weighRates(
  textKind: u64,
  bucket: u32,
  now: u32,
  isError: bool,
  isLogin: bool,
  isTold: bool,
  seed: u64,
): void {
  if (now != runBucket) {
    countRun();
    runBucket = now;
    if (hasAlerts && !isError) endSource(now, seed);
  }
  isErrorAtHand = isError;
  if (isError) {
    findSource(seed);
    const ptr = seekRate(sourceKey | IS_ERRORS, now, true);
    if (ptr != 0) {
      countRate(ptr, bucket, 1);
      if (detectErrorRate && !isCalm(ptr)) judgeRate(SOURCE_ERRORS, ptr, now, seed);
    }
  } else if (!isLogin) runEvents++;
  if (!detectBurst) return;
  kind = isRequest ? requestKind() : textKind;
  if (kind == 0) return;
  const ptr = seekRate(finish(kind ^ seed) | 1, now, true);
  if (ptr == 0) return;
  countRate(ptr, bucket, 1);
  if (!isTold && rateAlert == RATE_NONE && !isCalm(ptr)) judgeRate(BURST, ptr, now, seed);
}

/** The same for a request that is no error and about no login; false where it may end an alert, and is not counted. */
// @ts-ignore: decorator
@inline
export function countOrdinary(now: u32): bool {
  if (now != runBucket) {
    if (hasAlerts) return false;
    countRun();
    runBucket = now;
  }
  runEvents++;
  return true;
}

/** A source without a name goes by the shipper's tag. */
export function ratedSourcePtr(): usize {
  return sourceEndPtr > sourcePtr ? sourcePtr : tagPtr;
}

export function ratedSourceEndPtr(): usize {
  return sourceEndPtr > sourcePtr ? sourceEndPtr : tagEndPtr;
}

function findSource(seed: u64): void {
  const ptr = ratedSourcePtr();
  sourceKey = (hashSourceText(ptr, ratedSourceEndPtr() - ptr, seed) | SOURCE) & ~IS_ERRORS;
}

/** Puts into its slot what was counted in the bucket. */
export function countRun(): void {
  const ptr: usize = runEvents == 0 ? 0 : searchRate(KEY_ALL, runBucket, true);
  if (ptr != 0) countRate(ptr, runBucket, runEvents);
  runEvents = 0;
}

/** What the model knows it by. */
function learntHash(which: i32): u64 {
  if (which == FAILED_LOGINS) return KEY_LOGINS;
  if (which == SOURCE_ERRORS) return learntSource() | IS_ERRORS;
  return kind;
}

function setLimits(which: i32, ptr: usize): void {
  findUsual(learntHash(which));
  const floor = which == BURST ? BURSTS_FLOOR : errorsFloor;
  const multiplier = which == BURST ? BURSTS_MULTIPLIER : errorsMultiplier;
  // The rule of a key's errors judges failed log-ins within the short window.
  const short = which == FAILED_LOGINS ? COUNT_MAX : min(max(floor, multiplier * usualShort), COUNT_MAX);
  store<u32>(ptr, <u32>short, RATE_SHORT_LIMIT);
  store<u32>(
    ptr,
    <u32>min(max(LONG_FLOORS * floor, LONG_MULTIPLIERS * multiplier * usualLong), COUNT_MAX),
    RATE_LONG_LIMIT,
  );
  store<u32>(ptr, ruledBy, RATE_RULED_BY);
}

/** Nearly always. */
// @ts-ignore: decorator
@inline
function isCalm(ptr: usize): bool {
  const short = load<u32>(ptr, RATE_SHORT);
  return (
    load<u32>(ptr, RATE_RULED_BY) == ruledBy &&
    short <= load<u32>(ptr, RATE_SHORT_LIMIT) &&
    short + load<u32>(ptr, RATE_LONG) <= load<u32>(ptr, RATE_LONG_LIMIT) &&
    !isInAlert(ptr + RATE_ALERT)
  );
}

/** Whether what was counted in the slot is too much, and whether it is time to report it. */
function judgeRate(which: i32, ptr: usize, now: u32, seed: u64): void {
  if (load<u32>(ptr, RATE_RULED_BY) != ruledBy) {
    setLimits(which, ptr);
    if (isCalm(ptr)) return;
  }
  measure(which, ptr);
  const alertPtr = ptr + RATE_ALERT;
  if (!isInAlert(alertPtr)) {
    if (rateScore <= 1) return;
    beginAlert(alertPtr);
    hasAlerts = true;
  } else if (rateScore <= alertEnd) {
    if (endAlert(alertPtr)) rateEnded = which;
    return;
  }
  rateAlert = which;
  let ownerPtr = ptr;
  if (which == BURST) {
    // One storm is reported once: the kinds of lines of a source share its schedule, errors and others apart.
    findSource(seed);
    const sharedPtr = searchRate(isErrorAtHand ? sourceKey | IS_ERRORS : sourceKey, now, true);
    if (sharedPtr != 0) ownerPtr = sharedPtr;
    if (ownerPtr != ptr && !isErrorAtHand) countRate(ownerPtr, now, 1);
  }
  if (!isDue(ownerPtr + RATE_ALERT, rateScore, true, now, bucketSeconds, !isCeasing(ptr))) return;
  rateReported = true;
  rateBegan = markReported(alertPtr);
}

/** Whether less than half of what the long window holds came lately: an incident that is over stays there a while. */
function isCeasing(ptr: usize): bool {
  return rateIsLong && <u64>load<u32>(ptr, RATE_SHORT) * LONG_SHORTS * 2 < <u64>rateCount;
}

/** Count, threshold and score of the window that is further over its limit. */
function measure(which: i32, ptr: usize): void {
  let shortLimit = <f64>load<u32>(ptr, RATE_SHORT_LIMIT);
  let longLimit = <f64>load<u32>(ptr, RATE_LONG_LIMIT);
  const shortCount = <f64>load<u32>(ptr, RATE_SHORT);
  const count = <f64>longCount(ptr);
  if (which != FAILED_LOGINS) {
    // A peak of visitors is no storm: so many times as much may come as there is more of everything else.
    countRun();
    const restPtr = searchRate(KEY_ALL, runBucket, false);
    findUsual(KEY_ALL);
    if (restPtr != 0 && usualShort != 0) {
      const isPart = which == BURST && !isErrorAtHand;
      shortLimit *= max(1, (<f64>load<u32>(restPtr, RATE_SHORT) - (isPart ? shortCount : 0)) / <f64>usualShort);
      longLimit *= max(1, (<f64>longCount(restPtr) - (isPart ? count : 0)) / <f64>usualLong);
    }
  }
  rateIsLong = count * shortLimit > shortCount * longLimit;
  rateCount = <u32>(rateIsLong ? count : shortCount);
  rateThreshold = rateIsLong ? longLimit : shortLimit;
  rateScore = <f64>rateCount / rateThreshold;
  findUsual(learntHash(which));
  rateUsual = rateIsLong ? usualLong : usualShort;
}

/** What else a source says can end an alert of its errors, too. */
function endSource(now: u32, seed: u64): void {
  findSource(seed);
  const ptr = searchRate(sourceKey | IS_ERRORS, now, false);
  if (ptr == 0 || !isInAlert(ptr + RATE_ALERT)) return;
  measure(SOURCE_ERRORS, ptr);
  if (rateScore <= alertEnd && endAlert(ptr + RATE_ALERT)) rateEnded = SOURCE_ERRORS;
}
