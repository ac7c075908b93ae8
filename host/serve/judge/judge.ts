/**
 * The engine as a server needs it: an error inside hands the events on untagged and starts a fresh engine, a model is
 * replaced while it runs, and a bad one leaves the last good one in place.
 */

import { modelVersion } from "../../model/modelFile.js";
import { batchFlag, Engine } from "../../wasm/engine.js";
import type { Metrics } from "../observe/metrics.js";
import type { Notices } from "../observe/notices.js";
import { BufferPool } from "../resources/bufferPool.js";
import { engineMetrics } from "./engineMetrics.js";

export interface Verdicts {
  /** The lines, in order, with what was found spliced in; each ends with a newline, and no chunk cuts one. */
  chunks: Buffer[];
  /** Of the lines given: all, or those before the first that is not valid. */
  bytes: number;
  events: number;
  tagged: number;
  /** Says that the chunks are not read any more, so that their memory may be used again. */
  release?(): void;
}

export interface TagOptions {
  /** Takes only what is before the first line that is not a valid JSON object. */
  validOnly?: boolean;
  /** Of valid lines makes JSON arrays, each a line: Vector reads events so at a seventh less. */
  arrays?: boolean;
}

export interface Judge {
  tag(lines: Buffer, options?: TagOptions): Promise<Verdicts> | Verdicts;
  /** Bytes of the leading lines that are valid JSON objects. */
  validJsonBytes(lines: Buffer): number;
  /** Whether one line is valid, however long. */
  isValidJson(line: Buffer): boolean;
  /** How many batches it can have at work. */
  readonly width: number;
  /** Undefined where it is in use now, else what is wrong with it. */
  useModel(model: Uint8Array): string | undefined;
  readonly modelVersion: string | undefined;
  /** How often the model in use wants to be looked for. */
  readonly modelCheckSeconds?: number;
  /** The model in use. */
  readonly model: Uint8Array | undefined;
  /** Whether it still answers. */
  isAlive(): Promise<boolean>;
  close(): Promise<void>;
}

export interface JudgeOptions {
  seed: bigint;
  /** For replays: events arrive at their own time, those that have none at this, in Unix seconds; else the clock's. */
  seconds?: bigint;
  /** Every event gets its member. */
  all?: boolean;
  makeEngine?: (seed: bigint) => Engine;
}

export class LocalJudge implements Judge {
  readonly width = 1;
  modelVersion: string | undefined;
  /** The one at work; another one where it had to start afresh. */
  engine: Engine;
  model: Uint8Array | undefined;
  private readonly makeEngine: (seed: bigint) => Engine;
  private readonly failures;
  private readonly pool = new BufferPool();

  constructor(
    private readonly options: JudgeOptions,
    private readonly notices: Notices,
    metrics: Metrics,
  ) {
    this.makeEngine = options.makeEngine ?? ((seed) => new Engine(seed));
    this.engine = this.makeEngine(options.seed);
    this.failures = engineMetrics(metrics, () => [this.engine.counts()]);
  }

  tag(lines: Buffer, { validOnly, arrays }: TagOptions = {}): Verdicts {
    try {
      const chunks: Buffer[] = [];
      let bytes = 0;
      let events = 0;
      let tagged = 0;
      const flags =
        (this.options.all ? batchFlag.all : 0) |
        (validOnly ? batchFlag.validOnly : 0) |
        (arrays ? batchFlag.arrays : 0) |
        (this.options.seconds === undefined ? 0 : batchFlag.ownTime);
      const copy = (output: Uint8Array) => this.pool.copy(output);
      for (const part of this.engine.tag(lines, { flags, seconds: this.seconds() }, copy)) {
        chunks.push(part.output);
        bytes += part.bytes;
        events += part.lines;
        tagged += part.tagged;
      }
      const notice = this.engine.notice(this.seconds());
      if (notice) this.notices.log(notice.replace(/^\[oddline\] /, ""));
      const release = () => {
        for (const chunk of chunks) this.pool.give(chunk);
      };
      return { chunks, bytes, events, tagged, release };
    } catch (error) {
      this.startAgain(error as Error);
      return untagged(validOnly ? lines.subarray(0, slowValidJsonBytes(lines)) : lines);
    }
  }

  /** Where the engine fails no line is vouched for: each is then looked at by `JSON.parse`. */
  validJsonBytes(lines: Buffer): number {
    try {
      return this.engine.validJsonBytes(lines);
    } catch (error) {
      this.startAgain(error as Error);
      return slowValidJsonBytes(lines);
    }
  }

  isValidJson(line: Buffer): boolean {
    try {
      return this.engine.isValidJson(line);
    } catch (error) {
      this.startAgain(error as Error);
      return slowValidJsonBytes(line) === line.length;
    }
  }

  /** What decides which shard each line falls to. */
  keys(lines: Buffer): BigUint64Array[] {
    return [...this.engine.keys(lines, { flags: 0, seconds: this.seconds() })];
  }

  useModel(model: Uint8Array): string | undefined {
    const problem = this.engine.tryModel(model);
    if (problem !== undefined) return problem;
    this.model = model;
    this.modelVersion = modelVersion(model);
    return undefined;
  }

  get modelCheckSeconds(): number {
    return this.engine.modelCheckSeconds;
  }

  async isAlive(): Promise<boolean> {
    return true;
  }

  async close(): Promise<void> {}

  private seconds(): bigint {
    return this.options.seconds ?? BigInt(Math.floor(Date.now() / 1000));
  }

  private startAgain(error: Error): void {
    this.failures.add();
    this.notices.warn(
      "ENGINE_FAILED",
      `${error.message}; these events are passed on untagged, and the filter restarts`,
    );
    try {
      this.engine = this.makeEngine(this.engine.seed);
      if (this.model) this.engine.tryModel(this.model);
    } catch {
      // the next batch says so again
    }
  }
}

/** The same events, none of them judged; a copy, for what comes in is used again. */
export function untagged(lines: Buffer): Verdicts {
  const whole = Buffer.from(withNewline(lines));
  let events = 0;
  for (let at = whole.indexOf(0x0a); at >= 0; at = whole.indexOf(0x0a, at + 1)) events++;
  return { chunks: [whole], bytes: lines.length, events, tagged: 0 };
}

export function withNewline(lines: Buffer): Buffer {
  return lines.length === 0 || lines[lines.length - 1] === 0x0a ? lines : Buffer.concat([lines, Buffer.from("\n")]);
}

function slowValidJsonBytes(lines: Buffer): number {
  let at = 0;
  while (at < lines.length) {
    const newline = lines.indexOf(0x0a, at);
    const end = newline < 0 ? lines.length : newline;
    try {
      const value = JSON.parse(lines.toString("utf8", at, end));
      if (typeof value !== "object" || value === null || Array.isArray(value)) break;
    } catch {
      break;
    }
    at = Math.min(end + 1, lines.length);
  }
  return at;
}
