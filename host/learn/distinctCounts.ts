/** How many distinct numbers each of many items met, counted exactly up to `enough`, in whatever order they come. */
import { grown, picked, roomAfter } from "../math/columns.js";
import { HashIndex } from "../math/hashIndex.js";

export class DistinctCounts {
  /** The smallest number of each item: most items meet one only. */
  private first = new Uint32Array(1024);
  /** How many others each met, up to enough. */
  private othersMet = new Uint8Array(1024);
  /** Pairs of an item and a number that is not its smallest. */
  private readonly others = new HashIndex();

  constructor(readonly enough: number) {}

  /** `number` is not 0. */
  add(item: number, number: number): void {
    if (item >= this.first.length) this.grow(item + 1);
    const first = this.first[item];
    if (first === number) return;
    if (first === 0) this.first[item] = number;
    else if (!this.isEnough(item) && this.addOther(item, Math.max(first, number)))
      this.first[item] = Math.min(first, number);
  }

  /** False where the item had the number. */
  private addOther(item: number, number: number): boolean {
    const before = this.others.size;
    this.others.add(item, number);
    if (this.others.size === before) return false;
    this.othersMet[item]++;
    return true;
  }

  isEnough(item: number): boolean {
    return this.first[item] > 0 && this.othersMet[item] + 1 >= this.enough;
  }

  /** Whether it met one number only, which is not enough. */
  isAlone(item: number): boolean {
    return this.first[item] > 0 && this.othersMet[item] === 0 && this.enough > 1;
  }

  /** The smallest of fewer than enough; 0 where there is none. */
  smallest(item: number): number {
    return this.first[item] ?? 0;
  }

  /** Forgets all items but these, rising, which are numbered anew; nothing can be added any more. */
  keepOnly(items: Uint32Array): void {
    this.first = picked(this.first, items);
    this.othersMet = picked(this.othersMet, items);
    this.others.keepOnly(new Uint32Array(0));
  }

  private grow(length: number): void {
    const room = Math.max(length, roomAfter(this.first.length));
    this.first = grown(this.first, room);
    this.othersMet = grown(this.othersMet, room);
  }
}
