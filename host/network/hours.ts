/**
 * What the numbers of one end were by hour of the day (UTC), and on how many days it was seen then. Hours one before
 * and after count as well: jobs are late, and clocks are set twice a year. The same in any order of the windows.
 */
import { hoursOfDay } from "../model/usualFlows.js";

/** So many days tell what an hour usually brings. */
const daysMin = 14;
/** An hour is held against its own past where that is so much lower than what is usual at any time. */
const clearFactor = 16;
/** An end that was never seen in half of the hours keeps to the others. */
const keptHoursMax = hoursOfDay / 2;
const hourMs = 3_600_000;
const wordsPerHour = 2;

export class Hours {
  private readonly largest: Float32Array;
  /** A bit for each day, modulo 64. */
  private readonly days = new Uint32Array(hoursOfDay * wordsPerHour);

  constructor(private readonly numbers: number) {
    this.largest = new Float32Array(hoursOfDay * numbers);
  }

  /** `values` begin with the numbers of this window. */
  add(startMs: number, values: ArrayLike<number>): void {
    const hours = Math.floor(startMs / hourMs);
    const hour = ((hours % hoursOfDay) + hoursOfDay) % hoursOfDay;
    const day = Math.floor(hours / hoursOfDay) & 63;
    this.days[hour * wordsPerHour + (day >> 5)] |= 1 << (day & 31);
    for (let i = 0; i < this.numbers; i++) {
      const at = hour * this.numbers + i;
      if (values[i] > this.largest[at]) this.largest[at] = values[i];
    }
  }

  /** For each hour what is usual then, row by row; undefined where no hour differs from `usual`. */
  usual(usual: readonly number[]): Float32Array | undefined {
    const hours = Array.from({ length: hoursOfDay }, (_, hour) => hour);
    if (this.daysSeen(hours) < daysMin) return undefined;
    const seen = hours.map((hour) => this.daysSeen(around(hour)));
    const keepsHours = seen.filter((days) => days > 0).length <= keptHoursMax;
    let differs = false;
    const rows = hours.flatMap((hour) => {
      const isKnown = seen[hour] >= daysMin || (seen[hour] === 0 && keepsHours);
      return usual.map((always, i) => {
        const then = Math.max(...around(hour).map((near) => this.largest[near * this.numbers + i]));
        if (!isKnown || then * clearFactor >= always) return always;
        differs = true;
        return then;
      });
    });
    return differs ? Float32Array.from(rows) : undefined;
  }

  private daysSeen(hours: readonly number[]): number {
    let count = 0;
    for (let word = 0; word < wordsPerHour; word++) {
      let days = hours.reduce((bits, hour) => bits | this.days[hour * wordsPerHour + word], 0);
      for (; days !== 0; days &= days - 1) count++;
    }
    return count;
  }
}

function around(hour: number): number[] {
  return [(hour + hoursOfDay - 1) % hoursOfDay, hour, (hour + 1) % hoursOfDay];
}
