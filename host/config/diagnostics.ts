/** Errors in a configuration: all reported at once, each with its place and the likeliest correction. */
import { exitCode, formatError, OddlineError } from "../io/errors.js";

export const diagnosticCodes = [
  "CONFIG_SYNTAX",
  "CONFIG_DUPLICATE_KEY",
  "CONFIG_UNKNOWN_KEY",
  "CONFIG_MISSING_KEY",
  "CONFIG_TYPE",
  "CONFIG_RANGE",
  "CONFIG_VALUE",
  "CONFIG_CONFLICT",
] as const;
export type DiagnosticCode = (typeof diagnosticCodes)[number];

export interface Diagnostic {
  code: DiagnosticCode;
  line: number;
  column: number;
  expected: string;
  found: string;
  remedy?: string;
}

export class ConfigurationError extends OddlineError {
  constructor(
    readonly file: string,
    readonly diagnostics: readonly Diagnostic[],
  ) {
    const [first, ...rest] = diagnostics.map(({ code, line, column, ...parts }) => ({
      code,
      parts: { subject: `${file}:${line}:${column}`, ...parts, exit: exitCode.usage },
    }));
    super(first.code, first.parts);
    this.message = [first, ...rest].map(({ code, parts }) => formatError(code, parts)).join("\n");
  }
}

/** The candidate that was likely meant: the same but for case and separators, else at most two slips away. */
export function didYouMean(found: string, candidates: readonly string[]): string | undefined {
  const plain = (name: string) => name.toLowerCase().replace(/[-_ ]/g, "");
  const same = candidates.find((candidate) => plain(candidate) === plain(found));
  if (same) return same;
  const [best] = candidates
    .map((candidate) => ({ candidate, slips: slipsBetween(plain(found), plain(candidate)) }))
    .sort((a, b) => a.slips - b.slips);
  return best && best.slips <= Math.min(2, Math.floor(best.candidate.length / 2)) ? best.candidate : undefined;
}

/** Edit distance with neighbours swapped as one slip (optimal string alignment). */
function slipsBetween(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i || j));
  for (let i = 0; i <= a.length; i++) rows[i][0] = i;
  for (let j = 0; j <= b.length; j++) rows[0][j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, replaced);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.length][b.length];
}
