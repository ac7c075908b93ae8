/** Application logs: a date, numbers, a level; Java's and Python's orders (assembly/formats/application.ts). */
import { parseDatedColumns } from "./columns.js";
import { dateAt, queueManagerTime } from "./dates.js";
import type { Fields } from "./fields.js";
import type { Bytes } from "./hash.js";
import { parsePostgresql, parseWebError } from "./headers.js";
import { levelOf } from "./levels.js";
import type { ParsedEvent } from "./parse.js";

const separators = /^[\t-\r [\]()|,:-]*/;
/** The same without what opens a group of its own. */
const closers = /^[\t-\r \])|,:-]*/;
const word = /^[^\t-\r [\]()|,:-]*/;

export function parseApplication(event: ParsedEvent, fields: Fields, arrival: number): boolean {
  const bare = /^[[(<]/.test(event.message) ? 1 : 0;
  const process = /^(?:[[(<]\d+\] |[[(<]?\d+:[A-Za-z\x80-\xff] )/.exec(event.message);
  const alone = dateAt(event.message.slice(bare), arrival);
  const start = alone || !process ? bare : process[0].length;
  const date = alone ?? dateAt(event.message.slice(start), arrival);
  if (!date) return false;
  event.format = "application";
  if (date.seconds !== undefined) event.timeSeconds = date.seconds;
  const behind = event.message.slice(start + date.length);
  if (
    parseWebError(event, event.message.slice(start), behind) ||
    parsePostgresql(event, event.message.slice(0, start + date.length), behind)
  )
    return true;
  if (parseDatedColumns(event, fields, event.message.slice(start), behind)) return true;
  const php = event.message[start + 2] === "-" && /^[^\]]{0,63}\].(?=PHP )/s.exec(behind);
  if (php) {
    event.body = behind.slice(php[0].length);
    const words = /^.{4}([^:]*)(?=:)/s.exec(behind.slice(php[0].length, 64))?.[1].split(" ") ?? [];
    const levels = words.map((word, i) => levelOf(word, i === words.length - 1 ? ":" : " "));
    event.level = levels.find((level) => level > 0) ?? event.level;
    return true;
  }
  // Redis
  const sign = /^.([.*#-]) /s.exec(behind)?.[1];
  if (sign && /^...[A-Za-z\x80-\xff]/s.test(event.message.slice(start)) && (sign !== "-" || !alone)) {
    event.level = { ".": 2, "-": 1, "*": 3, "#": 4 }[sign]!;
    event.body = behind.slice(3);
    return true;
  }
  event.timeSeconds = queueManagerTime(behind, arrival) ?? event.timeSeconds;
  const header = event.message.slice(0, start + date.length);
  const rest = event.message.slice(header.length);
  event.body = rest.replace(separators, "");
  const bracketed = (header + separators.exec(rest)![0]).endsWith("[");
  levelFirst(event) ||
    (bracketed && threadFirst(event)) ||
    loggerFirst(event) ||
    columnsFirst(event) ||
    levelAmong(event, rest.slice(0, rest.length - event.body.length));
  return true;
}

function levelFirst(event: ParsedEvent): boolean {
  const found = /^(?:\d+(?:[\t-\r [\]()|,:-]+|$))*([^\t-\r [\]()|,:-]+)/.exec(event.body.slice(0, 64));
  if (!found) return false;
  const behind = event.body.slice(found[0].length);
  const slash = found[1].indexOf("/");
  const whole = levelOf(found[1], behind);
  const level = whole > 0 || slash < 0 ? whole : levelOf(found[1].slice(0, slash), "/");
  if (level === 0) return false;
  event.level = level;
  const rest = (whole > 0 ? behind : behind.replace(/^[A-Za-z0-9_.\x80-\xff-]*/, "")).replace(closers, "");
  event.body = rest;
  const thread = /^[ \d]*(?:--- )?(?:\[[^\]]*\] *)+/.exec(rest.slice(0, 96));
  if (thread && thread[0].length < 96) takeLogger(event, rest.slice(thread[0].length));
  return true;
}

/** LOGGER, spaces, `:`, `-` or `--`, a space, and the message. */
function takeLogger(event: ParsedEvent, text: Bytes): boolean {
  const found = /^([^ ]{1,95}) +(?::|--?) /.exec(text);
  if (!found) return false;
  event.source = found[1];
  event.body = text.slice(found[0].length);
  return true;
}

function threadFirst(event: ParsedEvent): boolean {
  const close = event.body.slice(0, 96).indexOf("]");
  if (close < 0) return false;
  const rest = event.body.slice(close).replace(separators, "");
  const name = word.exec(rest)![0];
  const level = levelOf(name, rest.slice(name.length));
  if (level === 0) return false;
  event.level = level;
  const behind = rest.slice(name.length).replace(separators, "");
  if (!takeLogger(event, behind)) event.body = behind;
  return true;
}

function loggerFirst(event: ParsedEvent): boolean {
  const found = /^([^ ]{1,95}) - ([^\t-\r [\]()|,:-]*)/.exec(event.body);
  const level = found ? levelOf(found[2], event.body.slice(found[0].length)) : 0;
  if (!found || level === 0) return false;
  event.level = level;
  event.source = found[1];
  event.body = event.body.slice(found[0].length).replace(separators, "");
  return true;
}

/** Columns in capitals and digits, a digit among them, then a level; a word in capitals before it is the component. */
function columnsFirst(event: ParsedEvent): boolean {
  const columns = /^(?:[A-Z0-9_:./-]*[A-Z0-9][A-Z0-9_:./-]* )+/.exec(event.body.slice(0, 128))?.[0].split(" ") ?? [];
  columns.pop();
  const at = columns.findIndex((column, i) => {
    const isWord = /^[A-Z]{3,}$/.test(column) && /\d/.test(columns.slice(0, i).join(" "));
    return isWord && levelOf(column, " ") > 0;
  });
  if (at < 0) return false;
  event.level = levelOf(columns[at], " ");
  if (/^[A-Z_:./-]+$/.test(columns[at - 1])) event.source = columns[at - 1];
  event.body = event.body.slice(columns.slice(0, at + 1).join(" ").length + 1);
  return true;
}

const wordsMax = 6;

/** Behind a few words: in brackets, in capitals before a colon or a dash, or in small letters behind another colon. */
function levelAmong(event: ParsedEvent, behind: Bytes): boolean {
  const { body } = event;
  const near = body.slice(0, 64);
  // AWS Lambda: the request's identifier, the level, and the message, between tabs
  const tabbed = behind.endsWith("\t") ? /^[^\t]*\t([^\t]*)/.exec(near) : null;
  const level = tabbed ? levelOf(tabbed[1], "\t") : 0;
  if (level > 0) {
    event.level = level;
    return true;
  }
  let before = "";
  for (let at = 0, words = 0; words < wordsMax; words++) {
    const space = near.indexOf(" ", at);
    if (space <= at || space + 1 >= near.length) return false;
    const token = near.slice(at, space);
    const name = levelName(token, before, body[space + 1]);
    const found = name.length > 1 ? levelOf(name, /[\]:>]$/.test(token) ? token.slice(-1) : " ") : 0;
    if (found > 0) {
      event.level = found;
      event.body = body.slice(space).replace(closers, "");
      return true;
    }
    before = token.slice(-1);
    at = space + 1;
  }
  return false;
}

function levelName(token: Bytes, before: Bytes, next: Bytes): Bytes {
  const isCapital = /^[A-Z][A-Z]/.test(token);
  if (token.endsWith(":")) {
    if (before === "") return /\.([A-Z](?:[A-Z][^.]*)):$/.exec(token)?.[1] ?? "";
    return isCapital || before === ":" || before === "]" ? token.slice(0, -1) : "";
  }
  if (/[\]>]$/.test(token)) return /^[[<]/.test(token) ? token.slice(1, -1) : "";
  return isCapital && next === "-" ? token : "";
}
