/**
 * Groups and their values, counted over forms: n observations of a group, n₁ of its values seen once. A value that
 * only one key ever sent counts as unseen in a group that ten keys or more have used, and one key adds little to n₁
 * there: nobody alone can teach the filter, nor wear a group out.
 */
import type { Engine } from "../engine.js";
import type { FormStore } from "./formStore.js";
import { grown, HashIndex, roomAfter } from "./hashIndex.js";

/** A group used by so many keys is a public place. */
const publicKeys = 10;
/** What one key alone brought to a public group counts at most so often as "seen once". */
const exclusiveOncePerKey = 3;

const wordsPerFeature = 8;
/** Kinds as numbered in assembly/features.ts. */
export const kinds = { valueShape: 10, template: 15, tokenPair: 16, word: 17 } as const;

export class Statistics {
  readonly groups = new HashIndex();
  groupCounts = new Float64Array(1024);
  groupOnce = new Float64Array(1024);
  groupKinds = new Uint8Array(1024);
  /** Bits set by key hashes: ten bits are ten keys at least. */
  private groupKeyBits = new Uint32Array(2048);
  private groupKeyless = new Uint8Array(1024);

  readonly values = new HashIndex();
  valueCounts = new Float64Array(4096);
  valueGroups = new Uint32Array(4096);
  /** The one key that sent it; 0 none yet. */
  private valueKeys = new Uint32Array(4096);
  private valueShared = new Uint8Array(4096);
  /** 1 where the value counts as unseen although it was seen. */
  valueDistrusted = new Uint8Array(4096);

  /** Counts the features of a form that came `weight` times. */
  add(features: Uint32Array, weight: number, keys: Uint32Array): void {
    for (let at = 0; at < features.length; at += wordsPerFeature) {
      const group = this.groups.add(features[at], features[at + 1]);
      if (group >= this.groupCounts.length) this.growGroups();
      this.groupCounts[group] += weight;
      this.groupKinds[group] = features[at + 4];
      this.noteGroupKeys(group, keys);
      const value = this.values.add(features[at + 2], features[at + 3]);
      if (value >= this.valueCounts.length) this.growValues();
      this.valueCounts[value] += weight;
      this.valueGroups[value] = group;
      this.noteValueKeys(value, keys);
    }
  }

  private noteGroupKeys(group: number, keys: Uint32Array): void {
    if (keys.length === 0) this.groupKeyless[group] = 1;
    for (const key of keys) this.groupKeyBits[group * 2 + ((key >>> 5) & 1)] |= 1 << (key & 31);
  }

  private noteValueKeys(value: number, keys: Uint32Array): void {
    if (keys.length !== 1 || (this.valueKeys[value] !== 0 && this.valueKeys[value] !== keys[0])) {
      this.valueShared[value] = 1;
    } else this.valueKeys[value] = keys[0];
  }

  private growGroups(): void {
    const length = roomAfter(this.groupCounts.length);
    this.groupCounts = grown(this.groupCounts, length);
    this.groupOnce = grown(this.groupOnce, length);
    this.groupKinds = grown(this.groupKinds, length);
    this.groupKeyBits = grown(this.groupKeyBits, length * 2);
    this.groupKeyless = grown(this.groupKeyless, length);
  }

  private growValues(): void {
    const length = roomAfter(this.valueCounts.length);
    this.valueCounts = grown(this.valueCounts, length);
    this.valueGroups = grown(this.valueGroups, length);
    this.valueKeys = grown(this.valueKeys, length);
    this.valueShared = grown(this.valueShared, length);
    this.valueDistrusted = grown(this.valueDistrusted, length);
  }

  isPublic(group: number): boolean {
    if (this.groupKeyless[group]) return false;
    return bitCount(this.groupKeyBits[group * 2]) + bitCount(this.groupKeyBits[group * 2 + 1]) >= publicKeys;
  }

  /** After the last form: n₁ of every group, and which values are not to be trusted. */
  finish(): void {
    const broughtByKey = new Map<string, number>();
    for (let value = 0; value < this.values.size; value++) {
      const group = this.valueGroups[value];
      const exclusive = !this.valueShared[value] && this.isPublic(group);
      if (!exclusive) {
        if (this.valueCounts[value] === 1) this.groupOnce[group]++;
        continue;
      }
      this.valueDistrusted[value] = 1;
      const owner = `${group} ${this.valueKeys[value]}`;
      const brought = (broughtByKey.get(owner) ?? 0) + 1;
      broughtByKey.set(owner, brought);
      if (brought <= exclusiveOncePerKey) this.groupOnce[group]++;
    }
  }

  /** Good–Turing probability that the group's next value is one never seen. */
  escapeProbability(group: number): number {
    return (this.groupOnce[group] + 0.5) / (this.groupCounts[group] + 1);
  }

  /**
   * The largest surprise, -ln p, of a learnt form, had one line of it not been learnt. As assembly/novelty.ts does it,
   * with one line taken from every count. `templateNew` says whether the text's template would then be unseen,
   * `isDistrusted` whether one key alone brought something of it to a public place.
   */
  leftOut(
    features: Uint32Array,
    isOpen: Uint8Array,
  ): { surprise: number; templateNew: boolean; isDistrusted: boolean } {
    let least = 1;
    let isDistrusted = false;
    let templateNew = true;
    for (let at = 0; at < features.length; at += wordsPerFeature) {
      const kind = features[at + 4];
      if (kind === kinds.tokenPair && !templateNew) break;
      const group = this.groups.find(features[at], features[at + 1]);
      if (isOpen[group] || this.groupCounts[group] <= 1) continue;
      const value = this.values.find(features[at + 2], features[at + 3]);
      if (this.valueDistrusted[value]) isDistrusted = true;
      const others = this.valueDistrusted[value] ? 0 : this.valueCounts[value] - 1;
      if (others <= 0) {
        const once = this.groupOnce[group] - (this.valueCounts[value] === 1 ? 1 : 0);
        least = Math.min(least, (Math.max(0, once) + 0.5) / this.groupCounts[group]);
      } else if (kind >= kinds.template) {
        least = Math.min(least, others / this.groupCounts[group]);
        if (kind === kinds.template) templateNew = false;
      }
    }
    return { surprise: -Math.log(least), templateNew, isDistrusted };
  }
}

/** Adds every form of the store; `tableKeys` of the engine must know the vocabulary by now. */
export function countForms(engine: Engine, store: FormStore, onForm?: () => void): Statistics {
  const statistics = new Statistics();
  for (const form of store.sorted()) {
    const weight = store.weight(form);
    if (weight > 0) statistics.add(engine.tableKeys(store.bytes(form), false), weight, store.keysOf(form));
    onForm?.();
  }
  statistics.finish();
  return statistics;
}

function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
