/**
 * A signature store as lines of JSON: what `summarize` writes and `refresh --summaries` reads. Parts can be
 * concatenated in any order: each signature adds up, so N summaries give the model of the whole below the store's
 * capacity.
 *
 *   {"oddlineSummary":3,"notLearnt":0,"newest":1795137014,"windowSeconds":60,"hours":[498649,24]}
 *      once a part: the rest of its counts, and hours in which lines came, each with how many in a row
 *      "tooLong":1 beside them where lines were too long to be read, and
 *      "missedMax":3 where it had more signatures than it keeps: no count is too low by more
 *   {"rate":[low,high],"short":[…],"long":[…],"least":3,"open":[…]}    a hash, classes of count each with its windows
 *      (rateStore.ts), and windows that others may add to, each with its count
 *   {"keysOf":2,"window":29918783,"counts":[…]}    keys of such a window, each with its count
 *   {"keyword":["deadlock found"],"lines":12,"keyless":true,"days":[…],"most":[[network,count],…]}
 *   {"form":"<base64>","lines":12,"keys":[…],"networks":[…],"days":[…],"hours":6,"keyless":true,…}
 *      "tagged":3,"taggedDays":[…] beside them where it came tagged
 *   {"agent":"<base64>",…}    a mark of user agents, with the same beside it
 *   {"range":"<hex>",…}       a field of numbers, with its sketch (rangeStore.ts)
 */

import type { ByteSource } from "../io/chunks.js";
import { exitCode, OddlineError } from "../io/errors.js";
import { lineBatches } from "../io/lines.js";
import { halves } from "../math/hashIndex.js";
import type { KeywordEntry } from "../signatures/keywordStore.js";
import { octaves } from "../signatures/rangeStore.js";
import { type Histogram, keyRates, type RateEntry } from "../signatures/rateStore.js";
import { keysPerSignature, type SignatureEntry, type SignatureStore } from "../signatures/signatureStore.js";
import type { Engine } from "../wasm/engine.js";
import { signatureBytesMax } from "../wasm/layout.js";

const summaryFormat = 3;
/** Without keywords, agents, numbers and rates; with requests by other signatures: it says how many there were. */
const summaryFormatBefore = 2;
const requestsBefore = [0x52, 0x42];
const agentMarkBytes = 8;
const hoursOfDay = 0xffffff;

export function* writeSummary(store: SignatureStore): Generator<string> {
  store.cut();
  const { linesNotLearnt: notLearnt, newestEventSeconds: newest, linesTooLong: tooLong, missedMax } = store;
  const more = { ...(tooLong > 0 && { tooLong }), ...(missedMax > 0 && { missedMax }) };
  const { windowSeconds } = store.rates;
  const head = { oddlineSummary: summaryFormat, notLearnt, newest, windowSeconds, hours: spans(store.rates.hours) };
  yield `${JSON.stringify({ ...head, ...more })}\n`;
  for (const { low, high, windows, least, open } of store.rates.held()) {
    const [short, long] = windows.map(flat);
    yield `${JSON.stringify({ rate: [low, high], short, long, least, open: flat(open) })}\n`;
  }
  for (const { which, window, counts } of store.rates.heldKeys()) {
    yield `${JSON.stringify({ keysOf: which, window, counts: flat(counts) })}\n`;
  }
  for (const { words, ...counts } of store.keywords.sorted()) {
    yield `${JSON.stringify({ keyword: words, ...counts })}\n`;
  }
  yield* rows("form", store);
  yield* rows("agent", store.agents);
  for (const [field, { counts, ...sketch }] of store.ranges.sorted()) {
    const octaves = counts.flatMap((count, octave) => (count > 0 ? [[octave, count]] : []));
    yield `${JSON.stringify({ range: field.toString(16), ...sketch, octaves })}\n`;
  }
}

const flat = (counts: Iterable<[number, number]>) => [...counts].sort(([a], [b]) => a - b).flat();

function* rows(name: "form" | "agent", store: SignatureStore): Generator<string> {
  for (const signature of store.sorted()) {
    const { bytes, lines, taggedLines, keys, networks, days, hours, keyless, taggedDays } = store.entry(signature);
    const row: Record<string, unknown> = { [name]: Buffer.from(bytes).toString("base64"), lines };
    if (keys.length > 0) row.keys = keys;
    if (networks.length > 0) row.networks = networks;
    if (days.length > 0) row.days = days;
    if (hours > 0) row.hours = hours;
    if (keyless) row.keyless = true;
    if (taggedLines > 0) Object.assign(row, { tagged: taggedLines, taggedDays });
    yield `${JSON.stringify(row)}\n`;
  }
}

