/**
 * Values of Vector's native codec (lib/vector-core/proto/event.proto): read as JSON, for judging only, the way Vector's
 * own JSON encoder writes them; and the `anomaly` member as one.
 */
import { bytesField, doubleField, fieldsOf, int64At, varintAt, varintField, WireError, wireType } from "./wire.js";

/** Of message Value. */
export const valueKind = {
  bytes: 1,
  timestamp: 2,
  integer: 4,
  float: 5,
  boolean: 6,
  map: 7,
  array: 8,
  null: 9,
} as const;

/** prost gives up at a hundred; so deep is no log event. */
const depthMax = 64;

export function valueAsJson(bytes: Buffer, start: number, end: number, depth = 0): string {
  if (depth > depthMax) throw new WireError("a value nested too deep");
  let text = "null";
  for (const field of fieldsOf(bytes, start, end)) {
    const range = [field.start, field.end] as const;
    if (field.number === valueKind.bytes) text = JSON.stringify(bytes.toString("utf8", ...range));
    else if (field.number === valueKind.timestamp) text = timestampAsJson(bytes, ...range);
    else if (field.number === valueKind.integer) text = int64At(bytes, ...range).toString();
    else if (field.number === valueKind.float) text = floatAsJson(bytes.readDoubleLE(field.start));
    else if (field.number === valueKind.boolean) text = varintAt(bytes, ...range).value ? "true" : "false";
    else if (field.number === valueKind.map) text = mapAsJson(bytes, ...range, depth);
    else if (field.number === valueKind.array) text = arrayAsJson(bytes, ...range, depth);
  }
  return text;
}

/** An entry of a map<string, Value>: its key and its value's range. */
export interface Entry {
  key: string;
  valueStart: number;
  valueEnd: number;
}

export function entryAt(bytes: Buffer, start: number, end: number): Entry {
  const entry: Entry = { key: "", valueStart: end, valueEnd: end };
  for (const field of fieldsOf(bytes, start, end)) {
    if (field.number === 1 && field.type === wireType.bytes) {
      entry.key = bytes.toString("utf8", field.start, field.end);
    } else if (field.number === 2 && field.type === wireType.bytes) {
      entry.valueStart = field.start;
      entry.valueEnd = field.end;
    }
  }
  return entry;
}

function mapAsJson(bytes: Buffer, start: number, end: number, depth: number): string {
  const members: string[] = [];
  for (const field of fieldsOf(bytes, start, end)) {
    if (field.number !== 1) continue;
    const { key, valueStart, valueEnd } = entryAt(bytes, field.start, field.end);
    members.push(`${JSON.stringify(key)}:${valueAsJson(bytes, valueStart, valueEnd, depth + 1)}`);
  }
  return `{${members.join(",")}}`;
}

function arrayAsJson(bytes: Buffer, start: number, end: number, depth: number): string {
  const items: string[] = [];
  for (const field of fieldsOf(bytes, start, end)) {
    if (field.number === 1) items.push(valueAsJson(bytes, field.start, field.end, depth + 1));
  }
  return `[${items.join(",")}]`;
}

function floatAsJson(value: number): string {
  if (!Number.isFinite(value)) return "null";
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** RFC 3339 with as many digits as the nanoseconds need, in steps of three. */
function timestampAsJson(bytes: Buffer, start: number, end: number): string {
  let seconds = 0n;
  let nanoseconds = 0;
  for (const field of fieldsOf(bytes, start, end)) {
    if (field.number === 1) seconds = int64At(bytes, field.start, field.end);
    if (field.number === 2) nanoseconds = Number(int64At(bytes, field.start, field.end));
  }
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return "null";
  const digits = String(nanoseconds)
    .padStart(9, "0")
    .replace(/(000)+$/, "");
  return `"${date.toISOString().slice(0, -5)}${digits && `.${digits}`}Z"`;
}

const memberPattern = /"((?:[^"\\]|\\.)*)":("(?:[^"\\]|\\.)*"|[^,}]+)/g;

/** The field `number` of a map, `"anomaly":{…}` as the filter writes it (flat), as one entry. */
export function entryOfMember(number: number, member: string): Buffer {
  const name = member.slice(1, member.indexOf('"', 1));
  const entries: Buffer[] = [];
  for (const [, key, text] of member.slice(name.length + 3).matchAll(memberPattern)) {
    entries.push(entryOf(1, JSON.parse(`"${key}"`), scalar(text)));
  }
  return entryOf(number, name, bytesField(valueKind.map, ...entries));
}

export function entryOf(number: number, key: string, value: Buffer): Buffer {
  return bytesField(number, bytesField(1, Buffer.from(key)), bytesField(2, value));
}

/** As Vector's JSON decoder would: a number with a point or an exponent is a float. */
function scalar(text: string): Buffer {
  if (text.startsWith('"')) return bytesField(valueKind.bytes, Buffer.from(JSON.parse(text) as string));
  if (text === "true" || text === "false") return varintField(valueKind.boolean, text === "true" ? 1n : 0n);
  if (text === "null") return varintField(valueKind.null, 0n);
  if (/^-?\d{1,18}$/.test(text)) return varintField(valueKind.integer, BigInt(text));
  return doubleField(valueKind.float, Number(text));
}
