/** Writes the `anomaly` member of the verdict at hand, without a comma or braces around it, into the output. */
import { ipv6Prefix, severityHigh, severityMedium } from "../config/settings";
import { keywordNameBytes, keywordNamePtr, keywordSeverity } from "../detect/keywords/section";
import { putNetworkEvidence, putNetworkReason } from "../detect/network/reason";
import { putNoveltyReason, REASON_BYTES_MAX } from "../detect/novelty/reason";
import { leastProbability } from "../detect/novelty/score";
import { TAGS_MAX } from "../detect/novelty/suppression";
import { nearestCluster, nearestDistance, nearestRadius } from "../detect/outlier/nearest";
import {
  ENDPOINTS,
  ERRORS,
  EVENT_HIGH_ERROR_RATE,
  EVENT_HIGH_TRAFFIC,
  EVENT_KEYWORD_DETECTED,
  event,
  keywordCount,
  STATE_ERROR_RATE,
  STATE_KEYWORD,
  STATE_TRAFFIC,
  state,
  windowSecondsNow,
} from "../detect/windows/rules";
import {
  endedRule,
  ruleOf,
  TYPE_ERROR_RATE,
  TYPE_KEYWORD,
  TYPE_NETWORK,
  TYPE_NOVELTY,
  TYPE_OUTLIER,
  TYPE_TRAFFIC,
  watchChanges,
  watchKeyword,
  watchRule,
} from "../detect/windows/watch";
import { keyEndPtr, keyIsIPv6, keyPtr } from "../event/event";
import { hasModel, modelVersion, outlierScale } from "../operate/modelFile";
import { CLOSE_BRACE, QUOTE } from "../runtime/characters";
import { reserve } from "../runtime/memory";
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
  putUtf8,
} from "../runtime/output";
import { newsNumber, score, type } from "./judge";

const KEY_BYTES_MAX: usize = 64;

let reasonPtr: usize = 0;
let reasonBytes: usize = 0;

export function initialiseMember(): bool {
  if (reasonPtr == 0) reasonPtr = reserve(1024);
  return reasonPtr != 0;
}

export function writeMember(): void {
  const odd = score > 1;
  clearOutput();
  if (odd || watchChanges) writeReason(odd);
  clearOutput();
  putText('"anomaly":{"score":');
  // a score that rounds to 1.00 would be missed by a query for more than 1
  putFixed(odd ? Math.max(score, 1.01) : Math.min(score, 1), 2);
  if (odd) putType();
  if (odd || watchChanges) {
    putText(',"reason":"');
    putEscaped(reasonPtr, reasonPtr + reasonBytes);
    putByte(QUOTE);
  }
  if (odd) putEvidence();
  putState();
  putKeyAndModel();
  putByte(CLOSE_BRACE);
}

function putType(): void {
  putText(',"type":"');
  if (type == TYPE_KEYWORD) putText("keyword");
  else if (type == TYPE_ERROR_RATE) putText("error_rate");
  else if (type == TYPE_TRAFFIC) putText("traffic");
  else if (type == TYPE_OUTLIER) putText("outlier");
  else if (type == TYPE_NETWORK) putText("network");
  else putText("novelty");
  putText('","severity":"');
  const severity =
    type == TYPE_KEYWORD ? keywordSeverity(watchKeyword) : score >= severityHigh ? 3 : score >= severityMedium ? 2 : 1;
  putText(severity == 3 ? 'high"' : severity == 2 ? 'medium"' : 'low"');
}

function putEvidence(): void {
  if (type == TYPE_NOVELTY) {
    putText(',"p":');
    putProbability(leastProbability);
  } else if (type == TYPE_OUTLIER) {
    putText(',"cluster":');
    putInteger(nearestCluster);
    putText(',"distance":');
    putFixed(nearestDistance, 3);
  } else if (type == TYPE_KEYWORD) {
    const namePtr = keywordNamePtr(watchKeyword);
    putText(',"keyword":"');
    putEscaped(namePtr, namePtr + min<usize>(keywordNameBytes(watchKeyword), KEY_BYTES_MAX));
    putText('","count":');
    putInteger(keywordCount);
  } else if (type == TYPE_NETWORK) putNetworkEvidence();
  else {
    const rule = ruleOf(watchRule);
    putText(',"count":');
    putInteger(rule.count);
    putText(',"threshold":');
    putFixed(rule.threshold, 2);
  }
}

