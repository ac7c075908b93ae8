// @ts-check
/**
 * Ten million events from a million forged addresses, ten real offenders among them: the ten stay flagged, nobody else
 * is, memory stays flat, no batch takes long. Checked, then printed; exit status 1 where anything fails.
 *   node bench/flood.mjs [COUNT] [ADDRESSES] [PER SECOND]
 */
import { parseConfiguration } from "#host/config/configuration.js";
import { configuredModel } from "#host/model/configuredModel.js";
import { batchFlag, Engine } from "#host/wasm/engine.js";
import { FloodTally, floodChunks, offenders } from "../tests/support/flood.mjs";
import { check, median } from "./corpora.mjs";

const count = Number(process.argv[2] ?? 10_000_000);
const addresses = Number(process.argv[3] ?? 1_000_000);
const perSecond = Number(process.argv[4] ?? 10_000);
const pageBytes = 65_536;

const engine = new Engine(7n);
// Each event that counts is tagged, so that offenders are counted.
engine.useModel(configuredModel(engine, parseConfiguration("alerts: every", "flood").configuration), "flood");
const tally = new FloodTally();
const times = [];
const memory = [];
let events = 0;
let sent = 0;
for (const chunk of floodChunks(count, { addresses, perSecond })) {
  const lines = countOf(chunk, 10);
  for (let at = chunk.indexOf("203.0.113."); at >= 0; at = chunk.indexOf("203.0.113.", at + 10)) sent++;
  const start = process.cpuUsage();
  for (const part of engine.tag(chunk, { flags: batchFlag.text | batchFlag.only, seconds: 1_795_262_400n })) {
    tally.take(part.output);
  }
  const { user, system } = process.cpuUsage(start);
  times.push((user + system) / lines);
  events += lines;
  if (times.length % 100 === 0) {
    const pages = engine.exports.memory.buffer.byteLength / pageBytes;
    memory.push({ events, pages, mebibytes: process.memoryUsage.rss() / 2 ** 20 });
  }
}
check(events === count, `${events} events`);
const flagged = [...tally.tagged.values()];
check(
  flagged.every((tagged) => tagged > 0),
  "an offender was not flagged",
);
const share = flagged.reduce((sum, tagged) => sum + tagged, 0) / sent;
// The first five errors of each are no alert yet.
check(share * sent >= sent - 6 * offenders.length, `${share} of the offenders' events`);
check(tally.accused === 0, `${tally.accused} events of others`);
const pages = memory.map((sample) => sample.pages);
check(Math.max(...pages) === pages[0], "the module's memory grew");
const settled = memory.slice(Math.floor(memory.length / 4)).map((sample) => sample.mebibytes);

const microseconds = times.sort((a, b) => a - b);
const at = (part) => microseconds[Math.min(microseconds.length - 1, Math.floor(microseconds.length * part))].toFixed(2);
console.log(`${count} events, ${addresses} forged addresses, ${perSecond} events a second of log time`);
console.log(
  `  offenders flagged    ${flagged.length} of ${offenders.length}, ${(100 * share).toFixed(2)} % of their ${sent} events`,
);
console.log(`  others flagged       ${tally.accused}`);
console.log(`  module's memory      ${pages[0]} pages (${pages[0] / 16} MiB) from first to last`);
console.log(
  `  resident memory      ${Math.min(...settled).toFixed(0)}-${Math.max(...settled).toFixed(0)} MiB after the first quarter, median ${median(settled).toFixed(0)}`,
);
console.log(`  CPU microseconds a record, by batches of 5,000: median ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`);

function countOf(bytes, value) {
  let found = 0;
  for (let i = bytes.indexOf(value); i >= 0; i = bytes.indexOf(value, i + 1)) found++;
  return found;
}
