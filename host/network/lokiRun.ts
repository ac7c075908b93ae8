/** `oddline network` on a server: the windows of a time range, read line by line or summed by Loki itself. */
import type { LokiEntry } from "../loki/api.js";
import type { LokiClient } from "../loki/client.js";
import type { NetworkForest } from "../model/forestSection.js";
import { Beacons } from "./beacons.js";
import { Directions } from "./directions.js";
import { FlowReader, SkippedLines } from "./flowReader.js";
import { type ClosedWindow, FlowWindows } from "./flowWindows.js";
import { inOrder, Judge } from "./judge.js";
import { type FlowFeed, type Learnt, learnForest, type NetworkSettings } from "./learn.js";
import { pushedDownWindow } from "./pushDown.js";
import { type Verdict, WindowScorer } from "./windowScorer.js";

/** The streams of deploy/, and of them what its rsyslog forwards: pairs and packet filters' lines. */
export const queryDefault = '{job="network-logs"} |~ "src_ip|SRC="';

export interface LokiRun {
  client: LokiClient;
  query: string;
  settings: NetworkSettings;
  /** Let Loki sum where it can. */
  pushDown: boolean;
  /** Beacons and flows that wait for their reply go on over rounds. */
  beacons?: Beacons;
  directions?: Directions;
  /** What was skipped is said once, not every minute. */
  hasNotedSkipped?: boolean;
}

/** Entries are read by so much text at once. */
const batchCharacters = 1 << 18;

type Log = (note: string) => void;

/** Lines count at the time Loki keeps them under, as in a sum that Loki itself makes. */
export function feedOfLoki(run: LokiRun, fromMs: number, toMs: number, log: Log): FlowFeed {
  return async (onFlow) => {
    const skipped = new SkippedLines();
    run.directions ??= new Directions();
    const timeOf = (line: number) => Number(batch[line].timeNs / 1_000_000n);
    const reader = new FlowReader(skipped, toMs, run.directions, timeOf);
    let batch: LokiEntry[] = [];
    let characters = 0;
    const read = () => {
      // An entry is one line, whatever it holds.
      const lines = batch.map(({ line }) => line.replaceAll("\n", " "));
      reader.read(Buffer.from(`${lines.join("\n")}\n`), (flow, index, timeMs) => {
        if (batch[index].labels.anomaly_type !== undefined) flow.tagged = true;
        onFlow(flow, timeMs);
      });
      batch = [];
      characters = 0;
    };
    for await (const entry of run.client.entries(run.query, toNs(fromMs), toNs(toMs))) {
      batch.push(entry);
      characters += entry.line.length;
      if (characters > batchCharacters) read();
    }
    if (batch.length > 0) read();
    const note = skipped.describe();
    if (note && !run.hasNotedSkipped) log(note);
    run.hasNotedSkipped ||= note !== undefined;
  };
}

export function learnFromLoki(run: LokiRun, fromMs: number, toMs: number, log: Log): Promise<Learnt> {
  return learnForest(run.settings, feedOfLoki(run, fromMs, toMs, log), "Loki");
}

export async function hasLines(run: LokiRun, fromMs: number, toMs: number): Promise<boolean> {
  for await (const _ of run.client.entries(run.query, toNs(fromMs), toNs(toMs))) return true;
  return false;
}

/** Verdicts on the windows of [fromMs, toMs); `fromMs` is the start of one, and so is `toMs` where all have ended. */
export async function judgeLoki(
  run: LokiRun,
  network: NetworkForest,
  fromMs: number,
  toMs: number,
  log: Log,
): Promise<Verdict[]> {
  const hasEnded = toMs % (network.windowSeconds * 1000) === 0;
  const summed = await summedByLoki(run, fromMs, toMs);
  if (summed) {
    const scorer = new WindowScorer(network);
    return inOrder(summed).map((window) =>
      scorer.score(window, !hasEnded && window.startMs + network.windowSeconds * 1000 > toMs),
    );
  }
  run.beacons ??= new Beacons(network.windowSeconds);
  const judge = new Judge(network, run.beacons);
  const verdicts: Verdict[] = [];
  await feedOfLoki(run, fromMs, toMs, log)((flow, timeMs) => judge.add(flow, timeMs));
  verdicts.push(...judge.finish(hasEnded));
  for (const note of judge.windows.describe()) log(note);
  return verdicts;
}

/** The windows of [fromMs, toMs), by time and then by key; `fromMs` is the start of one. */
export async function windowsOfLoki(run: LokiRun, fromMs: number, toMs: number, log: Log): Promise<ClosedWindow[]> {
  return inOrder((await summedByLoki(run, fromMs, toMs)) ?? (await readFromLoki(run, fromMs, toMs, log)));
}

async function readFromLoki(run: LokiRun, fromMs: number, toMs: number, log: Log): Promise<ClosedWindow[]> {
  const closed: ClosedWindow[] = [];
  const windows = new FlowWindows(run.settings, (window) => closed.push(window));
  await feedOfLoki(run, fromMs, toMs, log)((flow, timeMs) => windows.add(flow, timeMs));
  windows.closeAll();
  for (const note of windows.describe()) log(note);
  return closed;
}

async function summedByLoki(run: LokiRun, fromMs: number, toMs: number): Promise<ClosedWindow[] | undefined> {
  const { features, entity, windowSeconds } = run.settings;
  if (!run.pushDown || entity !== "destination" || features.length !== 1 || features[0] !== "bytes") return undefined;
  const all: ClosedWindow[] = [];
  for (let startMs = fromMs; startMs < toMs; startMs += windowSeconds * 1000) {
    const summed = await pushedDownWindow(run.client.api, run.query, startMs, windowSeconds);
    if (summed === undefined) return undefined;
    all.push(...summed);
  }
  return all;
}

function toNs(timeMs: number): bigint {
  return BigInt(Math.floor(timeMs)) * 1_000_000n;
}
