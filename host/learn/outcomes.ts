/**
 * Names (a path, a beginning of one, an extension) below which every request failed: a success there is news. How
 * likely one is, the site says: of the lines whose name had only failed in all others, two at least, the share that
 * succeeded.
 */
import { halves, joined } from "../math/hashIndex.js";
import { exclusiveOncePerOwner } from "../signatures/trust.js";
import type { Engine } from "../wasm/engine.js";
import { featureKinds } from "../wasm/layout.js";
import type { Statistics } from "./statistics.js";

const success = 1n;
/** A name that failed in fewer other lines says nothing. */
const failuresMin = 2;

/** Puts what the site says into the group above all names; returns the names that succeeded, or hardly came. */
export function settleOutcomes(engine: Engine, statistics: Statistics): Set<number> {
  const { groups, values, groupCounts, groupOnce, groupKinds, valueCounts, valueDistrusted } = statistics;
  const successOf = (low: number, high: number) => values.find(...halves(engine.hashPair(joined(low, high), success)));
  const dropped = new Set<number>();
  const brought = new Map<number, number>();
  let [lines, successes] = [0, 0];
  for (let group = 0; group < groups.size; group++) {
    if (groupKinds[group] !== featureKinds.outcome) continue;
    const value = successOf(groups.low[group], groups.high[group]);
    const times = value < 0 ? 0 : valueCounts[value];
    const failures = groupCounts[group] - times;
    if (times === 0 && failures > failuresMin) lines += failures;
    else if (times === 1 && failures >= failuresMin && isCounted(brought, statistics.ownerOf(value))) {
      lines++;
      successes++;
    }
    if (failures < failuresMin || (times > 0 && !valueDistrusted[value])) dropped.add(group);
  }
  const [low, high] = halves(engine.hashPair(BigInt(featureKinds.outcome | (1 << 8)), 0n));
  const above = groups.find(low, high);
  if (above < 0) return dropped;
  groupCounts[above] = lines;
  groupOnce[above] = successes;
  const value = successOf(low, high);
  if (value >= 0) valueCounts[value] = 0;
  if (lines === 0) dropped.add(above);
  return dropped;
}

/** Nobody alone can make successes usual. */
function isCounted(brought: Map<number, number>, owner: number): boolean {
  if (owner === 0) return true;
  const times = (brought.get(owner) ?? 0) + 1;
  brought.set(owner, times);
  return times <= exclusiveOncePerOwner;
}
