/**
 * Why a request is odd: what, where, and in how many of the requests learnt such a thing came. Of what was seen, by
 * somebody for whom nobody vouched, no reason says that it is new.
 */

import { SLASH } from "../../runtime/characters";
import { hashBytes, hashPairRarely } from "../../runtime/hash";
import { putByte, putGrouped, putText } from "../../runtime/output";
import { Text } from "../../runtime/text";
import {
  CHILD,
  CONTENT,
  CONTEXT_OFFSET,
  DIGIT_RUNS,
  EXTENSION,
  FEATURE_BYTES,
  featureCount,
  featuresPtr,
  fieldEnd,
  GROUP_OFFSET,
  groupAbove,
  HEAD,
  KIND_OFFSET,
  levelsOf,
  MALFORMED_SHAPE,
  METHOD,
  METHOD_STATUS,
  NAME_OFFSET,
  NAME_SPECIAL,
  nameHash,
  OUTCOME,
  PARAMETER_NAME,
  PARAMETERS,
  PATH_CONTENT,
  PATH_METHOD,
  PATH_STATUS,
  placeOfKind,
  SHOWN_OFFSET,
  TOKEN_END,
  TOKEN_START,
  VALUE,
  VALUE_OFFSET,
  VALUE_PAIR,
  VALUE_SHAPE,
  VALUE_SPECIAL,
} from "./features";
import { findName, knownEndPtr, knownPtr } from "./knownTexts";
import { PLACE_BYTES_MAX, putOwn, putPlaceByte, putSeen, putWitnesses, QUOTED_BYTES_MAX } from "./reason";
import { newChildPtr, OPEN, topFeaturePtr } from "./requestScore";
import { pathStart, putWords } from "./requestWords";
import { leastPtr } from "./score";
import { NAME_START, REQUEST_SIGNATURE, signaturePtr, VALUE_END, VALUE_START } from "./signature";
import { entryCount, entryNote, escapeProbability, findEntry } from "./table";

/** Classes of shapes a group's values may all have had; host/learn/usualShapes.ts writes them into the table. */
const USUAL_DIGITS: u32 = 1;
const USUAL_LETTERS: u32 = 2;
const USUAL_WORDS: u32 = 3;

/** The feature that is told, and its kind. */
let toldPtr: usize = 0;
let kind: u32 = 0;
/** True where what was learnt of any parameter of that name, or of any directory, is what says so. */
let isElsewhere: bool = false;
let isOfSite: bool = false;
/** The value's entry, 0 where it was never seen. */
let seenEntry: usize = 0;

function start(offset: usize): usize {
  return signaturePtr + <usize>load<u16>(toldPtr + offset);
}

function end(offset: usize): usize {
  return signaturePtr + <usize>load<u16>(toldPtr + offset + 2);
}

/** Writes the reason of what says most about a request. */
export function putRequestReason(): void {
  const ofContent = load<u32>(leastPtr, KIND_OFFSET);
  tell(leastPtr);
  if (ofContent == PATH_CONTENT) tell(newChildPtr);
  else if (ofContent == CONTENT) tell(topFeaturePtr());
  if (toldPtr == 0 || (ofContent == CONTENT && placeOfKind(kind) != VALUE)) {
    tell(leastPtr);
    return putContentReason();
  }
  findSeen();
  if (placeOfKind(kind) == VALUE) putValueReason();
  else if (kind == CHILD) putChildReason();
  else if (kind == OUTCOME) putSuccessReason();
  else putPlaceReason();
}

function putSuccessReason(): void {
  putWords(start(SHOWN_OFFSET), end(SHOWN_OFFSET), PLACE_BYTES_MAX);
  putText(": a success; all ");
  putRequests();
  putText(" for it or below it failed");
}

function tell(ptr: usize): void {
  toldPtr = ptr;
  kind = ptr == 0 ? 0 : load<u32>(ptr, KIND_OFFSET);
}

/**
 * Of an open group no values are kept: there what was learnt elsewhere says whether one was seen. So it does where the
 * parameter is new to its path, and what counts then are all requests of the site.
 */
function findSeen(): void {
  const group = load<u64>(toldPtr, GROUP_OFFSET);
  const entry = findEntry(group);
  isOfSite = entry == 0 && kind == VALUE_SPECIAL;
  isElsewhere = entry != 0 && levelsOf(kind) > 1 && escapeProbability(entry) > OPEN;
  const from = isOfSite ? groupAbove(toldPtr, 2) : isElsewhere ? groupAbove(toldPtr, 1) : group;
  seenEntry = findEntry(hashPairRarely(from, load<u64>(toldPtr, VALUE_OFFSET)));
}

