/**
 * One event's verdict: the largest score of all detectors, and the `anomaly` member that says so. Scores come from the
 * cache where the form was met before; a reason is made only for what is tagged.
 */

import { cachedScore, findScore, keepScore } from "./cache";
import { bodyEndPtr, bodyPtr, FORMAT_ACCESS, format, isRequest, keyEndPtr, keyPtr } from "./event";
import {
  featureCount,
  featuresPtr,
  GROUP_OFFSET,
  KIND_OFFSET,
  TEMPLATE,
  VALUE_OFFSET,
  writeFeatures,
} from "./features";
import { formEndPtr, formPtr, TEXT_FORM, writeForm } from "./form";
import { hashBytes, hashPair } from "./hash";
import { reserve } from "./memory";
import { hasModel, modelVersion, outlierScale, surpriseThreshold, tagEvery } from "./model";
import { TAGS_MAX, tellNews } from "./news";
import { findLeastProbable, isStructural, leastProbability, leastPtr, templateKnown } from "./novelty";
import { measureDistance, nearestCluster, nearestDistance, nearestRadius } from "./outlier";
import {
  clearOutput,
  cutOutput,
  outputEndPtr,
  outputPtr,
  putByte,
  putEscaped,
  putFixed,
  putHex32,
  putInteger,
  putProbability,
  putText,
} from "./output";
import { putNoveltyReason, REASON_BYTES_MAX } from "./reason";

export const TYPE_NONE: i32 = 0;
export const TYPE_NOVELTY: i32 = 4;
export const TYPE_OUTLIER: i32 = 5;

/** Hash seed of this instance: nobody outside can make two forms meet in the cache. */
let seed: u64 = 0;
let arrivalSeconds: i64 = 0;
/** Options of the host at hand. */
let ignoreNews: bool = false;
let tagAll: bool = false;
let useCache: bool = true;

export let score: f64 = 0;
export let type: i32 = 0;
export let noveltyScore: f64 = 0;
export let outlierScore: f64 = 0;
let newsNumber: u32 = 0;
let reasonPtr: usize = 0;
let reasonBytes: usize = 0;

/** Events judged and tagged since the start, for the counts line and the tests. */
export let eventsJudged: u64 = 0;
export let eventsTagged: u64 = 0;

export function initialiseVerdict(): bool {
  if (reasonPtr == 0) reasonPtr = reserve(1024);
  return reasonPtr != 0;
}

export function setSeed(value: u64): void {
  seed = value;
}

export function setOptions(all: bool, news: bool, cache: bool): void {
  tagAll = all;
  ignoreNews = !news;
  useCache = cache;
}

export function setArrivalSeconds(value: i64): void {
  arrivalSeconds = value;
}

/** Judges the event at hand; true where it is to be tagged, and then the output holds the member. */
export function judge(): bool {
  eventsJudged++;
  score = 0;
  type = TYPE_NONE;
  newsNumber = 0;
  const every = tagAll || tagEvery;
  if (hasModel && (isRequest || bodyEndPtr > bodyPtr || format == FORMAT_ACCESS)) judgeForm();
  if (score <= 1 && !every) return false;
  writeMember();
  if (score > 1) eventsTagged++;
  return true;
}

/** The score of the form at hand alone: neither cache nor muting. Learning compares models by it. */
export function scoreForm(): f64 {
  writeFeatures(false);
  findLeastProbable();
  measure();
  return score;
}

function judgeForm(): void {
  writeForm();
  const key = hashBytes(formPtr, formEndPtr - formPtr, seed) | 1;
  if (useCache && findScore(key)) {
    score = cachedScore;
    if (score <= 1) return;
  }
  scoreForm();
  if (useCache) keepScore(key, score);
  if (score > 1 && type == TYPE_NOVELTY && !ignoreNews) weighNews();
}

/** Scores of both detectors; the larger one is the verdict's. */
function measure(): void {
  noveltyScore = leastPtr == 0 ? 0 : -Math.log(leastProbability) / surpriseThreshold;
  outlierScore = 0;
  // What is known is no outlier, and a request has groups enough: the dear step runs for unknown texts only.
  if (load<u8>(formPtr) == TEXT_FORM && !templateKnown && measureDistance()) {
    outlierScore = nearestDistance / (nearestRadius * outlierScale);
  }
  type = outlierScore > noveltyScore ? TYPE_OUTLIER : TYPE_NOVELTY;
  score = type == TYPE_OUTLIER ? outlierScore : noveltyScore;
}

/** Mutes structural news that was told often enough: then the next surprising thing decides. */
function weighNews(): void {
  while (score > 1 && type == TYPE_NOVELTY) {
    const kind = load<u32>(leastPtr, KIND_OFFSET);
    if (!isStructural(kind)) return;
    newsNumber = tellNews(newsKey(kind), arrivalSeconds);
    if (newsNumber > 0) return;
    mute(kind);
    findLeastProbable();
    measure();
  }
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
  for (let i = 0; i < featureCount; i++) store<u32>(featuresPtr + <usize>i * 32, 0, KIND_OFFSET);
}

// `"anomaly":{…}` without comma or braces around it

function writeMember(): void {
  clearOutput();
  if (score > 1) writeReason();
  clearOutput();
  putText('"anomaly":{"score":');
  // a score that rounds to 1.00 would be missed by a query for more than 1
  putFixed(score > 1 ? Math.max(score, 1.01) : Math.min(score, 1), 2);
  if (score > 1) {
    putText(type == TYPE_OUTLIER ? ',"type":"outlier"' : ',"type":"novelty"');
    putText(score >= 3 ? ',"severity":"high"' : score >= 1.5 ? ',"severity":"medium"' : ',"severity":"low"');
    putText(',"reason":"');
    putEscaped(reasonPtr, reasonPtr + reasonBytes);
    putByte(0x22);
    if (type == TYPE_NOVELTY) {
      putText(',"p":');
      putProbability(leastProbability);
    } else {
      putText(',"cluster":');
      putInteger(nearestCluster);
      putText(',"distance":');
      putFixed(nearestDistance, 3);
    }
  }
  putText(',"state":"NORMAL"');
  if (keyEndPtr > keyPtr) {
    putText(',"key":"');
    putEscaped(keyPtr, keyEndPtr - keyPtr > 64 ? keyPtr + 64 : keyEndPtr);
    putByte(0x22);
  }
  if (hasModel) {
    putText(',"model":"');
    putHex32(modelVersion);
    putByte(0x22);
  }
  putByte(0x7d);
}

function writeReason(): void {
  if (type == TYPE_NOVELTY) putNoveltyReason();
  else {
    putText("unlike any known pattern; the nearest, ");
    putInteger(nearestCluster);
    putText(", is ");
    putFixed(nearestDistance, 2);
    putText(" away, its lines lie within ");
    putFixed(nearestRadius * outlierScale, 2);
  }
  const room = newsNumber == TAGS_MAX ? REASON_BYTES_MAX - 32 : REASON_BYTES_MAX;
  if (outputEndPtr - outputPtr > room) cutOutput(outputPtr + room);
  if (newsNumber == TAGS_MAX) putText(" (told 20 times, now muted)");
  reasonBytes = outputEndPtr - outputPtr;
  memory.copy(reasonPtr, outputPtr, reasonBytes);
}
