/**
 * Vector's `native` codec: frames of a 4-byte big-endian length and an event.EventArray. An event is tagged by one more
 * entry behind the fields it has; nothing else is decoded and encoded again, so types, nanoseconds, metadata and bytes
 * that are no UTF-8 stay. Metrics and traces pass.
 */
import type { Judge } from "../judge/judge.js";
import { nextTurn } from "../resources/turns.js";
import { entryAt, entryOf, entryOfMember, valueAsJson, valueKind } from "./nativeValue.js";
import { bytesField, fieldsOf, WireError, wireType } from "./wire.js";

const lengthBytes = 4;
/** Vector refuses longer frames unless `max_frame_length` says otherwise: no tag may push one over it. */
const frameBytesMax = 8 << 20;
/** Frames are taken apart and judged so many bytes at a time: some ten milliseconds. */
const sliceBytes = 128 << 10;
/**
 * Vector's sinks write one event a frame. What holds more than this passes on unjudged: it would cost fifty times its
 * bytes.
 */
const logsMax = 20_000;
/** Of EventArray, LogArray and Log. */
const logsField = 1;
const tracesField = 3;
const logField = 1;
const entryField = 1;
const valueField = 2;

interface Range {
  start: number;
  end: number;
}

/** The range is that of the entry's value. */
interface Renamed extends Range {
  fieldStart: number;
  fieldEnd: number;
  name: string;
}

/** One log event: the fields are those of the message itself or, where it has a value, of the map in it. */
interface Log extends Range {
  /** The event as JSON, or undefined where there is nothing to judge: the root is no map. */
  json: string | undefined;
  /** Around the map that holds the entries, from the outside in: where each message's field begins, and its content. */
  around: (Range & { number: number; fieldStart: number })[];
  /** Entries to be written under another name: an `anomaly` that came in. */
  renamed: Renamed[];
}

export interface NativeVerdicts {
  bytes: Buffer;
  events: number;
  tagged: number;
  wrapped: number;
}

/** A frame of Vector's is shorter than 16 MiB, so that it begins with a zero; no JSON and no text does. */
export function isNative(body: Buffer, type: string): boolean {
  return body[0] === 0 && !/json|^text\//.test(type);
}

export async function tagNative(body: Buffer, judge: Judge): Promise<NativeVerdicts> {
  const counts = { events: 0, tagged: 0, wrapped: 0 };
  const parts: Buffer[] = [];
  let slice: TakenFrame[] = [];
  let bytes = 0;
  const judgeSlice = async () => {
    const { events, tagged } = await tagFrames(slice, judge, parts);
    counts.events += events;
    counts.tagged += tagged;
    slice = [];
    bytes = 0;
    await nextTurn();
  };
  for (const frame of framesOf(body)) {
    const logs = frame.cut ? undefined : logsOf(frame.content);
    if (logs) slice.push({ bytes: frame.content, logs });
    else {
      counts.wrapped++;
      slice.push(...asMessage(frame.content));
    }
    bytes += frame.content.length;
    if (bytes >= sliceBytes) await judgeSlice();
  }
  await judgeSlice();
  return { bytes: Buffer.concat(parts), ...counts };
}

interface TakenFrame {
  bytes: Buffer;
  logs: Log[];
}

async function tagFrames(frames: TakenFrame[], judge: Judge, parts: Buffer[]) {
  const judged = frames.flatMap(({ logs }) => logs.filter((log) => log.json !== undefined));
  const verdicts = await judge.tag(Buffer.from(judged.map((log) => `${log.json}\n`).join("")));
  const members = membersOf(judged, Buffer.concat(verdicts.chunks));
  verdicts.release?.();
  for (const { bytes, logs } of frames) {
    const tagged = rewrite(bytes, logs, members);
    const kept =
      tagged.length > frameBytesMax && bytes.length <= frameBytesMax ? rewrite(bytes, logs, new Map()) : tagged;
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt32BE(kept.length);
    parts.push(length, kept);
  }
  return { events: judged.length, tagged: verdicts.tagged };
}

/** Cuts between frames. */
export function partsOfFrames(bytes: Buffer, bytesMax: number): Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  let at = 0;
  while (at < bytes.length) {
    const end = at + lengthBytes + bytes.readUInt32BE(at);
    if (end - start > bytesMax && at > start) {
      parts.push(bytes.subarray(start, at));
      start = at;
    }
    at = end;
  }
  if (start < bytes.length) parts.push(bytes.subarray(start));
  return parts;
}

function* framesOf(body: Buffer): Generator<{ content: Buffer; cut: boolean }> {
  for (let at = 0; at < body.length; ) {
    const length = at + lengthBytes <= body.length ? body.readUInt32BE(at) : Infinity;
    const end = at + lengthBytes + length;
    if (end > body.length) return yield { content: body.subarray(at), cut: true };
    if (length > 0) yield { content: body.subarray(at + lengthBytes, end), cut: false };
    at = end;
  }
}

/** Bytes that no source would take travel as the message of an event. */
function asMessage(bytes: Buffer): TakenFrame[] {
  const frames = [];
  for (let at = 0; at < bytes.length; at += frameBytesMax / 2) {
    const message = bytesField(valueKind.bytes, bytes.subarray(at, at + frameBytesMax / 2));
    const log = bytesField(logField, entryOf(entryField, "message", message));
    const content = bytesField(logsField, log);
    frames.push({ bytes: content, logs: logsOf(content) ?? [] });
  }
  return frames;
}

