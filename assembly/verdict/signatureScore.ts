/**
 * What the signature of the event at hand scores: novelty or outlier, the larger of the two. Most signatures were met
 * a moment ago; their scores come from the cache, except those above 1, which are worked out anew for their reasons.
 */
import { hasModel } from "../config/model";
import { profile, SILENCES_NOVELTY, SILENCES_OUTLIER } from "../config/settings";
import { KNOWS_ALL, KNOWS_NOTHING, KNOWS_PATH, known } from "../detect/known";
import { cachedNote, cachedScore, findRequest, findScore, keepRequest, keepScore } from "../detect/novelty/cache";
import {
  clearReports,
  isKnownByPath,
  isReportable,
  isTextReportable,
  leaveOutKnown,
  leaveOutLeast,
  measureNovelty,
} from "../detect/novelty/detector";
import { findLeastProbable } from "../detect/novelty/leastProbable";
import { signatureEndPtr, signaturePtr, TEXT_SIGNATURE } from "../detect/novelty/signature";
import { isSourceTelling } from "../detect/novelty/textScore";
import { digitsDecide, SOURCE_BYTES_MAX, tokensPtr } from "../detect/novelty/textSignature";
import { writeFeatures } from "../detect/novelty/writeFeatures";
import { writeSignature } from "../detect/novelty/writeSignature";
import { measureOutlier } from "../detect/outlier/detector";
import { clearNumbers, digitsOfNumbers } from "../detect/ranges/numbers";
import { textKind } from "../detect/windows/kinds";
import { forgetLogin, LOGIN_BITS, readSignatureLogin, setLogin } from "../detect/windows/logins";
import {
  bodyEndPtr,
  bodyPtr,
  format,
  isRequest,
  level,
  NO_TIME,
  requestHash,
  sourceEndPtr,
  sourcePtr,
  status,
  timeSeconds,
} from "../event/event";
import { bodySkeleton, Skeleton } from "../event/skeleton";
import { FORMAT_ACCESS } from "../formats/access";
import { finish, hashBytes } from "../runtime/hash";
import { arrivalSeconds, seed, useCache } from "./options";

export let noveltyScore: f64 = 0;
export let outlierScore: f64 = 0;
export let signatureScore: f64 = 0;
/** Whose score it is; what the cache gave has no owner, as it is at most 1. */
export let isOutlier: bool = false;
/** Of a text that has a signature: its kind. 0 else. */
export let kind: u64 = 0;
/** Seeded hash of the signature at hand, 0 where none was made. */
export let signatureKey: u64 = 0;
/** Of the numbers in the text at hand. */
export let numberDigits: u64 = 0;

/** 0 without a model, and where the event has nothing to judge. */
export function scoreSignatureAtHand(): void {
  signatureScore = 0;
  kind = 0;
  signatureKey = 0;
  clearReports();
  forgetLogin();
  if (hasModel && hasSignature()) judgeSignature();
}

/** Whether there is anything to make a signature of. */
// @ts-ignore: decorator
@inline
export function hasSignature(): bool {
  return isRequest || bodyEndPtr > bodyPtr || format == FORMAT_ACCESS;
}

function judgeSignature(): void {
  // profiles may switch detectors off: a score is that of its profile
  const variant = <u64>profile * 0x9e3779b97f4a7c15;
  if (!isRequest && format != FORMAT_ACCESS) return judgeText(variant);
  const written = useCache && requestHash != 0;
  const requestKey = finish(requestHash + variant + <u64>status) | 1;
  if (written && findRequest(requestKey)) {
    signatureScore = cachedScore;
    return;
  }
  writeSignature();
  const key = (hashBytes(signaturePtr, signatureEndPtr - signaturePtr, seed) + variant) | 1;
  signatureKey = key;
  if (!useCache || !findScore(key) || cachedScore > 1) {
    scoreSignature();
    if (useCache) keepScore(key, signatureScore, 0);
  } else signatureScore = cachedScore;
  if (written && signatureScore <= 1) keepRequest(requestKey, signatureScore);
}

