/** Why a request is odd. */

import { SLASH } from "../../runtime/characters";
import { hashPair } from "../../runtime/hash";
import { putByte, putInteger, putText } from "../../runtime/output";
import {
  CHILD,
  CONTEXT_OFFSET,
  EXTENSION,
  FEATURE_BYTES,
  featureCount,
  featuresPtr,
  GROUP_OFFSET,
  KIND_OFFSET,
  MALFORMED_SHAPE,
  METHOD,
  METHOD_STATUS,
  NAME_OFFSET,
  PARAMETER_NAME,
  PARAMETERS,
  PATH_METHOD,
  PATH_STATUS,
  SHOWN_OFFSET,
  STATUS,
  VALUE_LENGTH,
  VALUE_OFFSET,
  VALUE_PAIR,
  VALUE_SHAPE,
  VALUE_SPECIAL,
} from "./features";
import { putCount, putPlace, putShape, range, rangeEndPtr, rangePtr } from "./reason";
import { leastPtr } from "./score";
import { signaturePtr } from "./signature";
import { entryCount, entryUsualShape, findEntry } from "./table";

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

/** Writes the reason of the least probable feature, which is one of a request's. */
export function putRequestReason(): void {
  const kind = load<u32>(leastPtr, KIND_OFFSET);
  if (kind >= VALUE_SHAPE && kind <= VALUE_PAIR) putValueReason(kind);
  else putPlaceReason(kind);
}

function putPlaceReason(kind: u32): void {
  if (kind == METHOD) {
    putText("method ");
    putProtocolWord(SHOWN_OFFSET);
    putText(" never seen");
  } else if (kind == STATUS) {
    putText("status ");
    putProtocolWord(SHOWN_OFFSET);
    putText(" never seen");
  } else if (kind == METHOD_STATUS) {
    putProtocolWord(NAME_OFFSET);
    putText(" never answered with ");
    putProtocolWord(SHOWN_OFFSET);
  } else if (kind == PATH_METHOD || kind == PATH_STATUS) {
    putPath();
    putText(kind == PATH_METHOD ? " never asked for with " : " never answered with ");
    putProtocolWord(SHOWN_OFFSET);
  } else if (kind == CHILD) {
    range(SHOWN_OFFSET);
    if (load<u64>(leastPtr, VALUE_OFFSET) == 6) {
      putPath();
      putText(" itself never asked for, only what is under it,");
    } else {
      putText("no such entry under ");
      putPath();
      putText(" before: ");
      putShown();
    }
  } else if (kind == EXTENSION) {
    putText("extension .");
    putShown();
    putText(" never seen");
  } else if (kind == PARAMETERS) {
    putText("this set of parameters of ");
    putPath();
    putText(" never seen");
  } else if (kind == PARAMETER_NAME) {
    putPath();
    putText(" never had a parameter named like ");
    putShown();
  } else if (kind == MALFORMED_SHAPE) {
    putText("no request line, but ");
    putShown();
    putText(", never seen");
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
    const usual = entry == 0 ? 0 : entryUsualShape(entry);
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
  if (kind == VALUE_SHAPE) {
    putParameter();
    putText(" never looked like ");
    putShown();
  } else if (kind == VALUE_LENGTH) {
    putParameter();
    putText(" never had this length, here ");
    putShown();
  } else {
    putText(kind == VALUE_SPECIAL ? "sign " : "sequence ");
    putShown();
    putText(" never came in ");
    putParameter();
  }
  putCount(" requests");
}
