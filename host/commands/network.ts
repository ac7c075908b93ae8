/** `oddline network`: windows of network flows, an isolation forest, alerts; from files or from Loki. */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { exitCode, OddlineError } from "../errors.js";
import { replaceFile } from "../io/replaceFile.js";
import { printJson, writeOut } from "../io/stdout.js";
import { sampleCountDefault, treeCountDefault } from "../learn/isolationForest.js";
import { DestinationList, type Incident } from "../network/excludes.js";
import { type Entity, entities, type FeatureName, featureNames } from "../network/features.js";
import { alertScoreDefault } from "../network/fit.js";
import { decodeForest, encodeForest } from "../network/forestFormat.js";
import { alertText, jsonOf, type Verdict } from "../network/judge.js";
import { type Learnt, type NetworkSettings, windowSecondsDefault } from "../network/learn.js";
import { learnFiles, type RunReport, runFiles } from "../network/runFiles.js";
import { durationOption, integerOption, numberOption, timeOption } from "./options.js";

interface NetworkOptions {
  train?: string[];
  score?: string[];
  forest?: string;
  saveForest?: string;
  selfFit?: boolean;
  window: number;
  by: Entity;
  features: FeatureName[];
  alertScore: number;
  seed: number;
  trees: number;
  samples: number;
  plainFit?: boolean;
  excludeFrom: bigint[];
  excludeTo: bigint[];
  excludeTagged?: boolean;
  excludeDestinations?: string;
  json?: boolean;
}

export function registerNetwork(program: Command): void {
  program
    .command("network")
    .description("find odd network traffic: windows per destination, an isolation forest, alerts")
    .option("--train <files...>", "flows to learn from: Zeek, Suricata, key=value, JSON, iptables, CSV; .gz as is")
    .option("--score <files...>", "flows to judge")
    .option("--self-fit", "fit the forest on the very windows it scores")
    .option("--forest <file>", "judge by a forest saved before, instead of learning one")
    .option("--save-forest <file>", "write the forest")
    .option("--window <duration>", "aligned to the epoch", durationOption("--window"), windowSecondsDefault)
    .option("--by <entity>", "destination, source or pair", entityOption, "destination")
    .option("--features <list>", `of ${featureNames.join(",")}`, featuresOption, [...featureNames])
    .option(
      "--alert-score <score>",
      "a lower score is anomalous",
      numberOption("--alert-score", -0.49, 0.49),
      alertScoreDefault,
    )
    .option("--seed <number>", "of the forest", integerOption("--seed", 0, 0xffffffff), 42)
    .option("--trees <count>", "in the forest", integerOption("--trees", 1, 4096), treeCountDefault)
    .option("--samples <windows>", "each tree grows from", integerOption("--samples", 2, 4096), sampleCountDefault)
    .option("--plain-fit", "fit once, without leaving out what looks like an incident")
    .option(
      "--exclude-from <time>",
      "leave an incident out of what is learnt; may be repeated",
      times("--exclude-from"),
      [],
    )
    .option("--exclude-to <time>", "its end", times("--exclude-to"), [])
    .option("--exclude-tagged", "do not learn from windows with a line that carries an anomaly")
    .option("--exclude-destinations <file>", "addresses, networks or names not to learn from, one a line")
    .option("--json", "a line per scored window")
    .action(network);
}

async function network(options: NetworkOptions): Promise<void> {
  const settings = settingsOf(options);
  const say = (note: string) => process.stderr.write(`oddline network: ${note}\n`);
  const forest = options.forest ? decodeForest(readForest(options.forest), options.forest) : undefined;
  if (!options.score) {
    if (!options.train || !options.saveForest) throw wrongUse("--score FILE…, or --loki URL", "nothing to score");
    const learnt = await learnFiles(settings, options.train, say);
    say(describeLearnt(learnt));
    return replaceFile(options.saveForest, encodeForest(learnt.network), 0o644);
  }
  const ways = [options.train, options.selfFit, options.forest].filter(Boolean).length;
  if (ways !== 1) throw wrongUse("one of --train FILE…, --self-fit and --forest FILE", `${ways || "none"} of them`);
  const run = { train: options.train, score: options.score, selfFit: options.selfFit ?? false, forest };
  const report = await runFiles(settings, run, (verdict) => print(verdict, options.json), say);
  if (report.windowsScored === 0) throw nothingToScore(options.score.join(" "));
  if (options.saveForest) replaceFile(options.saveForest, encodeForest(report.network), 0o644);
  if (report.learnt) say(describeLearnt(report.learnt));
  say(describeRun(report));
}

