/**
 * One event's verdict: the largest score of all detectors. What `judge` returns alone says whether the event was
 * tagged: every count, `--only` and what is written go by it, never by the score. In shadow mode an event counts as it
 * would have been tagged, and gets no member.
 */

import { enabled, profiles, shadow, trustUpstream } from "../config/settings";
import { isScored, takeScore } from "../detect/novelty/cache";
import { clearWatch, watchChanges, watchesOrdinary, watchOrdinary } from "../detect/windows/watch";
import { unescapeText } from "../event/event";
import { ordinaryRequest, settleLine } from "../formats/usualAccess";
import { forgedKeys, leaveForged } from "../record/finder";
import { FixedArray } from "../runtime/fixedArray";
import { writeAnomaly } from "./anomalyJson";
import { forgetScore, keepScore, reportFlows, score, scoreEvent, suppressScore, TYPES, type } from "./detectors";
import { counts, seed, tagsEvery } from "./options";
import { isUntold, profileVariant } from "./signatureScore";

/** Bits of what `judge` returns: the event gets the member that the output holds; it counts as tagged. */
export const HAS_MEMBER: u32 = 1;
export const IS_TAGGED: u32 = 2;

/** Events judged and tagged since the start, for the counts line and the tests. */
export let eventsJudged: u64 = 0;
export let eventsTagged: u64 = 0;
const taggedByType = changetype<FixedArray<u64>>(memory.data(TYPES * sizeof<u64>()));

/** Events tagged by the detector of that type. */
export function taggedOf(type: i32): u64 {
  return <u32>type < <u32>TYPES ? unchecked(taggedByType[type]) : 0;
}

/** Of the record that was read last. */
// @ts-ignore: decorator
@inline
export function judge(): u32 {
  if (ordinaryRequest != 0) {
    if (passesOrdinary()) return 0;
    settleLine();
  }
  return judgeEvent();
}

/** Of one whose event is set. */
export function judgeEvent(): u32 {
  if (!enabled) return passUnjudged();
  eventsJudged++;
  scoreEvent();
  // The verdict of the shipper before stands; a second member of that name would be no valid record.
  const isJudgedUpstream = trustUpstream && forgedKeys > 0;
  if (score > 1) {
    if (!isUntold()) unescapeText();
    suppressScore(isJudgedUpstream);
  }
  reportFlows(score > 1 && !isJudgedUpstream);
  if (isJudgedUpstream) {
    leaveForged();
    return 0;
  }
  const tagged = score > 1 ? countTagged() : 0;
  const isWanted = tagged != 0 || watchChanges || tagsEvery();
  if (!isWanted || shadow) return tagged;
  unescapeText();
  writeAnomaly();
  return tagged | HAS_MEMBER;
}

/** Whether `mayPass` is true of every record until records begin anew. */
let isSteady: bool = false;

/** Called when records begin; with profiles each of them is looked at. */
export function beginJudging(): void {
  isSteady = profiles == 0 && mayPass();
}

/** Whether lines may pass because their parts are ordinary. */
function mayPass(): bool {
  return enabled && !tagsEvery() && (!counts || watchesOrdinary());
}

/** Whether nothing can be told of an access line made of ordinary parts, nor of how often its client comes. */
function passesOrdinary(): bool {
  if (!isSteady && !mayPass()) return false;
  if (!isScored(ordinaryRequest, profileVariant()) || (counts && !watchOrdinary(seed))) return false;
  eventsJudged++;
  keepScore(takeScore(ordinaryRequest));
  return true;
}

function passUnjudged(): u32 {
  forgetScore();
  leaveForged();
  clearWatch();
  return 0;
}

function countTagged(): u32 {
  eventsTagged++;
  taggedByType[type] += 1;
  return IS_TAGGED;
}