export async function readSummaries(engine: Engine, sources: ByteSource[], store: SignatureStore): Promise<void> {
  for (const source of sources) {
    let number = 0;
    for await (const batch of lineBatches(source)) {
      for (const line of batch) {
        number++;
        if (line.length > 0) addLine(engine, store, line.toString("utf8"), `${source.name}:${number}:1`);
      }
    }
  }
}

function addLine(engine: Engine, store: SignatureStore, line: string, place: string): void {
  let row: Record<string, unknown>;
  try {
    row = JSON.parse(line);
  } catch {
    throw invalid(place, line);
  }
  if (row.oddlineSummary !== undefined) {
    const isBefore = row.oddlineSummary === summaryFormatBefore;
    if (row.oddlineSummary !== summaryFormat && !isBefore) throw otherFormat(place, row.oddlineSummary);
    if (!isBefore) addHours(store, row, place, line);
    store.lines += count(row.notLearnt, place, line);
    store.linesNotLearnt += count(row.notLearnt, place, line);
    store.linesTooLong += count(row.tooLong ?? 0, place, line);
    store.missedMax += count(row.missedMax ?? 0, place, line);
    store.newestEventSeconds = Math.max(store.newestEventSeconds, count(row.newest, place, line));
    return;
  }
  if (row.rate !== undefined) {
    const [low, high] = numbers(row.rate, place, line, 0);
    if (high === undefined) throw invalid(place, line);
    const windows: RateEntry["windows"] = [histogram(row.short, place, line), histogram(row.long, place, line)];
    const least = count(row.least ?? 1, place, line);
    store.rates.addEntry({ low, high, windows, least, open: windowCounts(row.open ?? [], place, line) });
    return;
  }
  if (row.keysOf !== undefined) {
    const which = count(row.keysOf, place, line);
    if (!Object.values<number>(keyRates).includes(which)) throw invalid(place, line);
    const [window] = signed([row.window], place, line);
    for (const [key, lines] of histogram(row.counts, place, line)) store.rates.addKey(which, window, key, lines);
    return;
  }
  if (row.keyword !== undefined) {
    store.keywords.addEntry(toKeyword(row, place, line));
    return;
  }
  if (row.range !== undefined) {
    addRange(store, row, place, line);
    return;
  }
  if (row.agent !== undefined) {
    const entry = toEntry(row.agent, agentMarkBytes, row, place, line);
    const mark = Buffer.from(entry.bytes);
    if (mark.length !== agentMarkBytes) throw invalid(place, line);
    store.agents.addEntry(mark.readUInt32LE(0), mark.readUInt32LE(4), entry);
    return;
  }
  const entry = toEntry(row.form, signatureBytesMax, row, place, line);
  if (requestsBefore.includes(entry.bytes[0])) {
    store.lines += entry.lines + entry.taggedLines;
    store.linesNotLearnt += entry.lines + entry.taggedLines;
    return;
  }
  const hash = engine.hashBytes(entry.bytes);
  store.addEntry(...halves(hash), entry);
}

function toKeyword(row: Record<string, unknown>, place: string, line: string): KeywordEntry {
  const { keyword: words, most } = row;
  if (!Array.isArray(words) || words.some((word) => typeof word !== "string")) throw invalid(place, line);
  if (!Array.isArray(most)) throw invalid(place, line);
  return {
    words,
    lines: count(row.lines, place, line),
    keyless: row.keyless === true,
    days: numbers(row.days, place, line),
    most: most.map((pair) => {
      if (!Array.isArray(pair) || pair.length !== 2) throw invalid(place, line);
      return [count(pair[0], place, line), count(pair[1], place, line)];
    }),
  };
}

function toEntry(
  text: unknown,
  bytesMax: number,
  row: Record<string, unknown>,
  place: string,
  line: string,
): SignatureEntry {
  const bytes = typeof text === "string" ? Buffer.from(text, "base64") : Buffer.alloc(0);
  if (bytes.length === 0 || bytes.length > bytesMax) throw invalid(place, line);
  return {
    bytes,
    lines: count(row.lines, place, line),
    taggedLines: count(row.tagged ?? 0, place, line),
    keys: numbers(row.keys, place, line).slice(0, keysPerSignature),
    networks: numbers(row.networks, place, line).slice(0, keysPerSignature),
    keyless: row.keyless === true,
    days: numbers(row.days, place, line),
    taggedDays: numbers(row.taggedDays, place, line),
    hours: count(row.hours ?? 0, place, line) & hoursOfDay,
  };
}

