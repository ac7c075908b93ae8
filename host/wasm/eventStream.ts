/**
 * Events one by one through windows and keywords alone, as assembly/abi/stream.ts takes them: rows in, verdicts out.
 */
import { instantiateFilter } from "./exports.js";

export interface StreamEntry {
  seconds: number;
  isError: boolean;
  address: string;
  endpoint: string;
  message: string;
}

export interface StreamVerdict {
  /** Numbers of `stateNames` and `eventNames`. */
  state: number;
  event: number;
  score: number;
  /** The number of its detector in `typeNames`, from 1 on; 0: none has anything to say. */
  type: number;
  count: number;
  threshold: number;
  /** The number of the keyword that was found; -1 where none counts. */
  keyword: number;
}

export interface StreamOptions {
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

export class EventStream {
  private readonly exports = instantiateFilter();
  private rows: number;
  private rowsCapacity = roomBytes;
  private results: number;
  private resultsCapacity = 1024;

  constructor({ seed, keys, configuration, keywords }: StreamOptions) {
    const [configPtr, keywordsPtr] = [this.put(configuration), this.put(keywords)];
    const sizes = [configuration?.length ?? 0, keywords?.length ?? 0] as const;
    const started = this.exports.oddline_stream_start(seed, keys, configPtr, sizes[0], keywordsPtr, sizes[1]);
    if (!started) throw new Error("the filter refuses to start a stream");
    this.rows = this.exports.oddline_buffer(this.rowsCapacity) >>> 0;
    this.results = this.exports.oddline_buffer(this.resultsCapacity * resultBytes) >>> 0;
  }

  judge(entries: readonly StreamEntry[]): StreamVerdict[] {
    const outcomes: StreamVerdict[] = [];
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

  private run(packed: Buffer[], bytes: number, outcomes: StreamVerdict[]): void {
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
      const row = i * resultBytes;
      outcomes.push({
        state: view.getUint8(row),
        event: view.getUint8(row + 1),
        score: view.getFloat64(row + 8, true),
        type: view.getUint8(row + 2),
        count: view.getUint32(row + 4, true),
        threshold: view.getFloat64(row + 16, true),
        keyword: view.getUint32(row + 24, true) - 1,
      });
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
function packRow({ seconds, isError, address, endpoint, message }: StreamEntry): Buffer {
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
