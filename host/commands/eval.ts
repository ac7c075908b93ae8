/** `oddline eval`: how well a model separates lines known to be normal from lines known to be anomalous. */
import type { Command } from "commander";
import { type Figures, figures } from "../evaluate/ranking.js";
import { scoreGroups, scoreLines } from "../evaluate/scoreFiles.js";
import { judgeSessions, noteSessions } from "../evaluate/sessionModel.js";
import { type StatedTime, timelessArrival } from "../io/arrival.js";
import { openSources } from "../io/chunks.js";
import { exitCode, OddlineError } from "../io/errors.js";
import { lineBatches } from "../io/lines.js";
import { printJson, writeOut } from "../io/stdout.js";
import { loadModel } from "../model/modelFile.js";
import { Engine } from "../wasm/engine.js";
import { statedTimeOption } from "./options.js";

interface EvalOptions {
  model?: string;
  normal?: string[];
  anomalous?: string[];
  labels?: string;
  group?: string;
  sessions?: string;
  learn?: string[];
  time?: StatedTime;
  json?: boolean;
}

export function registerEval(program: Command): void {
  program
    .command("eval")
    .description("measure a model on labelled lines: AUC, average precision, recall at fixed false positives")
    .argument("[log]", "with --labels: the log whose groups of lines are scored")
    .option("--model <file>", "model to use; without it, only the built-in detectors")
    .option("--normal <files...>", "files of normal lines")
    .option("--anomalous <files...>", "files of anomalous lines")
    .option("--labels <csv>", "CSV with a header, group,label; label 1 is anomalous")
    .option(
      "--group <regex>",
      "regular expression that finds a line's group: its first capture group, or the whole match",
    )
    .option(
      "--sessions <regex>",
      "judge each group by which kinds of line it has and lacks; a regular expression as for --group, or auto",
    )
    .option("--learn <files...>", "with --sessions: logs to learn sessions from; without it, the log itself")
    .option(
      "--time <time>",
      "time for lines that lack a time, a year or a time zone: now, Unix seconds or RFC 3339",
      statedTimeOption("--time"),
    )
    .option("--json", "print the figures as JSON")
    .action(evaluate);
}

async function evaluate(log: string | undefined, options: EvalOptions): Promise<void> {
  const engine = new Engine();
  engine.setZone(options.time?.zoneSeconds ?? 0);
  if (options.model) loadModel(engine, options.model);
  const judged = options.sessions === undefined ? undefined : await bySession(engine, log, options);
  const [normal, anomalous] =
    judged?.scores ?? (options.labels ? await byGroup(engine, log, options) : await byFile(engine, options));
  if (normal.length === 0 || anomalous.length === 0) {
    throw new OddlineError("NOTHING_TO_EVALUATE", {
      subject: options.labels ?? "eval",
      expected: "normal and anomalous lines or groups",
      found: `${normal.length} normal, ${anomalous.length} anomalous`,
      remedy: "check the files, the labels and the pattern of --group",
      exit: exitCode.nothing,
    });
  }
  const result = figures(normal, anomalous);
  if (options.json) await printJson(judged ? { ...result, sessions: judged.summary } : result);
  else await writeOut(table(result));
}

async function byFile(engine: Engine, { normal, anomalous, time }: EvalOptions): Promise<[Float64Array, Float64Array]> {
  if (!normal || !anomalous) throw usage("--normal FILE… and --anomalous FILE…, or --labels CSV --group REGEX LOG");
  return [await scoreLines(engine, normal, time?.seconds), await scoreLines(engine, anomalous, time?.seconds)];
}

async function byGroup(
  engine: Engine,
  log: string | undefined,
  options: EvalOptions,
): Promise<[Float64Array, Float64Array]> {
  if (!log || !options.group) throw usage("--labels CSV --group REGEX LOG");
  let pattern: RegExp;
  try {
    pattern = new RegExp(options.group, "g");
  } catch (error) {
    throw new OddlineError("OPTION_INVALID", {
      subject: "--group",
      expected: "a regular expression",
      found: (error as Error).message,
      exit: exitCode.usage,
    });
  }
  return labelled(await scoreGroups(engine, log, pattern, options.time?.seconds), options.labels!);
}

async function labelled(groups: Map<string, number>, labels: string): Promise<[Float64Array, Float64Array]> {
  const normal: number[] = [];
  const anomalous: number[] = [];
  for (const [group, label] of await readLabels(labels)) {
    const score = groups.get(group);
    if (score !== undefined) (label ? anomalous : normal).push(score);
  }
  return [Float64Array.from(normal), Float64Array.from(anomalous)];
}

async function bySession(engine: Engine, log: string | undefined, options: EvalOptions) {
  if (!log || !options.labels) throw usage("--sessions REGEX --labels CSV LOG");
  const { verdicts, summary } = await judgeSessions(engine, openSources([log]), {
    identifier: options.sessions!,
    learn: options.learn && openSources(options.learn),
    seconds: options.time?.seconds ?? timelessArrival,
  });
  noteSessions(summary);
  const scores = new Map(verdicts.map(({ session, score }) => [session.name, score]));
  return { scores: await labelled(scores, options.labels), summary };
}

async function readLabels(path: string): Promise<Map<string, boolean>> {
  const labels = new Map<string, boolean>();
  let line = 0;
  for (const source of openSources([path])) {
    for await (const batch of lineBatches(source)) {
      for (const bytes of batch) {
        const text = bytes.toString("utf8");
        if (line++ === 0 || text === "") continue;
        const [group, label] = text.split(",").map((cell) => cell.trim());
        if (label !== "0" && label !== "1") {
          throw new OddlineError("LABELS_INVALID", {
            subject: `${path}:${line}:1`,
            expected: "group,label with label 0 or 1",
            found: JSON.stringify(text.slice(0, 80)),
            exit: exitCode.usage,
          });
        }
        labels.set(group, label === "1");
      }
    }
  }
  return labels;
}

function usage(expected: string): OddlineError {
  return new OddlineError("OPTION_MISSING", {
    subject: "eval",
    expected,
    remedy: "oddline eval --help",
    exit: exitCode.usage,
  });
}

function table(result: Figures): string {
  const three = (value: number) => value.toFixed(3);
  const percent = (value: number) => `${(value * 100).toFixed(2)} %`;
  return [
    `judged              ${result.normal} normal, ${result.anomalous} anomalous`,
    `AUC                 ${three(result.auc)}`,
    `average precision   ${three(result.averagePrecision)}`,
    `best F1             ${three(result.bestF1)}`,
    `recall at .1 % false positives   ${three(result.recallAt["0.001"])}`,
    `recall at  1 % false positives   ${three(result.recallAt["0.01"])}`,
    `recall at  5 % false positives   ${three(result.recallAt["0.05"])}`,
    `default threshold   ${percent(result.default.falsePositiveRate)} false positives, recall ${three(result.default.recall)}`,
    "",
  ].join("\n");
}
