/** Lines whose fields are known by their place alone (assembly/formats/columns.ts). */
import { readHost } from "./address.js";
import { dateAt } from "./dates.js";
import { type Fields, kindNamed, nameOf } from "./fields.js";
import type { Bytes } from "./hash.js";
import { levelOf } from "./levels.js";
import type { ParsedEvent } from "./parse.js";

const columnsMax = 48;
/** A name that stands for the same as the letter does; of others nothing is compared. */
const nameOfLetter: Record<string, string> = {
  ...{ b: "bytes", c: "clientip", l: "level", m: "method", p: "path", q: "request", s: "status", Y: "status" },
  ...{ t: "bytes", v: "csuriquery", D: "dst", Z: "dst", P: "dport", S: "src", T: "time" },
};

/** What `#Fields:` lines said, by the file of the line. */
const fieldsLines = new Map<string, { separator: string; names: string[] }>();

interface Column {
  text: Bytes;
  isQuoted: boolean;
}

function split(text: Bytes, separator: string): Column[] {
  const found: Column[] = [];
  const next = (at: number) => (text.indexOf(separator, at) < 0 ? text.length : text.indexOf(separator, at));
  for (let at = 0; found.length < columnsMax && at <= text.length; ) {
    while (separator === " " && text[at] === " ") at++;
    const isQuoted = text[at] === '"';
    const end = isQuoted ? closingQuote(text, at + 1, separator) : next(at);
    found.push({ text: text.slice(isQuoted ? at + 1 : at, end), isQuoted });
    at = next(end) + 1;
  }
  return found;
}

/** The quote that a separator or the line's end follows. */
function closingQuote(text: Bytes, start: number, separator: string): number {
  for (let at = text.indexOf('"', start); at >= 0; at = text.indexOf('"', at + 1)) {
    if (at + 1 >= text.length || text[at + 1] === separator) return at;
  }
  return text.length;
}

const isHost = (column?: Column) => readHost(column?.text ?? "") !== undefined;
const isNumber = (column?: Column) => /^\d/.test(column?.text ?? "");

const isDash = (column?: Column) => column?.text === "-";

function take(event: ParsedEvent, fields: Fields, columns: Column[], layout: string): true {
  const texts = columns.slice(0, layout.length).map(({ text }, i) => {
    if (layout[i] === "Y" || layout[i] === "Z") return text.includes("/") ? text.slice(text.indexOf("/") + 1) : "";
    return layout[i] === "q" && text.startsWith("-") ? "-" : text;
  });
  return takeNamed(
    event,
    fields,
    texts,
    [...layout].map((letter) => nameOfLetter[letter] ?? ""),
  );
}

function takeNamed(event: ParsedEvent, fields: Fields, texts: Bytes[], names: string[]): true {
  fields.enter();
  event.format = "columns";
  let hasTarget = false;
  for (const [i, text] of texts.entries()) {
    if (text === "-") continue;
    if (kindNamed(names[i]) === "target") hasTarget = true;
    fields.note(names[i], text, true);
  }
  // a proxy's column is the URL that its client asked for
  if (fields.isRequest(false)) event.request = fields.request(hasTarget ? /^$/ : /^https?:\/\/[^/]*(?=\/)/s);
  return true;
}

/** As the last `#Fields:` line of the same file says, where client and status are what they should be. */
function parseKnown(event: ParsedEvent, fields: Fields, text: Bytes): boolean {
  const known = fieldsLines.get(fields.logFile);
  if (!known) return false;
  const columns = split(text, text.includes("\t") ? "\t" : known.separator);
  if (columns.length !== known.names.length) return false;
  const checked = columns.flatMap((column, i) => {
    const kind = isDash(column) ? undefined : kindNamed(known.names[i]);
    return kind === "clientAddress" ? [isHost(column)] : kind === "status" ? [isNumber(column)] : [];
  });
  if (checked.length === 0 || checked.includes(false)) return false;
  const texts = columns.map((column) => column.text);
  return takeNamed(event, fields, texts, known.names);
}

function noteFieldsLine(fields: Fields, text: Bytes): boolean {
  if (!text.startsWith("#Fields: ")) return false;
  const list = text.slice(9);
  const separator = list.includes(" ") ? " " : ",";
  const names = list.split(separator).map(nameOf);
  if (names.at(-1) === "") names.pop();
  fieldsLines.set(fields.logFile, { separator, names: names.slice(0, columnsMax) });
  return true;
}

