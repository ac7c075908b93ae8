/**
 * The filter in a real Fluent Bit: no record lost, changed or moved, the verdicts of `oddline tag`, flat memory. The
 * long runs (half a million lines, the whole hostile log) are for ODDLINE_SOAK=1; a short form of each runs always.
 */
import { execFile } from "node:child_process";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline as copy } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadModel } from "../../host/model/modelFile.js";
import { Engine } from "../../host/wasm/engine.js";
import { dataFile } from "../support/data.js";
import { FluentBit, type Pipeline } from "../support/fluentBit.js";
import { hostileChunks } from "../support/hostile.mjs";
import { writeNoopFilter } from "../support/noopFilter.mjs";
import { type Comparison, compareRecords } from "../support/sameRecords.js";
import { hasShipper } from "../support/shippers.js";

const soak = process.env.ODDLINE_SOAK === "1";
const present = hasShipper("fluent-bit");
const elastic = dataFile("web/apache_elastic_10k.log.gz");
const filter = fileURLToPath(new URL("../../build/oddline.wasm", import.meta.url));
const oddline = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));
const run = promisify(execFile);
/** Of the pipelines of support/fluentBit.ts. */
const fluentBitTag = "test";

/** What the filter may hold on top of the same pipeline with the no-op filter. */
const residentBytesMax = 20 << 20;
/** Growth behind the 100,000th record that is the shipper's own coming and going of buffers, not the filter's. */
const flatBytes = 4 << 20;
const flatFromRecord = 100_000;

let folder: string;
let noop: string;
let runs = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "oddline-fluent-bit-"));
  noop = join(folder, "noop.wasm");
  if (present) await writeNoopFilter(noop);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  records: Buffer;
  path: string;
  shipper: FluentBit;
}

/** Through one pipeline until every line of the log came out. */
async function ship(pipeline: Pipeline, count: number): Promise<Run> {
  const shipper = new FluentBit(join(folder, `run-${++runs}`), pipeline);
  try {
    await shipper.waitForRecords(count);
  } finally {
    await shipper.stop();
  }
  return { records: readFileSync(shipper.outputPath), path: shipper.outputPath, shipper };
}

/** Learns from a log; returns the folder that holds the model. */
async function learn(name: string, log: string, ...options: string[]): Promise<string> {
  const modelFolder = join(folder, `model-of-${name}`);
  await run(process.execPath, [oddline, "refresh", log, "--out", join(modelFolder, "oddline.model"), ...options]);
  return modelFolder;
}

/** No two of its lines are alike, so that refresh would refuse a model of it; many are to be tagged. */
const learnHostile = (name: string, log: string) => learn(name, log, "--share", "0.01", "--force");

/** `oddline tag` on the records just as Fluent Bit hands them to a filter, by record number. */
async function tagAlone(modelFolder: string, records: string): Promise<Map<number, unknown>> {
  const { stdout } = await run(
    process.execPath,
    [oddline, "tag", "--model", join(modelFolder, "oddline.model"), "--time", "now", "--tag", fluentBitTag, records],
    { maxBuffer: 1 << 30, encoding: "buffer" },
  );
  return compareRecords(readFileSync(records), stdout).tags;
}

/** The same where all arrive now: to `oddline tag` a line arrives when it is from, one without a time with the last. */
async function tagArrivingNow(modelFolder: string, records: string): Promise<Map<number, unknown>> {
  const engine = new Engine();
  loadModel(engine, join(modelFolder, "oddline.model"));
  engine.setTag(fluentBitTag);
  const bytes = readFileSync(records);
  const seconds = BigInt(Math.floor(statSync(records).mtimeMs / 1000));
  const parts: Uint8Array[] = [];
  for (const { output } of engine.tag(bytes, { flags: 0, seconds })) parts.push(Uint8Array.from(output));
  return compareRecords(bytes, Buffer.concat(parts)).tags;
}

function linesOf(path: string): number {
  let lines = 0;
  const bytes = readFileSync(path);
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}

interface How extends Partial<Pipeline> {
  alone?: typeof tagAlone;
  /** Of a flood of new texts one a second is measured, so which hundredths are told depends on when they arrive. */
  isFlood?: boolean;
}

async function throughBoth(
  log: string,
  modelFolder: string,
  { alone = tagAlone, isFlood = false, ...how }: How = {},
): Promise<Comparison> {
  const count = linesOf(log);
  const plain = await ship({ wasm: noop, log, modelFolder, ...how }, count);
  const tagged = await ship({ wasm: filter, log, modelFolder, ...how }, count);
  expect(tagged.shipper.standardError).toMatch(/\[oddline\] model [0-9a-f]{8} loaded/);
  const comparison = compareRecords(plain.records, tagged.records);
  expect(comparison.records).toBe(count);
  const expected = await alone(modelFolder, plain.path);
  if (isFlood) agreeAboutFlood(comparison.tags, expected);
  else expect(Object.fromEntries(comparison.tags)).toEqual(Object.fromEntries(expected));
  checkMemory(plain.shipper, tagged.shipper);
  return comparison;
}

