/** Headers of syslog (assembly/formats/syslog.ts, rfc5424.ts), and Cisco's messages behind them (cisco.ts). */
import { readHost } from "./address.js";
import { dateAt, seekDate, zoneOf } from "./dates.js";
import type { Bytes } from "./hash.js";
import { levelOf, levelOfSeverity } from "./levels.js";
import { numbers, type ParsedEvent } from "./parse.js";
import { monthNumber, toSeconds } from "./times.js";

/** How many bytes the message behind the header has; undefined where there is none. A bare priority is taken off. */
export function parseSyslog(event: ParsedEvent, arrival: number): number | undefined {
  // how many bytes follow stands before it
  const place = event.message[3] === " " ? 4 : 5;
  const counted = /^\d.+ <$/s.test(event.message.slice(0, place + 1)) ? place : 0;
  const message = event.message.slice(counted);
  const priority = /^<([^>]{0,3})>/s.exec(message);
  const isNumber = priority && /^\d+$/.test(priority[1]);
  let at = 0;
  if (priority && !isNumber) at = counted + priority[0].length;
  else if (priority) {
    event.level = levelOfSeverity[Number(priority[1]) & 7];
    const rest = message.slice(priority[0].length);
    const behind = parseRfc5424(event, rest, arrival);
    if (behind !== undefined) return behind;
    event.message = rest;
    event.body = rest;
  } else if (message.startsWith("<")) return undefined;
  const text = event.message.slice(at);
  const cisco = ciscoHeader(text);
  if (cisco) return takeHeader(event, undefined, cisco);
  if (text.length < 18) return undefined;
  const found = text[3] === " " ? parseBsd(event, text, arrival) : undefined;
  const behind = found ?? parseIso(event, text, arrival);
  return behind ?? (isNumber ? parseCiscoDate(event, text, arrival) : undefined);
}

/** Cisco's switches and routers put a number, their name, and a date of one kind or another before their message. */
function parseCiscoDate(event: ParsedEvent, text: Bytes, arrival: number): number | undefined {
  const percent = text.slice(0, Math.min(128, text.length - 1)).indexOf("%");
  const cisco = percent > 1 && text.slice(percent - 2, percent) === ": " ? ciscoHeader(text.slice(percent)) : undefined;
  if (!cisco) return undefined;
  const date = seekDate(text.slice(0, percent), arrival);
  const zone = date ? zoneOf(date.rest.slice(1, -2)) : undefined;
  return takeHeader(event, date && date.seconds - (zone ?? 0), cisco);
}

function parseBsd(event: ParsedEvent, text: Bytes, arrival: number): number | undefined {
  const date = /^([A-Za-z]{3}) ([ \d]\d) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:[.,:]\d+)?/.exec(text);
  if (!date) return undefined;
  const [whole, name, day, year, hour, minute, second] = date;
  const parts = numbers({ ...(year && { year }), month: monthNumber(name), day, hour, minute, second });
  if (parts.month === 0 || parts.day < 1 || parts.hour > 23 || parts.minute > 59 || parts.second > 60) return undefined;
  const found = hostAndProgram(text.slice(whole.length));
  const seconds = toSeconds(parts, arrival);
  if (!found || (year && (Number(year) < 1970 || seconds === undefined || found.sure < 3))) return undefined;
  return takeHeader(event, seconds, found);
}

/** With the zone, and with a PID where that is Z. */
function parseIso(event: ParsedEvent, text: Bytes, arrival: number): number | undefined {
  const date = text[10] === "T" ? dateAt(text, arrival) : undefined;
  if (date?.seconds === undefined || !date.isZoned) return undefined;
  const rest = text.slice(date.length);
  const found = hostAndProgram(rest);
  if (!found || found.sure < (text[date.length - 1] === "Z" ? 3 : 2)) return undefined;
  // a colon behind the first word makes it the program, or a level
  if (!/^ [^ ]*(?<!:) /.test(rest)) return undefined;
  if (levelOf(/^[^ ]*/.exec(rest.slice(1))![0], " ") > 0) return undefined;
  return takeHeader(event, date.seconds, found);
}

interface Header {
  /** 1 a host, 2 a program, 3 one with its PID, or Cisco. */
  sure: number;
  source?: Bytes;
  body: Bytes;
  severity?: number;
  /** What may be a zone. */
  zone?: Bytes;
}

function takeHeader(event: ParsedEvent, seconds: number | undefined, header: Header): number {
  event.format = "syslog";
  event.timeSeconds = seconds ?? event.timeSeconds;
  // a zone stands where others have the host
  const zone = header.zone === undefined ? undefined : zoneOf(header.zone);
  if (zone !== undefined && seconds !== undefined) event.timeSeconds = seconds - zone;
  event.source = header.source ?? event.source;
  event.body = header.body;
  if (header.severity !== undefined) {
    event.level = levelOfSeverity[header.severity];
    takeEnds(event);
  }
  return header.body.length;
}

