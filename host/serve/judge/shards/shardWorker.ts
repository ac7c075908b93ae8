/** The thread of one shard: a filter of its own that judges the keys that fall to it. */
import { parentPort, workerData } from "node:worker_threads";
import { EngineStateFile } from "../../../state/engineStateFile.js";
import { Metrics } from "../../observe/metrics.js";
import { Notices } from "../../observe/notices.js";
import { LocalJudge } from "../judge.js";
import type { ShardMessage, ShardOptions, ShardRequest, ShardStart } from "./messages.js";

const { seed, seconds, all, count } = workerData as ShardOptions;
const port = parentPort!;
/** The server repeats no notice within a minute; here every one is passed on. */
class PassedOn extends Notices {
  override log(text: string): void {
    reply({ kind: "notice", code: undefined, text });
  }
  override warn(code: string, text: string): void {
    failures++;
    reply({ kind: "notice", code, text });
  }
}
let failures = 0;
const notices = new PassedOn();
const judge = new LocalJudge({ seed, seconds, all }, notices, new Metrics());
let stateFile: EngineStateFile | undefined;

function reply(message: ShardMessage, ...transfer: Uint8Array[]): void {
  port.postMessage(
    message,
    transfer.map(({ buffer }) => buffer as ArrayBuffer),
  );
}

/** By the upper bits: the lowest one says that there is a hash at all. */
function shardsOf(lines: Buffer): Uint8Array {
  const hashes = judge.keys(lines);
  const shards = new Uint8Array(hashes.reduce((sum, { length }) => sum + length, 0));
  let i = 0;
  for (const { buffer, byteOffset, length } of hashes) {
    const words = new Uint32Array(buffer, byteOffset, length * 2);
    for (let at = 1; at < words.length; at += 2) shards[i++] = words[at] % count;
  }
  return shards;
}

function tag(id: number, lines: Buffer): void {
  const verdicts = judge.tag(lines);
  const output = new Uint8Array(verdicts.chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of verdicts.chunks) {
    output.set(chunk, at);
    at += chunk.length;
  }
  verdicts.release?.();
  const { events, tagged } = verdicts;
  reply({ kind: "tag", id, output, events, tagged, failures, counts: judge.engine.counts() }, output);
  failures = 0;
}

function start({ seed: given, state }: ShardStart): void {
  if (given !== undefined && given !== judge.engine.seed) judge.engine.useConfiguredSeed();
  if (state === undefined) return;
  stateFile = new EngineStateFile(
    state,
    () => judge.engine,
    (text) => notices.log(text),
  );
  stateFile.restore(given === undefined);
  stateFile.keep();
}

port.on("message", (request: ShardRequest) => {
  const { id } = request;
  if (request.kind === "tag") return tag(id, asBuffer(request.lines));
  if (request.kind === "shards") {
    const shards = shardsOf(asBuffer(request.lines));
    return reply({ kind: "shards", id, shards }, shards);
  }
  if (request.kind === "model") {
    const problem = judge.useModel(request.model);
    // The server's own filter has taken this model: a shard that cannot would judge by another one for good.
    if (problem !== undefined) throw new Error(`a model that is ${problem}`);
  }
  if (request.kind === "start") start(request.start);
  if (request.kind === "close") stateFile?.close();
  reply({ kind: "done", id });
});

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
