/** A date with its clock at the start of a text, shape by shape as assembly/fields/date.ts lists them. */
import type { Bytes } from "./hash.js";
import { monthNumber, toSeconds, zoneSeconds } from "./times.js";

export interface FoundDate {
  /** Undefined: a clock without a day, or a day that does not exist. */
  seconds: number | undefined;
  length: number;
  /** Whether it says its zone, or needs none. */
  isZoned: boolean;
}

const clock = String.raw`(?<hour>[01]\d|2[0-3]):(?<minute>[0-5]\d):(?<second>[0-5]\d|60)(?:[.,:]\d+)?`;
const plainClock = new RegExp(`^${clock}`);
const otherClocks = [
  /^(?=.{8}) ?(?<hour>\d):(?<minute>[0-5]\d):(?<second>[0-5]\d|60)(?:[.:]\d*)?/s,
  /^(?<hour>[01]\d|2[0-3])\.(?<minute>[0-5]\d)\.(?<second>[0-5]\d|60)[\d.]*/,
];

export function dateAt(text: Bytes, arrival: number): FoundDate | undefined {
  if (text.length < 8) return undefined;
  if (/^\d/.test(text)) return numericDate(text, arrival);
  if (text.startsWith("@")) return taiDate(text);
  return /^[A-Za-z]/.test(text) ? namedDate(text, arrival) : undefined;
}

function taiDate(text: Bytes): FoundDate | undefined {
  const found = /^@([0-9a-fA-F]{16})[0-9a-fA-F]{8}/.exec(text);
  if (!found) return undefined;
  const seconds = BigInt.asIntN(64, BigInt(`0x${found[1]}`)) - 2n ** 62n - 10n;
  return seconds < 0n ? undefined : { seconds: Number(seconds), length: found[0].length, isZoned: true };
}

interface Day {
  /** Undefined: the line has none. */
  year?: number;
  month: number;
  day: number;
}

function numericDate(text: Bytes, arrival: number): FoundDate | undefined {
  const unix = /^(\d{10})(?:\d{3})?(?!\d)(?:(?=[\t-\r ,;\])])|\.\d*)/.exec(text);
  if (unix) return { seconds: Number(unix[1]), length: unix[0].length, isZoned: true };
  const alone = plainClock.exec(text);
  if (alone) return { seconds: undefined, length: alone[0].length, isZoned: false };
  const packed = /^(\d\d)(\d\d)(\d\d) (?:(\d\d)(\d\d)(\d\d))?/.exec(text);
  if (packed) {
    const [year, month, day, hour, minute, second] = packed.slice(1).map(Number);
    if (packed[4] === undefined) return clockAfter(text, 6, { year: 2000 + year, month, day }, arrival);
    const seconds = toSeconds({ year: 2000 + year, month, day, hour, minute, second }, arrival);
    return seconds === undefined ? undefined : { seconds, length: packed[0].length, isZoned: false };
  }
  for (const shape of dayShapes) {
    const found = shape.pattern.exec(text);
    if (found) return clockAfter(text, found[0].length, shape.day(found.slice(1)), arrival);
  }
  return undefined;
}

/** In this order: of the shapes that fit the first is meant. */
const dayShapes: { pattern: RegExp; day(parts: string[]): Day }[] = [
  { pattern: /^(\d{4})([-./:])(\d\d)\2(\d\d)/, day: ([y, , m, d]) => ({ year: +y, month: +m, day: +d }) },
  { pattern: /^(\d{4})(\d\d)(\d\d)(?!\d)/, day: ([y, m, d]) => ({ year: +y, month: +m, day: +d }) },
  {
    pattern: /^(\d\d?(?= )|\d\d)([-./ ])([A-Za-z]{3})\2((?:19[7-9]|[2-9]\d\d)\d)/,
    day: ([d, , name, y]) => ({ year: +y, month: monthNumber(name), day: +d }),
  },
  { pattern: /^(\d\d?) ([A-Za-z]{3})(?= )/, day: ([d, name]) => ({ month: monthNumber(name), day: +d }) },
  {
    pattern: /^(\d\d)([-./])(\d\d)\2((?:19[7-9]|[2-9]\d\d)\d)/,
    day: ([first, sign, second, y]) => {
      const monthFirst = +second > 12 || (sign === "/" && +first <= 12);
      return { year: +y, month: monthFirst ? +first : +second, day: monthFirst ? +second : +first };
    },
  },
  { pattern: /^(\d\d)\/(\d\d)\/(\d\d)/, day: ([y, m, d]) => ({ year: 2000 + +y, month: +m, day: +d }) },
  { pattern: /^(\d\d)[-./](\d\d)(?!\/..(?<=\/\d\d))/, day: ([m, d]) => ({ month: +m, day: +d }) },
];

