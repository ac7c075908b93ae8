/**
 * The list of detectors. Each is a folder under detect/ that scores the event at hand, writes the evidence of its tag
 * and the reason for it. A new one is its folder, its number and name, and a line in each function below; the counts
 * line takes numbers and names from here, and a test holds the host's list to them.
 */

import { detectNetwork, hasKnown, SILENCES_NOVELTY } from "../config/settings";
import { agentScore, judgeAgent, leaveOutAgent, putAgentReason, suppressAgent } from "../detect/agents/detector";
import { putKeywordEvidence, putKeywordReason } from "../detect/keywords/detector";
import { keywordSeverity } from "../detect/keywords/section";
import { isKnownLine, KNOWS_NOTHING, known } from "../detect/known";
import { putNetworkEvidence, putNetworkReason } from "../detect/network/detector";
import { judgesFlows, networkScore, settleFlow, weighFlow } from "../detect/network/flowWindows";
import { clearReports, isNewsOfPath, putNoveltyEvidence, putNoveltyReason } from "../detect/novelty/detector";
import {
  HIGH_RATIO,
  MEDIUM_RATIO,
  RARE_MISSING_PATH,
  RARE_OUTLIER,
  RARE_PATH,
  RARE_REQUEST,
  RARE_TEXT,
  rareHigh,
  rareMedium,
} from "../detect/novelty/rareScores";
import { textLevel } from "../detect/novelty/textScore";
import { putOutlierEvidence, putOutlierReason } from "../detect/outlier/detector";
import {
  areOrdinary,
  judgeRanges,
  leaveOutRange,
  mayBeLarge,
  putRangeReason,
  rangeScore,
  suppressRange,
} from "../detect/ranges/detector";
import { putRateEvidence, putRateReason } from "../detect/windows/detector";
import { gradeOfRate } from "../detect/windows/grades";
import { BURST, hasUsual } from "../detect/windows/rates";
import { ENDPOINTS, KEYWORDS, REQUESTS } from "../detect/windows/rules";
import { clearWatch, watch, watchKeyword, watchRule, watchScore } from "../detect/windows/watch";
import {
  destinationEndPtr,
  destinationPtr,
  isRequest,
  LEVEL_ERROR,
  LEVEL_FATAL,
  LEVEL_NONE,
  status,
} from "../event/event";
import { isTextOrdinary } from "../record/recall";
import { putText } from "../runtime/output";
import { arrivalSeconds, counts, seed, suppresses } from "./options";
import {
  isOutlier,
  keepNumbersOrdinary,
  kind,
  measureSignature,
  newsSeconds,
  numberDigits,
  rarity,
  scoreOrdinaryText,
  scoreSignatureAtHand,
  signatureKey,
  signatureScore,
  suppressKnown,
  suppressNews,
} from "./signatureScore";

export const TYPE_NONE: i32 = 0;
export const TYPE_KEYWORD: i32 = 1;
export const TYPE_ERROR_RATE: i32 = 2;
export const TYPE_TRAFFIC: i32 = 3;
export const TYPE_NOVELTY: i32 = 4;
export const TYPE_OUTLIER: i32 = 5;
export const TYPE_NETWORK: i32 = 6;
export const TYPE_BURST: i32 = 7;
/** Numbers of types, from 0 on. */
export const TYPES: i32 = 8;

/** As it stands in `type` of a tag, in the counts line and in metrics. */
export function putTypeName(type: i32): void {
  if (type == TYPE_KEYWORD) putText("keyword");
  else if (type == TYPE_ERROR_RATE) putText("error_rate");
  else if (type == TYPE_TRAFFIC) putText("traffic");
  else if (type == TYPE_OUTLIER) putText("outlier");
  else if (type == TYPE_NETWORK) putText("network");
  else if (type == TYPE_BURST) putText("burst");
  else putText("novelty");
}

/** The largest score for the event at hand; above 1 it is odd, and the type says who found it so. */
export let score: f64 = 0;
export let type: i32 = TYPE_NONE;
/** Whose it is: of what was counted, of the signature, or of what else the line says, a number or an agent. */
const COUNTED: i32 = 0;
const SIGNATURE: i32 = 1;
const RANGE: i32 = 2;
const AGENT: i32 = 3;
let owner: i32 = COUNTED;
/** Whether the event at hand belongs to a window of flows. */
let weighsFlows: bool = false;

export function forgetScore(): void {
  score = 0;
}

/** Of an event whose score is known, as nothing else can be told of it. */
// @ts-ignore: decorator
@inline
export function keepScore(known: f64): void {
  score = known;
}

/** Scores the event at hand by each detector that is on. */
export function scoreEvent(): void {
  if (isTextOrdinary() && !mayBeLarge()) {
    scoreOrdinaryText();
    leaveOutAgent();
    leaveOutRange();
  } else {
    scoreSignatureAtHand(); // novelty and outlier
    judgeAgent();
    judgeRanges(signatureKey, numberDigits);
    if (areOrdinary) keepNumbersOrdinary();
  }
  if (counts) watch(seed, arrivalSeconds, kind);
  else clearWatch();
  weighsFlows = false;
  if (destinationEndPtr > destinationPtr) weighsFlows = counts && detectNetwork && judgesFlows();
  if (weighsFlows) weighFlow(seed, arrivalSeconds);
  score = signatureScore;
  if (weighsFlows || signatureScore > 1 || watchScore + rangeScore + agentScore > 0) takeLargest();
}

