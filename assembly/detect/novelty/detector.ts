/**
 * Novelty: a text is as odd as its least probable pair, a request as all that is odd about it. Structural news (a new
 * path, a new text) of an incident is reported a few times and then suppressed: it is left out, and the rest decides.
 */
import { detectNovelty, ipv6Prefix } from "../../config/settings";
import { hashWindowKeyRarely, NO_TIME, sourceEndPtr, sourcePtr, timeSeconds } from "../../event/event";
import { carriedSeconds } from "../../fields/named";
import { hashBytes, hashPairRarely } from "../../runtime/hash";
import { cutOutput, outputEndPtr, outputPtr, putInteger, putProbability, putText } from "../../runtime/output";
import { leaveOutContent, leaveOutPathContent } from "./content";
import {
  CHILD,
  CONTENT,
  FEATURE_BYTES,
  featureCount,
  featuresPtr,
  GROUP_OFFSET,
  isOfText,
  KIND_OFFSET,
  NAME_OFFSET,
  PARAMETERS,
  PATH,
  PATH_PAIR,
  PATH_STATUS,
  placeOfKind,
  VALUE,
  VALUE_OFFSET,
} from "./features";
import { headHash, isEvasive, isPlainQuery, isPlainRequest, likeness, readLikeness } from "./likeness";
import { REASON_BYTES_MAX } from "./reason";
import { putRequestReason } from "./requestReason";
import { newChildPtr } from "./requestScore";
import { isOfPath, leastProbability, leastPtr, relativeSurprise } from "./score";
import { REQUEST_SIGNATURE, signatureEndPtr, signaturePtr } from "./signature";
import {
  countHour,
  countIncident,
  countOfDay,
  countSame,
  countSuppressed,
  FIRST_TAGS,
  isTold,
  isUnderWay,
  taggedEach,
} from "./suppression";
import { findEntry } from "./table";
import { isMostlyUnknown } from "./textFeatures";
import { putTextReason } from "./textReason";
import { isSourceNew } from "./textScore";

const REPORT_NUMBER_BYTES: usize = 40;
const ARRIVAL_CLOCK: u64 = 2;
const OTHER_CLOCK: u64 = 4;
/** A line is carried at most so long after it was written, where clocks are the same. */
const APART_SECONDS: i64 = 60;
/** Texts of sources that were never met, told within one incident of all of them. */
const NEW_SOURCES_TOLD: u32 = 20;

/** Which of its like this event is, and which of its incident; 0 where it is no structural news. */
let reportNumber: u32 = 0;
let incidentNumber: u32 = 0;

/** A request is left out place by place; nobody may make that many rounds. */
const ROUNDS_MAX: i32 = 4;
let rounds: i32 = 0;

/** Sets the incident of texts that are told for their level alone apart from that of all others. */
const BY_LEVEL: u64 = 1;

/** What the text that was asked for last is counted by. */
export let textCountedBy: u64 = 0;

/** One more of a text that is not told (isToldToday). */
export function countToldText(countedBy: u64, seconds: i64): void {
  countOfDay(countedBy, seconds);
  countSuppressed();
}

/** For a new event. */
// @ts-ignore: decorator
@inline
export function clearReports(): void {
  reportNumber = 0;
  incidentNumber = 0;
  rounds = 0;
}

/** How improbable the event is, in thresholds; 0 where the detector is off. */
export function measureNovelty(): f64 {
  return detectNovelty ? relativeSurprise : 0;
}

/** Whether what says most of a request is that its path is new. */
export function isNewsOfPath(): bool {
  return isOfPath(load<u32>(leastPtr, KIND_OFFSET));
}

export function putNoveltyEvidence(): void {
  if (leastProbability >= 1) return; // of content alone
  putText(',"p":');
  putProbability(leastProbability);
}

export function putNoveltyReason(): void {
  if (isOfText(load<u32>(leastPtr, KIND_OFFSET))) putTextReason();
  else putRequestReason();
  putReportNumber();
}

