// @ts-check
/**
 * The batch export in V8, JSON records in and out, one core: lines a second, without its cache as well, and of another
 * checkout where one is named; against the naive way with JSON.parse, a regular expression and JSON.stringify.
 */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Engine } from "#host/wasm/engine.js";
import { check, learn } from "./corpora.mjs";

const seconds = 1_800_000_000n;
const accessLine = /^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+)[^"]*" (\d{3}) (\d+|-)/;

/**
 * Seconds of each way, taken in turns.
 * @param {string | undefined} against a checkout that is built
 * @returns {Promise<Record<string, number[]>>}
 */
export async function benchV8(corpus, rounds, against) {
  const records = asRecords(readFileSync(corpus.path));
  const model = readFileSync(corpus.model);
  const ours = withModel(new Engine(), model);
  const ways = {
    "JSON.parse + RegExp + stringify": () => naive(records, corpus.lines),
    "oddline without its cache": tagging(ours, records, 8, corpus.lines),
    oddline: tagging(ours, records, 0, corpus.lines),
  };
  if (against) {
    const other = await import(pathToFileURL(join(resolve(against), "dist/wasm/engine.js")).href);
    // A model of one version is none of another.
    const its = `${corpus.model}.against`;
    learn({ ...corpus.learnt, model: its }, resolve(against));
    const before = withModel(new other.Engine(), readFileSync(its));
    ways["the other checkout"] = tagging(before, records, 0, corpus.lines);
  }
  check(ways.oddline() === ways["oddline without its cache"](), "cached and uncached differ");
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const [name, way] of Object.entries(ways)) times[name].push(timed(way));
  return times;
}

function withModel(engine, model) {
  engine.useModel(model, "bench");
  return engine;
}

/** Each line as the record a shipper would make of it. */
function asRecords(log) {
  const parts = [];
  for (let at = 0; at < log.length; ) {
    const end = log.indexOf(10, at);
    parts.push(JSON.stringify({ log: log.toString("utf8", at, end) }), "\n");
    at = end + 1;
  }
  return Buffer.from(parts.join(""));
}

function timed(work) {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

/** The lines are counted once, before the stopwatch starts, which holds the rounds to as many bytes and tags. */
function tagging(engine, records, flags, lines) {
  let written = 0;
  const first = tagAll(engine, records, flags, (output) => {
    for (let at = output.indexOf(10); at >= 0; at = output.indexOf(10, at + 1)) written++;
  });
  check(written === lines, `${written} records came out of ${lines}`);
  return () => {
    const { bytes, tagged } = tagAll(engine, records, flags);
    check(bytes === first.bytes && tagged === first.tagged, "a round differs from the first");
    return tagged;
  };
}

/**
 * Windows start empty and muting is left aside (4): every round then gives the same answer. What comes out is looked at
 * where it lies; a copy would cost each the same.
 */
function tagAll(engine, records, flags, look = (/** @type {Uint8Array} */ _output) => {}) {
  engine.exports.oddline_start(0n);
  let tagged = 0;
  let bytes = 0;
  for (const part of engine.tag(records, { flags: flags | 4, seconds }, (output) => output)) {
    tagged += part.tagged;
    bytes += part.output.length;
    look(part.output);
  }
  return { tagged, bytes };
}

/**
 * Finds the fields and writes the record out again; it judges nothing, and it changes numbers and escapes on the way.
 */
function naive(records, lines) {
  let written = 0;
  let requests = 0;
  for (let at = 0; at < records.length; ) {
    const end = records.indexOf(10, at);
    const record = JSON.parse(records.toString("utf8", at, end));
    if (accessLine.test(record.log)) requests++;
    written += JSON.stringify(record).length > 0 ? 1 : 0;
    at = end + 1;
  }
  check(written === lines && requests >= 0, "the naive way lost records");
}
