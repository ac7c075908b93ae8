/**
 * The one file that knows WebAssembly: loads build/oddline.wasm and hands it buffers. What it offers is the batch
 * interface of assembly/abi/batch.ts; all judging happens inside the module, the same bytes that a shipper runs.
 */
import { readFileSync } from "node:fs";
import { type ASUtil, instantiateSync } from "@assemblyscript/loader";
import { exitCode, OddlineError } from "../io/errors.js";
import { EventRows } from "./eventRow.js";
import { modelBytesMax } from "./layout.js";

export const batchFlag = {
  all: 1,
  only: 2,
  noNews: 4,
  noCache: 8,
  text: 16,
  sound: 32,
  arrays: 64,
  ownTime: 128,
  oneLine: 256,
} as const;

/** Same order as the FORMAT constants of assembly/event/event.ts. */
export const formatNames = [
  ...(["text", "access", "syslog", "application", "fields", "json", "logfmt", "firewall", "zeek"] as const),
  ...(["haproxy", "postgresql", "web error"] as const),
] as const;
export const levelNames = [null, "trace", "debug", "info", "warn", "error", "fatal"] as const;
/** The types of a tag, in the order of the TYPE constants of assembly/detect/windows/watch.ts from 1 on. */
const typeNames = ["keyword", "error_rate", "traffic", "novelty", "outlier", "network"] as const;
/** Same order as the MODEL constants of assembly/operate/modelFile.ts. */
const modelProblems = [
  "",
  "a file too short for a header",
  "a file that does not begin with the model's magic",
  "a model in a newer format",
  "a truncated file",
  "a damaged file (checksum)",
  "a section with invalid fields",
  "a file over 16 MiB",
];

/** Same order as the SNAPSHOT constants of assembly/operate/snapshot.ts. */
const stateProblems = [
  "",
  "truncated",
  "no state of Oddline",
  "of another format",
  "damaged (checksum)",
  "damaged (a section)",
  "of windows of another length",
  "made with another seed",
];

interface Exports extends Record<string, unknown> {
  memory: WebAssembly.Memory;
  batchBytes: WebAssembly.Global;
  batchLines: WebAssembly.Global;
  batchTagged: WebAssembly.Global;
  batchUnsound: WebAssembly.Global;
  featureCount: WebAssembly.Global;
  featuresPtr: WebAssembly.Global;
  templateHash: WebAssembly.Global;
  tokenCount: WebAssembly.Global;
  tokensPtr: WebAssembly.Global;
  sumsPtr: WebAssembly.Global;
  score: WebAssembly.Global;
  seed: WebAssembly.Global;
  hasConfiguredSeed: WebAssembly.Global;
  configuredSeed: WebAssembly.Global;
  modelCheckSeconds: WebAssembly.Global;
  saveEverySeconds: WebAssembly.Global;
  eventsJudged: WebAssembly.Global;
  restoredAlerts: WebAssembly.Global;
  staleSeconds: WebAssembly.Global;
  oddline_start(seed: bigint): number;
  oddline_model_room(bytes: number): number;
  oddline_use_model(bytes: number): number;
  oddline_forget_model(): void;
  oddline_buffer(bytes: number): number;
  oddline_batch(i: number, iBytes: number, o: number, oBytes: number, flags: number, seconds: bigint): number;
  oddline_scores(
    i: number,
    iBytes: number,
    o: number,
    oBytes: number,
    s: number,
    sBytes: number,
    flags: number,
    seconds: bigint,
  ): number;
  oddline_forms(
    i: number,
    iBytes: number,
    o: number,
    oBytes: number,
    s: number,
    sBytes: number,
    flags: number,
    seconds: bigint,
  ): number;
  oddline_keys(
    i: number,
    iBytes: number,
    o: number,
    oBytes: number,
    s: number,
    sBytes: number,
    flags: number,
    seconds: bigint,
  ): number;
  oddline_sound_lines(ptr: number, bytes: number): number;
  oddline_form_features(ptr: number, bytes: number, words: number): void;
  oddline_table_keys(): void;
  oddline_tag(ptr: number, bytes: number): void;
  oddline_notice(seconds: bigint): number;
  setLocalZone(seconds: number): void;
  oddline_score_form(ptr: number, bytes: number): number;
  oddline_explain(
    i: number,
    iBytes: number,
    o: number,
    oBytes: number,
    s: number,
    sBytes: number,
    flags: number,
    seconds: bigint,
  ): number;
  oddline_state_room(bytes: number): number;
  oddline_save_state(): number;
  oddline_restore_state(bytes: number, anySeed: number): number;
  taggedOf(type: number): bigint;
  oddline_stream_start(seed: bigint, keys: number, c: number, cBytes: number, k: number, kBytes: number): number;
  oddline_stream(rows: number, rowsBytes: number, results: number): number;
  oddline_filter(tag: number, tagBytes: number, s: number, ns: number, record: number, recordBytes: number): number;
  embed(): number;
  measureDistance(): number;
  nearestDistance: WebAssembly.Global;
  nearestRadius: WebAssembly.Global;
  malloc(bytes: number): number;
  free(ptr: number): void;
  hashBytes(ptr: number, bytes: number, seed: bigint): bigint;
  hashPair(a: bigint, b: bigint): bigint;
  checksum(ptr: number, bytes: number): bigint;
}

