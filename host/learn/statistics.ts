/**
 * Groups and their values, counted over signatures: n observations of a group, n₁ of its values seen once. In a group
 * that ten keys or more have used, a value that nobody vouches for counts as unseen, and one network adds little to n₁:
 * nobody alone can teach the filter, nor wear a group out.
 */

import { grown, numbersWhere, picked, roomAfter } from "../math/columns.js";
import { HashIndex } from "../math/hashIndex.js";
import { distrustedNote, distrustedOfOneNote } from "../model/featureSection.js";
import type { SignatureStore, Witnesses } from "../signatures/signatureStore.js";
import {
  daysEnough,
  exclusiveOncePerOwner,
  Habits,
  publicKeys,
  publicNetworks,
  witnessesEnough,
} from "../signatures/trust.js";
import type { Engine } from "../wasm/engine.js";
import { featureBytes, featureKinds, featureLevel, kindsOfLevels, textSignature } from "../wasm/layout.js";
import { DistinctCounts } from "./distinctCounts.js";
import { Grams } from "./grams.js";
import { Recurrence } from "./recurrence.js";
import { LoneGroups, Singles } from "./singles.js";

/** A group whose next value is new more often than this keeps producing values: nothing new there is news. */
export const openProbability = 0.2;
/** Of a text's new pairs of tokens the least probable ones count, so many. */
const pairsTogether = 3;

/** As many bits as the lines of a log need. */
type Counts = Uint32Array | Float64Array;

const wordsPerFeature = featureBytes / 4;
const kinds = featureKinds;
const ofNoPath: number[] = [
  ...[kinds.method, kinds.status, kinds.methodStatus, kinds.extension],
  ...[kinds.malformedShape, kinds.pathPair, kinds.nameSpecial],
];

/** Whether a group is one of the whole site's. */
const isSiteWide = (kind: number) => featureLevel(kind) > 0 || ofNoPath.includes(kind);

/** Of these it matters whether they were met: a malformed request is news where none was; so are templates known. */
const keptKinds: number[] = [kinds.malformedShape, kinds.template];

/** Whether a group is kept however many new values it brings. */
export const isAlwaysKept = (kind: number) => featureLevel(kind) > 0 || keptKinds.includes(kind);

/** By kind of group: whether its values are looked for by their hash, and whether it is kept that it was met. */
const isLookedUp = (kind: number) => (kind & 0xff) === kinds.outcome;
export const isKeptAsMet = (kind: number) => kindsOfLevels.includes(kind);

/** Who sent a line: hashes, 0 where there is none. */
export interface Senders {
  firstKey(signature: number): number;
  firstNetwork(signature: number): number;
}

const noNumbers = new Uint32Array(0);

export class Statistics {
  readonly groups = new HashIndex();
  groupCounts: Counts;
  /** Values seen once; none before `finish`. */
  groupOnce = noNumbers;
  groupKinds = new Uint16Array(1024);
  private readonly groupKeys = new DistinctCounts(publicKeys);
  private readonly groupNetworks = new DistinctCounts(publicNetworks);
  private groupKeyless = new Uint8Array(1024);

  readonly values = new HashIndex();
  valueCounts: Counts;
  valueGroups = new Uint32Array(4096);
  private readonly valueKeys = new DistinctCounts(witnessesEnough);
  private readonly valueNetworks = new DistinctCounts(witnessesEnough);
  private readonly valueDays = new DistinctCounts(daysEnough);
  /** 1 where a line without a key or a usual one had it, or enough networks or days did: nobody else is asked. */
  private valueTrusted = new Uint8Array(4096);
  /** 1 where the value counts as unseen although it was seen; none before `finish`. */
  valueDistrusted = new Uint8Array(0);
  /** Values of the signature at hand: a pair counts once a line. */
  private readonly counted = new HashIndex();

  /** Values that came once, from one sender at most, and groups in which nothing else ever came: in no table. */
  readonly singles = new Singles();
  readonly loneGroups = new LoneGroups(isKeptAsMet);

