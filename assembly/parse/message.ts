/**
 * Which parser reads a message: each recognises its format by a few bytes and says no otherwise; the first that says
 * yes has it. A line that nobody recognises is plain text. New formats are added here, the most particular first.
 */
import { bodyEndPtr, bodyPtr, keyEndPtr, keyPtr, messageEndPtr, messagePtr } from "../event";
import { parseAccess } from "./access";
import { parseApplication } from "./application";
import { findClient } from "./client";
import { seekDate } from "./seekDate";
import { parseSyslog } from "./syslog";

export function parseMessage(): void {
  if (messagePtr == messageEndPtr) return;
  if (parseAccess()) return;
  if (!parseSyslog() && !parseApplication()) seekDate(messagePtr, messageEndPtr);
  if (keyEndPtr == keyPtr) findClient(bodyPtr, bodyEndPtr);
}
