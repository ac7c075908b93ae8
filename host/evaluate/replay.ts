/**
 * What a model would have tagged had these lines just come in: each arrives at its own time, so that windows and the
 * suppression run as they would have. They are tagged minute by minute, for the counts of each hour.
 */

import type { Severity } from "../config/keywords.js";
import type { StatedTime } from "../io/arrival.js";
import type { ByteSource } from "../io/chunks.js";
import { redactReason } from "../io/redact.js";
import { wholeLines } from "../io/wholeLines.js";
import { batchFlag, Engine } from "../wasm/engine.js";
import { typeNames } from "../wasm/layout.js";
import { endOfLines, recordsOfLines } from "./lineRecords.js";

export type TagType = (typeof typeNames)[number];
export type TypeCounts = Partial<Record<TagType, number>>;

export interface HourCount {
  /** Start of the hour as RFC 3339; null for lines before the first one with a time. */
  hour: string | null;
  lines: number;
  tagged: number;
  types: TypeCounts;
}

/** What a tag says beside its type and score, each where it applies. */
interface Evidence {
  severity?: Severity;
  keyword?: string;
  count?: number;
  threshold?: number;
}

/** Tags of one type and reason; severity and evidence are those of the one with the highest score. */
export interface Example extends Evidence {
  type: TagType;
  /** Without values of requests, and redacted as in a report. */
  reason: string;
  events: number;
  highestScore: number;
}

export interface ReplayResult {
  lines: number;
  tagged: number;
  types: TypeCounts;
  /** Clock hours that have lines, or the time from first to last where that is less; at least one. 0 without times. */
  hoursCovered: number;
  firstSeconds: number | null;
  lastSeconds: number | null;
  hours: HourCount[];
  examples: Example[];
}

const minuteSeconds = 60;
const hourSeconds = 3600;
/** Reasons that are distinguished; a log with more is shown by its first ones. */
const reasonsMax = 10_000;
const examplesPerType = 3;

export async function replay(engine: Engine, sources: ByteSource[], time: StatedTime): Promise<ReplayResult> {
  const counts = new Counts();
  const clock = new Engine();
  for (const one of [engine, clock]) one.setZone(time.zoneSeconds);
  let minute: number | undefined;
  for (const source of sources) {
    for await (const lines of wholeLines(source)) {
      const known = source.arrivalSeconds?.();
      const seconds = known ?? time.seconds;
      const times = recordsOfLines(clock, lines, seconds, (record) => record.seconds);
      const arrived = known === undefined ? times : times.map((time) => time ?? Number(known));
      for (const run of minutes(lines, arrived)) {
        minute = run.minute ?? minute;
        counts.addLines(minute, run.lines, run.first, run.last);
        for (const { output } of engine.tag(run.bytes, { flags: batchFlag.only | batchFlag.ownTime, seconds })) {
          for (const anomaly of anomalies(output)) counts.addTagged(minute, anomaly);
        }
      }
    }
  }
  return counts.result();
}

interface Run {
  minute: number | undefined;
  bytes: Uint8Array;
  lines: number;
  first: number | undefined;
  last: number | undefined;
}

/** Neighbouring lines of the same minute; a line without a time goes with those before it. */
function* minutes(bytes: Uint8Array, times: (number | undefined)[]): Generator<Run> {
  const minuteOf = (time: number | undefined) => (time === undefined ? undefined : Math.floor(time / minuteSeconds));
  let start = 0;
  let end = 0;
  let run: Omit<Run, "bytes"> = { minute: minuteOf(times[0]), lines: 0, first: undefined, last: undefined };
  for (const time of times) {
    const minute = minuteOf(time) ?? run.minute;
    if (minute !== run.minute && run.lines > 0) {
      yield { ...run, bytes: bytes.subarray(start, end) };
      start = end;
      run = { minute, lines: 0, first: undefined, last: undefined };
    }
    run.lines++;
    if (time !== undefined) {
      run.first = Math.min(run.first ?? time, time);
      run.last = Math.max(run.last ?? time, time);
    }
    end = endOfLines(bytes, end, 1);
  }
  if (run.lines > 0) yield { ...run, bytes: bytes.subarray(start) };
}

