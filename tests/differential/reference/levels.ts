/** Severity words of common loggers; the numbers are the filter's. */
import type { Bytes } from "./hash.js";

const words: Record<number, string[]> = {
  1: ["trc", "trce", "verbose", "trace", "finer", "finest"],
  2: ["dbg", "dbug", "debug", "fine"],
  3: ["inf", "info", "information", "notice", "config"],
  4: ["wrn", "warn", "warning"],
  5: ["eror", "error", "err", "severe"],
  6: ["ftl", "fatal", "panic", "crit", "critical", "alert", "emerg", "emergency"],
};
const levelOfWord = new Map(
  Object.entries(words).flatMap(([level, list]) => list.map((word) => [word, Number(level)])),
);
const levelOfLetter = new Map(Object.entries({ V: 1, D: 2, I: 3, W: 4, E: 5, F: 6 }));

/** 0 for what is no level. */
export function levelOf(word: Bytes): number {
  return levelOfLetter.get(word) ?? levelOfWord.get(word.toLowerCase()) ?? 0;
}

/** Of RFC 5424's severities 0-7. */
export const levelOfSeverity = [6, 6, 6, 5, 4, 3, 3, 2];
