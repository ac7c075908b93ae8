/** Severity words of common loggers; the numbers are the filter's. */
import type { Bytes } from "./hash.js";

const words: Record<number, string[]> = {
  1: ["trc", "trce", "trac", "verbose", "trace", "finer", "finest"],
  2: ["dbg", "dbug", "debu", "debug", "fine"],
  3: ["inf", "info", "information", "informational", "notice", "config"],
  4: ["wrn", "warn", "warning"],
  5: ["eror", "erro", "error", "err", "severe"],
  6: ["ftl", "fata", "fatal", "pani", "panic", "crit", "critical", "alert", "emerg", "emergency"],
};
/** Words that begin sentences, too: levels where a bracket or a colon ends them, or in a field of their own. */
const weakWords: Record<number, string[]> = { 3: ["note", "system", "log"], 5: ["fail", "failure"] };

/** Levels in a field of their own alone. */
const fieldWords: Record<number, string[]> = { 3: ["low"], 4: ["medium"], 5: ["high"] };

function byWord(lists: Record<number, string[]>): Map<string, number> {
  return new Map(Object.entries(lists).flatMap(([level, list]) => list.map((word) => [word, Number(level)])));
}
const levelOfWord = byWord(words);
const levelOfWeakWord = byWord(weakWords);
const levelOfFieldWord = byWord(fieldWords);
const levelOfLetter = new Map(Object.entries({ V: 1, D: 2, I: 3, W: 4, E: 5, F: 6 }));

/** 0 for what is no level; `next`: what stands behind the word, nothing in a field of its own. */
export function levelOf(word: Bytes, next?: Bytes): number {
  // slog's INFO+2, DEBUG-4
  const beside = /^([A-Za-z]{2,11})[+-]\d$/.exec(word);
  if (beside) return levelOf(beside[1], next);
  // DEBUG1, TRACE8, D2: a digit says how much finer
  const finer = /^(D|[A-Za-z]{2,12})\d$/.exec(word);
  if (finer) {
    const level = levelOf(finer[1], ".");
    return level <= 2 ? level : 0;
  }
  const isWeak = next === undefined || /^[\]:]/.test(next);
  const lower = word.toLowerCase();
  const inField = next === undefined ? levelOfFieldWord.get(lower) : undefined;
  return levelOfLetter.get(word) ?? levelOfWord.get(lower) ?? inField ?? ((isWeak && levelOfWeakWord.get(lower)) || 0);
}

/** CEF's and LEEF's. */
export function levelOfTen(text: Bytes): number {
  if (text.startsWith("Very")) return 6;
  if (!/^\d\d?$/.test(text)) return levelOf(text);
  const value = Number(text);
  return value > 10 ? 0 : value < 4 ? 3 : value < 7 ? 4 : value < 9 ? 5 : 6;
}

/** Of RFC 5424's severities 0-7. */
export const levelOfSeverity = [6, 6, 6, 5, 4, 3, 3, 2];
