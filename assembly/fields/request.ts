/**
 * The request line, METHOD TARGET PROTOCOL, as access logs have it between quotes and loggers in a field of its own.
 */
import { setBody, setRequest } from "../event/event";
import { isDigit } from "../runtime/bytes";
import { CASE_BIT, DASH, LOWER_A, SLASH, SPACE, UNDERSCORE } from "../runtime/characters";

/** "HTTP/0.0"; xor leaves a digit's value, and plus six a bit beyond nine shows. */
const PROTOCOL: u64 = 0x302e302f50545448;
const PROTOCOL_SIXES: u64 = 0x0600060000000000;
const PROTOCOL_MASK: u64 = 0xf0fff0ffffffffff;
export const PROTOCOL_BYTES: usize = 8;
/** "HTTP", the beginning of "HTTP/2". */
const HTTP: u32 = 0x50545448;
const SHORT_PROTOCOL_BYTES: usize = 6;
const METHOD_BYTES_MAX: usize = 24;

/** Whether HTTP/, a digit, a dot and a digit stand there. */
// @ts-ignore: decorator
@inline
export function isProtocol(ptr: usize): bool {
  const rest = load<u64>(ptr) ^ PROTOCOL;
  return ((rest | (rest + PROTOCOL_SIXES)) & PROTOCOL_MASK) == 0;
}

/** Makes METHOD TARGET [HTTP/x.y] the request; what is no request line (an empty one, TLS bytes) is judged as text. */
export function splitRequest(ptr: usize, endPtr: usize): void {
  setBody(ptr, endPtr);
  const methodEndPtr = methodEnd(ptr, endPtr);
  if (methodEndPtr == ptr) return;
  const targetPtr = methodEndPtr + 1;
  const targetEndPtr = requestTargetEnd(targetPtr, endPtr);
  if (targetEndPtr > targetPtr) setRequest(ptr, methodEndPtr, targetPtr, targetEndPtr);
}

/** The blank behind a method of letters; ptr where there is none. */
export function methodEnd(ptr: usize, endPtr: usize): usize {
  const startPtr = ptr;
  while (ptr < endPtr && ptr - startPtr < METHOD_BYTES_MAX) {
    const c = <u32>load<u8>(ptr);
    if ((c | CASE_BIT) - LOWER_A > 25 && c != DASH && c != UNDERSCORE) break;
    ptr++;
  }
  return ptr < endPtr && load<u8>(ptr) == SPACE ? ptr : startPtr;
}

/**
 * Where the target of a request line ends that starts at ptr: only a space and a whole protocol at the very end
 * (HTTP/1.1, HTTP/2) are none of it. All else belongs to the target, so that nothing in a request line goes unseen.
 */
export function requestTargetEnd(ptr: usize, endPtr: usize): usize {
  const bytes = endPtr - ptr;
  if (bytes > PROTOCOL_BYTES && isProtocol(endPtr - PROTOCOL_BYTES)) {
    const spacePtr = endPtr - PROTOCOL_BYTES - 1;
    if (load<u8>(spacePtr) == SPACE) return spacePtr;
  }
  if (bytes > SHORT_PROTOCOL_BYTES && load<u32>(endPtr - SHORT_PROTOCOL_BYTES) == HTTP) {
    const spacePtr = endPtr - SHORT_PROTOCOL_BYTES - 1;
    if (load<u8>(endPtr - 2) != SLASH || !isDigit(<u32>load<u8>(endPtr - 1))) return endPtr;
    if (load<u8>(spacePtr) == SPACE) return spacePtr;
  }
  return endPtr;
}
