/**
 * The grams of learnt requests (assembly/detect/novelty/content.ts): which were met twice or more, which once, and
 * which nobody vouches for. All of them belong to one group, the site: statistics.ts says who vouches.
 */

import { gramSets, gramsBytes } from "../model/gramSection.js";
import type { Witnesses } from "../signatures/signatureStore.js";
import { daysEnough, publicKeys, publicNetworks, witnessesEnough } from "../signatures/trust.js";
import { fieldEnd, nameStart, requestSignature, valueEnd, valueStart } from "../wasm/layout.js";
import { DistinctCounts } from "./distinctCounts.js";

const multiplier = 0x9e3779b1;
const targetMax = 400;
const zero = 0x30;
/** What the shares are worth, in nats. */
const worth = { fours: 4, foreign: 16, knee: 0.7 };
const isAttackSign = new Array<boolean>(256).fill(false);
for (const sign of Buffer.from("'\"<>();|`$\\{}[]*!^~#,:@%")) isAttackSign[sign] = true;

/** A target as its grams: the last four characters at each, the last one lowest. */
export interface Target {
  grams: Uint32Array;
  /** By gram which parameter's value it stands in, from 1 on; 0 for none. */
  parameters: Uint16Array;
  names: Uint8Array[];
  /** Grams that end in the path. */
  pathLength: number;
}

const gramsOfTarget = new Uint32Array(targetMax + 1);
const parametersOfTarget = new Uint16Array(targetMax + 1);

/** Holds until the next call: fresh arrays for each of a log's requests cost more than reading them. */
export function targetOf(signature: Uint8Array): Target {
  let at = 1;
  if (signature[0] === requestSignature) at = signature.indexOf(fieldEnd, signature.indexOf(fieldEnd) + 1) + 1;
  const [grams, parameters] = [gramsOfTarget, parametersOfTarget];
  const names: Uint8Array[] = [];
  let length = 0;
  let gram = 0x010101;
  let nameAt = 0;
  let isValue = false;
  let pathLength = -1;
  for (; at < signature.length && length < targetMax; at++) {
    const sign = signature[at];
    if (sign === valueEnd) {
      at++; // the length
      continue;
    }
    if (sign === zero && (gram & 0xff) === zero) continue;
    if (sign === nameStart) {
      [nameAt, isValue] = [at + 1, false];
      if (pathLength < 0) pathLength = length;
    }
    if (sign === valueStart && nameAt > 0) {
      names.push(signature.subarray(nameAt, at));
      isValue = true;
    }
    gram = ((gram << 8) | sign) >>> 0;
    parameters[length] = isValue ? names.length : 0;
    grams[length++] = gram;
  }
  parameters[length] = isValue ? names.length : 0;
  grams[length++] = ((gram << 8) | valueEnd) >>> 0;
  if (pathLength < 0) pathLength = length;
  return { grams: grams.subarray(0, length), parameters, names, pathLength };
}

/** The names alone, and those behind the end of a long target. */
export function namesOfTarget(signature: Uint8Array): Uint8Array[] {
  const names: Uint8Array[] = [];
  let nameAt = 0;
  for (let at = 1; at < signature.length; at++) {
    const sign = signature[at];
    if (sign === valueEnd) at++;
    else if (sign === nameStart) nameAt = at + 1;
    else if (sign === valueStart && nameAt > 0) names.push(signature.subarray(nameAt, at));
  }
  return names;
}

export function gramsOf(signature: Uint8Array): Uint32Array {
  return targetOf(signature).grams;
}

/** Letters, digits, dashes and underscores, and the marks between them. */
function isOfWords(gram: number): boolean {
  for (let left = gram; left !== 0; left >>>= 8) if (!wordSigns[left & 0xff]) return false;
  return true;
}

const wordSigns = Array.from(
  { length: 256 },
  (_, sign) => sign > 127 || sign <= valueEnd || /[A-Za-z0_-]/.test(String.fromCharCode(sign)),
);

/** By set: the number of its first bit, and what takes a hash down to its bits. */
const firstOf = gramSets.map(({ offset }) => offset * 8);
const shiftOf = gramSets.map(({ bits }) => 32 - bits);

/** A number for the last `size` characters: their bit in the section. */
export function gramNumber(gram: number, size: number): number {
  if (size === 4) return firstOf[3] + (Math.imul(gram, multiplier) >>> shiftOf[3]);
  if (size === 3) return firstOf[2] + (Math.imul(gram & 0xffffff, multiplier) >>> shiftOf[2]);
  return size === 2 ? firstOf[1] + (gram & 0xffff) : firstOf[0] + (gram & 0xff);
}

/** Beside how many lines had a gram. */
const trusted = 4;

export class Grams {
  /** Lines that had the gram, two at most, and `trusted` beside them where nobody else is asked. */
  private readonly states = new Uint8Array(gramsBytes * 8);
  private readonly metIn = new Uint32Array(gramsBytes * 8);
  private readonly keys = new DistinctCounts(witnessesEnough);
  private readonly networks = new DistinctCounts(witnessesEnough);
  private readonly days = new DistinctCounts(daysEnough);
  private readonly siteKeys = new DistinctCounts(publicKeys);
  private readonly siteNetworks = new DistinctCounts(publicNetworks);
  private isKeyless = false;
  signatures = 0;