export interface BatchOptions {
  flags: number;
  /**
   * Arrival time of these lines, Unix seconds; with the flag `ownTime`, for logs that are read later, that of lines
   * before the first which has a time. Years and zones that a line lacks go by it.
   */
  seconds: bigint;
}

export const wasmUrl = new URL("../../build/oddline.wasm", import.meta.url);
/** A line needs this much output in the worst case: every byte escaped, and the tag. */
const roomFor = (lineBytes: number) => lineBytes * 6 + 4096;
const inputBytesMin = 1 << 20;
const featureBytes = 32;
const tokenBytes = 16;
/** Tokens up to this are classes, levels and single signs (assembly/detect/novelty/features.ts), all above are words. */
const classTokenMax = 0x1ffn;

let compiled: WebAssembly.Module | undefined;

/** An instance of the filter with a memory of its own; the code is compiled once a process. */
export function instantiateFilter(): Exports & ASUtil {
  compiled ??= new WebAssembly.Module(readFileSync(wasmUrl));
  const { exports } = instantiateSync<Exports>(compiled, { wasi_snapshot_preview1: withoutSystem() });
  return exports as unknown as Exports & ASUtil;
}

export class Engine {
  readonly exports: Exports & ASUtil;
  private input = 0;
  private inputCapacity = 0;
  private output = 0;
  private outputCapacity = 0;
  private scratch = 0;
  /** Where a model or a long line lies while it is checked. */
  private checked = 0;
  private checkedCapacity = 0;
  private view = new Uint8Array(0);

  /** `seed` decides the hashes of caches and tables: the same seed gives the same verdicts. */
  constructor(seed = 0n) {
    this.exports = instantiateFilter();
    this.exports.oddline_start(seed);
    this.ensureRoom(inputBytesMin);
  }

  /** The module's memory; fetched anew where it has grown. */
  bytes(): Uint8Array {
    if (this.view.buffer !== this.exports.memory.buffer) this.view = new Uint8Array(this.exports.memory.buffer);
    return this.view;
  }

  private ensureRoom(lineBytes: number): void {
    if (lineBytes <= this.inputCapacity) return;
    this.inputCapacity = lineBytes;
    this.outputCapacity = roomFor(lineBytes);
    this.input = this.allocate(this.inputCapacity);
    this.output = this.allocate(this.outputCapacity);
    this.scratch = this.allocate(this.outputCapacity);
  }

