/** Named fields to a flow, whatever format they came in. */
import type { Flow, ParsedLine } from "../flow.js";
import { canonicalAddress } from "./address.js";
import { fieldNames, isFailed, isUnanswered } from "./fieldNames.js";
import { parseTime } from "./times.js";

/** Looked up by normal name (fieldNames.ts); undefined where the line lacks it. */
export type Fields = ReadonlyMap<string, string>;

/** Unset, as Zeek and others write it. */
const unset = new Set(["", "-", "(empty)", "null", "N/A"]);
const number = /^\d+(?:\.\d+)?(?:[eE]\+?\d{1,2})?$/;
/** More in one flow is a broken number: 1 EiB. */
const bytesMax = 2 ** 60;

/** `unsetIsZero`: where the format always has a byte count and `-` stands for none. */
export function flowOfFields(fields: Fields, nearMs: number, unsetIsZero = false): ParsedLine {
  const source = first(fields, fieldNames.source);
  const destination = first(fields, fieldNames.destination);
  if (source === undefined && destination === undefined) return undefined;
  if (source === undefined) return "no source";
  if (destination === undefined) return "no destination";
  const from = canonicalAddress(source);
  const to = canonicalAddress(destination);
  if (from === undefined) return "the source is no address";
  if (to === undefined) return "the destination is no address";
  const counted = countBytes(fields, unsetIsZero);
  if (typeof counted === "string") return counted;
  const port = first(fields, fieldNames.port);
  const time = first(fields, fieldNames.time);
  return {
    timeMs: time === undefined ? undefined : parseTime(time, nearMs),
    source: from,
    destination: to,
    port: portOf(port),
    sourcePort: isOneWay(fields) && !unsetIsZero ? portOf(first(fields, fieldNames.sourcePort)) : undefined,
    ...counted,
    failed: isFailed(first(fields, fieldNames.outcome) ?? "") || isUnanswered(first(fields, fieldNames.flags) ?? ""),
    durationSeconds: duration(fields, nearMs),
    startsAtTime: fields.has("ts") || fields.has("date_first_seen") || undefined,
    tagged: first(fields, fieldNames.label) === "Malicious",
  };
}

/** -1 where there is none. */
function portOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,5}$/.test(text) && +text < 65_536 ? +text : -1;
}

function isOneWay(fields: Fields): boolean {
  return Number(first(fields, fieldNames.backward) ?? 0) === 0;
}

function countBytes(fields: Fields, unsetIsZero: boolean): Pick<Flow, "bytes" | "bytesOut"> | string {
  const bytes = quantity(fields, fieldNames.bytes);
  const forward = quantity(fields, fieldNames.forward);
  const backward = quantity(fields, fieldNames.backward);
  for (const part of [bytes, forward, backward]) if (typeof part === "string") return part;
  const [total, out, back] = [bytes, forward, backward] as (number | undefined)[];
  if (total === undefined && out === undefined && back === undefined) {
    return unsetIsZero ? { bytes: 0, bytesOut: 0 } : "no bytes";
  }
  const sum = total ?? (out ?? 0) + (back ?? 0);
  return { bytes: sum, bytesOut: Math.min(sum, out ?? (back === undefined ? sum : sum - back)) };
}

function quantity(fields: Fields, names: readonly string[]): number | undefined | string {
  const text = first(fields, names);
  if (text === undefined) return undefined;
  const value = number.test(text) ? Number(text) : Number.NaN;
  return value <= bytesMax ? value : "the bytes are no number";
}

function duration(fields: Fields, nearMs: number): number {
  const scaled = (names: readonly string[], perSecond: number) => {
    const text = first(fields, names);
    return text !== undefined && number.test(text) ? Number(text) / perSecond : undefined;
  };
  const stated =
    scaled(fieldNames.durationSeconds, 1) ??
    scaled(fieldNames.durationMilliseconds, 1000) ??
    scaled(fieldNames.durationNanoseconds, 1e9);
  if (stated !== undefined) return stated;
  const start = parseTime(first(fields, fieldNames.start) ?? "", nearMs);
  const end = parseTime(first(fields, fieldNames.end) ?? "", nearMs);
  return start !== undefined && end !== undefined ? Math.max(0, (end - start) / 1000) : 0;
}

function first(fields: Fields, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = fields.get(name);
    if (value !== undefined && !unset.has(value)) return value;
  }
  return undefined;
}
