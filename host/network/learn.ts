/** Flows in, a forest out: windows, what is left out of them, the fit. */
import { exitCode, OddlineError } from "../io/errors.js";
import type { Spacing } from "../math/isolationForest.js";
import type { NetworkForest } from "../model/forestSection.js";
import type { Entity, FeatureName } from "../model/networkFeatures.js";
import { type DestinationList, Excludes, type Incident } from "./excludes.js";
import { fitForest } from "./fit.js";
import type { Flow } from "./flow.js";
import { type ClosedWindow, FlowWindows } from "./flowWindows.js";
import { TrainingRows } from "./trainingRows.js";

export interface NetworkSettings {
  windowSeconds: number;
  entity: Entity;
  features: FeatureName[];
  alertScore: number;
  /** Windows of fewer flows are not anomalous, unless they are heavy. */
  minFlows: number;
  seed: number;
  treeCount: number;
  sampleCount: number;
  /** Fit once, without looking for incidents in the history. */
  plainFit: boolean;
  incidents: Incident[];
  excludeTagged: boolean;
  excludeDestinations: DestinationList | undefined;
}

export const windowSecondsDefault = 300;

/** A reader of flows: calls back with each and the time it counts at. */
export type FlowFeed = (onFlow: (flow: Flow, timeMs: number) => void) => Promise<void>;

export interface Learnt {
  network: NetworkForest;
  windows: number;
  /** By the operator's excludes. */
  windowsExcluded: number;
  /** By the refits: what would have alerted. */
  windowsLeftOut: number;
}

export async function learnForest(settings: NetworkSettings, feed: FlowFeed, subject: string): Promise<Learnt> {
  const { windowSeconds, incidents, excludeTagged, excludeDestinations } = settings;
  const excludes = new Excludes(windowSeconds, incidents, excludeTagged, excludeDestinations);
  const rows = new TrainingRows(settings.seed);
  const windows = new FlowWindows(settings, (window) => {
    if (excludes.keepsWindow(window)) rows.add(window);
  });
  await feed((flow, timeMs) => {
    if (excludes.keepsFlow(flow)) windows.add(flow, timeMs);
  });
  windows.closeAll();
  return { ...fitRows(settings, rows, subject), windowsExcluded: excludes.windowsLeftOut };
}

/** Fits on the very windows it will score, as the seed does. */
export function selfFit(settings: NetworkSettings, windows: readonly ClosedWindow[], subject: string): Learnt {
  const rows = new TrainingRows(settings.seed);
  for (const window of windows) rows.add(window);
  return { ...fitRows({ ...settings, plainFit: true }, rows, subject), windowsExcluded: 0 };
}

function fitRows(settings: NetworkSettings, rows: TrainingRows, subject: string) {
  if (rows.rowCount === 0) throw nothingToLearn(subject);
  const { features, entity, windowSeconds, alertScore, minFlows, seed, treeCount, sampleCount } = settings;
  const { forest, rowsLeftOut } = fitForest(rows.rows(), {
    features,
    seed,
    alertScore,
    treeCount,
    sampleCount,
    spacing: spacingOf(features),
    refitsMax: settings.plainFit ? 0 : undefined,
  });
  const network = { forest, features, entity, windowSeconds, alertScore, minFlows };
  return { network, windows: rows.offered, windowsLeftOut: rowsLeftOut };
}

/** Bytes alone are the seed's way: as they are, so that only what is far above the rest is odd. */
function spacingOf(features: readonly FeatureName[]): Spacing[] {
  const isSeed = features.length === 1 && features[0] === "bytes";
  return features.map(() => (isSeed ? "linear" : "log"));
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
