/** The rules behind the error-anomaly API: `windowed`, the filter's own WASM, and `series`. */
import { defaultKeywords } from "../../config/defaultKeywords.js";
import { keywordNames } from "../../model/keywordSection.js";
import { EventStream, type StreamOptions, type StreamVerdict } from "../../wasm/eventStream.js";
import { eventNames, stateNames, typeNames } from "../../wasm/layout.js";
import type { Entry } from "./entry.js";
import type { SeriesStream } from "./series.js";

export type StateName = (typeof stateNames)[number];
export type EventName = (typeof eventNames)[number];

export interface Outcome {
  state: StateName;
  event: EventName;
  /** Whether the filter would tag it. */
  tagged: boolean;
  /** Why, where a detector has something to say. */
  evidence?: Evidence;
}

export interface Evidence {
  /** How many within the window, and what they had to exceed. */
  count: number;
  threshold?: number;
  keyword?: string;
  reason: string;
}

export interface StreamRule {
  judge(entries: readonly Entry[]): Outcome[];
}

/** An instance of the filter for one stream: nothing of it is shared with another. */
export class WindowedRule implements StreamRule {
  private readonly stream: EventStream;

  /** Names of the keywords, by their numbers. */
  private readonly keywords: string[];

  constructor(options: StreamOptions) {
    this.stream = new EventStream(options);
    this.keywords = options.keywords ? keywordNames(options.keywords) : defaultKeywords.map(({ name }) => name);
  }

  judge(entries: readonly Entry[]): Outcome[] {
    return this.stream.judge(entries).map((verdict) => {
      const eventName = eventNames[verdict.event];
      const tagged = eventName !== null || verdict.score > 1;
      return { state: stateNames[verdict.state], event: eventName, tagged, evidence: this.evidenceOf(verdict) };
    });
  }

  private evidenceOf({ score, type, count, threshold, keyword }: StreamVerdict): Evidence | undefined {
    if (score <= 1) return undefined;
    if (keyword >= 0) {
      const name = this.keywords[keyword];
      return { count, keyword: name, reason: `${name} found${count > 1 ? `, ${count} times within a window` : ""}` };
    }
    const what = typeNames[type - 1] === "traffic" ? "requests" : "errors";
    const limit = Math.round(threshold * 100) / 100;
    return { count, threshold: limit, reason: `${count} ${what} of this address within a window, more than ${limit}` };
  }
}

/** The article's rule. */
export class SeriesStreamRule implements StreamRule {
  constructor(private readonly stream: SeriesStream) {}

  judge(entries: readonly Entry[]): Outcome[] {
    return entries.map(({ address, isError }) => {
      const { state, event } = this.stream.observe(address, isError);
      return { state, event: event ?? null, tagged: event !== undefined || (isError && state !== "NORMAL") };
    });
  }
}
