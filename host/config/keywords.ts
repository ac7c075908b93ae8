/** A keyword as configured, and how many and how long there may be. */
export const keywordLimits = { keywords: 50_000, words: 200_000, wordBytesMin: 2, wordBytesMax: 1024 } as const;

export const severities = ["low", "medium", "high"] as const;
export type Severity = (typeof severities)[number];

export interface Keyword {
  /** What a tag shows; the first word by default. */
  name: string;
  /** Any of them is a hit. */
  words: string[];
  severity: Severity;
  wholeWord: boolean;
  matchCase: boolean;
  /** Hits by one key within the window before it alerts. */
  minCount: number;
  /** Whether it alerts by its rate alone where it was usual in the lines learnt from. */
  weigh?: boolean;
  /** Whether an event that carries it counts as an error. */
  isError: boolean;
}
