/** Rules that span several settings, checked once each setting is valid by itself. */

import type { DiagnosticCode } from "./diagnostics.js";
import { keywordLimits } from "./keywords.js";

export interface Violation {
  path: (string | number)[];
  /** Where it is reported when nothing is set at `path`. */
  otherwise?: (string | number)[];
  code?: DiagnosticCode;
  expected?: string;
  found?: string;
  /** Reported as a warning, not as an error. */
  warning?: string;
}

interface Values {
  severity: { medium: number; high: number };
  keywords: { list: { word?: string; words?: string[] }[] };
  known: { pattern: string; until: number }[];
  profiles: { name: string; severity?: { medium?: number; high?: number } }[];
}

export function* crossFieldViolations(value: Record<string, unknown>): Generator<Violation> {
  const { severity, keywords, known, profiles } = value as unknown as Values;
  yield* severityRule(severity, ["severity"]);

  for (const [index, { word, words }] of keywords.list.entries()) {
    const place = (at: number) => ["keywords", "list", index, ...(words ? ["words", at] : word ? ["word"] : [])];
    for (const [at, one] of (words ?? [word!]).entries()) {
      if (Buffer.byteLength(one) >= keywordLimits.wordBytesMin) continue;
      const found = `${JSON.stringify(one)}, which nearly every line contains`;
      yield {
        path: place(at),
        code: "CONFIG_VALUE",
        expected: `a word of ${keywordLimits.wordBytesMin} bytes or more`,
        found,
      };
    }
    if (words?.length === 0) {
      yield {
        path: ["keywords", "list", index, "words"],
        code: "CONFIG_VALUE",
        expected: "one word or more",
        found: "none",
      };
    }
  }

  const now = Date.now() / 1000;
  for (const [index, { pattern, until }] of known.entries()) {
    const path = ["known", index, "pattern"];
    if (pattern.replaceAll("*", "").length === 0) {
      yield {
        path,
        code: "CONFIG_VALUE",
        expected: "part of a message",
        found: "a pattern that matches every message",
      };
    }
    if (until < now) {
      const day = new Date((until - 1) * 1000).toISOString().slice(0, 10);
      yield {
        path: ["known", index, "until"],
        warning: `suppressed until ${day}, which is in the past: this entry has no effect`,
      };
    }
  }

  const names = new Set<string>();
  for (const [index, profile] of profiles.entries()) {
    if (names.has(profile.name)) {
      const found = `a second ${JSON.stringify(profile.name)}`;
      yield { path: ["profiles", index, "name"], expected: "each profile name once", found };
    }
    names.add(profile.name);
    if (profile.severity) {
      yield* severityRule({ ...severity, ...profile.severity }, ["profiles", index, "severity"]);
    }
  }
}

function* severityRule(
  { medium, high }: { medium: number; high: number },
  at: (string | number)[],
): Generator<Violation> {
  if (medium <= high) return;
  const found = `medium ${medium}, high ${high}`;
  yield { path: [...at, "high"], otherwise: [...at, "medium"], expected: "medium not above high", found };
}
