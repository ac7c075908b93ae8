/**
 * Syslog as RFC 5424 writes it: `<PRI>1 TIMESTAMP HOST APP PROCID MSGID [STRUCTURED DATA] MESSAGE`, `-` for nothing.
 */

import { NO_TIME, setBody, setFormat, setSource, setTime } from "../event/event";
import { dateAt } from "../fields/date";
import { timeEndPtr } from "../fields/time";
import { findByte } from "../runtime/bytes";
import {
  AT,
  BACKSLASH,
  CLOSE_BRACKET,
  COLON,
  DASH,
  DIGIT_1,
  DOT,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SPACE,
} from "../runtime/characters";
import { noteDecided } from "../runtime/decided";
import { Text } from "../runtime/text";

export const FORMAT_SYSLOG: Text = "syslog";

/** No field of the header is longer (RFC 5424, section 6). */
const FIELD_BYTES_MAX: usize = 256;
const COLON_QUOTE: u16 = 0x223a;

/** `ptr` is behind the priority. */
export function parseRfc5424(ptr: usize, endPtr: usize): bool {
  noteDecided(ptr, ptr + 1); // the version
  if (ptr + 2 > endPtr || load<u8>(ptr) != DIGIT_1 || load<u8>(ptr + 1) != SPACE) return false;
  const datePtr = ptr + 2;
  const dateEndPtr = fieldEnd(datePtr, endPtr);
  if (dateEndPtr == 0) return false;
  const seconds = dateAt(datePtr, dateEndPtr);
  if (timeEndPtr == datePtr && !isNil(datePtr, dateEndPtr)) return false;
  const hostEndPtr = fieldEnd(dateEndPtr + 1, endPtr);
  if (hostEndPtr == 0) return false;
  const appEndPtr = fieldEnd(hostEndPtr + 1, endPtr);
  const processEndPtr = appEndPtr == 0 ? <usize>0 : fieldEnd(appEndPtr + 1, endPtr);
  const idEndPtr = processEndPtr == 0 ? <usize>0 : fieldEnd(processEndPtr + 1, endPtr);
  // some go on with JSON where the program should stand; Meraki's date is a count, and its message follows what it is
  const isCut = load<u8>(hostEndPtr + 1) == OPEN_BRACE;
  const isCounted = load<u8>(datePtr, 10) == DOT && appEndPtr != 0;
  if (idEndPtr == 0 && !isCut && !isCounted) return false;
  setFormat(FORMAT_SYSLOG);
  if (seconds != NO_TIME) setTime(seconds);
  if (isCut) {
    setBody(hostEndPtr + 1, endPtr);
    return true;
  }
  if (!isNil(hostEndPtr + 1, appEndPtr)) setSource(hostEndPtr + 1, appEndPtr);
  if (isCounted) {
    setBody(appEndPtr + 1, endPtr);
    return true;
  }
  const dataPtr = idEndPtr + 1;
  ptr = structuredEnd(dataPtr, endPtr);
  const dataEndPtr = ptr;
  if (ptr < endPtr && load<u8>(ptr) == SPACE) ptr++;
  // a byte order mark says that UTF-8 follows
  if (ptr + 3 <= endPtr && load<u8>(ptr) == 0xef && load<u8>(ptr + 1) == 0xbb && load<u8>(ptr + 2) == 0xbf) ptr += 3;
  setBody(ptr, endPtr);
  if (ptr == endPtr) takeData(dataPtr, dataEndPtr);
  return true;
}

/**
 * Devices say it all in the structured data, behind an identifier with an enterprise's number, or, Check Point's, as
 * `[NAME:"VALUE"; …]`.
 */
function takeData(ptr: usize, endPtr: usize): void {
  const idEndPtr = findByte(ptr, endPtr, SPACE);
  if (idEndPtr >= endPtr) return;
  if (findByte(ptr, idEndPtr, AT) < idEndPtr) setBody(idEndPtr + 1, endPtr - 1);
  else if (load<u16>(findByte(ptr, endPtr, COLON)) == COLON_QUOTE) setBody(ptr + 1, endPtr - 1);
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
