/** Times as network logs write them, as milliseconds since the epoch. Without a zone they are UTC. */

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const dayMs = 86_400_000;

/** RFC 3339 and its kin, syslog, access-log brackets. */
const isoTime = /^(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?/i;
const syslogTime = /^(?:<\d{1,3}>)?([A-Za-z]{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)/;
const accessTime = /^\[?(\d\d)\/([A-Za-z]{3})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})/;
/** Of fewer digits: seconds since a capture began, which is then taken for the epoch; eight are a date. */
const epochTime = /^(?:\d{9,19}(?:\.\d+)?|\d{8}\.\d+|\d{1,7}(?:\.\d+)?)$/;

/** A value that is a time and nothing else needs to follow. `nearMs` decides the year where the text has none. */
export function parseTime(text: string, nearMs: number): number | undefined {
  if (epochTime.test(text)) return epochMs(text);
  const iso = isoTime.exec(text);
  if (iso) {
    const [, year, month, day, hour, minute, second, fraction = "", zone = "Z"] = iso;
    const wholeMs = Date.UTC(+year, +month - 1, +day, +hour, +minute, +second);
    return wholeMs + Number(`0.${fraction || 0}`) * 1000 - zoneMs(zone);
  }
  const access = accessTime.exec(text);
  if (access) {
    const [, day, month, year, hour, minute, second, zone] = access;
    const monthIndex = months.indexOf(month.toLowerCase());
    if (monthIndex < 0) return undefined;
    return Date.UTC(+year, monthIndex, +day, +hour, +minute, +second) - zoneMs(zone);
  }
  const syslog = syslogTime.exec(text);
  if (syslog) {
    const [, month, day, hour, minute, second] = syslog;
    const monthIndex = months.indexOf(month.toLowerCase());
    if (monthIndex < 0) return undefined;
    return nearestYear(nearMs, (year) => Date.UTC(year, monthIndex, +day, +hour, +minute, +second));
  }
  return undefined;
}

/** Seconds, milliseconds, microseconds or nanoseconds, recognised by the number of digits. */
function epochMs(text: string): number {
  const digits = text.split(".")[0].length;
  const value = Number(text);
  if (digits <= 11) return value * 1000;
  if (digits <= 14) return value;
  return digits <= 17 ? value / 1000 : value / 1e6;
}

function zoneMs(zone: string): number {
  if (zone === "Z" || zone === "z") return 0;
  const [, sign, hours, minutes] = /([+-])(\d\d):?(\d\d)/.exec(zone)!;
  return (sign === "-" ? -1 : 1) * (+hours * 60 + +minutes) * 60_000;
}

function nearestYear(nearMs: number, timeOfYear: (year: number) => number): number {
  const year = new Date(nearMs).getUTCFullYear();
  const nearest = timeOfYear(year);
  if (nearest - nearMs > 183 * dayMs) return timeOfYear(year - 1);
  return nearMs - nearest > 183 * dayMs ? timeOfYear(year + 1) : nearest;
}