  /** Counts the grams of a signature that came `weight` times; `isHabit`: so often that nobody else is asked. */
  add(signature: Uint8Array, weight: number, witnesses: Witnesses, isHabit: boolean): void {
    this.signatures++;
    if (witnesses.keyless) this.isKeyless = true;
    for (const key of witnesses.keys) this.siteKeys.add(0, key);
    for (const network of witnesses.networks) this.siteNetworks.add(0, network);
    for (const gram of gramsOf(signature)) {
      for (let size = 1; size <= 4; size++) this.count(gramNumber(gram, size), weight, witnesses, isHabit);
    }
  }

  private count(gram: number, weight: number, witnesses: Witnesses, isHabit: boolean): void {
    const before = this.states[gram];
    if (before === (trusted | 2)) return; // no line can add to that
    if (this.metIn[gram] === this.signatures) return; // once a line
    this.metIn[gram] = this.signatures;
    const isTrusted = before >= trusted;
    this.states[gram] = (before & trusted) | Math.min(2, (before & ~trusted) + weight);
    if (isTrusted) return;
    if (witnesses.keyless || isHabit) this.states[gram] |= trusted;
    for (const network of witnesses.networks) this.networks.add(gram, network);
    for (const day of witnesses.days) this.days.add(gram, day);
    if (this.networks.isEnough(gram) || this.days.isEnough(gram)) this.states[gram] |= trusted;
    else for (const key of witnesses.keys) this.keys.add(gram, key);
  }

  private countOf(gram: number): number {
    return this.states[gram] & ~trusted;
  }

  private isVouchedFor(gram: number): boolean {
    if (this.states[gram] >= trusted || this.isKeyless || !this.siteKeys.isEnough(0)) return true;
    return this.keys.isEnough(gram) && !this.siteNetworks.isEnough(0);
  }

  /** Whether more than `others` lines had it, and somebody vouches for that. */
  isMet(gram: number, others = 0): boolean {
    return this.countOf(gram) > others && this.isVouchedFor(gram);
  }

  /** Who brought a gram that nobody vouches for; 0 of all others. */
  private ownerOf(gram: number): number {
    if (this.countOf(gram) === 0 || this.isVouchedFor(gram)) return 0;
    return (this.siteNetworks.isEnough(0) ? this.networks : this.keys).smallest(gram);
  }

  /** Names whose values are made of anything. */
  private readonly open = new Set<string>();

  setOpen(names: Iterable<string>): void {
    for (const name of names) this.open.add(name);
  }

  /** What a learnt signature's content is worth, in nats, had one line of it not been learnt. */
  leftOut(signature: Uint8Array): { nats: number; owner: number; isOfPath: boolean } {
    const { grams, parameters, names, pathLength } = targetOf(signature);
    const isOpen = [false, ...names.map((name) => this.open.has(textOf(name)))];
    let [unmet, unmetInPath, cost, owner] = [0, 0, 0, 0];
    for (let at = 0; at < grams.length; at++) {
      const gram = grams[at];
      const four = gramNumber(gram, 4);
      if (this.isMet(four, 1) || (isOpen[parameters[at]] && isOfWords(gram))) continue;
      unmet++;
      if (at < pathLength) unmetInPath++;
      owner ||= this.ownerOf(four);
      if (this.isMet(gramNumber(gram, 3), 1)) continue;
      cost++;
      if (!this.isMet(gramNumber(gram, 2), 1)) cost++;
      if (!this.isMet(gramNumber(gram, 1), 1)) cost++;
      if (isAttackSign[gram & 0xff] || isAttackSign[(gram >> 8) & 0xff] || isAttackSign[(gram >> 16) & 0xff]) cost++;
    }
    const share = unmet / grams.length;
    const nats = worth.fours * share + worth.foreign * Math.max(0, share - worth.knee) + cost / grams.length;
    return { nats, owner, isOfPath: unmetInPath * 2 > unmet };
  }

  /**
   * Whether the value of each parameter in this signature is foreign for the most part, had its line not been learnt;
   * of those whose name is looked for.
   */
  foreignNames(
    signature: Uint8Array,
    isLookedFor: (name: Uint8Array) => boolean,
  ): { name: string; isForeign: boolean }[] {
    const { grams, parameters, names } = targetOf(signature);
    // By parameter, from 1 on.
    const isAsked = [false, ...names.map(isLookedFor)];
    if (!isAsked.includes(true)) return [];
    const [all, unmet] = [new Uint16Array(names.length + 1), new Uint16Array(names.length + 1)];
    for (let at = 0; at < grams.length; at++) {
      const parameter = parameters[at];
      all[parameter]++;
      if (isAsked[parameter] && isOfWords(grams[at]) && !this.isMet(gramNumber(grams[at], 4), 1)) unmet[parameter]++;
    }
    return names.flatMap((name, i) =>
      isAsked[i + 1] ? [{ name: textOf(name), isForeign: unmet[i + 1] * 2 > all[i + 1] }] : [],
    );
  }
}

const textOf = (name: Uint8Array) => Buffer.from(name).toString("latin1");
