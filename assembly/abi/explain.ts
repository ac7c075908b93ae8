/**
 * What the filter reads in each line, and what its detectors make of it: a row a line, for `oddline inspect --explain`
 * and `oddline network`. Lines are judged one after another as in a batch, without cache and without suppression.
 */

import { hasModel } from "../config/model";
import { enabled } from "../config/settings";
import { keywordNameBytes, keywordNamePtr } from "../detect/keywords/section";
import { decideWindow, judgesFlows } from "../detect/network/flowWindows";
import { clearReports, putNoveltyReason } from "../detect/novelty/detector";
import { leastProbability, leastPtr } from "../detect/novelty/score";
import { SIGNATURE_BYTES_MAX, signatureEndPtr, signaturePtr } from "../detect/novelty/signature";
import { writeSignature } from "../detect/novelty/writeSignature";
import { nearestCluster, nearestDistance, nearestRadius } from "../detect/outlier/nearest";
import { ERRORS, keywordCount, keywordReached, REQUESTS, ruleOf } from "../detect/windows/rules";
import { isError, watchKeyword } from "../detect/windows/watch";
import {
  bodyEndPtr,
  bodyPtr,
  bytes,
  destinationEndPtr,
  destinationPort,
  destinationPtr,
  endpointEndPtr,
  endpointPtr,
  format,
  isRequest,
  keyEndPtr,
  keyPtr,
  level,
  MESSAGE_BYTES_MAX,
  markedError,
  messageEndPtr,
  messagePtr,
  methodEndPtr,
  methodPtr,
  senderEndPtr,
  senderPtr,
  sourceEndPtr,
  sourcePtr,
  status,
  targetEndPtr,
  targetPtr,
  timeSeconds,
  unescapeMessage,
} from "../event/event";
import {
  flowBytes,
  flowBytesOut,
  flowFailed,
  flowFlaw,
  flowSeconds,
  flowSourcePort,
  isTaggedFlow,
  readFlow,
} from "../fields/flow";
import { forgedKeys } from "../record/finder";
import { clearOutput, OUTPUT_BYTES_MAX, outputEndPtr, outputPtr } from "../runtime/output";
import { bytesOf, firstByte, Text } from "../runtime/text";
import { score } from "../verdict/detectors";
import { HAS_MEMBER, judgeEvent } from "../verdict/judge";
import { hasSignature, noveltyScore, outlierScore } from "../verdict/signatureScore";
import {
  beginLines,
  endLines,
  FLAG_NO_CACHE,
  FLAG_UNJUDGED,
  FLAG_UNSUPPRESSED,
  findLine,
  lineEndPtr,
  linePtr,
  passLine,
  readLine,
  recordPtr,
} from "./lines";

// Marks of a row.
const IS_READ: u32 = 1; //      the rest of the row says something
const IS_REQUEST: u32 = 2;
const IS_MARKED: u32 = 4; //    the record itself says that it is an error
const IS_ERROR: u32 = 8;
const IS_FLOW: u32 = 16;
const HAS_FAILED: u32 = 32; //  the flow
const HAS_LEAST: u32 = 64; //   leastProbability says something
const IS_RECORD: u32 = 128; //  the line is a JSON record as it stands
const IS_TAGGED: u32 = 256; //  it came with a tag, or a flow with a label

/** A row: numbers, the lengths of the texts, and behind them the texts in the same order, padded to eight bytes. */
@unmanaged
class EventRow {
  rowBytes: u32;
  marks: u32;
  bytes: i64;
  timeSeconds: i64;
  flowBytes: f64;
  flowBytesOut: f64;
  flowSeconds: f64;
  flowDecision: f64;
  score: f64;
  noveltyScore: f64;
  outlierScore: f64;
  leastProbability: f64;
  nearestDistance: f64;
  nearestRadius: f64;
  errorsThreshold: f64;
  requestsThreshold: f64;
  nearestCluster: i32;
  errorsCount: u32;
  requestsCount: u32;
  keywordCount: u32;
  level: i32;
  status: i32;
  destinationPort: i32;
  sourcePort: i32;
  flowFlaw: u32;
  formatBytes: u32;
  messageBytes: u32;
  bodyBytes: u32;
  keyBytes: u32;
  sourceBytes: u32;
  methodBytes: u32;
  targetBytes: u32;
  endpointBytes: u32;
  senderBytes: u32;
  destinationBytes: u32;
  signatureBytes: u32;
  keywordBytes: u32;
  memberBytes: u32;
  reasonBytes: u32;
}

/** Message, body, key, source, method, target and endpoint are parts of the line, and none is longer than a message. */
const PARTS: usize = 7;
const TEXTS_BYTES_MAX: usize = SIGNATURE_BYTES_MAX + OUTPUT_BYTES_MAX + 4096;

