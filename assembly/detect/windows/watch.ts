/**
 * The detectors that look at what an event says and how often its key says it: keywords, error rate, request rate.
 * What they find of the event at hand is left in the fields below; signature.ts and score.ts do not know of them.
 */

import {
  alertEnd,
  alertsEvery,
  clientErrors,
  detectBurst,
  detectErrorRate,
  detectKeyword,
  detectRequestRate,
  endpointsFloor,
  endpointsMultiplier,
  errorsFloor,
  errorsMultiplier,
  hasKnown,
  ipv6Prefix,
  keysMax,
  perEndpoint,
  profile,
  profiles,
  queueMax,
  requestsFloor,
  requestsMultiplier,
  windowSeconds,
} from "../../config/settings";
import { HostPart, ORDINARY, RequestPart, SAYS_NOTHING } from "../../event/accessParts";
import {
  endpointEndPtr,
  endpointPtr,
  hashWindowKey,
  hashWindowKeyRarely,
  hostPart,
  isRequest,
  LEVEL_ERROR,
  level,
  markedError,
  messageEndPtr,
  messagePtr,
  NO_TIME,
  requestPart,
  setHost,
  status,
  targetEndPtr,
  targetPtr,
  timeSeconds,
  unescapeMessage,
} from "../../event/event";
import { lineHost, linePtr } from "../../formats/usualAccess";
import {
  isWithoutKeyword,
  keepNeverHasKeyword,
  keepWithoutKeyword,
  mayKeepNeverHasKeyword,
  neverHasKeyword,
} from "../../record/recall";
import { findByte } from "../../runtime/bytes";
import { QUESTION_MARK } from "../../runtime/characters";
import { hashBytes, hashPairRarely } from "../../runtime/hash";
import { findInAccessLine, findInRequest, isInHost } from "../keywords/accessLine";
import { BUILT_IN_KEYWORDS_BYTES } from "../keywords/builtIn";
import { builtInSection } from "../keywords/builtInSection";
import { digitsMayDecide } from "../keywords/digits";
import {
  anyHasEscapes,
  dropKeywordHit,
  findKeywords,
  forgetHits,
  keywordHitAt,
  keywordHits,
  keywordHitsPtr,
  loadKeywords,
} from "../keywords/matcher";
import { keywordIsError, keywordIsWeighed, keywordMinCount, keywordSeverity } from "../keywords/section";
import { isKnownKeyword } from "../known";
import { forgetFlowWindows } from "../network/flowWindows";
import { HIGH_RATIO, MEDIUM_RATIO } from "../novelty/rareScores";
import { countSame, FIRST_TAGS, isTold } from "../novelty/suppression";
import { cappedSeconds, clockSeconds } from "./clock";
import { countKey, forgetDominantKey } from "./dominantKey";
import { LOGIN_NONE, mayBeLogin, readLogin } from "./logins";
import {
  hasUsual,
  KEY_ERRORS,
  KEY_REQUESTS,
  RATE_NONE,
  rateAlert,
  rateEnded,
  rateReported,
  rateScore,
  ruleRates,
} from "./rates";
import { restoredSeconds, weighRestored } from "./restored";
import {
  clearOutcomes,
  ENDPOINTS,
  ERRORS,
  followEvent,
  forgetWindows,
  hasOutcome,
  judgesRequestsAlone,
  KEYWORDS,
  keywordCount,
  keywordReached,
  observe,
  observeHost,
  REQUESTS,
  ruleOf,
  STATE_NORMAL,
  setAlertEnd,
  setJudging,
  setKind,
  setRule,
  setUsual,
  sizeWindows,
  state,
  TRANSITION_KEYWORD_DETECTED,
  TRANSITION_NONE,
  TRANSITION_NORMAL_ACTIVITY,
  transition,
} from "./rules";
import { setReportsEvery } from "./schedule";
import { findUsual, usualShort } from "./usual";

/** The largest score of keywords and windows; 0 where neither has anything to say. */
export let watchScore: f64 = 0;
/** Whose it is: a window rule's or KEYWORDS; and which keyword. */
export let watchRule: i32 = 0;
export let watchKeyword: u32 = 0;
/** True where this event changes its key's state. */
export let watchChanges: bool = false;
/** Level error or worse, status 500 or more, or a keyword that counts as an error. */
export let isError: bool = false;

/** Many instances side by side make do with smaller tables than the configuration allows. */
let keysCap: u32 = u32.MAX_VALUE;
let isApart: bool = false;
let sizedSeconds: u32 = 0;
let sizedKeys: u32 = 0;
let sizedQueue: u32 = 0;
let sizedEndpoints: bool = false;
/** The profile whose rules are applied. */
let ruledProfile: u32 = 0;
/** Whether any of these detectors is on there. */
let isOn: bool = false;

export function initialiseWatch(): bool {
  applyConfiguration(0, 0);
  return sizedSeconds != 0;
}

