/** The options of `oddline network`: their texts, and what they come to once checked. */
import { type Command, Option } from "commander";
import { trackerDefaults } from "../alerts/tracker.js";
import { exitCode, OddlineError } from "../io/errors.js";
import { sampleCountDefault, treeCountDefault } from "../math/isolationForest.js";
import { type Entity, entities, type FeatureName, featureNames } from "../model/networkFeatures.js";
import { type Limits, maxAlertShareDefault } from "../network/causes.js";
import { DestinationList, type Incident } from "../network/excludes.js";
import { type NetworkSettings, windowSecondsDefault } from "../network/learn.js";
import { queryDefault } from "../network/lokiRun.js";
import { addLokiConnectionOptions, type LokiConnectionOptions } from "./lokiOptions.js";
import { durationOption, integerOption, numberOption, timeOption } from "./options.js";

export interface NetworkOptions extends LokiConnectionOptions {
  train?: string[];
  score?: string[];
  summarize?: string[];
  forest?: string;
  saveForest?: string;
  modelOut?: string;
  from?: string;
  selfFit?: boolean;
  window: number;
  by: Entity;
  features: FeatureName[];
  /** Of --threshold and its older name. */
  threshold?: number;
  alertScore?: number;
  minFlows: number;
  seed: number;
  trees: number;
  samples: number;
  top?: number;
  maxAlertShare: number;
  excludeFrom: bigint[];
  excludeTo: bigint[];
  excludeTagged?: boolean;
  excludeDestinations?: string;
  query: string;
  since: number;
  trainSince: number;
  /** False with --no-push-down. */
  pushDown: boolean;
  every?: number;
  delay: number;
  catchUp: number;
  relearn: number;
  state?: string;
  slack?: boolean;
  slackWebhookFile?: string;
  alertmanager?: string;
  webhook?: string | boolean;
  cooldown: number;
  resolveAfter: number;
  dryRun?: boolean;
  grafana?: string;
  datasource?: string;
  json?: boolean;
}

export function addNetworkOptions(command: Command): Command {
  addForestOptions(command);
  addLokiOptions(command);
  addAlertOptions(command);
  return command.option("--json", "print one JSON object per scored window");
}

function addForestOptions(command: Command): void {
  command
    .option(
      "--train <files...>",
      "flows to learn from: Zeek, Suricata, key=value, JSON, iptables, CSV; .gz is unpacked",
    )
    .option("--score <files...>", "flows to score")
    .option(
      "--summarize <files...>",
      "print the windows of these flows, to be merged with others: --train and --score take such files too",
    )
    .option("--self-fit", "fit the forest on the windows it scores")
    .option("--forest <file>", "use a saved forest instead of learning one")
    .option("--save-forest <file>", "save the forest to this file")
    .option("--model-out <file>", "add the forest to the filter's model, keeping what the model has learnt")
    .option("--from <model>", "with --model-out: take the learnt parts from this model instead of the installed one")
    .option(
      "--window <duration>",
      "length of a window; windows are aligned to the epoch",
      durationOption("--window"),
      windowSecondsDefault,
    )
    .option("--by <entity>", "what a window belongs to: destination, source or pair", entityOption, "destination")
    .option("--features <list>", `features to use, from ${featureNames.join(",")}`, featuresOption, [...featureNames])
    .option(
      "--threshold <score>",
      "windows that score lower are anomalous (default: below it lies one ordinary window in a thousand)",
      numberOption("--threshold", -0.49, 0.49),
    )
    .addOption(
      new Option("--alert-score <score>", "older name of --threshold")
        .argParser(numberOption("--alert-score", -0.49, 0.49))
        .hideHelp(),
    )
    .option(
      "--min-flows <count>",
      "a window with fewer flows and less than 1 MiB is never anomalous",
      integerOption("--min-flows", 1, 255),
      1,
    )
    .option("--seed <number>", "seed of the forest", integerOption("--seed", 0, 0xffffffff), 42)
    .option("--trees <count>", "trees in the forest", integerOption("--trees", 1, 4096), treeCountDefault)
    .option(
      "--samples <windows>",
      "windows each tree is grown from",
      integerOption("--samples", 2, 4096),
      sampleCountDefault,
    )
    .addOption(new Option("--plain-fit", "what every fit is now").hideHelp())
    .option(
      "--exclude-from <time>",
      "start of an incident to leave out of training; may be repeated",
      times("--exclude-from"),
      [],
    )
    .option("--exclude-to <time>", "end of that incident", times("--exclude-to"), [])
    .option("--exclude-tagged", "do not learn from windows with a line that is already tagged")
    .option("--exclude-destinations <file>", "file of addresses, networks or names not to learn from, one per line");
}