/** Of equal scores the one that is offered first counts. */
function takeLargest(): void {
  if (weighsFlows || max(watchScore, max(rangeScore, agentScore)) > 1) measureSignature();
  score = weighsFlows ? max(watchScore, networkScore) : watchScore;
  owner = COUNTED;
  offer(signatureScore, SIGNATURE);
  offer(rangeScore, RANGE);
  offer(agentScore, AGENT);
  if (score <= 1) return;
  if (owner != COUNTED) type = owner == SIGNATURE && isOutlier ? TYPE_OUTLIER : TYPE_NOVELTY;
  else type = weighsFlows && networkScore > watchScore ? TYPE_NETWORK : watchType();
}

// @ts-ignore: decorator
@inline
function offer(offered: f64, whose: i32): void {
  if (offered <= score) return;
  score = offered;
  owner = whose;
}

/** Whose score the largest of keywords and windows is, where there is one. */
export function watchType(): i32 {
  if (watchRule == KEYWORDS) return TYPE_KEYWORD;
  if (watchRule == REQUESTS || watchRule == ENDPOINTS) return TYPE_TRAFFIC;
  return watchRule == BURST ? TYPE_BURST : TYPE_ERROR_RATE;
}

/** Takes back what is known already, or belongs to an incident that was told; then the next odd thing counts. */
export function suppressScore(isJudgedUpstream: bool): void {
  clearReports();
  if (hasKnown && (type == TYPE_NOVELTY || type == TYPE_OUTLIER)) {
    // what is no news has no signature at hand
    if (signatureScore > 1) suppressKnown();
    if (agentScore > 1 && isKnownLine(arrivalSeconds)) leaveOutAgent();
    if (rangeScore > 1 && known(SILENCES_NOVELTY, arrivalSeconds) != KNOWS_NOTHING) leaveOutRange();
    takeLargest();
  }
  if (!suppresses || isJudgedUpstream) return;
  while (score > 1 && (type == TYPE_NOVELTY || type == TYPE_OUTLIER) && suppressOdd()) takeLargest();
  if (score <= 1) return;
  measureSignature();
  takeLargest();
}

function suppressOdd(): bool {
  if (owner == AGENT) return suppressAgent(newsSeconds());
  return owner == RANGE ? suppressRange(newsSeconds()) : suppressNews();
}

/** Settles whether the flow window's verdict is the one reported; if not, the next flow reports it. */
export function reportFlows(isReported: bool): void {
  if (weighsFlows) settleFlow(isReported && type == TYPE_NETWORK);
}

/** 1 low, 2 medium, 3 high. Never less than that of a keyword in the line, whatever else the tag tells. */
export function severityOf(type: i32): i32 {
  const least = watchRule == KEYWORDS && watchScore > 1 ? keywordSeverity(watchKeyword) : 1;
  return type == TYPE_KEYWORD ? least : max(least, gradeOfType(type));
}

/**
 * What is counted goes by how far over its threshold it is. What the signature says goes by how rare its score is among
 * ordinary lines; an error never seen is graver than any other text never seen, and what a program calls fatal is
 * grave.
 */
function gradeOfType(type: i32): i32 {
  if (type == TYPE_NETWORK || owner > SIGNATURE) return gradeOf(score, MEDIUM_RATIO, HIGH_RATIO);
  if (type != TYPE_NOVELTY && type != TYPE_OUTLIER) return gradeOfRate(score, hasUsual && type != TYPE_TRAFFIC);
  const ofPath = status >= 400 ? RARE_MISSING_PATH : RARE_PATH;
  const ofRequest = isNewsOfPath() ? ofPath : RARE_REQUEST;
  const which = type == TYPE_OUTLIER ? RARE_OUTLIER : isRequest ? ofRequest : RARE_TEXT;
  const grade = gradeOf(rarity, rareMedium(which), rareHigh(which));
  const level = isRequest ? LEVEL_NONE : textLevel();
  if (level < LEVEL_ERROR) return grade;
  return level >= LEVEL_FATAL ? 3 : min(grade + 1, 3);
}

function gradeOf(value: f64, medium: f64, high: f64): i32 {
  return value >= high ? 3 : value >= medium ? 2 : 1;
}

/** Members of `anomaly` that only this detector has, each behind a comma. */
export function putEvidence(type: i32): void {
  if (owner > SIGNATURE) return;
  if (type == TYPE_NOVELTY) putNoveltyEvidence();
  else if (type == TYPE_OUTLIER) putOutlierEvidence();
  else if (type == TYPE_KEYWORD) putKeywordEvidence();
  else if (type == TYPE_NETWORK) putNetworkEvidence();
  else putRateEvidence();
}

/** One sentence for a person. */
export function putReason(type: i32): void {
  if (owner == AGENT) putAgentReason();
  else if (owner == RANGE) putRangeReason();
  else if (type == TYPE_NOVELTY) putNoveltyReason();
  else if (type == TYPE_OUTLIER) putOutlierReason();
  else if (type == TYPE_KEYWORD) putKeywordReason();
  else if (type == TYPE_NETWORK) putNetworkReason();
  else putRateReason();
}
