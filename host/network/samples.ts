/** A few windows of one end, packed: those with the smallest priorities, so an even sample in any order of them. */
import { featureNames } from "../model/networkFeatures.js";
import type { EndClass } from "../model/usualFlows.js";

/** Of one window: when it began and its numbers in the order of `featureNames`. */
export interface PastWindow {
  priority: number;
  startMs: number;
  /** Of its end. */
  endClass: EndClass;
  values: Float32Array;
}

const [priorityAt, startAt, valuesAt] = [0, 1, 2];
const rowNumbers = valuesAt + featureNames.length;

export class Samples {
  private rows = new Float64Array(rowNumbers);
  private count = 0;

  constructor(
    private readonly max: number,
    private readonly endClass: EndClass,
  ) {}

  add(priority: number, startMs: number, values: Float32Array): void {
    if (this.count < this.max) {
      this.makeRoom();
      this.put(this.count++, priority, startMs, values);
      return;
    }
    let last = 0;
    for (let i = 1; i < this.count; i++) if (this.isBehind(i, this.at(last), this.at(last, startAt))) last = i;
    if (this.isBehind(last, priority, startMs)) this.put(last, priority, startMs, values);
  }

  *windows(): Generator<PastWindow> {
    for (let i = 0; i < this.count; i++) {
      const at = i * rowNumbers;
      const values = Float32Array.from(this.rows.subarray(at + valuesAt, at + rowNumbers));
      yield { priority: this.at(i), startMs: this.at(i, startAt), endClass: this.endClass, values };
    }
  }

  private at(index: number, column = priorityAt): number {
    return this.rows[index * rowNumbers + column];
  }

  private isBehind(index: number, priority: number, startMs: number): boolean {
    return this.at(index) > priority || (this.at(index) === priority && this.at(index, startAt) > startMs);
  }

  private put(index: number, priority: number, startMs: number, values: Float32Array): void {
    const at = index * rowNumbers;
    this.rows[at + priorityAt] = priority;
    this.rows[at + startAt] = startMs;
    this.rows.set(values, at + valuesAt);
  }

  private makeRoom(): void {
    if (this.rows.length >= (this.count + 1) * rowNumbers) return;
    const grown = new Float64Array(Math.min(2 * this.count, this.max) * rowNumbers);
    grown.set(this.rows);
    this.rows = grown;
  }
}
