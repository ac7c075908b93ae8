/** `oddline network`: windows of network flows, an isolation forest, alerts; from files or from Loki. */
import type { Command } from "commander";
import type { Alert } from "../alerts/alert.js";
import { AlertStateFile } from "../alerts/alertState.js";
import { linkTo } from "../alerts/link.js";
import { Notifier } from "../alerts/notifier.js";
import { type Receiver, receiversOf } from "../alerts/receivers.js";
import { formatDuration } from "../config/schema.js";
import { exitCode, OddlineError } from "../io/errors.js";
import { keepHeapSmall } from "../io/heap.js";
import { withLock } from "../io/lock.js";
import { readBounded } from "../io/readFile.js";
import { checkReplaceable, replaceFile } from "../io/replaceFile.js";
import { serverUrl } from "../io/secrets.js";
import { note, printJson, writeOut } from "../io/stdout.js";
import { fileError } from "../io/systemErrors.js";
import { LokiApi } from "../loki/api.js";
import { LokiClient } from "../loki/client.js";
import { lokiPatience } from "../loki/connection.js";
import { decodeForest, encodeForest, type NetworkForest } from "../model/forestSection.js";
import { classNames } from "../model/usualFlows.js";
import { choose, isTooMany } from "../network/causes.js";
import { installForest } from "../network/installForest.js";
import type { Learnt, NetworkSettings } from "../network/learn.js";
import { alertsOf, type NetworkAlertSettings } from "../network/networkAlert.js";
import { Rounds, watch } from "../network/rounds.js";
import { learnFiles, type RunReport, runFiles, summarizeFiles } from "../network/runFiles.js";
import type { Verdict } from "../network/windowScorer.js";
import { alertText, beginOf, jsonOf } from "../network/wording.js";
import { modelBytesMax } from "../wasm/layout.js";
import { connectionOf } from "./lokiOptions.js";
import { addNetworkOptions, limitsOf, type NetworkOptions, settingsOf, wrongUse } from "./networkOptions.js";

export function registerNetwork(program: Command): void {
  const command = program
    .command("network")
    .description("detect anomalous network traffic: windows per destination, an isolation forest, alerts");
  addNetworkOptions(command).action(network);
}

async function network(options: NetworkOptions): Promise<void> {
  keepHeapSmall();
  const settings = settingsOf(options);
  if (options.summarize) return summarize(options, settings);
  const forest = options.forest ? decodeForest(readForest(options.forest), options.forest) : undefined;
  const toModelOnly = forest !== undefined && options.modelOut !== undefined;
  const fromFiles =
    options.score !== undefined ||
    options.train !== undefined ||
    (toModelOnly && !options.loki && !process.env.LOKI_ADDR);
  if (options.from && !options.modelOut) throw wrongUse("--from with --model-out FILE", "--from alone");
  if (options.every && options.modelOut) throw wrongUse("--model-out without --every", "both");
  if (fromFiles && options.loki) throw wrongUse("--loki URL, or --train and --score FILE…", "both");
  if (fromFiles && options.every) throw wrongUse("--every with --loki URL", "files");
  if (!fromFiles && !options.loki && !process.env.LOKI_ADDR) {
    throw wrongUse("--score FILE…, or --loki URL", "nothing to score");
  }
  for (const path of [options.saveForest, options.modelOut, options.state]) if (path) checkReplaceable(path);
  const run = () => (fromFiles ? onFiles(options, settings, forest) : onLoki(options, settings, forest));
  // Two that share a state would each undo what the other notes.
  await (options.state ? withLock(`${options.state}.lock`, run) : run());
}

const log = (text: string) => note(`oddline network: ${text}`);

async function summarize(options: NetworkOptions, settings: NetworkSettings): Promise<void> {
  const others = [options.train, options.score, options.loki, options.forest, options.modelOut, options.saveForest];
  if (others.some(Boolean)) throw wrongUse("--summarize alone", "another input or output beside it");
  const windows = await summarizeFiles(settings, options.summarize!, writeOut, log);
  if (windows === 0) throw nothingToScore(options.summarize!.join(" "));
  log(`${windows} windows summarized`);
}