/** Writes a row for each line; returns how many bytes of input were taken. */
export function oddline_explain(
  inputPtr: usize,
  inputBytes: u32,
  outPtr: usize,
  outBytes: u32,
  scratchPtr: usize,
  scratchBytes: u32,
  flags: u32,
  seconds: i64,
): u32 {
  const outEndPtr = outPtr + <usize>outBytes;
  let out = outPtr;
  beginLines(inputPtr, inputBytes, seconds, flags | FLAG_UNSUPPRESSED | FLAG_NO_CACHE);
  clearReports();
  while (findLine(scratchPtr, scratchPtr + <usize>scratchBytes)) {
    const textBytesMax = PARTS * min(lineEndPtr - linePtr, MESSAGE_BYTES_MAX) + TEXTS_BYTES_MAX;
    const rowBytesMax = offsetof<EventRow>() + textBytesMax;
    if (out + rowBytesMax > outEndPtr) break;
    const marks = readLine(scratchPtr) ? IS_READ | (recordPtr == linePtr ? IS_RECORD : 0) : 0;
    out = writeRow(marks, (flags & FLAG_UNJUDGED) == 0, out, out + rowBytesMax - 8);
    passLine();
  }
  return endLines(out - outPtr);
}

let textPtr: usize = 0;
let textLimitPtr: usize = 0;

function writeRow(marks: u32, judges: bool, out: usize, limitPtr: usize): usize {
  memory.fill(out, 0, offsetof<EventRow>());
  const row = changetype<EventRow>(out);
  textPtr = out + offsetof<EventRow>();
  textLimitPtr = limitPtr;
  row.marks = marks;
  if (marks != 0) {
    const tagged = judges && (judgeEvent() & HAS_MEMBER) != 0;
    if (judges) writeEvent(row);
    writeFlow(row);
    if (judges) {
      writeSignatureRow(row);
      writeDetectors(row);
    }
    if (tagged) row.memberBytes = putRange(outputPtr, outputEndPtr);
    else if (judges) writeLeastReason(row);
  }
  row.rowBytes = <u32>((textPtr - out + 7) & ~(<usize>7));
  return out + <usize>row.rowBytes;
}

function writeEvent(row: EventRow): void {
  row.marks |= (isRequest ? IS_REQUEST : 0) | (markedError ? IS_MARKED : 0) | (isError ? IS_ERROR : 0);
  row.bytes = bytes;
  row.level = level;
  row.status = status;
  row.formatBytes = putName(format);
  unescapeMessage();
  row.messageBytes = putRange(messagePtr, messageEndPtr);
  row.bodyBytes = putRange(bodyPtr, bodyEndPtr);
  row.keyBytes = putRange(keyPtr, keyEndPtr);
  row.sourceBytes = putRange(sourcePtr, sourceEndPtr);
  row.methodBytes = putRange(methodPtr, methodEndPtr);
  row.targetBytes = putRange(targetPtr, targetEndPtr);
  row.endpointBytes = putRange(endpointPtr, endpointEndPtr);
}

function writeFlow(row: EventRow): void {
  row.timeSeconds = timeSeconds;
  row.destinationPort = destinationPort;
  if (forgedKeys > 0 || isTaggedFlow()) row.marks |= IS_TAGGED;
  row.senderBytes = putRange(senderPtr, senderEndPtr);
  row.destinationBytes = putRange(destinationPtr, destinationEndPtr);
  if (!readFlow()) {
    row.flowFlaw = flowFlaw();
    return;
  }
  row.marks |= IS_FLOW | (flowFailed ? HAS_FAILED : 0);
  row.sourcePort = flowSourcePort;
  row.flowBytes = flowBytes;
  row.flowBytesOut = flowBytesOut;
  row.flowSeconds = flowSeconds;
  row.flowDecision = judgesFlows() ? decideWindow() : NaN;
}

/** The signature, and what a model says of it. */
function writeSignatureRow(row: EventRow): void {
  row.nearestCluster = -1;
  if (!hasSignature()) return;
  const judged = enabled && hasModel;
  if (!judged) writeSignature();
  row.signatureBytes = putRange(signaturePtr, signatureEndPtr);
  if (!judged) return;
  row.noveltyScore = noveltyScore;
  row.outlierScore = outlierScore;
  row.leastProbability = leastProbability;
  if (leastPtr != 0) row.marks |= HAS_LEAST;
  row.nearestCluster = nearestCluster;
  row.nearestDistance = nearestDistance;
  row.nearestRadius = nearestRadius;
}

/** Of an event that is not tagged: the reason there would be if its least probable feature were odd. */
function writeLeastReason(row: EventRow): void {
  if ((row.marks & HAS_LEAST) == 0) return;
  clearOutput();
  putNoveltyReason();
  row.reasonBytes = putRange(outputPtr, outputEndPtr);
}

function writeDetectors(row: EventRow): void {
  row.score = score;
  row.errorsCount = ruleOf(ERRORS).count;
  row.errorsThreshold = ruleOf(ERRORS).threshold;
  row.requestsCount = ruleOf(REQUESTS).count;
  row.requestsThreshold = ruleOf(REQUESTS).threshold;
  if (keywordReached < 0) return;
  row.keywordCount = keywordCount;
  const namePtr = keywordNamePtr(watchKeyword);
  row.keywordBytes = putRange(namePtr, namePtr + keywordNameBytes(watchKeyword));
}

/** A name of the module's own, in ASCII. */
function putName(name: Text): u32 {
  return putRange(firstByte(name), firstByte(name) + bytesOf(name));
}

function putRange(ptr: usize, endPtr: usize): u32 {
  const textBytes = endPtr > ptr ? min(endPtr - ptr, textLimitPtr - textPtr) : 0;
  memory.copy(textPtr, ptr, textBytes);
  textPtr += textBytes;
  return <u32>textBytes;
}
