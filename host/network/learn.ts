/** Flows in; out come a forest, the score below which it alerts, and what is usual of each destination and source. */
import { exitCode, OddlineError } from "../io/errors.js";
import { type IsolationForest, type Spacing, trainForest } from "../math/isolationForest.js";
import type { NetworkForest } from "../model/forestSection.js";
import { type Entity, type FeatureName, featureNames, usualNames } from "../model/networkFeatures.js";
import { Beacons } from "./beacons.js";
import { type DestinationList, Excludes, type Incident } from "./excludes.js";
import { type AlertScores, alertScoreSeed, fitForest, ordinaryAlertScores, rowsOf } from "./fit.js";
import type { Flow } from "./flow.js";
import { type ClosedWindow, FlowWindows } from "./flowWindows.js";
import { findTrouble } from "./kinds.js";
import { type LateTrouble, lateFrom } from "./lateTrouble.js";
import { Past, type PastWindow } from "./past.js";
import { SteadyCalls } from "./steadyCalls.js";
import { usualFlowsOf } from "./usual.js";
import type { SummedWindow } from "./windowSummary.js";
import { amountOf, secondsTime } from "./wording.js";

export interface NetworkSettings {
  windowSeconds: number;
  entity: Entity;
  features: FeatureName[];
  /** Undefined: read off the windows that are learnt from. */
  alertScore: number | undefined;
  /** Windows of fewer flows are not anomalous, unless they are heavy. */
  minFlows: number;
  seed: number;
  treeCount: number;
  sampleCount: number;
  incidents: Incident[];
  excludeTagged: boolean;
  excludeDestinations: DestinationList | undefined;
}

export const windowSecondsDefault = 300;
/** Fewer windows of time say nothing of what is usual. */
const startsMin = 12;
const daySeconds = 86_400;
const sourceSlotsMax = 49_152;
/**
 * The end of a history looks like an attack where so many of its windows do, so much more than before; nothing can be
 * learnt from it where so large a share does.
 */
const endShares = [0.1, 0.25, 0.5];
const endTroubleMin = 5;
const endTroubleFactor = 5;
const endShareMax = 0.1;
/** Ends that a note names. */
const namedMax = 3;

/** A reader of flows: calls back with each and the time it counts at, or with windows that were summed before. */
export type FlowFeed = (
  onFlow: (flow: Flow, timeMs: number) => void,
  onWindow?: (window: SummedWindow) => void,
) => Promise<void>;

export interface Learnt {
  network: NetworkForest;
  windows: number;
  /** By the operator's excludes. */
  windowsExcluded: number;
  /** With a past of their own. */
  ends: number;
  /** Thresholds of ends that have no past of their own, of the classes that had windows enough. */
  alertScores: AlertScores["ofClass"];
  /** What should be known of a history that is short. */
  notes: string[];
}

export async function learnForest(settings: NetworkSettings, feed: FlowFeed, subject: string): Promise<Learnt> {
  const { windowSeconds, incidents, excludeTagged, excludeDestinations } = settings;
  const excludes = new Excludes(windowSeconds, incidents, excludeTagged, excludeDestinations);
  const own = new Past();
  const sources = settings.entity === "destination" ? new Past() : undefined;
  const windows = new FlowWindows({ ...settings, recycles: true }, (window) => {
    if (excludes.keepsWindow(window)) own.add(window);
  });
  const sourceWindows = sources && bySource(settings, (window) => excludes.touches(window) || sources.add(window));
  const calls = new SteadyCalls();
  const windowMs = windowSeconds * 1000;
  const windowAt = (timeMs: number, tagged: boolean) => {
    return { startMs: Math.floor(timeMs / windowMs) * windowMs, tagged };
  };
  const beacons = sources && new Beacons(windowSeconds, calls);
  const takeFlow = (flow: Flow, timeMs: number) => {
    if (!excludes.keepsFlow(flow)) return;
    if (beacons && !flow.continues && !excludes.touches(windowAt(timeMs, flow.tagged))) beacons.add(flow, timeMs);
    windows.addSpread(flow, timeMs);
    sourceWindows?.addSpread(flow, timeMs);
  };
  await feed(takeFlow, (window) => {
    if (window.side === "source") sourceWindows?.merge(window);
    else if (excludes.keepsKey(window.key, settings.entity)) {
      const { beacon, key, startMs, sums } = window;
      if (beacon && !excludes.touches({ startMs, tagged: sums.sums[5] > 0 })) calls.note(key, beacon);
      windows.merge(window);
    }
  });
  windows.closeAll();
  sourceWindows?.closeAll();
  return { ...learn(settings, own, sources, subject, calls), windowsExcluded: excludes.windowsLeftOut };
}

