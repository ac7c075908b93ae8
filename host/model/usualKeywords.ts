/** What a model's provenance says of keywords that were usual in the learnt lines, and the list with that applied. */
import type { Keyword } from "../config/keywords.js";
import { type Sections, section } from "./modelFile.js";

export interface KeywordInPast {
  words: readonly string[];
  minCount: number;
}

export function keywordsInPast(sections: Sections): KeywordInPast[] {
  const provenance = sections.get(section.provenance);
  if (!provenance) return [];
  return JSON.parse(Buffer.from(provenance).toString("utf8")).usualKeywords ?? [];
}

/** A keyword that the configuration does not weigh stays as it is. */
export function weighKeywords(keywords: readonly Keyword[], past: readonly KeywordInPast[]): Keyword[] {
  const counts = new Map(past.map(({ words, minCount }) => [JSON.stringify(words), minCount]));
  return keywords.map((keyword) => {
    const minCount = keyword.weigh ? counts.get(JSON.stringify(keyword.words)) : undefined;
    return minCount === undefined ? keyword : { ...keyword, minCount: Math.max(keyword.minCount, minCount) };
  });
}
