/**
 * Messages of Cisco's devices behind a header of syslog: `%ASA-4-106023: MESSAGE`, FACILITY-SEVERITY-MNEMONIC, at times
 * with a class before the severity. In the message ADDRESS/PORT, INTERFACE:ADDRESS/PORT, INTERFACE/ADDRESS(PORT) and
 * <ADDRESS> are the ends of what it tells of: the first, or the local one (`laddr`), is where it came from, the one
 * behind `to`, `dst`, `faddr` or an arrow where it went; `bytes N` is what passed.
 */
import { addressHigh, addressLow, readHost } from "../event/address";
import { setBody, setBytes, setDestination, setKeyAddress, setLevel, setSender, setSource } from "../event/event";
import { FLOW_TOTAL, noteFlow } from "../fields/flow";
import { severityLevel } from "../fields/severity";
import { findRarely, isDigit, startsWith } from "../runtime/bytes";
import {
  CLOSE_PAREN,
  COLON,
  COMMA,
  DASH,
  DIGIT_0,
  EQUALS,
  GREATER,
  LESS,
  OPEN_PAREN,
  SLASH,
  SPACE,
} from "../runtime/characters";
import { noteDecided } from "../runtime/decided";

/** FACILITY-SEVERITY-MNEMONIC is no longer. */
const NAME_BYTES_MAX: usize = 64;

let nameEndPtr: usize = 0;

/** Where the severity of a message stands that begins at the percent sign that ptr is at, or 0. */
export function ciscoSeverity(ptr: usize, endPtr: usize): usize {
  const limitPtr = min<usize>(ptr + NAME_BYTES_MAX, endPtr);
  nameEndPtr = findRarely(ptr, findRarely(ptr, limitPtr, SPACE), COLON);
  if (nameEndPtr >= limitPtr) return 0;
  for (let at = findRarely(ptr, nameEndPtr, DASH); at + 3 <= nameEndPtr; at = findRarely(at + 1, nameEndPtr, DASH)) {
    if (load<u8>(at + 2) != DASH) continue;
    noteDecided(at + 1, at + 2);
    if (<u32>load<u8>(at + 1) - DIGIT_0 < 8) return at + 1;
  }
  return 0;
}

export function takeCisco(ptr: usize, endPtr: usize): void {
  setLevel(severityLevel(<i32>load<u8>(ciscoSeverity(ptr, endPtr)) - <i32>DIGIT_0));
  setSource(ptr + 1, nameEndPtr);
  ptr = nameEndPtr + 1;
  while (ptr < endPtr && load<u8>(ptr) == SPACE) ptr++;
  setBody(ptr, endPtr);
  takeEnds(ptr, endPtr);
}

// What the word before an end says of it.
const FROM: i32 = 0;
const TO: i32 = 1; // only behind where it came from
const FOREIGN: i32 = 2; // the same before it
const PASSED: i32 = 3; // the address that a local one is translated to, or a group's name

/** Word by word: at most one end of each kind is taken. */
function takeEnds(ptr: usize, endPtr: usize): void {
  let hasSender = false;
  let hasDestination = false;
  let role = FROM;
  while (ptr < endPtr) {
    const wordEndPtr = findRarely(ptr, endPtr, SPACE);
    const c = <u32>load<u8>(ptr);
    if (isEnd(ptr, wordEndPtr)) {
      if (!hasSender && role == FROM) {
        setSender(addressHigh, addressLow);
        setKeyAddress(addressHigh, addressLow);
        hasSender = true;
      } else if (!hasDestination && (role == FOREIGN || (hasSender && role == TO))) {
        setDestination(addressHigh, addressLow);
        hasDestination = true;
      }
      role = FROM;
    } else if (c == OPEN_PAREN && !hasSender && readHost(ptr + 1, findRarely(ptr, wordEndPtr, CLOSE_PAREN))) {
      // IOS: who configured it
      setKeyAddress(addressHigh, addressLow);
    } else if (c != OPEN_PAREN && c != EQUALS) {
      if (startsWith(ptr, endPtr, "bytes ")) takeBytes(wordEndPtr + 1, endPtr);
      role = roleBehind(ptr, endPtr);
    }
    ptr = wordEndPtr + 1;
  }
}

function roleBehind(ptr: usize, endPtr: usize): i32 {
  if (startsWith(ptr, endPtr, "to ") || startsWith(ptr, endPtr, "dst ") || startsWith(ptr, endPtr, "-> ")) return TO;
  if (startsWith(ptr, endPtr, "faddr ")) return FOREIGN;
  return startsWith(ptr, endPtr, "gaddr ") || startsWith(ptr, endPtr, "Group ") ? PASSED : FROM;
}

/** ADDRESS, INTERFACE:ADDRESS, either with /PORT, (PORT) or (NAME) behind it; INTERFACE/ADDRESS(PORT); <ADDRESS>. */
function isEnd(ptr: usize, endPtr: usize): bool {
  if (load<u8>(ptr) == LESS) return readHost(ptr + 1, findRarely(ptr, endPtr, GREATER));
  const slashPtr = findRarely(ptr, endPtr, SLASH);
  const parenPtr = findRarely(ptr, endPtr, OPEN_PAREN);
  let cutPtr = min<usize>(slashPtr, parenPtr);
  if (cutPtr == endPtr && cutPtr > ptr && load<u8>(cutPtr - 1) == COMMA) cutPtr--;
  if (readHost(ptr, cutPtr)) return true;
  const colonPtr = findRarely(ptr, cutPtr, COLON);
  if (colonPtr < cutPtr && readHost(colonPtr + 1, cutPtr)) return true;
  return slashPtr < parenPtr && parenPtr < endPtr && readHost(slashPtr + 1, parenPtr);
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
