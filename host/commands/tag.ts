/** `oddline tag`: the very same WASM over files or standard input, NDJSON out. */
import type { Command } from "commander";
import { batchFlag, Engine } from "../engine.js";
import { openSources } from "../io/chunks.js";
import { writeOut } from "../io/stdout.js";
import { wholeLines } from "../io/wholeLines.js";
import { loadModel } from "../model/modelFile.js";
import { seedOption, timeOption } from "./options.js";

interface TagOptions {
  model?: string;
  all?: boolean;
  only?: boolean;
  time: bigint;
  tag: string;
  seed: bigint;
  cache: boolean;
}

export function registerTag(program: Command): void {
  program
    .command("tag")
    .description("tag lines or NDJSON records as the filter inside a shipper would")
    .argument("<files...>", "logs to read, .gz as is, - for standard input")
    .option("--model <file>", "model to judge by; without it the built-ins")
    .option("--all", "give every event an anomaly member")
    .option("--only", "print just the anomalous events")
    .option(
      "--time <time>",
      "arrival time of the lines: now, Unix seconds or RFC 3339",
      timeOption("--time"),
      timeOption("--time")("now"),
    )
    .option("--tag <tag>", "the shipper's tag for these lines", "oddline")
    .option("--seed <number>", "seed of the hashes", seedOption("--seed"), 0n)
    .option("--no-cache", "judge every line anew (slower; the verdicts are the same)")
    .action(tagFiles);
}

async function tagFiles(files: string[], options: TagOptions): Promise<void> {
  const sources = openSources(files);
  const engine = new Engine(options.seed);
  if (options.model) loadModel(engine, options.model);
  engine.setTag(options.tag);
  const flags =
    (options.all ? batchFlag.all : 0) | (options.only ? batchFlag.only : 0) | (options.cache ? 0 : batchFlag.noCache);
  for (const source of sources) {
    for await (const lines of wholeLines(source)) {
      for (const { output } of engine.tag(lines, { flags, seconds: options.time })) await writeOut(output);
      const notice = engine.notice(options.time);
      if (notice) process.stderr.write(`${notice}\n`);
    }
  }
}
