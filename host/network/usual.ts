/** From a past to the rows of what is usual that a model carries, and back: which row is for an address. */
import { type IsolationForest, pathNormaliser, pathSumOfScore } from "../math/isolationForest.js";
import { type FeatureName, usualNames } from "../model/networkFeatures.js";
import {
  type EndClass,
  hourTablesMax,
  knownClasses,
  type UsualFlows,
  type UsualRow,
  type UsualSide,
  usualRowsMax,
} from "../model/usualFlows.js";
import { Engine } from "../wasm/engine.js";
import { classOf } from "./ends.js";
import { type AlertScores, rowsOf, scoresOf } from "./fit.js";
import { foreignBytesFactor } from "./kinds.js";
import { type End, ownWindowsMin, type Past, recurs } from "./past.js";

/** So many ends say what is usual for their class. */
const classEndsMin = 20;
/** An end whose own windows score low is odd so much below the lowest of them. */
const ownScoreMargin = 0.02;

export interface JudgedBy {
  forest: IsolationForest;
  features: readonly FeatureName[];
  alertScores: AlertScores;
  /** The operator's own threshold holds for all alike. */
  isFixed: boolean;
  /** Pairs are held against what is usual for all: there are too many for a past each. */
  isPair: boolean;
}

export function usualFlowsOf(own: Past, sources: Past | undefined, judgedBy: JudgedBy): UsualFlows {
  const ownEnds = judgedBy.isPair ? [] : endsWithPast(own);
  const sourceEnds = sources ? endsWithPast(sources) : [];
  const salt = saltOf(own, ownEnds, sources, sourceEnds);
  return {
    salt,
    own: sideOf(own, ownEnds, salt, judgedBy),
    sources: sources ? sideOf(sources, sourceEnds, salt, undefined) : emptySide,
  };
}

const emptySide: UsualSide = {
  general: { hash: 0n, usual: usualNames.map(() => 0), alertPathSum: 0, isGeneral: true },
  classes: new Map(),
  rows: new Map(),
};

function endsWithPast(past: Past): End[] {
  return [...past.ends.values()]
    .filter((end) => end.windows >= ownWindowsMin || recurs(end))
    .sort((a, b) => b.windows - a.windows || (a.key < b.key ? -1 : 1))
    .slice(0, usualRowsMax - knownClasses.length);
}

function sideOf(past: Past, ends: readonly End[], salt: bigint, judgedBy: JudgedBy | undefined): UsualSide {
  const normaliser = judgedBy ? pathNormaliser(judgedBy.forest) : 1;
  const pathSumAt = (score: number) => (judgedBy ? pathSumOfScore(score, normaliser) : 0);
  const foreignRow = (hash: number, usual: number[], alertScore = 0): UsualRow => {
    return { hash: BigInt(hash), usual, alertPathSum: pathSumAt(alertScore), isGeneral: true };
  };
  const alertScores = judgedBy?.alertScores;
  const general = foreignRow(0, past.generalUsual(), alertScores?.all);
  const classes = new Map<EndClass, UsualRow>();
  for (const endClass of judgedBy?.isPair ? [] : knownClasses) {
    if (past.countEnds(endClass) < classEndsMin) continue;
    const alertScore = alertScores?.ofClass.get(endClass) ?? alertScores?.all;
    classes.set(endClass, foreignRow(endClass, past.generalUsual(endClass), alertScore));
  }
  const rows = new Map<bigint, UsualRow>();
  let tablesLeft = hourTablesMax / 2;
  for (const end of ends) {
    const hash = hashOf(end.key, salt);
    const score = judgedBy ? Math.max(ownAlertScore(end, judgedBy), -0.4999) : 0;
    const usual = usualOf(past, end, classes.get(end.endClass) ?? general);
    const hours = tablesLeft > 0 ? end.hours?.usual(usual) : undefined;
    if (hours) tablesLeft--;
    rows.set(hash, { hash, usual, ...(hours ? { hours } : {}), alertPathSum: pathSumAt(score), isGeneral: false });
  }
  return { general, classes, rows };
}

/** Few windows of its own excuse what they had, and make nothing else odd. */
function usualOf(past: Past, end: End, foreign: UsualRow): number[] {
  const own = past.usualOf(end);
  if (end.windows >= ownWindowsMin) return own;
  return usualNames.map((name, i) => {
    return Math.max(own[i], foreign.usual[i] * (name === "bytesOut" ? foreignBytesFactor : 1));
  });
}

/** Below the lowest score of its windows, and of one that has the largest of all its numbers. */
function ownAlertScore({ samples, largest }: End, { forest, features, alertScores, isFixed }: JudgedBy): number {
  if (isFixed) return alertScores.all;
  const rows = rowsOf([...samples.windows(), { priority: 0, startMs: 0, endClass: 0, values: largest }]);
  return Math.min(alertScores.all, Math.min(...scoresOf(forest, rows, features)) - ownScoreMargin);
}

/** The row for this end, else the one for its class, else the one for all that have no past. */
export function rowOf(side: UsualSide, salt: bigint, key: string): UsualRow {
  return side.rows.get(hashOf(key, salt)) ?? side.classes.get(classOf(key)) ?? side.general;
}

let engine: Engine | undefined;

function hashOf(key: string, salt: bigint): bigint {
  engine ??= new Engine();
  return engine.hashBytes(Buffer.from(key), salt);
}

/** From all that was learnt: nobody outside knows it, and the same past gives the same bytes. */
function saltOf(...learnt: (Past | undefined | End[])[]): bigint {
  let salt = 1n;
  for (const part of learnt) {
    if (!Array.isArray(part)) continue;
    for (const { key, windows, largest } of part) {
      salt = hashOf(`${key} ${windows} ${largest.join(" ")}`, salt);
    }
  }
  return salt;
}