function clockAfter(text: Bytes, at: number, { year, month, day }: Day, arrival: number): FoundDate | undefined {
  if (text.length < at + 9 || month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  const joint = /^(?: - |, |[ \tT.:_-])/.exec(text.slice(at));
  if (!joint) return undefined;
  const found = anyClock(text.slice(at + joint[0].length));
  if (!found) return undefined;
  const seconds = toSeconds({ year, month, day, ...found.clock }, arrival);
  const length = at + joint[0].length + found.length;
  if (year === undefined) return { seconds, length, isZoned: false };
  const zone = zoneBehind(text.slice(length));
  return { seconds: seconds && seconds - zone.seconds, length: length + zone.length, isZoned: zone.length > 0 };
}

interface FoundClock {
  clock: { hour: number; minute: number; second: number };
  length: number;
}

/** A clock of any kind; behind one of twelve hours AM or PM. */
function anyClock(text: Bytes): FoundClock | undefined {
  const found = [plainClock, ...otherClocks].map((shape) => shape.exec(text)).find((shape) => shape);
  if (!found?.groups) return undefined;
  const [hour, minute, second] = [found.groups.hour, found.groups.minute, found.groups.second].map(Number);
  const { length } = found[0];
  const half = /^ ([AP])M(?![A-Za-z\x80-\xff])/.exec(text.slice(length))?.[1];
  const seconds = hour * 3600 + minute * 60 + second;
  if (!half || seconds < 3600 || seconds >= 13 * 3600) return { clock: { hour, minute, second }, length };
  return { clock: { hour: (hour % 12) + (half === "P" ? 12 : 0), minute, second }, length: length + 3 };
}

const zoneHours: Record<string, number> = {
  ...{ UTC: 0, GMT: 0, WET: 0, CET: 1, WEST: 1, EET: 2, CEST: 2, EEST: 3, MSK: 3, JST: 9 },
  ...{ EDT: -4, EST: -5, CDT: -5, CST: -6, MDT: -6, MST: -7, PDT: -7, PST: -8 },
};

function namedZone(text: Bytes): { seconds: number; length: number } {
  const name = /^[A-Z]{3,4}(?![A-Za-z0-9\x80-\xff])/.exec(text)?.[0] ?? "";
  return name in zoneHours ? { seconds: zoneHours[name] * 3600, length: name.length } : { seconds: 0, length: 0 };
}

/** A zone that stands in a field of its own, in seconds east of UTC. */
export function zoneOf(text: Bytes): number | undefined {
  const zone = /^[A-Za-z\x80-\xff]/.test(text) ? namedZone(text) : zoneSeconds(text);
  return zone.length > 0 && zone.length === text.length ? zone.seconds : undefined;
}

function zoneBehind(text: Bytes): { seconds: number; length: number } {
  if (text.length <= 3 || text[0] !== " ") return zoneSeconds(text);
  const rest = text.slice(1);
  const zone = /^(?:\+|-\d{4}|-.. \[)/s.test(rest) ? zoneSeconds(rest) : namedZone(rest);
  return zone.length > 0 ? { seconds: zone.seconds, length: zone.length + 1 } : zone;
}

function namedDate(text: Bytes, arrival: number): FoundDate | undefined {
  const startsMonth = monthNumber(text.slice(0, 3)) > 0 && !/^...[A-Za-z,\x80-\xff]/.test(text);
  const prefix = startsMonth ? "" : /^(?=.{3})[A-Za-z\x80-\xff]{1,10},?(?= .{7})/s.exec(text)?.[0];
  if (prefix === undefined || (prefix !== "" && prefix.length < 3)) return undefined;
  const at = prefix === "" ? 0 : prefix.length + 1;
  const rest = text.slice(at);
  if (at > 0 && /^\d/.test(rest)) {
    const withYear = /^(\d\d?)([\s\S])([A-Za-z]{3})\2((?:19[7-9]|[2-9]\d\d)\d)/.exec(rest);
    const found = withYear ?? /^(\d\d?)( )([A-Za-z]{3})(?= )/.exec(rest);
    const year = withYear ? { year: +withYear[4] } : {};
    const date = found && { ...year, month: monthNumber(found[3]), day: +found[1] };
    return date ? moved(clockAfter(rest, found[0].length, date, arrival), at) : undefined;
  }
  const month = monthNumber(rest.slice(0, 3));
  if (month === 0 || rest.length < 15) return undefined;
  const dashed = /^...-(\d\d)-((?:19[7-9]|[2-9]\d\d)\d|\d\d)/.exec(rest);
  if (dashed) {
    const year = dashed[2].length === 4 ? +dashed[2] : 2000 + +dashed[2];
    return moved(clockAfter(rest, dashed[0].length, { year, month, day: +dashed[1] }, arrival), at);
  }
  const dayYear = /^... ( ?(?:\d\d|\d(?!\d)))[ ,]*(?:((?:19[7-9]|[2-9]\d\d)\d)[\s\S])?/.exec(rest);
  if (!dayYear) return undefined;
  const [before, day, early4] = dayYear;
  const found = early4 ? anyClock(rest.slice(before.length)) : clockAlone(rest.slice(before.length));
  if (!found) return undefined;
  // a year before the clock is the one; what looks like one behind it is not
  const behind = before.length + found.length;
  const late = early4 ? undefined : /^ ((?:19[7-9]|[2-9]\d\d)\d)/.exec(rest.slice(behind))?.[1];
  const end = behind + (late ? 5 : 0);
  const year = early4 ?? late;
  const zone = early4 ? zoneBehind(rest.slice(end)) : year ? zoneSeconds(rest.slice(end)) : { seconds: 0, length: 0 };
  const seconds = toSeconds({ year: year ? +year : undefined, month, day: +day, ...found.clock }, arrival);
  const early = prefix === "" ? { seconds: 0, length: 0 } : namedZone(text);
  return {
    seconds: seconds === undefined ? undefined : seconds - zone.seconds - early.seconds,
    length: at + end + zone.length,
    isZoned: zone.length > 0 || early.length > 0,
  };
}

function clockAlone(text: Bytes): FoundClock | undefined {
  const found = plainClock.exec(text);
  if (!found?.groups) return undefined;
  const { hour, minute, second } = found.groups;
  return { clock: { hour: +hour, minute: +minute, second: +second }, length: found[0].length };
}

function moved(date: FoundDate | undefined, by: number): FoundDate | undefined {
  return date && { ...date, length: date.length + by };
}

/** The time of the first date that holds the first clock of the line's beginning. */
export function seekDate(message: Bytes, arrival: number): { seconds: number; rest: Bytes } | undefined {
  if (message.startsWith("# User@Host: ")) {
    const seconds = namedTime(message, "SET timestamp=", arrival);
    return seconds === undefined ? undefined : { seconds, rest: "" };
  }
  const found = /(?<=\d):\d\d:\d\d/.exec(message.slice(0, 128));
  if (!found || found.index + 6 > 128) return undefined;
  for (let at = 0; at < found.index; at++) {
    // an escaped newline ends a word, too
    const before = message.slice(0, at).replace(/\\n$/, " ").at(-1) ?? " ";
    if (!/^[A-Za-z0-9\x80-\xff]/.test(message[at]) || /[A-Za-z0-9\x80-\xff]/.test(before)) continue;
    const date = dateAt(message.slice(at), arrival);
    if (date?.seconds === undefined || at + date.length <= found.index) continue;
    const rest = message.slice(at + date.length);
    return { seconds: queueManagerTime(rest, arrival) ?? date.seconds, rest };
  }
  return undefined;
}

/** IBM MQ says the time once more, with its zone. */
export function queueManagerTime(rest: Bytes, arrival: number): number | undefined {
  return rest.startsWith(" - Process(") ? namedTime(rest, "Time(", arrival) : undefined;
}

function namedTime(text: Bytes, name: string, arrival: number): number | undefined {
  const at = text.slice(0, 2048).indexOf(name);
  return at < 0 ? undefined : dateAt(text.slice(0, 2048).slice(at + name.length), arrival)?.seconds;
}
