/** Headers of one format each: web servers' errors, RFC 5424, Zeek, HAProxy, PostgreSQL, and levels that come first. */
import { readHost } from "./address.js";
import { findClient } from "./client.js";
import { parseDnsQuery, parseGin, parseUvicorn, parseUwsgi } from "./columns.js";
import { dateAt } from "./dates.js";
import { type Fields, statusOfField } from "./fields.js";
import type { Bytes } from "./hash.js";
import { levelOf } from "./levels.js";
import { type ParsedEvent, splitRequest, targetOf } from "./parse.js";

/** `rest`: what follows the date. */
export function parseWebError(event: ParsedEvent, date: Bytes, rest: Bytes): boolean {
  return parseApache(event, date, rest) || parseNginx(event, rest);
}

function parseApache(event: ParsedEvent, date: Bytes, rest: Bytes): boolean {
  const head = /^\] \[([^\]]{0,126})\]/.exec(rest);
  const level = head ? levelOf(head[1].replace(/^[^:]*:/, ""), "]") : 0;
  const hasWeekday = /^[A-Za-z]/.test(date);
  if (!head || level === 0 || !(hasWeekday || head[1].includes(":"))) return false;
  let behind = rest.slice(head[0].length);
  for (let group = apacheGroup(behind); group; group = apacheGroup(behind)) {
    event.key = (group[1] !== undefined && readHost(group[1])) || event.key;
    behind = behind.slice(group[0].length);
  }
  event.format = "web error";
  event.level = level;
  event.body = behind.replace(/^ /, "");
  return true;
}

function apacheGroup(text: Bytes): RegExpExecArray | null {
  return (
    /^ \[client (\[[^\]]{0,126}\][^\]]{0,127})\]/.exec(text) ??
    /^ \[(?:pid [^\]]{0,122}|client (?!\[)([^\]]{0,119}))\]/.exec(text)
  );
}

function parseNginx(event: ParsedEvent, rest: Bytes): boolean {
  const head = /^ \[([^\]]{0,126})\] \d+#\d*: (?:\*\d* )?/.exec(rest);
  const level = head ? levelOf(head[1], "]") : 0;
  if (!head || level === 0) return false;
  event.format = "web error";
  event.level = level;
  event.body = rest.slice(head[0].length);
  const whole = event.body;
  for (const client of whole.matchAll(/, client: (?=([^,]*))/g)) {
    const address = readHost(client[1]);
    if (address === undefined) continue;
    event.key = address;
    event.body = whole.slice(0, client.index);
    const behind = whole.slice(client.index + client[0].length + client[1].length);
    const request = behind.startsWith(", server: ") ? /, request: "([^"]*)/.exec(behind) : null;
    const target = request && /^[^ ]* (.*)$/s.exec(request[1])?.[1];
    event.endpoint = target ? targetOf(target) : "";
  }
  return true;
}

export function parseZeek(event: ParsedEvent): boolean {
  const found = /^(\d{10})\..{6}\t[^\t]*\t([^\t]*)\t[^\t]*\t([^\t]*)\t([^\t]*)\t(.*)$/s.exec(event.message);
  const [sender, destination] = found ? [readHost(found[2]), readHost(found[3])] : [];
  if (!found || sender === undefined || destination === undefined) return false;
  event.format = "zeek";
  event.timeSeconds = Number(found[1]);
  event.sender = sender;
  event.destination = destination;
  if (event.key === "") event.key = sender;
  if (/^\d{1,15}$/.test(found[4]) && Number(found[4]) < 65536) event.destinationPort = Number(found[4]);
  event.body = found[5];
  const [sent, received] = event.body.split("\t").slice(3);
  const isCount = (text?: Bytes) => /^\d{1,15}$/.test(text ?? "");
  if (isCount(sent) && isCount(received)) event.bytes = Number(sent) + Number(received);
  return true;
}

