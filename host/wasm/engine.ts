/**
 * The filter in Node: lines in, what is made of them out. What it offers is the batch interface of
 * assembly/abi/lines.ts; all judging happens inside the module, the same bytes that a shipper runs. The files of this
 * folder are the only ones that know WebAssembly.
 */
import { exitCode, OddlineError } from "../io/errors.js";
import { detailsOf, type EventDetails } from "./eventDetails.js";
import { EventRows } from "./eventRow.js";
import { modelBytesMax, modelProblems, stateProblems, typeNames } from "./layout.js";
import { inputBytesMin } from "./moduleMemory.js";
import { SignatureReader } from "./signatureReader.js";

export const batchFlag = {
  all: 1,
  only: 2,
  unsuppressed: 4,
  noCache: 8,
  text: 16,
  validOnly: 32,
  arrays: 64,
  ownTime: 128,
  oneLine: 256,
  unjudged: 512,
} as const;

export interface BatchOptions {
  flags: number;
  /**
   * Arrival time of these lines, Unix seconds; with the flag `ownTime`, for logs that are read later, that of lines
   * before the first which has a time. Years and zones that a line lacks go by it.
   */
  seconds: bigint;
}

export interface EngineCounts {
  records: number;
  tagged: number;
  /** Of `tagged`, by detector. */
  byType: Record<string, number>;
  cacheHits: number;
  /** Structural changes that were not tagged because the same one had been reported often enough. */
  muted: number;
  /** Events from before the window. */
  late: number;
}

export class Engine extends SignatureReader {
  /** `seed` decides the hashes of caches and tables: the same seed gives the same verdicts. */
  constructor(seed = 0n) {
    super();
    this.exports.oddline_start(seed);
    this.ensureRoom(inputBytesMin);
  }

  /** Takes a model into use; `name` is for the message where it cannot be. */
  useModel(model: Uint8Array, name: string): void {
    const problem = this.tryModel(model);
    if (problem === undefined) return;
    throw new OddlineError("MODEL_INVALID", {
      subject: name,
      expected: "a model written by oddline refresh or oddline compile",
      found: problem,
      remedy: "create it again with oddline refresh",
      exit: exitCode.usage,
    });
  }

  /** What is wrong with the model, or undefined and it is in use. */
  tryModel(model: Uint8Array): string | undefined {
    if (model.length > modelBytesMax) return modelProblems.tooLarge;
    const room = this.exports.oddline_model_room(model.length) >>> 0;
    if (room === 0) return "no memory for it";
    this.bytes().set(model, room);
    const result = this.exports.oddline_use_model(model.length);
    return result === 0 ? undefined : Object.values(modelProblems)[result];
  }

  /** The seed of the hashes: as given, configured, or restored. */
  get seed(): bigint {
    return BigInt.asUintN(64, this.exports.seed.value as bigint);
  }

  /** Begins anew with the seed the model in use configures; false where it configures none. */
  useConfiguredSeed(): boolean {
    if (!this.exports.hasConfiguredSeed.value) return false;
    return this.exports.oddline_start(this.exports.configuredSeed.value as bigint) !== 0;
  }

  get modelCheckSeconds(): number {
    return this.exports.modelCheckSeconds.value as number;
  }

  get saveEverySeconds(): number {
    return this.exports.saveEverySeconds.value as number;
  }

  /** Events judged since the start. */
  get eventsJudged(): bigint {
    return this.exports.eventsJudged.value as bigint;
  }

  /** Alerts in progress in what was restored. */
  get restoredAlerts(): number {
    return this.exports.restoredAlerts.value as number;
  }

  /** How much older than the first events the restored state turned out to be, where that was too much; else 0. */
  get staleSeconds(): number {
    return Number(this.exports.staleSeconds.value as bigint);
  }

  /** What was counted, for a restart; undefined where nothing was yet. */
  saveState(): Uint8Array | undefined {
    const room = this.exports.oddline_state_room(0) >>> 0;
    const bytes = this.exports.oddline_save_state();
    return bytes === 0 ? undefined : this.bytes().slice(room, room + bytes);
  }

