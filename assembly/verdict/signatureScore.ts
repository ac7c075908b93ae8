/**
 * What the signature of the event at hand scores: novelty or outlier, the larger of the two. Most signatures were met
 * a moment ago; their scores come from the cache, except those above 1, which are worked out anew for their reasons.
 */
import { hasModel } from "../config/model";
import { hasKnown, profile, SILENCES_NOVELTY, SILENCES_OUTLIER } from "../config/settings";
import { KNOWS_ALL, KNOWS_NOTHING, KNOWS_PATH, known } from "../detect/known";
import {
  cachedNote,
  cachedScore,
  countedBy,
  countHit,
  findScore,
  findText,
  hasOrdinaryNumbers,
  isScored,
  keepRequest,
  keepScore,
  keepText,
  noteOrdinaryNumbers,
  takeScore,
  textPlace,
} from "../detect/novelty/cache";
import { knowsRequests } from "../detect/novelty/content";
import {
  countToldText,
  isKnownByPath,
  isOfFlood,
  isReportable,
  isTextReportable,
  leaveOutKnown,
  leaveOutLeast,
  measureNovelty,
  textCountedBy,
} from "../detect/novelty/detector";
import { findLeastProbable } from "../detect/novelty/leastProbable";
import { signatureEndPtr, signaturePtr, TEXT_SIGNATURE } from "../detect/novelty/signature";
import { isToldToday } from "../detect/novelty/suppression";
import { forgetUnmet, isOddForCertain, isSourceTelling, weighLevel } from "../detect/novelty/textScore";
import { digitsDecide, tokensPtr } from "../detect/novelty/textSignature";
import { writeFeatures, writeUnknownFeatures } from "../detect/novelty/writeFeatures";
import { writeSignature } from "../detect/novelty/writeSignature";
import {
  forgetMeasure,
  isUnmeasured,
  measureExactly,
  measureOutlier,
  ODD_FOR_CERTAIN,
} from "../detect/outlier/detector";
import { clearNumbers, digitsOfNumbers } from "../detect/ranges/numbers";
import { textKind } from "../detect/windows/kinds";
import { forgetLogin, knownLogin, LOGIN_BITS, readSignatureLogin, setLogin } from "../detect/windows/logins";
import {
  bodyEndPtr,
  bodyPtr,
  format,
  isRequest,
  level,
  NO_TIME,
  requestPart,
  sourceEndPtr,
  sourcePtr,
  timeSeconds,
} from "../event/event";
import { hashSourceText } from "../event/hashes";
import { bodySkeleton, Skeleton } from "../event/skeleton";
import { quantityCount } from "../fields/quantities";
import { FORMAT_ACCESS } from "../formats/usualAccess";
import { keepOrdinary, mayKeepOrdinary, ordinaryNote, ordinaryScore } from "../record/recall";
import { finish, hashBytes, mix } from "../runtime/hash";
import { arrivalSeconds, seed, suppresses, tagsEvery, useCache } from "./options";

/** Sets levels apart where hashes are added up. */
const LEVEL_SPREAD: u64 = 0xd6e8feb86659fd93;

export let noveltyScore: f64 = 0;
export let outlierScore: f64 = 0;
export let signatureScore: f64 = 0;
/** The larger of the two before its level was weighed: how rare it is among ordinary lines. */
export let rarity: f64 = 0;
/** Whose score it is; what the cache gave has no owner, as it is at most 1. */
export let isOutlier: bool = false;
/** Of a text that has a signature: its kind. 0 else. */
export let kind: u64 = 0;
/** Seeded hash of the signature at hand, 0 where none was made. */
export let signatureKey: u64 = 0;
/** Of the numbers in the text at hand; 0 where they are known to be ordinary. */
export let numberDigits: u64 = 0;
/** Where to note that they are, 0 where that cannot be kept. */
let textPlacePtr: usize = 0;
/** Whether the text at hand is taken for odd, and how odd it is, if it is, is not known yet. */
let isTakenForOdd: bool = false;
/** By what the text at hand is counted, if it is known to be odd and that it is not told again; 0 else. */
let toldBy: u64 = 0;
/** Where to note that, 0 where nowhere. */
let oddPlacePtr: usize = 0;
let oddKey: u64 = 0;

/** None of the numbers in the text at hand is odd, nor is any of the same skeleton. */
export function keepNumbersOrdinary(): void {
  if (textPlacePtr != 0) noteOrdinaryNumbers(textPlacePtr);
}