/** For a host that asks for each event by its fields: smaller tables, each event that counts is reported. */
export function watchApart(keys: u32): void {
  keysCap = keys;
  isApart = true;
}

/**
 * Takes the configuration at hand and a model's keywords (0: the built-in ones) into use. What was counted is kept
 * unless the windows' sizes change. Profiles may count per endpoint, so with profiles that table is there.
 */
export function applyConfiguration(keywordsPtr: usize, keywordsBytes: usize): void {
  const endpoints = perEndpoint || profiles > 0;
  const keys = min(keysMax, keysCap);
  if (windowSeconds != sizedSeconds || keys != sizedKeys || queueMax != sizedQueue || endpoints != sizedEndpoints) {
    if (sizeWindows(windowSeconds, keys, queueMax, endpoints)) {
      sizedSeconds = windowSeconds;
      sizedKeys = keys;
      sizedQueue = queueMax;
      sizedEndpoints = endpoints;
    }
  }
  setAlertEnd(alertEnd);
  setReportsEvery(alertsEvery || isApart);
  applyRules();
  applyUsual(ERRORS, KEY_ERRORS);
  applyUsual(REQUESTS, KEY_REQUESTS);
  if (keywordsPtr == 0 || !loadKeywords(keywordsPtr, <i32>keywordsBytes)) {
    loadKeywords(builtInSection(), BUILT_IN_KEYWORDS_BYTES);
  }
}

/** What the model in use learnt of keys in general, where it did. */
function applyUsual(which: i32, learnt: u64): void {
  if (hasUsual) findUsual(learnt);
  setUsual(which, hasUsual ? usualShort : -1);
}

/** The rules of the profile at hand; the counts they judge are the same for all. */
function applyRules(): void {
  ruledProfile = profile;
  isOn = detectKeyword || detectErrorRate || detectRequestRate || detectBurst;
  ruleRates(windowSeconds);
  setRule(ERRORS, errorsFloor, errorsMultiplier);
  setRule(REQUESTS, requestsFloor, requestsMultiplier);
  setRule(ENDPOINTS, endpointsFloor, endpointsMultiplier);
  setJudging(detectErrorRate, detectRequestRate, detectRequestRate && perEndpoint, detectKeyword);
}

export function forgetWatch(): void {
  forgetWindows();
  forgetDominantKey();
  forgetFlowWindows();
}

/**
 * A keyword's severity as a score, so that it compares with the other detectors' (1, 1.5 and 3 part the severities).
 */
function severityScore(severity: i32): f64 {
  return severity >= 3 ? HIGH_RATIO : severity == 2 ? MEDIUM_RATIO : 1.01;
}

/** Nothing was looked at: nothing was found. */
export function clearWatch(): void {
  watchScore = 0;
  watchChanges = false;
  isError = saysError();
  clearOutcomes();
}

/** What the event says of itself, keywords aside. */
// @ts-ignore: decorator
@inline
function saysError(): bool {
  return markedError || level >= LEVEL_ERROR || status >= (clientErrors ? 400 : 500);
}

/** Finds the keywords, and whether they or the event itself say that it is an error; returns how many there are. */
// @ts-ignore: decorator
@inline
export function readErrors(arrivalSeconds: i64): i32 {
  isError = saysError();
  if (!detectKeyword) return 0;
  if (isRequest) {
    if (requestPart != 0) findInAccessLine();
    else findInRequest();
  } else if (messageEndPtr <= messagePtr) return 0;
  else if (neverHasKeyword()) forgetHits();
  else {
    if (anyHasEscapes || !isWithoutKeyword()) unescapeMessage();
    findKeywords(messagePtr, messageEndPtr - messagePtr);
    if (keywordHits == 0) {
      keepWithoutKeyword();
      if (mayKeepNeverHasKeyword()) keepNeverHasKeyword(!digitsMayDecide(messagePtr, messageEndPtr));
    }
  }
  if (keywordHits > 0 && hasKnown) dropKnown(arrivalSeconds);
  for (let i = 0; i < keywordHits; i++) isError = isError || keywordIsError(keywordHitAt(i));
  return keywordHits;
}

/** Whether the clock went with the event at hand already. */
let isFollowed: bool = false;

