/**
 * What an end had in the end of its past alone, and so much of it that it would have been told by what came before: an
 * attack that goes on while a network is learnt must not become usual. After two days, or a quarter of a shorter past,
 * it is the ordinary state of things.
 */
import { type UsualName, usualNames } from "../model/networkFeatures.js";
import type { UsualRow } from "../model/usualFlows.js";
import { foreignBytesFactor, rules } from "./kinds.js";
import { type End, ownWindowsMin } from "./past.js";

const lateShare = 0.25;
const lateMsMax = 48 * 3_600_000;

export interface LateTrouble {
  key: string;
  feature: UsualName;
  value: number;
  /** Before that, at most; and what counts as usual instead, in the order of `usualNames`. */
  before: number;
  usual: number[];
  /** How often the limit fits into the value. */
  ratio: number;
}

/** The time from which on a past is late. */
export function lateFrom(starts: ReadonlySet<number>): number {
  const inOrder = [...starts].sort((a, b) => a - b);
  return Math.max(inOrder[Math.floor(inOrder.length * (1 - lateShare))], inOrder[inOrder.length - 1] - lateMsMax);
}

/** `usual` of the end, as all its windows have it; `foreign` is what is usual for those without a past. */
export function lateTrouble(
  { key, stretches }: End,
  usual: readonly number[],
  fromMs: number,
  foreign: UsualRow,
  floorBytes: number,
): LateTrouble | undefined {
  if (!stretches) return undefined;
  const earlier = stretches.before(fromMs);
  const late = stretches.from(fromMs).largest;
  const known = earlier.windows >= ownWindowsMin ? earlier.largest : earlier.largest.map(atLeast(foreign));
  const before = known.map(atLeastBytes(floorBytes));
  let gravest: LateTrouble | undefined;
  const kept = [...usual];
  for (const { feature, second, margin, least } of rules) {
    const place = usualNames.indexOf(feature);
    const value = Math.min(late[place], late[usualNames.indexOf(second)]);
    const ratio = value / (margin * Math.max(before[place], least));
    if (ratio <= 1) continue;
    kept[place] = Math.min(kept[place], before[place]);
    if (ratio <= (gravest?.ratio ?? 1)) continue;
    gravest = { key, feature, value: usual[place], before: before[place], usual: kept, ratio };
  }
  return gravest;
}

export const bytesOutPlace = usualNames.indexOf("bytesOut");

export function atLeastBytes(floorBytes: number) {
  return (value: number, place: number) => (place === bytesOutPlace ? Math.max(value, floorBytes) : value);
}

/** What came before was too little to know by, so it has to be beyond what others had. */
export function atLeast({ usual }: UsualRow) {
  return (value: number, place: number) => {
    return Math.max(value, usual[place] * (usualNames[place] === "bytesOut" ? foreignBytesFactor : 1));
  };
}
