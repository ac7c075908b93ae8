/**
 * Syslog as RFC 5424 writes it: `<PRI>1 TIMESTAMP HOST APP PROCID MSGID [STRUCTURED DATA] MESSAGE`, `-` for nothing.
 */

import { messageEndPtr, messagePtr, NO_TIME, setBody, setFormat, setLevel, setSource, setTime } from "../event/event";
import { dateAt } from "../fields/date";
import { severityLevel } from "../fields/severity";
import { timeEndPtr } from "../fields/time";
import { findByte, isDigit, readDigits } from "../runtime/bytes";
import {
  BACKSLASH,
  CLOSE_BRACKET,
  DASH,
  DIGIT_1,
  GREATER,
  LESS,
  OPEN_BRACKET,
  QUOTE,
  SPACE,
} from "../runtime/characters";
import { FORMAT_SYSLOG } from "./syslog";

/** No field of the header is longer (RFC 5424, section 6). */
const FIELD_BYTES_MAX: usize = 256;

export function parseRfc5424(): bool {
  const endPtr = messageEndPtr;
  let ptr = messagePtr;
  if (load<u8>(ptr) != LESS) return false;
  const digitsPtr = ++ptr;
  while (ptr < endPtr && ptr < digitsPtr + 3 && isDigit(<u32>load<u8>(ptr))) ptr++;
  if (ptr == digitsPtr || ptr + 3 > endPtr || load<u8>(ptr) != GREATER || load<u8>(ptr + 1) != DIGIT_1) return false;
  if (load<u8>(ptr + 2) != SPACE) return false;
  const priority = readDigits(digitsPtr, ptr, <i32>(ptr - digitsPtr));
  const datePtr = ptr + 3;
  const dateEndPtr = fieldEnd(datePtr, endPtr);
  if (dateEndPtr == 0) return false;
  const seconds = dateAt(datePtr, dateEndPtr);
  if (timeEndPtr == datePtr && !isNil(datePtr, dateEndPtr)) return false;
  const hostEndPtr = fieldEnd(dateEndPtr + 1, endPtr);
  const appEndPtr = hostEndPtr == 0 ? <usize>0 : fieldEnd(hostEndPtr + 1, endPtr);
  const processEndPtr = appEndPtr == 0 ? <usize>0 : fieldEnd(appEndPtr + 1, endPtr);
  const idEndPtr = processEndPtr == 0 ? <usize>0 : fieldEnd(processEndPtr + 1, endPtr);
  if (idEndPtr == 0) return false;
  setFormat(FORMAT_SYSLOG);
  setLevel(severityLevel(priority & 7));
  if (seconds != NO_TIME) setTime(seconds);
  if (!isNil(hostEndPtr + 1, appEndPtr)) setSource(hostEndPtr + 1, appEndPtr);
  ptr = structuredEnd(idEndPtr + 1, endPtr);
  if (ptr < endPtr && load<u8>(ptr) == SPACE) ptr++;
  // a byte order mark says that UTF-8 follows
  if (ptr + 3 <= endPtr && load<u8>(ptr) == 0xef && load<u8>(ptr + 1) == 0xbb && load<u8>(ptr + 2) == 0xbf) ptr += 3;
  setBody(ptr, endPtr);
  return true;
}

/** The space that ends a field, or 0 where there is none. */
function fieldEnd(ptr: usize, endPtr: usize): usize {
  const limitPtr = ptr + FIELD_BYTES_MAX < endPtr ? ptr + FIELD_BYTES_MAX : endPtr;
  const spacePtr = findByte(ptr, limitPtr, SPACE);
  return spacePtr < limitPtr && spacePtr > ptr ? spacePtr : 0;
}

function isNil(ptr: usize, endPtr: usize): bool {
  return endPtr - ptr == 1 && load<u8>(ptr) == DASH;
}

/** Behind `-`, or behind elements in brackets; inside quotes a backslash makes the next byte plain. */
function structuredEnd(ptr: usize, endPtr: usize): usize {
  if (ptr < endPtr && load<u8>(ptr) == DASH) return ptr + 1;
  const startPtr = ptr;
  while (ptr < endPtr && load<u8>(ptr) == OPEN_BRACKET) {
    let quoted = false;
    for (ptr++; ptr < endPtr; ptr++) {
      const c = <u32>load<u8>(ptr);
      if (c == BACKSLASH && quoted) ptr++;
      else if (c == QUOTE) quoted = !quoted;
      else if (c == CLOSE_BRACKET && !quoted) break;
    }
    if (ptr >= endPtr) return startPtr; // never closed: it is text
    ptr++;
  }
  return ptr;
}
