/**
 * One key that most events come from: rather a proxy's address than a client. A majority vote (Boyer and Moore,
 * https://www.cs.utexas.edu/~moore/best-ideas/mjrty/) finds the one key that may have more than half of a round, the
 * next round counts it exactly; two numbers a record, no table. Reported once an hour of arrival time at most.
 */
import { keyIsName } from "../../fields/configured";
import { pathsActive } from "../../fields/paths";
import { beginLine, endLine } from "../../runtime/log";
import { putInteger, putText } from "../../runtime/output";

/** Events with a key in a round; the first verdict is due after two of them. */
const ROUND_EVENTS: u32 = 1500;
const REPEAT_SECONDS: i64 = 3600;
const NEVER: i64 = i64.MIN_VALUE;

let events: u32 = 0;
let candidate: u64 = 0;
let votes: u32 = 0;
/** The winner of the round before, and its events in this one. */
let leader: u64 = 0;
let leaderEvents: u32 = 0;
/** Percent of the events of the last round; 0 where no key had more than half, or it was reported. */
export let dominantPercent: u32 = 0;
let reportedSeconds: i64 = NEVER;

export function forgetDominantKey(): void {
  events = 0;
  candidate = 0;
  votes = 0;
  leader = 0;
  leaderEvents = 0;
  dominantPercent = 0;
  reportedSeconds = NEVER;
}

/** Takes one event's key into account; a user or a tenant that somebody configured is no proxy. */
// @ts-ignore: decorator
@inline
export function countKey(key: u64): void {
  if (pathsActive && keyIsName) return;
  if (key == leader) leaderEvents++;
  if (key == candidate) votes++;
  else if (votes == 0) {
    candidate = key;
    votes = 1;
  } else votes--;
  events++;
  if (events == ROUND_EVENTS) endRound();
}

function endRound(): void {
  dominantPercent = leaderEvents * 2 > ROUND_EVENTS ? (leaderEvents * 100) / ROUND_EVENTS : 0;
  leader = candidate;
  leaderEvents = 0;
  votes = 0;
  events = 0;
}

/** True where it is time to report it: the line, without its end, is in the output then. */
export function putDominantKey(arrivalSeconds: i64): bool {
  if (dominantPercent == 0) return false;
  const percent = dominantPercent;
  dominantPercent = 0;
  if (
    reportedSeconds != NEVER &&
    arrivalSeconds >= reportedSeconds &&
    arrivalSeconds - reportedSeconds < REPEAT_SECONDS
  )
    return false;
  reportedSeconds = arrivalSeconds;
  beginLine();
  putText("one key carries ");
  putInteger(percent);
  putText(" % of the last ");
  putInteger(ROUND_EVENTS);
  putText(" events with a key; behind a proxy? configure key.forwarded and key.trustedProxies, or key.fields");
  return true;
}

/** For the shipper, where `dominantPercent` is not 0: before a record is judged, while the output is free. */
export function logDominantKey(arrivalSeconds: i64): void {
  if (putDominantKey(arrivalSeconds)) endLine();
}
