/** Application logs: a date, numbers, a level; Java's and Python's orders (assembly/formats/application.ts). */
import { parseDatedColumns } from "./columns.js";
import { dateAt } from "./dates.js";
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
  const start = /^[[(]/.test(event.message) ? 1 : 0;
  const date = dateAt(event.message.slice(start), arrival);
  if (!date) return false;
  event.format = "application";
  if (date.seconds !== undefined) event.timeSeconds = date.seconds;
  const behind = event.message.slice(start + date.length);
  if (parseWebError(event, event.message.slice(start), behind) || parsePostgresql(event, behind)) return true;
  if (parseDatedColumns(event, fields, event.message.slice(start), behind)) return true;
  const header = event.message.slice(0, start + date.length);
  const rest = event.message.slice(header.length);
  event.body = rest.replace(separators, "");
  const bracketed = (header + separators.exec(rest)![0]).endsWith("[");
  levelFirst(event) || (bracketed && threadFirst(event)) || loggerFirst(event);
  return true;
}

function levelFirst(event: ParsedEvent): boolean {
  const found = /^(?:\d+(?:[\t-\r [\]()|,:-]+|$))*([^\t-\r [\]()|,:-]+)/.exec(event.body.slice(0, 64));
  const level = found ? levelOf(found[1], event.body.slice(found[0].length)) : 0;
  if (!found || level === 0) return false;
  event.level = level;
  const rest = event.body.slice(found[0].length).replace(closers, "");
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
