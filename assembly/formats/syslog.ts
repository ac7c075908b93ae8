/** BSD syslog, RFC 3164: `<PRI>Mmm dd hh:mm:ss HOST PROGRAM[PID]: MESSAGE`; PRI and PID may be missing. */

import { messageEndPtr, messagePtr, NO_TIME, setBody, setFormat, setLevel, setSource, setTime } from "../event/event";
import { severityLevel } from "../fields/severity";
import { clockAt, daySeconds, monthAt, timeEndPtr } from "../fields/time";
import { findByte, isDigit, isSpace, readDigits } from "../runtime/bytes";
import {
  CLOSE_BRACKET,
  CLOSE_PAREN,
  COLON,
  GREATER,
  LESS,
  OPEN_BRACKET,
  OPEN_PAREN,
  SPACE,
} from "../runtime/characters";
import { Text } from "../runtime/text";

export const FORMAT_SYSLOG: Text = "syslog";

const WORD_BYTES_MAX: usize = 128;

export function parseSyslog(): bool {
  const endPtr = messageEndPtr;
  let ptr = messagePtr;
  let priority = -1;
  if (ptr < endPtr && load<u8>(ptr) == LESS) {
    const closePtr = findByte(ptr + 1, ptr + 4 < endPtr ? ptr + 4 : endPtr, GREATER); // at most three digits
    if (closePtr < endPtr && load<u8>(closePtr) == GREATER) {
      if (closePtr > ptr + 1) priority = readDigits(ptr + 1, closePtr, <i32>(closePtr - ptr - 1));
      ptr = closePtr + 1;
    }
  }
  // "Mmm dd hh:mm:ss " is 16 bytes wide in every line
  if (ptr + 18 > endPtr || load<u8>(ptr + 3) != SPACE || load<u8>(ptr + 6) != SPACE || load<u8>(ptr + 9) != COLON)
    return false;
  const month = monthAt(ptr, endPtr);
  const tens = <u32>load<u8>(ptr + 4);
  const day = tens == SPACE ? readDigits(ptr + 5, endPtr, 1) : readDigits(ptr + 4, endPtr, 2);
  const clock = clockAt(ptr + 7, endPtr);
  if (month == 0 || day < 1 || clock < 0) return false;
  ptr = timeEndPtr;
  if (ptr >= endPtr || load<u8>(ptr) != SPACE) return false;
  const hostPtr = ptr + 1;
  const hostEndPtr = findByte(hostPtr, hostPtr + WORD_BYTES_MAX < endPtr ? hostPtr + WORD_BYTES_MAX : endPtr, SPACE);
  if (hostEndPtr >= endPtr || load<u8>(hostEndPtr) != SPACE) return false;
  setFormat(FORMAT_SYSLOG);
  const seconds = daySeconds(-1, month, day, clock);
  if (seconds != NO_TIME) setTime(seconds);
  if (priority >= 0) setLevel(severityLevel(priority & 7));
  // some write no host: then the program stands in its place
  program(load<u8>(hostEndPtr - 1) == COLON ? hostPtr : hostEndPtr + 1, endPtr);
  return true;
}

/** PROGRAM, PROGRAM[PID], PROGRAM(module)[PID], each with a colon; else the whole rest is the message. */
function program(ptr: usize, endPtr: usize): void {
  setBody(ptr, endPtr);
  const limitPtr = ptr + WORD_BYTES_MAX < endPtr ? ptr + WORD_BYTES_MAX : endPtr;
  let at = ptr;
  while (at < limitPtr) {
    const c = <u32>load<u8>(at);
    if (c == COLON || c == OPEN_BRACKET || c == OPEN_PAREN || isSpace(c)) break;
    at++;
  }
  const nameEndPtr = at;
  if (at == ptr || at >= limitPtr) return;
  if (load<u8>(at) == OPEN_PAREN) {
    at = findByte(at, limitPtr, CLOSE_PAREN) + 1;
    if (at >= limitPtr) return;
  }
  if (load<u8>(at) == OPEN_BRACKET) {
    at++;
    while (at < limitPtr && isDigit(<u32>load<u8>(at))) at++;
    if (at >= limitPtr || load<u8>(at) != CLOSE_BRACKET) return;
    at++;
  }
  if (at >= endPtr || load<u8>(at) != COLON) return;
  setSource(ptr, nameEndPtr);
  at++;
  if (at < endPtr && load<u8>(at) == SPACE) at++;
  setBody(at, endPtr);
}

export { severityLevel };