/** `rest`: what stands behind the clock. */
function hostAndProgram(rest: Bytes): Header | undefined {
  if (rest.length <= 2) return undefined;
  const host = /^ ([^ ]{0,128}) /.exec(rest);
  if (rest[0] !== ":" && !host) return undefined;
  const at = rest[0] === ":" ? 0 : /:$|^.,/s.test(host![1]) ? 1 : host![0].length;
  const text = rest.slice(at);
  const named = /^([^:[(\t-\r ]+)(?:\([^)]*\))?(\[\d*\])?: ?/.exec(text);
  const program = named && named[0].replace(/: ?$/, "").length < 128 ? named : undefined;
  const header = {
    sure: program ? (program[2] ? 3 : 2) : 1,
    source: program?.[1],
    body: text.slice(program?.[0].length),
  };
  const inner = program?.[0].length ?? 0;
  const blanks = /^ */.exec(text)![0].length;
  const isPercent = text.startsWith(": %", blanks) ? 2 : text.startsWith("%", blanks) ? 0 : undefined;
  const places = isPercent === undefined ? [inner || blanks] : [blanks + isPercent];
  if (inner > 0 && /^\d/.test(text)) {
    const percent = text.slice(inner, inner + 48).indexOf("%");
    const place = percent < 0 ? Math.min(inner + 48, text.length) : inner + percent;
    if (text[place - 1] === " ") places[0] = place;
  }
  const cisco = ciscoHeader(text.slice(places[0]));
  return cisco ? { ...cisco, zone: program?.[1] } : header;
}

function ciscoHeader(text: Bytes): Header | undefined {
  const found = /^%([^ :-]*(?:-(?![0-7]-)[^ :-]*)*-([0-7])-[^ :]*)[: ]/.exec(text.slice(0, 64));
  if (!found) return undefined;
  const body = text.slice(found[0].length).replace(/^ +/, "");
  return { sure: 3, source: found[1], body, severity: Number(found[2]) };
}

/** Where Cisco's message says that something came from and went to, and how much. */
function takeEnds(event: ParsedEvent): void {
  const words = event.body.split(" ");
  const roles: Record<string, string> = { to: "to", dst: "to", "->": "to", faddr: "foreign", gaddr: "passed" };
  roles.Group = "passed";
  let role = "from";
  const found = { sender: false, destination: false };
  words.forEach((word, i) => {
    const address = endOf(word);
    if (address !== undefined) {
      if (!found.sender && role === "from") {
        event.sender = address;
        event.key = address;
        found.sender = true;
      } else if (!found.destination && (role === "foreign" || (found.sender && role === "to"))) {
        event.destination = address;
        found.destination = true;
      }
      role = "from";
    } else if (word.startsWith("(") && !found.sender && readHost(word.slice(1).replace(/\).*$/s, "")) !== undefined) {
      // who configured it
      event.key = readHost(word.slice(1).replace(/\).*$/s, ""))!;
    } else if (!/^[(=]/.test(word)) {
      const size = word === "bytes" && /^\d{1,15}/.exec(words[i + 1] ?? "");
      if (size) event.bytes = Number(size[0]);
      role = (i < words.length - 1 && Object.hasOwn(roles, word) && roles[word]) || "from";
    }
  });
}

function endOf(word: Bytes): Bytes | undefined {
  if (word.startsWith("<")) return readHost(word.slice(1).replace(/>.*$/s, ""));
  const cut = word.search(/[/(]/);
  const host = cut < 0 ? word.replace(/,$/, "") : word.slice(0, cut);
  const behindSlash = /^[^/(]*\/([^(]*)\(/s.exec(word);
  return (
    readHost(host) ??
    (host.includes(":") ? readHost(host.slice(host.indexOf(":") + 1)) : undefined) ??
    (behindSlash ? readHost(behindSlash[1]) : undefined)
  );
}

/** `rest`: what stands behind the priority. */
function parseRfc5424(event: ParsedEvent, rest: Bytes, arrival: number): number | undefined {
  const field = "([^ ]{1,255}) ";
  const whole = new RegExp(`^1 ${field}${field}(?:(?=\\{)|${field}${field}${field})`).exec(rest);
  // Meraki's date is a count, and its message follows what it is
  const counted = new RegExp(`^1 (?=.{10}\\.)${field}${field}(?!\\{)${field}`, "s").exec(rest);
  const head = counted ?? whole;
  if (!head) return undefined;
  const date = dateAt(head[1], arrival);
  if (date === undefined && head[1] !== "-") return undefined;
  event.format = "syslog";
  event.timeSeconds = date?.seconds ?? event.timeSeconds;
  const behind = rest.slice(head[0].length);
  event.body = behind;
  // some go on with JSON where the program should stand
  if (head[3] === undefined) return behind.length;
  if (head[3] !== "-") event.source = head[3];
  if (counted) return behind.length;
  const data = /^(?:-|(?:\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])*(?!\[))/s.exec(behind)?.[0] ?? "";
  event.body = behind.slice(data.length).replace(/^ ?(?:\xef\xbb\xbf)?/, "");
  const said = /^[^ ]*@[^ ]* (.*).$/s.exec(data);
  const checkPoint = said ? null : /^\[([^:]*:"(?=[^ ]* ).*).$/s.exec(data);
  if (event.body !== "" || !(said ?? checkPoint)) return event.body.length;
  // devices say it all in the structured data
  event.body = (said ?? checkPoint)![1];
  return event.body.length + 1 + (behind.length - data.length);
}