/** 0 without a model, and where the event has nothing to judge. */
export function scoreSignatureAtHand(): void {
  signatureScore = 0;
  kind = 0;
  signatureKey = 0;
  textPlacePtr = 0;
  forgetLogin();
  forgetMeasure();
  isTakenForOdd = false;
  toldBy = 0;
  oddPlacePtr = 0;
  if (hasModel && hasSignature()) judgeSignature();
}

/** The same of a text that is known to be ordinary. */
export function scoreOrdinaryText(): void {
  countHit();
  signatureScore = ordinaryScore();
  signatureKey = 0;
  oddPlacePtr = 0;
  isTakenForOdd = false;
  toldBy = 0;
  forgetMeasure();
  noteText(ordinaryNote());
}

/** Whether there is anything to make a signature of. */
// @ts-ignore: decorator
@inline
export function hasSignature(): bool {
  return isRequest || bodyEndPtr > bodyPtr || format == FORMAT_ACCESS;
}

/** Profiles may switch detectors off: a score is that of its profile. */
// @ts-ignore: decorator
@inline
export function profileVariant(): u64 {
  return <u64>profile * 0x9e3779b97f4a7c15;
}

function judgeSignature(): void {
  const variant = profileVariant();
  if (!isRequest && format != FORMAT_ACCESS) return judgeText(variant);
  // a model of texts alone says nothing of a request
  if (useCache && !knowsRequests) return;
  const partPtr = isRequest ? requestPart : 0;
  if (partPtr != 0 && isScored(partPtr, variant)) {
    signatureScore = takeScore(partPtr);
    return;
  }
  writeSignature();
  const key = (hashBytes(signaturePtr, signatureEndPtr - signaturePtr, seed) + variant) | 1;
  signatureKey = key;
  if (!useCache || !findScore(key) || cachedScore > 1) {
    scoreRoughly();
    if (useCache) keepScore(key, signatureScore, 0);
  } else signatureScore = cachedScore;
  if (partPtr != 0 && signatureScore <= 1) keepRequest(partPtr, variant, signatureScore);
}

/** The same for a text, whose signature need not be made where that of its skeleton is known. */
// @ts-ignore: decorator
@inline
function judgeText(variant: u64): void {
  const skeletonPtr = useCache ? bodySkeleton() : 0;
  if (skeletonPtr == 0 || changetype<Skeleton>(skeletonPtr).tokens == 0) return judgeNewText(skeletonPtr, variant);
  const skeleton = changetype<Skeleton>(skeletonPtr);
  // of what is hashed with this instance's seed any sum will do
  const source = hashSourceText(sourcePtr, sourceEndPtr - sourcePtr, seed);
  const key = (skeleton.key ^ source) + variant + <u64>level * LEVEL_SPREAD;
  const placePtr = textPlace(key);
  clearNumbers();
  const isMet = findText(placePtr, key);
  const isKept = isMet && cachedScore <= 1;
  if (isKept) {
    takeCached();
    if (quantityCount == 0 && (skeleton.digits == 0 || hasOrdinaryNumbers(placePtr))) {
      if (mayKeepOrdinary()) keepOrdinary(cachedScore, cachedNote);
      return;
    }
  }
  numberDigits = skeleton.digits;
  signatureKey = textKey(skeleton.tokens, variant);
  if (isMet && !isKept && mayBeUntold() && isToldToday(countedBy(placePtr), newsSeconds())) {
    takeCached();
    toldBy = countedBy(placePtr);
    return;
  }
  if (!isKept) {
    if (!findOrdinary()) {
      writeSignature();
      numberDigits = digitsOfNumbers();
      judgeWrittenText();
      if (signatureScore > 1) {
        oddPlacePtr = placePtr;
        oddKey = key;
        return;
      }
    }
    keepText(placePtr, key, signatureScore, kind | <u64>knownLogin);
  }
  textPlacePtr = placePtr;
}

/** Whether of what is odd and was told before nothing is asked but how often it came. */
function mayBeUntold(): bool {
  return suppresses && !hasKnown && !tagsEvery();
}

/** Whether the text at hand is odd but not told again, and nobody looks at it. */
export function isUntold(): bool {
  return toldBy != 0;
}