  /** What is wrong with the state, or undefined and counting goes on from it. */
  restoreState(state: Uint8Array, anySeed: boolean): string | undefined {
    const room = this.exports.oddline_state_room(state.length) >>> 0;
    if (room === 0) return "too large";
    this.bytes().set(state, room);
    const result = this.exports.oddline_restore_state(state.length, anySeed ? 1 : 0);
    return result === 0 ? undefined : Object.values(stateProblems)[result];
  }

  /** Counts since the start, by the names of the filter's counts line. */
  counts(): EngineCounts {
    const count = (name: string) => Number((this.exports[name] as WebAssembly.Global).value);
    return {
      records: count("eventsJudged"),
      tagged: count("eventsTagged"),
      byType: Object.fromEntries(typeNames.map((name, i) => [name, Number(this.exports.taggedOf(i + 1))])),
      cacheHits: count("cacheHits"),
      muted: count("suppressedEvents"),
      late: count("lateEvents"),
    };
  }

  /**
   * Judges whole lines and hands on what is written for them; every line ends with a newline in both. `copy` takes the
   * bytes out of the module's memory, where the next piece is written over them. With the flag `validOnly` it ends
   * before the first line that a strict JSON parser would refuse: `bytes` is how much of the lines was taken each time.
   */
  *tag<Copy extends Uint8Array = Uint8Array>(
    lines: Uint8Array,
    { flags, seconds }: BatchOptions,
    copy: (output: Uint8Array) => Copy = (output) => output.slice() as Copy,
  ): Generator<{ output: Copy; bytes: number; lines: number; tagged: number }> {
    for (const { bytes } of this.pieces(lines)) {
      this.taken = this.exports.oddline_batch(this.input, bytes, this.output, this.outputCapacity, flags, seconds);
      const written = this.exports.batchBytes.value as number;
      yield {
        output: copy(this.bytes().subarray(this.output, this.output + written)),
        bytes: this.taken,
        lines: this.exports.batchLines.value as number,
        tagged: this.exports.batchTagged.value as number,
      };
      if (this.exports.batchInvalid.value) return;
    }
  }

  /** The shipper's tag of the lines to come, which profiles may be chosen by. */
  setTag(tag: string): void {
    const bytes = Buffer.from(tag, "utf8").subarray(0, inputBytesMin);
    this.bytes().set(bytes, this.input);
    this.exports.oddline_tag(this.input, bytes.length);
  }

  /** Zone of the clocks that write none, in seconds east of UTC. */
  setZone(seconds: number): void {
    this.exports.setLocalZone(seconds);
  }

  /** What the operator should know about the lines tagged so far, if anything; each once an hour of `seconds`. */
  notice(seconds: bigint): string | undefined {
    if (!this.exports.oddline_notice(seconds)) return undefined;
    const [start, end] = [this.exports.outputPtr, this.exports.outputEndPtr].map(
      (global) => (global as WebAssembly.Global).value as number,
    );
    return Buffer.from(this.bytes().slice(start, end)).toString("utf8");
  }

  /** A score for each line. */
  *scores(lines: Uint8Array, options: BatchOptions): Generator<Float64Array> {
    for (const { bytes } of this.written("oddline_scores", lines, options))
      yield new Float64Array(bytes.slice().buffer);
  }

  /**
   * The learning records (learningRecords.ts), a view that holds until the next call, and the keywords in their lines:
   * pairs of a record's number and a keyword's, in the order of the records.
   */
  *signatures(
    lines: Uint8Array,
    options: BatchOptions,
  ): Generator<{ records: Uint8Array; keywords: Uint32Array; lines: number }> {
    for (const { bytes, lines: count } of this.written("oddline_signatures", lines, options)) {
      const { learntKeywordsPtr, learntKeywords } = this.exports;
      const keywords = new Uint32Array(
        this.exports.memory.buffer,
        learntKeywordsPtr.value as number,
        2 * (learntKeywords.value as number),
      );
      yield { records: bytes, keywords, lines: count };
    }
  }