function addLokiOptions(command: Command): void {
  const day = 86_400;
  addLokiConnectionOptions(command)
    .option("--query <logql>", "lines to read", queryDefault)
    .option("--since <duration>", "how far back to score", durationOption("--since"), windowSecondsDefault)
    .option("--train-since <duration>", "how far before that to learn from", durationOption("--train-since"), 7 * day)
    .option("--no-push-down", "with --features bytes: read the lines instead of letting Loki sum them")
    .option(
      "--every <duration>",
      "keep running, and score each window when it ends, checking this often",
      durationOption("--every"),
    )
    .option("--delay <duration>", "with --every: how long lines take to reach Loki", durationOption("--delay"), 30)
    .option(
      "--catch-up <duration>",
      "with --every: age of the oldest windows scored after an outage",
      durationOption("--catch-up"),
      day,
    )
    .option(
      "--relearn <duration>",
      "with --every: age at which the forest is learnt again",
      durationOption("--relearn"),
      day,
    )
    .option("--state <file>", "file that survives restarts: how far was scored, open and undelivered alerts");
}

function addAlertOptions(command: Command): void {
  const { cooldownSeconds, resolveSeconds } = trackerDefaults;
  command
    .option(
      "--slack",
      "send alerts to a Slack incoming webhook; its URL is in ODDLINE_SLACK_WEBHOOK or ODDLINE_SLACK_WEBHOOK_FILE",
    )
    .option("--slack-webhook-file <file>", "send alerts to the Slack webhook whose URL is in this file")
    .option(
      "--alertmanager <url>",
      "send alerts to an Alertmanager (v2 API); credentials: ODDLINE_ALERTMANAGER_TOKEN, _USERNAME, _PASSWORD, _ORG_ID",
    )
    .option("--webhook [url]", "post alerts as JSON; ODDLINE_WEBHOOK_URL, ODDLINE_WEBHOOK_TOKEN")
    .option(
      "--cooldown <duration>",
      "how long before the same subject alerts again",
      durationOption("--cooldown"),
      cooldownSeconds,
    )
    .option(
      "--resolve-after <duration>",
      "resolve an alert after this long without an anomaly",
      durationOption("--resolve-after"),
      resolveSeconds,
    )
    .option("--top <count>", "alerts at most in a run or round, the strongest", integerOption("--top", 1, 1_000_000))
    .option(
      "--max-alert-share <share>",
      "exit 5 where more of the windows would alert; on files only a warning",
      numberOption("--max-alert-share", 0, 1),
      maxAlertShareDefault,
    )
    .option("--dry-run", "print what would be sent without sending it")
    .option("--grafana <url>", "add links to Grafana Explore to alerts")
    .option("--datasource <uid>", "UID of Grafana's Loki data source", "loki");
}

export function settingsOf(options: NetworkOptions): NetworkSettings {
  if (options.window < 1 || options.window > 86_400) throw wrongUse("a --window of 1s to 1d", `${options.window} s`);
  return {
    windowSeconds: options.window,
    entity: options.by,
    features: options.features,
    alertScore: options.threshold ?? options.alertScore,
    minFlows: options.minFlows,
    seed: options.seed,
    treeCount: options.trees,
    sampleCount: options.samples,
    incidents: incidentsOf(options),
    excludeTagged: options.excludeTagged ?? false,
    excludeDestinations: options.excludeDestinations ? DestinationList.read(options.excludeDestinations) : undefined,
  };
}

export function limitsOf({ top, maxAlertShare }: NetworkOptions): Limits {
  return { top, maxAlertShare };
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

export function wrongUse(expected: string, found: string): OddlineError {
  return new OddlineError("OPTION_INVALID", {
    subject: "oddline network",
    expected,
    found,
    remedy: "oddline network --help shows the options",
    exit: exitCode.usage,
  });
}
