/**
 * Kinds of trouble with evidence of their own: a number of the window far above what is usual. All that is summed of a
 * window only grows, so what is told of it while it runs stays true. assembly/detect/network/usual.ts has the same
 * rules.
 */

import { type Entity, type FeatureName, type UsualName, usualNames } from "../model/networkFeatures.js";
import { type UsualRow, usualAt } from "../model/usualFlows.js";

export type Kind = "exfiltration" | "scan" | "flood" | "failed connections" | "beacon" | "unusual";

/** `feature`, and `second` too where there is one, must exceed the margin times what is usual of `feature`. */
export interface Rule {
  feature: UsualName;
  second: UsualName;
  margin: number;
  /** What is usual counts as no less: below, no number is worth getting up for. */
  least: number;
}

/**
 * Twice a second kind of evidence, four times one alone. A destination without a past of its own is held against the
 * largest that all but one in a hundred others ever had; of bytes, which span more, against four times that.
 */
export const rules: readonly Rule[] = [
  { feature: "peers", second: "peers", margin: 4, least: 16 },
  { feature: "peers", second: "failed", margin: 2, least: 8 },
  { feature: "ports", second: "ports", margin: 4, least: 4 },
  { feature: "ports", second: "failed", margin: 2, least: 2 },
  { feature: "bytesOut", second: "bytesOut", margin: 4, least: 262_144 },
  { feature: "failed", second: "failed", margin: 4, least: 5 },
  { feature: "flows", second: "flows", margin: 16, least: 32 },
];
export const foreignBytesFactor = 4;
/** So often what is usual of bytes, without a past. */
export const foreignBytesMargin = foreignBytesFactor * 4;

export interface Finding {
  rule: Rule;
  /** How often the limit fits into the number; above 1. */
  ratio: number;
}

/** The one furthest above its limit says how grave the trouble is. */
export function findTrouble(
  values: Record<FeatureName, number>,
  row: UsualRow,
  startMs: number,
  entity: Entity,
): Finding | undefined {
  let found: Finding | undefined;
  const then = usualAt(row, startMs);
  for (const rule of rules) {
    const usual = Math.max(then[usualNames.indexOf(rule.feature)], rule.least);
    const margin = rule.feature === "bytesOut" && row.isGeneral ? rule.margin * foreignBytesFactor : rule.margin;
    const ratio = Math.min(values[rule.feature], values[rule.second]) / (margin * usual);
    if (ratio > (found?.ratio ?? 1))
      found = { rule: found && !namesBetter(rule, found.rule, entity) ? found.rule : rule, ratio };
  }
  return found;
}

/**
 * Whether the one that is further above its limit names the trouble, rather than the first that is above its own: many
 * ports and many sources bring much else. What a source sends to many is no scan where the bytes are further above.
 */
function namesBetter({ feature }: Rule, first: Rule, entity: Entity): boolean {
  if (first.feature === "peers") return entity === "source" && feature === "bytesOut";
  return first.feature !== "ports";
}

/** What the rule's finding is called: of a source its peers are destinations, and many of them are a scan. */
export function kindOf({ feature }: Rule, entity: Entity): Kind {
  if (feature === "bytesOut") return "exfiltration";
  if (feature === "ports") return "scan";
  if (feature === "failed") return "failed connections";
  return feature === "peers" && entity === "source" ? "scan" : "flood";
}

/** On decision_function's scale, below the threshold: where the limit fits in often, near the lowest there is. */
export function scoreOfRatio(ratio: number, alertScore: number): number {
  return -0.5 + (0.5 + alertScore) / Math.sqrt(ratio);
}
