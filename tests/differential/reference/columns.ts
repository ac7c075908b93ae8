/** Lines whose fields are known by their place alone (assembly/formats/columns.ts). */
import { readHost } from "./address.js";
import { dateAt } from "./dates.js";
import type { Fields } from "./fields.js";
import type { Bytes } from "./hash.js";
import { levelOf } from "./levels.js";
import type { ParsedEvent } from "./parse.js";

const columnsMax = 48;
/** A name that stands for the same as the letter does; of others nothing is compared. */
const nameOfLetter: Record<string, string> = {
  ...{ b: "bytes", c: "clientip", l: "level", m: "method", p: "path", q: "request", s: "status", Y: "status" },
  ...{ t: "bytes", D: "dst", Z: "dst", P: "dport", S: "src", T: "time" },
};

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

function take(event: ParsedEvent, fields: Fields, columns: Column[], layout: string): true {
  fields.enter();
  event.format = "columns";
  for (let i = 0; i < Math.min(layout.length, columns.length); i++) {
    const letter = layout[i];
    let { text } = columns[i];
    if (letter === "Y" || letter === "Z") text = text.includes("/") ? text.slice(text.indexOf("/") + 1) : "";
    if (letter === "-" || text === "-") continue;
    if (letter === "u") {
      const query = columns[++i]?.text ?? "";
      fields.note("path", query === "-" ? text : `${text}?${query}`, true);
    } else fields.note(nameOfLetter[letter] ?? "", text, true);
  }
  if (fields.isRequest(false)) event.request = { method: fields.method!, target: fields.target! };
  return true;
}

/** `text`: the line from its date on; `rest`: what follows the date. */
export function parseDatedColumns(event: ParsedEvent, fields: Fields, text: Bytes, rest: Bytes): boolean {
  if (rest[0] === " ") {
    if (text[10] === ".") return parseSquid(event, fields, rest);
    return rest.slice(1, 5).includes(".") && parseIis(event, fields, rest.slice(1));
  }
  if (rest[0] === ",") return parseCsvlog(event, fields, rest.slice(1));
  if (rest[1] !== " " || rest[2] !== '"') return false;
  const columns = split(rest.slice(2), " ");
  if (columns.length < 3 || !isNumber(columns[1])) return false;
  if (columns.length === 3) return take(event, fields, columns, "qsb");
  return take(event, fields, columns, isNumber(columns[3]) ? "qs--bd-ca" : "qs-----bd-ca------c");
}

function parseSquid(event: ParsedEvent, fields: Fields, rest: Bytes): boolean {
  const columns = split(rest, " ");
  const isSquid = columns.length > 7 && isNumber(columns[0]) && isHost(columns[1]) && isNumber(columns[3]);
  return isSquid && take(event, fields, columns.slice(1), "SYtmp-Z");
}

function parseIis(event: ParsedEvent, fields: Fields, rest: Bytes): boolean {
  const columns = split(rest, " ");
  if (columns.length < 8 || !isHost(columns[0])) return false;
  if (isNumber(columns[1])) return isHost(columns[2]) && take(event, fields, columns, "c----mps");
  if (!/^[A-Z]/.test(columns[1].text) || !columns[2].text.startsWith("/")) return false;
  return take(event, fields, columns, columns.length > 12 ? "-mu---cars--d" : "-mu---cas--d");
}

function parseCsvlog(event: ParsedEvent, fields: Fields, rest: Bytes): boolean {
  const columns = split(rest, ",");
  const level = columns.length < 13 ? 0 : levelOf(columns[10].text);
  if (level === 0) return false;
  take(event, fields, columns, "---c");
  event.level = level;
  event.body = columns[12].text;
  return true;
}

/** Without a date before them; `isBare` where no header stands before them either. */
export function parseColumns(event: ParsedEvent, fields: Fields, text: Bytes, isBare: boolean): boolean {
  if (/^.,.{4}\//s.test(text)) {
    const columns = split(text, ",");
    if (columns.length < 32) return false;
    const rest = columns.slice(6);
    if (columns[3].text.startsWith("TRAFFIC")) return take(event, fields, rest, "TSD----------------P----otfw--e");
    return columns[3].text.startsWith("THREAT") && take(event, fields, rest, "TSD----------------P----o---l");
  }
  if (/^\d /.test(text)) {
    const columns = split(text, " ");
    if (columns.length !== 14 || !isHost(columns[3]) || !isHost(columns[4]) || !isNumber(columns[9])) return false;
    return take(event, fields, columns.slice(3), "SD-P--t-To");
  }
  if (!isBare || !/^[hw][^\x00-,]/.test(text)) return false;
  const blank = text.slice(2, 6).indexOf(" ");
  const space = blank < 0 ? Math.min(6, text.length) : blank + 2;
  if (space + 12 > text.length || text[space + 11] !== "T" || text[space + 5] !== "-") return false;
  const columns = split(text, " ");
  return columns.length > 13 && isHost(columns[3]) && take(event, fields, columns.slice(1), "T-c----s--bqa");
}

/** S3's access log, behind its date. */
export function parseStorage(event: ParsedEvent, fields: Fields, text: Bytes): boolean {
  const columns = split(text, " ");
  const isStorage = columns.length > 12 && isHost(columns[0]) && isNumber(columns[6]);
  return isStorage && take(event, fields, columns, "c----qs-b---ra");
}

/** Uvicorn behind its level. */
export function parseUvicorn(event: ParsedEvent, fields: Fields, text: Bytes): boolean {
  const columns = split(text, " ");
  const isUvicorn = columns.length > 3 && isHost(columns[0]) && columns[2].isQuoted && isNumber(columns[3]);
  return isUvicorn && take(event, fields, columns, "c-qs");
}

/** Gin behind its name. */
export function parseGin(event: ParsedEvent, fields: Fields, text: Bytes, arrival: number): boolean {
  const columns = split(text, " ");
  if (columns.length <= 11 || !isNumber(columns[4]) || !isHost(columns[8])) return false;
  event.timeSeconds = dateAt(text, arrival)?.seconds ?? event.timeSeconds;
  return take(event, fields, columns.slice(4), "s---c-mp");
}
