/** The exports of build/oddline.wasm with their types, and how the module comes to be: nothing else loads it. */
import { readFileSync } from "node:fs";
import { type ASUtil, instantiateSync } from "@assemblyscript/loader";

/** Judges the lines of [i, i + iBytes) into [o, o + oBytes), with [s, s + sBytes) to work in; bytes of input taken. */
type LinesCall = (
  i: number,
  iBytes: number,
  o: number,
  oBytes: number,
  s: number,
  sBytes: number,
  flags: number,
  seconds: bigint,
) => number;

export interface Exports extends Record<string, unknown> {
  memory: WebAssembly.Memory;
  batchBytes: WebAssembly.Global;
  batchLines: WebAssembly.Global;
  batchTagged: WebAssembly.Global;
  batchInvalid: WebAssembly.Global;
  featureCount: WebAssembly.Global;
  learntKeywords: WebAssembly.Global;
  learntKeywordsPtr: WebAssembly.Global;
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
  oddline_scores: LinesCall;
  oddline_signatures: LinesCall;
  oddline_keys: LinesCall;
  oddline_valid_lines(ptr: number, bytes: number): number;
  oddline_signature_features(ptr: number, bytes: number, words: number): void;
  oddline_table_keys(): void;
  oddline_tag(ptr: number, bytes: number): void;
  oddline_notice(seconds: bigint): number;
  setLocalZone(seconds: number): void;
  oddline_score_signature(ptr: number, bytes: number): number;
  oddline_explain: LinesCall;
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

export const wasmUrl = new URL("../../build/oddline.wasm", import.meta.url);

let compiled: WebAssembly.Module | undefined;

/** An instance of the filter with a memory of its own; the code is compiled once a process. */
export function instantiateFilter(): Exports & ASUtil {
  compiled ??= new WebAssembly.Module(readFileSync(wasmUrl));
  const { exports } = instantiateSync<Exports>(compiled, { wasi_snapshot_preview1: withoutSystem() });
  return exports as unknown as Exports & ASUtil;
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
