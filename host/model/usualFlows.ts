/**
 * What is usual of flows, behind the nodes of a forest (forestSection.ts, version 2), little-endian;
 * assembly/detect/network/usual.ts reads it in place.
 *
 *    0 ┌ salt u64   8 rows u32, at most 16,384   12 rows of sources u32, likewise
 *   16 ├ the row for what has no past, the rows by hash, the row for such sources, the rows of sources by hash;
 *      │ with a hash of 1, 2 or 3 that for addresses inside, outside, of groups that have no past
 *      └ tables by hour, at most 4,096: 24 rows of five f32 each, from midnight UTC on
 *
 *   row, 40 bytes: 0 hash u64, 0 in those for what has no past   8 five f32 in the order of `usualNames`
 *                  28 u32 its table by hour, from 1, or 0   32 path sum f64: a smaller one is anomalous;
 *                  of sources 0, and 1 where the hash is that of calls at a steady interval
 *
 * A hash is that of the address with the salt, which comes from all that was learnt: nobody outside can make an address
 * that meets another one's row.
 */
import { usualNames } from "./networkFeatures.js";

export const usualRowsMax = 16_384;
/** Of the rows of sources, so many may be steady calls. */
export const steadyCallsMax = 1024;
const callPathSum = 1;
export const usualRowBytes = 40;
const headerBytes = 16;
export const hoursOfDay = 24;
export const hourTablesMax = 4096;
const tableNumbers = hoursOfDay * usualNames.length;
const tableBytes = 4 * tableNumbers;

export interface UsualRow {
  hash: bigint;
  /** In the order of `usualNames`, 32-bit floats. */
  usual: readonly number[];
  /** What is usual at each hour of the day, where hours differ. */
  hours?: Float32Array;
  alertPathSum: number;
  /** Of all ends, or of a class of them, that have no past of their own. */
  isGeneral: boolean;
}

/**
 * Classes of ends, for those that have no past of their own. Their rows stand among the others, with the class in the
 * place of the hash.
 */
export const endClasses = { none: 0, inside: 1, outside: 2, group: 3 } as const;
export const classNames = ["of others", "inside", "outside", "of groups"] as const;
export type EndClass = (typeof endClasses)[keyof typeof endClasses];
export const knownClasses = [endClasses.inside, endClasses.outside, endClasses.group] as const;

const hourSeconds = 3600;

/** What is usual in a window that begins then, in the order of `usualNames`. */
export function usualAt({ usual, hours }: UsualRow, startMs: number): ArrayLike<number> {
  if (!hours) return usual;
  const hour = Math.floor(startMs / 1000 / hourSeconds) % hoursOfDay;
  return hours.subarray(hour * usualNames.length, (hour + 1) * usualNames.length);
}

/** What is usual of one kind of end: for all, for those of a class, and for those with a past. */
export interface UsualSide {
  general: UsualRow;
  classes: ReadonlyMap<EndClass, UsualRow>;
  rows: ReadonlyMap<bigint, UsualRow>;
}

export interface UsualFlows {
  salt: bigint;
  /** Of what the windows belong to. */
  own: UsualSide;
  /** Of sources, where windows belong to something else. */
  sources: UsualSide;
  /** Hashes of the calls that sources make at a steady interval (host/network/steadyCalls.ts). */
  calls: ReadonlySet<bigint>;
}

export function encodeUsual({ salt, own, sources, calls }: UsualFlows): Uint8Array {
  const called = new Map([...sources.rows, ...[...calls].map((hash) => [hash, callRow(hash)] as const)]);
  const sourceRows = sorted({ ...sources, rows: called });
  const rows = [own.general, ...sorted(own), sources.general, ...sourceRows];
  const tables = rows.flatMap((row) => (row.hours ? [row.hours] : []));
  const tablesAt = headerBytes + rows.length * usualRowBytes;
  const view = new DataView(new ArrayBuffer(tablesAt + tables.length * tableBytes));
  view.setBigUint64(0, salt, true);
  view.setUint32(8, own.classes.size + own.rows.size, true);
  view.setUint32(12, sourceRows.length, true);
  rows.forEach((row, index) => {
    const at = headerBytes + index * usualRowBytes;
    view.setBigUint64(at, row.hash, true);
    for (let i = 0; i < usualNames.length; i++) view.setFloat32(at + 8 + 4 * i, row.usual[i], true);
    view.setUint32(at + 28, row.hours ? tables.indexOf(row.hours) + 1 : 0, true);
    view.setFloat64(at + 32, row.alertPathSum, true);
  });
  tables.forEach((table, index) => {
    table.forEach((value, i) => void view.setFloat32(tablesAt + index * tableBytes + 4 * i, value, true));
  });
  return new Uint8Array(view.buffer);
}

