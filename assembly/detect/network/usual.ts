/**
 * What is usual of a destination (or a source), in the model behind its forest, and the kinds of trouble that are told
 * by it. The layout is drawn in host/model/usualFlows.ts, the rules are those of host/network/kinds.ts. The rows of
 * sources beside destinations are the command's.
 */
import { slotValue } from "./flowTable";

const HEADER_BYTES: usize = 16;
const ROW_BYTES: usize = 40;
const ROWS_MAX: u32 = 16384;
const USUAL_NUMBERS: usize = 5;
const HOUR_TABLE: usize = 28;
const HOURS_OF_DAY: u32 = 24;
const HOUR_TABLES_MAX: u32 = 4096;
const HOUR_BYTES: usize = USUAL_NUMBERS * 4;
const TABLE_BYTES: usize = <usize>HOURS_OF_DAY * HOUR_BYTES;
const PATH_SUM: usize = 32;
/** Rows with such a hash are of a class of ends (ends.ts), or of all, that have no past of their own. */
const CLASS_MAX: u64 = 3;

/** Numbers of a window, as host/model/networkFeatures.ts counts them. */
export const FLOWS: u8 = 1;
export const PORTS: u8 = 2;
export const PEERS: u8 = 3;
export const BYTES_OUT: u8 = 4;
export const FAILED: u8 = 5;

/** One that has no past of its own is held against four times as many bytes. */
const FOREIGN_BYTES_FACTOR: f64 = 4;

/** 0 where the model judges by its forest alone. */
let usualPtr: usize = 0;
/** What is usual by hour of the day, for rows that have such a table. */
let tablesPtr: usize = 0;

/** How often the limit fits into the number that is furthest above its own; 1 where none is above it. */
export let troubleRatio: f64 = 1;
/** The number that names the trouble, as host/model/networkFeatures.ts counts them, and what is usual of it. */
export let troubleFeature: u8 = 0;
export let troubleUsual: f64 = 0;
/** Whether that is usual at the window's hour of the day, and more is at others. */
export let troubleIsOfHour: bool = false;

export function isValidUsual(ptr: usize, len: usize): bool {
  if (len < HEADER_BYTES) return false;
  const own = load<u32>(ptr, 8);
  const sources = load<u32>(ptr, 12);
  if (own > ROWS_MAX || sources > ROWS_MAX) return false;
  const sourcesPtr = ptr + HEADER_BYTES + <usize>(own + 1) * ROW_BYTES;
  const endPtr = tablesAt(ptr);
  if (endPtr > ptr + len || (ptr + len - endPtr) % TABLE_BYTES != 0) return false;
  const tables = <u32>((ptr + len - endPtr) / TABLE_BYTES);
  if (tables > HOUR_TABLES_MAX || !areUsual(endPtr, ptr + len)) return false;
  return validRows(ptr + HEADER_BYTES, own, tables) && validRows(sourcesPtr, sources, tables);
}

function tablesAt(ptr: usize): usize {
  return ptr + HEADER_BYTES + <usize>(load<u32>(ptr, 8) + load<u32>(ptr, 12) + 2) * ROW_BYTES;
}

/** A first row without a hash, then `count` rows by hash. */
function validRows(ptr: usize, count: u32, tables: u32): bool {
  if (load<u64>(ptr) != 0 || load<u32>(ptr, HOUR_TABLE) != 0) return false;
  const lastPtr = ptr + <usize>count * ROW_BYTES;
  for (let at = ptr; at <= lastPtr; at += ROW_BYTES) {
    if (at != ptr && load<u64>(at) <= load<u64>(at - ROW_BYTES)) return false;
    if (load<u32>(at, HOUR_TABLE) > tables || !isFinite(load<f64>(at, PATH_SUM))) return false;
    if (!areUsual(at + 8, at + 8 + HOUR_BYTES)) return false;
  }
  return true;
}

