/**
 * The time that windows are kept by. Lines say when they are from, and whoever writes them may say anything; so one
 * writer's dates do not move this clock. It runs with the arrival of the lines, as far behind it as their dates are,
 * and goes where dates lead step by step. A line whose date leaps counts where the clock stands, until others bear it
 * out; docs/windows.md says when. Without an arrival, in logs that are read later, the dates are all there is to go by.
 */
import { NO_TIME } from "../../event/event";
import { BUCKETS } from "./keyTable";

/** A line may be dated so much later than it arrived: machines' clocks differ. */
export const TOLERANCE_SECONDS: i64 = 10;
/** What bears out a leap: so many more lines of that time than of any other, … */
const BELIEF_VOTES: i32 = 16;
/** … where lines arrive as they are written also from so many keys, over so long. */
const BELIEF_KEYS: u32 = 5;
const BELIEF_SECONDS: i64 = 180;
/** Lines of one time: each is no further ahead of those before it. */
const NEIGHBOUR_SECONDS: i64 = 3600;
/** So long after lines contradicted a leap none is believed at once. */
const DISTRUST_SECONDS: i64 = 3600;
/** 2106: the buckets are counted in 32 bits. */
const SECONDS_MAX: i64 = 4294900000;
const LONG_AGO: i64 = i64.MIN_VALUE;

export let clockSeconds: i64 = NO_TIME;
/** With the event at hand the clock was set back: what was counted belongs to a time that is given up. */
export let clockWasSetBack: bool = false;

/** Nothing of what is kept below is in doubt. */
let isCalm: bool = false;

let bucketSeconds: i64 = 5;
let windowSeconds: i64 = 60;
/** Start of the oldest bucket that is kept. */
let oldestSeconds: i64 = 0;
/** When the event at hand arrived; NO_TIME where its own time is all that is known. */
let arrivalSeconds: i64 = NO_TIME;
/** No line that is dated later is believed at once. */
let latestSeconds: i64 = SECONDS_MAX;
/** For the first event, where it has no time of its own. */
let startSeconds: i64 = 0;
/** An arrival from before the window, and how many events in a row had one. */
let earlierArrival: i64 = NO_TIME;
let earlierInRow: i32 = 0;
/** Events from the start on, while none of them had a date: the first that has one says what time it is. */
let datelessEvents: i32 = 0;
/** How far behind the arrival the lines' dates are. */
let lagSeconds: i64 = 0;

/** Where the clock was before it followed a leap that may still be taken back. */
let beforeLeap: i64 = NO_TIME;
let lagBeforeLeap: i64 = 0;
let eventsSinceLeap: i32 = 0;
let leapsDistrustedUntil: i64 = LONG_AGO;
let lateDistrustedUntil: i64 = LONG_AGO;
let lateInRow: i32 = 0;

/** The other time that lines give: its first and newest line, where the clock stood, and what bears it out. */
let hasOther: bool = false;
let otherFirst: i64 = 0;
let otherNewest: i64 = 0;
let otherSince: i64 = 0;
let votes: i32 = 0;
let otherKeys: u32 = 0;
const otherKeysPtr = memory.data(40, 8); // BELIEF_KEYS × u64

/** Forgets the time; `seconds` is the length of a bucket. */
export function startClock(seconds: i64): void {
  bucketSeconds = seconds;
  windowSeconds = seconds * BUCKETS;
  clockSeconds = NO_TIME;
  isCalm = false;
  earlierArrival = NO_TIME;
  earlierInRow = 0;
  datelessEvents = 0;
  leapsDistrustedUntil = LONG_AGO;
  lateDistrustedUntil = LONG_AGO;
  beforeLeap = NO_TIME;
  lagSeconds = 0;
  lateInRow = 0;
  forgetOther();
}

/** Goes on from a time that was saved. */
export function setClock(seconds: i64): void {
  startClock(bucketSeconds);
  datelessEvents = BELIEF_VOTES;
  moveTo(seconds);
}

/** When the events to come arrive, and where an event that nothing is known of counts if it is the first. */
// @ts-ignore: decorator
@inline
export function setClockArrival(seconds: i64, start: i64): void {
  startSeconds = start;
  if (seconds != arrivalSeconds || earlierArrival != NO_TIME) changeArrival(seconds);
}

/** Whether the arrival is from before the window: each record says so anew. */
export function arrivesEarlier(): bool {
  return earlierArrival != NO_TIME;
}

function changeArrival(seconds: i64): void {
  earlierArrival = NO_TIME;
  if (arrivalSeconds != NO_TIME && seconds < arrivalSeconds - windowSeconds) {
    earlierArrival = seconds;
    isCalm = false;
  } else setArrival(seconds);
}

