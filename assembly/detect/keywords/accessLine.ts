/**
 * Keywords of a request. Of an access line each of its parts is searched once, with the quotes around it, and known to
 * have none from then on. Between the parts stand signs, numbers and a month of three letters; where a list has a word
 * that may be found there, or reach from one part into what changes, lines are searched as all others are.
 */
import { HostPart, RequestPart, TextPart, WITHOUT_KEYWORD } from "../../event/accessParts";
import {
  agentEndPtr,
  agentPart,
  agentPtr,
  bodyEndPtr,
  bodyPtr,
  FORMAT_FIELDS,
  format,
  hostPart,
  isMessageInJson,
  messageEndPtr,
  messagePtr,
  referrerEndPtr,
  referrerPart,
  referrerPtr,
  requestPart,
  targetEndPtr,
  targetPtr,
  unescapeMessage,
} from "../../event/event";
import { findByte } from "../../runtime/bytes";
import { BACKSLASH, OPEN_BRACE, QUOTE } from "../../runtime/characters";
import { anyIsBetween, findKeywords, forgetHits, keywordHits } from "./matcher";

/** The bytes of ` - - [`, which follow every host. */
const BEHIND_HOST_BYTES: u32 = 6;

/** The same as `findKeywords` of the message, which is a line of parts. */
export function findInAccessLine(): void {
  if (!anyIsBetween && hostPart != 0 && hasNone()) return;
  unescapeMessage();
  findKeywords(messagePtr, messageEndPtr - messagePtr);
}

/** Of any other request: in its message, and if none is found, in the fields that are no part of it. */
export function findInRequest(): void {
  forgetHits();
  const hasMessage = messageEndPtr > messagePtr;
  if (hasMessage) {
    unescapeMessage();
    findKeywords(messagePtr, messageEndPtr - messagePtr);
  }
  // a line of JSON is the message of its request where it holds no other
  if (format != FORMAT_FIELDS || (hasMessage && load<u8>(messagePtr) == OPEN_BRACE)) return;
  if (keywordHits == 0) findInField(targetPtr, targetEndPtr);
  if (keywordHits == 0) findInField(agentPtr, agentEndPtr);
  if (keywordHits == 0) findInField(referrerPtr, referrerEndPtr);
}

function findInField(ptr: usize, endPtr: usize): void {
  if (endPtr > ptr && (ptr < messagePtr || ptr >= messageEndPtr)) findKeywords(ptr, endPtr - ptr);
}

function hasNone(): bool {
  const host = changetype<HostPart>(hostPart);
  if ((host.known & WITHOUT_KEYWORD) == 0) {
    if (isInHost(messagePtr, host)) return false;
    host.known |= WITHOUT_KEYWORD;
  }
  const request = changetype<RequestPart>(requestPart);
  if ((request.known & WITHOUT_KEYWORD) == 0) {
    if (isIn(bodyPtr, bodyEndPtr)) return false;
    request.known |= <u8>WITHOUT_KEYWORD;
  }
  if (!isWithout(referrerPtr, referrerEndPtr, referrerPart) || !isWithout(agentPtr, agentEndPtr, agentPart))
    return false;
  forgetHits();
  if (agentPtr == 0) return true;
  // from the last quote on
  const tailPtr = agentEndPtr + (isMessageInJson ? 1 : 0);
  if (tailPtr + 1 == messageEndPtr) return true;
  if (isMessageInJson && findByte(tailPtr, messageEndPtr, BACKSLASH) < messageEndPtr) return false;
  return findKeywords(tailPtr, messageEndPtr - tailPtr) == 0;
}

/** Whether a keyword is in the host that a line at ptr begins with. */
export function isInHost(ptr: usize, host: HostPart): bool {
  return findKeywords(ptr, host.bytes + BEHIND_HOST_BYTES) != 0;
}

function isWithout(ptr: usize, endPtr: usize, partPtr: usize): bool {
  const part = changetype<TextPart>(partPtr);
  if (endPtr == ptr || (partPtr != 0 && (part.known & WITHOUT_KEYWORD) != 0)) return true;
  if (isIn(ptr, endPtr)) return false;
  if (partPtr != 0) part.known |= WITHOUT_KEYWORD;
  return true;
}

/** Whether a keyword is in the text, in JSON for a moment with the quote that ends it as it was before. */
function isIn(ptr: usize, endPtr: usize): bool {
  const after = load<u8>(endPtr);
  store<u8>(endPtr, <u8>QUOTE);
  findKeywords(ptr - 1, endPtr - ptr + 2);
  store<u8>(endPtr, after);
  return keywordHits > 0;
}
