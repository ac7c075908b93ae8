/**
 * HAProxy's HTTP and TCP logs:
 *   ADDRESS:PORT [14/Nov/2026:22:45:11.608] FRONTEND BACKEND/SERVER TIMERS STATUS BYTES … "METHOD TARGET PROTOCOL"
 * Without a status it is a TCP session. A captured host may stand before the timers, and a dash for the address.
 */
import { addressHigh, addressLow, readHost } from "../event/address";
import { NO_TIME, setBody, setBytes, setFormat, setKeyAddress, setStatus, setTime } from "../event/event";
import { isRunByte } from "../fields/byteClass";
import { dateAt } from "../fields/date";
import { splitRequest } from "../fields/request";
import { findByte, isDigit, readDigits } from "../runtime/bytes";
import { CLOSE_BRACKET, COLON, DASH, DIGIT_0, OPEN_BRACKET, QUOTE, SLASH, SPACE } from "../runtime/characters";
import { Text } from "../runtime/text";

const FORMAT_HAPROXY: Text = "haproxy";

/** An address and its port are no longer. */
const CLIENT_BYTES_MAX: usize = 64;
const TIME_BYTES: usize = 24; // 14/Nov/2026:22:45:11.608

export function parseHaproxy(ptr: usize, endPtr: usize): bool {
  if (!beginsWithClient(ptr)) return false;
  const limitPtr = ptr + CLIENT_BYTES_MAX < endPtr ? ptr + CLIENT_BYTES_MAX : endPtr;
  const spacePtr = findByte(ptr, limitPtr, SPACE);
  const closePtr = spacePtr + 2 + TIME_BYTES;
  if (
    closePtr + 2 > endPtr ||
    spacePtr >= limitPtr ||
    load<u8>(spacePtr + 1) != OPEN_BRACKET ||
    load<u8>(closePtr) != CLOSE_BRACKET
  )
    return false;
  if (load<u8>(spacePtr + 4) != SLASH || load<u8>(spacePtr + 8) != SLASH || load<u8>(closePtr + 1) != SPACE)
    return false;
  // the last number is the port, even where it could be a part of the address
  let colonPtr = spacePtr;
  while (colonPtr > ptr && load<u8>(colonPtr) != COLON) colonPtr--;
  const isHidden = colonPtr == ptr + 1 && load<u8>(ptr) == DASH;
  if (colonPtr == ptr || !(isHidden || readHost(ptr, colonPtr))) return false;
  const seconds = dateAt(spacePtr + 2, closePtr);
  if (seconds == NO_TIME) return false;
  setFormat(FORMAT_HAPROXY);
  if (!isHidden) setKeyAddress(addressHigh, addressLow);
  setTime(seconds);
  setBody(closePtr + 2, endPtr);
  let columnPtr = closePtr + 2;
  for (let column = 0; column < 2; column++) columnPtr = findByte(columnPtr, endPtr, SPACE) + 1;
  if (!isTimer(<u32>load<u8>(columnPtr))) columnPtr = findByte(columnPtr, endPtr, SPACE) + 1;
  columnPtr = findByte(columnPtr, endPtr, SPACE) + 1;
  if (columnPtr < endPtr) answer(columnPtr, endPtr);
  return true;
}

/** An address, in brackets or not, or a dash and a port: two bytes say no of most words. */
// @ts-ignore: decorator
@inline
function beginsWithClient(ptr: usize): bool {
  const c = <u32>load<u8>(ptr);
  return (isRunByte(c) || c == DASH || c == OPEN_BRACKET) && isRunByte(<u32>load<u8>(ptr, 2));
}

/** A number, or -1 for one that was never taken. */
// @ts-ignore: decorator
@inline
function isTimer(c: u32): bool {
  return isDigit(c) || c == DASH;
}

/** STATUS BYTES and the request, or BYTES alone. */
function answer(ptr: usize, endPtr: usize): void {
  const status = readDigits(ptr, endPtr, 3);
  const isHttp = status >= 100 && ptr + 4 < endPtr && load<u8>(ptr + 3) == SPACE && isDigit(<u32>load<u8>(ptr + 4));
  if (isHttp) {
    setStatus(status);
    ptr += 4;
  }
  let size: i64 = 0;
  const startPtr = ptr;
  while (ptr < endPtr && ptr < startPtr + 15 && isDigit(<u32>load<u8>(ptr)))
    size = size * 10 + <i64>(load<u8>(ptr++) - DIGIT_0);
  if (ptr > startPtr) setBytes(size);
  if (!isHttp) return;
  const quotePtr = findByte(ptr, endPtr, QUOTE);
  let lastPtr = endPtr;
  while (lastPtr > quotePtr && load<u8>(lastPtr - 1) != QUOTE) lastPtr--;
  if (lastPtr > quotePtr + 1) splitRequest(quotePtr + 1, lastPtr - 1);
}
