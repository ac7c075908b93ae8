/**
 * Which parser reads a message: each recognises its format by a few bytes and says no otherwise; the first that says
 * yes has it. A line that nobody recognises is plain text. A new format is a file beside this one and a line here, the
 * most particular first; its name stands in its file alone.
 */
import {
  bodyEndPtr,
  bodyPtr,
  isRequest,
  messageEndPtr,
  messagePtr,
  NO_TIME,
  setBody,
  setMessage,
  setTime,
  timeSeconds,
} from "../event/event";
import { findClientOnce } from "../fields/client";
import { shippedSeconds } from "../fields/named";
import { seekDate } from "../fields/seekDate";
import { OPEN_BRACE, UPPER_T } from "../runtime/characters";
import { parseAccess } from "./access";
import { parseApplication } from "./application";
import { parseHaproxy } from "./haproxy";
import { parseLevelFirst } from "./levelFirst";
import { parsePairs } from "./pairs";
import { readPlainText } from "./plainText";
import { parseRfc5424 } from "./rfc5424";
import { parseSyslog } from "./syslog";
import { clearInner, unwrapCri, unwrapJson, wrappedEndPtr, wrappedPtr } from "./wrapped";
import { parseZeek } from "./zeek";

/** A JSON line in Docker's wrapper in a shipper's: deeper nesting is not met. */
const WRAPPERS_MAX: i32 = 3;

export function parseMessage(): void {
  readMessage();
  if (timeSeconds == NO_TIME && shippedSeconds != NO_TIME) setTime(shippedSeconds);
}

function readMessage(): void {
  if (messagePtr == messageEndPtr) return;
  clearInner();
  // before the access parser, which would take the runtime's date for a host
  if (load<u8>(messagePtr + 10) == UPPER_T) unwrapCri();
  if (parseAccess()) return;
  if (load<u8>(messagePtr) == OPEN_BRACE && unwrap()) return;
  const isSearched = parseText();
  if (isRequest) {
    if (!isSearched) findClientOnce(bodyPtr, bodyEndPtr);
  } else readPlainText(isSearched);
}

/** Takes wrappers off the message; true where an access line came to light, and then all is said. */
function unwrap(): bool {
  for (let i = 0; i < WRAPPERS_MAX; i++) {
    if (load<u8>(messagePtr) == OPEN_BRACE) {
      if (!unwrapJson(messagePtr, messageEndPtr)) return false;
      setMessage(wrappedPtr, wrappedEndPtr);
    } else if (!unwrapCri()) return false;
    if (messagePtr == messageEndPtr || parseAccess()) return true;
  }
  return false;
}

/** True where the client was looked for already. */
function parseText(): bool {
  if (parseZeek()) return true;
  const hasHeader = parseSyslog() || parseRfc5424() || parseApplication() || parseLevelFirst();
  if (parseHaproxy(bodyPtr, bodyEndPtr)) return true;
  if (bodyEndPtr > bodyPtr && load<u8>(bodyPtr) == OPEN_BRACE && hasHeader) {
    if (unwrapJson(bodyPtr, bodyEndPtr)) setBody(wrappedPtr, wrappedEndPtr);
  } else if (parsePairs(bodyPtr, bodyEndPtr)) return true;
  if (!hasHeader && timeSeconds == NO_TIME) seekDate(messagePtr, messageEndPtr);
  return false;
}
