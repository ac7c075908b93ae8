/**
 * Error logs of web servers:
 *   [Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 4328636416] [client 203.0.113.9:60712] MESSAGE
 *   2018/09/14 19:03:05 [error] 2035#2035: *9134 MESSAGE, client: 203.0.113.9, server: …, request: "GET /a HTTP/1.1", …
 * The date has been read; both are recognised by the bracket behind it.
 */
import { addressHigh, addressLow, readHost } from "../event/address";
import { LEVEL_NONE, setBody, setFormat, setKeyAddress, setLevel, setTarget } from "../event/event";
import { parseLevel } from "../fields/level";
import { requestTargetEnd } from "../fields/request";
import { digitsEnd, findRarely, isLetter, startsWith } from "../runtime/bytes";
import { ASTERISK, CLOSE_BRACKET, COLON, COMMA, LOWER_C, NUMBER_SIGN, QUOTE, SPACE } from "../runtime/characters";
import { Text } from "../runtime/text";

export const FORMAT_WEB_ERROR: Text = "web error";

const GROUP_BYTES_MAX: usize = 128;
const CLOSE_OPEN: u32 = 0x5b205d; // "] ["
const SPACE_OPEN: u16 = 0x5b20; // " ["

/** `ptr` behind the date's clock; true where one of the two goes on there. */
export function parseWebError(datePtr: usize, ptr: usize, endPtr: usize): bool {
  if (ptr + 3 > endPtr) return false;
  const signs = load<u32>(ptr) & 0xffffff;
  if (signs == CLOSE_OPEN) return parseApache(ptr + 2, endPtr, isLetter(<u32>load<u8>(datePtr)));
  return <u16>signs == SPACE_OPEN && parseNginx(ptr + 1, endPtr);
}

/** [module:level], or [level] behind a weekday, then groups for process and client, in any number. */
function parseApache(ptr: usize, endPtr: usize, hasWeekday: bool): bool {
  const closePtr = groupEnd(ptr, endPtr);
  if (closePtr == 0) return false;
  const colonPtr = findRarely(ptr + 1, closePtr, COLON);
  if (colonPtr >= closePtr && !hasWeekday) return false;
  const level = parseLevel(colonPtr < closePtr ? colonPtr + 1 : ptr + 1, closePtr, endPtr);
  if (level == LEVEL_NONE) return false;
  ptr = closePtr + 1;
  while (startsWith(ptr, endPtr, " [pid ") || startsWith(ptr, endPtr, " [client ")) {
    // an IPv6 address with a port has brackets of its own
    const isNested = startsWith(ptr, endPtr, " [client [");
    const innerEndPtr = isNested ? groupEnd(ptr + 9, endPtr) : ptr + 1;
    const groupEndPtr = innerEndPtr == 0 ? <usize>0 : groupEnd(isNested ? innerEndPtr + 1 : innerEndPtr, endPtr);
    if (groupEndPtr == 0) break;
    if (load<u8>(ptr + 2) == LOWER_C && readHost(ptr + 9, groupEndPtr)) setKeyAddress(addressHigh, addressLow);
    ptr = groupEndPtr + 1;
  }
  if (ptr < endPtr && load<u8>(ptr) == SPACE) ptr++;
  setFormat(FORMAT_WEB_ERROR);
  setLevel(level);
  setBody(ptr, endPtr);
  return true;
}

/** The bracket that closes the group opened at ptr, or 0. */
function groupEnd(ptr: usize, endPtr: usize): usize {
  const limitPtr = ptr + GROUP_BYTES_MAX < endPtr ? ptr + GROUP_BYTES_MAX : endPtr;
  const closePtr = findRarely(ptr, limitPtr, CLOSE_BRACKET);
  return closePtr < limitPtr ? closePtr : 0;
}

/** [level] PID#TID: *CONNECTION MESSAGE, and what nginx adds about the connection. */
function parseNginx(ptr: usize, endPtr: usize): bool {
  const closePtr = groupEnd(ptr, endPtr);
  const level = closePtr == 0 ? LEVEL_NONE : parseLevel(ptr + 1, closePtr, endPtr);
  if (level == LEVEL_NONE || !startsWith(closePtr, endPtr, "] ")) return false;
  ptr = digitsEnd(closePtr + 2, endPtr);
  if (ptr == closePtr + 2 || ptr >= endPtr || load<u8>(ptr) != NUMBER_SIGN) return false;
  ptr = digitsEnd(ptr + 1, endPtr);
  if (!startsWith(ptr, endPtr, ": ")) return false;
  ptr += 2;
  if (ptr < endPtr && load<u8>(ptr) == ASTERISK) {
    const numberEndPtr = digitsEnd(ptr + 1, endPtr);
    if (numberEndPtr < endPtr && load<u8>(numberEndPtr) == SPACE) ptr = numberEndPtr + 1;
  }
  setFormat(FORMAT_WEB_ERROR);
  setLevel(level);
  setBody(ptr, endPtr);
  connection(ptr, endPtr);
  return true;
}

/** The last `, client: ADDRESS` (a user's name, which may look like one, stands before), and the request's target. */
function connection(ptr: usize, endPtr: usize): void {
  const bodyStartPtr = ptr;
  for (let at = findRarely(ptr, endPtr, COMMA); at < endPtr; at = findRarely(at + 1, endPtr, COMMA)) {
    if (!startsWith(at, endPtr, ", client: ")) continue;
    const addressPtr = at + 10;
    const addressEndPtr = findRarely(addressPtr, endPtr, COMMA);
    if (!readHost(addressPtr, addressEndPtr)) continue;
    setKeyAddress(addressHigh, addressLow);
    setBody(bodyStartPtr, at);
    setTarget(0, 0);
    if (startsWith(addressEndPtr, endPtr, ", server: ")) request(addressEndPtr, endPtr);
  }
}

function request(ptr: usize, endPtr: usize): void {
  for (let at = findRarely(ptr, endPtr, COMMA); at < endPtr; at = findRarely(at + 1, endPtr, COMMA)) {
    if (!startsWith(at, endPtr, ', request: "')) continue;
    const quotePtr = findRarely(at + 12, endPtr, QUOTE);
    const targetPtr = findRarely(at + 12, quotePtr, SPACE) + 1;
    if (targetPtr < quotePtr) setTarget(targetPtr, requestTargetEnd(targetPtr, quotePtr));
    return;
  }
}