export interface Anomaly extends Evidence {
  type?: TagType;
  score: number;
  reason?: string;
}

function* anomalies(output: Uint8Array): Generator<Anomaly> {
  for (const line of Buffer.from(output).toString("utf8").split("\n")) {
    const anomaly = anomalyOf(line);
    if (anomaly?.type) yield anomaly;
  }
}

/** The member is the last one of its event, and no quote within it stands before a colon and a brace. */
export function anomalyOf(line: string): Anomaly | undefined {
  const at = line.lastIndexOf('"anomaly":{');
  if (at < 0) return undefined;
  return JSON.parse(line.slice(at + '"anomaly":'.length, line.lastIndexOf("}"))) as Anomaly;
}

function evidenceOf({ severity, keyword, count, threshold }: Anomaly): Evidence {
  return {
    severity,
    ...(keyword !== undefined && { keyword }),
    ...(count !== undefined && { count }),
    ...(threshold !== undefined && { threshold }),
  };
}

class Counts {
  private lines = 0;
  private tagged = 0;
  private first = Number.POSITIVE_INFINITY;
  private last = Number.NEGATIVE_INFINITY;
  private readonly types: TypeCounts = {};
  private readonly hours = new Map<number | null, HourCount>();
  private readonly reasons = new Map<string, Example>();

  private hourOf(minute: number | undefined): HourCount {
    const hour = minute === undefined ? null : Math.floor((minute * minuteSeconds) / hourSeconds);
    let count = this.hours.get(hour);
    if (!count) {
      const name = hour === null ? null : new Date(hour * hourSeconds * 1000).toISOString().replace(".000", "");
      count = { hour: name, lines: 0, tagged: 0, types: {} };
      this.hours.set(hour, count);
    }
    return count;
  }

  addLines(minute: number | undefined, lines: number, first: number | undefined, last: number | undefined): void {
    this.lines += lines;
    this.hourOf(minute).lines += lines;
    if (first !== undefined) this.first = Math.min(this.first, first);
    if (last !== undefined) this.last = Math.max(this.last, last);
  }

  addTagged(minute: number | undefined, anomaly: Anomaly): void {
    const { type, score, reason = "" } = anomaly;
    const hour = this.hourOf(minute);
    this.tagged++;
    hour.tagged++;
    this.types[type!] = (this.types[type!] ?? 0) + 1;
    hour.types[type!] = (hour.types[type!] ?? 0) + 1;
    const shown = redactReason(reason);
    const name = `${type} ${shown}`;
    const known = this.reasons.get(name);
    if (known) {
      known.events++;
      if (score > known.highestScore) Object.assign(known, evidenceOf(anomaly), { highestScore: score });
    } else if (this.reasons.size < reasonsMax) {
      this.reasons.set(name, {
        type: type!,
        ...evidenceOf(anomaly),
        ...{ reason: shown, events: 1, highestScore: score },
      });
    }
  }

  result(): ReplayResult {
    const timed = this.first <= this.last;
    const clockHours = [...this.hours.keys()].filter((hour) => hour !== null).length;
    const span = (this.last - this.first) / hourSeconds;
    const byName = (a: HourCount, b: HourCount) => ((a.hour ?? "") < (b.hour ?? "") ? -1 : 1);
    return {
      lines: this.lines,
      tagged: this.tagged,
      types: this.types,
      hoursCovered: timed ? Math.max(1, Math.min(clockHours, span)) : 0,
      firstSeconds: timed ? this.first : null,
      lastSeconds: timed ? this.last : null,
      hours: [...this.hours.values()].sort(byName),
      examples: typeNames.flatMap((type) =>
        [...this.reasons.values()]
          .filter((example) => example.type === type)
          .sort((a, b) => b.events - a.events || b.highestScore - a.highestScore)
          .slice(0, examplesPerType),
      ),
    };
  }
}
