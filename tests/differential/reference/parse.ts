/**
 * The parsers as regular expressions over bytes. What a record brought parsed already stays unless the line says more.
 */
import { parseApplication } from "./application.js";
import { clientOf, findClient } from "./client.js";
import { ConfiguredFields, type FieldSettings } from "./configured.js";
import { seekDate } from "./dates.js";
import { Fields, logRank } from "./fields.js";
import type { Bytes } from "./hash.js";
import { parseHaproxy, parseLevelFirst, parseRfc5424, parseZeek, withoutTrace } from "./headers.js";
import { levelOfSeverity } from "./levels.js";
import { parsePairs } from "./pairs.js";
import { readLine } from "./record.js";
import { monthNumber, type TimeParts, toSeconds, zoneSeconds } from "./times.js";
import { unwrapCri, unwrapJson } from "./unwrap.js";

export type Format =
  | "text"
  | "access"
  | "syslog"
  | "application"
  | "fields"
  | "json"
  | "logfmt"
  | "firewall"
  | "zeek"
  | "haproxy"
  | "postgresql"
  | "web error";

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
  /** As configured, else the target of an error that is no request itself. */
  endpoint: Bytes;
  markedError: boolean;
  sender: Bytes;
  destination: Bytes;
  destinationPort: number | undefined;
}

function emptyEvent(): ParsedEvent {
  return {
    ...{ format: "text", message: "", body: "", level: 0, status: 0, bytes: undefined, timeSeconds: undefined },
    ...{ key: "", source: "", request: undefined, endpoint: "", markedError: false, sender: "", destination: "" },
    destinationPort: undefined,
  };
}

/** `arrival`: Unix seconds. A record whose message cannot be read is none, its line is text. */
export function parseLine(line: Bytes, arrival: number, settings?: FieldSettings): ParsedEvent {
  const { json, text } = readLine(line);
  return (json !== undefined && parseRecord(json, arrival, settings)) || parseLineText(text, arrival, settings);
}

/** As `tail` wraps it: a field that is called log may be configured, too. */
function parseLineText(text: Bytes, arrival: number, settings?: FieldSettings): ParsedEvent {
  return parseRecord(`{"log":${JSON.stringify(text)}}`, arrival, settings)!;
}

function parseRecord(json: Bytes, arrival: number, settings?: FieldSettings): ParsedEvent | undefined {
  const event = emptyEvent();
  const configured = settings && new ConfiguredFields(settings);
  const fields = new Fields(event, arrival, configured);
  const found = fields.takeObject(json);
  if (!found) return undefined;
  fields.settle();
  fields.setAsideShippers();
  if (found.rank > 0) setMessage(event, found.rank < logRank ? fields.withError(found.text) : found.text);
  if (fields.isRequest(found.rank > 0)) {
    event.request = { method: fields.method!, target: fields.target! };
    event.format = "fields";
  } else if (fields.count > 0 && found.rank < logRank) event.format = "json";
  parseMessage(event, fields, arrival);
  event.timeSeconds ??= fields.shippedSeconds;
  configured?.apply(event);
  return event;
}

function setMessage(event: ParsedEvent, message: Bytes): void {
  event.message = message;
  event.body = message;
}

const wrappersMax = 3;

function parseMessage(event: ParsedEvent, fields: Fields, arrival: number): void {
  if (event.message === "") return;
  setMessage(event, unwrapCri(event, arrival) ?? event.message);
  if (parseAccess(event, arrival)) return;
  for (let i = 0; i < wrappersMax && (i > 0 || event.message.startsWith("{")); i++) {
    const inside = event.message.startsWith("{") ? unwrapJson(event, fields, event.message) : unwrapCri(event, arrival);
    if (inside === undefined) break;
    setMessage(event, inside);
    if (inside === "" || parseAccess(event, arrival)) return;
  }
  const isSearched = parseText(event, fields, arrival);
  if (!event.request && isContinuation(event.body)) {
    Object.assign(event, { body: "", level: 0, markedError: false });
    return;
  }
  if (!isSearched && event.key === "") event.key = findClient(event.body);
  if (!event.request) event.body = withoutTrace(event.body);
}

