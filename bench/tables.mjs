// @ts-check
/** What was measured, as lines for a terminal and as tables and a picture for the documentation. */
import { readFileSync, writeFileSync } from "node:fs";
import { arch } from "node:os";
import { median } from "./corpora.mjs";
import { kinds } from "./kinds.mjs";

/**
 * @typedef {object} Row
 * @property {string} part
 * @property {string} host
 * @property {string} kind
 * @property {string} name
 * @property {number} lines
 * @property {Record<string, number[]>} times seconds of each pipeline, a value a round
 */

/** What the others of a host are divided by. */
const references = {
  V8: "JSON.parse + RegExp + stringify",
  "Fluent Bit": "no-op WASM",
  Vector: "remap, reads the fields",
};
const documents = new URL("../docs/", import.meta.url);

/** Of a pipeline, how many times what the host's reference takes. */
export const ratio = (/** @type {Row} */ { host, times }, /** @type {string} */ name) =>
  median(times[name]) / median(times[references[host]]);

/** Over no filter at all. */
const microsecondsALine = (/** @type {Row} */ row, /** @type {string} */ name) =>
  ((median(row.times[name]) - median(row.times["no filter"])) / row.lines) * 1e6;

export function printTable(/** @type {Row} */ row) {
  const { host, name: log, lines, times } = row;
  const rounds = Object.values(times)[0].length;
  const what = host === "V8" ? "seconds" : "CPU seconds";
  console.log(`\n${host}, ${log}: ${lines} lines, ${what}, median of ${rounds} (least-most)`);
  for (const [name, list] of Object.entries(times)) {
    const spread = `(${Math.min(...list).toFixed(2)}-${Math.max(...list).toFixed(2)})`;
    const rate =
      host === "V8"
        ? `  ${Math.round(lines / median(list))
            .toLocaleString("en")
            .padStart(9)} lines/s`
        : "";
    const against = `${ratio(row, name).toFixed(2)} x ${references[host]}`;
    console.log(`  ${name.padEnd(32)}${median(list).toFixed(2).padStart(7)} ${spread.padEnd(14)}${rate}  ${against}`);
  }
}

/**
 * Replaces the tables in docs/measurements.md and the picture beside it.
 * @param {Row[]} rows
 * @param {string} picture
 * @param {{ rounds: number, lines: number }} run
 */
export function writeDocs(rows, picture, { rounds, lines }) {
  const path = new URL("measurements.md", documents);
  const day = new Date().toISOString().slice(0, 10);
  const how = `\`npm run bench -- --docs\` wrote this on ${day} (${arch()}; ${lines.toLocaleString("en")} lines of each, medians of ${rounds}).`;
  const parts = [how, ...tables(rows)].join("\n\n");
  const text = readFileSync(path, "utf8");
  const marks = /(<!-- cost: npm run bench -- --docs -->\n)[\s\S]*?(<!-- end -->)/;
  if (!marks.test(text)) throw new Error("docs/measurements.md has no marks <!-- cost: … --> and <!-- end -->");
  writeFileSync(
    path,
    text.replace(marks, (_, start, end) => `${start}${parts}\n${end}`),
  );
  writeFileSync(new URL("cost.svg", documents), picture);
}

const figure = (/** @type {Row} */ row, /** @type {string} */ name) =>
  row.times[name] === undefined ? "" : `${median(row.times[name]).toFixed(2)} (${ratio(row, name).toFixed(2)} ×)`;
const perLine = (/** @type {Row} */ row, /** @type {string} */ name) =>
  row.times[name] === undefined ? "" : `${microsecondsALine(row, name).toFixed(1)} µs`;

function table(/** @type {string[]} */ heads, /** @type {string[][]} */ cells) {
  return [heads, heads.map(() => "---"), ...cells].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** @param {Row[]} rows */
function tables(rows) {
  const made = [];
  for (const [part, title] of [
    ["kinds", "CPU seconds of a whole Fluent Bit (× the no-op WASM filter), by kind of log:"],
    ["lengths", "By length of line:"],
    ["models", "By model: so many patterns for lines nobody has seen, and keywords for an access log:"],
  ]) {
    const ofPart = rows.filter((row) => row.part === part && row.host === "Fluent Bit");
    if (ofPart.length === 0) continue;
    const names = [...new Set(ofPart.flatMap((row) => Object.keys(row.times)))];
    const cells = ofPart.map((row) => [
      titleOf(row),
      ...names.map((name) => figure(row, name)),
      perLine(row, "oddline.wasm"),
      perLine(row, "oddline.aot"),
    ]);
    made.push(title, table(["", ...names, "a line, interpreted", "compiled"], cells));
  }
  const v8 = rows.filter(({ host }) => host === "V8");
  if (v8.length > 0) {
    const names = [...new Set(v8.flatMap((row) => Object.keys(row.times)))];
    const rate = (row, name) =>
      row.times[name] ? Math.round(row.lines / median(row.times[name])).toLocaleString("en") : "";
    const cells = v8.map((row) => [titleOf(row), ...names.map((name) => rate(row, name))]);
    made.push("Lines a second in V8, JSON records in and out, one core:", table(["", ...names], cells));
  }
  const vector = rows.filter(({ host }) => host === "Vector");
  if (vector.length > 0) {
    const names = Object.keys(vector[0].times);
    const cells = vector.map((row) => [titleOf(row), ...names.map((name) => figure(row, name))]);
    made.push(
      "CPU seconds of Vector and Oddline (× Vector's own remap for that format):",
      table(["", ...names], cells),
    );
  }
  return made;
}

const titleOf = ({ kind, name }) => name.replace(kind, kinds[kind]?.title ?? kind);