async function onFiles(options: NetworkOptions, settings: NetworkSettings, forest: NetworkForest | undefined) {
  if (!options.score) {
    if (!options.saveForest && !options.modelOut) throw wrongUse("--score FILE…, or --loki URL", "nothing to score");
    if (forest && !options.train) return save(options, forest, undefined);
    if (forest || !options.train) throw wrongUse("one of --train FILE… and --forest FILE", "both or none of them");
    const learnt = await learnFiles(settings, options.train, log);
    noteLearnt(learnt);
    return save(options, learnt.network, learnt);
  }
  const ways = [options.train, options.selfFit, forest].filter(Boolean).length;
  if (ways !== 1) throw wrongUse("one of --train FILE…, --self-fit and --forest FILE", `${ways || "none"} of them`);
  const notifier = notifierOf(options, settings, "files");
  const run = { train: options.train, score: options.score, selfFit: options.selfFit ?? false, forest };
  const verdicts: Verdict[] = [];
  const report = await runFiles(
    settings,
    run,
    async (verdict) => {
      if (verdict.anomalous) verdicts.push(verdict);
      if (options.json) await printJson(jsonOf(verdict));
    },
    log,
  );
  if (report.windowsScored === 0) throw nothingToScore(options.score.join(" "));
  await save(options, report.network, report.learnt);
  if (report.learnt) noteLearnt(report.learnt);
  await reportVerdicts(options, settings, notifier, verdicts, report);
}

async function reportVerdicts(
  options: NetworkOptions,
  settings: NetworkSettings,
  notifier: Notifier,
  verdicts: readonly Verdict[],
  { anomalous, windowsScored }: RunReport,
): Promise<void> {
  const limits = limitsOf(options);
  const { told, windows, held } = choose(verdicts, settings.windowSeconds, limits);
  if (!options.json) for (const verdict of told) await print(verdict);
  log(`${anomalous} of ${windowsScored} windows anomalous`);
  if (held > 0) log(`${held} more alerts were held back by --top`);
  if (isTooMany(anomalous, windowsScored, limits)) {
    log(`more than ${limits.maxAlertShare} of the windows: was the history that of another network?`);
  }
  if (told.length === 0) return;
  const times = windows.map(({ window }) => window.startMs);
  const firstMs = times.reduce((earliest, time) => Math.min(earliest, time), times[0]);
  const lastMs = times.reduce((latest, time) => Math.max(latest, time), 0);
  const alerts = alertsOf(
    windows,
    alertSettings(settings, () => undefined),
  );
  await notifier.report(alerts, firstMs, lastMs + settings.windowSeconds * 1000);
  const errors = await notifier.send();
  if (errors.length > 0) throw errors[0];
}

async function onLoki(options: NetworkOptions, settings: NetworkSettings, forest: NetworkForest | undefined) {
  if (options.selfFit && forest) throw wrongUse("--self-fit or --forest FILE", "both");
  const connection = connectionOf(options, process.env);
  const api = new LokiApi(connection, lokiPatience(process.env));
  const { query } = options;
  const run = { client: new LokiClient(api), query, settings, pushDown: options.pushDown };
  const grafanaUrl = options.grafana ? serverUrl(options.grafana, "--grafana") : undefined;
  const link = { lokiUrl: connection.url, query, grafanaUrl, datasource: options.datasource };
  const notifier = notifierOf(options, settings, query);
  const alerting = alertSettings(settings, (subject, startMs) =>
    linkTo({ ...link, windowSeconds: settings.windowSeconds }, subject, startMs),
  );
  const { selfFit = false, since: sinceSeconds, trainSince: trainSinceSeconds } = options;
  let learntLast: Learnt | undefined;
  const limits = limitsOf(options);
  const rounds = new Rounds({ run, forest, selfFit, sinceSeconds, trainSinceSeconds, limits }, notifier, alerting, {
    log,
    onVerdict: async (verdict) => void (options.json && (await printJson(jsonOf(verdict)))),
    onTold: async (verdict) => void (options.json || (await print(verdict))),
    onResolved: (alert) => printResolved(alert, options.json),
    onLearnt: (learnt) => {
      learntLast = learnt;
      noteLearnt(learnt);
    },
  });
  if (options.every !== undefined) return stay(options, rounds, notifier);
  const count = await rounds.once(Date.now());
  if (count === 0) throw nothingInLoki(query, sinceSeconds);
  if (rounds.network) await save(options, rounds.network, learntLast);
  log(`${count} windows scored`);
}

