/** `oddline replay`: what this model would have tagged, by type and hour; fits the sensitivity to a budget. */
import type { Command } from "commander";
import { loadConfiguration } from "../config/configuration.js";
import { writeSetting } from "../config/writeSetting.js";
import { type Fit, fitBudget, sensitivitiesOf, withSensitivity } from "../evaluate/budget.js";
import { type ReplayResult, replay, type TypeCounts } from "../evaluate/replay.js";
import type { StatedTime } from "../io/arrival.js";
import { exitCode, OddlineError } from "../io/errors.js";
import { grouped } from "../io/numbers.js";
import { readableTwice } from "../io/spool.js";
import { note, printJson, writeOut } from "../io/stdout.js";
import { oneLine } from "../io/terminal.js";
import { configuredSections } from "../model/configuredSections.js";
import { decodeSections, encodeModel, loadModel, modelVersion, type Sections } from "../model/modelFile.js";
import { keywordsInPast } from "../model/usualKeywords.js";
import { Engine } from "../wasm/engine.js";
import { typeNames } from "../wasm/layout.js";
import { addLokiSourceOptions, type LokiSourceChoice, openInputs } from "./lokiOptions.js";
import { statedTimeOption } from "./options.js";

/** Lines without a time of their own count at the minute in which they reached Loki: windows need no less. */
const pieceSeconds = 60;

interface ReplayOptions extends LokiSourceChoice {
  model?: string;
  config?: string;
  budget?: number;
  write?: boolean;
  time?: StatedTime;
  json?: boolean;
}

/** Hours shown in the table; --json has them all. */
const hoursShownMax = 24;

export function registerReplay(program: Command): void {
  const command = program
    .command("replay")
    .description(
      "show what this model would have tagged in past logs, by type and hour, and fit the sensitivity to a budget",
    )
    .argument("[files...]", "logs to read; .gz is unpacked; - reads standard input")
    .option("--model <file>", "model to use; without it, only the built-in detectors")
    .option("--config <file>", "configuration to use instead of the model's own")
    .option("--budget <events/h>", "find the sensitivity that tags at most this many events per hour", budgetOption)
    .option("--write", "write that sensitivity to the file given by --config")
    .option(
      "--time <time>",
      "time for lines that lack a time, a year or a time zone: now, Unix seconds or RFC 3339 (default: now, in UTC)",
      statedTimeOption("--time"),
    )
    .option("--json", "print the outcome as JSON, with every hour");
  addLokiSourceOptions(command).action(replayInputs);
}

function budgetOption(text: string): number {
  const parts = /^(\d+(?:\.\d+)?)\/(h|d)$/.exec(text);
  if (!parts || Number(parts[1]) === 0) throw usage("--budget", "events an hour or a day, such as 20/h or 100/d", text);
  return Number(parts[1]) / (parts[2] === "d" ? 24 : 1);
}

async function replayInputs(files: string[], options: ReplayOptions): Promise<void> {
  if (options.write && !(options.config && options.budget)) {
    throw usage("--write", "--budget and --config beside it", options.budget ? "no --config" : "no --budget");
  }
  if (options.budget && !options.model) throw usage("--budget", "--model beside it", "none");

  const inputs = openInputs("replay", files, options, { pieceSeconds, keepTags: false });
  const { sources, remove } = options.budget ? await readableTwice(inputs) : { sources: inputs, remove() {} };
  const maker = new Engine();
  const time = options.time ?? statedTimeOption("--time")("now");
  const sections = gatherSections(maker, options);
  const run = async (model: Uint8Array | undefined) => {
    const engine = new Engine();
    if (model) engine.useModel(model, options.model ?? options.config!);
    return replay(engine, sources, time);
  };
  const model = sections && encodeModel(maker, sections);
  const fitted = async () =>
    options.budget && sections
      ? fitBudget(sensitivitiesOf(sections, options.model!), options.budget, (sensitivity) =>
          run(withSensitivity(maker, sections, sensitivity)),
        )
      : undefined;
  let result: ReplayResult;
  let fit: Fit | undefined;
  try {
    result = await run(model);
    fit = await fitted();
  } finally {
    remove();
  }
  if (fit && options.write) writeSetting(options.config!, "falsePositiveShare", fit.share);

  const version = model ? modelVersion(model) : null;
  if (options.json)
    await printJson({ model: version, ...summary(result), budget: fit ? budgetJson(fit, options) : null });
  else await writeOut(`${describe(version, result)}${fit ? describeFit(fit, options) : ""}`);
  if (result.lines === 0) process.exitCode = exitCode.nothing;
}

