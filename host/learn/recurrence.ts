/**
 * Which of many hashes came more than once, told before anything is counted: of a log whose lines are all different
 * nearly all groups and values come once, and what is counted of them is known without a place in a table. Hashes that
 * share a place count together, so some that came once seem to have come more often, and none the other way.
 */

import { column, release } from "../math/columns.js";

const multiplier = 0x9e3779b1;
const placesMinBits = 16;
/** 16 MiB for each of two bits a place. */
const placesMaxBits = 27;

export class Recurrence {
  private readonly shift: number;
  /** A bit a place: something came, and something came again. Only the latter is asked for later. */
  private readonly once: Int32Array;
  private readonly again: Int32Array;

  /** For about so many hashes a twelfth of which may be mistaken. */
  constructor(hashes: number) {
    const bits = Math.min(placesMaxBits, Math.max(placesMinBits, Math.ceil(Math.log2(hashes * 12))));
    this.shift = 32 - bits;
    this.once = column(Int32Array, 2 ** (bits - 5));
    this.again = column(Int32Array, 2 ** (bits - 5));
  }

  /** Nothing is noted any more. */
  endNotes(): void {
    release(this.once);
  }

  /** Nothing is asked any more. */
  release(): void {
    release(this.once);
    release(this.again);
  }

  note(low: number, high: number): void {
    const place = this.placeOf(low, high);
    const [word, bit] = [place >>> 5, 1 << (place & 31)];
    if ((this.once[word] & bit) === 0) this.once[word] |= bit;
    else this.again[word] |= bit;
  }

  /** Whether the hash may have come more than once. */
  mayRecur(low: number, high: number): boolean {
    const place = this.placeOf(low, high);
    return (this.again[place >>> 5] & (1 << (place & 31))) !== 0;
  }

  private placeOf(low: number, high: number): number {
    return Math.imul(low ^ Math.imul(high, multiplier), multiplier) >>> this.shift;
  }
}