function callRow(hash: bigint): UsualRow {
  return { hash, usual: usualNames.map(() => 0), alertPathSum: callPathSum, isGeneral: false };
}

function sorted({ classes, rows }: UsualSide): UsualRow[] {
  return [...classes.values(), ...rows.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1));
}

type Need = (holds: boolean, expected: string, found: string | number) => void;

export function decodeUsual(bytes: Uint8Array, need: Need): UsualFlows {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  need(bytes.length >= headerBytes, `${headerBytes} bytes of what is usual`, bytes.length);
  const counts = [view.getUint32(8, true), view.getUint32(12, true)];
  for (const count of counts) need(count <= usualRowsMax, `at most ${usualRowsMax} rows`, count);
  const tablesAt = headerBytes + (counts[0] + counts[1] + 2) * usualRowBytes;
  const tableCount = (bytes.length - tablesAt) / tableBytes;
  need(tableCount >= 0 && Number.isInteger(tableCount), `${tablesAt} bytes of what is usual and tables`, bytes.length);
  need(tableCount <= hourTablesMax, `at most ${hourTablesMax} tables by hour`, tableCount);
  const tables = Array.from({ length: tableCount }, (_, i) => tableAt(view, tablesAt + i * tableBytes, need));
  let at = headerBytes;
  const sides = counts.map((count): UsualSide => {
    const rows = Array.from({ length: count + 1 }, (_, index) => {
      const row = rowAt(view, at, index === 0, tables, need);
      at += usualRowBytes;
      return row;
    });
    rows.forEach((row, index) => {
      need(index === 0 || row.hash > rows[index - 1].hash, "rows by hash", `${row.hash}`);
    });
    const [general, ...others] = rows;
    const classes = others.filter(({ isGeneral }) => isGeneral);
    return {
      general,
      classes: new Map(classes.map((row) => [Number(row.hash) as EndClass, row])),
      rows: new Map(others.slice(classes.length).map((row) => [row.hash, row])),
    };
  });
  const [own, { rows, ...sources }] = sides;
  const isCall = ([, { alertPathSum }]: [bigint, UsualRow]) => alertPathSum === callPathSum;
  return {
    salt: view.getBigUint64(0, true),
    own,
    sources: { ...sources, rows: new Map([...rows].filter((row) => !isCall(row))) },
    calls: new Set([...rows].filter(isCall).map(([hash]) => hash)),
  };
}

function tableAt(view: DataView, at: number, need: Need): Float32Array {
  const table = Float32Array.from({ length: tableNumbers }, (_, i) => view.getFloat32(at + 4 * i, true));
  for (const value of table) need(value >= 0 && Number.isFinite(value), "a usual number", value);
  return table;
}

function rowAt(view: DataView, at: number, isFirst: boolean, tables: Float32Array[], need: Need): UsualRow {
  const usual = usualNames.map((_, i) => view.getFloat32(at + 8 + 4 * i, true));
  const [hash, alertPathSum] = [view.getBigUint64(at, true), view.getFloat64(at + 32, true)];
  need(!isFirst || hash === 0n, "a first row without a hash", `${hash}`);
  for (const value of usual) need(value >= 0 && Number.isFinite(value), "a usual number", value);
  const table = view.getUint32(at + 28, true);
  need(table <= (isFirst ? 0 : tables.length), "a table by hour that is there, or 0", table);
  need(Number.isFinite(alertPathSum), "a finite alert path sum", alertPathSum);
  return {
    hash,
    usual,
    alertPathSum,
    isGeneral: hash <= knownClasses.length,
    ...(table > 0 ? { hours: tables[table - 1] } : {}),
  };
}
