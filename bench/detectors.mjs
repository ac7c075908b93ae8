// @ts-check
/**
 * What each detector tags on real logs, and why: an Apache log (6,000 lines learnt, 4,000 judged with two scanners at
 * work in them) and two sshd logs under attack (first half learnt, second judged). Reasons are counted with their
 * numbers left out; they show shapes, no values of the lines. ODDLINE_DATA names the data.
 *   node bench/detectors.mjs [--reasons 6]
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { Engine } from "#host/wasm/engine.js";
import { mixScanners, scanners, sourceOf } from "../tests/support/mixedScanners.mjs";
import { bytesOf, check, data, linesOf, modelOf } from "./corpora.mjs";

const { values } = parseArgs({ options: { reasons: { type: "string", default: "6" } } });
/** The lines' own times decide; a line without a year takes the one nearest to this. */
const arrivalSeconds = 1_450_000_000n;
const types = ["novelty", "outlier", "keyword", "error_rate", "traffic", "burst"];

if (!existsSync(data)) {
  console.error(`no evaluation data in ${data}: ODDLINE_DATA names its folder`);
  process.exit(3);
}
const elastic = linesOf("web/apache_elastic_10k.log.gz");
/** @type {any} every scanner */
const scans = Object.fromEntries(
  Object.keys(scanners).map((name) => [name, linesOf(`web/apache_scan_${name}.log.gz`)]),
);
const rows = [
  ...judge(elastic.slice(0, 6000), mixScanners(elastic.slice(6000), scans), sourceOf),
  ...["auth_elastic", "auth_gtkcyber"].flatMap((name) => {
    const lines = linesOf(`auth/${name}.log.gz`);
    const half = Math.floor(lines.length / 2);
    return judge(lines.slice(0, half), lines.slice(half), () => name);
  }),
];
for (const { who, lines, tagged, covered, byType } of rows) {
  const counts = types.map((type) => `${type} ${byType[type]?.count ?? 0}`).join(", ");
  console.log(
    `${who.padEnd(14)}${lines} lines, ${tagged} tagged (${percent(tagged, lines)}), ` +
      `${covered} tagged or of a key in alert (${percent(covered, lines)}): ${counts}`,
  );
}
for (const { who, byType } of rows) {
  for (const [type, { reasons }] of Object.entries(byType)) {
    console.log(`\n${who}, ${type}`);
    const most = [...reasons].sort((a, b) => b[1] - a[1]).slice(0, Number(values.reasons));
    for (const [reason, count] of most) console.log(`  ${String(count).padStart(5)} x ${reason}`);
  }
}

function judge(learnt, judged, whose) {
  const model = modelOf(learnt, arrivalSeconds);
  const filter = new Engine();
  filter.useModel(model, "learnt");
  const sources = new Map();
  let lines = 0;
  for (const { output } of filter.tag(bytesOf(judged), { flags: 1, seconds: arrivalSeconds })) {
    for (const text of Buffer.from(output).toString().trimEnd().split("\n")) {
      const { log, anomaly } = JSON.parse(text);
      count(sources, whose(log.slice(0, log.indexOf(" "))), anomaly); // what is told of the whole log has another key
      lines++;
    }
  }
  check(lines === judged.length, `${lines} verdicts for ${judged.length} lines`);
  return [...sources.values()].sort((a, b) => (a.who === "ordinary" ? -1 : b.who === "ordinary" ? 1 : 0));
}

function count(sources, who, { score, state, type, reason }) {
  const row = sources.get(who) ?? { who, lines: 0, tagged: 0, covered: 0, byType: {} };
  sources.set(who, row);
  row.lines++;
  if (score > 1 || state !== "NORMAL") row.covered++;
  if (score <= 1) return;
  row.tagged++;
  row.byType[type] ??= { count: 0, reasons: new Map() };
  row.byType[type].count++;
  const shape = reason.replace(/\d+/g, "N");
  row.byType[type].reasons.set(shape, (row.byType[type].reasons.get(shape) ?? 0) + 1);
}

function percent(part, whole) {
  return `${((100 * part) / whole).toFixed(2)} %`;
}