/** "none of 18,402 requests", or "1 of 18,402 requests, from one client"; `where` goes behind the number. */
function putShare(where: Text): void {
  putSeen(seenEntry);
  putAllOf(where);
}

/** "nothing like it in 302 requests", or "something like it in 1 of 302 requests, from one client". */
function putLike(): void {
  putText(seenEntry == 0 ? "nothing like it in " : "something like it in ");
  if (seenEntry != 0) putSeen(seenEntry);
  putAllOf("");
}

function putAllOf(where: Text): void {
  putRequests();
  putText(where);
  if (isElsewhere && placeOfKind(kind) == VALUE) {
    putText(" with ");
    putName();
  }
  putWitnesses(seenEntry);
}

function putRequests(): void {
  const entry = requestsEntry();
  if (entry == 0) return putText("the requests learnt");
  putGrouped(entryCount(entry));
  putText(" requests");
}

/** What counts the requests that could have had it: those of the site, of the path, or with the parameter. */
function requestsEntry(): usize {
  const path = hashBytes(start(CONTEXT_OFFSET), end(CONTEXT_OFFSET) - start(CONTEXT_OFFSET), 0);
  let key = hashPairRarely(METHOD, 0);
  if (placeOfKind(kind) == VALUE && !isOfSite) {
    const names = isElsewhere ? hashPairRarely(PARAMETER_NAME | 0x100, 0) : hashPairRarely(PARAMETER_NAME, path);
    key = hashPairRarely(names, nameHash(toldPtr));
  } else if (kind == PARAMETER_NAME && !isElsewhere) key = hashPairRarely(PARAMETERS, path);
  else if (placeOfKind(kind) == HEAD || kind == PARAMETERS || (kind == CHILD && !isElsewhere) || kind == EXTENSION)
    key = load<u64>(toldPtr, GROUP_OFFSET);
  const entry = findEntry(key);
  return entry == 0 ? findEntry(hashPairRarely(METHOD, 0)) : entry;
}

/** As the line has it; where a number stands in it, the counts are those of any number. */
function putPath(): void {
  if (start(CONTEXT_OFFSET) == end(CONTEXT_OFFSET)) putByte(SLASH);
  else putWords(start(CONTEXT_OFFSET), end(CONTEXT_OFFSET), PLACE_BYTES_MAX);
}

function putName(): void {
  if (start(NAME_OFFSET) == end(NAME_OFFSET)) putText("the unnamed parameter");
  else putWords(start(NAME_OFFSET), end(NAME_OFFSET), PLACE_BYTES_MAX);
}

function putQuotedShown(): void {
  putText('"');
  putWords(start(SHOWN_OFFSET), end(SHOWN_OFFSET));
  putText('"');
}

/** The request's own path; one that is long from its odd segment on. */
function putOwnPath(): void {
  let ptr = pathStart();
  if ((kind == CHILD || kind == EXTENSION) && end(SHOWN_OFFSET) - ptr > QUOTED_BYTES_MAX) {
    ptr = start(SHOWN_OFFSET) - 1;
    putText("...");
  }
  putWords(ptr, fieldEnd(ptr, NAME_START));
}

function putContentReason(): void {
  if (load<u8>(signaturePtr) != REQUEST_SIGNATURE) putText("no request line");
  else {
    putText(kind == PATH_CONTENT ? "path " : "query of ");
    putOwnPath();
  }
  putText("; hardly anything like ");
  putQuotedShown();
  putText(" in ");
  putRequests();
}

function putChildReason(): void {
  if (load<u64>(toldPtr, VALUE_OFFSET) == TOKEN_END) {
    putPath();
    putText(" itself: ");
    return putShare(" under it");
  }
  putText(seenEntry == 0 ? "new path " : "path ");
  putOwnPath();
  putText(": ");
  if (seenEntry != 0) return putLike();
  putText("nothing like it");
  if (!isElsewhere) {
    putText(" under ");
    putPath();
  }
  putText(" in ");
  putRequests();
}

