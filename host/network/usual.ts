/** From a past to the rows of what is usual that a model carries, and back: which row is for an address. */
import { type IsolationForest, pathNormaliser, pathSumOfScore } from "../math/isolationForest.js";
import { type Entity, type FeatureName, usualNames } from "../model/networkFeatures.js";
import {
  type EndClass,
  hourTablesMax,
  knownClasses,
  steadyCallsMax,
  type UsualFlows,
  type UsualRow,
  type UsualSide,
  usualRowsMax,
} from "../model/usualFlows.js";
import { Engine } from "../wasm/engine.js";
import type { Beacon } from "./beacons.js";
import { classOf } from "./ends.js";
import { type AlertScores, rowsOf, scoresOf } from "./fit.js";
import { atLeast, atLeastBytes, bytesOutPlace, type LateTrouble, lateFrom, lateTrouble } from "./lateTrouble.js";
import { type End, ownWindowsMin, type Past, recurs } from "./past.js";
import { namesLike, SteadyCalls } from "./steadyCalls.js";

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
  entity: Entity;
}

/** And what was in the end of the past alone, which is not taken for usual. */
export function usualFlowsOf(
  own: Past,
  sources: Past | undefined,
  judgedBy: JudgedBy,
  steadyCalls = new SteadyCalls(),
) {
  // Pairs are held against what is usual for all: there are too many for a past each.
  const ownEnds = judgedBy.entity === "pair" ? [] : endsWithPast(own);
  const names = steadyCalls.names(steadyCallsMax);
  const sourceEnds = sources ? endsWithPast(sources, steadyCallsMax) : [];
  const salt = saltOf(own, ownEnds, sources, sourceEnds);
  const late: Record<"own" | "sources", LateTrouble[]> = { own: [], sources: [] };
  const flows: UsualFlows = {
    salt,
    own: sideOf(own, ownEnds, salt, judgedBy, late.own),
    calls: new Set(names.map((name) => hashOf(name, salt))),
    sources: sources ? sideOf(sources, sourceEnds, salt, undefined, late.sources) : emptySide,
  };
  return { flows, late };
}

const emptySide: UsualSide = {
  general: { hash: 0n, usual: usualNames.map(() => 0), alertPathSum: 0, isGeneral: true },
  classes: new Map(),
  rows: new Map(),
};

function endsWithPast(past: Past, others = 0): End[] {
  return [...past.ends.values()]
    .filter((end) => end.windows >= ownWindowsMin || recurs(end))
    .sort((a, b) => b.windows - a.windows || (a.key < b.key ? -1 : 1))
    .slice(0, usualRowsMax - knownClasses.length - others);
}

function sideOf(
  past: Past,
  ends: readonly End[],
  salt: bigint,
  judgedBy: JudgedBy | undefined,
  late: LateTrouble[],
): UsualSide {
  const normaliser = judgedBy ? pathNormaliser(judgedBy.forest) : 1;
  const pathSumAt = (score: number) => (judgedBy ? pathSumOfScore(score, normaliser) : 0);
  const foreignRow = (hash: number, usual: number[], alertScore = 0): UsualRow => {
    return { hash: BigInt(hash), usual, alertPathSum: pathSumAt(alertScore), isGeneral: true };
  };
  const alertScores = judgedBy?.alertScores;
  const general = foreignRow(0, past.generalUsual(), alertScores?.all);
  const classes = new Map<EndClass, UsualRow>();
  for (const endClass of judgedBy?.entity === "pair" ? [] : knownClasses) {
    if (past.countEnds(endClass) < classEndsMin) continue;
    const alertScore = alertScores?.ofClass.get(endClass) ?? alertScores?.all;
    classes.set(endClass, foreignRow(endClass, past.generalUsual(endClass), alertScore));
  }
  const rows = new Map<bigint, UsualRow>();
  let tablesLeft = hourTablesMax / 2;
  const lateMs = lateFrom(past.starts);
  const isSources = judgedBy === undefined || judgedBy.entity === "source";
  const floors = new Map(
    knownClasses.map((endClass) => [endClass as EndClass, isSources ? floorOf(past, endClass) : 0]),
  );
  for (const end of ends) {
    const hash = hashOf(end.key, salt);
    const foreign = classes.get(end.endClass) ?? general;
    const floor = floors.get(end.endClass) ?? 0;
    const whole = usualOf(past, end, foreign, floor);
    const trouble = lateTrouble(end, whole, lateMs, foreign, floor);
    if (trouble) late.push(trouble);
    const usual = trouble?.usual ?? whole;
    const score = judgedBy ? Math.max(ownAlertScore(end, judgedBy, trouble && lateMs), -0.4999) : 0;
    const hours = tablesLeft > 0 ? end.hours?.usual(usual) : undefined;
    if (hours) tablesLeft--;
    rows.set(hash, { hash, usual, ...(hours ? { hours } : {}), alertPathSum: pathSumAt(score), isGeneral: false });
  }
  return { general, classes, rows };
}

/** Bytes that half of the sources of a class sent in a window: one that never did before may do so as well. */
function floorOf(past: Past, endClass: EndClass): number {
  return past.countEnds(endClass) < classEndsMin ? 0 : past.medianLargest(endClass)[bytesOutPlace];
}

/** Few windows of its own excuse what they had, and make nothing else odd. */
function usualOf(past: Past, end: End, foreign: UsualRow, floorBytes: number): number[] {
  const own = past.usualOf(end).map(atLeastBytes(floorBytes));
  return end.windows >= ownWindowsMin ? own : own.map(atLeast(foreign));
}

/** Below the lowest score of its windows (before a time), and of one that has the largest of all its numbers. */
function ownAlertScore(
  { samples, largest }: End,
  { forest, features, alertScores, isFixed }: JudgedBy,
  beforeMs = Number.POSITIVE_INFINITY,
): number {
  if (isFixed) return alertScores.all;
  const windows = [...samples.windows()].filter(({ startMs }) => startMs < beforeMs);
  if (beforeMs === Number.POSITIVE_INFINITY) windows.push({ priority: 0, startMs: 0, endClass: 0, values: largest });
  const scores = scoresOf(forest, rowsOf(windows), features);
  return Math.min(alertScores.all, ...scores.map((score) => score - ownScoreMargin));
}

/** Whether its source called others like this while it was learnt. */
export function isUsualCall({ calls, salt }: UsualFlows, beacon: Beacon): boolean {
  return calls.size > 0 && namesLike(beacon).some((name) => calls.has(hashOf(name, salt)));
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