export function parseHaproxy(event: ParsedEvent, arrival: number): boolean {
  const head = /^([^ ]{1,63}) \[(..\/...\/.{17})\] /s.exec(event.body);
  const colon = head ? head[1].lastIndexOf(":") : -1;
  const isHidden = colon === 1 && head![1][0] === "-";
  const address = isHidden ? event.key : head && colon > 0 ? readHost(head[1].slice(0, colon)) : undefined;
  const seconds = head && dateAt(head[2], arrival)?.seconds;
  if (!head || address === undefined || seconds === undefined || seconds === null) return false;
  event.format = "haproxy";
  event.key = address;
  event.timeSeconds = seconds;
  event.body = event.body.slice(head[0].length);
  const answer = /^(?:[^ ]* ){2}(?:(?![\d-])[^ ]* )?[^ ]* (?=.)(?:([1-9]\d\d) (?=\d))?(\d{1,15})?(.*)$/s.exec(
    event.body,
  );
  if (!answer) return true;
  if (answer[2] !== undefined) event.bytes = Number(answer[2]);
  if (answer[1] === undefined) return true;
  event.status = Number(answer[1]);
  const request = /"(.*)"/s.exec(answer[3]);
  if (request) splitRequest(event, request[1]);
  return true;
}

/** `rest`: what follows the date and its zone, which end `before`. */
export function parsePostgresql(event: ParsedEvent, before: Bytes, rest: Bytes): boolean {
  const colon = rest.indexOf(":  ", 0);
  const hasZone = /[A-Z][A-Z]$/.test(before) && /^[ :]../s.test(rest);
  if (!(hasZone || /^[ :]\[\d/.test(rest)) || colon < 0 || colon >= 160) return false;
  const severity = /[A-Z]*$/.exec(rest.slice(0, colon))![0];
  const isPart = /^(?:STATEMENT|DETAIL|HINT|CONTEXT)/.test(severity);
  const level = isPart ? 3 : levelOf(severity);
  if (level === 0) return false;
  event.format = "postgresql";
  const prefix = rest.slice(0, colon - severity.length);
  const paren = prefix.indexOf("(");
  if (paren >= 0) event.key = readHost(/(?:^.)?([^ ]*)$/s.exec(prefix.slice(0, paren))![1]) ?? event.key;
  else if (event.key === "") event.key = findClient(prefix);
  event.level = level;
  event.body = rest.slice(colon + 3);
  return true;
}

/** True where a header was read; a plain level is noted and the line stays a text. */
export function parseLevelFirst(event: ParsedEvent, fields: Fields, arrival: number, isBehind: boolean): boolean {
  const { message } = event;
  if (message.length < 6) return false;
  if (/^\d/.test(message)) {
    // zerolog on a console
    const kitchen = /^(?:.:...|.[^:]....)M (.{3})(.)/s.exec(message);
    return kitchen !== null && takeLevel(event, levelOf(kitchen[1], kitchen[2]), message.slice(kitchen[0].length));
  }
  if (message.startsWith("[") || message.startsWith("Comp")) takeRails(event, message);
  if (/^.\d/s.test(message)) return parseGlog(event, arrival);
  if (message[1] === ",") return parseRuby(event, arrival);
  if (message[6] === "|") {
    const barred = /^([^ ]{1,5}) +$/.exec(message.slice(0, 6));
    const level = barred && message.length >= 8 ? levelOf(barred[1], " ") : 0;
    return takeLevel(event, level, message.slice(8));
  }
  if (message[4] === "[") {
    // logrus on a terminal
    const close = message.slice(0, 16).indexOf("]");
    return message[close + 1] === " " && takeLevel(event, levelOf(message.slice(0, 4), "["), message.slice(close + 2));
  }
  if (message.startsWith("[pid:")) return parseUwsgi(event, fields, message, arrival);
  const note = (level: number) => {
    // programs of Unix write small letters, and say it to syslog, too
    const isSaid = isBehind || event.level === 0 || (/^[\x00-`]/.test(message) && fields.isLevelOfSender());
    if (level > 0 && isSaid) event.level = level;
  };
  const spaced = /^([A-Z](?= \d)|[A-Z]{3,}(?= ))/.exec(message);
  if (spaced) {
    note(levelOf(spaced[1], " "));
    return false;
  }
  const word = (message.startsWith("[") ? /^\[([^\]]{3,15})\]/ : /^([^:]{3,15}):/).exec(message);
  if (!word) return false;
  const whole = levelOf(word[1], message.slice(word[0].length - 1));
  const level = whole || (word[1].includes("/") ? levelOf(word[1].slice(0, word[1].indexOf("/")), "/") : 0);
  if (level === 0 && message.startsWith("[Nest] ")) return parseNest(event, arrival);
  if (level === 0) return message.startsWith("[GIN] ") && parseGin(event, fields, message.slice(6), arrival);
  const logger = /^([A-Za-z0-9_.\x80-\xff-]{1,63}):/.exec(message.slice(word[0].length));
  if (logger && !message.startsWith("[")) {
    event.format = "application";
    event.level = level;
    event.source = logger[1];
    event.body = message.slice(word[0].length + logger[0].length);
    return true;
  }
  note(level);
  const rest = message.slice(word[0].length);
  if (message.startsWith("[")) return rest[0] === " " && parseDnsQuery(event, fields, rest);
  return rest[1] === " " && parseUvicorn(event, fields, rest);
}

function takeLevel(event: ParsedEvent, level: number, body: Bytes): boolean {
  if (level === 0) return false;
  Object.assign(event, { format: "application", level, body });
  return true;
}

function parseNest(event: ParsedEvent, arrival: number): boolean {
  const start = event.message.indexOf("-") + 2;
  const date = start < 2 ? undefined : dateAt(event.message.slice(start), arrival);
  if (date?.seconds === undefined) return false;
  const found = /^ *([^ ]*) /.exec(event.message.slice(start + date.length));
  const level = found ? levelOf(found[1]) : 0;
  if (!takeLevel(event, level, event.message.slice(start + date.length + (found?.[0].length ?? 0)))) return false;
  event.timeSeconds = date.seconds;
  return true;
}

function parseRuby(event: ParsedEvent, arrival: number): boolean {
  const { message } = event;
  const level = levelOf(message[0], ".");
  const date = level > 0 && message.startsWith(", [", 1) ? dateAt(message.slice(4), arrival) : undefined;
  if (date?.seconds === undefined) return false;
  const colon = message.indexOf(":", 4 + date.length);
  if (colon < 0 || message[colon + 1] !== " ") return false;
  event.timeSeconds = date.seconds;
  takeRails(event, message.slice(colon + 2));
  return takeLevel(event, level, message.slice(colon + 2));
}

function takeRails(event: ParsedEvent, text: Bytes): void {
  const rails = /^(?:\[[^\]]*\].)?Completed (.{3})/s.exec(text);
  if (rails) event.status = statusOfField(text.slice(rails[0].length - 3)) ?? 0;
}

function parseGlog(event: ParsedEvent, arrival: number): boolean {
  // CockroachDB writes the year before the month
  const head =
    /^(.)()(\d\d)(\d\d) (..:..:..(?:[.,:]\d+)?)[\t-\r \d]*([^\]]{0,63})\] /s.exec(event.message) ??
    /^(.)(\d\d)(\d\d)(\d\d) (..:..:..(?:[.,:]\d+)?)[\t-\r \d]*([^\]]{0,63})\] /s.exec(event.message);
  const level = head ? levelOf(head[1]) : 0;
  if (!head || level === 0 || event.message.length < 22) return false;
  const date = dateAt(`${head[2] && `20${head[2]}-`}${head[3]}-${head[4]} ${head[5]}`, arrival);
  if (date === undefined) return false;
  event.format = "application";
  event.level = level;
  event.timeSeconds = date.seconds ?? event.timeSeconds;
  event.body = event.message.slice(head[0].length);
  return true;
}

/** What is left of a body that holds a stack trace. */
export function withoutTrace(body: Bytes): Bytes {
  const cut = /\n[ \t]/.exec(body);
  if (!cut) return body;
  const head = body.slice(0, cut.index);
  const last = /[^\n]*$/.exec(body.replace(/\n+$/, ""))![0];
  const isPython = head.endsWith("Traceback (most recent call last):") && body.replace(/\n+$/, "").length > cut.index;
  return isPython && !/^[ \t]/.test(last) && last !== "" ? head.slice(0, -34) + last : head;
}
