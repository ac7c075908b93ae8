/**
 * The parsers as regular expressions over bytes. What a record brought parsed already stays unless the line says more.
 */

import { readHost } from "./address.js";
import { parseApplication } from "./application.js";
import { clientOf, findClient, listedClient } from "./client.js";
import { parseBareColumns, parseColumns, parseQuotedRequest, parseStorage } from "./columns.js";
import { ConfiguredFields, type FieldSettings } from "./configured.js";
import { seekDate } from "./dates.js";
import { Fields, logRank } from "./fields.js";
import type { Bytes } from "./hash.js";
import { parseHaproxy, parseLevelFirst, parseZeek, withoutTrace } from "./headers.js";
import { levelOf } from "./levels.js";
import { parsePairs } from "./pairs.js";
import { readLine } from "./record.js";
import { parseSyslog } from "./syslog.js";
import { monthNumber, type TimeParts, toSeconds, zoneSeconds } from "./times.js";
import { isObject, unwrapCri, unwrapJson } from "./unwrap.js";

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
  | "columns"
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
  /** The time of the record around the text, or of its container runtime. */
  carriedSeconds?: number;
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
  const event: ParsedEvent = {
    ...{ format: "text", message: "", body: "", level: 0, status: 0, bytes: undefined, timeSeconds: undefined },
    ...{ key: "", source: "", request: undefined, endpoint: "", markedError: false, sender: "", destination: "" },
    destinationPort: undefined,
  };
  // the filter does not show it, so it is not compared
  Object.defineProperty(event, "carriedSeconds", { writable: true, enumerable: false });
  return event;
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
  event.carriedSeconds = event.timeSeconds;
  fields.setAsideShippers();
  if (found.rank > 0) setMessage(event, found.rank < logRank ? fields.withError(found.text) : found.text);
  if (fields.isRequest(found.rank > 0)) {
    event.request = fields.request();
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
  // what ends a line is no part of it
  setMessage(event, event.message.replace(/[\r\n]+$/, "") || event.message);
  beginMessage(event, fields, arrival);
  const isBare = !event.message.startsWith("{");
  let isPairs = isBare && beginsWithPairs(event, fields);
  const isOther = isPairs || isObject(event.message) || isGlog(event.message);
  if (!isOther && parseAccess(event, fields, arrival)) return;
  for (let i = 0; i < wrappersMax && (i > 0 || event.message.startsWith("{")); i++) {
    const inside = event.message.startsWith("{")
      ? unwrapJson(event, fields, event.message)
      : unwrapCri(event, fields, arrival);
    if (inside === undefined) break;
    const isJson = event.message.startsWith("{");
    setMessage(event, inside);
    if (isJson) beginMessage(event, fields, arrival);
    if (inside === "" || parseAccess(event, fields, arrival)) return;
  }
  if (!isBare) isPairs = beginsWithPairs(event, fields);
  const isSearched = isPairs || parseText(event, fields, arrival);
  if (event.format === "access") return;
  if (!event.request && fields.isPiece) {
    if (!isSearched && event.key === "") event.key = findClient(event.body);
    event.body = "";
    return;
  }
  if (!event.request && isContinuation(event.body)) {
    Object.assign(event, { body: "", level: 0, markedError: false });
    return;
  }
  if (!isSearched && event.key === "") event.key = findClient(event.body);
  if (!event.request) event.body = withoutTrace(event.body);
}

function beginMessage(event: ParsedEvent, fields: Fields, arrival: number): void {
  setMessage(event, withoutFirst(event.message));
  const inside = unwrapCri(event, fields, arrival);
  if (inside !== undefined) setMessage(event, withoutFirst(inside));
}

