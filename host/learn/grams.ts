/**
 * The grams of learnt requests (assembly/detect/novelty/content.ts): which were met twice or more, which once, and
 * which nobody vouches for. All of them belong to one group, the site: statistics.ts says who vouches.
 */

import { gramSets, gramsBytes } from "../model/gramSection.js";
import type { Witnesses } from "../signatures/signatureStore.js";
import { daysEnough, publicKeys, publicNetworks, witnessesEnough } from "../signatures/trust.js";
import { requestSignature } from "../wasm/layout.js";
import { DistinctCounts } from "./distinctCounts.js";

const multiplier = 0x9e3779b1;
const targetMax = 400;
const [fieldEnd, valueEnd, zero] = [1, 4, 0x30];
/** What the shares are worth, in nats. */
const worth = { fours: 4, foreign: 16, knee: 0.7 };
const attackSigns = new Set(Buffer.from("'\"<>();|`$\\{}[]*!^~#,:@%"));

/** The last four characters at each of the target's, the last one lowest, and where the path ends among them. */
export function gramsOf(signature: Uint8Array): Uint32Array {
  let at = 1;
  if (signature[0] === requestSignature) at = signature.indexOf(fieldEnd, signature.indexOf(fieldEnd) + 1) + 1;
  const grams = new Uint32Array(targetMax + 1);
  let length = 0;
  let gram = 0x010101;
  for (; at < signature.length && length < targetMax; at++) {
    const sign = signature[at];
    if (sign === valueEnd)
      at++; // the length
    else if (sign !== zero || (gram & 0xff) !== zero) {
      gram = ((gram << 8) | sign) >>> 0;
      grams[length++] = gram;
    }
  }
  grams[length++] = ((gram << 8) | valueEnd) >>> 0;
  return grams.subarray(0, length);
}

/** A number for the last `size` characters: their bit in the section. */
export function gramNumber(gram: number, size: number): number {
  const { offset, bits } = gramSets[size - 1];
  if (size < 3) return offset * 8 + (gram & (2 ** bits - 1));
  const characters = size === 3 ? gram & 0xffffff : gram;
  return offset * 8 + (Math.imul(characters, multiplier) >>> (32 - bits));
}

export class Grams {
  /** Lines that had the gram, two at most, and 1 where nobody else is asked. */
  private readonly counts = new Uint8Array(gramsBytes * 8);
  private readonly trusted = new Uint8Array(gramsBytes * 8);
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
    if (this.metIn[gram] === this.signatures) return; // once a line
    this.metIn[gram] = this.signatures;
    if (this.counts[gram] < 2) this.counts[gram] = Math.min(2, this.counts[gram] + weight);
    if (this.trusted[gram]) return;
    if (witnesses.keyless || isHabit) this.trusted[gram] = 1;
    for (const network of witnesses.networks) this.networks.add(gram, network);
    for (const day of witnesses.days) this.days.add(gram, day);
    if (this.networks.isEnough(gram) || this.days.isEnough(gram)) this.trusted[gram] = 1;
    else for (const key of witnesses.keys) this.keys.add(gram, key);
  }

  private isVouchedFor(gram: number): boolean {
    if (this.trusted[gram] || this.isKeyless || !this.siteKeys.isEnough(0)) return true;
    return this.keys.isEnough(gram) && !this.siteNetworks.isEnough(0);
  }

  /** Whether more than `others` lines had it, and somebody vouches for that. */
  isMet(gram: number, others = 0): boolean {
    return this.counts[gram] > others && this.isVouchedFor(gram);
  }

  /** Who brought a gram that nobody vouches for; 0 of all others. */
  private ownerOf(gram: number): number {
    if (this.counts[gram] === 0 || this.isVouchedFor(gram)) return 0;
    return (this.siteNetworks.isEnough(0) ? this.networks : this.keys).smallest(gram);
  }

  /** What a learnt signature's content is worth, in nats, had one line of it not been learnt. */
  leftOut(signature: Uint8Array): { nats: number; owner: number } {
    const grams = gramsOf(signature);
    let [unmet, cost, owner] = [0, 0, 0];
    for (const gram of grams) {
      const four = gramNumber(gram, 4);
      if (this.isMet(four, 1)) continue;
      unmet++;
      owner ||= this.ownerOf(four);
      if (this.isMet(gramNumber(gram, 3), 1)) continue;
      cost++;
      if (!this.isMet(gramNumber(gram, 2), 1)) cost++;
      if (!this.isMet(gramNumber(gram, 1), 1)) cost++;
      if ([gram & 0xff, (gram >> 8) & 0xff, (gram >> 16) & 0xff].some((sign) => attackSigns.has(sign))) cost++;
    }
    const share = unmet / grams.length;
    const nats = worth.fours * share + worth.foreign * Math.max(0, share - worth.knee) + cost / grams.length;
    return { nats, owner };
  }
}