function setArrival(seconds: i64): void {
  arrivalSeconds = seconds;
  latestSeconds = seconds == NO_TIME ? SECONDS_MAX : min<i64>(seconds + TOLERANCE_SECONDS, SECONDS_MAX);
}

/** No later than a line that arrives now may be. */
export function cappedSeconds(seconds: i64): i64 {
  return arrivalSeconds != NO_TIME && seconds > arrivalSeconds + TOLERANCE_SECONDS ? arrivalSeconds : seconds;
}

/** Whether the event is, as nearly every one, of the second the clock has reached or some before it. */
// @ts-ignore: decorator
@inline
export function standsFor(seconds: i64): bool {
  return isCalm && seconds <= clockSeconds && seconds >= oldestSeconds;
}

/**
 * Where an event that it does not stand for counts that says it is from `seconds` (NO_TIME: it does not say); NO_TIME
 * where it does not count.
 */
// @ts-ignore: decorator
@inline
export function followClock(seconds: i64, key: u64): i64 {
  clockWasSetBack = false;
  // Of events that the clock does not stand for, nearly every one: of the window behind it, not ahead of its arrival.
  if (isCalm && seconds > clockSeconds && seconds <= min(clockSeconds + windowSeconds, latestSeconds)) {
    goTo(seconds);
    return seconds;
  }
  const counted = weighTime(seconds, key);
  isCalm = beforeLeap == NO_TIME && votes == 0 && lateInRow == 0 && earlierInRow == 0 && datelessEvents >= BELIEF_VOTES;
  return counted;
}

function weighTime(seconds: i64, key: u64): i64 {
  if (seconds != NO_TIME) seconds = min<i64>(max<i64>(seconds, 0), SECONDS_MAX);
  if (clockSeconds == NO_TIME) return begin(seconds);
  if (datelessEvents < BELIEF_VOTES) {
    datelessEvents = seconds == NO_TIME ? datelessEvents + 1 : BELIEF_VOTES;
    if (seconds != NO_TIME && seconds < oldestSeconds) {
      setBackTo(seconds);
      goTo(seconds);
      return seconds;
    }
  }
  if (earlierArrival != NO_TIME) seconds = weighEarlier(seconds);
  else earlierInRow = 0;
  if (beforeLeap != NO_TIME) weighLeap(seconds);
  const nowSeconds =
    arrivalSeconds == NO_TIME
      ? clockSeconds
      : max<i64>(clockSeconds, min<i64>(arrivalSeconds - lagSeconds, SECONDS_MAX));
  if (seconds == NO_TIME) return stay(nowSeconds);
  if (seconds < oldestSeconds) return late(seconds, nowSeconds, key);
  if (arrivalSeconds != NO_TIME && seconds > max<i64>(arrivalSeconds, nowSeconds) + TOLERANCE_SECONDS)
    return ahead(seconds, nowSeconds, key);
  if (seconds > nowSeconds + windowSeconds) return leap(seconds, nowSeconds, key);
  if (votes > 0 || lateInRow > 0) contradict();
  if (seconds > clockSeconds) goTo(seconds);
  return seconds;
}

function begin(seconds: i64): i64 {
  if (earlierArrival != NO_TIME) setArrival(earlierArrival);
  earlierArrival = NO_TIME;
  const start = seconds != NO_TIME ? cappedSeconds(seconds) : arrivalSeconds != NO_TIME ? arrivalSeconds : startSeconds;
  datelessEvents = seconds == NO_TIME ? 1 : BELIEF_VOTES;
  goTo(min<i64>(max<i64>(start, 0), SECONDS_MAX));
  return clockSeconds;
}

function moveTo(seconds: i64): void {
  clockSeconds = seconds;
  oldestSeconds = (seconds / bucketSeconds - (BUCKETS - 1)) * bucketSeconds;
}

/** The clock is moved by a line's date, which also says how far behind its arrival it is. */
function goTo(seconds: i64): void {
  moveTo(seconds);
  if (arrivalSeconds != NO_TIME) lagSeconds = arrivalSeconds - seconds;
}

function stay(nowSeconds: i64): i64 {
  if (nowSeconds > clockSeconds) moveTo(nowSeconds);
  return nowSeconds;
}

/**
 * Either the host's clock was set back, then all that comes has an earlier arrival; or a parser took this one's from
 * the line, then it is a date as good as any.
 */
function weighEarlier(seconds: i64): i64 {
  earlierInRow++;
  if (earlierInRow < BELIEF_VOTES) return seconds != NO_TIME ? seconds : max<i64>(earlierArrival - lagSeconds, 0);
  earlierInRow = 0;
  setArrival(earlierArrival);
  earlierArrival = NO_TIME;
  const backSeconds = max<i64>(arrivalSeconds - lagSeconds, 0);
  if (backSeconds < oldestSeconds) setBackTo(backSeconds);
  return seconds;
}

