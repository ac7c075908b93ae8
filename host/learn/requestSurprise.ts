/**
 * How odd learnt requests are, each as if one of its lines had been left out: what assembly/detect/novelty/ does in
 * requestScore.ts and content.ts, with one line taken from every count.
 */
import { halves } from "../math/hashIndex.js";
import type { Entry } from "../model/featureSection.js";
import { featureBytes, featureKinds, featureLevel, fieldEnd, placesGroup, requestSignature } from "../wasm/layout.js";
import type { LeftOutLine } from "./calibrate.js";
import { openProbability, type Statistics } from "./statistics.js";

const wordsPerFeature = featureBytes / 4;
const cap = 12;
const join = 0.3;
const free = 3;
/** A smaller group may be open by chance. */
export const smallGroup = 20;

/** By kind: what its nats are worth, in tenths, and its place. As in assembly/detect/novelty/features.ts. */
export const worths = [0, 10, 10, 9, 10, 9, 10, 8, 10, 10, 10, 7, 10, 8, 10, 10, 10, 10, 4, 8, 7, 10, 10];
export const places = [0, 1, 1, 1, 1, 1, 2, 2, 4, 4, 5, 5, 5, 5, 6, 0, 0, 0, 3, 3, 5, 5, 1];
const valuePlace = 5;

/** Places of parameters: a path and a name each. */
export function placesOf({ groups, groupKinds, loneGroups }: Statistics): number {
  const kind = featureKinds.valueShape;
  const lone = loneGroups.ofKind(kind);
  return groupKinds.subarray(0, groups.size).reduce((sum, other) => sum + (other === kind ? 1 : 0), lone);
}

/** In the table of a model. */
export function placesEntry(count: number): Entry[] {
  const [low, high] = halves(placesGroup);
  return count > 0 ? [{ low, high, count, once: 0, note: 0 }] : [];
}

/** n observations of a group in which a value was not met, n₁ of its values seen once. */
interface Unmet {
  count: number;
  once: number;
}

export class RequestSurprise {
  /** `statistics` of the groups that the model has, `places` of all there were. */
  constructor(
    private readonly statistics: Statistics,
    private readonly places: number,
  ) {}

  private owner = 0;
  /** The signature at hand. */
  private signature = 0;
  /** Whether a child of the path at hand is one that its directory has in this line alone, and hardly has others of. */
  private isNewPath = false;
  /** Whether the value at hand is a sign in a parameter that its path has in this line alone. */
  private isNewSign = false;

  /** `pairs` of the signature, a value's groups one behind the other, the most specific first. */
  leftOut(bytes: Uint8Array, pairs: Uint32Array, signature: number): Pick<LeftOutLine, "surprise" | "owner" | "news"> {
    this.owner = 0;
    this.signature = signature;
    this.isNewPath = false;
    const worst = new Map<string, number>();
    let [most, isChild] = [0, false];
    for (let at = 0; at < pairs.length; ) {
      let end = at + wordsPerFeature;
      while (end < pairs.length && featureLevel(pairs[end + 4]) > 0) end += wordsPerFeature;
      const kind = pairs[at + 4];
      const probability = this.newProbability(kind, pairs, at, end);
      if (probability < 1) {
        if (kind === featureKinds.child) this.isNewPath = true;
        const worth = worths[this.isNewSign ? featureKinds.nameSpecial : kind] / 10;
        const surprise = worth * Math.min(cap, -Math.log(probability));
        const place = placeOf(kind, bytes, pairs[at + 6]);
        if (surprise > (worst.get(place) ?? 0)) worst.set(place, surprise);
        if (surprise > most) [most, isChild] = [surprise, kind === featureKinds.child];
      }
      at = end;
    }
    const [first = 0, ...others] = [...worst.values()].sort((a, b) => b - a);
    const structure = others.slice(0, 3).reduce((sum, surprise) => sum + join * Math.max(0, surprise - free), first);
    const content = this.statistics.grams!.leftOut(bytes);
    const isOfPath = content.nats > first ? bytes[0] === requestSignature && content.isOfPath : isChild;
    const news = !isOfPath ? "request" : statusOf(bytes) >= 400 ? "missingPath" : "path";
    return { surprise: structure + content.nats, owner: this.owner || content.owner, news };
  }

  /** Of a value whose groups stand from `start` to `end`. */
  private newProbability(kind: number, pairs: Uint32Array, start: number, end: number): number {
    const first = this.unmet(pairs, start);
    this.isNewSign = first === "no group" && kind === featureKinds.valueSpecial && !this.isNewPath;
    if (this.isNewSign) return this.newSign(pairs, start);
    if (first === "met" || first === "no group") return 1;
    const unmet: Unmet[] = [first];
    for (let at = start + wordsPerFeature; at < end; at += wordsPerFeature) {
      const found = this.unmet(pairs, at);
      if (found === "met") break;
      if (found !== "no group") unmet.push(found);
    }
    return probabilityOf(kind, unmet);
  }

  /** Of a parameter that its path has in this line alone: that it brings a sign which no other parameter has. */
  private newSign(pairs: Uint32Array, start: number): number {
    const found = this.unmet(pairs, start + 2 * wordsPerFeature);
    if (found === "met") return 1;
    const once = found === "no group" ? 0 : found.once;
    return Math.min(1, (once + 0.5) / this.places);
  }

  private unmet(pairs: Uint32Array, at: number): Unmet | "met" | "no group" {
    const { statistics } = this;
    const group = statistics.groups.find(pairs[at], pairs[at + 1]);
    const count = group < 0 ? 0 : statistics.groupCounts[group] - 1;
    if (count <= 0) return "no group";
    const value = statistics.values.find(pairs[at + 2], pairs[at + 3]);
    const { isDistrusted, owner } = statistics.distrustOf(group, value, this.signature);
    this.owner ||= owner;
    if (!isDistrusted && statistics.countOf(value) > 1) return "met";
    const once = statistics.groupOnce[group] - (statistics.countOf(value) === 1 ? 1 : 0);
    return { count, once: Math.max(0, once) };
  }
}

const escaped = ({ once, count }: Unmet, half = 0.5) => (once + half) / (count + 1);

const isOpen = (group: Unmet) => escaped(group) > openProbability;

/** Of a value that was met in none of these groups, the most specific first. */
export function probabilityOf(kind: number, all: Unmet[]): number {
  let unmet = all;
  if (kind === featureKinds.child || kind === featureKinds.parameterName) {
    const isSmallAndOpen = all[0].count < smallGroup && isOpen(all[0]) && all.length > 1;
    unmet = isSmallAndOpen ? all.slice(1) : all.slice(0, 1);
  }
  // A small open group may be open by chance: the one above it decides.
  const decisive = unmet.find((group) => !isOpen(group) || group.count >= smallGroup) ?? unmet[unmet.length - 1];
  if (isOpen(decisive)) return 1;
  let probability = escaped(unmet[unmet.length - 1]);
  for (const group of unmet.slice(0, -1).reverse()) {
    if (!isOpen(group)) probability = escaped(group, 0.5 * probability);
  }
  return probability;
}

/** Behind the method. */
function statusOf(signature: Uint8Array): number {
  const start = signature.indexOf(fieldEnd) + 1;
  return Number(Buffer.from(signature.subarray(start, signature.indexOf(fieldEnd, start))).toString("latin1"));
}

/** All parameters of one name are one place. */
function placeOf(kind: number, signature: Uint8Array, range: number): string {
  if (places[kind] !== valuePlace) return String(places[kind]);
  return `=${Buffer.from(signature.subarray(range & 0xffff, range >>> 16)).toString("latin1")}`;
}
