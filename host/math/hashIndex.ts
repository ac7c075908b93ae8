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
  private slots = new Int32Array(2048).fill(-1);

  /** The number of this hash, or -1. */
  find(low: number, high: number): number {
    const mask = this.slots.length - 1;
    for (let slot = (low ^ (high << 7)) & mask; ; slot = (slot + 1) & mask) {
      const index = this.slots[slot];
      if (index < 0) return -1;
      if (this.low[index] === low && this.high[index] === high) return index;
    }
  }

  /** The number of this hash, a new one where it was not met before (then it is the old `size`). */
  add(low: number, high: number): number {
    const found = this.find(low, high);
    if (found >= 0) return found;
    if (this.size >= this.slots.length * fullShare) this.grow();
    if (this.size === this.low.length) {
      this.low = grown(this.low, roomAfter(this.size));
      this.high = grown(this.high, roomAfter(this.size));
    }
    this.low[this.size] = low;
    this.high[this.size] = high;
    this.place(this.size);
    return this.size++;
  }

  clear(): void {
    this.size = 0;
    this.slots.fill(-1);
  }

  /** Forgets all hashes but those with these numbers, rising; they are numbered anew, in the same order. */
  keepOnly(numbers: Uint32Array): void {
    this.low = picked(this.low, numbers);
    this.high = picked(this.high, numbers);
    this.size = numbers.length;
    let slots = 2048;
    while (this.size >= slots * fullShare) slots *= 2;
    this.slots = resized(this.slots, slots).fill(-1);
    for (let index = 0; index < this.size; index++) this.place(index);
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

  private place(index: number): void {
    const mask = this.slots.length - 1;
    let slot = (this.low[index] ^ (this.high[index] << 7)) & mask;
    while (this.slots[slot] >= 0) slot = (slot + 1) & mask;
    this.slots[slot] = index;
  }

  private grow(): void {
    this.slots = grown(this.slots, this.slots.length * 2).fill(-1);
    for (let index = 0; index < this.size; index++) this.place(index);
  }
}
