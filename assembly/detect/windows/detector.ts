/** Windows: error rate and request rate of a key, and the states of keys, which keywords have as well. */

import { ipv6Prefix } from "../../config/settings";
import { keyIsIPv6 } from "../../event/event";
import { QUOTE } from "../../runtime/characters";
import { putByte, putFixed, putInteger, putText } from "../../runtime/output";
import {
  ENDPOINTS,
  ERRORS,
  ruleOf,
  STATE_ERROR_RATE,
  STATE_KEYWORD,
  STATE_TRAFFIC,
  state,
  TRANSITION_HIGH_ERROR_RATE,
  TRANSITION_HIGH_TRAFFIC,
  TRANSITION_KEYWORD_DETECTED,
  transition,
  windowSecondsNow,
} from "./rules";
import { endedRule, watchChanges, watchRule } from "./watch";

export function putRateEvidence(): void {
  const rule = ruleOf(watchRule);
  putText(',"count":');
  putInteger(rule.count);
  putText(',"threshold":');
  putFixed(rule.threshold, 2);
}

export function putRateReason(): void {
  putCountWithin(watchRule);
}

/** Of an event that is not odd but ends an alert. */
export function putEndReason(): void {
  const which = endedRule();
  putText("back to normal");
  if (which < 0) return putText(": no keyword for a window");
  putText(": ");
  putCountWithin(which);
}

/** "12 errors from this key within 60 s, the threshold is 5.0" */
function putCountWithin(which: i32): void {
  const rule = ruleOf(which);
  putInteger(rule.count);
  putText(which == ERRORS ? " errors" : " requests");
  putText(" from this key");
  if (keyIsIPv6 && ipv6Prefix < 128) {
    putText("'s /");
    putInteger(ipv6Prefix);
  }
  if (which == ENDPOINTS) putText(" to this endpoint");
  putText(" within ");
  putInteger(windowSecondsNow());
  putText(" s, the threshold is ");
  putFixed(rule.threshold, 1);
}

/** The state of the key, and what this event changes it to. */
export function putState(): void {
  putText(',"state":"');
  if (state == STATE_ERROR_RATE) putText("ERROR_RATE_ALERT");
  else if (state == STATE_TRAFFIC) putText("TRAFFIC_ALERT");
  else if (state == STATE_KEYWORD) putText("KEYWORD_ALERT");
  else putText("NORMAL");
  putByte(QUOTE);
  if (!watchChanges) return;
  putText(',"event":"');
  if (transition == TRANSITION_HIGH_ERROR_RATE) putText("HIGH_ERROR_RATE");
  else if (transition == TRANSITION_HIGH_TRAFFIC) putText("HIGH_TRAFFIC");
  else if (transition == TRANSITION_KEYWORD_DETECTED) putText("KEYWORD_DETECTED");
  else putText("NORMAL_ACTIVITY");
  putByte(QUOTE);
}