/** `text`: the line from its date on; `rest`: what follows the date. */
export function parseDatedColumns(event: ParsedEvent, fields: Fields, text: Bytes, rest: Bytes): boolean {
  if (parseKnown(event, fields, text)) return true;
  if (rest[0] === " ") {
    if (text[10] === ".") return parseSquid(event, fields, rest);
    if (rest[1] === '"') {
      const columns = split(rest.slice(1), " ");
      const isChi = columns.length > 5 && isHost(columns[2]) && isDash(columns[3]) && isNumber(columns[4]);
      return isChi && take(event, fields, columns, "q-c-s");
    }
    const isAddress = rest.slice(1, 5).includes(".") || /^.(?:W3SV|[0-9a-fA-F]...:)/s.test(rest);
    if (isAddress) return parseIis(event, fields, rest.slice(1));
    if (text[26] !== "Z" || !/^[ .]/.test(text.at(-2) ?? "")) return false;
    const columns = split(rest.slice(1), " ");
    const isBalancer = columns.length > 12 && isHost(columns[1]) && isNumber(columns[9]);
    return isBalancer && take(event, fields, columns, "-c----s--bqa");
  }
  if (rest[0] === ",") return parseCsvlog(event, fields, rest.slice(1));
  if (rest[0] === "\t") {
    const columns = split(rest.slice(1), "\t");
    const isCloudFront = columns.length > 17 && isHost(columns[2]) && isNumber(columns[6]);
    return isCloudFront && take(event, fields, columns, "-bcm-psrav");
  }
  return rest[1] === " " && rest[2] === '"' && parseQuotedRequest(event, fields, rest.slice(2));
}

/** A quoted request, a status, and more. */
export function parseQuotedRequest(event: ParsedEvent, fields: Fields, text: Bytes): boolean {
  const columns = split(text, " ");
  if (columns.length < 2 || !isNumber(columns[1])) return false;
  if (columns.length < 4) return take(event, fields, columns, "qsb");
  return take(event, fields, columns, isNumber(columns[3]) ? "qs--bd-ca" : "qs-----bd-ca------c");
}

function parseSquid(event: ParsedEvent, fields: Fields, rest: Bytes): boolean {
  const columns = split(rest, " ");
  const isSquid = columns.length > 7 && isNumber(columns[0]) && isHost(columns[1]) && isNumber(columns[3]);
  return isSquid && take(event, fields, columns.slice(1), "SYtmp-Z");
}

function parseIis(event: ParsedEvent, fields: Fields, rest: Bytes): boolean {
  const columns = split(rest, " ");
  if (columns.length < 8) return false;
  if (isNumber(columns[1])) {
    return isHost(columns[0]) && isHost(columns[2]) && take(event, fields, columns, "c----mps");
  }
  const first = columns.findIndex(({ text }, i) => /^[A-Z]/.test(text) && columns[i + 1]?.text.startsWith("/"));
  if (first < 0 || first > 3 || !isHost(columns[first + 5])) return false;
  const isStatus = (i: number) =>
    /^[1-9]\d\d$/.test(columns[i].text) && isNumber(columns[i + 1]) && isNumber(columns[i + 2]);
  const status = columns.findIndex((_, i) => i >= first + 6 && isStatus(i));
  if (status < 0) return false;
  const layout = columns[first + 6].text.startsWith("HTTP/") ? "mpv--c-a" : "mpv--ca";
  take(event, fields, columns.slice(first), layout);
  fields.note("status", columns[status].text, true);
  return true;
}

function parseCsvlog(event: ParsedEvent, fields: Fields, rest: Bytes): boolean {
  const columns = split(rest, ",");
  const level = columns.length < 13 ? 0 : levelOf(columns[10].text);
  if (level === 0) {
    const [from, to, fromPort, toPort] = columns;
    const isTuple = columns.length > 6 && isHost(from) && isHost(to) && isNumber(fromPort) && isNumber(toPort);
    return isTuple && take(event, fields, columns, "SD-P");
  }
  take(event, fields, columns, "---c");
  event.level = level;
  event.body = columns[12].text;
  return true;
}

const layoutsOfPanOs = new Map([
  ["TRAFFIC", "TSD----------------P----otfw--e"],
  ["THREAT", "TSD----------------P----o---l"],
  ["SYSTEM", "T------l"],
  ["CONFIG", "Tc"],
  ["USERID", "T-c"],
  ["AUTHENTICATION", "T-c"],
  ["HIPMATCH", "T----c"],
  ["GLOBALPROTECT", "T--------cc"],
]);

/** Without a date before them; `isBare` where no header stands before them either. */
export function parseColumns(event: ParsedEvent, fields: Fields, text: Bytes, isBare: boolean): boolean {
  if (/^.,.{4}[/-]/s.test(text)) {
    const columns = split(text, ",");
    const layout = columns.length < 14 ? undefined : layoutsOfPanOs.get(columns[3].text);
    if (layout !== undefined && columns.length > layout.length) return take(event, fields, columns.slice(6), layout);
  } else if (/^\d /.test(text)) {
    const columns = split(text, " ");
    const first = columns.length === 14 ? 3 : 7;
    const hasEnds = isHost(columns[first]) && isHost(columns[first + 1]);
    if ((columns.length === 14 || columns.length === 21) && (hasEnds || isDash(columns[first])))
      return take(event, fields, columns.slice(first), first === 3 ? "SD-P--t-To" : "SD-P---t--To");
  }
  if (/^.[\x00-,]/s.test(text) || !isBare) {
    if (event.source === "RT_FLOW") return parseSession(event, fields, text);
    const columns = event.source === "filterlog" ? split(text, ",") : [];
    if (columns.length < 17) return false;
    const isIpv4 = columns[8].text.startsWith("4");
    return (
      isHost(columns[isIpv4 ? 18 : 15]) &&
      take(event, fields, columns.slice(6), isIpv4 ? "o----------tSD-P" : "o-------tSD-P")
    );
  }
  return parseBareColumns(event, fields, text);
}

