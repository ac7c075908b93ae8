/** Headers of one format each: web servers' error logs, RFC 5424 (assembly/parse/webError.ts, rfc5424.ts). */
import { readHost } from "./address.js";
import { dateAt } from "./dates.js";
import type { Bytes } from "./hash.js";
import { levelOf, levelOfSeverity } from "./levels.js";
import type { ParsedEvent } from "./parse.js";

/** `rest`: what follows the date. */
export function parseWebError(event: ParsedEvent, rest: Bytes): boolean {
  return parseApache(event, rest) || parseNginx(event, rest);
}

function parseApache(event: ParsedEvent, rest: Bytes): boolean {
  const head = /^\] \[([^\]]{0,126})\]/.exec(rest);
  const level = head ? levelOf(head[1].replace(/^[^:]*:/, "")) : 0;
  if (!head || level === 0) return false;
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
  const level = head ? levelOf(head[1]) : 0;
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
    event.endpoint = (request && /^[^ ]* ([^ ]*)/.exec(request[1])?.[1]) ?? "";
  }
  return true;
}

export function parseRfc5424(event: ParsedEvent, arrival: number): boolean {
  const field = "([^ ]{1,255}) ";
  const head = new RegExp(`^<(\\d{1,3})>1 ${field}${field}${field}${field}${field}`).exec(event.message);
  if (!head) return false;
  const seconds = dateAt(head[2], arrival)?.seconds;
  if (seconds === undefined && head[2] !== "-") return false;
  event.format = "syslog";
  event.level = levelOfSeverity[Number(head[1]) & 7];
  if (seconds !== undefined) event.timeSeconds = seconds;
  if (head[4] !== "-") event.source = head[4];
  const rest = event.message.slice(head[0].length);
  const data = /^(?:-|(?:\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])*(?!\[))/s.exec(rest);
  event.body = rest.slice(data?.[0].length ?? 0).replace(/^ ?(?:\xef\xbb\xbf)?/, "");
  return true;
}