/** Behind a reason: that its like is counted from here, and how many there were. */
export function putReportNumber(): void {
  if (reportNumber < FIRST_TAGS) return;
  const room = REASON_BYTES_MAX - REPORT_NUMBER_BYTES;
  if (outputEndPtr - outputPtr > room) cutOutput(outputPtr + room);
  putText(" (");
  putInteger(reportNumber);
  putText(reportNumber == FIRST_TAGS ? "rd" : "th");
  putText(" like it, now every ");
  putInteger(taggedEach(reportNumber));
  putText("th)");
}

/**
 * Whether a request is to be reported for what says most about it: not where the same was told of one like it within
 * the day, nor a new path of its client's incident. A path that may mean another place is always told, and what has
 * signs beyond those of words is the same only letter by letter, and told a few times an hour.
 */
export function isReportable(seed: u64, seconds: i64): bool {
  reportNumber = 0;
  readLikeness();
  if (isEvasive || rounds++ == ROUNDS_MAX) return true;
  const ofPath = isOfPath(load<u32>(leastPtr, KIND_OFFSET));
  const ptr = ofPath && newChildPtr != 0 ? newChildPtr : leastPtr;
  const isStatus = load<u32>(ptr, KIND_OFFSET) == PATH_STATUS;
  const change = hashPairRarely(isStatus ? PATH_STATUS : load<u64>(ptr, GROUP_OFFSET), load<u64>(ptr, VALUE_OFFSET));
  if (!ofPath && !isPlainRequest) {
    const whole = hashBytes(signaturePtr, signatureEndPtr - signaturePtr, seed);
    reportNumber = countSame(hashPairRarely(change, whole) | 1, seconds);
    return isTold(reportNumber, FIRST_TAGS) || suppressed();
  }
  // of paths that answer with an error for once the status is the news, not the path
  reportNumber = countOfDay(hashPairRarely(hashPairRarely(change, isStatus ? headHash : likeness), seed) | 1, seconds);
  if (!isTold(reportNumber, 1)) return suppressed();
  return !ofPath || !isPlainRequest || isToldOfIncident(headHash, seed, seconds);
}

/**
 * The same for a text, whichever detector found it. What it said once is no news when it says it again; where more of
 * it is unknown than known, its template says little, and it says the same only letter by letter (with the same key).
 * Where new texts are so common that it is told for its level alone, an incident lasts until an hour passed without
 * any.
 */
export function isTextReportable(key: u64, seed: u64, seconds: i64, byLevel: bool): bool {
  const template = hashPairRarely(load<u64>(featuresPtr, GROUP_OFFSET), load<u64>(featuresPtr, VALUE_OFFSET));
  const letters = isMostlyUnknown() ? key : seed;
  textCountedBy = hashPairRarely(template, letters) | 1;
  const number = countOfDay(textCountedBy, seconds);
  reportNumber = number;
  if (number <= FIRST_TAGS) {
    countInIncident(0, seed, seconds);
    if (isSourceNew()) countAmongNewSources(seed, seconds);
    if (byLevel) reportNumber = max(reportNumber, countHour(incidentOfSource(BY_LEVEL, seed), seconds));
  }
  return isTold(reportNumber, number == 1 ? FIRST_TAGS : 0) || suppressed();
}

function isToldOfIncident(head: u64, seed: u64, seconds: i64): bool {
  countInIncident(head, seed, seconds);
  return isTold(reportNumber, FIRST_TAGS) || suppressed();
}

/** Of the incident of a source, or of a client's requests with one method and status; an event counts once in it. */
function countInIncident(head: u64, seed: u64, seconds: i64): void {
  if (incidentNumber == 0) {
    const owner: u64 = head == 0 ? 0 : hashWindowKeyRarely(ipv6Prefix, seed);
    const key = owner != 0 ? hashPairRarely(owner, head) | 1 : incidentOfSource(head, seed);
    incidentNumber = countIncident(key, seconds);
  }
  reportNumber = max(reportNumber, incidentNumber);
}

