/** Times of log lines by way of Date: seconds since the epoch, undefined where a part is out of its range. */
import type { Bytes } from "./hash.js";

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** 1-12, or 0. */
export function monthNumber(name: Bytes): number {
  return months.indexOf(name.toLowerCase()) + 1;
}

export interface TimeParts {
  /** Undefined: the line has none. */
  year?: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

/** A leap second is the next second. */
export function toSeconds(parts: TimeParts, arrival: number): number | undefined {
  const { year, month, day, hour, minute, second } = parts;
  const within = (value: number, low: number, high: number) => value >= low && value <= high;
  if (!within(month, 1, 12) || !within(day, 1, 31) || !within(hour, 0, 23)) return undefined;
  if (!within(minute, 0, 59) || !within(second, 0, 60)) return undefined;
  const inYear = (year: number) => {
    const date = new Date(0);
    date.setUTCFullYear(year, month - 1, day);
    if (date.getUTCMonth() !== month - 1) return undefined; // no such day
    date.setUTCHours(hour, minute, second);
    return date.getTime() / 1000;
  };
  if (year !== undefined) return inYear(year);
  // the latest of them that is at most a day ahead
  const near = new Date(arrival * 1000).getUTCFullYear();
  return Array.from({ length: 10 }, (_, back) => near + 1 - back)
    .map(inYear)
    .find((seconds) => seconds !== undefined && seconds <= arrival + 86_400);
}

/** Seconds east of UTC of what starts with Z, +HHMM, +HH:MM or +HH; 0 for anything else. */
export function zoneSeconds(text: Bytes): { seconds: number; length: number } {
  // PostgreSQL writes whole hours alone
  const found = /^(?:Z|([+-])(\d\d)(?::?(\d\d)|(?=$|[\x00-,\]])))/.exec(text);
  if (!found) return { seconds: 0, length: 0 };
  const [whole, sign, hours, minutes] = found;
  if (!sign) return { seconds: 0, length: whole.length };
  return {
    seconds: (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes ?? 0) * 60),
    length: whole.length,
  };
}