/** Nearly all are told by both, and then in the same words but for how many there were before. */
function agreeAboutFlood(told: Map<number, unknown>, expected: Map<number, unknown>): void {
  const uncounted = (tag: unknown) => JSON.stringify(tag).replace(/ \(\d+.. like it, now every 100th\)/, "");
  const shared = [...told.keys()].filter((record) => expected.has(record));
  expect(shared.length).toBeGreaterThan(0.6 * Math.max(told.size, expected.size));
  for (const record of shared) expect(uncounted(told.get(record))).toBe(uncounted(expected.get(record)));
}

const largest = (samples: { residentBytes: number }[]) => Math.max(...samples.map((sample) => sample.residentBytes));

function checkMemory(plain: FluentBit, tagged: FluentBit): void {
  const more = largest(tagged.memory) - largest(plain.memory);
  const late = tagged.memory.filter((sample) => sample.records >= flatFromRecord);
  const growth = late.length === 0 ? 0 : largest(late) - late[0].residentBytes;
  if (soak)
    console.info(`${toMiB(more)} MiB over the no-op filter, ${toMiB(growth)} MiB growth from record 100,000 on`);
  expect(more).toBeLessThanOrEqual(residentBytesMax);
  expect(growth).toBeLessThanOrEqual(flatBytes);
}

const toMiB = (bytes: number) => (bytes / (1 << 20)).toFixed(1);

async function writeHostile(name: string, count: number, seed: number): Promise<string> {
  const path = join(folder, name);
  await copy(Readable.from(hostileChunks(count, seed)), createWriteStream(path));
  return path;
}

/** The real log, so many times over. */
function writeElastic(name: string, copies: number): string {
  const path = join(folder, name);
  const bytes = gunzipSync(readFileSync(elastic as string));
  writeFileSync(path, Buffer.concat(Array.from({ length: copies }, () => bytes)));
  return path;
}

function firstLines(path: string, count: number): string {
  const bytes = readFileSync(path);
  let end = 0;
  for (let i = 0; i < count; i++) end = bytes.indexOf(10, end) + 1;
  const firstPath = `${path}.first`;
  writeFileSync(firstPath, bytes.subarray(0, end));
  return firstPath;
}

describe.skipIf(!present)("Fluent Bit", () => {
  test.skipIf(!elastic)("passes a real access log on, tagged as oddline tag does", async () => {
    const log = writeElastic("elastic.log", 1);
    const { records, tags } = await throughBoth(log, await learn("elastic", firstLines(log, 2000)));
    expect(records).toBe(10_000);
    expect(tags.size).toBeGreaterThan(10);
    const types = new Set([...tags.values()].map((tag) => (tag as { type: string }).type));
    expect(types).toContain("novelty");
  });

  test("passes a hostile log on, as a processor of a threaded input too", async () => {
    const log = await writeHostile("hostile.log", 10_000, 7);
    const modelFolder = await learnHostile("hostile", firstLines(log, 5000));
    const how = { alone: tagArrivingNow, isFlood: true };
    const inFilter = await throughBoth(log, modelFolder, how);
    expect(inFilter.tags.size).toBeGreaterThan(10);
    const inProcessor = await throughBoth(log, modelFolder, { asProcessor: true, ...how });
    expect(inProcessor.records).toBe(inFilter.records);
    agreeAboutFlood(inProcessor.tags, inFilter.tags);
  });

  test("passes records of many fields on", async () => {
    const log = await writeHostile("records.log", 5000, 8);
    const modelFolder = await learnHostile("records", log);
    const { records } = await throughBoth(log, modelFolder, { parseJson: true, alone: tagArrivingNow });
    expect(records).toBe(5000);
  });
});

describe.skipIf(!present || !soak)("Fluent Bit, for longer", () => {
  test.skipIf(!elastic)("half a million lines of a real access log", { timeout: 600_000 }, async () => {
    const log = writeElastic("elastic-500k.log", 50);
    const { records, tags } = await throughBoth(log, await learn("elastic-first", firstLines(log, 6000)));
    expect(records).toBe(500_000);
    expect(tags.size).toBeGreaterThan(100);
  });

  test.skipIf(!elastic)("half a million lines in a threaded input", { timeout: 600_000 }, async () => {
    const log = writeElastic("elastic-500k.log", 50);
    const modelFolder = await learn("elastic-first", firstLines(log, 6000));
    const { records } = await throughBoth(log, modelFolder, { asProcessor: true });
    expect(records).toBe(500_000);
  });

  test("the whole hostile log", { timeout: 600_000 }, async () => {
    const log = await writeHostile("hostile-300k.log", 300_000, 1);
    const { records, tags } = await throughBoth(log, await learnHostile("hostile-first", firstLines(log, 100_000)), {
      alone: tagArrivingNow,
      isFlood: true,
    });
    expect(records).toBe(300_000);
    expect(tags.size).toBeGreaterThan(100);
  });
});
