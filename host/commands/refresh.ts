/** `oddline refresh`: learn from past logs and hand the filter a new model. */
import type { Command } from "commander";
import { Engine } from "../engine.js";
import { openSources } from "../io/chunks.js";
import { printJson, writeOut } from "../io/stdout.js";
import { defaultShare, linesToCalibrate } from "../learn/calibrate.js";
import { FormStore, formsMaxDefault } from "../learn/formStore.js";
import { readForms } from "../learn/readForms.js";
import { type LearnSummary, learn } from "../learn/refresh.js";
import { installModel, modelVersion } from "../model/modelFile.js";
import { durationOption, integerOption, numberOption } from "./options.js";

interface RefreshOptions {
  out: string;
  share: number;
  eps: number;
  minSamples: number;
  maxAge: number;
  formsMax: number;
  json?: boolean;
}

export function registerRefresh(program: Command): void {
  program
    .command("refresh")
    .description("learn what is normal from past logs and write a model for the filter")
    .argument("<files...>", "logs to learn from, .gz as is, - for standard input")
    .option("--out <file>", "where the model goes, in one atomic step", "oddline.model")
    .option(
      "--share <share>",
      "share of ordinary lines that may be tagged",
      numberOption("--share", 0, 0.5),
      defaultShare,
    )
    .option("--eps <distance>", "DBSCAN: distance of neighbours, on unit vectors", numberOption("--eps", 0.01, 2), 0.5)
    .option("--min-samples <lines>", "DBSCAN: lines that make a pattern", integerOption("--min-samples", 1, 1e9), 20)
    .option(
      "--max-age <duration>",
      "the filter says so daily when the model is older",
      durationOption("--max-age"),
      14 * 86_400,
    )
    .option(
      "--forms-max <count>",
      "distinct line forms kept in memory",
      integerOption("--forms-max", 1000, 10_000_000),
      formsMaxDefault,
    )
    .option("--json", "print the summary as JSON")
    .action(refresh);
}

async function refresh(files: string[], options: RefreshOptions): Promise<void> {
  const sources = openSources(files);
  const engine = new Engine();
  const store = new FormStore(options.formsMax);
  await readForms(engine, sources, store);
  const { model, summary } = learn(engine, store, {
    share: options.share,
    eps: options.eps,
    minSamples: options.minSamples,
    ageSecondsMax: options.maxAge,
    embedder: "builtin",
    given: new Map(),
  });
  installModel(options.out, model);
  const version = modelVersion(model);
  if (options.json) await printJson({ model: version, out: options.out, bytes: model.length, ...summary });
  else await writeOut(`${describe(version, options.out, model.length, summary)}\n`);
}

export function describe(version: string, out: string, bytes: number, summary: LearnSummary): string {
  const { calibration } = summary;
  const count = (value: number) => value.toLocaleString("en-US");
  const lines = [
    `model ${version} -> ${out} (${count(Math.ceil(bytes / 1024))} KiB)`,
    `  learnt   ${count(summary.lines)} lines of ${count(summary.forms)} distinct forms`,
    `  knows    ${count(summary.values)} values in ${count(summary.groups)} groups (${count(summary.groupsOpen)} left open), ` +
      `${count(summary.words)} words, ${count(summary.templates)} templates in ${count(summary.centroids)} patterns`,
    `  tags     p below ${Math.exp(-calibration.surprise).toPrecision(2)}; ` +
      `${(calibration.leftOutShare * 100).toFixed(2)} % of the lines learnt from, each left out in turn`,
  ];
  if (!calibration.fitted) {
    lines.push(
      `  note     fewer than ${count(linesToCalibrate)} lines: the threshold is the default of 1 in 1,000, not fitted; learn from more`,
    );
  }
  if (summary.linesNotLearnt > 0) {
    const share = ((100 * summary.linesNotLearnt) / summary.lines).toFixed(1);
    lines.push(
      `  warning  ${count(summary.formsMax)} distinct forms are kept; ${count(summary.linesNotLearnt)} lines (${share} %) with ` +
        `other forms were counted, not learnt: raise --forms-max, or parse the log so that fewer lines are unique`,
    );
  }
  return lines.join("\n");
}