/** `kind`: a text's, 0 where there is none. */
export function watch(seed: u64, arrivalSeconds: i64, kind: u64): void {
  if (profile != ruledProfile) applyRules();
  if (!isOn) return clearWatch();
  watchScore = 0;
  watchChanges = false;
  const hits = readErrors(arrivalSeconds);
  const keyHash = hashWindowKey(ipv6Prefix, seed);
  if (keyHash != 0) countKey(keyHash);
  if (restoredSeconds != 0) weighRestored(timeSeconds == NO_TIME ? arrivalSeconds : cappedSeconds(timeSeconds));
  if (!isFollowed) followEvent(timeSeconds, keyHash);
  isFollowed = false;
  const login = detectErrorRate && !isApart && mayBeLogin() ? readLogin() : LOGIN_NONE;
  setKind(login, kind, seed);
  isError = observe(keyHash, perEndpoint && detectRequestRate ? endpointHash(seed) : 0, isError, keywordHitsPtr, hits);
  if (!hasOutcome) {
    if (isRequest && requestPart != 0 && login == LOGIN_NONE && hits == 0) notePartsSayNothing();
    return;
  }
  watchChanges = transition != TRANSITION_NONE;
  if (keywordReached >= 0) {
    watchKeyword = keywordHitAt(keywordReached);
    if (
      transition == TRANSITION_KEYWORD_DETECTED ||
      isKeywordDue(hashPairRarely(keyHash ^ kind ^ seed, watchKeyword), kind)
    )
      offer(severityScore(keywordSeverity(watchKeyword)), KEYWORDS);
  }
  if (rateReported) offer(Math.max(rateScore, 1.001), rateAlert);
  if (keyHash == 0 || state == STATE_NORMAL) return;
  if (isError && detectErrorRate) weigh(ERRORS);
  if (!detectRequestRate) return;
  weigh(REQUESTS);
  if (perEndpoint) weigh(ENDPOINTS);
}

/** Whether `watchOrdinary` may be asked of the events to come. */
export function watchesOrdinary(): bool {
  return isOn && profile == ruledProfile && restoredSeconds == 0 && judgesRequestsAlone;
}

/**
 * The same for a line made of ordinary parts (usualAccess.ts), whose event is not set: without keywords, no error and
 * no login. False where something may come of it, and nothing was counted.
 */
// @ts-ignore: decorator
@inline
export function watchOrdinary(seed: u64): bool {
  const host = changetype<HostPart>(lineHost);
  if (host.prefix != ipv6Prefix + 1 && !meetHost(host, seed)) return false;
  followEvent(timeSeconds, host.windowKey);
  isFollowed = !observeHost(host);
  if (isFollowed) {
    host.known &= ~SAYS_NOTHING;
    return false;
  }
  countKey(host.windowKey);
  return true;
}

/** Of a new host no more is to be known than that no keyword is in it, and what its requests are counted by. */
function meetHost(host: HostPart, seed: u64): bool {
  if (host.prefix != 0 || isInHost(linePtr, host)) return false;
  host.known = ORDINARY;
  setHost(lineHost);
  hashWindowKeyRarely(ipv6Prefix, seed);
  return host.prefix != 0;
}

/** Of the request at hand, which is no login, that it is no error, and of its host that it is in no alert. */
function notePartsSayNothing(): void {
  if (status >= 400 || !detectErrorRate || isApart) return;
  changetype<RequestPart>(requestPart).known |= <u8>SAYS_NOTHING;
  if (hostPart != 0) changetype<HostPart>(hostPart).known |= SAYS_NOTHING;
}

/**
 * Where so many hits make an alert, the next tag comes after as many again. A text of the same kind says the same
 * again: it is tagged as structural news is, unless the operator called the keyword grave.
 */
function isKeywordDue(same: u64, kind: u64): bool {
  if (keywordCount % keywordMinCount(watchKeyword) != 0) return false;
  if (kind == 0 || alertsEvery || isApart || !keywordIsWeighed(watchKeyword)) return true;
  return isTold(countSame(same | 1, clockSeconds), FIRST_TAGS);
}

/** Keywords that a `known:` entry silences alert nobody, and make no error of an event. */
function dropKnown(seconds: i64): void {
  for (let i = keywordHits - 1; i >= 0; i--) if (isKnownKeyword(keywordHitAt(i), seconds)) dropKeywordHit(i);
}

function weigh(which: i32): void {
  const it = ruleOf(which);
  // At the rim of hysteresis an alert holds below its threshold: still an alert, just above 1.
  if (it.reported) offer(Math.max(<f64>it.count / it.threshold, 1.001), which);
}

/** The largest score counts, of equal ones the first. */
function offer(score: f64, rule: i32): void {
  if (score <= watchScore) return;
  watchScore = score;
  watchRule = rule;
}

/** The path without its query: what requests to one endpoint are counted by. */
function endpointHash(seed: u64): u64 {
  const isConfigured = endpointEndPtr > endpointPtr;
  const ptr = isConfigured ? endpointPtr : targetPtr;
  const endPtr = isConfigured ? endpointEndPtr : targetEndPtr;
  if (endPtr <= ptr) return 0;
  return hashBytes(ptr, findByte(ptr, endPtr, QUESTION_MARK) - ptr, seed) | 1;
}

/** The rule, or what a model learnt, whose alert ended with this event, for its reason. */
export function endedRule(): i32 {
  if (transition != TRANSITION_NORMAL_ACTIVITY) return -1;
  if (rateEnded != RATE_NONE) return rateEnded;
  for (let which = 0; which <= ENDPOINTS; which++)
    if (ruleOf(which).transition == TRANSITION_NORMAL_ACTIVITY) return which;
  return -1;
}