function areUsual(ptr: usize, endPtr: usize): bool {
  for (; ptr < endPtr; ptr += 4) {
    const value = load<f32>(ptr);
    if (!(value >= 0) || !isFinite(value)) return false;
  }
  return true;
}

export function useUsual(ptr: usize): void {
  usualPtr = ptr;
  if (ptr != 0) tablesPtr = tablesAt(ptr);
}

export function hasUsual(): bool {
  return usualPtr != 0;
}

export function usualSalt(): u64 {
  return load<u64>(usualPtr);
}

/** The row of that hash, else the one for what has no past. */
export function findUsual(hash: u64): usize {
  const rowsPtr = usualPtr + HEADER_BYTES;
  let low: u32 = 1;
  let high = load<u32>(usualPtr, 8) + 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const ptr = rowsPtr + <usize>middle * ROW_BYTES;
    const found = load<u64>(ptr);
    if (found == hash) return ptr;
    if (found < hash) low = middle + 1;
    else high = middle;
  }
  return rowsPtr;
}

export function hasOwnPast(rowPtr: usize): bool {
  return load<u64>(rowPtr) > CLASS_MAX;
}

/** A smaller path sum of such a row is anomalous. */
export function usualPathSum(rowPtr: usize): f64 {
  return load<f64>(rowPtr, PATH_SUM);
}

/** What is usual at that hour of the day (UTC), in the place of what is at any. */
let numbersPtr: usize = 0;
/** Whether the window is that of a source. */
let isOfSource: bool = false;

/**
 * Whether a number of the window that began then is above its limit; what is told of it stays true however it goes on.
 */
export function findTrouble(slotPtr: usize, rowPtr: usize, startSeconds: i64, ofSource: bool): bool {
  isOfSource = ofSource;
  troubleRatio = 1;
  numbersPtr = rowPtr + 8;
  const table = load<u32>(rowPtr, HOUR_TABLE);
  if (table != 0) {
    const hour = <u32>((startSeconds / 3600) % HOURS_OF_DAY);
    numbersPtr = tablesPtr + <usize>(table - 1) * TABLE_BYTES + <usize>hour * HOUR_BYTES;
  }
  weigh(slotPtr, rowPtr, PEERS, PEERS, 3, 4, 16);
  weigh(slotPtr, rowPtr, PEERS, FAILED, 3, 2, 8);
  weigh(slotPtr, rowPtr, PORTS, PORTS, 2, 4, 4);
  weigh(slotPtr, rowPtr, PORTS, FAILED, 2, 2, 2);
  const bytesMargin: f64 = hasOwnPast(rowPtr) ? 4 : 4 * FOREIGN_BYTES_FACTOR;
  weigh(slotPtr, rowPtr, BYTES_OUT, BYTES_OUT, 0, bytesMargin, 262144);
  weigh(slotPtr, rowPtr, FAILED, FAILED, 4, 4, 5);
  weigh(slotPtr, rowPtr, FLOWS, FLOWS, 1, 16, 32);
  return troubleRatio > 1;
}

/** Whether the number, further above its limit, names the trouble: as in host/network/kinds.ts. */
function namesBetter(feature: u8): bool {
  if (troubleFeature == PEERS) return feature == BYTES_OUT && isOfSource;
  return troubleFeature != PORTS;
}

function weigh(slotPtr: usize, rowPtr: usize, feature: u8, second: u8, place: u32, margin: f64, least: f64): void {
  const usual = <f64>load<f32>(numbersPtr + 4 * <usize>place);
  const value = min(slotValue(slotPtr, feature), slotValue(slotPtr, second));
  const ratio = value / (margin * max(usual, least));
  if (ratio <= troubleRatio) return;
  if (troubleRatio == 1 || namesBetter(feature)) {
    troubleFeature = feature;
    troubleUsual = usual;
    troubleIsOfHour = usual < <f64>load<f32>(rowPtr + 4 * <usize>place, 8);
  }
  troubleRatio = ratio;
}
