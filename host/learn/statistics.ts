/**
 * Groups and their values, counted over signatures: n observations of a group, n₁ of its values seen once. In a group
 * that ten keys or more have used, a value that nobody vouches for counts as unseen, and one network adds little to n₁:
 * nobody alone can teach the filter, nor wear a group out.
 */

import { grown, HashIndex, roomAfter } from "../math/hashIndex.js";
import type { SignatureStore, Witnesses } from "../signatures/signatureStore.js";
import type { Engine } from "../wasm/engine.js";
import { featureBytes, featureKinds } from "../wasm/layout.js";
import { DistinctCounts } from "./distinctCounts.js";

/** A group used by so many keys is a public place. */
const publicKeys = 10;
/** Where fewer networks use a group, an office or a cluster does: there its keys vouch one by one. */
const publicNetworks = 10;
/** Whoever has IPv4 and IPv6 is two networks, so two are one sender as often as not. */
const witnessesEnough = 3;
/** One day may be one burst; a first one that was told is no day (signatureStore.ts). */
const daysEnough = 2;
/**
 * A line that came so often, in the same signature, needs nobody to vouch for it: a health check by one monitor. Of
 * what belongs to no path (method, status, extension) that holds only if it also came in so many of the log's hours of
 * the day: acunetix, with three lines in ten, asked one page by POST in an eighth of all lines, and a site that has no
 * POST then tagged .33 of its lines instead of .84.
 */
const usualShare = 1 / 20;
/** A handful of lines of few are no habit. */
const usualLinesMin = 20;
const usualHoursShare = 1 / 2;
const usualHoursMin = 6;
/** A group whose next value is new more often than this keeps producing values: nothing new there is news. */
export const openProbability = 0.2;
/** Of a text's new pairs of tokens the least probable ones count, so many. */
const pairsTogether = 3;
/** What one sender brought to a public group with nobody to vouch for it counts at most so often as "seen once". */
const exclusiveOncePerOwner = 3;

const wordsPerFeature = featureBytes / 4;
const kinds = featureKinds;
const siteWideKinds: number[] = [kinds.method, kinds.status, kinds.methodStatus, kinds.extension];

export class Statistics {
  readonly groups = new HashIndex();
  groupCounts = new Float64Array(1024);
  groupOnce = new Float64Array(1024);
  groupKinds = new Uint8Array(1024);
  private readonly groupKeys = new DistinctCounts(publicKeys);
  private readonly groupNetworks = new DistinctCounts(publicNetworks);
  private groupKeyless = new Uint8Array(1024);

  readonly values = new HashIndex();
  valueCounts = new Float64Array(4096);
  valueGroups = new Uint32Array(4096);
  private readonly valueKeys = new DistinctCounts(witnessesEnough);
  private readonly valueNetworks = new DistinctCounts(witnessesEnough);
  private readonly valueDays = new DistinctCounts(daysEnough);
  /** 1 where a line without a key or a usual one had it: nobody else is asked. */
  private valueTrusted = new Uint8Array(4096);
  /** 1 where the value counts as unseen although it was seen. */
  valueDistrusted = new Uint8Array(4096);

  private readonly usualLines: number;
  private readonly usualHours: number;

  /** Of so many lines in all, in these hours of the day, a bit each. */
  constructor(lines: number, hours: number) {
    this.usualLines = Math.max(usualLinesMin, lines * usualShare);
    this.usualHours = Math.max(usualHoursMin, bitCount(hours) * usualHoursShare);
  }

  /** Counts the features of a signature that came `weight` times. */
  add(features: Uint32Array, weight: number, witnesses: Witnesses): void {
    const isUsual = weight >= this.usualLines;
    const isHabit = isUsual && bitCount(witnesses.hours) >= this.usualHours;
    for (let at = 0; at < features.length; at += wordsPerFeature) {
      const group = this.groups.add(features[at], features[at + 1]);
      if (group >= this.groupCounts.length) this.growGroups();
      this.groupCounts[group] += weight;
      this.groupKinds[group] = features[at + 4];
      this.noteGroup(group, witnesses);
      const value = this.values.add(features[at + 2], features[at + 3]);
      if (value >= this.valueCounts.length) this.growValues();
      this.valueCounts[value] += weight;
      this.valueGroups[value] = group;
      const isTrusted = isUsual && (isHabit || !siteWideKinds.includes(features[at + 4]));
      if (witnesses.keyless || isTrusted) this.valueTrusted[value] = 1;
      this.noteValue(value, witnesses);
    }
  }

  private noteGroup(group: number, { keyless, keys, networks }: Witnesses): void {
    if (keyless) this.groupKeyless[group] = 1;
    for (const key of keys) this.groupKeys.add(group, key);
    for (const network of networks) this.groupNetworks.add(group, network);
  }