/** What the model holds, with the configuration of --config in place of its own. */
function gatherSections(engine: Engine, { model, config }: ReplayOptions): Sections | undefined {
  if (!model) {
    if (config) throw usage("--config", "--model beside it (oddline compile makes one without learning)", "none");
    return undefined;
  }
  const sections = new Map(decodeSections(loadModel(engine, model).slice()));
  if (!config) return sections;
  const { configuration, warnings } = loadConfiguration(config);
  for (const { line, column, message } of warnings) note(`${config}:${line}:${column}: ${message}`);
  for (const [id, bytes] of configuredSections(configuration, keywordsInPast(sections))) sections.set(id, bytes);
  return sections;
}

function summary(result: ReplayResult) {
  const time = (seconds: number | null) => (seconds === null ? null : rfc3339(seconds));
  const { firstSeconds, lastSeconds, ...counts } = result;
  return {
    ...counts,
    taggedPerHour: result.hoursCovered > 0 ? result.tagged / result.hoursCovered : null,
    from: time(firstSeconds),
    to: time(lastSeconds),
  };
}

function budgetJson({ result, ...fit }: Fit, { budget, write }: ReplayOptions) {
  const { hours: _hours, examples: _examples, ...counts } = summary(result);
  return { eventsPerHour: budget, falsePositiveShare: fit.share, ...fit, ...counts, written: write ?? false };
}

function describe(version: string | null, result: ReplayResult): string {
  const { lines, tagged, hoursCovered, firstSeconds, lastSeconds } = result;
  const percent = lines > 0 ? ((100 * tagged) / lines).toFixed(2) : "0.00";
  const span = firstSeconds === null ? "none with a time" : `${rfc3339(firstSeconds)} to ${rfc3339(lastSeconds!)}`;
  const rate = hoursCovered > 0 ? `, ${(tagged / hoursCovered).toFixed(1)} an hour` : "";
  const rows = [
    `${grouped(lines)} lines, ${span}`,
    `${version ? `model ${version}` : "the built-ins"} would have tagged ${grouped(tagged)} (${percent} %)${rate}`,
  ];
  if (tagged > 0) rows.push("", ...hourTable(result), "", ...exampleRows(result));
  return `${rows.join("\n")}\n`;
}

function hourTable({ hours, types, lines, tagged }: ReplayResult): string[] {
  const shown = typeNames.filter((type) => types[type]);
  const row = (name: string, all: number, sum: number, counts: TypeCounts) =>
    [
      name.padEnd(20),
      ...[all, sum, ...shown.map((type) => counts[type] ?? 0)].map((n) => grouped(n).padStart(11)),
    ].join("");
  const busy = hours.filter((hour) => hour.tagged > 0);
  const most = new Set(busy.toSorted((a, b) => b.tagged - a.tagged).slice(0, hoursShownMax));
  const rows = busy.filter((hour) => most.has(hour));
  const left = busy.length - rows.length;
  return [
    ["hour".padEnd(20), ...["lines", "tagged", ...shown].map((name) => name.padStart(11))].join(""),
    ...rows.map((hour) => row(hour.hour ?? "without a time", hour.lines, hour.tagged, hour.types)),
    ...(left > 0 ? [`(${grouped(left)} hours with fewer; --json has them all)`] : []),
    row("all", lines, tagged, types),
  ];
}

function exampleRows({ examples }: ReplayResult): string[] {
  return examples.map(
    ({ type, severity = "", reason, events, highestScore }) =>
      `${type.padEnd(11)} ${`${grouped(events)} x`.padStart(8)}  up to ${highestScore.toFixed(2)}  ` +
      `${severity.padEnd(6)}  ${oneLine(reason)}`,
  );
}

function describeFit({ share, surprise, result }: Fit, { budget, write, config }: ReplayOptions): string {
  const rate = (result.tagged / result.hoursCovered).toFixed(1);
  const rows = [
    "",
    `budget of ${budget} an hour: falsePositiveShare ${share} (p below ${Math.exp(-surprise).toPrecision(2)}) tags ${rate} an hour`,
    write
      ? `written to ${config}; the next oddline refresh --config ${config} learns with it`
      : "set it in the configuration (--config oddline.yaml --write does), then refresh",
  ];
  return `${rows.join("\n")}\n`;
}

const rfc3339 = (seconds: number) => new Date(seconds * 1000).toISOString().replace(".000", "");

function usage(subject: string, expected: string, found: string): OddlineError {
  const remedy = "oddline replay --help shows the options";
  return new OddlineError("OPTION_INVALID", { subject, expected, found, remedy, exit: exitCode.usage });
}
