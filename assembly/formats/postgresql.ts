/**
 * PostgreSQL's log lines behind their date: `[PID] USER@DATABASE SEVERITY:  MESSAGE`, or any prefix behind a zone that
 * has a name (`UTC:HOST(PORT):USER@DATABASE:[PID]:` is that of Amazon's RDS); two spaces follow the colon.
 */

import { addressHigh, addressLow, readHost } from "../event/address";
import { LEVEL_INFO, LEVEL_NONE, setBody, setFormat, setKeyAddress, setLevel } from "../event/event";
import { findClientOnce } from "../fields/client";
import { levelWord } from "../fields/level";
import { findRarely, hasDigit, isDigit, startsWith } from "../runtime/bytes";
import { COLON, OPEN_BRACKET, OPEN_PAREN, SPACE, UPPER_A } from "../runtime/characters";
import { noteDecided } from "../runtime/decided";
import { Text } from "../runtime/text";

const FORMAT_POSTGRESQL: Text = "postgresql";

/** The prefix, which is configurable, is no longer. */
const PREFIX_BYTES_MAX: usize = 160;

/** `ptr` behind the date and its zone. */
export function parsePostgresql(ptr: usize, endPtr: usize): bool {
  const c = <u32>load<u8>(ptr);
  if (ptr + 3 > endPtr || (c != SPACE && c != COLON)) return false;
  const hasProcess = load<u8>(ptr + 1) == OPEN_BRACKET && isDigit(<u32>load<u8>(ptr + 2));
  if (!hasProcess && !(isCapital(ptr - 1) && isCapital(ptr - 2))) return false;
  const limitPtr = ptr + PREFIX_BYTES_MAX < endPtr ? ptr + PREFIX_BYTES_MAX : endPtr;
  for (let at = findRarely(ptr, limitPtr, COLON); at < limitPtr; at = findRarely(at + 1, limitPtr, COLON)) {
    if (!startsWith(at, endPtr, ":  ")) continue;
    let wordPtr = at;
    while (isCapital(wordPtr - 1)) wordPtr--;
    const level = severity(wordPtr, at);
    if (level == LEVEL_NONE) return false;
    setFormat(FORMAT_POSTGRESQL);
    findSession(ptr, wordPtr);
    setLevel(level);
    setBody(at + 3, endPtr);
    return true;
  }
  return false;
}

/** The client that the prefix names: `HOST(PORT)`, or as a field. */
function findSession(ptr: usize, endPtr: usize): void {
  const parenPtr = findRarely(ptr, endPtr, OPEN_PAREN);
  if (parenPtr == endPtr) return findClientOnce(ptr, endPtr);
  let hostPtr = parenPtr;
  while (hostPtr > ptr + 1 && load<u8>(hostPtr - 1) != SPACE) hostPtr--;
  if (readHost(hostPtr, parenPtr)) setKeyAddress(addressHigh, addressLow);
}

// @ts-ignore: decorator
@inline
function isCapital(ptr: usize): bool {
  return <u32>load<u8>(ptr) - UPPER_A < 26;
}

function severity(ptr: usize, endPtr: usize): i32 {
  if (hasDigit(ptr, endPtr)) noteDecided(ptr, endPtr);
  const isPart =
    startsWith(ptr, endPtr, "STATEMENT") ||
    startsWith(ptr, endPtr, "DETAIL") ||
    startsWith(ptr, endPtr, "HINT") ||
    startsWith(ptr, endPtr, "CONTEXT");
  return isPart ? LEVEL_INFO : levelWord(ptr, endPtr);
}
