/** The rules behind the error-anomaly API: `windowed`, the filter's own WASM, and `series`. */
import { EventStream, type StreamOptions } from "../../wasm/eventStream.js";
import { eventNames, stateNames } from "../../wasm/layout.js";
import type { Entry } from "./entry.js";
import type { SeriesStream } from "./series.js";

export type StateName = (typeof stateNames)[number];
export type EventName = (typeof eventNames)[number];

export interface Outcome {
  state: StateName;
  event: EventName;
  /** Whether the filter would tag it. */
  tagged: boolean;
}

export interface StreamRule {
  judge(entries: readonly Entry[]): Outcome[];
}

/** An instance of the filter for one stream: nothing of it is shared with another. */
export class WindowedRule implements StreamRule {
  private readonly stream: EventStream;

  constructor(options: StreamOptions) {
    this.stream = new EventStream(options);
  }

  judge(entries: readonly Entry[]): Outcome[] {
    return this.stream.judge(entries).map(({ state, event, score }) => {
      const eventName = eventNames[event];
      return { state: stateNames[state], event: eventName, tagged: eventName !== null || score > 1 };
    });
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
