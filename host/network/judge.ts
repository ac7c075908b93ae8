/** Flows in, verdicts out: windows of destinations (or what else was learnt), of sources beside them, and beacons. */
import type { NetworkForest } from "../model/forestSection.js";
import { Beacons } from "./beacons.js";
import type { Flow } from "./flow.js";
import { type ClosedWindow, FlowWindows } from "./flowWindows.js";
import { bySource } from "./learn.js";
import { byStart, sourceOf, type Verdict, WindowScorer } from "./windowScorer.js";
import type { SummedWindow } from "./windowSummary.js";

/** A window that has flows up to so much of its length is taken for a whole one. */
const wholeShare = 0.9;
const toldMax = 16_384;

export class Judge {
  readonly windows: FlowWindows;
  private readonly scorer: WindowScorer;
  private readonly sources: FlowWindows | undefined;
  private closed: Verdict[] = [];
  private closedSources: Verdict[] = [];
  private newestMs = Number.NEGATIVE_INFINITY;
  private unfinishedFromMs = Number.POSITIVE_INFINITY;

  constructor(
    network: NetworkForest,
    /** Outlives the judge where windows come in rounds. */
    private readonly beacons = new Beacons(network.windowSeconds),
  ) {
    this.scorer = new WindowScorer(network);
    this.windowMs = network.windowSeconds * 1000;
    this.windows = new FlowWindows({ ...network, recycles: true }, (window) => {
      const beacon = this.beacons.take(window.startMs, window.key);
      const verdict = this.scorer.score(window, window.startMs >= this.unfinishedFromMs, beacon);
      this.closed.push(this.goesOn(verdict) ? { ...verdict, anomalous: false, kind: undefined } : verdict);
    });
    if (network.entity !== "destination" || !network.usual) return;
    this.sources = bySource(network, (window) => {
      const verdict = this.scorer.scoreSource(window);
      if (verdict && !this.goesOn(verdict)) this.closedSources.push(verdict);
    });
  }

  private readonly windowMs: number;
  /** When an end was told last. */
  private readonly toldMs = new Map<string, number>();

  /** Whether a window has nothing but what goes on since a window that was told. */
  private goesOn({ anomalous, entity, window: { key, startMs, values } }: Verdict): boolean {
    if (!anomalous) return false;
    const name = `${entity} ${key}`;
    const goesOn = values.flows === 0 && this.toldMs.get(name) === startMs - this.windowMs;
    if (this.toldMs.size >= toldMax) this.toldMs.clear();
    this.toldMs.set(name, startMs);
    return goesOn;
  }

  add(flow: Flow, timeMs: number): void {
    this.newestMs = Math.max(this.newestMs, timeMs);
    this.windows.addSpread(flow, timeMs);
    if (!this.sources) return;
    this.sources.addSpread(flow, timeMs);
    if (!flow.continues) this.beacons.add(flow, timeMs);
  }

  /** Part of a window that was summed elsewhere, in order of time. */
  merge(window: SummedWindow): void {
    if (window.side === "source") this.sources?.merge(window);
    else this.windows.merge(window);
    if (window.beacon) this.beacons.put(window.startMs, window.key, window.beacon);
  }

  /** The newest flow of what was merged. */
  reached(timeMs: number): void {
    this.newestMs = Math.max(this.newestMs, timeMs);
  }

  /** Of the windows that had to close, by time and then by key, so that the order of the lines does not show. */
  ready(): Verdict[] {
    return this.closed.length > 0 ? this.verdicts() : [];
  }

  /** All that is left; the newest window has ended where the flows say so, or the caller does. */
  finish(hasEnded = false): Verdict[] {
    const newest = this.windows.newestStartMs;
    const isWhole = hasEnded || this.newestMs >= newest + wholeShare * this.windowMs;
    if (!isWhole) this.unfinishedFromMs = newest;
    this.windows.closeAll();
    this.sources?.closeAll();
    return this.verdicts();
  }

  private verdicts(): Verdict[] {
    const verdicts = this.closed.sort((a, b) => byTimeAndKey(a.window, b.window));
    this.closed = [];
    return [...verdicts, ...this.uncovered(verdicts)];
  }

  /** Sources whose windows say more than those of their destinations did. */
  private uncovered(verdicts: readonly Verdict[]): Verdict[] {
    const told = byStart(verdicts.filter(({ anomalous }) => anomalous));
    const beforeMs = this.windows.openFromMs;
    const due = this.closedSources.filter(({ window }) => window.startMs < beforeMs);
    this.closedSources = this.closedSources.filter(({ window }) => window.startMs >= beforeMs);
    return due.filter((source) => !told.get(source.window.startMs)?.some((verdict) => covers(verdict, source)));
  }
}

/** Whether what is told of a destination is what is told of the source: it is its doing, or part of it. */
function covers(verdict: Verdict, source: Verdict): boolean {
  if (verdict.kind !== "unusual" && sourceOf(verdict) === source.window.key) return true;
  if (verdict.kind !== source.kind || verdict.feature !== source.feature) return false;
  const isAmong = verdict.talkers?.peers.includes(source.window.key);
  return isAmong || source.talkers?.peers[0] === verdict.window.key;
}

export function inOrder(windows: ClosedWindow[]): ClosedWindow[] {
  return windows.sort(byTimeAndKey);
}

function byTimeAndKey(a: ClosedWindow, b: ClosedWindow): number {
  return a.startMs - b.startMs || (a.key < b.key ? -1 : 1);
}