function putPlaceReason(): void {
  if (kind == METHOD || kind == PATH_METHOD) {
    putText("method ");
    putMethod(SHOWN_OFFSET);
  } else if (placeOfKind(kind) == HEAD) {
    putText("status ");
    putMethod(SHOWN_OFFSET);
    if (kind == METHOD_STATUS) {
      putText(" to ");
      putMethod(NAME_OFFSET);
    }
  } else if (kind == EXTENSION) {
    putText("extension .");
    putWords(start(SHOWN_OFFSET), end(SHOWN_OFFSET));
    putText(" of ");
    putOwnPath();
  } else if (kind == PARAMETERS) return putParametersReason();
  else if (kind == PARAMETER_NAME) {
    putText("parameter ");
    putName();
  } else if (kind == MALFORMED_SHAPE) {
    putText("no request line but ");
    putQuotedShown();
    putText("; ");
    return putLike();
  } else {
    putQuotedShown();
    putText(kind == NAME_SPECIAL ? " in parameter " : " in path ");
    if (kind == NAME_SPECIAL) putName();
    else putOwnPath();
  }
  if (kind == PATH_METHOD || kind == PATH_STATUS || kind == PARAMETER_NAME) {
    putText(kind == PARAMETER_NAME ? " of " : " on ");
    putPath();
  }
  putText(": ");
  putShare(kind == EXTENSION ? " with one" : "");
}

/** Methods and statuses belong to the protocol, and stand in the signature as they are. */
function putMethod(offset: usize): void {
  if (start(offset) == end(offset)) return putText("(none)");
  for (let ptr = start(offset); ptr < end(offset); ptr++) putPlaceByte(<u32>load<u8>(ptr));
}

/** `; all 278 requests had flav`: a name that every learnt request of the path had, where one is known. */
function putUsualName(): bool {
  const path = hashBytes(start(CONTEXT_OFFSET), end(CONTEXT_OFFSET) - start(CONTEXT_OFFSET), 0);
  const names = hashPairRarely(PARAMETER_NAME, path);
  const requests = requestsEntry();
  for (let i: u32 = 0; requests != 0 && findName(i); i++) {
    const entry = findEntry(hashPairRarely(names, hashBytes(knownPtr, knownEndPtr - knownPtr, 0)));
    if (entry == 0 || entryCount(entry) != entryCount(requests)) continue;
    putText("; all ");
    putRequests();
    putText(" had ");
    putOwn(knownPtr, knownEndPtr);
    return true;
  }
  return false;
}

/** `/blog/tags/puppet without parameters: …`, `/cart with "?id=1&x=2": such parameters in …` */
function putParametersReason(): void {
  putPath();
  if (start(SHOWN_OFFSET) == end(SHOWN_OFFSET)) {
    putText(" without parameters");
    if (putUsualName()) return;
    putText(": ");
  } else {
    putText(" with ");
    putQuotedShown();
    putText(": such parameters in ");
  }
  putShare("");
}

/**
 * Of all that is odd about one value, its shape is what a person sees first: where every value had the same shape until
 * now, that is said, even if a sign or a sequence in it is a little less probable.
 */
function putUsualShape(): bool {
  const place = load<u32>(toldPtr, CONTEXT_OFFSET);
  const name = load<u32>(toldPtr, NAME_OFFSET);
  for (let i = 0; i < featureCount; i++) {
    const ptr = featuresPtr + <usize>i * FEATURE_BYTES;
    if (load<u32>(ptr, KIND_OFFSET) != VALUE_SHAPE || load<u32>(ptr, NAME_OFFSET) != name) continue;
    if (load<u32>(ptr, CONTEXT_OFFSET) != place) continue;
    const group = load<u64>(ptr, GROUP_OFFSET);
    const entry = findEntry(group);
    const usual = entry == 0 ? 0 : entryNote(entry);
    if (usual == 0 || findEntry(hashPairRarely(group, load<u64>(ptr, VALUE_OFFSET))) != 0) return false;
    if (usual == USUAL_DIGITS) putText("only digits in ");
    else if (usual == USUAL_LETTERS) putText("one word in ");
    else putText(usual == USUAL_WORDS ? "only words in " : "empty in ");
    putGrouped(entryCount(entry));
    putText(" requests");
    return true;
  }
  return false;
}

function putValueReason(): void {
  putName();
  putText(" of ");
  putPath();
  putText(' is "');
  const valuePtr = fieldEnd(end(NAME_OFFSET), VALUE_START) + 1;
  putWords(valuePtr, fieldEnd(valuePtr, VALUE_END));
  putText('"; ');
  if (putUsualShape()) return;
  if (kind == VALUE_SHAPE) return putLike();
  if (kind == VALUE_SPECIAL || kind == VALUE_PAIR) {
    putQuotedShown();
    if (kind == VALUE_PAIR) putEdge();
  } else putText(kind == DIGIT_RUNS ? "as many digits" : "this length");
  putText(isOfSite ? " in parameters of " : " in ");
  putShare("");
}

/** Of two tokens in a row one may be the value's beginning or its end. */
function putEdge(): void {
  const pair = load<u64>(toldPtr, VALUE_OFFSET);
  if (pair >> 8 == TOKEN_START) putText(" at its start");
  else if ((pair & 255) == TOKEN_END) putText(" at its end");
}
