/** Scores windows with a forest and says in words why one is odd. */
import { contributions, pathNormaliser, pathSum, pathSumOfScore, scoreOfPathSum } from "../math/isolationForest.js";
import { heavyBytes, type NetworkForest } from "../model/forestSection.js";
import { type Entity, type FeatureName, featureLabels } from "../model/networkFeatures.js";
import type { ClosedWindow } from "./flowWindows.js";

export interface Verdict {
  window: ClosedWindow;
  entity: Entity;
  /** On scikit-learn's `decision_function` scale, lower is odder. */
  score: number;
  anomalous: boolean;
  /** What shortened its path most, and whether for being large. */
  feature: FeatureName;
  isHigh: boolean;
}

export class WindowScorer {
  private readonly normaliser: number;
  private readonly alertPathSum: number;
  private readonly row: Float32Array;

  constructor(readonly network: NetworkForest) {
    this.normaliser = pathNormaliser(network.forest);
    this.alertPathSum = pathSumOfScore(network.alertScore, this.normaliser);
    this.row = new Float32Array(network.features.length);
  }

  score(window: ClosedWindow): Verdict {
    const { forest, features, entity, minFlows } = this.network;
    features.forEach((feature, i) => {
      this.row[i] = window.values[feature];
    });
    const sum = pathSum(forest, this.row);
    const { feature, isHigh } = contributions(forest, this.row);
    const score = scoreOfPathSum(sum, this.normaliser);
    const counts = window.values.flows >= minFlows || window.values.bytes >= heavyBytes;
    const anomalous = sum < this.alertPathSum && counts;
    return { window, entity, score, anomalous, feature: features[feature], isHigh };
  }
}

/** Why, in numbers only: `high distinct ports (412)`. */
export function reasonOf({ feature, isHigh, window }: Verdict): string {
  const value = window.values[feature];
  const shown = Number.isInteger(value) ? value : value.toFixed(1);
  return `${isHigh ? "high" : "low"} ${featureLabels[feature]} (${shown})`;
}

/** The alert as the operator knows it; the address is the log's own text. */
export function alertText(verdict: Verdict): string {
  const { window, entity, feature, isHigh, score } = verdict;
  const what = feature === "bytes" ? `${isHigh ? "High" : "Low"} traffic` : `${reasonOf(verdict).replace(/^./, upper)}`;
  const where = {
    destination: `to destination IP ${window.key}`,
    source: `from source IP ${window.key}`,
    pair: `from ${window.key.replace(" ", " to ")}`,
  }[entity];
  return `Possible network anomaly: ${what} ${where} (${window.values.bytes} bytes) - Anomaly Score: ${score.toFixed(4)}`;
}

const upper = (letter: string) => letter.toUpperCase();

/** What `--json` prints; times to the second, the score to 6 decimals. */
export function jsonOf(verdict: Verdict) {
  const { window, entity, score, anomalous } = verdict;
  const [first, second] = window.key.split(" ");
  const subject = entity === "destination" ? { destination: first } : { source: first };
  return {
    windowStart: secondsTime(window.startMs),
    ...subject,
    ...(entity === "pair" ? { destination: second } : {}),
    bytes: window.values.bytes,
    flows: window.values.flows,
    score: Number(score.toFixed(6)),
    anomalous,
    reason: anomalous ? reasonOf(verdict) : undefined,
  };
}

export function secondsTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z");
}