  /** What requests' targets are made of. */
  grams: Grams | undefined;
  private readonly habits: Habits;

  /**
   * Of so many lines in all, in these hours of the day, a bit each. `recurrence`: what is told by it to come once needs
   * no place in a table; `senders` says who sent it.
   */
  constructor(
    lines: number,
    hours: number,
    private recurrence?: Recurrence,
    private readonly senders?: Senders,
  ) {
    this.habits = new Habits(lines, hours);
    const newCounts = (length: number) => (lines < 2 ** 32 ? new Uint32Array(length) : new Float64Array(length));
    [this.groupCounts, this.valueCounts] = [newCounts(1024), newCounts(4096)];
  }

  /** Counts the features of a signature that came `weight` times. */
  add(features: Uint32Array, weight: number, witnesses: Witnesses, signature = 0): void {
    const { keys, networks, days } = witnesses;
    const isOnce = weight === 1 && keys.length <= 1 && networks.length <= 1 && days.length <= 1;
    const isUsual = this.habits.isUsual(weight);
    const isHabit = this.habits.isHabit(weight, witnesses.hours);
    this.counted.clear();
    for (let at = 0; at < features.length; at += wordsPerFeature) {
      const kind = features[at + 4];
      if (isOnce && this.takeSingle(features, at, kind, witnesses, signature)) continue;
      const value = this.values.add(features[at + 2], features[at + 3]);
      if (value >= this.valueCounts.length) this.growValues();
      const before = this.counted.size;
      if (this.counted.add(value, 0) < before) continue;
      const group = this.countGroup(features[at], features[at + 1], kind, weight, witnesses);
      if (this.valueCounts[value] === 0) this.valueGroups[value] = group;
      this.valueCounts[value] += weight;
      if (this.valueTrusted[value]) continue;
      const isTrusted = isUsual && (isHabit || !isSiteWide(kind));
      if (witnesses.keyless || isTrusted) this.valueTrusted[value] = 1;
      this.noteValue(value, witnesses);
    }
  }

  private countGroup(low: number, high: number, kind: number, weight: number, witnesses: Witnesses): number {
    const known = this.groups.size;
    const group = this.groups.add(low, high);
    if (group === known) {
      if (group === this.groupCounts.length) this.growGroups();
      this.groupKinds[group] = kind;
    }
    this.groupCounts[group] += weight;
    this.noteGroup(group, witnesses);
    return group;
  }

  /** False where the value may come again, or has to be found by its hash. */
  private takeSingle(
    features: Uint32Array,
    at: number,
    kind: number,
    witnesses: Witnesses,
    signature: number,
  ): boolean {
    const { recurrence } = this;
    if (!recurrence || isLookedUp(kind) || recurrence.mayRecur(features[at + 2], features[at + 3])) return false;
    const [low, high] = [features[at], features[at + 1]];
    if (!isAlwaysKept(kind) && !recurrence.mayRecur(low, high)) this.loneGroups.add(low, high, kind);
    else {
      const group = this.countGroup(low, high, kind, 1, witnesses);
      this.singles.add(group, signature);
    }
    return true;
  }

  /** Counts what a request's target is made of. */
  addTarget(signature: Uint8Array, weight: number, witnesses: Witnesses): void {
    this.grams ??= new Grams();
    this.grams.add(signature, weight, witnesses, this.habits.isHabit(weight, witnesses.hours));
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
    if (this.valueNetworks.isEnough(value) || this.valueDays.isEnough(value)) this.valueTrusted[value] = 1;
  }

  private growGroups(): void {
    const length = roomAfter(this.groupCounts.length);
    this.groupCounts = grown(this.groupCounts, length);
    this.groupKinds = grown(this.groupKinds, length);
    this.groupKeyless = grown(this.groupKeyless, length);
  }

  private growValues(): void {
    const length = roomAfter(this.valueCounts.length);
    this.valueCounts = grown(this.valueCounts, length);
    this.valueGroups = grown(this.valueGroups, length);
    this.valueTrusted = grown(this.valueTrusted, length);
  }