function putState(): void {
  putText(',"state":"');
  if (state == STATE_ERROR_RATE) putText("ERROR_RATE_ALERT");
  else if (state == STATE_TRAFFIC) putText("TRAFFIC_ALERT");
  else if (state == STATE_KEYWORD) putText("KEYWORD_ALERT");
  else putText("NORMAL");
  putByte(QUOTE);
  if (!watchChanges) return;
  putText(',"event":"');
  if (event == EVENT_HIGH_ERROR_RATE) putText("HIGH_ERROR_RATE");
  else if (event == EVENT_HIGH_TRAFFIC) putText("HIGH_TRAFFIC");
  else if (event == EVENT_KEYWORD_DETECTED) putText("KEYWORD_DETECTED");
  else putText("NORMAL_ACTIVITY");
  putByte(QUOTE);
}

function putKeyAndModel(): void {
  if (keyEndPtr > keyPtr) {
    putText(',"key":"');
    putUtf8(keyPtr, keyEndPtr, KEY_BYTES_MAX);
    putByte(QUOTE);
  }
  if (!hasModel) return;
  putText(',"model":"');
  putHex32(modelVersion);
  putByte(QUOTE);
}

/** One sentence, at most REASON_BYTES_MAX. */
function writeReason(odd: bool): void {
  if (!odd) putEndReason();
  else if (type == TYPE_NOVELTY) putNoveltyReason();
  else if (type == TYPE_OUTLIER) putOutlierReason();
  else if (type == TYPE_KEYWORD) putKeywordReason();
  else if (type == TYPE_NETWORK) putNetworkReason();
  else putRateReason();
  const told = odd && newsNumber == TAGS_MAX;
  const room = told ? REASON_BYTES_MAX - 32 : REASON_BYTES_MAX;
  if (outputEndPtr - outputPtr > room) cutOutput(outputPtr + room);
  if (told) putText(" (told 20 times, now muted)");
  reasonBytes = outputEndPtr - outputPtr;
  memory.copy(reasonPtr, outputPtr, reasonBytes);
}

function putOutlierReason(): void {
  putText("unlike any known pattern; the nearest, ");
  putInteger(nearestCluster);
  putText(", is ");
  putFixed(nearestDistance, 2);
  putText(" away, its lines lie within ");
  putFixed(nearestRadius * outlierScale, 2);
}

function putKeywordReason(): void {
  const namePtr = keywordNamePtr(watchKeyword);
  for (let i: usize = 0; i < min<usize>(keywordNameBytes(watchKeyword), KEY_BYTES_MAX); i++)
    putByte(load<u8>(namePtr + i));
  if (keywordCount <= 1) return putText(" found");
  putText(" found, ");
  putInteger(keywordCount);
  putText(" times within ");
  putInteger(windowSecondsNow());
  putText(" s");
}

function putRateReason(): void {
  const rule = ruleOf(watchRule);
  putInteger(rule.count);
  putUnit(watchRule);
  putText(" within ");
  putInteger(windowSecondsNow());
  putText(" s, the threshold is ");
  putFixed(rule.threshold, 1);
}

function putUnit(which: i32): void {
  putText(which == ERRORS ? " errors" : " requests");
  putText(" from this key");
  if (keyIsIPv6 && ipv6Prefix < 128) {
    putText("'s /");
    putInteger(ipv6Prefix);
  }
  if (which == ENDPOINTS) putText(" to this endpoint");
}

function putEndReason(): void {
  const which = endedRule();
  putText("back to normal");
  if (which < 0) return putText(": no keyword for a window");
  const rule = ruleOf(which);
  putText(": ");
  putInteger(rule.count);
  putUnit(which);
  putText(" within ");
  putInteger(windowSecondsNow());
  putText(" s, the threshold is ");
  putFixed(rule.threshold, 1);
}
