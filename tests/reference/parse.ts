/** The parsers as regular expressions over bytes. What a record brought parsed already stays unless the line says more. */
import type { Bytes } from "./hash.js";
import { levelOf, levelOfSeverity } from "./levels.js";
import { type RecordFields, readLine } from "./record.js";
import { monthNumber, type TimeParts, toSeconds, zoneSeconds } from "./times.js";

export type Format = "text" | "access" | "syslog" | "application" | "fields";

export interface ParsedEvent {
  format: Format;
  message: Bytes;
  /** What is left once the header is parsed off. */
  body: Bytes;
  level: number;
  status: number;
  bytes: number | undefined;
  timeSeconds: number | undefined;
  key: Bytes;
  source: Bytes;
  request: { method: Bytes; target: Bytes } | undefined;
}

/** `arrival`: Unix seconds. */
export function parseLine(line: Bytes, arrival: number): ParsedEvent {
  return parseFields(readLine(line), arrival);
}

export function parseFields(fields: RecordFields, arrival: number): ParsedEvent {
  const { message, method, path, status } = fields;
  const hasRequest = method !== undefined && path !== undefined;
  const event: ParsedEvent = {
    format: hasRequest ? "fields" : "text",
    message,
    body: message,
    level: levelOf(fields.level ?? ""),
    status,
    bytes: undefined,
    timeSeconds: undefined,
    key: fields.remote ?? "",
    source: fields.ident ?? "",
    request: hasRequest ? { method, target: path } : undefined,
  };
  if (message !== "") parseAccess(event, arrival) || parseSyslog(event, arrival) || parseApplication(event, arrival);
  return event;
}

function parseAccess(event: ParsedEvent, arrival: number): boolean {
  const { message } = event;
  const bracket = message.indexOf("[");
  if (bracket < 1 || bracket >= 512 || message.length < bracket + 30) return false;
  const stamp = /^\[(.{2}\/.{3}\/.{4}:.{7}[^\]]{0,9})\] "/s.exec(message.slice(bracket));
  if (!stamp) return false;
  const rest = message.slice(bracket + stamp[0].length);
  const closed = /^(|.*?[^\\])" [\d-]/s.exec(rest);
  const request = closed ? closed[1] : rest.includes('"') ? rest.slice(0, rest.indexOf('"')) : rest;

  event.format = "access";
  event.body = request;
  const time = /^(\d\d)\/(.{3})\/(\d{4}):(\d\d).(\d\d).(\d\d).?/s.exec(stamp[1]);
  if (time) {
    const [whole, day, month, year, hour, minute, second] = time;
    const seconds = toSeconds(numbers({ year, month: monthNumber(month), day, hour, minute, second }), arrival);
    event.timeSeconds = seconds === undefined ? undefined : seconds - zoneSeconds(stamp[1].slice(whole.length)).seconds;
  }
  const before = message.slice(0, bracket);
  const host = /^[^ ]* ([^ ]*) - [^ ]* $/.exec(before) ?? /^([^ ]*) /.exec(before);
  if (host && host[1] !== "-") event.key = host[1];
  const answer = /^" ([1-9]\d\d)(?:.(\d*))?/s.exec(rest.slice(request.length));
  if (answer) {
    event.status = Number(answer[1]);
    const size = Number(answer[2] || "-1");
    event.bytes = size >= 0 && size <= 2 ** 53 ? size : undefined;
  }
  const parts = /^([A-Za-z_-]{1,24}) (.+)$/s.exec(request);
  const target = parts && targetOf(parts[2]);
  if (target) event.request = { method: parts[1], target };
  return true;
}

/** Up to the first space before a protocol; else the last one; else all of it. */
function targetOf(rest: Bytes): Bytes {
  const first = /^([^ ]*) HTTP\/./s.exec(rest);
  if (first) return first[1];
  const space = rest.indexOf(" ");
  const last = /^(.*)[\t-\r ]HTTP\/./s.exec(rest);
  return last && space >= 0 && last[1].length >= space ? last[1] : rest;
}

