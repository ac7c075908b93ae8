/**
 * One event's verdict: the largest score of all detectors. What the form says comes from the cache where the form was
 * met before; reasons are made only for what is tagged, and muting is weighed anew each time.
 */

import {
  detectErrorRate,
  detectKeyword,
  detectNetwork,
  detectNovelty,
  detectOutlier,
  detectTraffic,
  enabled,
  hasKnown,
  profile,
  SILENCES_NOVELTY,
  SILENCES_OUTLIER,
  shadow,
  tagEveryEvent,
  trustUpstream,
} from "../config/settings";
import { KNOWS_ALL, KNOWS_NOTHING, KNOWS_PATH, known } from "../detect/known";
import { judgesTraffic, networkScore, settleTraffic, weighTraffic } from "../detect/network/flowWindows";
import { cachedScore, findRequest, findScore, keepRequest, keepScore } from "../detect/novelty/cache";
import {
  CHILD,
  FEATURE_BYTES,
  featureCount,
  featuresPtr,
  GROUP_OFFSET,
  KIND_OFFSET,
  MALFORMED_SHAPE,
  PARAMETERS,
  TEMPLATE,
  VALUE_OFFSET,
  VALUE_PAIR,
  writeFeatures,
} from "../detect/novelty/features";
import { isEvasive, isPlainQuery, likeness, readLikeness } from "../detect/novelty/likeness";
import { findLeastProbable, isStructural, leastProbability, leastPtr, templateKnown } from "../detect/novelty/score";
import { formEndPtr, formPtr, REQUEST_FORM, TEXT_FORM, writeForm } from "../detect/novelty/signature";
import { countMuted, tellNews, tellRequest } from "../detect/novelty/suppression";
import { findEntry } from "../detect/novelty/table";
import { measureDistance, nearestDistance, nearestRadius } from "../detect/outlier/nearest";
import {
  clearWatch,
  TYPE_NETWORK,
  TYPE_NONE,
  TYPE_NOVELTY,
  TYPE_OUTLIER,
  tell,
  watch,
  watchChanges,
  watchScore,
  watchType,
} from "../detect/windows/watch";
import {
  bodyEndPtr,
  bodyPtr,
  destinationEndPtr,
  destinationPtr,
  format,
  isRequest,
  methodEndPtr,
  methodPtr,
  requestHash,
  setRequestSeed,
  status,
  targetEndPtr,
  targetPtr,
} from "../event/event";
import { FORMAT_ACCESS } from "../formats/access";
import { hasModel, outlierScale, surpriseThreshold, tagEvery } from "../operate/modelFile";
import { forgedKeys, leaveForged } from "../record/finder";
import { FixedArray } from "../runtime/fixedArray";
import { finish, hashBytes, hashPair } from "../runtime/hash";
import { writeMember } from "./anomalyJson";

/** Hash seed of this instance: nobody outside can make two forms or two keys meet. */
export let seed: u64 = 0;
let arrivalSeconds: i64 = 0;
/** Options of the host at hand. */
let ignoreNews: bool = false;
let tagAll: bool = false;
let useCache: bool = true;
let watching: bool = true;

export let score: f64 = 0;
export let type: i32 = 0;
export let noveltyScore: f64 = 0;
export let outlierScore: f64 = 0;
/** Which telling of its structural news this tag is; 0 where it is none. */
export let newsNumber: u32 = 0;
let formScore: f64 = 0;
let formType: i32 = 0;

/** Events judged and tagged since the start, for the counts line and the tests. */
export let eventsJudged: u64 = 0;
export let eventsTagged: u64 = 0;
const taggedByType = changetype<FixedArray<u64>>(memory.data((TYPE_NETWORK + 1) * sizeof<u64>()));

/** Events tagged by the detector of that type. */
export function taggedOf(type: i32): u64 {
  return type < 0 || type > TYPE_NETWORK ? 0 : unchecked(taggedByType[type]);
}

export function setSeed(value: u64): void {
  seed = value;
  setRequestSeed(value);
}

/** `watchful` false leaves keywords and windows aside: what remains depends on the line alone. */
export function setOptions(all: bool, news: bool, cache: bool, watchful: bool): void {
  tagAll = all;
  ignoreNews = !news;
  useCache = cache;
  watching = watchful;
}

