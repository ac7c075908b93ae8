/** How many distinct numbers each of many items met, counted exactly up to `enough`, in whatever order they come. */
import { grown, roomAfter } from "../math/hashIndex.js";

export class DistinctCounts {
  /** Most items meet one number only: that needs no list. */
  private first = new Uint32Array(1024);
  private readonly others = new Map<number, number[]>();
  private enoughMet = new Uint8Array(1024);

  constructor(readonly enough: number) {}

  /** `number` is not 0. */
  add(item: number, number: number): void {
    if (item >= this.first.length) this.grow(item + 1);
    const first = this.first[item];
    if (first === number || this.enoughMet[item]) return;
    if (first === 0) {
      this.first[item] = number;
      if (this.enough === 1) this.enoughMet[item] = 1;
      return;
    }
    const others = this.others.get(item);
    if (others?.includes(number)) return;
    if ((others?.length ?? 0) + 2 >= this.enough) {
      this.enoughMet[item] = 1;
      this.others.delete(item);
    } else if (others) others.push(number);
    else this.others.set(item, [number]);
  }

  isEnough(item: number): boolean {
    return this.enoughMet[item] === 1;
  }

  /** Whether it met one number only. */
  isAlone(item: number): boolean {
    return this.first[item] > 0 && !this.enoughMet[item] && !this.others.has(item);
  }

  /** The smallest of fewer than enough; 0 where there is none. */
  smallest(item: number): number {
    return Math.min(this.first[item] ?? 0, ...(this.others.get(item) ?? []));
  }

  private grow(length: number): void {
    const room = Math.max(length, roomAfter(this.first.length));
    this.first = grown(this.first, room);
    this.enoughMet = grown(this.enoughMet, room);
  }
}