function incidentOfSource(head: u64, seed: u64): u64 {
  return hashPairRarely(hashBytes(sourcePtr, sourceEndPtr - sourcePtr, seed), head ^ clockOfLine()) | 1;
}

function incidentOfNewSources(seed: u64): u64 {
  return hashPairRarely(seed, clockOfLine()) | 1;
}

/**
 * Lines that have no time go by another clock than those that have one, and so do lines whose own time is far from that
 * of what carried them, as where a container writes its local time: maybe hours apart, and so are their incidents.
 */
function clockOfLine(): u64 {
  if (timeSeconds == NO_TIME) return ARRIVAL_CLOCK;
  const isApart = <u64>(timeSeconds - carriedSeconds + APART_SECONDS) > <u64>(2 * APART_SECONDS);
  return isApart && carriedSeconds != NO_TIME ? OTHER_CLOCK : 0;
}

/** Whoever can make up texts can make up a source for each: beyond so many all sources never met are one. */
function countAmongNewSources(seed: u64, seconds: i64): void {
  const number = countIncident(incidentOfNewSources(seed), seconds);
  if (number > NEW_SOURCES_TOLD) reportNumber = max(reportNumber, number);
}

/**
 * Whether a text of a source that was never met is one of a flood: what is told first of its incident was told, and
 * another text of it was measured and found odd within the same second. Of a flood one text a second is measured, the
 * others are taken for more of the same.
 */
export function isOfFlood(seed: u64, seconds: i64): bool {
  if (!isSourceNew()) return false;
  if (isUnderWay(incidentOfNewSources(seed), seconds, NEW_SOURCES_TOLD)) return true;
  return isUnderWay(incidentOfSource(0, seed), seconds, FIRST_TAGS);
}

function suppressed(): bool {
  countSuppressed();
  return false;
}

/** Leaves out what was told of a request: all that is new about its place, and what that is made of. */
export function leaveOutLeast(): void {
  const least = load<u32>(leastPtr, KIND_OFFSET);
  const ofPath = isOfPath(least);
  for (let i = 0; i < featureCount; i++) {
    const ptr = featuresPtr + <usize>i * FEATURE_BYTES;
    const kind = load<u32>(ptr, KIND_OFFSET);
    const isOut = ofPath ? kind == CHILD || kind == PATH_PAIR : least != CONTENT && isOfPlace(placeOfKind(least), ptr);
    if (isOut) store<u32>(ptr, 0, KIND_OFFSET);
  }
  if (ofPath && !isPlainRequest) leaveOutPathContent();
  else leaveOutContent();
}

/** Whether a feature belongs to the place of what says most, which a parameter is by itself. */
function isOfPlace(place: u32, ptr: usize): bool {
  if (placeOfKind(load<u32>(ptr, KIND_OFFSET)) != place) return false;
  return place != VALUE || load<u32>(ptr, NAME_OFFSET) == load<u32>(leastPtr, NAME_OFFSET);
}

/** Leaves out what is known: all pairs, or those that say nothing of a query. */
export function leaveOutKnown(pathOnly: bool): void {
  for (let i = 0; i < featureCount; i++) {
    const ptr = featuresPtr + <usize>i * FEATURE_BYTES;
    const kind = load<u32>(ptr, KIND_OFFSET);
    if (!pathOnly || placeOfKind(kind) <= PATH || kind == PATH_PAIR) store<u32>(ptr, 0, KIND_OFFSET);
  }
  if (pathOnly && !isPlainQuery) leaveOutPathContent();
  else leaveOutContent();
}

/** No request that may mean another place is, nor one with signs in a query that nothing is known about. */
export function isKnownByPath(): bool {
  if (load<u8>(signaturePtr) != REQUEST_SIGNATURE) return true;
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