/** The same for a text, whose signature need not be made where that of its skeleton is known. */
function judgeText(variant: u64): void {
  const skeletonPtr = useCache ? bodySkeleton() : 0;
  const isKept = skeletonPtr != 0 && changetype<Skeleton>(skeletonPtr).tokens != 0;
  if (isKept) {
    numberDigits = changetype<Skeleton>(skeletonPtr).digits;
    clearNumbers();
    signatureKey = textKey(changetype<Skeleton>(skeletonPtr).tokens, variant);
    if (findOrdinary()) return;
  }
  writeSignature();
  numberDigits = digitsOfNumbers();
  if (!isKept) {
    const tokens = hashBytes(tokensPtr, signatureEndPtr - tokensPtr, seed) | 1;
    signatureKey = textKey(tokens, variant);
    if (skeletonPtr != 0 && !digitsDecide) {
      changetype<Skeleton>(skeletonPtr).tokens = tokens;
      changetype<Skeleton>(skeletonPtr).digits = numberDigits;
    }
    if (useCache && findOrdinary()) return;
  }
  scoreSignature();
  const note = textKind() | readSignatureLogin();
  noteText(note);
  if (useCache) keepScore(signatureKey, signatureScore, note);
}

/** A text's signature is its level and source, then its tokens. */
function textKey(tokens: u64, variant: u64): u64 {
  const sourceBytes = min<usize>(sourceEndPtr - sourcePtr, SOURCE_BYTES_MAX);
  return (hashBytes(sourcePtr, sourceBytes, tokens + <u64>level) + variant) | 1;
}

/** Whether the signature at hand was met a moment ago and found ordinary; then all is known that is to be known. */
function findOrdinary(): bool {
  if (!findScore(signatureKey) || cachedScore > 1) return false;
  signatureScore = cachedScore;
  noteText(cachedNote);
  return true;
}

function noteText(note: u64): void {
  if (note == 0) return;
  kind = note & ~LOGIN_BITS;
  setLogin(<i32>(note & LOGIN_BITS));
}

/** The score of the signature at hand alone: neither cache nor suppression. Learning compares models by it. */
export function scoreSignature(): f64 {
  writeFeatures();
  findLeastProbable();
  measure();
  return signatureScore;
}

function measure(): void {
  noveltyScore = measureNovelty();
  outlierScore = measureOutlier(isSourceTelling);
  takeLarger();
}

function takeLarger(): void {
  isOutlier = outlierScore > noveltyScore;
  signatureScore = isOutlier ? outlierScore : noveltyScore;
}

/** Leaves out what a `known:` entry covers. */
export function suppressKnown(): void {
  const knows = known(SILENCES_NOVELTY, arrivalSeconds);
  if (knows == KNOWS_ALL || (knows == KNOWS_PATH && isKnownByPath())) {
    leaveOutKnown(knows == KNOWS_PATH);
    findLeastProbable(isSourceTelling);
    measure();
  }
  if (outlierScore > 0 && known(SILENCES_OUTLIER, arrivalSeconds) != KNOWS_NOTHING) {
    outlierScore = 0;
    takeLarger();
  }
}

/** When the event is from: what is told seldom goes by that. */
export function newsSeconds(): i64 {
  return timeSeconds == NO_TIME ? arrivalSeconds : timeSeconds;
}

/** Leaves out structural news of an incident that was told; false where it is to be reported. */
export function suppressNews(): bool {
  const seconds = newsSeconds();
  if (load<u8>(signaturePtr) == TEXT_SIGNATURE) {
    if (isTextReportable(seed, seconds)) return false;
    noveltyScore = 0;
    outlierScore = 0;
  } else {
    if (isReportable(seed, seconds)) return false;
    leaveOutLeast();
    findLeastProbable();
    noveltyScore = measureNovelty();
  }
  takeLarger();
  return true;
}