/** The windows of sources beside those of destinations, with a smaller share of the memory. */
export function bySource(settings: { windowSeconds: number }, onClose: (window: ClosedWindow) => void): FlowWindows {
  const { windowSeconds } = settings;
  return new FlowWindows({ windowSeconds, entity: "source", openSlotsMax: sourceSlotsMax, recycles: true }, onClose);
}

/** Fits on the very windows it will score, as the seed does, and judges by the forest alone. */
export function selfFit(settings: NetworkSettings, windows: readonly ClosedWindow[], subject: string): Learnt {
  if (windows.length === 0) throw nothingToLearn(subject);
  const past = new Past();
  for (const window of windows) past.add(window);
  const { features, entity, windowSeconds, minFlows } = settings;
  const rows = isSeed(features) ? windows.map(({ values }) => values.bytes) : undefined;
  const forest = rows ? seedForest(rows, settings) : fitForest(rowsOf(past.samples()), settings);
  const alertScore = settings.alertScore ?? alertScoreSeed;
  const network = { forest, features, entity, windowSeconds, alertScore, minFlows };
  return { network, windows: windows.length, windowsExcluded: 0, ends: 0, alertScores: new Map(), notes: [] };
}

/** Of bytes alone, every window alike and as they are. */
function seedForest(bytes: number[], { seed, treeCount, sampleCount }: NetworkSettings): IsolationForest {
  return trainForest(Float32Array.from(bytes), { spacing: ["linear"], seed, treeCount, sampleCount });
}

function learn(settings: NetworkSettings, own: Past, sources: Past | undefined, subject: string, calls: SteadyCalls) {
  if (own.windows === 0) throw nothingToLearn(subject);
  const { features, entity, windowSeconds, minFlows } = settings;
  const samples = own.samples();
  const starts = own.starts.size;
  if (samples.length < 2) throw tooLittleToLearn(subject, starts);
  if (settings.alertScore === undefined && starts < startsMin) throw tooLittleToLearn(subject, starts);
  const options = { ...settings, spacing: spacingOf(features) };
  const forest = fitForest(rowsOf(samples), options);
  const isFixed = settings.alertScore !== undefined;
  const alertScores = isFixed
    ? { all: settings.alertScore!, ofClass: new Map() }
    : ordinaryAlertScores(samples, options);
  const alertScore = alertScores.all;
  const judgedBy = { forest, features, alertScores, isFixed, entity };
  const { flows: usual, late } = starts < startsMin ? nothingUsual : usualFlowsOf(own, sources, judgedBy, calls);
  const network = { forest, features, entity, windowSeconds, alertScore, minFlows, usual };
  const notes = [
    ...shortNotes(starts, windowSeconds),
    ...(usual ? checkEnd(samples, subject, isFixed) : []),
    ...lateNotes(entity, late.own, lateFrom(own.starts)),
    ...(sources ? lateNotes("source", late.sources, lateFrom(sources.starts)) : []),
  ];
  const ends = usual?.own.rows.size ?? 0;
  return { network, windows: own.windows, ends, alertScores: alertScores.ofClass, notes };
}

const nothingUsual = { flows: undefined, late: { own: [], sources: [] } };

/** What was in the end of the history alone; the gravest three. */
function lateNotes(entity: Entity, late: readonly LateTrouble[], fromMs: number): string[] {
  if (late.length === 0) return [];
  const gravest = [...late].sort((a, b) => b.ratio - a.ratio || (a.key < b.key ? -1 : 1)).slice(0, namedMax);
  const each = gravest.map(({ key, feature, value, before }) => {
    return `${key} (${amountOf(entity, feature, value)}, at most ${amountOf(entity, feature, before)} before)`;
  });
  const more = late.length > gravest.length ? `, and ${late.length - gravest.length} more` : "";
  const ends = `${late.length} ${entity}${late.length > 1 ? "s" : ""}`;
  return [
    `from ${secondsTime(fromMs)} on ${ends} had far more than ever before, which is not taken for usual: ` +
      `${each.join(", ")}${more}`,
  ];
}

