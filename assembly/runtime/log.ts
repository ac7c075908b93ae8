/**
 * Lines to the operator on the host's standard error, each with `[oddline] ` before it. They are made in the output
 * buffer that an event's member is made in too, so a line is written between two records, never while one is judged.
 */

import { NEWLINE } from "./characters";
import { clearOutput, outputEndPtr, outputPtr, putByte, putText } from "./output";
import { Text } from "./text";
import { writeError } from "./wasi";

export const HOUR_MILLISECONDS: i64 = 3600000;
export const DAY_MILLISECONDS: i64 = 86400000;

/**
 * Whether so much wall clock has passed since then. A clock that was set back proves nothing, so that counts as well.
 */
export function isOver(then: i64, milliseconds: i64, now: i64): bool {
  return now < then || now - then >= milliseconds;
}

/** One line of two parts. */
export function logLine(what: Text, follows: Text = ""): void {
  beginLine();
  putText(what);
  putText(follows);
  endLine();
}

/** What is put into the output from here to `endLine` is the line. */
export function beginLine(): void {
  clearOutput();
  putText("[oddline] ");
}

export function endLine(): void {
  putByte(NEWLINE);
  writeError(outputPtr, outputEndPtr - outputPtr);
}
