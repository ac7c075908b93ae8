/**
 * Which parser reads a message: each recognises its format by a few bytes and says no otherwise; the first that says
 * yes has it. A line that nobody recognises is plain text. New formats are added here, the most particular first.
 */
import { bodyEndPtr, bodyPtr, keyEndPtr, keyPtr, messageEndPtr, messagePtr, NO_TIME, setBody, setMessage, timeSeconds } from "../event";
import { parseAccess } from "./access";
import { parseApplication } from "./application";
import { findClient } from "./client";
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
  parseText();
  if (keyEndPtr == keyPtr) findClient(bodyPtr, bodyEndPtr);
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

function parseText(): void {
  if (!parseSyslog() && !parseApplication()) {
    if (timeSeconds == NO_TIME) seekDate(messagePtr, messageEndPtr);
    return;
  }
  // a header before a JSON object
  if (bodyEndPtr > bodyPtr && load<u8>(bodyPtr) == 0x7b) {
    if (unwrapJson(bodyPtr, bodyEndPtr)) setBody(wrappedPtr, wrappedEndPtr);
  }
}