async function stay(options: NetworkOptions, rounds: Rounds, notifier: Notifier): Promise<void> {
  const ending = new AbortController();
  // A second signal ends at once.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ending.abort());
  const watching = {
    everySeconds: Math.max(1, options.every!),
    delaySeconds: options.delay,
    catchUpSeconds: options.catchUp,
    relearnSeconds: options.relearn,
  };
  log(`scoring each window when it ends, checking every ${watching.everySeconds} s`);
  await watch(rounds, notifier, watching, log, ending.signal);
}

function alertSettings(
  { windowSeconds }: NetworkSettings,
  linkOf: NetworkAlertSettings["linkOf"],
): NetworkAlertSettings {
  return { windowSeconds, linkOf };
}

function notifierOf(options: NetworkOptions, settings: NetworkSettings, query: string): Notifier {
  const { windowSeconds, entity, features } = settings;
  const tracker = { cooldownSeconds: options.cooldown, resolveSeconds: options.resolveAfter };
  const holdSeconds = Math.max(options.resolveAfter, 3 * (options.every ?? 0));
  const receivers: Receiver[] = receiversOf({ ...options, holdSeconds }, process.env);
  const question = JSON.stringify([query, windowSeconds, entity, features]);
  const file = new AlertStateFile(options.state, question, log);
  return new Notifier({ windowSeconds, tracker, receivers, dryRun: options.dryRun ?? false }, file, log);
}

async function print(verdict: Verdict): Promise<void> {
  await writeOut(`${beginOf(verdict)} ${alertText(verdict)}\n`);
}

async function printResolved(alert: Alert, asJson: boolean | undefined): Promise<void> {
  if (!asJson) await writeOut(`Resolved: ${Object.values(alert.subject).join(" to ")}\n`);
}

function noteLearnt({ network, windows, windowsExcluded, ends, alertScores, notes }: Learnt): void {
  const excluded = windowsExcluded > 0 ? `, ${windowsExcluded} excluded` : "";
  const own = ends > 0 ? `, ${ends} ${network.entity}s with a past of their own` : "";
  const scores = [...alertScores].map(([endClass, score]) => `, ${classNames[endClass]} ${score.toFixed(3)}`).join("");
  log(`learnt from ${windows} windows${excluded}${own}; alerts below ${network.alertScore.toFixed(3)}${scores}`);
  for (const text of notes) log(text);
}

async function save(options: NetworkOptions, network: NetworkForest, learnt: Learnt | undefined): Promise<void> {
  const { saveForest, modelOut, from, seed } = options;
  if (saveForest) replaceFile(saveForest, encodeForest(network), 0o600);
  if (!modelOut) return;
  const origin = learnt && {
    windows: learnt.windows,
    windowsExcluded: learnt.windowsExcluded,
    alertScore: learnt.network.alertScore,
    seed,
  };
  const version = await installForest(modelOut, from, network, origin);
  log(`model ${version} -> ${modelOut}: the forest, and what ${from ?? "the model in place"} learnt, if any`);
}

function readForest(path: string): Uint8Array {
  try {
    return readBounded(path, modelBytesMax);
  } catch (error) {
    throw fileError(error, path, {
      code: "INPUT_UNREADABLE",
      expected: "a forest",
      remedy: "write one with --save-forest",
      exit: exitCode.usage,
    });
  }
}

function nothingToScore(subject: string): OddlineError {
  return new OddlineError("NETWORK_NO_FLOWS", {
    subject,
    expected: "at least one flow to score",
    found: "none",
    remedy: "check the files, and the notes above, if any: they say what was skipped",
    exit: exitCode.nothing,
  });
}

function nothingInLoki(query: string, sinceSeconds: number): OddlineError {
  return new OddlineError("NETWORK_NO_FLOWS", {
    subject: `Loki, ${query}`,
    expected: `at least one flow within the last ${formatDuration(sinceSeconds)}`,
    found: "none",
    remedy: "check that network logs reach Loki, the query, and the notes above, if any: they say what was skipped",
    exit: exitCode.nothing,
  });
}