  private noteValue(value: number, { keys, networks, days }: Witnesses): void {
    for (const key of keys) this.valueKeys.add(value, key);
    for (const network of networks) this.valueNetworks.add(value, network);
    for (const day of days) this.valueDays.add(value, day);
  }

  private growGroups(): void {
    const length = roomAfter(this.groupCounts.length);
    this.groupCounts = grown(this.groupCounts, length);
    this.groupOnce = grown(this.groupOnce, length);
    this.groupKinds = grown(this.groupKinds, length);
    this.groupKeyless = grown(this.groupKeyless, length);
  }

  private growValues(): void {
    const length = roomAfter(this.valueCounts.length);
    this.valueCounts = grown(this.valueCounts, length);
    this.valueGroups = grown(this.valueGroups, length);
    this.valueTrusted = grown(this.valueTrusted, length);
    this.valueDistrusted = grown(this.valueDistrusted, length);
  }

  isPublic(group: number): boolean {
    return !this.groupKeyless[group] && this.groupKeys.isEnough(group);
  }

  private isVouchedFor(value: number): boolean {
    if (this.valueTrusted[value] || this.valueNetworks.isEnough(value) || this.valueDays.isEnough(value)) return true;
    return this.valueKeys.isEnough(value) && !this.isOfManyNetworks(this.valueGroups[value]);
  }

  private isOfManyNetworks(group: number): boolean {
    return this.groupNetworks.isEnough(group);
  }

  /** Who is held to account for a value that nobody vouches for. */
  private ownerOf(value: number): number {
    const senders = this.isOfManyNetworks(this.valueGroups[value]) ? this.valueNetworks : this.valueKeys;
    return senders.smallest(value);
  }

  /** After the last signature: n₁ of every group, and which values are not to be trusted. */
  finish(): void {
    const broughtByOwner = new Map<string, number>();
    for (let value = 0; value < this.values.size; value++) {
      const group = this.valueGroups[value];
      if (!this.isPublic(group) || this.isVouchedFor(value)) {
        if (this.valueCounts[value] === 1) this.groupOnce[group]++;
        continue;
      }
      this.valueDistrusted[value] = 1;
      const owner = `${group} ${this.ownerOf(value)}`;
      const brought = (broughtByOwner.get(owner) ?? 0) + 1;
      broughtByOwner.set(owner, brought);
      if (brought <= exclusiveOncePerOwner) this.groupOnce[group]++;
    }
  }

  /** Good–Turing probability that the group's next value is one never seen. */
  escapeProbability(group: number): number {
    return (this.groupOnce[group] + 0.5) / (this.groupCounts[group] + 1);
  }

  /**
   * The surprise, -ln p, of a learnt signature, had one line of it not been learnt: as assembly/detect/novelty/ finds
   * it, with one line taken from every count. `asksOutlier` says whether its novelty would be for the outlier detector
   * to judge, `owner` who brought something of it to a public place with nobody to vouch for it, or 0.
   */
  leftOut(features: Uint32Array, isOpen: Uint8Array): { surprise: number; asksOutlier: boolean; owner: number } {
    const isText = features.length > 0 && features[4] === kinds.template;
    let owner = 0;
    const news: number[] = [];
    for (let at = 0; at < features.length; at += wordsPerFeature) {
      const group = this.groups.find(features[at], features[at + 1]);
      if (isOpen[group] || this.groupCounts[group] <= 1) {
        if (isText && at === 0) return { surprise: 0, asksOutlier: true, owner };
        continue;
      }
      const value = this.values.find(features[at + 2], features[at + 3]);
      if (this.valueDistrusted[value] && owner === 0) owner = this.ownerOf(value);
      const others = this.valueDistrusted[value] ? 0 : this.valueCounts[value] - 1;
      if (others > 0) {
        if (isText && at === 0) return { surprise: 0, asksOutlier: false, owner };
        continue;
      }
      const once = this.groupOnce[group] - (this.valueCounts[value] === 1 ? 1 : 0);
      news.push((Math.max(0, once) + 0.5) / this.groupCounts[group]);
    }
    if (!isText) return { surprise: -Math.log(Math.min(1, ...news)), asksOutlier: false, owner };
    const [template, ...pairs] = news;
    const rarest = pairs.sort((a, b) => a - b).slice(0, pairsTogether);
    const surprise = rarest.reduce((sum, probability) => sum - Math.log(probability), -Math.log(template));
    return { surprise, asksOutlier: template > openProbability, owner };
  }
}

/** Adds every signature of the store; `tableKeys` of the engine must know the vocabulary by now. */
export function countSignatures(engine: Engine, store: SignatureStore, onSignature?: () => void): Statistics {
  const statistics = new Statistics(store.lines, store.hoursOfAll());
  for (const signature of store.sorted()) {
    const weight = store.weight(signature);
    if (weight > 0) statistics.add(engine.tableKeys(store.bytes(signature), false), weight, store.witnesses(signature));
    onSignature?.();
  }
  statistics.finish();
  return statistics;
}

function bitCount(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}
