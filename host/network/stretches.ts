/**
 * The largest numbers of one end by stretch of time, so that it can be said what it had in the end of its past alone.
 * The stretches grow with the past: there are 33 to 64 of them once it is long. Numbers are kept as a quarter of an
 * octave has them. The same in any order of the windows.
 */
import { usualNames } from "../model/networkFeatures.js";

const cells = 64;
const firstWidthMs = 60_000;
const stepsPerOctave = 4;
const numbers = usualNames.length;
const windowsMax = 0xffff;

export interface Stretch {
  windows: number;
  /** In the order of `usualNames`. */
  largest: number[];
}

export class Stretches {
  private widthMs = firstWidthMs;
  private first = 0;
  private last = -1;
  /** A stretch has the place of its number, modulo `cells`. */
  private sizes = new Uint8Array(cells * numbers);
  private windows = new Uint16Array(cells);

  add(startMs: number, values: ArrayLike<number>): void {
    const cell = placeOf(this.cellAt(startMs));
    this.windows[cell] = Math.min(this.windows[cell] + 1, windowsMax);
    for (let i = 0; i < numbers; i++) {
      const at = cell * numbers + i;
      this.sizes[at] = Math.max(this.sizes[at], sizeOf(values[i]));
    }
  }

  /** Of all stretches that begin before this time: no number was larger. */
  before(timeMs: number): Stretch {
    return this.over(this.first, Math.ceil(timeMs / this.widthMs) - 1, (size) => upperOf(size));
  }

  /** Of all others: so large a number there was. */
  from(timeMs: number): Stretch {
    return this.over(Math.ceil(timeMs / this.widthMs), this.last, (size) => (size === 0 ? 0 : upperOf(size - 1) + 1));
  }

  private over(first: number, last: number, decode: (size: number) => number): Stretch {
    const sizes = new Uint8Array(numbers);
    let windows = 0;
    for (let cell = Math.max(first, this.first); cell <= Math.min(last, this.last); cell++) {
      const place = placeOf(cell);
      windows += this.windows[place];
      for (let i = 0; i < numbers; i++) sizes[i] = Math.max(sizes[i], this.sizes[place * numbers + i]);
    }
    return { windows, largest: Array.from(sizes, decode) };
  }

  private cellAt(timeMs: number): number {
    for (;;) {
      const cell = Math.floor(timeMs / this.widthMs);
      if (this.last < this.first) this.first = this.last = cell;
      const [first, last] = [Math.min(this.first, cell), Math.max(this.last, cell)];
      if (last - first >= cells) {
        this.widen();
        continue;
      }
      [this.first, this.last] = [first, last];
      return cell;
    }
  }

  private widen(): void {
    const { sizes, windows } = this;
    this.sizes = new Uint8Array(cells * numbers);
    this.windows = new Uint16Array(cells);
    for (let cell = this.first; cell <= this.last; cell++) {
      const [from, to] = [placeOf(cell), placeOf(Math.floor(cell / 2))];
      this.windows[to] = Math.min(this.windows[to] + windows[from], windowsMax);
      for (let i = 0; i < numbers; i++) {
        const at = to * numbers + i;
        this.sizes[at] = Math.max(this.sizes[at], sizes[from * numbers + i]);
      }
    }
    this.widthMs *= 2;
    this.first = Math.floor(this.first / 2);
    this.last = Math.floor(this.last / 2);
  }
}

function placeOf(cell: number): number {
  return ((cell % cells) + cells) % cells;
}

function sizeOf(value: number): number {
  return Math.min(Math.ceil(stepsPerOctave * Math.log2(1 + value)), 255);
}

/** The largest whole number of that size. */
function upperOf(size: number): number {
  return Math.floor(2 ** (size / stepsPerOctave) - 1 + 1e-9);
}