/** Without a byte order mark, one blank (what syslog's senders leave there), and a terminal's colours. */
function withoutFirst(text: Bytes): Bytes {
  const usual = text.replace(/^(?:\xef\xbb\xbf)? ?(?=[^\x00-\x20]|\x1b)/, "") || text;
  const rest = /^\xef\xbb\xbf./s.test(usual) ? usual.slice(3) : usual;
  return (rest.startsWith("\x1b") && rest.replace(/\x1b(?:\[[\d;]*m?)?/g, "")) || rest;
}

const isGlog = (text: Bytes) => /^[A-Z]\d.{3} ..:/s.test(text);

function beginsWithPairs(event: ParsedEvent, fields: Fields): boolean {
  return event.message.slice(0, 8).includes("=") && parsePairs(event, fields, event.body);
}

/** A line of a trace, or one that is indented: it belongs to the line before. */
function isContinuation(body: Bytes): boolean {
  const line = body.replace(/[\t-\r ]+$/, "");
  const isTrace = /^(?:\t| {2}|at .*\)$|Traceback \(.*:$|goroutine .*:$|\.\.\. (?:.* )?more$|Caused by: )/.test(line);
  return isTrace && !line.includes("\n");
}

/** True where the client was looked for. */
function parseText(event: ParsedEvent, fields: Fields, arrival: number): boolean {
  const isLevelFirst = isGlog(event.message);
  if (!isLevelFirst && parseZeek(event)) return true;
  const bytes = event.message.length;
  const isHeaded = !isLevelFirst && parseSyslog(event, arrival) !== undefined;
  if (isHeaded && isReadBehind(event, fields, arrival, false)) return true;
  const isDated = isHeaded || (!isLevelFirst && parseApplication(event, fields, arrival));
  const hasHeader = isDated || parseLevelFirst(event, fields, arrival, false);
  if (event.format === "columns") return true;
  if (parseHaproxy(event, arrival)) return true;
  if (parseColumns(event, fields, event.body, !hasHeader)) return true;
  const isBehind = hasHeader || event.message.length < bytes;
  if (isBehind && event.body.startsWith("{")) event.body = unwrapJson(event, fields, event.body) ?? event.body;
  else if (parsePairs(event, fields, event.body)) return true;
  const date = hasHeader || event.timeSeconds !== undefined ? undefined : seekDate(event.message, arrival);
  if (date) {
    event.timeSeconds = date.seconds;
    const behind = date.rest.replace(/^\]/, "");
    if (behind.startsWith(' "')) parseQuotedRequest(event, fields, behind.slice(1));
  }
  return false;
}

