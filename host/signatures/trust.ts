/** Who may teach (docs/learning.md): the bounds of the rules. */

/** A group used by so many keys is a public place. */
export const publicKeys = 10;
/** Where fewer networks use a group, an office or a cluster does: there its keys vouch one by one. */
export const publicNetworks = 10;
/** Whoever has IPv4 and IPv6 is two networks, so two are one sender as often as not. */
export const witnessesEnough = 3;
/** One day may be one burst; a first one that was told is no day (signatureStore.ts). */
export const daysEnough = 2;
/**
 * A line that came so often, in the same signature, needs nobody to vouch for it: a health check by one monitor. Of
 * what belongs to no path (method, status, extension, grams) that holds only if it also came in so many of the log's
 * hours of the day: acunetix, with three lines in ten, asked one page by POST in an eighth of all lines, and a site
 * that has no POST then tagged .33 of its lines instead of .84.
 */
const usualShare = 1 / 20;
/** A handful of lines of few are no habit. */
const usualLinesMin = 20;
const usualHoursShare = 1 / 2;
const usualHoursMin = 6;
/** What one sender brought to a public group with nobody to vouch for it counts at most so often as "seen once". */
export const exclusiveOncePerOwner = 3;

/** Of a log of so many lines in all, in these hours of the day, a bit each. */
export class Habits {
  private readonly lines: number;
  private readonly hours: number;

  constructor(lines: number, hours: number) {
    this.lines = Math.max(usualLinesMin, lines * usualShare);
    this.hours = Math.max(usualHoursMin, bitCount(hours) * usualHoursShare);
  }

  /** Whether lines of one signature came so often. */
  isUsual(lines: number): boolean {
    return lines >= this.lines;
  }

  /** Whether they also came all day. */
  isHabit(lines: number, hours: number): boolean {
    return this.isUsual(lines) && bitCount(hours) >= this.hours;
  }
}

function bitCount(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}
