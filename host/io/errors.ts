/**
 * Every error an operator can make ends as one of these: a stable code, what was expected, what was found and what
 * to do. Codes are never reused. Programming errors stay ordinary exceptions.
 */
import { oneLine } from "./terminal.js";

export const exitCode = { done: 0, failed: 1, usage: 2, nothing: 3, locked: 4, refused: 5 } as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

export interface ErrorParts {
  /** What the message is about: a file, `FILE:LINE:COLUMN`, a URL, an option. */
  subject: string;
  expected?: string;
  found?: string;
  remedy?: string;
  exit?: ExitCode;
}

export class OddlineError extends Error {
  readonly exit: ExitCode;
  constructor(
    readonly code: string,
    readonly parts: ErrorParts,
  ) {
    super(formatError(code, parts));
    this.name = "OddlineError";
    this.exit = parts.exit ?? exitCode.failed;
  }
}

/** For a log, in which a line is all that belongs together. */
export function messageInOneLine({ message }: Error): string {
  return message.replace(/\n +(expected|found|do): +/g, "; $1: ");
}

export function formatError(code: string, { subject, expected, found, remedy }: ErrorParts): string {
  // A line end within a file's name must not look like the next error.
  const lines = [`${oneLine(subject)}: error ${code}`];
  if (expected) lines.push(`  expected: ${oneLine(expected)}`);
  if (found) lines.push(`  found:    ${oneLine(found)}`);
  if (remedy) lines.push(`  do:       ${oneLine(remedy)}`);
  return lines.join("\n");
}