export function parseBareColumns(event: ParsedEvent, fields: Fields, text: Bytes): boolean {
  if (text.startsWith("#")) return noteFieldsLine(fields, text);
  if (/^.{3,4} \//s.test(text)) return parseMorgan(event, fields, text);
  if (text.endsWith("ms")) {
    const columns = split(text, " ");
    const isShort = columns.length === 10 && isHost(columns[0]) && isNumber(columns[5]);
    return isShort && take(event, fields, columns, "c-mp-sb-d");
  }
  if (text.startsWith("t")) {
    const columns = /^tls .{14}T./s.test(text) ? split(text, " ") : [];
    return columns.length > 10 && isHost(columns[5]) && take(event, fields, columns.slice(2), "T--c");
  }
  if (!/^[hw][^\x00-,]/.test(text)) return false;
  const blank = text.slice(2, 6).indexOf(" ");
  const space = blank < 0 ? Math.min(6, text.length) : blank + 2;
  if (space + 12 > text.length || text[space + 11] !== "T" || text[space + 5] !== "-") return false;
  const columns = split(text, " ");
  return columns.length > 13 && isHost(columns[3]) && take(event, fields, columns.slice(1), "T-c----s--bqa");
}

/** Morgan's dev and tiny. */
function parseMorgan(event: ParsedEvent, fields: Fields, text: Bytes): boolean {
  const columns = split(text, " ");
  if (columns.length !== 7 || !isNumber(columns[2])) return false;
  if (columns[4].text.startsWith("ms")) return take(event, fields, columns, "mpsd--b");
  return columns[6].text.startsWith("ms") && take(event, fields, columns, "mpsb-d");
}

/** A session of Juniper's SRX: its ends, and of one that closed packets and bytes from and to. */
function parseSession(event: ParsedEvent, fields: Fields, text: Bytes): boolean {
  const columns = split(text, " ");
  const ends = columns.findIndex((column) => {
    const arrow = column.text.indexOf(">") - 1;
    return arrow > 0 && column.text[arrow] === "-" && readHost(column.text.slice(0, arrow).split("/")[0]) !== undefined;
  });
  if (ends < 0) return false;
  const arrow = columns[ends].text.indexOf(">") - 1;
  const [from, to] = [columns[ends].text.slice(0, arrow), columns[ends].text.slice(arrow + 2)];
  fields.enter();
  event.format = "columns";
  fields.note("src", from.split("/")[0], true);
  fields.note("dst", to.split("/")[0], true);
  fields.note("dport", to.includes("/") ? to.slice(to.indexOf("/") + 1) : "", true);
  return true;
}

/** S3's access log, behind its date. */
export function parseStorage(event: ParsedEvent, fields: Fields, text: Bytes): boolean {
  const columns = split(text, " ");
  const isClient = isHost(columns[0]) || isDash(columns[0]);
  const isStorage = columns.length > 12 && isClient && isNumber(columns[6]);
  return isStorage && take(event, fields, columns, "c----qs-b---ra");
}

/** Uvicorn behind its level. */
export function parseUvicorn(event: ParsedEvent, fields: Fields, text: Bytes): boolean {
  const columns = split(text, " ");
  const isUvicorn = columns.length > 3 && isHost(columns[0]) && columns[2].isQuoted && isNumber(columns[3]);
  return isUvicorn && take(event, fields, columns, "c-qs");
}

/** CoreDNS behind its level. */
export function parseDnsQuery(event: ParsedEvent, fields: Fields, text: Bytes): boolean {
  const columns = split(text, " ");
  const [client, dash, number, question] = columns;
  const isQuery = columns.length > 4 && isHost(client) && isDash(dash) && isNumber(number) && question.isQuoted;
  return isQuery && take(event, fields, columns, "c");
}

/** uWSGI. */
export function parseUwsgi(event: ParsedEvent, fields: Fields, text: Bytes, arrival: number): boolean {
  const found = /^[^\]]*\].([^ ]*)[^[]*\[(.*)$/s.exec(text);
  const date = found && dateAt(found[2], arrival);
  if (date?.seconds === undefined) return false;
  const columns = split(found![2].slice(date.length + 2), " ");
  if (columns.length < 11 || !isNumber(columns[10])) return false;
  take(event, fields, columns, "mp--b--d--s");
  event.timeSeconds = date.seconds;
  fields.note("clientip", found![1], true);
  return true;
}

/** Gin behind its name. */
export function parseGin(event: ParsedEvent, fields: Fields, text: Bytes, arrival: number): boolean {
  const columns = split(text, " ");
  if (columns.length <= 11 || !isNumber(columns[4]) || !isHost(columns[8])) return false;
  event.timeSeconds = dateAt(text, arrival)?.seconds ?? event.timeSeconds;
  return take(event, fields, columns.slice(4), "s---c-mp");
}
