// @ts-check
/** The batch export in V8 against the naive way: JSON.parse, a regular expression, JSON.stringify. One core each. */
import { readFileSync } from "node:fs";
import { Engine } from "#host/wasm/engine.js";
import { check, median } from "./corpora.mjs";

const seconds = 1_800_000_000n;
const accessLine = /^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+)[^"]*" (\d{3}) (\d+|-)/;

export async function benchEngine(corpus, rounds) {
  const records = asRecords(readFileSync(corpus.path));
  /** @type {Record<"oddline" | "uncached" | "naive", number[]>} */
  const times = { oddline: [], uncached: [], naive: [] };
  const engine = new Engine();
  engine.useModel(readFileSync(corpus.model), corpus.model);
  let tagged = 0;
  for (let round = 0; round < rounds; round++) {
    times.oddline.push(timed(() => (tagged = tagAll(engine, records, 0, corpus.lines))));
    times.uncached.push(
      timed(() => check(tagAll(engine, records, 8, corpus.lines) === tagged, "cached and uncached differ")),
    );
    times.naive.push(timed(() => naive(records, corpus.lines)));
  }
  check(tagged > 0, "nothing was tagged");
  const rate = (name) => Math.round(corpus.lines / median(times[name]));
  console.log(`\nV8, ${corpus.name}: ${corpus.lines} records, ${tagged} tagged, median of ${rounds}`);
  for (const name of ["oddline", "uncached", "naive"]) {
    const label = {
      oddline: "oddline",
      uncached: "oddline without its cache",
      naive: "JSON.parse + RegExp + stringify",
    }[name];
    console.log(
      `  ${label.padEnd(34)}${rate(name).toLocaleString("en").padStart(10)} lines/s  ${(rate(name) / rate("naive")).toFixed(2)} x naive`,
    );
  }
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

/** Windows start empty and muting is left aside (4): every round then gives the same answer. */
function tagAll(engine, records, flags, lines) {
  engine.exports.oddline_start(0n);
  let tagged = 0;
  let written = 0;
  for (const part of engine.tag(records, { flags: flags | 4, seconds })) {
    tagged += part.tagged;
    for (let at = part.output.indexOf(10); at >= 0; at = part.output.indexOf(10, at + 1)) written++;
  }
  check(written === lines, `${written} records came out of ${lines}`);
  return tagged;
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
    const match = accessLine.exec(record.log);
    if (match) requests++;
    written += JSON.stringify(record).length > 0 ? 1 : 0;
    at = end + 1;
  }
  check(written === lines && requests > 0, "the naive way lost records");
}
