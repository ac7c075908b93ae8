/**
 * How odd a request is, by the words of requestScore.ts and content.ts in assembly/detect/novelty/: everything is
 * looked up, nothing is clever.
 */
import { groupsAbove, kinds, type ShownFeature } from "./features.js";
import { type Bytes, hashBytes, hashPair } from "./hash.js";
import type { ReferenceModel, TableEntry } from "./model.js";

/** What each nat of the softer kinds is worth; of all others it is 1. */
const worth: Record<number, number> = {
  ...{ [kinds.methodStatus]: 0.9, [kinds.pathStatus]: 0.9, [kinds.extension]: 0.8, [kinds.lengthClass]: 0.7 },
  ...{ [kinds.valuePair]: 0.8, [kinds.pathPair]: 0.4, [kinds.nameSpecial]: 0.8, [kinds.valueLength]: 0.7 },
};
const alone: number[] = [kinds.child, kinds.parameterName];
const cap = 12;
export const open = 0.2;
const small = 20;

/** What says most about a request, and all of it in nats. */
export interface RequestSurprise {
  nats: number;
  least: ShownFeature | undefined;
  /** The same, content aside. */
  top: ShownFeature | undefined;
  /** Of the least probable feature; undefined where there is none. */
  probability: number | undefined;
}

/** What was told of a path, or of all, does not count as content. */
export interface LeftOut {
  path: boolean;
  all: boolean;
}

export function requestSurprise(
  signature: Bytes,
  features: ShownFeature[],
  model: ReferenceModel,
  leftOut: LeftOut = { path: false, all: false },
): RequestSurprise {
  const worst = new Map<string, { nats: number; feature: ShownFeature; probability: number }>();
  const isPathNews = newChildOf(features, model) !== undefined;
  for (const feature of features) {
    const probability = probabilityOf(feature, model);
    if (probability === undefined || (isPathNews && isNewPlace(feature, model))) continue;
    const kind = isNewPlace(feature, model) ? kinds.nameSpecial : feature.kind;
    const nats = (worth[kind] ?? 1) * Math.min(cap, -Math.log(probability));
    const place = placeOf(feature);
    if (nats <= (worst.get(place)?.nats ?? 0)) continue;
    worst.delete(place); // of equal ones the first to become so large leads
    worst.set(place, { nats, feature, probability });
  }
  const [first, ...others] = [...worst.values()].sort((a, b) => b.nats - a.nats);
  const structure = others.slice(0, 3).reduce((sum, { nats }) => sum + 0.3 * Math.max(0, nats - 3), first?.nats ?? 0);
  const content = contentOf(signature, model, leftOut);
  const least = content.nats > (first?.nats ?? 0) ? content.feature : first?.feature;
  return { nats: structure + content.nats, least, top: first?.feature, probability: first?.probability };
}

export function placeOf({ kind, name }: ShownFeature): string {
  if (kind <= kinds.pathStatus || kind === kinds.outcome) return "head";
  if (kind === kinds.child || kind === kinds.extension) return "path";
  if (kind === kinds.pathPair || kind === kinds.nameSpecial) return "marks";
  if (kind === kinds.parameters || kind === kinds.parameterName) return "query";
  return kind === kinds.malformedShape ? "bad" : `=${name}`;
}

export const escaped = ({ once, count }: TableEntry, half = 0.5) => (once + half) / (count + 1);

/** The last one that its directory never had. */
export function newChildOf(features: ShownFeature[], model: ReferenceModel): ShownFeature | undefined {
  return features.findLast((feature) => feature.kind === kinds.child && probabilityOf(feature, model) !== undefined);
}

/** A sign of a parameter that its path never had. */
function isNewPlace({ kind, group }: ShownFeature, { table }: ReferenceModel): boolean {
  return kind === kinds.valueSpecial && !table.has(group);
}

/** That no parameter of the site ever had the sign, places of parameters being counted. */
function newSignProbability(feature: ShownFeature, { table }: ReferenceModel): number | undefined {
  const places = table.get(0x8f2d6a31c95be074n);
  const [, site] = groupsAbove(feature);
  const found = table.get(hashPair(site, feature.value));
  if (!places || (found && found.note < 5)) return undefined;
  const probability = ((table.get(site)?.once ?? 0) + 0.5) / (places.count + 1);
  return probability < 1 ? probability : undefined;
}

/** Undefined for what was met, and where something new is no news. */
function probabilityOf(feature: ShownFeature, model: ReferenceModel): number | undefined {
  const { table } = model;
  const { kind, group, value } = feature;
  if (isNewPlace(feature, model)) return newSignProbability(feature, model);
  if (kind === kinds.outcome && value !== 1n) return undefined;
  let unmet: TableEntry[] = [];
  for (const [level, key] of [group, ...groupsAbove(feature)].entries()) {
    const found = table.get(hashPair(key, value));
    if (found && found.note < 5) break;
    // where no request line was ever malformed, one that is counts as a method never seen
    const instead = kind === kinds.malformedShape ? table.get(hashPair(BigInt(kinds.method), 0n)) : undefined;
    const entry = table.get(key) ?? instead;
    if (!entry && level === 0) return undefined;
    if (entry) unmet.push(entry);
  }
  if (unmet.length === 0) return undefined;
  const isOpen = (entry: TableEntry) => escaped(entry) > open;
  if (alone.includes(kind)) {
    const isReplaced = unmet[0].count < small && isOpen(unmet[0]) && unmet.length > 1;
    unmet = isReplaced ? unmet.slice(1) : [unmet[0]];
  }
  // a small open group may be open by chance: the one above it decides
  if (isOpen(unmet.find((entry) => !isOpen(entry) || entry.count >= small) ?? unmet.at(-1)!)) return undefined;
  return unmet
    .slice(0, -1)
    .reduceRight((above, entry) => (isOpen(entry) ? above : escaped(entry, 0.5 * above)), escaped(unmet.at(-1)!));
}

