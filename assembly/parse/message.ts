/**
 * Which parser reads a message: each recognises its format by a few bytes and says no otherwise; the first that says
 * yes has it. A line that nobody recognises is plain text. New formats are added here, the most particular first.
 */
import { bodyEndPtr, bodyPtr, messageEndPtr, messagePtr, NO_TIME, setBody, setMessage, timeSeconds } from "../event";
import { parseAccess } from "./access";
import { parseApplication } from "./application";
import { findClientOnce } from "./client";
import { parsePairs } from "./pairs";
import { parseRfc5424 } from "./rfc5424";
import { seekDate } from "./seekDate";
import { parseSyslog } from "./syslog";
import { clearInner, unwrapCri, unwrapJson, wrappedEndPtr, wrappedPtr } from "./unwrap";

/** A JSON line in Docker's wrapper in a shipper's: deeper nesting is not met. */
const WRAPPERS_MAX: i32 = 3;

export function parseMessage(): void {
  if (messagePtr == messageEndPtr) return;
  if (parseAccess()) return;
  clearInner();
  if (mayBeWrapped() && unwrap()) return;
  if (!parseText()) findClientOnce(bodyPtr, bodyEndPtr);
}

/** A brace, or the T of a date that a container runtime writes. */
// @ts-ignore: decorator
@inline
function mayBeWrapped(): bool {
  return load<u8>(messagePtr) == 0x7b || load<u8>(messagePtr + 10) == 0x54;
}

/** Takes wrappers off the message; true where an access line came to light, and then all is said. */
function unwrap(): bool {
  for (let i = 0; i < WRAPPERS_MAX; i++) {
    if (load<u8>(messagePtr) == 0x7b) {
      if (!unwrapJson(messagePtr, messageEndPtr)) return false;
      setMessage(wrappedPtr, wrappedEndPtr);
    } else if (!unwrapCri()) return false;
    if (messagePtr == messageEndPtr || parseAccess()) return true;
  }
  return false;
}

/** True where the client was looked for already. */
function parseText(): bool {
  const hasHeader = parseSyslog() || parseRfc5424() || parseApplication();
  if (!hasHeader && parsePairs(messagePtr, messageEndPtr)) return true;
  if (!hasHeader) {
    if (timeSeconds == NO_TIME) seekDate(messagePtr, messageEndPtr);
    return false;
  }
  if (bodyEndPtr == bodyPtr) return false;
  // a header before a JSON object, or before pairs
  if (load<u8>(bodyPtr) != 0x7b) return parsePairs(bodyPtr, bodyEndPtr);
  if (unwrapJson(bodyPtr, bodyEndPtr)) setBody(wrappedPtr, wrappedEndPtr);
  return false;
}