  isPublic(group: number): boolean {
    return !this.groupKeyless[group] && this.groupKeys.isEnough(group);
  }

  private isVouchedFor(value: number): boolean {
    if (this.valueTrusted[value]) return true;
    return this.valueKeys.isEnough(value) && !this.isOfManyNetworks(this.valueGroups[value]);
  }

  private isOfManyNetworks(group: number): boolean {
    return this.groupNetworks.isEnough(group);
  }

  /** What a model's table says of a value besides how often it came. */
  noteOf(value: number): number {
    if (!this.valueDistrusted[value]) return 0;
    return this.valueKeys.isAlone(value) ? distrustedOfOneNote : distrustedNote;
  }

  /** Who is held to account for a value that nobody vouches for. */
  ownerOf(value: number): number {
    const senders = this.isOfManyNetworks(this.valueGroups[value]) ? this.valueNetworks : this.valueKeys;
    return senders.smallest(value);
  }

  /** Of a value that came once, in this signature: it counts as unseen where its group is public. */
  isSingleDistrusted(group: number, signature: number): boolean {
    return this.isPublic(group) && this.senders!.firstKey(signature) !== 0;
  }

  private ownerOfSingle(group: number, signature: number): number {
    return this.isOfManyNetworks(group) ? this.senders!.firstNetwork(signature) : this.senders!.firstKey(signature);
  }

  /** Whether a value of the group counts as unseen, and who is held to account for it; `value` -1: it came once. */
  distrustOf(group: number, value: number, signature: number): { isDistrusted: boolean; owner: number } {
    const isDistrusted = value < 0 ? this.isSingleDistrusted(group, signature) : this.valueDistrusted[value] === 1;
    if (!isDistrusted) return trusted;
    return { isDistrusted, owner: value < 0 ? this.ownerOfSingle(group, signature) : this.ownerOf(value) };
  }

  /** How many lines had it; -1: it came once. */
  countOf(value: number): number {
    return value < 0 ? 1 : this.valueCounts[value];
  }

  /** After the last signature: n₁ of every group, and which values are not to be trusted. */
  finish(): void {
    this.recurrence?.release();
    this.recurrence = undefined;
    this.groupOnce = new Uint32Array(this.groups.size);
    this.valueDistrusted = new Uint8Array(this.values.size);
    const brought = new HashIndex();
    let times = new Uint8Array(1024);
    const bring = (group: number, owner: number) => {
      const pair = brought.add(group, owner);
      if (pair >= times.length) times = grown(times, roomAfter(times.length));
      if (times[pair] < exclusiveOncePerOwner) {
        times[pair]++;
        this.groupOnce[group]++;
      }
    };
    for (const { group, signature } of this.singles.each()) {
      if (this.isSingleDistrusted(group, signature)) bring(group, this.ownerOfSingle(group, signature));
      else this.groupOnce[group]++;
    }
    for (let value = 0; value < this.values.size; value++) {
      const group = this.valueGroups[value];
      if (!this.isPublic(group) || this.isVouchedFor(value)) {
        if (this.valueCounts[value] === 1) this.groupOnce[group]++;
        continue;
      }
      this.valueDistrusted[value] = 1;
      bring(group, this.ownerOf(value));
    }
  }

