/**
 * Files, standard input or Loki into a signature store, for `refresh` and `summarize`; a reading of Loki can be
 * resumed.
 */
import type { Command } from "commander";
import type { StatedTime } from "../io/arrival.js";
import { openSources } from "../io/chunks.js";
import { note } from "../io/stdout.js";
import { readSignatures } from "../learn/readSignatures.js";
import { readSummaries, writeSummary } from "../learn/summary.js";
import { ResumeFile } from "../loki/resume.js";
import type { SignatureStore } from "../signatures/signatureStore.js";
import type { Engine } from "../wasm/engine.js";
import { addLokiSourceOptions, type LokiInput, type LokiSourceChoice, lokiInput, wrongUse } from "./lokiOptions.js";
import { statedTimeOption } from "./options.js";

/** Lines without a time of their own count at the hour in which they reached Loki. */
const pieceSeconds = 3600;

export interface LearnInputChoice extends LokiSourceChoice {
  resume?: string;
  time?: StatedTime;
}

export function addLearnInputOptions(command: Command): Command {
  return addLokiSourceOptions(command)
    .option(
      "--resume <file>",
      "with --loki: save progress here if the read is interrupted, and continue from it in the next run",
    )
    .option(
      "--time <time>",
      "time for lines in files that lack a time, a year or a time zone: now, Unix seconds or RFC 3339",
      statedTimeOption("--time"),
    );
}

/** Returns what is to be done once the outcome is safe. */
export async function readInputs(
  command: string,
  files: string[],
  options: LearnInputChoice,
  engine: Engine,
  store: SignatureStore,
): Promise<() => void> {
  const input = lokiInput(command, files, options);
  engine.setZone(options.time?.zoneSeconds ?? 0);
  if (!input) {
    if (options.resume) throw wrongUse(command, "--loki and --query beside --resume", "none", "OPTION_MISSING");
    await readSignatures(engine, openSources(files), store, options.time?.seconds);
    return () => {};
  }
  const resume = options.resume ? resumeFile(command, options.resume, input) : undefined;
  const resumed = resume?.load(Date.now() / 1000);
  if (resumed) await readSummaries(engine, [resumed.summary], store);
  const range = resumed?.range ?? input.range;
  const source = input.open(
    {
      pieceSeconds,
      keepTags: true,
      cursor: resumed?.cursor,
      onPage: (next, isBroken) => resume?.save(range, next, () => writeSummary(store), isBroken),
    },
    range,
  );
  await readSignatures(engine, [source], store);
  return () => resume?.remove();
}

function resumeFile(command: string, path: string, { question, isRelative }: LokiInput): ResumeFile {
  return new ResumeFile(path, question, isRelative, (text) => note(`oddline ${command}: ${text}`));
}
