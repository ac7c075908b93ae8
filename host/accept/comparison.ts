/** What a model with one more `known:` entry no longer tags in a log, line by line against the model without it. */
import { anomalyOf } from "../evaluate/replay.js";
import type { StatedTime } from "../io/arrival.js";
import type { ByteSource } from "../io/chunks.js";
import { wholeLines } from "../io/wholeLines.js";
import { batchFlag, type Engine } from "../wasm/engine.js";
import { kindOf } from "./entries.js";

export interface ReasonCount {
  type: string;
  reason: string;
  events: number;
}

export interface Comparison {
  lines: number;
  tagged: number;
  silenced: number;
  /** Of `silenced`, events of other kinds than the one that is accepted, and how many kinds that are. */
  silencedOthers: number;
  otherKinds: number;
  silencedReasons: ReasonCount[];
  remaining: ReasonCount[];
}

const reasonsMax = 10_000;
const reasonsShown = 5;

/** `reader` explains what was silenced: its windows count for nothing. */
export async function compareTags(
  before: Engine,
  after: Engine,
  reader: Engine,
  kind: string,
  sources: ByteSource[],
  time: StatedTime,
): Promise<Comparison> {
  const [silenced, remaining] = [new Reasons(), new Reasons()];
  const kinds = new Set<string>();
  let [lines, others] = [0, 0];
  for (const engine of [before, after, reader]) engine.setZone(time.zoneSeconds);
  for (const source of sources) {
    for await (const bytes of wholeLines(source)) {
      const seconds = source.arrivalSeconds?.() ?? time.seconds;
      const [was, is] = [before, after].map((engine) => taggedLines(engine, bytes, seconds));
      lines += was.length;
      was.forEach((line, at) => {
        const anomaly = anomalyOf(line);
        if (!anomaly?.type) return;
        const isStillTagged = anomalyOf(is[at])?.type !== undefined;
        (isStillTagged ? remaining : silenced).add(anomaly.type, anomaly.reason ?? "");
        if (isStillTagged) return;
        const details = reader.explain(Buffer.from(withoutMember(line)), seconds);
        const other = details === undefined ? line : kindOf(details);
        if (other === kind) return;
        others++;
        if (kinds.size < reasonsMax) kinds.add(other);
      });
    }
  }
  return {
    lines,
    tagged: silenced.events + remaining.events,
    silenced: silenced.events,
    silencedOthers: others,
    otherKinds: kinds.size,
    silencedReasons: silenced.first(),
    remaining: remaining.first(),
  };
}

/** Each event by itself: an entry that silences the first of an incident would only move the tag to the next one. */
function taggedLines(engine: Engine, bytes: Uint8Array, seconds: bigint): string[] {
  const flags = batchFlag.ownTime | batchFlag.unsuppressed;
  const pieces = Array.from(engine.tag(bytes, { flags, seconds }), ({ output }) => output);
  const lines = Buffer.concat(pieces).toString("utf8").split("\n");
  lines.pop();
  return lines;
}

function withoutMember(line: string): string {
  const at = line.lastIndexOf('"anomaly":{');
  return at < 0 ? line : `${line.slice(0, at).replace(/,\s*$/, "")}}`;
}

class Reasons {
  events = 0;
  private readonly counts = new Map<string, ReasonCount>();

  add(type: string, reason: string): void {
    this.events++;
    const known = this.counts.get(`${type} ${reason}`);
    if (known) known.events++;
    else if (this.counts.size < reasonsMax) this.counts.set(`${type} ${reason}`, { type, reason, events: 1 });
  }

  first(): ReasonCount[] {
    return [...this.counts.values()].sort((a, b) => b.events - a.events).slice(0, reasonsShown);
  }
}
