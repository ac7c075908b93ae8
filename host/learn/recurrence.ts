/**
 * Which of many hashes came more than once, told before anything is counted: of a log whose lines are all different
 * nearly all groups and values come once, and what is counted of them is known without a place in a table. Two bits
 * stand for all hashes that share a place, so some that came once seem to have come more often, and none the other way.
 */

import { column, release } from "../math/columns.js";

const multiplier = 0x9e3779b1;
const placesMinBits = 16;
/** 32 MiB. */
const placesMaxBits = 27;

export class Recurrence {
  private readonly shift: number;
  /** Sixteen places a word. */
  private readonly words: Uint32Array;

  /** For about so many hashes a twelfth of which may be mistaken. */
  constructor(hashes: number) {
    const bits = Math.min(placesMaxBits, Math.max(placesMinBits, Math.ceil(Math.log2(hashes * 12))));
    this.shift = 32 - bits;
    this.words = column(Uint32Array, 2 ** (bits - 4));
  }

  /** Nothing is asked any more. */
  release(): void {
    release(this.words);
  }

  note(low: number, high: number): void {
    const place = this.placeOf(low, high);
    const shift = (place & 15) * 2;
    const word = this.words[place >>> 4];
    const times = (word >>> shift) & 3;
    if (times < 2) this.words[place >>> 4] = word + 2 ** shift;
  }

  /** Whether the hash may have come more than once. */
  mayRecur(low: number, high: number): boolean {
    const place = this.placeOf(low, high);
    return ((this.words[place >>> 4] >>> ((place & 15) * 2)) & 2) !== 0;
  }

  private placeOf(low: number, high: number): number {
    return Math.imul(low ^ Math.imul(high, multiplier), multiplier) >>> this.shift;
  }
}
