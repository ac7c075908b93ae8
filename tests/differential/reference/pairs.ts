/** key=value lines: logfmt, audit records, firewalls (assembly/formats/pairs.ts). */
import { findClient } from "./client.js";
import { type Fields, kindNamed, logRank, nameOf, rankOf } from "./fields.js";
import type { Bytes } from "./hash.js";
import { otherPairs } from "./otherPairs.js";
import type { ParsedEvent } from "./parse.js";
import { withoutEscapes } from "./record.js";

const name = String.raw`[A-Za-z0-9_.\x80-\xff-]{1,40}`;
const space = String.raw`[\t-\r ]`;
const inside = String.raw`(?:[^"\\]|\\.)*`;
const pair = String.raw`(${name})=(?:"(${inside})"|(')|((?!'|"${inside}")[^\t-\r ]*(?=${space}|$)))`;
const startOfPairs = new RegExp(`^(?!\\d)${pair}${space}*${name}=`, "s");

const inColumn = /^(?!\d)[A-Za-z0-9_.\x80-\xff-]{1,41} {2}/;

/** A SRC= near the beginning, or before one src= with its dst= behind it. */
function hasEnds(near: Bytes, text: Bytes): boolean {
  // the first pair of such a line is no further
  if (!text.slice(0, 64).includes("=")) return false;
  const found = / (?:SRC|src)=/.exec(near);
  if (!found) return false;
  return found[0] === " SRC=" || /^[^\t-\r ]* dst=/.test(text.slice(found.index + found[0].length));
}

export function parsePairs(event: ParsedEvent, fields: Fields, text: Bytes): boolean {
  // a bracket may have been taken off; conntrack lists a protocol alone in a column
  const isBracketed = text.startsWith("[") || event.message.at(-text.length - 1) === "[";
  const mayBeFirewall = event.source === "kernel" || isBracketed || inColumn.test(text);
  const isUsual = startOfPairs.test(text) || (mayBeFirewall && hasEnds(text.slice(0, 256), text));
  const other = isUsual ? undefined : otherPairs(event, text);
  if (!isUsual && (!other || (other.isFlow && !startOfPairs.test(other.text)))) return false;
  text = other?.text ?? text;
  fields.enter();
  event.format = "logfmt";
  const message = takePairs(fields, text);
  if (other?.severity !== undefined) fields.noteLevelOfTen(other.severity);
  fields.settle();
  if (event.sender !== "" && event.destination !== "") event.format = "firewall";
  if (event.key === "") event.key = findClient(text);
  if (message !== undefined) event.body = message;
  if (fields.isRequest(message !== undefined)) {
    event.request = fields.request();
    event.format = "fields";
  }
  return true;
}

function takePairs(fields: Fields, text: Bytes): Bytes | undefined {
  const best = { text: "", rank: 0 };
  const tokens = new RegExp(`${space}+|${pair}|.+?(?=${space}|$)`, "sy");
  for (let token = tokens.exec(text); token; token = tokens.exec(text)) {
    const [, key, quoted, , plain] = token;
    const value = quoted ?? plain?.replace(/[,;]$/, "");
    if (key === undefined || !value) continue;
    fields.configured?.note(key, quoted === undefined ? value : `"${quoted}"`);
    const name = nameOf(key);
    const [rank, kind] = [rankOf(name), kindNamed(name)];
    const audit = rank + (kind?.length ?? 0) > 0 && quoted === undefined ? /^audit\((.*)$/s.exec(plain) : null;
    const clock = /^ time=(.{8})/s.exec(text.slice(tokens.lastIndex));
    const readable = quoted === undefined ? value : withoutEscapes(quoted);
    if (audit) fields.note("time", audit[1], true);
    else if (rank > best.rank) {
      best.text = readable ?? "";
      best.rank = readable === undefined ? 0 : rank;
    } else if (kind === "time" && plain?.length === 10 && value === plain && clock) {
      fields.note("time", `${value} ${clock[1]}`, true);
    } else if (kind !== undefined && readable !== undefined) fields.note(name, readable, true);
  }
  fields.takeConfigured(best);
  if (best.text === "") return undefined;
  return (best.rank < logRank ? fields.withError(best.text) : best.text).replace(/\n+$/, "");
}
