// @ts-check
/**
 * What ten, a hundred, a thousand and ten thousand keywords cost: the matcher alone in operations and in V8, and, where
 * fluent-bit is on PATH, the CPU seconds of a whole pipeline beside the no-op filter's and one without keywords. What
 * is found is checked against searching for every word in every line.
 *   node bench/keywords.mjs [--lists "phrases,domains"|""] [--rounds 5] [--lines 200000] [--only v8|fluent-bit]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import asc from "assemblyscript/asc";
import { defaultKeywords } from "#host/config/defaultKeywords.js";
import { encodeKeywords } from "#host/model/keywordSection.js";
import { keywordList, listNames } from "../tests/support/keywordLists.mjs";
import { writeNoopFilter } from "../tests/support/noopFilter.mjs";
import { countOperations, operationsOf } from "../tests/support/operations.mjs";
import { check, elasticLog, hostileLog, median } from "./corpora.mjs";
import { cpuSeconds, hasFluentBit, wasmFilter } from "./fluentBit.mjs";

const { values } = parseArgs({
  options: {
    lists: { type: "string", default: listNames.join(",") },
    rounds: { type: "string", default: "5" },
    lines: { type: "string", default: "200000" },
    only: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const names = values.lists.split(",").filter((name) => name); // "": the default list alone
const counts = [10, 100, 1000, 10_000];
const root = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "oddline-keywords-"));
try {
  const corpus = elasticLog(folder, Number(values.lines)) ?? hostileLog(folder, Number(values.lines));
  const lines = firstLines(corpus.path, 3000);
  if (values.only !== "fluent-bit") await benchMatcher(lines);
  if (values.only !== "v8") {
    if (hasFluentBit()) await benchPipelines(corpus);
    else console.warn("\nFluent Bit: left out, fluent-bit is not on PATH");
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function firstLines(path, count) {
  const log = readFileSync(path);
  /** @type {Buffer[]} */
  const lines = [];
  for (let at = 0; lines.length < count; at = log.indexOf(10, at) + 1)
    lines.push(log.subarray(at, log.indexOf(10, at)));
  return lines;
}

async function benchMatcher(lines) {
  const wasm = await compileMatcher();
  const counted = countOperations(wasm);
  const bytes = lines.reduce((sum, line) => sum + line.length, 0);
  console.log(
    `\nThe matcher alone: ${lines.length} lines of ${Math.round(bytes / lines.length)} bytes, against ten words`,
  );
  for (const name of ["default list", ...names]) {
    const ten = {};
    for (const count of name === "default list" ? [10] : counts) {
      const list = name === "default list" ? defaultKeywords : keywordList(name, count);
      const section = encodeKeywords(list);
      const { operations } = await find(counted, section, lines, 1);
      const { found, nanoseconds, bytes } = await find(wasm, section, lines, rounds);
      check(found === foundNaively(list, lines), `${name}: ${found} hits`);
      if (count === 10) Object.assign(ten, { operations, nanoseconds });
      const ratio = (value, of) => `${(value / of).toFixed(2)} x`;
      console.log(
        `  ${name.padEnd(12)}${String(list.length).padStart(7)}  operations ${operations.toFixed(0).padStart(5)} ${ratio(operations, ten.operations)}` +
          `  V8 ${nanoseconds.toFixed(0).padStart(5)} ns ${ratio(nanoseconds, ten.nanoseconds)}  ${(bytes / 2 ** 20).toFixed(2)} MiB  ${found} found`,
      );
    }
  }
}

async function compileMatcher() {
  const { targets, options } = JSON.parse(readFileSync(join(root, "asconfig.json"), "utf8"));
  /** @type {Uint8Array<ArrayBuffer> | undefined} */
  let wasm;
  const flags = [
    `--runtime=${options.runtime}`,
    `--optimizeLevel=${targets.release.optimizeLevel}`,
    "--converge",
    "--noAssert",
  ];
  flags.push(...options.use.map((use) => `--use=${use}`), ...options.enable.map((feature) => `--enable=${feature}`));
  flags.push(...options.disable.map((feature) => `--disable=${feature}`), `--initialMemory=${options.initialMemory}`);
  const { error, stderr } = await asc.main(
    ["tests/unit/assembly/builds/keywords.ts", "--outFile=out.wasm", `--baseDir=${root}`, ...flags],
    {
      writeFile(name, contents) {
        if (name === "out.wasm") wasm = Uint8Array.from(/** @type {Uint8Array} */ (contents));
      },
    },
  );
  if (error || !wasm) throw new Error(stderr.toString());
  return wasm;
}

