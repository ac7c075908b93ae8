/**
 * Access logs of Apache, nginx and Tomcat, common and combined:
 *   HOST IDENT USER [10/Oct/2000:13:55:36 -0700] "GET /path HTTP/1.1" 200 2326 …
 * A virtual host may stand before HOST. What follows the size (referrer, user agent) is no feature and is not read.
 */
import { findByte, isDigit, isSpace, readDigits } from "../bytes";
import {
  FORMAT_ACCESS,
  messageEndPtr,
  messagePtr,
  NO_TIME,
  setBody,
  setBytes,
  setFormat,
  setRequest,
  setStatus,
  setTime,
} from "../event";
import { setClient } from "./client";
import { monthAt, toSeconds, zoneAt } from "./time";

/** The bracket opens within this many bytes of the line's start: hosts and user names are no longer. */
const BRACKET_BYTES_MAX: usize = 512;
const TIME_BYTES: usize = 26;

/** True where the message is an access line; then its fields are set. */
export function parseAccess(): bool {
  const startPtr = messagePtr;
  const endPtr = messageEndPtr;
  const searchEndPtr = startPtr + BRACKET_BYTES_MAX < endPtr ? startPtr + BRACKET_BYTES_MAX : endPtr;
  const bracketPtr = findByte(startPtr, searchEndPtr, 0x5b);
  // "[dd/Mon/yyyy:HH:MM:SS +ZZZZ] " and a quote: a few fixed bytes decide
  if (bracketPtr == startPtr || bracketPtr + TIME_BYTES + 4 > endPtr) return false;
  if (load<u8>(bracketPtr + 3) != 0x2f || load<u8>(bracketPtr + 7) != 0x2f || load<u8>(bracketPtr + 12) != 0x3a)
    return false;
  const closePtr = findByte(
    bracketPtr + 20,
    bracketPtr + TIME_BYTES + 3 < endPtr ? bracketPtr + TIME_BYTES + 3 : endPtr,
    0x5d,
  );
  if (closePtr + 2 >= endPtr || load<u8>(closePtr) != 0x5d || load<u8>(closePtr + 1) != 0x20) return false;
  if (load<u8>(closePtr + 2) != 0x22) return false;
  const requestPtr = closePtr + 3;
  const quotePtr = closingQuote(requestPtr, endPtr);
  setFormat(FORMAT_ACCESS);
  setTime(accessTime(bracketPtr + 1, closePtr));
  setHost(startPtr, bracketPtr);
  statusAndBytes(quotePtr + 1, endPtr);
  splitRequest(requestPtr, quotePtr);
  return true;
}

/** The quote that ends the request: Apache writes a quote inside as \", nginx as \x22, others as it is. */
function closingQuote(ptr: usize, endPtr: usize): usize {
  let lastPtr: usize = 0;
  while (ptr < endPtr) {
    ptr = findByte(ptr, endPtr, 0x22);
    if (ptr >= endPtr) break;
    if (lastPtr == 0) lastPtr = ptr;
    // a status or a dash follows the one that closes
    if (ptr + 2 < endPtr && load<u8>(ptr + 1) == 0x20) {
      const c = <u32>load<u8>(ptr + 2);
      if (load<u8>(ptr - 1) != 0x5c && (isDigit(c) || c == 0x2d)) return ptr;
    }
    ptr++;
  }
  return lastPtr == 0 ? endPtr : lastPtr;
}

function accessTime(ptr: usize, endPtr: usize): i64 {
  const seconds = toSeconds(
    readDigits(ptr + 7, endPtr, 4),
    monthAt(ptr + 3, endPtr),
    readDigits(ptr, endPtr, 2),
    readDigits(ptr + 12, endPtr, 2),
    readDigits(ptr + 15, endPtr, 2),
    readDigits(ptr + 18, endPtr, 2),
  );
  if (seconds == NO_TIME) return NO_TIME;
  return seconds - zoneAt(ptr + 21, endPtr);
}

/** The host is the third word from the bracket backwards: "HOST IDENT USER [", whatever stands before it. */
function setHost(startPtr: usize, bracketPtr: usize): void {
  let ptr = startPtr;
  const firstEndPtr = findByte(ptr, bracketPtr, 0x20);
  if (firstEndPtr == bracketPtr) return;
  const secondEndPtr = findByte(firstEndPtr + 1, bracketPtr, 0x20);
  const thirdEndPtr = secondEndPtr < bracketPtr ? findByte(secondEndPtr + 1, bracketPtr, 0x20) : bracketPtr;
  // four words and a dash in third place: a virtual host came first
  let hostEndPtr = firstEndPtr;
  if (thirdEndPtr + 1 < bracketPtr && thirdEndPtr - secondEndPtr == 2 && load<u8>(secondEndPtr + 1) == 0x2d) {
    const fourthEndPtr = findByte(thirdEndPtr + 1, bracketPtr, 0x20);
    if (fourthEndPtr + 1 == bracketPtr) {
      ptr = firstEndPtr + 1;
      hostEndPtr = secondEndPtr;
    }
  }
  if (hostEndPtr - ptr == 1 && load<u8>(ptr) == 0x2d) return; // "-": no key
  setClient(ptr, hostEndPtr);
}

function statusAndBytes(ptr: usize, endPtr: usize): void {
  if (ptr + 4 > endPtr || load<u8>(ptr) != 0x20) return;
  const status = readDigits(ptr + 1, endPtr, 3);
  if (status < 100) return;
  setStatus(status);
  ptr += 5;
  let size: i64 = -1;
  while (ptr < endPtr && isDigit(<u32>load<u8>(ptr))) {
    size = (size < 0 ? 0 : size) * 10 + <i64>(load<u8>(ptr) - 0x30);
    if (size > 1 << 53) return;
    ptr++;
  }
  setBytes(size);
}

/** METHOD TARGET [HTTP/x]; what is no request line (an empty one, TLS bytes) is judged as text. */
function splitRequest(ptr: usize, endPtr: usize): void {
  setBody(ptr, endPtr);
  let methodEndPtr = ptr;
  while (methodEndPtr < endPtr && methodEndPtr - ptr < 24) {
    const c = <u32>load<u8>(methodEndPtr);
    if ((c | 0x20) - 0x61 > 25 && c != 0x2d && c != 0x5f) break;
    methodEndPtr++;
  }
  if (methodEndPtr == ptr || methodEndPtr >= endPtr || load<u8>(methodEndPtr) != 0x20) return;
  const targetPtr = methodEndPtr + 1;
  let targetEndPtr = findByte(targetPtr, endPtr, 0x20);
  // a space inside the target: the protocol is what follows the last one
  if (targetEndPtr < endPtr && !protocolAt(targetEndPtr + 1, endPtr)) {
    let ptr = endPtr;
    while (ptr > targetEndPtr && !(isSpace(<u32>load<u8>(ptr - 1)) && protocolAt(ptr, endPtr))) ptr--;
    targetEndPtr = ptr > targetEndPtr ? ptr - 1 : endPtr;
  }
  if (targetEndPtr > targetPtr) setRequest(ptr, methodEndPtr, targetPtr, targetEndPtr);
}

function protocolAt(ptr: usize, endPtr: usize): bool {
  return ptr + 6 <= endPtr && load<u32>(ptr) == 0x50545448 && load<u8>(ptr + 4) == 0x2f;
}