async function print(verdict: Verdict, asJson: boolean | undefined): Promise<void> {
  if (asJson) await printJson(jsonOf(verdict));
  else if (verdict.anomalous) await writeOut(`${jsonOf(verdict).windowStart} ${alertText(verdict)}\n`);
}

function describeLearnt({ windows, windowsExcluded, windowsLeftOut }: Learnt): string {
  const excluded = windowsExcluded > 0 ? `, ${windowsExcluded} excluded` : "";
  const leftOut = windowsLeftOut > 0 ? `, ${windowsLeftOut} left out as odd` : "";
  return `learnt from ${windows} windows${excluded}${leftOut}`;
}

function describeRun({ windowsScored, anomalous }: RunReport): string {
  return `${anomalous} of ${windowsScored} windows anomalous`;
}

function settingsOf(options: NetworkOptions): NetworkSettings {
  if (options.window < 1 || options.window > 86_400) throw wrongUse("a --window of 1s to 1d", `${options.window} s`);
  return {
    windowSeconds: options.window,
    entity: options.by,
    features: options.features,
    alertScore: options.alertScore,
    seed: options.seed,
    treeCount: options.trees,
    sampleCount: options.samples,
    plainFit: options.plainFit ?? false,
    incidents: incidentsOf(options),
    excludeTagged: options.excludeTagged ?? false,
    excludeDestinations: options.excludeDestinations ? DestinationList.read(options.excludeDestinations) : undefined,
  };
}

function incidentsOf({ excludeFrom, excludeTo }: NetworkOptions): Incident[] {
  if (excludeFrom.length !== excludeTo.length) {
    throw wrongUse("an --exclude-to for each --exclude-from", `${excludeFrom.length} and ${excludeTo.length}`);
  }
  return excludeFrom.map((from, i) => {
    if (excludeTo[i] < from) throw wrongUse("--exclude-to after --exclude-from", `${excludeTo[i]} before ${from}`);
    return { fromMs: Number(from) * 1000, toMs: Number(excludeTo[i]) * 1000 };
  });
}

function times(option: string): (text: string, before: bigint[]) => bigint[] {
  const parse = timeOption(option);
  return (text, before) => [...before, parse(text)];
}

function entityOption(text: string): Entity {
  if (!entities.includes(text as Entity)) throw wrongUse(`--by ${entities.join(", ")}`, text);
  return text as Entity;
}

function featuresOption(text: string): FeatureName[] {
  const names = text.split(",").map((name) => name.trim());
  const wrong = names.find((name, i) => !featureNames.includes(name as FeatureName) || names.indexOf(name) !== i);
  if (wrong !== undefined) throw wrongUse(`--features, each once, of ${featureNames.join(",")}`, JSON.stringify(text));
  return names as FeatureName[];
}

function readForest(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new OddlineError("INPUT_UNREADABLE", {
      subject: path,
      expected: "a forest",
      found: (error as NodeJS.ErrnoException).code,
      remedy: "write one with --save-forest",
      exit: exitCode.usage,
    });
  }
}

function wrongUse(expected: string, found: string): OddlineError {
  return new OddlineError("OPTION_INVALID", {
    subject: "oddline network",
    expected,
    found,
    remedy: "oddline network --help shows the options",
    exit: exitCode.usage,
  });
}

function nothingToScore(subject: string): OddlineError {
  return new OddlineError("NETWORK_NO_FLOWS", {
    subject,
    expected: "at least one flow to score",
    found: "none",
    remedy: "check the files or the query; a note above says what was skipped",
    exit: exitCode.nothing,
  });
}
