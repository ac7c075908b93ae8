/** Why a request is odd. */

import { SLASH } from "../../runtime/characters";
import { hashPair } from "../../runtime/hash";
import { putByte, putInteger, putText } from "../../runtime/output";
import {
  CHILD,
  CONTENT,
  CONTEXT_OFFSET,
  DIGIT_RUNS,
  EXTENSION,
  FEATURE_BYTES,
  featureCount,
  featuresPtr,
  GROUP_OFFSET,
  KIND_OFFSET,
  METHOD,
  METHOD_STATUS,
  NAME_OFFSET,
  NAME_SPECIAL,
  PARAMETER_NAME,
  PARAMETERS,
  PATH_CONTENT,
  PATH_METHOD,
  PATH_PAIR,
  PATH_STATUS,
  placeOfKind,
  SHOWN_OFFSET,
  STATUS,
  TOKEN_END,
  VALUE,
  VALUE_OFFSET,
  VALUE_PAIR,
  VALUE_SHAPE,
  VALUE_SPECIAL,
} from "./features";
import { putCount, putPlace, putShape, range, rangeEndPtr, rangePtr } from "./reason";
import { leastPtr, leastValueEntry } from "./score";
import { signaturePtr } from "./signature";
import { entryCount, entryNote, findEntry } from "./table";

/** Classes of shapes a group's values may all have had; host/learn/usualShapes.ts writes them into the table. */
const USUAL_DIGITS: u32 = 1;
const USUAL_LETTERS: u32 = 2;
const USUAL_WORDS: u32 = 3;

function putPath(): void {
  range(CONTEXT_OFFSET);
  if (rangePtr == rangeEndPtr) putByte(SLASH);
  else putPlace(rangePtr, rangeEndPtr);
}

/** "id of /cart" */
function putParameter(): void {
  range(NAME_OFFSET);
  if (rangePtr == rangeEndPtr) putText("the unnamed parameter");
  else putPlace(rangePtr, rangeEndPtr);
  putText(" of ");
  putPath();
}

function putShown(): void {
  range(SHOWN_OFFSET);
  putShape(rangePtr, rangeEndPtr);
}

/** Methods and statuses belong to the protocol and are shown as they are. */
function putProtocolWord(offset: usize): void {
  range(offset);
  if (rangePtr == rangeEndPtr) putText("(none)");
  else putPlace(rangePtr, rangeEndPtr);
}

/** Writes the reason of what says most about a request. */
export function putRequestReason(): void {
  const kind = load<u32>(leastPtr, KIND_OFFSET);
  if (kind == CONTENT || kind == PATH_CONTENT) return putContentReason();
  if (placeOfKind(kind) == VALUE) putValueReason(kind);
  else putPlaceReason(kind);
}

function putContentReason(): void {
  putText("nothing like ");
  putShown();
  const methods = findEntry(hashPair(METHOD, 0));
  if (methods == 0) return putText(" before");
  putText(" in ");
  putInteger(<i64>entryCount(methods));
  putText(" requests");
}

/** What was seen, but with nobody to vouch for it, is not said to be new. */
function putNever(): void {
  putText(leastValueEntry == 0 ? " never " : " hardly ever ");
}

function putPlaceReason(kind: u32): void {
  if (kind == METHOD || kind == STATUS) {
    putText(kind == METHOD ? "method " : "status ");
    putProtocolWord(SHOWN_OFFSET);
    putNever();
    putText("seen");
  } else if (kind == METHOD_STATUS) {
    putProtocolWord(NAME_OFFSET);
    putNever();
    putText("answered with ");
    putProtocolWord(SHOWN_OFFSET);
  } else if (kind == PATH_METHOD || kind == PATH_STATUS) {
    putPath();
    putNever();
    putText(kind == PATH_METHOD ? "asked for with " : "answered with ");
    putProtocolWord(SHOWN_OFFSET);
  } else if (kind == CHILD) {
    range(SHOWN_OFFSET);
    if (load<u64>(leastPtr, VALUE_OFFSET) == TOKEN_END) {
      putPath();
      putText(" itself");
      putNever();
      putText("asked for, only what is under it,");
    } else {
      putText("such an entry under ");
      putPath();
      putNever();
      putText("asked for: ");
      putShown();
    }
  } else if (kind == EXTENSION) {
    putText("extension .");
    putShown();
    putNever();
    putText("seen");
  } else if (kind == PARAMETERS) {
    putText("this set of parameters of ");
    putPath();
    putNever();
    putText("seen");
  } else if (kind == PARAMETER_NAME) {
    putPath();
    putNever();
    putText("had a parameter named like ");
    putShown();
  } else if (kind == PATH_PAIR || kind == NAME_SPECIAL) {
    putText("signs ");
    putShown();
    putNever();
    putText(kind == PATH_PAIR ? "seen in a path" : "seen in a parameter's name");
  } else {
    putText("no request line, but ");
    putShown();
    putText(",");
    putNever();
    putText("seen");
  }
  putCount(" requests");
}

/**
 * Of all that is odd about one value, its shape is what a person sees first: where every value had the same shape until
 * now, that is said, even if a sign or a sequence in it is a little less probable.
 */
function putUsualShapeReason(): bool {
  const place = load<u32>(leastPtr, CONTEXT_OFFSET);
  const name = load<u32>(leastPtr, NAME_OFFSET);
  for (let i = 0; i < featureCount; i++) {
    const ptr = featuresPtr + <usize>i * FEATURE_BYTES;
    if (load<u32>(ptr, KIND_OFFSET) != VALUE_SHAPE || load<u32>(ptr, NAME_OFFSET) != name) continue;
    if (load<u32>(ptr, CONTEXT_OFFSET) != place) continue;
    const group = load<u64>(ptr, GROUP_OFFSET);
    const entry = findEntry(group);
    const usual = entry == 0 ? 0 : entryNote(entry);
    if (usual == 0 || findEntry(hashPair(group, load<u64>(ptr, VALUE_OFFSET))) != 0) return false;
    putParameter();
    putText(" was ");
    putText(
      usual == USUAL_DIGITS ? "digits" : usual == USUAL_LETTERS ? "one word" : usual == USUAL_WORDS ? "words" : "empty",
    );
    putText(" in all ");
    putInteger(<i64>entryCount(entry));
    putText(" requests, here ");
    putShape(
      signaturePtr + <usize>load<u16>(ptr, SHOWN_OFFSET),
      signaturePtr + <usize>load<u16>(ptr, SHOWN_OFFSET + 2),
    );
    return true;
  }
  return false;
}

function putValueReason(kind: u32): void {
  if (putUsualShapeReason()) return;
  if (kind == VALUE_SPECIAL || kind == VALUE_PAIR) {
    putText(kind == VALUE_SPECIAL ? "sign " : "sequence ");
    putShown();
    putNever();
    putText("came in ");
    putParameter();
  } else {
    putParameter();
    putNever();
    putText(kind == VALUE_SHAPE ? "looked like " : kind == DIGIT_RUNS ? "had digits like " : "had this length, here ");
    putShown();
  }
  putCount(" requests");
}
