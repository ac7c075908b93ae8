/** `oddline network` on files: learn from some, score others; the same steps as on a server. */
import { openSources } from "../io/chunks.js";
import { startProgress } from "../io/progress.js";
import type { NetworkForest } from "../model/forestSection.js";
import type { Flow } from "./flow.js";
import { type ClosedWindow, FlowWindows } from "./flowWindows.js";
import { inOrder, Judge } from "./judge.js";
import { type Learnt, learnForest, type NetworkSettings, selfFit } from "./learn.js";
import { areSummaries, mergeSummaries } from "./mergeSummaries.js";
import { readFlowFiles } from "./readFiles.js";
import { Summarizer } from "./summarizer.js";
import { type Verdict, WindowScorer } from "./windowScorer.js";
import { headLine, type SummaryHead, type SummedWindow } from "./windowSummary.js";

export interface FileRun {
  train: string[] | undefined;
  score: string[];
  selfFit: boolean;
  /** A forest that was learnt before. */
  forest: NetworkForest | undefined;
}

export interface RunReport {
  network: NetworkForest;
  learnt: Learnt | undefined;
  windowsScored: number;
  anomalous: number;
}

type OnVerdict = (verdict: Verdict) => Promise<void>;

/** Calls back window by window, oldest first. `log` takes notes for the operator. */
export async function runFiles(
  settings: NetworkSettings,
  run: FileRun,
  onVerdict: OnVerdict,
  log: (note: string) => void,
): Promise<RunReport> {
  if (run.selfFit) return selfFitted(settings, run, onVerdict, log);
  const learnt = run.forest ? undefined : await learnFiles(settings, run.train!, log);
  const network = run.forest ?? learnt!.network;
  const judge = new Judge(network);
  const report = { network, learnt, windowsScored: 0, anomalous: 0 };
  const take = async (verdicts: readonly Verdict[]) => {
    for (const verdict of verdicts) await count(report, verdict, onVerdict);
  };
  const feed = feedOf(run.score, "scoring", log, network, () => take(judge.ready()));
  const newestMs = await feed(
    (flow, timeMs) => judge.add(flow, timeMs),
    (window) => judge.merge(window),
  );
  judge.reached(newestMs);
  await take(judge.finish());
  for (const note of judge.windows.describe()) log(note);
  return report;
}

/** The forest alone, where there is nothing to score. */
export async function learnFiles(
  settings: NetworkSettings,
  paths: string[],
  log: (note: string) => void,
): Promise<Learnt> {
  const feed = feedOf(paths, "learning", log, settings);
  return learnForest(settings, async (onFlow, onWindow) => void (await feed(onFlow, onWindow)), paths.join(" "));
}

async function selfFitted(
  settings: NetworkSettings,
  run: FileRun,
  onVerdict: OnVerdict,
  log: (note: string) => void,
): Promise<RunReport> {
  const windows = await windowsOf(settings, run.score, log);
  const learnt = selfFit(settings, windows, run.score.join(" "));
  const scorer = new WindowScorer(learnt.network);
  const report = { network: learnt.network, learnt, windowsScored: 0, anomalous: 0 };
  for (const window of windows) await count(report, scorer.score(window), onVerdict);
  return report;
}

async function count(report: RunReport, verdict: Verdict, onVerdict: OnVerdict) {
  report.windowsScored++;
  if (verdict.anomalous) report.anomalous++;
  await onVerdict(verdict);
}

async function windowsOf(
  settings: NetworkSettings,
  paths: string[],
  log: (note: string) => void,
): Promise<ClosedWindow[]> {
  const closed: ClosedWindow[] = [];
  const windows = new FlowWindows(settings, (window) => closed.push(window));
  await feedOf(
    paths,
    "scoring",
    log,
    settings,
  )(
    (flow, timeMs) => windows.add(flow, timeMs),
    (window) => void (window.side === "own" && windows.merge(window)),
  );
  windows.closeAll();
  for (const note of windows.describe()) log(note);
  return inOrder(closed);
}

/** Sums the windows of files up, of logs or of summaries, and hands them on as the lines of a summary. */
export async function summarizeFiles(
  settings: NetworkSettings,
  paths: string[],
  write: (text: string) => Promise<void>,
  log: (note: string) => void,
): Promise<number> {
  const summarizer = new Summarizer(settings);
  await write(headLine(settings));
  const feed = feedOf(paths, "summarizing", log, settings, async () => write(summarizer.ready()));
  const newestMs = await feed(
    (flow, timeMs) => summarizer.add(flow, timeMs),
    (window) => summarizer.merge(window),
  );
  await write(summarizer.finish(newestMs));
  for (const note of summarizer.describe()) log(note);
  return summarizer.windows;
}

type FileFeed = (
  onFlow: (flow: Flow, timeMs: number) => void,
  onWindow?: (window: SummedWindow) => void,
) => Promise<number>;

/** `onBatch` is awaited between two pieces of a file. Comes back with the time of the newest flow of summaries. */
function feedOf(
  paths: string[],
  label: string,
  log: (note: string) => void,
  head: SummaryHead,
  onBatch: () => Promise<void> = async () => {},
): FileFeed {
  return async (onFlow, onWindow) => {
    if (onWindow && (await areSummaries(paths))) return mergeSummaries(paths, head, onWindow, onBatch);
    const sources = openSources(paths);
    const sizes = sources.map(({ sizeBytes }) => sizeBytes);
    const total = sizes.every((size) => size !== undefined) ? sizes.reduce((sum, size) => sum + size, 0) : undefined;
    const progress = startProgress(label, total, "bytes");
    try {
      const skipped = await readFlowFiles(sources, onFlow, (bytes) => progress.advance(bytes), onBatch);
      progress.stop();
      const note = skipped.describe();
      if (note) log(`${paths.join(" ")}: ${note}`);
    } finally {
      progress.stop();
    }
    return Number.NEGATIVE_INFINITY;
  };
}
