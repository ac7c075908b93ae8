/**
 * A forest of windows and the score below which one alerts: read off windows it has not seen, so that of a thousand
 * ordinary ones one would.
 */
import {
  type IsolationForest,
  pathNormaliser,
  pathSum,
  type Spacing,
  scoreOfPathSum,
  trainForest,
} from "../math/isolationForest.js";
import { type FeatureName, featureNames } from "../model/networkFeatures.js";
import { type EndClass, knownClasses } from "../model/usualFlows.js";
import type { PastWindow } from "./past.js";

/** The seed's threshold on `decision_function`: nothing above it is odd, however alike the past is. */
export const alertScoreSeed = -0.1;
/** So many ordinary windows bring one alert. */
const windowsPerAlert = 1000;
/** Each is judged by a forest that has seen the others alone. */
const blocks = 5;
const alertScoreMin = -0.49;

export interface FitOptions {
  features: readonly FeatureName[];
  seed: number;
  treeCount?: number;
  sampleCount?: number;
  /** Logarithmic for every feature by default: each spans orders of magnitude. */
  spacing?: readonly Spacing[];
}

/** `rows` hold all seven features; the forest sees those that were asked for. */
export function fitForest(rows: Float32Array, options: FitOptions): IsolationForest {
  const { seed, treeCount, sampleCount } = options;
  const spacing = options.spacing ?? options.features.map(() => "log" as const);
  return trainForest(chooseFeatures(rows, options.features), { spacing, seed, treeCount, sampleCount });
}

export interface AlertScores {
  all: number;
  /** Of the classes that had windows enough. */
  ofClass: ReadonlyMap<EndClass, number>;
}

/** The score that one in a thousand of these windows is below, each judged by the forest of other times. */
export function ordinaryAlertScores(windows: readonly PastWindow[], options: FitOptions): AlertScores {
  const scores = new Float64Array(windows.length);
  const classes = new Uint8Array(windows.length);
  let count = 0;
  const starts = [...new Set(windows.map(({ startMs }) => startMs))].sort((a, b) => a - b);
  for (let block = 0; block < blocks; block++) {
    const fromMs = starts[Math.floor((block * starts.length) / blocks)];
    const toMs = starts[Math.floor(((block + 1) * starts.length) / blocks)] ?? Number.POSITIVE_INFINITY;
    const isHeld = ({ startMs }: PastWindow) => startMs >= fromMs && startMs < toMs;
    const held = windows.filter(isHeld);
    const others = rowsOf(windows.filter((window) => !isHeld(window)));
    if (held.length === 0 || others.length === 0) continue;
    const ofHeld = scoresOf(fitForest(others, options), rowsOf(held), options.features);
    for (let i = 0; i < held.length; i++) {
      scores[count] = ofHeld[i];
      classes[count++] = held[i].endClass;
    }
  }
  const all = scores.subarray(0, count);
  const ofClass = new Map<EndClass, number>();
  for (const endClass of knownClasses) {
    const own = all.filter((_, i) => classes[i] === endClass);
    if (own.length >= windowsPerAlert) ofClass.set(endClass, alertScoreOf(own));
  }
  return { all: alertScoreOf(all), ofClass };
}

/** Sorts them. */
function alertScoreOf(scores: Float64Array): number {
  scores.sort();
  const score = scores[Math.floor(scores.length / windowsPerAlert)] ?? alertScoreSeed;
  return Math.max(alertScoreMin, Math.min(score, alertScoreSeed));
}

export function scoresOf(forest: IsolationForest, rows: Float32Array, features: readonly FeatureName[]): number[] {
  const chosen = chooseFeatures(rows, features);
  const normaliser = pathNormaliser(forest);
  return Array.from({ length: rows.length / featureNames.length }, (_, row) =>
    scoreOfPathSum(pathSum(forest, chosen, row), normaliser),
  );
}

export function rowsOf(windows: readonly PastWindow[]): Float32Array {
  const rows = new Float32Array(windows.length * featureNames.length);
  windows.forEach(({ values }, i) => void rows.set(values, i * featureNames.length));
  return rows;
}

export function chooseFeatures(rows: Float32Array, features: readonly FeatureName[]): Float32Array {
  const columns = features.map((feature) => featureNames.indexOf(feature));
  const rowCount = rows.length / featureNames.length;
  const chosen = new Float32Array(rowCount * columns.length);
  for (let row = 0; row < rowCount; row++) {
    for (let i = 0; i < columns.length; i++) {
      chosen[row * columns.length + i] = rows[row * featureNames.length + columns[i]];
    }
  }
  return chosen;
}
