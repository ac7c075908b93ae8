/**
 * `key=value` lines: the plain `src_ip=…, dst_ip=…, bytes=…` in any order and quoting, logfmt, and what iptables and
 * UFW write. A time may stand at the beginning of the line, as syslog puts it.
 */
import type { ParsedLine } from "../flow.js";
import { normalName } from "./fieldNames.js";
import { flowOfFields } from "./flowOfFields.js";
import { parseTime } from "./times.js";

const pair = /([A-Za-z_@][\w.@-]{0,63})\s?=\s?(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s,;|"'{}[\]()]*))/g;
/** iptables' own fields; its log prefix says what became of the packet. */
const packetFilter = /\bIN=\S* .*\bSRC=\S+ DST=\S+/;
const refusedPrefix = /\b(?:BLOCK|DROP|REJECT|DENY|DENIED|DROPPED|BLOCKED|REJECTED)\b/i;

export function parseKeyValue(line: string, nearMs: number): ParsedLine {
  const fields = new Map<string, string>();
  for (const [, key, double, single, bare] of line.matchAll(pair)) {
    const name = normalName(key);
    // An ICMP error quotes the packet it answers, fields and all: the first of each is the packet's own.
    if (!fields.has(name)) fields.set(name, (double?.replace(/\\(.)/g, "$1") ?? single ?? bare).trim());
  }
  const flow = flowOfFields(fields, nearMs);
  if (typeof flow !== "object") return flow;
  flow.timeMs ??= parseTime(line, nearMs);
  if (packetFilter.test(line)) flow.failed = refusedPrefix.test(line.slice(0, line.indexOf("IN=")));
  if (fields.has("anomaly_type")) flow.tagged = true;
  return flow;
}
