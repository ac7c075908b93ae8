/**
 * One sentence for a person. It names places that were learnt (a path, a parameter, a source) and shows what came there
 * as a shape: letters `a`, digits `9`, joined words `A`. The line's own values are never shown.
 */
import { isDigit, isLetter } from "../../runtime/bytes";
import {
  APOSTROPHE,
  DELETE,
  DIGIT_9,
  DOT,
  LOWER_A,
  QUESTION_MARK,
  SLASH,
  SPACE,
  UPPER_A,
} from "../../runtime/characters";
import { hashBytes, hashPair } from "../../runtime/hash";
import { outputEndPtr, putByte, putInteger, putText } from "../../runtime/output";
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
  TEMPLATE,
  TOKEN_MIXED,
  TOKEN_NUMBER,
  TOKEN_RARE,
  TOKEN_RUN,
  tokenCount,
  tokensPtr,
  VALUE_LENGTH,
  VALUE_OFFSET,
  VALUE_PAIR,
  VALUE_SHAPE,
  VALUE_SPECIAL,
} from "./features";
import { leastGroupEntry, leastPtr, leastValueEntry } from "./score";
import { MIXED, NUMBER, signatureEndPtr, signaturePtr } from "./signature";
import { entryCount, entryUsualShape, findEntry, knowsWord } from "./table";

/** The reason's limit in bytes, before JSON escaping. */
export const REASON_BYTES_MAX: usize = 200;
const PLACE_BYTES_MAX: usize = 64;
const SHAPE_BYTES_MAX: usize = 40;

/** Classes of shapes a group's values may all have had; host/learn/usualShapes.ts writes them into the table. */
const USUAL_DIGITS: u32 = 1;
const USUAL_LETTERS: u32 = 2;
const USUAL_WORDS: u32 = 3;

let rangePtr: usize = 0;
let rangeEndPtr: usize = 0;

function range(offset: usize): void {
  rangePtr = signaturePtr + <usize>load<u16>(leastPtr + offset);
  rangeEndPtr = signaturePtr + <usize>load<u16>(leastPtr + offset + 2);
}

function putPlace(ptr: usize, endPtr: usize): void {
  const limitPtr = ptr + PLACE_BYTES_MAX;
  while (ptr < endPtr && ptr < limitPtr) {
    const c = <u32>load<u8>(ptr++);
    putByte(c < SPACE || c == DELETE ? QUESTION_MARK : c > 0x7f ? LOWER_A : c);
  }
  if (ptr < endPtr) putText("...");
}

/** Any bytes as a shape. */
function putShape(ptr: usize, endPtr: usize): void {
  const limit = outputEndPtr + SHAPE_BYTES_MAX;
  if (ptr == endPtr) return putText("nothing");
  while (ptr < endPtr) {
    if (outputEndPtr >= limit) return putText("...");
    let c = <u32>load<u8>(ptr);
    if (isLetter(c)) {
      ptr = letterRun(ptr, endPtr);
      c = LOWER_A;
      while (ptr + 1 < endPtr && isWordJoint(<u32>load<u8>(ptr)) && isLetter(<u32>load<u8>(ptr + 1))) {
        ptr = letterRun(ptr + 1, endPtr);
        c = UPPER_A;
      }
      putByte(c);
      continue;
    }
    ptr++;
    if (isDigit(c)) {
      while (ptr < endPtr && isDigit(<u32>load<u8>(ptr))) ptr++;
      putByte(DIGIT_9);
    } else putByte(c == NUMBER || c == MIXED ? DIGIT_9 : c < SPACE || c == DELETE ? QUESTION_MARK : c);
  }
}

function letterRun(ptr: usize, endPtr: usize): usize {
  while (ptr < endPtr && isLetter(<u32>load<u8>(ptr))) ptr++;
  return ptr;
}

// @ts-ignore: decorator
@inline
function isWordJoint(c: u32): bool {
  return c == SPACE || c == DOT;
}

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

function putCount(unit: string): void {
  putText(" in ");
  putInteger(<i64>entryCount(leastGroupEntry));
  putText(unit);
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

/** Writes the reason of the least probable feature. */
export function putLeastProbable(): void {
  const kind = load<u32>(leastPtr, KIND_OFFSET);
  if (kind >= TEMPLATE) putTextReason(kind);
  else if (kind >= VALUE_SHAPE && kind <= VALUE_PAIR) putValueReason(kind);
  else putRequestReason(kind);
}

function putRequestReason(kind: u32): void {
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

function putSource(preposition: string): void {
  range(CONTEXT_OFFSET);
  if (rangePtr == rangeEndPtr) return;
  putText(preposition);
  putPlace(rangePtr, rangeEndPtr);
}

function putTextReason(kind: u32): void {
  if (kind == TEMPLATE) {
    if (leastValueEntry != 0) {
      putText("such a line came ");
      const times = entryCount(leastValueEntry);
      if (times == 1) putText("once");
      else {
        putInteger(<i64>times);
        putText(" times");
      }
    } else putText("no such line");
    putCount(" lines");
    putSource(" of ");
    putText(": ");
    return putTokens();
  }
  const namePtr = signaturePtr + <usize>load<u16>(leastPtr, NAME_OFFSET);
  const nameEndPtr = signaturePtr + <usize>load<u16>(leastPtr, NAME_OFFSET + 2);
  if (namePtr <= signaturePtr + 1) {
    putText("no line began with ");
    range(SHOWN_OFFSET);
    putToken(rangePtr, rangeEndPtr);
    putCount(" lines");
    return putSource(" of ");
  }
  putToken(namePtr, nameEndPtr);
  putText(", seen ");
  putInteger(<i64>entryCount(leastGroupEntry));
  putText(" times");
  putSource(" in ");
  range(SHOWN_OFFSET);
  if (rangePtr == signatureEndPtr) return putText(", never ended a line");
  putText(", was never followed by ");
  putToken(rangePtr, rangeEndPtr);
}

/** A word of the vocabulary as it is (it was learnt), anything else as a class. */
function putToken(ptr: usize, endPtr: usize): void {
  if (ptr == endPtr) return putText("this level");
  const c = <u32>load<u8>(ptr);
  putByte(APOSTROPHE);
  if (c == NUMBER) putText("<9>");
  else if (c == MIXED) putText("<x>");
  else if (!isLetter(c)) putPlace(ptr, ptr + 1);
  else if (knowsWord(hashBytes(ptr, letterRun(ptr, endPtr) - ptr, 0))) putPlace(ptr, endPtr);
  else putText("<a>");
  putByte(APOSTROPHE);
}

function putTokens(): void {
  const limit = outputEndPtr + 120;
  for (let i = 1; i < tokenCount; i++) {
    if (outputEndPtr >= limit) return putText("...");
    const at = tokensPtr + <usize>i * 16;
    const token = load<u64>(at);
    if (token == TOKEN_NUMBER) putText("<9>");
    else if (token == TOKEN_MIXED) putText("<x>");
    else if (token == TOKEN_RARE) putText("<a>");
    else if (token == TOKEN_RUN) putText("<*>");
    else putPlace(signaturePtr + <usize>load<u16>(at, 8), signaturePtr + <usize>load<u16>(at, 10));
  }
}