  private allocate(bytes: number): number {
    const ptr = this.exports.oddline_buffer(bytes);
    if (ptr === 0) {
      throw new OddlineError("MEMORY_REFUSED", {
        subject: "oddline.wasm",
        expected: `${bytes} bytes of memory`,
        remedy: "free some memory, or shorten the longest lines",
      });
    }
    return ptr >>> 0;
  }

  /** Takes a model into use; `name` is for the message where it cannot be. */
  useModel(model: Uint8Array, name: string): void {
    const problem = this.tryModel(model);
    if (problem === undefined) return;
    throw new OddlineError("MODEL_INVALID", {
      subject: name,
      expected: "a model written by oddline refresh or oddline compile",
      found: problem,
      remedy: "write it again with oddline refresh",
      exit: exitCode.usage,
    });
  }

  /** What is wrong with the model, or undefined and it is in use. */
  tryModel(model: Uint8Array): string | undefined {
    if (model.length > modelBytesMax) return modelProblems[7];
    const room = this.exports.oddline_model_room(model.length) >>> 0;
    if (room === 0) return "no memory for it";
    this.bytes().set(model, room);
    const result = this.exports.oddline_use_model(model.length);
    return result === 0 ? undefined : modelProblems[result];
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
    return stateProblems[this.exports.oddline_restore_state(state.length, anySeed ? 1 : 0)] || undefined;
  }

  /** Counts since the start, by the names of the filter's counts line. */
  counts(): EngineCounts {
    const count = (name: string) => Number((this.exports[name] as WebAssembly.Global).value);
    return {
      records: count("eventsJudged"),
      tagged: count("eventsTagged"),
      byType: Object.fromEntries(typeNames.map((name, i) => [name, Number(this.exports.taggedOf(i + 1))])),
      cacheHits: count("cacheHits"),
      muted: count("mutedEvents"),
      late: count("lateEvents"),
    };
  }

  /**
   * Judges whole lines and hands on what is written for them; every line ends with a newline in both. `copy` takes the
   * bytes out of the module's memory, where the next piece is written over them. With the flag `sound` it ends before the
   * first line that a strict JSON reader would refuse: `bytes` says how much of the lines was taken each time.
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
      if (this.exports.batchUnsound.value) return;
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

  /** What the operator should be told about the lines tagged so far, if anything; each once an hour of `seconds`. */
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

  /** The learning records of assembly/abi/batch.ts, a view that holds until the next call. */
  *forms(lines: Uint8Array, options: BatchOptions): Generator<{ records: Uint8Array; lines: number }> {
    for (const { bytes, lines: count } of this.written("oddline_forms", lines, options)) {
      yield { records: bytes, lines: count };
    }
  }

  /** For each line a hash that decides which of several instances it falls to; 0 where it is not judged. */
  *keys(lines: Uint8Array, options: BatchOptions): Generator<BigUint64Array> {
    for (const { bytes } of this.written("oddline_keys", lines, options))
      yield new BigUint64Array(bytes.slice().buffer);
  }

