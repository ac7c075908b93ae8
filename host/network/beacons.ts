/**
 * Connections of one source to one destination and port that come at a steady interval and of a steady size, as those
 * of a program that calls home. A pair needs a few numbers; when there are too many pairs, those not seen for longest
 * go.
 */
import type { Flow } from "./flow.js";
import type { SteadyCalls } from "./steadyCalls.js";

export interface Beacon {
  source: string;
  port: number;
  seconds: number;
  bytes: number;
  /** In a row, up to the end of the window. */
  flows: number;
}

/** So many intervals in a row, each and each size within a fifth of their means. */
export const intervalsMin = 6;
const toleranceShare = 0.2;
/** A size of so few bytes may differ by this much. */
const toleranceBytes = 32;
/**
 * A line whose flow lasted for so much of the time since the line before is a piece of one long flow, as exporters
 * write it each minute; where they say no duration, one from the same port.
 */
const pieceShare = 0.8;
/** Faster is a burst; slower than half a window, updaters and virus scanners call in as well. */
const secondsMin = 1;
const pairsMax = 32_768;
const foundMax = 65_536;

interface Pair {
  /** Of the newest line, where lines tell of one direction alone. */
  sourcePort: number | undefined;
  lastMs: number;
  intervalMs: number;
  bytes: number;
  intervals: number;
}

function isSamePort(pair: Pair, sourcePort: number | undefined): boolean {
  return sourcePort !== undefined && sourcePort === pair.sourcePort;
}

export class Beacons {
  private recent = new Map<string, Pair>();
  private older = new Map<string, Pair>();
  private readonly found = new Map<string, Beacon>();
  private readonly windowMs: number;

  constructor(
    windowSeconds: number,
    /** Takes note of each that begins, to learn from. */
    private readonly calls?: SteadyCalls,
  ) {
    this.windowMs = windowSeconds * 1000;
  }

  add({ source, destination, port, sourcePort, bytes, durationSeconds }: Flow, timeMs: number): void {
    const name = `${source} ${destination} ${port}`;
    const pair = this.recent.get(name) ?? this.older.get(name);
    if (!this.recent.has(name))
      this.keep(name, pair ?? { lastMs: timeMs, intervalMs: 0, bytes, intervals: 0, sourcePort });
    if (!pair) return;
    const gapMs = timeMs - pair.lastMs;
    // Behind the newest: nothing follows from its place in the log.
    if (gapMs < 0) return;
    const isPiece =
      1000 * durationSeconds >= pieceShare * gapMs || (durationSeconds === 0 && isSamePort(pair, sourcePort));
    pair.sourcePort = sourcePort;
    pair.lastMs = timeMs;
    const isSteady =
      pair.intervals > 0 &&
      !isPiece &&
      Math.abs(gapMs - pair.intervalMs) <= toleranceShare * pair.intervalMs &&
      Math.abs(bytes - pair.bytes) <= Math.max(toleranceShare * pair.bytes, toleranceBytes);
    pair.intervals = isSteady ? pair.intervals + 1 : isPiece ? 0 : 1;
    const weight = 1 / Math.min(pair.intervals, 16);
    pair.intervalMs = isSteady ? pair.intervalMs + weight * (gapMs - pair.intervalMs) : gapMs;
    pair.bytes = isSteady ? pair.bytes + weight * (bytes - pair.bytes) : bytes;
    const seconds = pair.intervalMs / 1000;
    if (pair.intervals < intervalsMin || seconds < secondsMin || 2 * pair.intervalMs > this.windowMs) return;
    const beacon = { source, port, seconds, bytes: Math.round(pair.bytes), flows: pair.intervals + 1 };
    if (!this.calls) this.put(Math.floor(timeMs / this.windowMs) * this.windowMs, destination, beacon);
    else if (pair.intervals === intervalsMin) this.calls.note(destination, beacon);
  }

  /** The beacon of this window, asked for once. */
  take(startMs: number, destination: string): Beacon | undefined {
    const name = `${startMs} ${destination}`;
    const beacon = this.found.get(name);
    this.found.delete(name);
    return beacon;
  }

  /** One that was found in a block of flows. */
  put(startMs: number, destination: string, beacon: Beacon): void {
    if (this.found.size >= foundMax) this.found.clear();
    this.found.set(`${startMs} ${destination}`, beacon);
  }

  private keep(name: string, pair: Pair): void {
    if (this.recent.size >= pairsMax) {
      this.older = this.recent;
      this.recent = new Map();
    }
    this.recent.set(name, pair);
  }
}