export function setArrivalSeconds(value: i64): void {
  arrivalSeconds = value;
}

/** Bits of what `judge` returns: the event gets the member that the output holds; it counts as tagged. */
export const HAS_MEMBER: u32 = 1;
export const IS_TAGGED: u32 = 2;

/**
 * Judges the event at hand. What it returns alone says whether the event was tagged: every count, `--only` and what is
 * written go by it, never by the score. In shadow mode an event counts as it would have been tagged, and gets no
 * member.
 */
export function judge(): u32 {
  score = 0;
  if (!enabled) {
    leaveForged();
    clearWatch();
    return 0;
  }
  // The verdict of the shipper before stands; a second member of that name would be no valid record.
  const toldUpstream = trustUpstream && forgedKeys > 0;
  const wanted = judgeEvent(toldUpstream);
  if (toldUpstream) {
    leaveForged();
    return 0;
  }
  const tagged = score > 1 ? IS_TAGGED : 0;
  if (tagged) {
    eventsTagged++;
    taggedByType[type] += 1;
  }
  if (!wanted || shadow) return tagged;
  writeMember();
  return tagged | HAS_MEMBER;
}

/** Whether there is anything to make a form of. */
// @ts-ignore: decorator
@inline
export function hasForm(): bool {
  return isRequest || bodyEndPtr > bodyPtr || format == FORMAT_ACCESS;
}

/**
 * True where the event is odd, changes a state, or every event is to be tagged. `untold`: whatever is found, nobody is
 * told.
 */
function judgeEvent(untold: bool): bool {
  eventsJudged++;
  formScore = 0;
  formType = TYPE_NONE;
  newsNumber = 0;
  if (hasModel && hasForm()) judgeForm();
  score = formScore;
  type = formType;
  if (watching && (detectKeyword || detectErrorRate || detectTraffic)) watch(seed, arrivalSeconds);
  else clearWatch();
  const weighs = watching && detectNetwork && judgesTraffic() && destinationEndPtr > destinationPtr;
  if (weighs) {
    weighTraffic(seed, arrivalSeconds);
    if (networkScore > 1) tell(TYPE_NETWORK, networkScore, 0);
  }
  if (watchType != TYPE_NONE && watchScore >= score) {
    score = watchScore;
    type = watchType;
  }
  if (score > 1 && hasKnown && (type == TYPE_NOVELTY || type == TYPE_OUTLIER)) leaveKnown();
  if (score > 1 && type == TYPE_NOVELTY && !ignoreNews && !untold) weighNews();
  if (weighs) settleTraffic(score > 1 && type == TYPE_NETWORK && !untold);
  return score > 1 || watchChanges || tagAll || tagEvery || tagEveryEvent;
}

/** What the form says that is known is no news; keywords were left out before, rates are told all the same. */
function leaveKnown(): void {
  const knows = known(SILENCES_NOVELTY, arrivalSeconds);
  if (knows == KNOWS_ALL || (knows == KNOWS_PATH && mayBeKnownByPath())) {
    muteKinds(knows == KNOWS_PATH ? MALFORMED_SHAPE : u32.MAX_VALUE);
    findLeastProbable(templateKnown);
    measure();
  }
  if (outlierScore > 0 && known(SILENCES_OUTLIER, arrivalSeconds) != KNOWS_NOTHING) {
    outlierScore = 0;
    formScore = noveltyScore;
    formType = TYPE_NOVELTY;
  }
  takeLarger();
}

/** No request that may mean another place is, nor one with signs in a query that nothing is known about. */
function mayBeKnownByPath(): bool {
  if (load<u8>(formPtr) != REQUEST_FORM) return true;
  readLikeness();
  return !isEvasive && (isPlainQuery || knowsParameters());
}

function knowsParameters(): bool {
  for (let i = 0; i < featureCount; i++) {
    const ptr = featuresPtr + <usize>i * FEATURE_BYTES;
    if (load<u32>(ptr, KIND_OFFSET) == PARAMETERS) return findEntry(load<u64>(ptr, GROUP_OFFSET)) != 0;
  }
  return false;
}