/** Behind syslog's header a line is looked at as if it came alone; true where all is said. */
function isReadBehind(event: ParsedEvent, fields: Fields, arrival: number, isInner: boolean): boolean {
  const { message } = event;
  if (/^[^@[][a-z]/s.test(event.body) && !event.body.endsWith('"') && !/^... .. /s.test(event.body)) {
    // `warning: ` and the like where the header says no level
    const word = /^(.{5}):|^(.{7}):/s.exec(event.body);
    const name = word?.[1] ?? word?.[2] ?? "";
    if (event.level === 0 && name !== "" && event.body[name.length + 1] === " ") event.level = levelOf(name, ":");
    return false;
  }
  // PostgreSQL's count of messages and their parts
  event.body = event.body.replace(/^\[\d+-\d+\] (?=.)/s, "");
  const { body } = event;
  const marked = /^@cee: *(.*)$/s.exec(body);
  if (marked) {
    event.body = marked[1];
    return false;
  }
  if (body.length < 6) return false;
  setMessage(event, body);
  if (parseAccess(event, fields, arrival)) {
    event.level = 0;
    return true;
  }
  if (/^\d/.test(body) && parseZeek(event)) return true;
  if (!isInner && parseSyslog(event, arrival) !== undefined) return isReadBehind(event, fields, arrival, true);
  if (event.message.startsWith("\x1b")) setMessage(event, withoutFirst(event.message));
  const inside = event.message;
  // a count of seconds is the logger's own but with three decimals, as Squid has it
  const isCount = /^\d.\d.\d/s.test(inside) && !/^.{14} /s.test(inside);
  if (/^[\d[]/.test(inside) && !isCount && parseApplication(event, fields, arrival)) return false;
  if (/^[\d[A-Z]/.test(inside) && parseLevelFirst(event, fields, arrival, true)) return false;
  if (parseBareColumns(event, fields, inside)) return true;
  event.message = message;
  event.body = inside;
  return false;
}

function parseAccess(event: ParsedEvent, fields: Fields, arrival: number): boolean {
  const { message } = event;
  const bracket = message.indexOf("[");
  if (bracket < 1 || bracket >= 512 || message.length < bracket + 30) return false;
  const stamp = /^\[(.{2}\/.{3}\/.{4}[: ].{7}[^\]]{0,9})\](?=..)( ")?/s.exec(message.slice(bracket));
  if (!stamp) return false;
  if (!stamp[2]) {
    if (!parseStorage(event, fields, message.slice(bracket + stamp[0].length + 1))) return false;
    event.timeSeconds = accessTime(stamp[1], arrival);
    return true;
  }
  const rest = message.slice(bracket + stamp[0].length);
  const before = behindNames(takeHeader(event, bracket, arrival));
  const closed = /^(|.*?[^\\])" [\d-]/s.exec(rest);
  const request = closed ? closed[1] : rest.includes('"') ? rest.slice(0, rest.indexOf('"')) : rest;

  event.format = "access";
  event.timeSeconds = accessTime(stamp[1], arrival) ?? event.timeSeconds;
  const host = /^[^ ]* ([^ ]*) - [^ ]* $/.exec(before) ?? /^([^ ]*) /.exec(before);
  if (/^(?:"|[^ ]*, |[^ ]+ [^ ]*,(?: |$))/.test(before) && host) event.key = listedClient(before) ?? event.key;
  else if (host && host[1] !== "-") event.key = clientOf(host[1]);
  const answer = /^" ([1-9]\d\d)(?:.(\d*))?/s.exec(rest.slice(request.length));
  if (answer) {
    event.status = Number(answer[1]);
    const size = Number(answer[2] || "-1");
    event.bytes = size >= 0 && size <= 2 ** 53 ? size : undefined;
  }
  splitRequest(event, request);
  return true;
}

/** From the first address on that stands before a dash and any list of proxies, if there is one. */
function behindNames(before: Bytes): Bytes {
  const words = /^(?:(?!-)[^ ]*(?<!,) )+/.exec(before)?.[0].split(" ").slice(0, -1) ?? [];
  const client = words.findIndex((word) => readHost(word) !== undefined);
  return client < 0 ? before : before.slice(words.slice(0, client).join(" ").length + (client > 0 ? 1 : 0));
}

function accessTime(stamp: Bytes, arrival: number): number | undefined {
  const time = /^(\d\d)\/(.{3})\/(\d{4}).(\d\d).(\d\d).(\d\d).?/s.exec(stamp);
  if (!time) return undefined;
  const [whole, day, month, year, hour, minute, second] = time;
  const seconds = toSeconds(numbers({ year, month: monthNumber(month), day, hour, minute, second }), arrival);
  return seconds === undefined ? undefined : seconds - zoneSeconds(stamp.slice(whole.length)).seconds;
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

/** What stands before the bracket, behind a header of syslog if there is one. */
function takeHeader(event: ParsedEvent, bracket: number, arrival: number, isRelayed = true): Bytes {
  const { message } = event;
  if (/^(?!["<])[^ ]*[^ ,] - - $/.test(message.slice(0, bracket)) || !message.slice(0, bracket).includes(" ")) {
    return message.slice(0, bracket);
  }
  if (!/^(?:<|.{3} .{5}:|\d.{9}T)/s.test(message)) return message.slice(0, bracket);
  const behind = parseSyslog(event, arrival) ?? event.message.length;
  const isHeaded = event.format === "syslog" || event.message.length < message.length;
  const start = isHeaded && message.length - behind <= bracket ? message.length - behind : 0;
  if (isHeaded) event.level = 0;
  setMessage(event, message.slice(start));
  // a relay may have put a header of its own before that
  return isRelayed && start > 0 ? takeHeader(event, bracket - start, arrival, false) : message.slice(start, bracket);
}

type Texts = { [Part in keyof TimeParts]: TimeParts[Part] | string };

export function numbers(parts: Texts): TimeParts {
  const year = parts.year === undefined ? undefined : Number(parts.year);
  const [month, day] = [Number(parts.month), Number(parts.day)];
  return { year, month, day, hour: Number(parts.hour), minute: Number(parts.minute), second: Number(parts.second) };
}