function setBackTo(seconds: i64): void {
  clockWasSetBack = true;
  beforeLeap = NO_TIME;
  lateInRow = 0;
  forgetOther();
  moveTo(seconds);
}

/** The events after a leap tell whether time went on there, or whether only those that leapt were dated so. */
function weighLeap(seconds: i64): void {
  eventsSinceLeap++;
  if (seconds != NO_TIME && seconds < oldestSeconds && seconds >= beforeLeap - windowSeconds) {
    if (clockSeconds - seconds > seconds - beforeLeap) {
      moveTo(beforeLeap);
      lagSeconds = lagBeforeLeap;
      beforeLeap = NO_TIME;
      leapsDistrustedUntil = clockSeconds + DISTRUST_SECONDS;
      return;
    }
  }
  if (eventsSinceLeap >= BELIEF_VOTES) beforeLeap = NO_TIME;
}

/** Further ahead than the time that has passed, but not of the arrival: a silence in a log that is read later. */
function leap(seconds: i64, nowSeconds: i64, key: u64): i64 {
  if (nowSeconds < leapsDistrustedUntil) {
    vote(seconds, nowSeconds, key);
    if (votes < BELIEF_VOTES) return stay(nowSeconds);
    beforeLeap = NO_TIME;
  } else if (beforeLeap == NO_TIME) {
    beforeLeap = nowSeconds;
    lagBeforeLeap = lagSeconds;
    eventsSinceLeap = 0;
  }
  forgetOther();
  goTo(seconds);
  return seconds;
}

/** Ahead of its arrival: the line's writer is wrong, or the host's clock is. */
function ahead(seconds: i64, nowSeconds: i64, key: u64): i64 {
  vote(seconds, nowSeconds, key);
  if (votes < BELIEF_VOTES || !isBorneOut()) return stay(nowSeconds);
  beforeLeap = NO_TIME;
  forgetOther();
  goTo(seconds);
  return seconds;
}

/** From before the window: a straggler, a log that is read again, or a clock that was set back. */
function late(seconds: i64, nowSeconds: i64, key: u64): i64 {
  vote(seconds, nowSeconds, key);
  lateInRow++;
  const isLive = arrivalSeconds != NO_TIME && arrivalSeconds - nowSeconds <= windowSeconds;
  if (votes >= BELIEF_VOTES && (!isLive || isBorneOut())) {
    setBackTo(seconds);
    goTo(seconds);
    return seconds;
  }
  stay(nowSeconds);
  if (lateInRow >= BELIEF_VOTES) lateDistrustedUntil = nowSeconds + DISTRUST_SECONDS;
  return isBacklog(nowSeconds) || nowSeconds >= lateDistrustedUntil ? NO_TIME : nowSeconds;
}

/** Several keys over several minutes. */
function isBorneOut(): bool {
  return otherKeys >= BELIEF_KEYS && otherNewest - otherFirst >= BELIEF_SECONDS;
}

/** Borne out, and it catches up: it goes by more than twice as fast as the clock. */
function isBacklog(nowSeconds: i64): bool {
  return isBorneOut() && otherNewest - otherFirst > 2 * (nowSeconds - otherSince);
}

/** A line of the clock's own time: one less for another, and a line that comes too late was no change of the clock. */
function contradict(): void {
  if (lateInRow > 0) lateDistrustedUntil = clockSeconds + DISTRUST_SECONDS;
  lateInRow = 0;
  if (votes > 0) votes--;
}

/**
 * A majority vote, as dominantKey.ts takes one: a line of yet another time weighs against the one that is borne out.
 */
function vote(seconds: i64, nowSeconds: i64, key: u64): void {
  if (hasOther && seconds >= otherNewest - windowSeconds && seconds <= otherNewest + NEIGHBOUR_SECONDS) {
    votes++;
    if (seconds > otherNewest) otherNewest = seconds;
  } else if (votes > 0) {
    votes--;
    return;
  } else {
    hasOther = true;
    otherFirst = seconds;
    otherNewest = seconds;
    otherSince = nowSeconds;
    otherKeys = 0;
    votes = 1;
  }
  if (key != 0 && otherKeys < BELIEF_KEYS) noteKey(key);
}

function noteKey(key: u64): void {
  for (let i: u32 = 0; i < otherKeys; i++) if (load<u64>(otherKeysPtr + <usize>(i << 3)) == key) return;
  store<u64>(otherKeysPtr + <usize>(otherKeys << 3), key);
  otherKeys++;
}

function forgetOther(): void {
  hasOther = false;
  votes = 0;
  otherKeys = 0;
}
