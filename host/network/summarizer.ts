/** Flows, or windows that were summed before, to the lines of a summary (windowSummary.ts). */
import { Beacons } from "./beacons.js";
import type { Flow } from "./flow.js";
import { type ClosedWindow, FlowWindows } from "./flowWindows.js";
import { bySource, type NetworkSettings } from "./learn.js";
import { endLine, type Side, type SummedWindow, windowLine } from "./windowSummary.js";

export class Summarizer {
  /** Of what was asked for. */
  windows = 0;
  private lines: string[] = [];
  private newestMs = Number.NEGATIVE_INFINITY;
  private readonly own: FlowWindows;
  private readonly sources: FlowWindows | undefined;
  /** Seen within a block alone. */
  private readonly beacons: Beacons;

  constructor(settings: NetworkSettings) {
    this.beacons = new Beacons(settings.windowSeconds);
    this.own = new FlowWindows({ ...settings, recycles: true }, (window) => {
      this.windows++;
      this.write("own", window);
    });
    if (settings.entity === "destination") {
      this.sources = bySource(settings, (window) => this.write("source", window));
    }
  }

  add(flow: Flow, timeMs: number): void {
    this.newestMs = Math.max(this.newestMs, timeMs);
    this.own.addSpread(flow, timeMs);
    this.sources?.addSpread(flow, timeMs);
    if (this.sources && !flow.continues) this.beacons.add(flow, timeMs);
  }

  merge(window: SummedWindow): void {
    if (window.side === "source") this.sources?.merge(window);
    else this.own.merge(window);
    if (window.beacon) this.beacons.put(window.startMs, window.key, window.beacon);
  }

  /** The lines of the windows that had to close. */
  ready(): string {
    const text = this.lines.join("");
    this.lines = [];
    return text;
  }

  /** `newestMs`: of the summaries that were merged. */
  finish(newestMs: number): string {
    this.own.closeAll();
    this.sources?.closeAll();
    return this.ready() + endLine(Math.max(newestMs, this.newestMs, 0));
  }

  describe(): string[] {
    return this.own.describe();
  }

  private write(side: Side, { startMs, key, sums }: ClosedWindow): void {
    const beacon = side === "own" ? this.beacons.take(startMs, key) : undefined;
    this.lines.push(windowLine({ side, startMs, key, sums: sums!(), beacon }));
  }
}