function parseSyslog(event: ParsedEvent, arrival: number): boolean {
  const head = /^(?:<([^>]{0,3})>)?(([A-Za-z]{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d)(?:[.,:]\d+)?) ([^ ]{0,128}) /.exec(
    event.message,
  );
  if (!head) return false;
  const [whole, priority, , name, day, hour, minute, second] = head;
  const parts = numbers({ month: monthNumber(name), day, hour, minute, second });
  if (parts.month === 0 || parts.day < 1 || parts.hour > 23 || parts.minute > 59 || parts.second > 60) return false;
  event.format = "syslog";
  event.timeSeconds = toSeconds(parts, arrival);
  if (/^\d+$/.test(priority ?? "")) event.level = levelOfSeverity[Number(priority) & 7];
  event.body = event.message.slice(whole.length);
  const program = /^([^:[(\t-\r ]+)(?:\([^)]*\))?(?:\[\d*\])?: ?/.exec(event.body);
  if (program && program[0].length <= 128) {
    event.source = program[1];
    event.body = event.body.slice(program[0].length);
  }
  return true;
}

const separators = /^[\t-\r [\]()|,:-]*/;

function parseApplication(event: ParsedEvent, arrival: number): boolean {
  const start = /^[[(]/.test(event.message) ? 1 : 0;
  const text = event.message.slice(start);
  if (text.length < 8) return false;
  const date = /^\d/.test(text) ? numericDate(text, arrival) : namedDate(text, arrival);
  if (!date) return false;
  event.format = "application";
  event.timeSeconds = date.seconds;
  event.body = text.slice(date.length).replace(separators, "");
  const words = /^(?:\d+(?:[\t-\r [\]()|,:-]+|$))*([^\t-\r [\]()|,:-]+)/.exec(event.body.slice(0, 64));
  const level = words ? levelOf(words[1]) : 0;
  if (words && level > 0) {
    event.level = level;
    event.body = event.body.slice(words[0].length).replace(separators, "");
  }
  return true;
}

interface FoundDate {
  seconds: number | undefined;
  length: number;
}

const clock = String.raw`([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:[.,:]\d+)?`;
const dayAndClock: RegExp[] = [
  String.raw`(?<year>\d{4})([-/.])(?<month>\d\d)\2(?<day>\d\d)`,
  String.raw`(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)`,
  String.raw`(?<shortYear>\d\d)/(?<month>\d\d)/(?<day>\d\d)`,
  String.raw`(?<month>\d\d)[-./](?<day>\d\d)`,
].map((day) => {
  const time = String.raw`(?<hour>\d\d)(?<sign>[:.])(?<minute>\d\d)\k<sign>(?<second>\d\d)`;
  return new RegExp(String.raw`^${day}[ T.:-]${time}(?:(?<=:\d\d)(?:[.,:]\d+)?|(?<!:\d\d)[\d.]*)`);
});

function numericDate(text: Bytes, arrival: number): FoundDate | undefined {
  const unix = /^(\d{10})[\t-\r ]/.exec(text);
  if (unix) return { seconds: Number(unix[1]), length: 10 };
  const alone = new RegExp(`^${clock}`).exec(text);
  if (alone) return { seconds: undefined, length: alone[0].length };
  const packed = /^(\d\d)(\d\d)(\d\d) (\d\d)(\d\d)(\d\d)/.exec(text);
  if (packed) {
    const [whole, year, month, day, hour, minute, second] = packed;
    const seconds = toSeconds(numbers({ year: `20${year}`, month, day, hour, minute, second }), arrival);
    return seconds === undefined ? undefined : { seconds, length: whole.length };
  }
  for (const shape of dayAndClock) {
    const found = shape.exec(text);
    if (!found?.groups) continue;
    const { shortYear, month, day, hour, minute, second } = found.groups;
    const year = shortYear ? `20${shortYear}` : found.groups.year;
    const seconds = toSeconds(numbers({ year, month, day, hour, minute, second }), arrival);
    if (seconds === undefined) return undefined;
    if (!year) return { seconds, length: found[0].length };
    const behind = text.slice(found[0].length);
    const gap = /^ \+\d\d/.test(behind) ? 1 : 0;
    const zone = zoneSeconds(behind.slice(gap));
    return { seconds: seconds - zone.seconds, length: found[0].length + (zone.length > 0 ? gap + zone.length : 0) };
  }
  return undefined;
}

const namedDay = new RegExp(
  String.raw`^(?:.{3} )??(?<month>[A-Za-z]{3}) ( ?\d\d| ?\d(?!\d))[ ,]*(?:(?<year>19[7-9]\d|[2-9]\d{3}).)?${clock}(?: (?<late>19[7-9]\d|[2-9]\d{3}))?`,
  "s",
);

function namedDate(text: Bytes, arrival: number): FoundDate | undefined {
  const found = namedDay.exec(text);
  if (!found?.groups || monthNumber(found.groups.month) === 0) return undefined;
  const [whole, , day, , hour, minute, second] = found;
  const { month, year, late } = found.groups;
  const chosen = year ?? late;
  const zone = late ? zoneSeconds(text.slice(whole.length)) : undefined;
  const length = year && late ? whole.length - 5 : whole.length + (zone?.length ?? 0);
  const parts = numbers({ year: chosen, month: monthNumber(month), day, hour, minute, second });
  return { seconds: toSeconds(parts, arrival), length };
}

type Texts = { [Part in keyof TimeParts]: TimeParts[Part] | string };

function numbers(parts: Texts): TimeParts {
  const year = parts.year === undefined ? undefined : Number(parts.year);
  const [month, day] = [Number(parts.month), Number(parts.day)];
  return { year, month, day, hour: Number(parts.hour), minute: Number(parts.minute), second: Number(parts.second) };
}
