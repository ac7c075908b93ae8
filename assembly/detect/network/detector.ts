/** What a tag says of a window of network flows: whose it is, its bytes, and the number that is odd. */
import { COLON, DASH, DIGIT_0, QUOTE, SPACE, UPPER_T, UPPER_Z } from "../../runtime/characters";
import { putByte, putEscaped, putFixed, putInteger, putText } from "../../runtime/output";
import { oddestIsHigh } from "./certainty";
import { fromEndPtr, fromPtr, toEndPtr, toPtr } from "./directions";
import { slotValue } from "./flowTable";
import {
  ENTITY_PAIR,
  ENTITY_SOURCE,
  networkDecision,
  networkLimit,
  oddestOfReported,
  reportedIsNamed,
  reportedSlotPtr,
  reportedWindowSeconds,
} from "./flowWindows";
import { forestEntity, forestWindowSeconds } from "./forest";
import { BYTES_OUT, FAILED, FLOWS, PEERS, PORTS, troubleFeature, troubleIsOfHour, troubleUsual } from "./usual";

const BYTES_ID: u8 = 0;
const SECONDS_ID: u8 = 6;

export function putNetworkEvidence(): void {
  if (forestEntity == ENTITY_SOURCE || forestEntity == ENTITY_PAIR) {
    putText(',"source":"');
    putEscaped(fromPtr, fromEndPtr);
    putByte(QUOTE);
  }
  if (forestEntity != ENTITY_SOURCE) {
    putText(',"destination":"');
    putEscaped(toPtr, toEndPtr);
    putByte(QUOTE);
  }
  putText(',"bytes":');
  putInteger(<i64>slotValue(reportedSlotPtr, BYTES_ID));
}

/** "high failed connections (300) to this destination in the 300 s from 2026-11-21T00:15:00Z; forest score -0.271, … */
export function putNetworkReason(): void {
  if (reportedIsNamed) putNamed();
  else putOddest();
  if (forestEntity == ENTITY_SOURCE) putText("from this source");
  else if (forestEntity == ENTITY_PAIR) putText("between these two");
  else putText("to this destination");
  putText(" in the ");
  putInteger(forestWindowSeconds);
  putText(" s from ");
  putTime(reportedWindowSeconds());
  putText("; forest score ");
  putSigned(networkDecision);
  putText(", alerts below ");
  putSigned(networkLimit);
}

/** "scan: distinct ports 391, usually at most 2, " */
function putNamed(): void {
  const many = troubleFeature == PEERS;
  if (troubleFeature == PORTS || (many && forestEntity == ENTITY_SOURCE)) putText("scan");
  else if (many || troubleFeature == FLOWS) putText("flood");
  else if (troubleFeature == BYTES_OUT) putText("exfiltration");
  else putText("failed connections");
  putText(": ");
  if (troubleFeature != FAILED) {
    putFeature(troubleFeature);
    putByte(SPACE);
  }
  putInteger(<i64>slotValue(reportedSlotPtr, troubleFeature));
  putText(", usually at most ");
  putInteger(<i64>troubleUsual);
  if (troubleIsOfHour) putText(" at this hour");
  putText(", ");
}

function putOddest(): void {
  const feature = oddestOfReported();
  putText(oddestIsHigh ? "high " : "low ");
  putFeature(feature);
  putText(" (");
  const value = slotValue(reportedSlotPtr, feature);
  if (feature == SECONDS_ID) putFixed(value, 1);
  else putInteger(<i64>value);
  putText(") ");
}

/** As host/network/wording.ts says them: peers of a destination are sources, and of a source destinations. */
function putFeature(feature: u8): void {
  if (feature == PEERS && forestEntity == ENTITY_SOURCE) putText("distinct destinations");
  else if (feature == PEERS && forestEntity != ENTITY_PAIR) putText("distinct sources");
  else if (feature == BYTES_OUT && forestEntity == ENTITY_SOURCE) putText("bytes sent");
  else putLabel(feature);
}

/** As host/model/networkFeatures.ts labels them. */
function putLabel(feature: u8): void {
  if (feature == BYTES_ID) putText("bytes");
  else if (feature == 1) putText("flows");
  else if (feature == 2) putText("distinct ports");
  else if (feature == 3) putText("distinct peers");
  else if (feature == 4) putText("bytes sent to it");
  else if (feature == 5) putText("failed connections");
  else putText("seconds connected");
}

function putSigned(value: f64): void {
  if (value < 0) putByte(DASH);
  putFixed(abs(value), 3);
}

/** RFC 3339 in UTC; the day from Howard Hinnant's civil_from_days, for times after 1970. */
function putTime(seconds: i64): void {
  const days = seconds / 86400 + 719468;
  const dayOfEra = days % 146097;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const shifted = (5 * dayOfYear + 2) / 153; // months from March
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  putInteger(yearOfEra + (days / 146097) * 400 + (month <= 2 ? 1 : 0));
  putByte(DASH);
  putTwo(month);
  putByte(DASH);
  putTwo(dayOfYear - (153 * shifted + 2) / 5 + 1);
  putByte(UPPER_T);
  const clock = seconds % 86400;
  putTwo(clock / 3600);
  putByte(COLON);
  putTwo((clock / 60) % 60);
  putByte(COLON);
  putTwo(clock % 60);
  putByte(UPPER_Z);
}

function putTwo(value: i64): void {
  putByte(<u32>(DIGIT_0 + value / 10));
  putByte(<u32>(DIGIT_0 + (value % 10)));
}
