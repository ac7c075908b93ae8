/**
 * How often an alert that lasts is reported: by the event that raises it, then where its score has doubled since, or
 * where 5, 20, 80 … 3,600 s have passed; one of a learnt threshold also where it has become graver, for its grades lie
 * closer together than a doubling. One that ends and comes again within ten windows goes on with its schedule.
 *
 *   0 u32 bit 0 in alert   bit 1 was reported   bits 2-4 step   bits 5-31 the score reported last, an f32 cut there
 *   4 u32 bits 0-15 bucket of the last report   bits 16-31 bucket of the last event in alert, both mod 65,536
 */
import { gradeOfRate } from "./grades";
import { BUCKETS } from "./keyTable";

const IN_ALERT: u32 = 1;
const IS_REPORTED: u32 = 2;
const STEP_SHIFT: u32 = 2;
const STEP_MAX: u32 = 7;
const FLAGS: u32 = 31;
const FIRST_SECONDS: i64 = 5;
const LONGEST_SECONDS: i64 = 3600;
const WINDOWS_KEPT: u32 = 10;

/** Every event that counts while an alert lasts. */
let reportsEvery: bool = false;

export function setReportsEvery(every: bool): void {
  reportsEvery = every;
}

// @ts-ignore: decorator
@inline
export function isInAlert(ptr: usize): bool {
  return (load<u32>(ptr) & IN_ALERT) != 0;
}

export function beginAlert(ptr: usize): void {
  store<u32>(ptr, load<u32>(ptr) | IN_ALERT);
}

/** Whether the alert that ends here was ever reported. */
export function endAlert(ptr: usize): bool {
  const word = load<u32>(ptr);
  store<u32>(ptr, word & ~(IN_ALERT | IS_REPORTED));
  return (word & IS_REPORTED) != 0;
}

/** Notes a report; whether it is the first of the alert. */
export function markReported(ptr: usize): bool {
  const word = load<u32>(ptr);
  store<u32>(ptr, word | IS_REPORTED);
  return (word & IS_REPORTED) == 0;
}

/** Whether an event in alert is to be reported; `byTime` false: only by its score. */
export function isDue(ptr: usize, score: f64, isLearnt: bool, now: u32, bucketSeconds: i64, byTime: bool): bool {
  const word = load<u32>(ptr);
  const times = load<u32>(ptr, 4);
  const reportedScore = <f64>reinterpret<f32>(word & ~FLAGS);
  const isFresh = reportedScore == 0 || ((now - (times >> 16)) & 0xffff) >= WINDOWS_KEPT * BUCKETS;
  const step = isFresh ? 0 : (word >> STEP_SHIFT) & STEP_MAX;
  const sinceSeconds = <i64>((now - times) & 0xffff) * bucketSeconds;
  const isTime = byTime && sinceSeconds >= min(FIRST_SECONDS << (<i64>step * 2), LONGEST_SECONDS);
  const keptScore = reinterpret<u32>(<f32>score) & ~FLAGS;
  const isMore =
    score >= 2 * reportedScore ||
    (isLearnt && gradeOfRate(reinterpret<f32>(keptScore), true) > gradeOfRate(reportedScore, true));
  if (!reportsEvery && !isFresh && !isTime && !isMore) {
    store<u16>(ptr, <u16>now, 6);
    return false;
  }
  const nextStep = isFresh ? 0 : min(step + 1, STEP_MAX);
  store<u32>(ptr, keptScore | (nextStep << STEP_SHIFT) | (word & (IN_ALERT | IS_REPORTED)));
  store<u32>(ptr, (now << 16) | (now & 0xffff), 4);
  return true;
}
