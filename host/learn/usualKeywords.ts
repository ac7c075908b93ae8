/**
 * Keywords weighed against the past: one that came in a thousandth of the learnt lines or more is usual there. It no
 * longer alerts by being there, only by coming more often within a window than three times what was learnt.
 */

import type { Keyword } from "../config/keywords.js";
import { oneLine } from "../io/terminal.js";
import type { KeywordEntry, KeywordStore } from "../signatures/keywordStore.js";
import { daysEnough, witnessesEnough } from "../signatures/trust.js";

export interface UsualKeyword {
  name: string;
  words: readonly string[];
  /** Of the learnt lines. */
  share: number;
  /** Hits of one key within a window that it alerts from; in a log without times nobody knows, and it never does. */
  minCount: number;
}

const usualShare = 1 / 1000;
/** In a short log a share says little. */
const usualLinesMin = 20;
const multiplier = 3;
const minCountMax = 1_000_000;

export function usualKeywords(store: KeywordStore, lines: number, keywords: readonly Keyword[]): UsualKeyword[] {
  return keywords.flatMap((keyword) => {
    const entry = store.of(keyword);
    if (!entry || !keyword.weigh || entry.lines < Math.max(usualLinesMin, usualShare * lines)) return [];
    if (!isVouchedFor(entry)) return [];
    const most = entry.most.at(-1)?.[1];
    const minCount = most === undefined ? minCountMax : Math.min(minCountMax, multiplier * most + 1);
    const { name, words } = keyword;
    return [{ name, words, share: entry.lines / lines, minCount: Math.max(keyword.minCount, minCount) }];
  });
}

/** As any value is (docs/learning.md): by three networks or two days; lines without a sender need nobody. */
function isVouchedFor({ keyless, most, days }: KeywordEntry): boolean {
  return keyless || days.length >= daysEnough || most.length === witnessesEnough;
}

const keywordsShown = 5;

/** A line of what refresh prints. */
export function describeUsual(keywords: readonly UsualKeyword[]): string {
  if (keywords.length === 0) return "";
  const shown = keywords
    .toSorted((a, b) => b.share - a.share)
    .slice(0, keywordsShown)
    .map(({ name, share }) => `${oneLine(name)} (${(100 * share).toPrecision(2)} % of the lines)`);
  const more = keywords.length > keywordsShown ? ` and ${keywords.length - keywordsShown} more` : "";
  return `\n  keywords ${shown.join(", ")}${more}: usual here, so only unusually many hits alert`;
}
