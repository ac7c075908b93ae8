/** Why a text is odd. */

import { isLetter } from "../../runtime/bytes";
import { APOSTROPHE } from "../../runtime/characters";
import { hashBytes } from "../../runtime/hash";
import { outputEndPtr, putByte, putInteger, putText } from "../../runtime/output";
import { CONTEXT_OFFSET, KIND_OFFSET, NAME_OFFSET, SHOWN_OFFSET, TEMPLATE } from "./features";
import { letterRun, putCount, putPlace, range, rangeEndPtr, rangePtr } from "./reason";
import { leastGroupEntry, leastPtr, leastValueEntry } from "./score";
import { MIXED, NUMBER, signatureEndPtr, signaturePtr } from "./signature";
import { entryCount, knowsWord } from "./table";
import { TOKEN_MIXED, TOKEN_NUMBER, TOKEN_RARE, TOKEN_RUN, tokenCount, tokensPtr } from "./textFeatures";

function putSource(preposition: string): void {
  range(CONTEXT_OFFSET);
  if (rangePtr == rangeEndPtr) return;
  putText(preposition);
  putPlace(rangePtr, rangeEndPtr);
}

/** Writes the reason of the least probable feature, which is one of a text's. */
export function putTextReason(): void {
  const kind = load<u32>(leastPtr, KIND_OFFSET);
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
