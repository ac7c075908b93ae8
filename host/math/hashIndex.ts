/** Numbers 64-bit hashes in the order they come: an open-addressed index over two 32-bit halves, no BigInt. */

import { grown, picked, resized, roomAfter } from "./columns.js";

/** Slots that may be taken before there are twice as many; a search then looks at some four of them. */
const fullShare = 0.75;

/** The two halves of a 64-bit hash, and the hash of two halves. */
export const halves = (hash: bigint): [low: number, high: number] => [Number(hash & 0xffffffffn), Number(hash >> 32n)];
export const joined = (low: number, high: number): bigint => (BigInt(high) << 32n) | BigInt(low);

export class HashIndex {
  low = new Uint32Array(1024);
  high = new Uint32Array(1024);
  size = 0;
  /**
   * 0 where a slot is free. Else its lower bits, as many as number the slots, are a hash's number plus 1, and the upper
   * ones those of the hash's upper half: nearly every other hash on the way is told by them, without a look at it.
   */
  private slots: Int32Array = new Int32Array(2048);
  private mask = 2047;

  /** The number of this hash, or -1. */
  find(low: number, high: number): number {
    return (this.slots[this.slotOf(low, high)] & this.mask) - 1;
  }

  /** The number of this hash, a new one where it was not met before (then it is the old `size`). */
  add(low: number, high: number): number {
    let slot = this.slotOf(low, high);
    const held = this.slots[slot];
    if (held !== 0) return (held & this.mask) - 1;
    if (this.size >= (this.mask + 1) * fullShare) {
      this.placeAll(grown(this.slots, (this.mask + 1) * 2));
      slot = this.slotOf(low, high);
    }
    if (this.size === this.low.length) {
      this.low = grown(this.low, roomAfter(this.size));
      this.high = grown(this.high, roomAfter(this.size));
    }
    this.low[this.size] = low;
    this.high[this.size] = high;
    this.slots[slot] = (high & ~this.mask) | (this.size + 1);
    return this.size++;
  }

  clear(): void {
    this.size = 0;
    this.slots.fill(0);
  }

  /** Forgets all hashes but those with these numbers, rising; they are numbered anew, in the same order. */
  keepOnly(numbers: Uint32Array): void {
    this.low = picked(this.low, numbers);
    this.high = picked(this.high, numbers);
    this.size = numbers.length;
    let slots = 2048;
    while (this.size >= slots * fullShare) slots *= 2;
    this.placeAll(resized(this.slots, slots));
  }

  /** The numbers of all hashes, or these numbers, in the order of the hashes. */
  sorted(some?: Uint32Array): Uint32Array {
    const length = some?.length ?? this.size;
    const words = new Uint32Array(length * 2);
    for (let at = 0; at < length; at++) {
      const number = some ? some[at] : at;
      words[2 * at] = this.low[number];
      words[2 * at + 1] = this.high[number];
    }
    new BigUint64Array(words.buffer).sort();
    const numbers = new Uint32Array(length);
    for (let at = 0; at < length; at++) numbers[at] = this.find(words[2 * at], words[2 * at + 1]);
    return numbers;
  }

  /** Of these numbers, rising, the so many with the smallest hashes, rising too. */
  least(some: Uint32Array, count: number): Uint32Array {
    if (count >= some.length) return some;
    if (count === 0) return some.subarray(0, 0);
    const words = new Uint32Array(some.length * 2);
    for (let at = 0; at < some.length; at++) {
      words[2 * at] = this.low[some[at]];
      words[2 * at + 1] = this.high[some[at]];
    }
    new BigUint64Array(words.buffer).sort();
    const [low, high] = [words[2 * count - 2], words[2 * count - 1]];
    return some.filter((number) => this.high[number] < high || (this.high[number] === high && this.low[number] <= low));
  }

  /** Where a hash is, or the free slot where it belongs. */
  private slotOf(low: number, high: number): number {
    const { slots, mask } = this;
    for (let slot = (low ^ (high << 7)) & mask; ; slot = (slot + 1) & mask) {
      const held = slots[slot];
      if (held === 0) return slot;
      if (((held ^ high) & ~mask) !== 0) continue;
      const number = (held & mask) - 1;
      if (this.low[number] === low && this.high[number] === high) return slot;
    }
  }

  /** Takes these slots into use; all hashes are distinct, so that none need be looked at. */
  private placeAll(slots: Int32Array): void {
    const mask = slots.length - 1;
    this.slots = slots.fill(0);
    this.mask = mask;
    for (let number = 0; number < this.size; number++) {
      const high = this.high[number];
      let slot = (this.low[number] ^ (high << 7)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = (high & ~mask) | (number + 1);
    }
  }
}
