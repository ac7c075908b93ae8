/** Windows: error rate and request rate of a key, and the states of keys, which keywords have as well. */

import { ipv6Prefix } from "../../config/settings";
import { bodyEndPtr, bodyPtr, isRequest, keyEndPtr, keyIsIPv6, keyPtr, status } from "../../event/event";
import { QUOTE, SPACE } from "../../runtime/characters";
import { outputEndPtr, putByte, putFixed, putInteger, putText } from "../../runtime/output";
import { putOwn, putQuoted } from "../novelty/reason";
import { LOGIN_NONE } from "./logins";
import {
  BURST,
  FAILED_LOGINS,
  LOGIN_AFTER_FAILURES,
  rateCount,
  ratedSourceEndPtr,
  ratedSourcePtr,
  rateIsLong,
  rateThreshold,
  rateUsual,
  SOURCE_ERRORS,
} from "./rates";
import {
  ENDPOINTS,
  ERRORS,
  KEYWORDS,
  login,
  ruleOf,
  STATE_BURST,
  STATE_ERROR_RATE,
  STATE_KEYWORD,
  STATE_TRAFFIC,
  state,
  TRANSITION_BURST,
  TRANSITION_HIGH_ERROR_RATE,
  TRANSITION_HIGH_TRAFFIC,
  TRANSITION_KEYWORD_DETECTED,
  transition,
  windowSecondsNow,
} from "./rules";
import { endedRule, watchChanges, watchRule, watchScore } from "./watch";

/** Whether what the event at hand is told of is its source's rate, or the end of an alert of it, and not its key's. */
export function isOfSource(): bool {
  const which = watchScore > 1 ? watchRule : endedRule();
  return which == SOURCE_ERRORS || which == BURST;
}

export function putRateEvidence(): void {
  const isLearnt = watchRule > KEYWORDS;
  const rule = ruleOf(isLearnt ? ERRORS : watchRule);
  putText(',"count":');
  putInteger(isLearnt ? rateCount : rule.count);
  putText(',"threshold":');
  putFixed(isLearnt ? rateThreshold : rule.threshold, 2);
}

export function putRateReason(): void {
  if (watchRule == LOGIN_AFTER_FAILURES) {
    putText("login succeeded after ");
    putInteger(rateCount);
    putText(" failures");
    putWithin(true);
  } else if (watchRule > KEYWORDS) putLearntRate(watchRule);
  else putCountWithin(watchRule);
}

/** Of an event that is not odd but ends an alert. */
export function putEndReason(): void {
  const which = endedRule();
  putText("back to normal: ");
  if (which < 0) putText("no keyword for a window");
  else if (which > KEYWORDS) putLearntRate(which);
  else putCountWithin(which);
}

/** `payment-service: "gateway timeout" 512 times within 60 s; usually at most 9` */
function putLearntRate(which: i32): void {
  const startPtr = outputEndPtr;
  if (which != FAILED_LOGINS) putOwn(ratedSourcePtr(), ratedSourceEndPtr());
  else putOwn(keyPtr, keyEndPtr);
  if (outputEndPtr > startPtr) putText(": ");
  if (which == BURST) {
    if (isRequest) {
      putText("status ");
      putInteger(status);
    } else putQuoted(bodyPtr, bodyEndPtr);
    putByte(SPACE);
  }
  putInteger(rateCount);
  putText(which == BURST ? " times" : which == FAILED_LOGINS ? " failed logins" : " errors");
  putWithin(rateIsLong);
  putUsual(rateUsual);
}

function putUsual(usual: u32): void {
  putText("; usually at most ");
  putInteger(usual);
}

function putWithin(isLong: bool): void {
  const seconds = windowSecondsNow();
  putText(" within ");
  putInteger(isLong ? seconds / 6 : seconds);
  putText(isLong ? " minutes" : " s");
}

/** "12 errors from this key within 60 s, the threshold is 5.0", or what is usual, where that was learnt. */
function putCountWithin(which: i32): void {
  const rule = ruleOf(which);
  putInteger(rule.count);
  putText(which != ERRORS ? " requests" : login != LOGIN_NONE ? " failed logins" : " errors");
  putText(" from this key");
  if (keyIsIPv6 && ipv6Prefix < 128) {
    putText("'s /");
    putInteger(ipv6Prefix);
  }
  if (which == ENDPOINTS) putText(" to this endpoint");
  putWithin(false);
  if (rule.usual >= 0) return putUsual(<u32>rule.usual);
  putText(", the threshold is ");
  putFixed(rule.threshold, 1);
}

/** The state of the key, and what this event changes it to. */
export function putState(): void {
  putText(',"state":"');
  if (state == STATE_ERROR_RATE) putText("ERROR_RATE_ALERT");
  else if (state == STATE_TRAFFIC) putText("TRAFFIC_ALERT");
  else if (state == STATE_KEYWORD) putText("KEYWORD_ALERT");
  else if (state == STATE_BURST) putText("BURST_ALERT");
  else putText("NORMAL");
  putByte(QUOTE);
  if (!watchChanges) return;
  putText(',"event":"');
  if (transition == TRANSITION_HIGH_ERROR_RATE) putText("HIGH_ERROR_RATE");
  else if (transition == TRANSITION_HIGH_TRAFFIC) putText("HIGH_TRAFFIC");
  else if (transition == TRANSITION_KEYWORD_DETECTED) putText("KEYWORD_DETECTED");
  else if (transition == TRANSITION_BURST) putText("BURST");
  else putText("NORMAL_ACTIVITY");
  putByte(QUOTE);
}
