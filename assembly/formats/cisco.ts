/**
 * Messages of Cisco's devices behind a header of syslog: `%ASA-4-106023: MESSAGE`, FACILITY-SEVERITY-MNEMONIC. In the
 * message ADDRESS/PORT, INTERFACE:ADDRESS/PORT and ADDRESS(PORT) are the ends of what it tells of: the first is where
 * it came from, the one behind `to`, `dst` or an arrow where it went; `bytes N` is what passed.
 */
import { addressHigh, addressLow, readHost } from "../event/address";
import { setBody, setBytes, setDestination, setKeyAddress, setLevel, setSender, setSource } from "../event/event";
import { FLOW_TOTAL, noteFlow } from "../fields/flow";
import { severityLevel } from "../fields/severity";
import { findByte, isDigit, startsWith } from "../runtime/bytes";
import { COLON, COMMA, DASH, DIGIT_0, OPEN_PAREN, SLASH, SPACE } from "../runtime/characters";
import { noteDecided } from "../runtime/decided";

/** FACILITY-SEVERITY-MNEMONIC is no longer. */
const NAME_BYTES_MAX: usize = 64;

/** Whether such a message begins at the percent sign that ptr is at. */
export function isCisco(ptr: usize, endPtr: usize): bool {
  const limitPtr = min<usize>(ptr + NAME_BYTES_MAX, endPtr);
  const dashPtr = findByte(ptr, limitPtr, DASH);
  const nameEndPtr = findByte(ptr, limitPtr, COLON);
  if (dashPtr + 3 > nameEndPtr || nameEndPtr >= limitPtr || load<u8>(dashPtr + 2) != DASH) return false;
  noteDecided(dashPtr + 1, dashPtr + 2);
  return <u32>load<u8>(dashPtr + 1) - DIGIT_0 < 8 && findByte(ptr, nameEndPtr, SPACE) == nameEndPtr;
}

export function takeCisco(ptr: usize, endPtr: usize): void {
  const nameEndPtr = findByte(ptr, endPtr, COLON);
  setLevel(severityLevel(<i32>load<u8>(findByte(ptr, endPtr, DASH) + 1) - <i32>DIGIT_0));
  setSource(ptr + 1, nameEndPtr);
  ptr = nameEndPtr + 1;
  while (ptr < endPtr && load<u8>(ptr) == SPACE) ptr++;
  setBody(ptr, endPtr);
  takeEnds(ptr, endPtr);
}

/** Word by word: at most one end of each kind is taken. */
function takeEnds(ptr: usize, endPtr: usize): void {
  let hasSender = false;
  let hasDestination = false;
  let isTo = false;
  while (ptr < endPtr) {
    const wordEndPtr = findByte(ptr, endPtr, SPACE);
    if (isEnd(ptr, wordEndPtr)) {
      if (!hasSender && !isTo) {
        setSender(addressHigh, addressLow);
        setKeyAddress(addressHigh, addressLow);
        hasSender = true;
      } else if (hasSender && isTo && !hasDestination) {
        setDestination(addressHigh, addressLow);
        hasDestination = true;
      }
      isTo = false;
    } else if (load<u8>(ptr) != OPEN_PAREN) {
      if (startsWith(ptr, endPtr, "bytes ")) takeBytes(wordEndPtr + 1, endPtr);
      isTo = startsWith(ptr, endPtr, "to ") || startsWith(ptr, endPtr, "dst ") || startsWith(ptr, endPtr, "-> ");
    }
    ptr = wordEndPtr + 1;
  }
}

/** ADDRESS, INTERFACE:ADDRESS, each possibly with /PORT, (PORT) or (NAME) behind it. */
function isEnd(ptr: usize, endPtr: usize): bool {
  let cutPtr = min<usize>(findByte(ptr, endPtr, SLASH), findByte(ptr, endPtr, OPEN_PAREN));
  if (cutPtr == endPtr && cutPtr > ptr && load<u8>(cutPtr - 1) == COMMA) cutPtr--;
  if (readHost(ptr, cutPtr)) return true;
  const colonPtr = findByte(ptr, cutPtr, COLON);
  return colonPtr < cutPtr && readHost(colonPtr + 1, cutPtr);
}

function takeBytes(ptr: usize, endPtr: usize): void {
  const startPtr = ptr;
  let size: i64 = 0;
  while (ptr < endPtr && ptr < startPtr + 15 && isDigit(<u32>load<u8>(ptr))) {
    size = size * 10 + <i64>(load<u8>(ptr++) - DIGIT_0);
  }
  if (ptr == startPtr) return;
  setBytes(size);
  noteFlow(FLOW_TOTAL, startPtr, ptr, true);
}
