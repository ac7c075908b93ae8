/** PostgreSQL's log lines behind their date: `[PID] USER@DATABASE SEVERITY:  MESSAGE`; two spaces follow the colon. */

import { LEVEL_INFO, LEVEL_NONE, setBody, setFormat, setLevel } from "../event/event";
import { levelWord } from "../fields/level";
import { findByte, hasDigit, isDigit, startsWith } from "../runtime/bytes";
import { COLON, OPEN_BRACKET, SPACE } from "../runtime/characters";
import { noteDecided } from "../runtime/decided";
import { Text } from "../runtime/text";

const FORMAT_POSTGRESQL: Text = "postgresql";

/** The prefix, which is configurable, is no longer. */
const PREFIX_BYTES_MAX: usize = 160;

/** `ptr` behind the date and its zone. */
export function parsePostgresql(ptr: usize, endPtr: usize): bool {
  if (
    ptr + 3 > endPtr ||
    load<u8>(ptr) != SPACE ||
    load<u8>(ptr + 1) != OPEN_BRACKET ||
    !isDigit(<u32>load<u8>(ptr + 2))
  )
    return false;
  const limitPtr = ptr + PREFIX_BYTES_MAX < endPtr ? ptr + PREFIX_BYTES_MAX : endPtr;
  for (let at = findByte(ptr, limitPtr, COLON); at < limitPtr; at = findByte(at + 1, limitPtr, COLON)) {
    if (!startsWith(at, endPtr, ":  ")) continue;
    let wordPtr = at;
    while (wordPtr > ptr && load<u8>(wordPtr - 1) != SPACE) wordPtr--;
    const level = severity(wordPtr, at);
    if (level == LEVEL_NONE) return false;
    setFormat(FORMAT_POSTGRESQL);
    setLevel(level);
    setBody(at + 3, endPtr);
    return true;
  }
  return false;
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