/** A line of a trace, or one that is indented: it belongs to the line before. */
function isContinuation(body: Bytes): boolean {
  const line = body.replace(/[\t-\r ]+$/, "");
  const isTrace = /^(?:\t| {2}|at .*\)$|Traceback \(.*:$|goroutine .*:$|\.\.\. (?:.* )?more$|Caused by: )/.test(line);
  return isTrace && !line.includes("\n");
}

/** True where the client was looked for. */
function parseText(event: ParsedEvent, fields: Fields, arrival: number): boolean {
  if (parseZeek(event)) return true;
  const headers = [parseSyslog, parseRfc5424, parseApplication, parseLevelFirst];
  const hasHeader = headers.some((parse) => parse(event, arrival));
  if (parseHaproxy(event, arrival)) return true;
  if (hasHeader && event.body.startsWith("{")) event.body = unwrapJson(event, fields, event.body) ?? event.body;
  else if (parsePairs(event, fields, event.body)) return true;
  if (!hasHeader) event.timeSeconds ??= seekDate(event.message, arrival);
  return false;
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
  const time = /^(\d\d)\/(.{3})\/(\d{4}):(\d\d).(\d\d).(\d\d).?/s.exec(stamp[1]);
  if (time) {
    const [whole, day, month, year, hour, minute, second] = time;
    const seconds = toSeconds(numbers({ year, month: monthNumber(month), day, hour, minute, second }), arrival);
    if (seconds !== undefined) event.timeSeconds = seconds - zoneSeconds(stamp[1].slice(whole.length)).seconds;
  }
  const before = message.slice(0, bracket);
  const host = /^[^ ]* ([^ ]*) - [^ ]* $/.exec(before) ?? /^([^ ]*) /.exec(before);
  if (host && host[1] !== "-") event.key = clientOf(host[1]);
  const answer = /^" ([1-9]\d\d)(?:.(\d*))?/s.exec(rest.slice(request.length));
  if (answer) {
    event.status = Number(answer[1]);
    const size = Number(answer[2] || "-1");
    event.bytes = size >= 0 && size <= 2 ** 53 ? size : undefined;
  }
  splitRequest(event, request);
  return true;
}

/** METHOD TARGET PROTOCOL; what is no request line stays a text. */
export function splitRequest(event: ParsedEvent, request: Bytes): void {
  event.body = request;
  const parts = /^([A-Za-z_-]{1,24}) (.+)$/s.exec(request);
  const target = parts && targetOf(parts[2]);
  if (target) event.request = { method: parts[1], target };
}

/** All of it but a space and a protocol at the very end. */
export function targetOf(rest: Bytes): Bytes {
  return rest.replace(/ HTTP\/\d(?:\.\d)?$/, "");
}

function parseSyslog(event: ParsedEvent, arrival: number): boolean {
  const head = /^(?:<([^>]{0,3})>)?(([A-Za-z]{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d)(?:[.,:]\d+)?) ([^ ]{0,128}) /.exec(
    event.message,
  );
  if (!head || event.message.slice(head[0].indexOf(head[2])).length < 18) return false;
  const [whole, priority, , name, day, hour, minute, second, host] = head;
  const parts = numbers({ month: monthNumber(name), day, hour, minute, second });
  if (parts.month === 0 || parts.day < 1 || parts.hour > 23 || parts.minute > 59 || parts.second > 60) return false;
  event.format = "syslog";
  event.timeSeconds = toSeconds(parts, arrival) ?? event.timeSeconds;
  if (/^\d+$/.test(priority ?? "")) event.level = levelOfSeverity[Number(priority) & 7];
  // some write no host: then the program stands in its place
  event.body = event.message.slice(host.endsWith(":") ? whole.length - host.length - 1 : whole.length);
  const program = /^([^:[(\t-\r ]+)(?:\([^)]*\))?(?:\[\d*\])?: ?/.exec(event.body);
  if (program && program[0].length <= 128) {
    event.source = program[1];
    event.body = event.body.slice(program[0].length);
  }
  return true;
}

type Texts = { [Part in keyof TimeParts]: TimeParts[Part] | string };

function numbers(parts: Texts): TimeParts {
  const year = parts.year === undefined ? undefined : Number(parts.year);
  const [month, day] = [Number(parts.month), Number(parts.day)];
  return { year, month, day, hour: Number(parts.hour), minute: Number(parts.minute), second: Number(parts.second) };
}
