/** Judges windows: kinds of trouble by their own evidence, by the forest what has no name. */
import type { Severity } from "../alerts/alert.js";
import { contributions, pathNormaliser, pathSum, pathSumOfScore, scoreOfPathSum } from "../math/isolationForest.js";
import { heavyBytes, type NetworkForest } from "../model/forestSection.js";
import { type Entity, type FeatureName, type UsualName, usualNames } from "../model/networkFeatures.js";
import { type UsualRow, usualAt } from "../model/usualFlows.js";
import { type Beacon, intervalsMin } from "./beacons.js";
import { longestPathSum } from "./certainty.js";
import type { Talkers } from "./flowTable.js";
import type { ClosedWindow } from "./flowWindows.js";
import { type Finding, findTrouble, type Kind, kindOf, scoreOfRatio } from "./kinds.js";
import { isUsualCall, rowOf } from "./usual.js";

export interface Verdict {
  window: ClosedWindow;
  entity: Entity;
  /** On scikit-learn's `decision_function` scale, lower is odder. */
  score: number;
  anomalous: boolean;
  /** What is told of it; undefined where nothing is. */
  kind: Kind | undefined;
  severity: Severity;
  /** The number that is most out of the ordinary, whether for being large, and how large it usually is at most. */
  feature: FeatureName;
  isHigh: boolean;
  usual: number | undefined;
  /** … at that hour of the day, where it is less than at other hours. */
  isOfHour?: boolean;
  /** It took as many failed connections as well. */
  failsToo?: boolean;
  beacon?: Beacon;
  /** Of what is told. */
  talkers?: Talkers;
  /** Further ends that the same cause is told of in this window. */
  alike?: number;
  /** Of a cause that goes on over several windows, at its gravest. */
  lasting?: { sinceMs: number; untilMs: number; windows: number };
}

type Oddest = Pick<Verdict, "feature" | "isHigh" | "usual" | "isOfHour">;

/** Whose doing it is: the source, where one has most of the window. */
export function sourceOf({ entity, window, beacon, talkers }: Verdict): string | undefined {
  if (entity !== "destination") return window.key.split(" ")[0];
  return beacon?.source ?? talkers?.mainPeer;
}

/** By when their windows begin. */
export function byStart(verdicts: readonly Verdict[]): Map<number, Verdict[]> {
  const starts = new Map<number, Verdict[]>();
  for (const verdict of verdicts) {
    const { startMs } = verdict.window;
    const others = starts.get(startMs);
    if (others) others.push(verdict);
    else starts.set(startMs, [verdict]);
  }
  return starts;
}

/** As everywhere in Oddline: the filter's score is 1 at the threshold. */
const mediumScore = 1.5;
const highScore = 3;
/** So much below the threshold counts as much as the threshold itself. */
const scoreUnit = 0.1;

export class WindowScorer {
  private readonly normaliser: number;
  private readonly row: Float32Array;
  private readonly alertPathSum: number;

  constructor(readonly network: NetworkForest) {
    this.normaliser = pathNormaliser(network.forest);
    this.row = new Float32Array(network.features.length);
    this.alertPathSum = pathSumOfScore(network.alertScore, this.normaliser);
  }