/** Of the query's kinds none, where only the path is known. */
function muteKinds(most: u32): void {
  for (let i = 0; i < featureCount; i++) {
    const ptr = featuresPtr + <usize>i * FEATURE_BYTES;
    const kind = load<u32>(ptr, KIND_OFFSET);
    const ofQuery = kind >= PARAMETERS && kind <= VALUE_PAIR;
    if (kind <= most && !(ofQuery && most == MALFORMED_SHAPE)) store<u32>(ptr, 0, KIND_OFFSET);
  }
}

/** The form's score, or that of keywords and rates where it is as large. */
function takeLarger(): void {
  const watched = watchScore >= formScore;
  score = watched ? watchScore : formScore;
  type = watched ? watchType : formType;
}

/** The score of the form at hand alone: neither cache nor muting. Learning compares models by it. */
export function scoreForm(): f64 {
  writeFeatures(false);
  findLeastProbable();
  measure();
  return formScore;
}

function judgeForm(): void {
  // profiles may switch detectors off: a score is that of its profile
  const variant = <u64>profile * 0x9e3779b97f4a7c15;
  const written = useCache && requestHash != 0;
  const requestKey = finish(requestHash + variant + <u64>status) | 1;
  if (written && findRequest(requestKey)) {
    formScore = cachedScore;
    return;
  }
  writeForm();
  const key = (hashBytes(formPtr, formEndPtr - formPtr, seed) + variant) | 1;
  if (useCache && findScore(key)) {
    formScore = cachedScore;
    if (formScore <= 1) {
      if (written) keepRequest(requestKey, formScore);
      return;
    }
  }
  scoreForm();
  if (!useCache) return;
  keepScore(key, formScore);
  if (written && formScore <= 1) keepRequest(requestKey, formScore);
}

/** Scores of novelty and outlier; the larger one is the form's. */
function measure(): void {
  noveltyScore = leastPtr == 0 || !detectNovelty ? 0 : -Math.log(leastProbability) / surpriseThreshold;
  outlierScore = 0;
  // What is known is no outlier, and a request has groups enough: the dear step runs for unknown texts only.
  if (detectOutlier && load<u8>(formPtr) == TEXT_FORM && !templateKnown && measureDistance()) {
    outlierScore = nearestDistance / (nearestRadius * outlierScale);
  }
  formType = outlierScore > noveltyScore ? TYPE_OUTLIER : TYPE_NOVELTY;
  formScore = formType == TYPE_OUTLIER ? outlierScore : noveltyScore;
}

/** Mutes structural news that was told often enough: then the next surprising thing decides. */
function weighNews(): void {
  while (score > 1 && type == TYPE_NOVELTY) {
    const kind = load<u32>(leastPtr, KIND_OFFSET);
    if (!isStructural(kind) || isTold(kind)) return;
    countMuted();
    mute(kind);
    findLeastProbable(templateKnown);
    measure();
    takeLarger();
  }
}

/** Whether the structural news at hand is to be told. */
function isTold(kind: u32): bool {
  const key = newsKey(kind);
  if (kind == CHILD) {
    readLikeness();
    newsNumber = 0;
    if (isEvasive) return true;
  }
  newsNumber = tellNews(key, arrivalSeconds);
  if (kind != CHILD) return newsNumber > 0;
  // Kept also for what is told anyway: what comes again behind it is nothing new.
  return tellRequest(requestKey(), hashPair(key, likeness) | 1, arrivalSeconds) || newsNumber > 0;
}

/** The request as it is written. */
function requestKey(): u64 {
  const method = hashBytes(methodPtr, methodEndPtr - methodPtr, seed);
  return hashPair(hashPair(method, hashBytes(targetPtr, targetEndPtr - targetPtr, seed)), status) | 1;
}

/** A text is one piece of news, whichever of its pairs was the most surprising. */
function newsKey(kind: u32): u64 {
  const ptr = kind >= TEMPLATE ? featuresPtr : leastPtr;
  return hashPair(load<u64>(ptr, GROUP_OFFSET), load<u64>(ptr, VALUE_OFFSET)) | 1;
}

function mute(kind: u32): void {
  if (kind < TEMPLATE) {
    store<u32>(leastPtr, 0, KIND_OFFSET);
    return;
  }
  muteKinds(u32.MAX_VALUE);
}
