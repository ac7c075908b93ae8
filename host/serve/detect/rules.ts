/** The rules behind the error-anomaly API: `windowed`, the filter's own WASM, and `series`. */
import { instantiateFilter } from "../../wasm/engine.js";
import type { Entry } from "./entry.js";
import type { SeriesStream } from "./series.js";

export const stateNames = ["NORMAL", "ERROR_RATE_ALERT", "TRAFFIC_ALERT", "KEYWORD_ALERT"] as const;
export const eventNames = [null, "KEYWORD_DETECTED", "HIGH_ERROR_RATE", "HIGH_TRAFFIC", "NORMAL_ACTIVITY"] as const;
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

export interface WindowedOptions {
  seed: bigint;
  /** Keys tracked: a power of two. */
  keys: number;
  /** Sections of the model in use. */
  configuration?: Uint8Array;
  keywords?: Uint8Array;
}

const rowHeaderBytes = 24;
const resultBytes = 32;
const roomBytes = 1 << 16;

/** An instance of the filter for one stream: nothing of it is shared with another. */
export class WindowedRule implements StreamRule {
  private readonly exports = instantiateFilter();
  private rows: number;
  private rowsCapacity = roomBytes;
  private results: number;
  private resultsCapacity = 1024;

  constructor({ seed, keys, configuration, keywords }: WindowedOptions) {
    const [configPtr, keywordsPtr] = [this.put(configuration), this.put(keywords)];
    const sizes = [configuration?.length ?? 0, keywords?.length ?? 0] as const;
    const started = this.exports.oddline_stream_start(seed, keys, configPtr, sizes[0], keywordsPtr, sizes[1]);
    if (!started) throw new Error("the filter refuses to start a stream");
    this.rows = this.exports.oddline_buffer(this.rowsCapacity) >>> 0;
    this.results = this.exports.oddline_buffer(this.resultsCapacity * resultBytes) >>> 0;
  }

  judge(entries: readonly Entry[]): Outcome[] {
    const outcomes: Outcome[] = [];
    let packed: Buffer[] = [];
    let bytes = 0;
    for (const entry of entries) {
      const row = packRow(entry);
      if (packed.length > 0 && (bytes + row.length > roomBytes || packed.length === this.resultsCapacity)) {
        this.run(packed, bytes, outcomes);
        [packed, bytes] = [[], 0];
      }
      packed.push(row);
      bytes += row.length;
    }
    if (packed.length > 0) this.run(packed, bytes, outcomes);
    return outcomes;
  }

  private run(packed: Buffer[], bytes: number, outcomes: Outcome[]): void {
    if (bytes > this.rowsCapacity) {
      this.rowsCapacity = bytes;
      this.rows = this.exports.oddline_buffer(bytes) >>> 0;
      if (this.rows === 0) throw new Error("no memory for an entry");
    }
    const memory = Buffer.from(this.exports.memory.buffer);
    let at = this.rows;
    for (const row of packed) at += row.copy(memory, at);
    const count = this.exports.oddline_stream(this.rows, bytes, this.results);
    if (count !== packed.length) throw new Error(`the filter judged ${count} of ${packed.length} entries`);
    const view = new DataView(this.exports.memory.buffer, this.results);
    for (let i = 0; i < count; i++) {
      const event = eventNames[view.getUint8(i * resultBytes + 1)];
      const state = stateNames[view.getUint8(i * resultBytes)];
      outcomes.push({ state, event, tagged: event !== null || view.getFloat64(i * resultBytes + 8, true) > 1 });
    }
  }

  private put(section: Uint8Array | undefined): number {
    if (!section) return 0;
    const ptr = this.exports.oddline_buffer(section.length) >>> 0;
    new Uint8Array(this.exports.memory.buffer).set(section, ptr);
    return ptr;
  }
}

/** Layout in assembly/abi/stream.ts. */
function packRow({ seconds, isError, address, endpoint, message }: Entry): Buffer {
  const texts = [address, endpoint.slice(0, 8192), message].map((text) => Buffer.from(text, "utf8"));
  const bytes = rowHeaderBytes + texts.reduce((sum, text) => sum + text.length, 0);
  const row = Buffer.alloc((bytes + 7) & ~7);
  row.writeBigInt64LE(BigInt(seconds), 0);
  row.writeUInt32LE(isError ? 1 : 0, 8);
  row.writeUInt16LE(texts[0].length, 12);
  row.writeUInt16LE(texts[1].length, 14);
  row.writeUInt32LE(texts[2].length, 16);
  let at = rowHeaderBytes;
  for (const text of texts) at += text.copy(row, at);
  return row;
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
