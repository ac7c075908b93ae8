/** `oddline tag`: the very same WASM over files or standard input, NDJSON out. */
import type { Command } from "commander";
import type { StatedTime } from "../io/arrival.js";
import { openSources } from "../io/chunks.js";
import { LongRecord } from "../io/longRecord.js";
import { grouped } from "../io/numbers.js";
import { note, writeOut } from "../io/stdout.js";
import { cutLines, LongLines } from "../io/wholeLines.js";
import { loadModel } from "../model/modelFile.js";
import { EngineStateFile } from "../state/engineStateFile.js";
import { batchFlag, Engine, type EngineCounts } from "../wasm/engine.js";
import { seedOption, statedTimeOption } from "./options.js";

interface TagOptions {
  model?: string;
  all?: boolean;
  only?: boolean;
  time?: StatedTime;
  tag: string;
  seed?: bigint;
  state?: string;
  cache: boolean;
}

export function registerTag(program: Command): void {
  program
    .command("tag")
    .description("tag lines or NDJSON records as the filter inside a shipper would")
    .argument("<files...>", "logs to read; .gz is unpacked; - reads standard input")
    .option("--model <file>", "model to use; without it, only the built-in detectors")
    .option("--all", "add an anomaly field to every event")
    .option("--only", "print only anomalous events")
    .option(
      "--time <time>",
      "time for lines that lack a time, a year or a time zone: now, Unix seconds or RFC 3339 (default: now, in UTC)",
      statedTimeOption("--time"),
    )
    .option("--tag <tag>", "the shipper's tag for these lines", "oddline")
    .option(
      "--seed <number>",
      "seed of the hashes (default: the model's, then the state's, then 0)",
      seedOption("--seed"),
    )
    .option("--state <file>", "resume the counts saved in this file, and save them there")
    .option("--no-cache", "do not cache scores (slower; the verdicts are the same)")
    .action(tagFiles);
}

async function tagFiles(files: string[], options: TagOptions): Promise<void> {
  const sources = openSources(files);
  const engine = new Engine(options.seed ?? 0n);
  if (options.model) loadModel(engine, options.model);
  engine.setTag(options.tag);
  const given = options.seed !== undefined || engine.useConfiguredSeed();
  const finish = options.state === undefined ? undefined : keepState(options.state, engine, given);
  // A line with a time arrives at that time: a log of any date reads as it did when it was written.
  const flags =
    batchFlag.ownTime |
    (options.all ? batchFlag.all : 0) |
    (options.only ? batchFlag.only : 0) |
    (options.cache ? 0 : batchFlag.noCache);
  const { seconds, zoneSeconds } = options.time ?? statedTimeOption("--time")("now");
  engine.setZone(zoneSeconds);
  for (const source of sources) {
    const [long, record] = [new LongLines(source, "not judged"), new LongRecord()];
    for await (const piece of cutLines(source)) {
      if (piece.part) {
        if (!options.only) for (const bytes of record.take(piece)) await writeOut(bytes);
        long.take(piece);
        continue;
      }
      for (const { output } of engine.tag(piece.bytes, { flags, seconds })) await writeOut(output);
      const notice = engine.notice(seconds);
      if (notice) process.stderr.write(`${notice}\n`);
    }
    long.report();
  }
  finish?.();
  if (process.stderr.isTTY) process.stderr.write(`${summary(engine.counts())}\n`);
}

/** Saved on an interval, where a signal ends it, and at the end: what is returned is to be called then. */
function keepState(path: string, engine: Engine, seedGiven: boolean): () => void {
  const state = new EngineStateFile(
    path,
    () => engine,
    (text) => note(`[oddline] ${text}`),
  );
  state.restore(!seedGiven);
  state.keep();
  const signals = ["SIGTERM", "SIGINT"] as const;
  const finish = () => {
    state.close();
    for (const signal of signals) process.off(signal, interrupted);
  };
  const interrupted = (signal: NodeJS.Signals) => {
    finish();
    process.kill(process.pid, signal); // now it ends as it would have
  };
  for (const signal of signals) process.on(signal, interrupted);
  return finish;
}

/** What was seen, in one line for a person. */
export function summary({ records, tagged, byType, muted, late }: EngineCounts): string {
  const types = Object.entries(byType).filter(([, value]) => value > 0);
  const details = types.map(([name, value]) => `${name} ${grouped(value)}`).join(", ");
  const more = [muted > 0 ? `${grouped(muted)} muted` : "", late > 0 ? `${grouped(late)} late` : ""].filter(Boolean);
  return [`${grouped(records)} lines judged, ${grouped(tagged)} tagged${details ? ` (${details})` : ""}`, ...more].join(
    ", ",
  );
}