/** Section and tables are what a list takes of the filter's memory. */
async function find(wasm, section, lines, rounds) {
  /** @type {Record<string, any>} */
  const exports = (await WebAssembly.instantiate(wasm, {})).instance.exports;
  const packed = Buffer.concat(lines.flatMap((line) => [lengthOf(line), line]));
  const linesPtr = exports.reserve(packed.length + 16);
  const sectionPtr = exports.reserve(section.length);
  new Uint8Array(exports.memory.buffer).set(packed, linesPtr);
  new Uint8Array(exports.memory.buffer).set(section, sectionPtr);
  check(exports.loadKeywords(sectionPtr, section.length) === 1, "the section was refused");
  const bytes = exports.reserve(16) - sectionPtr + shiftTableBytes(section);
  check(bytes < 4 << 20, `${bytes} bytes of memory`);
  const before = operationsOf(exports).all;
  const found = exports.findInAll(linesPtr, lines.length, 1);
  const operations = (operationsOf(exports).all - before) / lines.length;
  // V8 compiles in two steps; the second takes a while
  for (let round = 0; round < 30; round++) exports.findInAll(linesPtr, lines.length, 1);
  const times = Array.from({ length: rounds * 5 }, () => {
    const start = performance.now();
    exports.findInAll(linesPtr, lines.length, 1);
    return performance.now() - start;
  });
  return { found, operations, bytes, nanoseconds: (median(times) * 1e6) / lines.length };
}

/** The shift tables have their place from the start: 64 KiB for the pairs of a group, 2 MiB for triples. */
function shiftTableBytes(section) {
  return [24, 32].reduce((sum, at) => sum + (section[at] === 3 ? 2 << 20 : section[at] === 2 ? 1 << 16 : 0), 0);
}

function lengthOf(line) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(line.length);
  return bytes;
}

/** Every word in every line, eight of a line at most; the lists have plain ASCII words in small letters. */
function foundNaively(list, lines) {
  const texts = lines.map((line) => line.toString("latin1").replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
  const all = texts.join("\n");
  const found = new Array(lines.length).fill(0);
  for (const { words, wholeWord } of list) {
    const patterns = words.map((word) => word.toLowerCase()).filter((word) => all.includes(word));
    if (patterns.length === 0) continue;
    const pattern = `(?:${patterns.map((word) => word.replace(/[^a-z0-9]/g, "\\$&")).join("|")})`;
    const holds = new RegExp(wholeWord ? `(?<![0-9a-z_\\x80-\\xff])${pattern}(?![0-9a-z_\\x80-\\xff])` : pattern);
    for (const [index, text] of texts.entries()) if (holds.test(text)) found[index]++;
  }
  return found.reduce((sum, count) => sum + Math.min(count, 8), 0);
}

/** The whole filter with windows and learning switched off: what is left is reading the record, and the words. */
async function benchPipelines(corpus) {
  const noop = join(folder, "noop.wasm");
  await writeNoopFilter(noop);
  const oddline = join(root, "build/oddline.wasm");
  const filters = { "no-op": wasmFilter(noop, folder), "no words": wasmFilter(oddline, model("none", [])) };
  filters["default list"] = wasmFilter(oddline, model("default", undefined));
  for (const name of names) {
    for (const count of counts)
      filters[`${name} ${count}`] = wasmFilter(oddline, model(`${name}-${count}`, keywordList(name, count)));
  }
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(Object.keys(filters).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, filter] of Object.entries(filters)) times[name].push(cpuSeconds(folder, corpus, filter));
  }
  const noopSeconds = median(times["no-op"]);
  // Round by round: what else the machine does slows the pipelines of a round alike.
  const alone = (list) => median(list.map((seconds, round) => seconds - times["no words"][round]));
  console.log(`\nFluent Bit, ${corpus.name}: ${corpus.lines} lines, CPU seconds, median of ${rounds}`);
  for (const [name, list] of Object.entries(times)) {
    let line = `  ${name.padEnd(20)}${median(list).toFixed(2).padStart(7)}`;
    if (name !== "no-op" && name !== "no words") {
      const words = alone(list);
      line += `  words alone ${words.toFixed(2).padStart(5)} = ${(words / noopSeconds).toFixed(2)} x no-op`;
      const ten = times[name.replace(/ \d+$/, " 10")];
      if (ten !== list && name !== "default list")
        line += `  against ten: pipeline ${(median(list) / median(ten)).toFixed(2)} x, words ${(words / alone(ten)).toFixed(2)} x`;
    }
    console.log(line);
  }
}

/** Folder of a model with nothing but this list; `undefined`: the built-in one. */
function model(name, list) {
  const configuration = join(folder, "keywords.json");
  const detectors = { keyword: true, errorRate: false, traffic: false, novelty: false, outlier: false };
  const keywords = list && { defaults: false, list: list.map(({ name: word, wholeWord }) => ({ word, wholeWord })) };
  writeFileSync(configuration, JSON.stringify({ detectors, ...(keywords && { keywords }) }));
  const out = join(folder, name.replaceAll(" ", "-"));
  const words = [join(root, "dist/bin.js"), "compile", configuration, "--out", join(out, "oddline.model")];
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`compile failed: ${stderr}`);
  return out;
}