  /** What one of the calls that only look at lines writes for each piece, a view that holds until the next one. */
  private *written(
    call: "oddline_scores" | "oddline_forms" | "oddline_keys" | "oddline_explain",
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
  soundBytes(lines: Uint8Array): number {
    let sound = 0;
    for (const { bytes } of this.pieces(lines)) {
      this.taken = this.exports.oddline_sound_lines(this.input, bytes);
      sound += this.taken;
      if (this.taken < bytes) break;
    }
    return sound;
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

  /** The score the model in use gives to a form, muting left aside. */
  scoreForm(form: Uint8Array): number {
    this.bytes().set(form, this.input);
    return this.exports.oddline_score_form(this.input, form.length);
  }

  /** Features of a form, as laid out in assembly/detect/novelty/features.ts; `words` asks for a text's words instead. */
  features(form: Uint8Array, words: boolean): Uint32Array {
    this.bytes().set(form, this.input);
    this.exports.oddline_form_features(this.input, form.length, words ? 1 : 0);
    return this.featureView();
  }

  /** The same with the key of the model's table in place of each value. */
  tableKeys(form: Uint8Array, words: boolean): Uint32Array {
    this.bytes().set(form, this.input);
    this.exports.oddline_form_features(this.input, form.length, words ? 1 : 0);
    this.exports.oddline_table_keys();
    return this.featureView();
  }

  /** Eight 32-bit words a feature: group, value, kind, and three ranges; a view that holds until the next call. */
  private featureView(): Uint32Array {
    const count = this.exports.featureCount.value as number;
    const ptr = this.exports.featuresPtr.value as number;
    return new Uint32Array(this.exports.memory.buffer, ptr, (count * featureBytes) / 4);
  }

  /** Hash of the collapsed tokens of the text whose features were asked for last; 0 for a request. */
  templateHash(): bigint {
    return BigInt.asUintN(64, this.exports.templateHash.value as bigint);
  }

  /** Its words that the model in use knows: their hashes, and where in the form each stands. */
  words(): { hash: bigint; start: number; end: number }[] {
    const view = new DataView(this.exports.memory.buffer, this.exports.tokensPtr.value as number);
    const tokens = Array.from({ length: this.exports.tokenCount.value as number }, (_, index) => ({
      hash: view.getBigUint64(index * tokenBytes, true),
      start: view.getUint16(index * tokenBytes + 8, true),
      end: view.getUint16(index * tokenBytes + 10, true),
    }));
    return tokens.filter(({ hash }) => hash > classTokenMax);
  }

  /** The 256 sums of that text's embedding, or undefined where it has no tokens. */
  embeddingSums(): Int16Array | undefined {
    if (!this.exports.embed()) return undefined;
    return new Int16Array(this.exports.memory.buffer, this.exports.sumsPtr.value as number, 256).slice();
  }

  /** Distance of the text at hand from the nearest centroid, in radii; 0 where there is none. */
  relativeDistance(): number {
    if (!this.exports.measureDistance()) return 0;
    return (this.exports.nearestDistance.value as number) / (this.exports.nearestRadius.value as number);
  }

  hashBytes(bytes: Uint8Array, seed = 0n): bigint {
    this.bytes().set(bytes, this.input);
    return BigInt.asUintN(64, this.exports.hashBytes(this.input, bytes.length, seed));
  }

  hashPair(a: bigint, b: bigint): bigint {
    return BigInt.asUintN(64, this.exports.hashPair(BigInt.asIntN(64, a), BigInt.asIntN(64, b)));
  }

  /** Whether the line is sound, one too long to be judged among them: of those only the bytes themselves need room. */
  isSound(line: Uint8Array): boolean {
    this.ensureChecked(line.length);
    this.bytes().set(line, this.checked);
    return this.exports.oddline_sound_lines(this.checked, line.length) === line.length;
  }

  private ensureChecked(bytes: number): void {
    // Buffers are for good, so the next one, a little longer, is given room too; as a line it would ask for 13 times this.
    if (bytes <= this.checkedCapacity) return;
    this.checkedCapacity = Math.max(1 << 16, 2 ** Math.ceil(Math.log2(bytes)));
    this.checked = this.allocate(this.checkedCapacity);
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

/** The fields of a row under their names, texts decoded. */
export function detailsOf(row: EventRows): EventDetails {
  const text = (field: Parameters<EventRows["text"]>[0]) => row.text(field) || null;
  const decision = row.number("flowDecision");
  return {
    format: formatNames[row.number("format")],
    level: levelNames[row.number("level")],
    status: row.number("status") || null,
    bytes: row.number("bytes") < 0 ? null : row.number("bytes"),
    timeSeconds: row.timeSeconds() ?? null,
    isRequest: row.has("request"),
    markedError: row.has("marked"),
    isError: row.has("error"),
    keyword: text("keywordBytes"),
    keywordCount: row.number("keywordCount"),
    errors: { count: row.number("errorsCount"), threshold: row.number("errorsThreshold") },
    requests: { count: row.number("requestsCount"), threshold: row.number("requestsThreshold") },
    sender: text("senderBytes"),
    destination: text("destinationBytes"),
    destinationPort: row.number("destinationPort") < 0 ? null : row.number("destinationPort"),
    message: text("messageBytes"),
    body: text("bodyBytes"),
    key: text("keyBytes"),
    source: text("sourceBytes"),
    method: text("methodBytes"),
    target: text("targetBytes"),
    endpoint: text("endpointBytes") ?? text("targetBytes"),
    form: text("formBytes"),
    member: text("memberBytes"),
    noveltyScore: row.number("noveltyScore"),
    outlierScore: row.number("outlierScore"),
    leastProbability: row.has("least") ? row.number("leastProbability") : null,
    nearestCluster: row.number("nearestCluster"),
    nearestDistance: row.number("nearestDistance"),
    nearestRadius: row.number("nearestRadius"),
    flow: row.has("flow")
      ? {
          bytes: row.number("flowBytes"),
          bytesOut: row.number("flowBytesOut"),
          durationSeconds: row.number("flowSeconds"),
          failed: row.has("failed"),
          decision: Number.isNaN(decision) ? null : decision,
        }
      : null,
  };
}

export interface WindowDetails {
  count: number;
  threshold: number;
}

export interface EngineCounts {
  records: number;
  tagged: number;
  /** Of `tagged`, by detector. */
  byType: Record<string, number>;
  cacheHits: number;
  /** Structural news that was told often enough. */
  muted: number;
  /** Events from before the window. */
  late: number;
}

export interface EventDetails {
  format: (typeof formatNames)[number];
  level: (typeof levelNames)[number];
  status: number | null;
  bytes: number | null;
  timeSeconds: number | null;
  isRequest: boolean;
  /** True where the record itself says that it is an error. */
  markedError: boolean;
  isError: boolean;
  /** The keyword that reached its count, and how often its key had it within the window. */
  keyword: string | null;
  keywordCount: number;
  /** Of the key's windows. */
  errors: WindowDetails;
  requests: WindowDetails;
  /** The two ends of a network flow. */
  sender: string | null;
  destination: string | null;
  destinationPort: number | null;
  message: string | null;
  body: string | null;
  key: string | null;
  source: string | null;
  method: string | null;
  target: string | null;
  /** What traffic to one endpoint is counted by. */
  endpoint: string | null;
  form: string | null;
  member: string | null;
  noveltyScore: number;
  outlierScore: number;
  leastProbability: number | null;
  nearestCluster: number;
  nearestDistance: number;
  nearestRadius: number;
  /** The network flow it tells of; `decision` is the forest's on a window of this flow alone. */
  flow: {
    bytes: number;
    bytesOut: number;
    durationSeconds: number;
    failed: boolean;
    decision: number | null;
  } | null;
}

function lastLine(lines: Uint8Array, start: number, end: number): number {
  return lines.lastIndexOf(0x0a, end - 1) + 1 - start;
}

/** In Node the host does the reading, writing and timing; the module is refused all of it. */
function withoutSystem(): Record<string, () => number> {
  const badFileDescriptor = () => 8;
  return {
    random_get: badFileDescriptor,
    clock_time_get: badFileDescriptor,
    fd_prestat_get: badFileDescriptor,
    fd_write: badFileDescriptor,
    fd_read: badFileDescriptor,
    fd_close: badFileDescriptor,
    path_open: badFileDescriptor,
    path_filestat_get: badFileDescriptor,
    path_rename: badFileDescriptor,
    path_unlink_file: badFileDescriptor,
  };
}