/** Hours as pairs of a first one and how many in a row. */
function spans(hours: Set<number>): number[] {
  const pairs: number[] = [];
  for (const hour of [...hours].sort((a, b) => a - b)) {
    if (pairs.length > 0 && pairs.at(-2)! + pairs.at(-1)! === hour) pairs[pairs.length - 1]++;
    else pairs.push(hour, 1);
  }
  return pairs;
}

const hoursMax = 1_000_000;

function addHours(store: SignatureStore, row: Record<string, unknown>, place: string, line: string): void {
  if (count(row.windowSeconds, place, line) !== store.rates.windowSeconds) {
    throw new OddlineError("SUMMARY_INVALID", {
      subject: place,
      expected: `rates of windows of ${store.rates.windowSeconds} s, as the configuration has them`,
      found: `windows of ${row.windowSeconds} s`,
      remedy: "summarize and refresh with the same --config",
      exit: exitCode.usage,
    });
  }
  const pairs = signed(row.hours, place, line);
  for (let i = 0; i < pairs.length; i += 2) {
    const length = pairs[i + 1] ?? 0;
    if (length < 1 || length > hoursMax) throw invalid(place, line);
    for (let hour = pairs[i]; hour < pairs[i] + length; hour++) store.rates.hours.add(hour);
  }
}

function histogram(value: unknown, place: string, line: string): Histogram {
  const pairs = numbers(value, place, line);
  if (pairs.length % 2 !== 0) throw invalid(place, line);
  const windows: Histogram = new Map();
  for (let i = 0; i < pairs.length; i += 2) windows.set(pairs[i], pairs[i + 1]);
  return windows;
}

function windowCounts(value: unknown, place: string, line: string): Map<number, number> {
  const pairs = signed(value, place, line);
  if (pairs.length % 2 !== 0) throw invalid(place, line);
  const counts = new Map<number, number>();
  for (let i = 0; i < pairs.length; i += 2) counts.set(pairs[i], count(pairs[i + 1], place, line));
  return counts;
}

function addRange(store: SignatureStore, row: Record<string, unknown>, place: string, line: string): void {
  if (typeof row.range !== "string" || !/^[0-9a-f]{1,16}$/.test(row.range)) throw invalid(place, line);
  if (typeof row.largest !== "number" || !(row.largest >= 0)) throw invalid(place, line);
  const counts = new Array<number>(octaves).fill(0);
  for (const [octave, lines] of pairs(row.octaves, place, line)) {
    if (!Number.isInteger(octave) || octave >= octaves) throw invalid(place, line);
    counts[octave] += count(lines, place, line);
  }
  store.ranges.addSketch(BigInt(`0x${row.range}`), {
    ...{ lines: count(row.lines, place, line), counts, largest: row.largest, keyless: row.keyless === true },
    ...{ networks: pairs(row.networks, place, line), days: pairs(row.days, place, line) },
    ...{ keys: numbers(row.keys, place, line), hashes: numbers(row.hashes, place, line) },
  });
}

function pairs(value: unknown, place: string, line: string): [number, number][] {
  const isPair = (item: unknown) =>
    Array.isArray(item) && item.length === 2 && item.every((number) => typeof number === "number" && number >= 0);
  if (!Array.isArray(value) || !value.every(isPair)) throw invalid(place, line);
  return value;
}

function signed(value: unknown, place: string, line: string): number[] {
  if (!Array.isArray(value) || value.some((item) => !Number.isSafeInteger(item))) throw invalid(place, line);
  return value;
}

function count(value: unknown, place: string, line: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw invalid(place, line);
  return value as number;
}

function numbers(value: unknown, place: string, line: string, least = 1): number[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.some((item) => !Number.isInteger(item) || item < least || item > 0xffffffff)) {
    throw invalid(place, line);
  }
  return value;
}

/** What an older one says of keys cannot be made into what is asked today. */
function otherFormat(place: string, found: unknown): OddlineError {
  return new OddlineError("SUMMARY_INVALID", {
    subject: place,
    expected: `a summary of format ${summaryFormat}`,
    found: `format ${JSON.stringify(found).slice(0, 20)}, from another version of oddline`,
    remedy: "create the summary again from its logs with this version of oddline",
    exit: exitCode.usage,
  });
}

function invalid(place: string, line: string): OddlineError {
  return new OddlineError("SUMMARY_INVALID", {
    subject: place,
    expected: "a line written by oddline summarize",
    found: JSON.stringify(line.slice(0, 80)),
    remedy: "create the summary again with this version of oddline",
    exit: exitCode.usage,
  });
}