function shortNotes(starts: number, windowSeconds: number): string[] {
  const seconds = starts * windowSeconds;
  if (seconds >= daySeconds * 0.9) return [];
  const hours = (seconds / 3600).toFixed(1);
  return [`the history has ${hours} hours of traffic: what comes only at other times will look unusual`];
}

/**
 * A history that ends in an attack takes it for ordinary: its end, of three lengths, is held against what nearly all
 * windows before it stayed below.
 */
function checkEnd(samples: readonly PastWindow[], subject: string, isFixed: boolean): string[] {
  const starts = [...new Set(samples.map(({ startMs }) => startMs))].sort((a, b) => a - b);
  let note: string[] = [];
  for (const endShare of endShares) {
    const endMs = starts[Math.floor(starts.length * (1 - endShare))];
    const last = samples.filter(({ startMs }) => startMs >= endMs);
    const before = samples.filter(({ startMs }) => startMs < endMs);
    const ordinary = { hash: 0n, usual: usualOfMost(before), alertPathSum: 0, isGeneral: true };
    const troubles = (some: readonly PastWindow[]) =>
      some.filter(({ values, startMs }) => findTrouble(namedValues(values), ordinary, startMs, "destination")).length;
    const count = troubles(last);
    const share = count / Math.max(last.length, 1);
    if (count < endTroubleMin || share < (endTroubleFactor * troubles(before)) / Math.max(before.length, 1)) continue;
    const from = secondsTime(endMs);
    if (share > endShareMax && !isFixed) throw troubledHistory(subject, `${count} of ${last.length}`, from);
    note = [`the end of the history looks like trouble, and is taken for ordinary: see --exclude-from ${from}`];
  }
  return note;
}

/** Of each number what all but one in a hundred of these windows stay below. */
function usualOfMost(windows: readonly PastWindow[]): number[] {
  return usualNames.map((name) => {
    const column = featureNames.indexOf(name);
    const values = Float32Array.from(windows, (window) => window.values[column]).sort();
    return values[values.length - 1 - Math.floor(values.length / 100)] ?? 0;
  });
}

function namedValues(values: Float32Array): Record<FeatureName, number> {
  return Object.fromEntries(featureNames.map((name, i) => [name, values[i]])) as Record<FeatureName, number>;
}

/** Bytes alone are the seed's way: as they are, so that only what is far above the rest is odd. */
function spacingOf(features: readonly FeatureName[]): Spacing[] {
  return features.map(() => (isSeed(features) ? "linear" : "log"));
}

function isSeed(features: readonly FeatureName[]): boolean {
  return features.length === 1 && features[0] === "bytes";
}

function nothingToLearn(subject: string): OddlineError {
  return new OddlineError("NETWORK_NO_HISTORY", {
    subject,
    expected: "at least one flow to learn from",
    found: "none",
    remedy: "check the files or the query, and the exclusions",
    exit: exitCode.nothing,
  });
}

function tooLittleToLearn(subject: string, starts: number): OddlineError {
  return new OddlineError("NETWORK_SHORT_HISTORY", {
    subject,
    expected: `flows from at least ${startsMin} windows of time, better a week of them`,
    found: `${starts}`,
    remedy: "give a longer history, or judge by the forest alone with --threshold -0.1",
    exit: exitCode.nothing,
  });
}

function troubledHistory(subject: string, found: string, from: string): OddlineError {
  return new OddlineError("NETWORK_TROUBLED_HISTORY", {
    subject,
    expected: "a history whose end is like the rest of it",
    found: `trouble in ${found} windows from ${from} on, which would be taken for ordinary`,
    remedy: `leave it out with --exclude-from ${from} --exclude-to TIME, or give a --threshold to take it as it is`,
    exit: exitCode.refused,
  });
}
