/** Sizes, durations and numbers in texts (assembly/detect/ranges/), and which are far beyond what was learnt. */
import { type Bytes, hashBytes, hashPair } from "./hash.js";
import type { ReferenceModel } from "./model.js";

export const rangesGroup = 0x5d1f0c86a3b97e24n;
const sizeKind = 1n;
const durationKind = 2n;
const far = 16;
const linesMin = 50;

export interface Reading {
  field: bigint;
  value: number;
}

/** A request by its path, the directory it is in and the site; `signature` is that of the request. */
export function readingsOfRequest(signature: Bytes, size: number | undefined, duration: number | undefined): Reading[] {
  const path = signature.split("\x01").slice(2).join("\x01").split("\x02")[0];
  const places = [...new Set([path, path.slice(0, Math.max(0, path.lastIndexOf("/"))), ""])];
  return places.flatMap((place) => [
    ...(size === undefined ? [] : [{ field: fieldOf(place, sizeKind), value: size }]),
    ...(duration === undefined ? [] : [{ field: fieldOf(place, durationKind), value: duration }]),
  ]);
}

const fieldOf = (place: Bytes, kind: bigint) => hashBytes(place, kind) & ~1n;

/** What stands behind the user agent of an access line: a number, or one of four NAME=NUMBER. */
export function durationBehind(rest: Bytes): number | undefined {
  for (const word of rest.split(" ").slice(0, 4)) {
    if (word === "" || rest === "") return undefined;
    if (/^\d/.test(word)) return milliseconds(word, 0.001);
    const named = /^(?:request_?time|response_?time|rt|urt|duration|latency|elapsed|took)="?(.*)$/i.exec(word);
    if (named) return milliseconds(named[1], 1);
  }
  return undefined;
}

export function milliseconds(text: Bytes, whole: number): number | undefined {
  const found = /^(\d*)(\.\d*)?(.?)/s.exec(text)!;
  if (found[1] === "" && found[2] === undefined) return undefined;
  const value = Number(`0${found[1]}${found[2] ?? ""}`.replace(/\.$/, ""));
  if (found[3] === "m") return value;
  const isSeconds = found[3] === "s" || (!/[a-z]/.test(found[3]) && found[2] !== undefined);
  return isSeconds ? value * 1000 : value * whole;
}

/** Fields that a number of this text may be of: one for each number in its signature. */
export function fieldsOfText(signature: Bytes): bigint[] {
  const start = signature.indexOf("\x01") + 1;
  const source = hashBytes(signature.slice(0, start));
  return [...signature.matchAll(/\x05/g)].map(({ index }) => {
    return hashBytes(signature.slice(Math.max(start, index - 24), index + 8), source) | 1n;
  });
}

/** The size and the duration that stand in fields beside a text, for the text, then for its source. */
export function readingsBeside(signature: Bytes, size?: number, duration?: number): Reading[] {
  return [signature, signature.slice(2, signature.indexOf("\x01") + 1)].flatMap((place) => [
    ...(size === undefined ? [] : [{ field: fieldOf(place, sizeKind), value: size }]),
    ...(duration === undefined ? [] : [{ field: fieldOf(place, durationKind), value: duration }]),
  ]);
}

const anyQuantity = 4n;

/** Numbers in fields beside a text under names that nobody asks for; identifiers and ports are none. */
export function readingsOfQuantities(signature: Bytes, fields: [name: Bytes, value: number][]): Reading[] {
  const quantities = fields.filter(([name]) => !/(?:id|port)$/i.test(name));
  const each = quantities.map(([name, value]) => ({ field: hashBytes(signature, hashBytes(name)) | 1n, value }));
  return each.length > 0 ? [{ field: anyQuantity, value: each[0].value }, ...each] : [];
}

/** The farthest of a line's readings, as a score; undefined where none is far. */
export function farthest(readings: Reading[], { table }: ReferenceModel, isRequest: boolean): number | undefined {
  const learnt = readings.flatMap(({ field, value }) => {
    const entry = table.get(hashPair(rangesGroup, field));
    if (!entry || entry.once < linesMin) return [];
    const largest = new DataView(new ArrayBuffer(4));
    largest.setUint32(0, entry.count);
    return [{ value, times: value / largest.getFloat32(0) }];
  });
  // of a request's readings, which come by place, the first that was learnt decides
  const decisive = isRequest ? learnt.slice(0, 1) : learnt;
  const times = Math.max(0, ...decisive.map((each) => each.times));
  return times >= far ? 1.5 + Math.log(times / far) / 8 : undefined;
}