  /** Forgets all groups but these, rising, with their values; they are numbered anew, and nothing is added any more. */
  keepGroups(groups: Uint32Array): void {
    const numberOf = new Int32Array(this.groups.size).fill(-1);
    groups.forEach((group, number) => {
      numberOf[group] = number;
    });
    const values = numbersWhere(this.values.size, (value) => numberOf[this.valueGroups[value]] >= 0);
    this.groups.keepOnly(groups);
    this.groupCounts = picked(this.groupCounts, groups);
    this.groupOnce = picked(this.groupOnce, groups);
    this.groupKinds = picked(this.groupKinds, groups);
    this.groupKeyless = picked(this.groupKeyless, groups);
    this.groupKeys.keepOnly(groups);
    this.groupNetworks.keepOnly(groups);
    this.values.keepOnly(values);
    this.valueCounts = picked(this.valueCounts, values);
    this.valueGroups = picked(this.valueGroups, values);
    this.valueGroups.forEach((group, value) => {
      this.valueGroups[value] = numberOf[group];
    });
    this.valueDistrusted = picked(this.valueDistrusted, values);
    this.valueKeys.keepOnly(values);
    this.valueNetworks.keepOnly(values);
    this.valueDays.keepOnly(noNumbers);
    this.valueTrusted = picked(this.valueTrusted, noNumbers);
    this.singles.clear();
  }

  /** Good–Turing probability that the group's next value is one never seen. */
  escapeProbability(group: number): number {
    return (this.groupOnce[group] + 0.5) / (this.groupCounts[group] + 1);
  }

  /**
   * The surprise, -ln p, of a learnt text, had one line of it not been learnt: as assembly/detect/novelty/textScore.ts
   * finds it, with one line taken from every count. `asksOutlier` says whether its novelty would be for the outlier
   * detector to judge, `owner` who brought something of it to a public place with nobody to vouch for it, or 0.
   */
  leftOut(features: Uint32Array, signature: number): { surprise: number; asksOutlier: boolean; owner: number } {
    let owner = 0;
    const news: number[] = [];
    for (let at = 0; at < features.length; at += wordsPerFeature) {
      const group = this.groups.find(features[at], features[at + 1]);
      if (group < 0 || this.groupCounts[group] <= 1) {
        if (at === 0) return { surprise: 0, asksOutlier: true, owner };
        continue;
      }
      const value = this.values.find(features[at + 2], features[at + 3]);
      const distrust = this.distrustOf(group, value, signature);
      owner ||= distrust.owner;
      if (!distrust.isDistrusted && this.countOf(value) > 1) {
        if (at === 0) return { surprise: 0, asksOutlier: false, owner };
        continue;
      }
      const once = this.groupOnce[group] - (this.countOf(value) === 1 ? 1 : 0);
      news.push((Math.max(0, once) + 0.5) / this.groupCounts[group]);
    }
    const [template, ...pairs] = news;
    const rarest = pairs.sort((a, b) => a - b).slice(0, pairsTogether);
    const surprise = rarest.reduce((sum, probability) => sum - Math.log(probability), -Math.log(template));
    return { surprise, asksOutlier: template > openProbability, owner };
  }
}

const trusted = { isDistrusted: false, owner: 0 };

/** Groups and values of a signature, about. */
const hashesEach = 40;

function recurrenceIn(engine: Engine, store: SignatureStore): Recurrence {
  const recurrence = new Recurrence(store.size * hashesEach);
  for (let signature = 0; signature < store.size; signature++) {
    if (store.weight(signature) === 0) continue;
    const features = engine.tableKeys(store.bytes(signature), false);
    for (let at = 0; at < features.length; at += wordsPerFeature) {
      recurrence.note(features[at], features[at + 1]);
      recurrence.note(features[at + 2], features[at + 3]);
    }
  }
  recurrence.endNotes();
  return recurrence;
}

/** Adds every signature of the store; `tableKeys` of the engine must know the vocabulary by now. */
export function countSignatures(engine: Engine, store: SignatureStore, onSignature?: () => void): Statistics {
  const recurrence = recurrenceIn(engine, store);
  const statistics = new Statistics(store.lines, store.hoursOfAll(), recurrence, store);
  for (const signature of store.sorted()) {
    const weight = store.weight(signature);
    if (weight > 0) {
      const [bytes, witnesses] = [store.bytes(signature), store.witnesses(signature)];
      statistics.add(engine.tableKeys(bytes, false), weight, witnesses, signature);
      if (bytes[0] !== textSignature) statistics.addTarget(bytes, weight, witnesses);
    }
    onSignature?.();
  }
  statistics.finish();
  return statistics;
}