  /** `unfinished`: more flows of it may come. */
  score(window: ClosedWindow, unfinished = false, beacon?: Beacon): Verdict {
    const { forest, features, entity, alertScore, usual } = this.network;
    features.forEach((feature, i) => {
      this.row[i] = window.values[feature];
    });
    const row = usual && rowOf(usual.own, usual.salt, window.key);
    const alertPathSum = row?.alertPathSum ?? this.alertPathSum;
    const sum = pathSum(forest, this.row);
    // What is usually odd, for itself or for its class, is odd only below that.
    const lift = row && row !== usual.own.general ? alertScore - scoreOfPathSum(alertPathSum, this.normaliser) : 0;
    const score = scoreOfPathSum(sum, this.normaliser) + lift;
    const trouble = row && this.counts(window) ? findTrouble(window.values, row, window.startMs, entity) : undefined;
    if (trouble && row) return this.verdictOf(window, entity, trouble, row, score);
    if (beacon && usual && row?.isGeneral && !isUsualCall(usual, beacon))
      return this.beaconVerdict(window, beacon, score);
    const isCertain = !unfinished || longestPathSum(forest, this.row) < alertPathSum;
    // One window says nothing of what is odd.
    const anomalous = sum < alertPathSum && isCertain && forest.sampleCount > 1 && this.counts(window);
    return {
      ...{ window, entity, score, anomalous, kind: anomalous ? "unusual" : undefined },
      severity: severityOf(1 + (alertScore - score) / scoreUnit),
      ...this.oddest(window, row),
      talkers: anomalous ? window.talkers?.() : undefined,
    };
  }

  /** Told of a destination without a past alone: what has one calls it as it always did. */
  private beaconVerdict(window: ClosedWindow, beacon: Beacon, forestScore: number): Verdict {
    const ratio = beacon.flows / intervalsMin;
    return {
      ...{ window, entity: this.network.entity, anomalous: true, kind: "beacon", feature: "flows", isHigh: true },
      severity: severityOf(Math.max(mediumScore, Math.log2(ratio))),
      score: Math.min(forestScore, scoreOfRatio(ratio, this.network.alertScore)),
      ...{ usual: undefined, beacon, talkers: window.talkers?.() },
    };
  }

  /** A window of a source, beside those of destinations: told only for what has a name. */
  scoreSource(window: ClosedWindow): Verdict | undefined {
    const { usual } = this.network;
    if (!usual || !this.counts(window)) return undefined;
    const row = rowOf(usual.sources, usual.salt, window.key);
    const trouble = findTrouble(window.values, row, window.startMs, "source");
    return trouble && this.verdictOf(window, "source", trouble, row, 0.5);
  }

  private counts({ values }: ClosedWindow): boolean {
    return values.flows >= this.network.minFlows || values.bytes >= heavyBytes;
  }

  private verdictOf(
    window: ClosedWindow,
    entity: Entity,
    trouble: Finding,
    row: UsualRow,
    forestScore: number,
  ): Verdict {
    const { rule, ratio } = trouble;
    return {
      ...{ window, entity, anomalous: true, kind: kindOf(rule, entity), severity: severityOf(1 + Math.log2(ratio)) },
      score: Math.min(forestScore, scoreOfRatio(ratio, this.network.alertScore)),
      ...{ feature: rule.feature, isHigh: true, ...usualIn(row, rule.feature, window) },
      ...{ failsToo: rule.second === "failed" && rule.feature !== "failed", talkers: window.talkers?.() },
    };
  }

  /** The number that is furthest above what is usual; where none is, the one that the forest found odd. */
  private oddest(window: ClosedWindow, row: UsualRow | undefined): Oddest {
    const { forest, features } = this.network;
    let most: Oddest | undefined;
    let excessMost = 1;
    for (const feature of row ? usualNames : []) {
      const usual = usualIn(row!, feature, window);
      const excess = (1 + window.values[feature]) / (1 + usual.usual);
      if (excess <= excessMost || !features.includes(feature)) continue;
      most = { feature, isHigh: true, ...usual };
      excessMost = excess;
    }
    if (most) return most;
    const { feature, isHigh } = contributions(forest, this.row);
    return { feature: features[feature], isHigh, usual: undefined };
  }
}

function usualIn(row: UsualRow, feature: UsualName, { startMs }: ClosedWindow) {
  const place = usualNames.indexOf(feature);
  const usual = usualAt(row, startMs)[place];
  return { usual, isOfHour: usual < row.usual[place] };
}

export function severityOf(filterScore: number): Severity {
  if (filterScore >= highScore) return "high";
  return filterScore >= mediumScore ? "medium" : "low";
}