/** The same for one whose skeleton is new, or none. */
function judgeNewText(skeletonPtr: usize, variant: u64): void {
  writeSignature();
  numberDigits = digitsOfNumbers();
  const tokens = hashBytes(tokensPtr, signatureEndPtr - tokensPtr, seed) | 1;
  signatureKey = textKey(tokens, variant);
  if (skeletonPtr != 0 && !digitsDecide) {
    changetype<Skeleton>(skeletonPtr).tokens = tokens;
    changetype<Skeleton>(skeletonPtr).digits = numberDigits;
  }
  if (!useCache || !findOrdinary()) judgeWrittenText();
}

/** Of a text whose signature is at hand and not in the cache. */
function judgeWrittenText(): void {
  scoreRoughly();
  const note = textKind() | readSignatureLogin();
  noteText(note);
  if (useCache) keepScore(signatureKey, signatureScore, note);
}

/** A text's signature is its level and source, then its tokens. */
function textKey(tokens: u64, variant: u64): u64 {
  const source = hashSourceText(sourcePtr, sourceEndPtr - sourcePtr, seed);
  return (finish(mix(source, tokens + <u64>level)) + variant) | 1;
}

/** Whether the signature at hand was met a moment ago and found ordinary; then all is known that is to be known. */
function findOrdinary(): bool {
  if (!findScore(signatureKey) || cachedScore > 1) return false;
  takeCached();
  return true;
}

// @ts-ignore: decorator
@inline
function takeCached(): void {
  signatureScore = cachedScore;
  noteText(cachedNote);
}

// @ts-ignore: decorator
@inline
function noteText(note: u64): void {
  kind = note & ~LOGIN_BITS;
  setLogin(<i32>(note & LOGIN_BITS));
}

/** The score of the signature at hand alone: neither cache nor suppression. Learning compares models by it. */
export function scoreSignature(): f64 {
  score(true);
  return signatureScore;
}

/** What is going to be suppressed needs not be measured exactly: it is odd, or is not. */
function scoreRoughly(): void {
  const exactly = !suppresses || hasKnown;
  if (useCache && writeUnknownFeatures()) {
    forgetUnmet();
    findLeastProbable();
    measure(exactly);
    // what is known is looked for among all
    if (!hasKnown || signatureScore <= 1) return;
  }
  score(exactly);
}

function score(exactly: bool): void {
  writeFeatures();
  forgetUnmet();
  const isRoughText = !exactly && load<u8>(signaturePtr) == TEXT_SIGNATURE;
  if (isRoughText && isOfFlood(seed, newsSeconds())) return takeForOdd();
  findLeastProbable(false, isRoughText);
  if (isRoughText && isOddForCertain) return takeForOdd();
  measure(exactly);
}

function takeForOdd(): void {
  isTakenForOdd = true;
  noveltyScore = 0;
  outlierScore = ODD_FOR_CERTAIN;
  takeLarger();
}

function measure(exactly: bool): void {
  noveltyScore = measureNovelty();
  outlierScore = measureOutlier(isSourceTelling, exactly || noveltyScore > 1);
  takeLarger();
}

/** What is only known to be odd, or taken for it, is measured now: it is told, or held against what others found. */
export function measureSignature(): void {
  if (toldBy != 0) {
    toldBy = 0;
    writeSignature();
    return score(true);
  }
  if (isTakenForOdd) {
    isTakenForOdd = false;
    findLeastProbable();
    return measure(true);
  }
  if (!isUnmeasured) return;
  outlierScore = measureExactly();
  takeLarger();
}

function takeLarger(): void {
  isOutlier = outlierScore > noveltyScore;
  rarity = isOutlier ? outlierScore : noveltyScore;
  signatureScore = weighLevel(rarity);
}

/** Leaves out what a `known:` entry covers. */
export function suppressKnown(): void {
  const knows = known(SILENCES_NOVELTY, arrivalSeconds);
  if (knows == KNOWS_ALL || (knows == KNOWS_PATH && isKnownByPath())) {
    leaveOutKnown(knows == KNOWS_PATH);
    findLeastProbable(isSourceTelling);
    measure(true);
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
  if (toldBy != 0) {
    countToldText(toldBy, seconds);
    toldBy = 0;
    signatureScore = 0;
    return true;
  }
  if (load<u8>(signaturePtr) == TEXT_SIGNATURE) {
    if (isTextReportable(signatureKey, seed, seconds, rarity <= 1)) return false;
    if (oddPlacePtr != 0) keepText(oddPlacePtr, oddKey, signatureScore, kind | <u64>knownLogin, textCountedBy);
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