  /** For each line a hash that decides which of several instances it falls to; 0 where it is not judged. */
  *keys(lines: Uint8Array, options: BatchOptions): Generator<BigUint64Array> {
    for (const { bytes } of this.written("oddline_keys", lines, options))
      yield new BigUint64Array(bytes.slice().buffer);
  }

  /** What one of the calls that only look at lines writes for each piece, a view that holds until the next one. */
  private *written(
    call: "oddline_scores" | "oddline_signatures" | "oddline_keys" | "oddline_explain",
    lines: Uint8Array,
    { flags, seconds }: BatchOptions,
  ): Generator<{ bytes: Uint8Array; lines: number }> {
    for (const { bytes } of this.pieces(lines)) {
      this.taken = this.exports[call](
        this.input,
        bytes,
        this.output,
        this.outputCapacity,
        this.scratch,
        this.outputCapacity,
        flags,
        seconds,
      );
      const written = this.exports.batchBytes.value as number;
      yield {
        bytes: this.bytes().subarray(this.output, this.output + written),
        lines: this.exports.batchLines.value as number,
      };
    }
  }

  /** Bytes of the leading lines that are each one JSON object a strict reader takes (assembly/record/validJson.ts). */
  validJsonBytes(lines: Uint8Array): number {
    let valid = 0;
    for (const { bytes } of this.pieces(lines)) {
      this.taken = this.exports.oddline_valid_lines(this.input, bytes);
      valid += this.taken;
      if (this.taken < bytes) break;
    }
    return valid;
  }

  private taken = 0;

  /** Copies as much as fits, asks again behind what was taken. */
  private *pieces(lines: Uint8Array): Generator<{ bytes: number }> {
    let start = 0;
    while (start < lines.length) {
      const end = Math.min(lines.length, start + this.inputCapacity);
      this.bytes().set(lines.subarray(start, end), this.input);
      this.taken = 0;
      const whole = end === lines.length ? end - start : lastLine(lines, start, end);
      if (whole > 0) yield { bytes: whole };
      if (this.taken === 0) {
        const newline = lines.indexOf(0x0a, start);
        this.ensureRoom(Math.max((newline < 0 ? lines.length : newline + 1) - start, this.inputCapacity * 2));
      }
      start += this.taken;
    }
  }

  /** Whether the line is valid, one too long to be judged among them: of those only the bytes themselves need room. */
  isValidJson(line: Uint8Array): boolean {
    this.ensureChecked(line.length);
    this.bytes().set(line, this.checked);
    return this.exports.oddline_valid_lines(this.checked, line.length) === line.length;
  }

  /** The checksum a model of these bytes must carry. */
  modelChecksum(model: Uint8Array): bigint {
    this.ensureChecked(model.length);
    this.bytes().set(model, this.checked);
    return BigInt.asUintN(64, this.exports.checksum(this.checked, model.length));
  }

  /** What the filter reads in each line and makes of it, without cache and suppression; a view until the next call. */
  *rows(lines: Uint8Array, options: BatchOptions): Generator<EventRows> {
    for (const { bytes } of this.written("oddline_explain", lines, options)) yield new EventRows(bytes);
  }

  /** Everything the filter knows of one line; undefined where it cannot be read. */
  explain(line: Uint8Array, seconds: bigint): EventDetails | undefined {
    if (line.length === 0) return this.explain(Buffer.from("\r"), seconds); // a line all the same
    this.ensureRoom(line.length);
    for (const rows of this.rows(line, { flags: batchFlag.oneLine, seconds })) {
      for (const row of rows) return row.has("read") ? detailsOf(row) : undefined;
    }
    return undefined;
  }
}

function lastLine(lines: Uint8Array, start: number, end: number): number {
  return lines.lastIndexOf(0x0a, end - 1) + 1 - start;
}