const multiplier = 0x9e3779b1n;
const attack = new Set("'\"<>();|`$\\{}[]*!^~#,:@%");
const sets = [204_800, 196_608, 131_072, 0];

function isMet(grams: Buffer, gram: Bytes): boolean {
  const size = gram.length;
  const number = BigInt(`0x${Buffer.from(gram, "latin1").toString("hex")}`);
  const hashed = BigInt.asUintN(32, number * multiplier) >> (size === 4 ? 12n : 13n);
  const bit = sets[size - 1] * 8 + Number(size < 3 ? number : hashed);
  return ((grams[bit >> 3] >> (bit & 7)) & 1) === 1;
}

/** The target with each run of digits as one zero, without lengths; three marks before it and one behind. */
export function gramText(signature: Bytes): { text: Bytes; pathSigns: number } {
  const target = signature[0] === "Q" ? signature.split("\x01").slice(2).join("\x01") : signature.slice(1);
  const plain = target.replace(/\x04./gs, "").replace(/0+/g, "0").slice(0, 400);
  return { text: `\x01\x01\x01${plain}\x04`, pathSigns: plain.indexOf("\x02") };
}

/** Whether the gram that ends behind `end` signs stands in a value that may be made of anything, and is of words. */
function isOfOpenValue(text: Bytes, end: number, { table }: ReferenceModel): boolean {
  if (!/^[A-Za-z0\x80-\xff_\x01-\x04-]*$/.test(text.slice(end - 4, end))) return false;
  const name = /\x02([^\x02\x03]*)\x03[^\x02]*$/.exec(text.slice(0, end))?.[1];
  return name !== undefined && table.has(hashPair(BigInt(kinds.content), hashBytes(name)));
}

/** Where most unmet grams stand in a row, each by its last sign. */
export function foreignRange(signature: Bytes, model: ReferenceModel): { start: number; end: number } {
  const { grams } = model;
  const { text } = gramText(signature);
  const ends = gramEnds(signature);
  let best = { row: 0, end: 0 };
  let row = 0;
  for (let at = 0; at < text.length - 3; at++) {
    row = isMet(grams!, text.slice(at, at + 4)) || isOfOpenValue(text, at + 4, model) ? 0 : row + 1;
    if (row > best.row) best = { row, end: ends[at] };
  }
  return { start: best.end - best.row, end: best.end };
}

/** Behind which sign of the signature each sign of the gram text stands, and where its end does. */
function gramEnds(signature: Bytes): number[] {
  let at = signature[0] === "Q" ? signature.indexOf("\x01", signature.indexOf("\x01") + 1) + 1 : 1;
  const ends: number[] = [];
  let previous = "";
  for (; at < signature.length && ends.length < 400; at++) {
    if (signature[at] === "\x04") at++;
    else if (signature[at] !== "0" || previous !== "0") {
      ends.push(at + 1);
      previous = signature[at];
    }
  }
  return [...ends, Math.min(at, signature.length)];
}

function contentOf(signature: Bytes, model: ReferenceModel, leftOut: LeftOut) {
  const { grams } = model;
  if (!grams || leftOut.all) return { nats: 0, feature: undefined };
  const { text, pathSigns } = gramText(signature);
  const length = text.length - 3;
  const pathLength = signature[0] !== "Q" ? length : pathSigns < 0 ? length : pathSigns;
  let [unmet, ofPath, cost] = [0, 0, 0];
  for (let at = 0; at < length; at++) {
    const four = text.slice(at, at + 4);
    const isOfPath = at < pathLength;
    if (isMet(grams, four) || (isOfPath && leftOut.path) || isOfOpenValue(text, at + 4, model)) continue;
    unmet++;
    if (isOfPath) ofPath++;
    const three = four.slice(1);
    if (isMet(grams, three)) continue;
    cost += 1 + Number(!isMet(grams, three.slice(1))) + Number(!isMet(grams, three.slice(2)));
    cost += [...three].some((sign) => attack.has(sign)) ? 1 : 0;
  }
  const share = unmet / length;
  const nats = 4 * share + 16 * Math.max(0, share - 0.7) + cost / length;
  const isOfPath = signature[0] === "Q" && ofPath * 2 > unmet;
  const kind = isOfPath ? kinds.pathContent : kinds.content;
  const path = signature.split("\x01").slice(2).join("\x01").split("\x02")[0];
  const value = hashBytes(path);
  const feature: ShownFeature = { kind, group: BigInt(kind), value, place: "", name: "", shown: "" };
  return { nats, feature };
}