/** The log events of an EventArray; undefined where the bytes are none. */
function logsOf(bytes: Buffer): Log[] | undefined {
  try {
    const logs: Log[] = [];
    let kinds = 0;
    let fieldStart = 0;
    for (const array of fieldsOf(bytes, 0, bytes.length)) {
      if (array.number <= tracesField && array.type === wireType.bytes) kinds++;
      if (array.number === logsField) {
        for (const log of logsOfArray(bytes, array, fieldStart)) {
          if (logs.length <= logsMax) logs.push(log);
        }
      }
      fieldStart = array.end;
    }
    // More than one would be merged by a reader, none at all makes Vector panic.
    if (kinds !== 1) return undefined;
    return logs.length > logsMax ? [] : logs;
  } catch (error) {
    if (error instanceof WireError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function* logsOfArray(bytes: Buffer, array: Range & { number: number }, arrayStart: number): Generator<Log> {
  let fieldStart = array.start;
  for (const log of fieldsOf(bytes, array.start, array.end)) {
    if (log.number === logField && log.type === wireType.bytes) {
      const around = [
        { ...array, fieldStart: arrayStart },
        { ...log, fieldStart },
      ];
      yield readLog(bytes, { start: log.start, end: log.end, json: undefined, around, renamed: [] });
    }
    fieldStart = log.end;
  }
}

function readLog(bytes: Buffer, log: Log): Log {
  let fieldStart = log.start;
  for (const field of fieldsOf(bytes, log.start, log.end)) {
    if (field.number === valueField) {
      // The root stands in `value`; what `fields` holds then is a dummy.
      let mapStart = field.start;
      for (const kind of fieldsOf(bytes, field.start, field.end)) {
        if (kind.number !== valueKind.map) return log;
        log.around.push({ ...field, fieldStart }, { ...kind, fieldStart: mapStart });
        readMap(bytes, kind, log);
        mapStart = kind.end;
      }
      return log;
    }
    fieldStart = field.end;
  }
  return readMap(bytes, log, log);
}

function readMap(bytes: Buffer, map: Range, log: Log): Log {
  const members: string[] = [];
  const forged: (Omit<Renamed, "name"> & { json: string })[] = [];
  const names = new Set<string>();
  let fieldStart = map.start;
  for (const field of fieldsOf(bytes, map.start, map.end)) {
    if (field.number === entryField && field.type === wireType.bytes) {
      const entry = entryAt(bytes, field.start, field.end);
      const json = valueAsJson(bytes, entry.valueStart, entry.valueEnd);
      names.add(entry.key);
      const range = { start: entry.valueStart, end: entry.valueEnd, fieldStart, fieldEnd: field.end };
      if (entry.key === "anomaly") forged.push({ ...range, json });
      else members.push(`${JSON.stringify(entry.key)}:${json}`);
    }
    fieldStart = field.end;
  }
  for (const entry of forged) {
    const name = freeName(names);
    names.add(name);
    log.renamed.push({ ...entry, name });
    members.push(`"${name}":${entry.json}`);
  }
  log.json = `{${members.join(",")}}`;
  return log;
}

/** `anomaly_upstream`, `anomaly_upstream2` and on, past names that are taken. */
function freeName(taken: Set<string>): string {
  for (let number = 1; ; number++) {
    const name = `anomaly_upstream${number === 1 ? "" : number}`;
    if (!taken.has(name)) return name;
  }
}

/** What the filter put in before the last brace of each event. */
function membersOf(logs: Log[], lines: Buffer): Map<Log, string> {
  const members = new Map<Log, string>();
  let at = 0;
  for (const log of logs) {
    const end = lines.indexOf(0x0a, at);
    const before = Buffer.byteLength(log.json as string) - 1;
    if (end - at > before + 1) {
      const line = lines.toString("utf8", at, end);
      const json = log.json as string;
      if (line.startsWith(json.slice(0, -1))) members.set(log, line.slice(json.length - 1, -1).replace(/^,/, ""));
    }
    at = end + 1;
  }
  return members;
}

/** The EventArray with its changed events; the lengths around each are written anew. */
function rewrite(bytes: Buffer, logs: Log[], members: Map<Log, string>): Buffer {
  const changed = logs.filter((log) => members.has(log) || log.renamed.length > 0);
  if (changed.length === 0) return bytes;
  const parts: Buffer[] = [];
  let at = 0;
  const array = changed[0].around[0];
  parts.push(bytes.subarray(0, array.fieldStart));
  const inner: Buffer[] = [];
  at = array.start;
  for (const log of changed) {
    const field = log.around[1];
    inner.push(bytes.subarray(at, field.fieldStart), rewriteLevel(bytes, log, 1, members.get(log)));
    at = field.end;
  }
  inner.push(bytes.subarray(at, array.end));
  parts.push(bytesField(array.number, ...inner), bytes.subarray(array.end));
  return Buffer.concat(parts);
}

/** The field at one level around a log's entries; at the innermost the entries are renamed and the tag is added. */
function rewriteLevel(bytes: Buffer, log: Log, level: number, member: string | undefined): Buffer {
  const { number, start, end } = log.around[level];
  const next = log.around[level + 1];
  if (next) {
    return bytesField(
      number,
      bytes.subarray(start, next.fieldStart),
      rewriteLevel(bytes, log, level + 1, member),
      bytes.subarray(next.end, end),
    );
  }
  const content: Buffer[] = [];
  let at = start;
  for (const entry of log.renamed) {
    content.push(bytes.subarray(at, entry.fieldStart));
    content.push(entryOf(entryField, entry.name, bytes.subarray(entry.start, entry.end)));
    at = entry.fieldEnd;
  }
  content.push(bytes.subarray(at, end));
  if (member) content.push(entryOfMember(entryField, member));
  return bytesField(number, ...content);
}
