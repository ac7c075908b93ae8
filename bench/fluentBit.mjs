// @ts-check
/**
 * CPU seconds (user and system) of a whole Fluent Bit pipeline, tail -> filter -> null, for one filter against others.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileFilter, findCompiler, ownTarget } from "#host/aot/compiler.js";
import { writeNoopFilter } from "../tests/support/noopFilter.mjs";
import { check } from "./corpora.mjs";
import { parsersFile } from "./kinds.mjs";

const oddline = fileURLToPath(new URL("../build/oddline.wasm", import.meta.url));
const addsField = "function add(tag, timestamp, record)\n  record.x = 1\n  return 2, timestamp, record\nend\n";

/**
 * The compiled filter; undefined where there is no compiler.
 * @param {string} folder
 */
export function compiledFilter(folder) {
  if (ownTarget === undefined) return undefined;
  try {
    const path = join(folder, "oddline.aot");
    writeFileSync(path, compileFilter(findCompiler(undefined), ownTarget).bytes);
    return path;
  } catch (error) {
    console.warn(`compiled ahead of time: left out\n${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

/**
 * What is compared, by name: the section of a configuration.
 * @param {string} folder
 * @param {string | undefined} aot
 */
export async function filtersOf(folder, corpus, aot) {
  const noop = join(folder, "noop.wasm");
  await writeNoopFilter(noop);
  const script = join(folder, "add.lua");
  writeFileSync(script, addsField);
  const models = dirname(corpus.model);
  /** @type {Record<string, string>} */
  const filters = {
    "no filter": "",
    "no-op WASM": wasmFilter(noop, models),
    "Lua, adds a field": `[FILTER]\n    Name lua\n    Match *\n    Script ${script}\n    Call add\n`,
    "Fluent Bit's parser": `[FILTER]\n    Name parser\n    Match *\n    Key_Name log\n    Parser ${corpus.kind}\n`,
    "oddline.wasm": wasmFilter(oddline, models),
  };
  if (aot) filters["oddline.aot"] = wasmFilter(aot, models);
  return filters;
}

/**
 * CPU seconds of each pipeline, taken in turns. Before that, that every line comes out, and tagged by ours.
 * @param {Record<string, string>} filters
 * @returns {Record<string, number[]>}
 */
export function benchFluentBit(folder, corpus, rounds, filters) {
  for (const [name, filter] of Object.entries(filters)) checkRecords(folder, corpus, name, filter);
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(Object.keys(filters).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, filter] of Object.entries(filters)) times[name].push(cpuSeconds(folder, corpus, filter));
  }
  return times;
}

const checkedLines = 2000;

function checkRecords(folder, corpus, name, filter) {
  const path = join(folder, "first.log");
  const lines = readFileSync(corpus.path, "latin1").split("\n").slice(0, checkedLines);
  const last = lines.at(-1) ? "" : lines.pop();
  check(last !== undefined, "lines");
  writeFileSync(path, `${lines.join("\n")}\n`, "latin1");
  const output = join(folder, "first.ndjson");
  rmSync(output, { force: true });
  cpuSeconds(folder, { path }, filter, `Name file\n    Path ${folder}\n    File first.ndjson\n    Format plain`);
  const records = readFileSync(output, "utf8").trimEnd().split("\n");
  check(records.length === lines.length, `${name}: ${records.length} records of ${lines.length} lines`);
  if (!name.startsWith("oddline")) return;
  check(corpus.kind !== "hostile" || records.some((record) => record.includes('"anomaly":')), `${name} tags nothing`);
}

export function hasFluentBit() {
  return spawnSync("fluent-bit", ["--version"]).status === 0;
}

export function wasmFilter(path, modelFolder) {
  return `[FILTER]
    Name wasm
    Match *
    Wasm_Path ${path}
    Function_Name oddline_filter
    Accessible_Paths ${modelFolder}
`;
}

/** That no record is lost is for the tests to say. */
export function cpuSeconds(folder, corpus, filter, output = "Name null") {
  const run = join(folder, "run");
  mkdirSync(run, { recursive: true });
  writeFileSync(join(run, "parsers.conf"), parsersFile());
  writeFileSync(
    join(run, "run.conf"),
    `[SERVICE]
    Flush 0.5
    Grace 1
    Log_Level warn
    Parsers_File ${join(run, "parsers.conf")}
[INPUT]
    Name tail
    Path ${corpus.path}
    Read_from_Head On
    Exit_On_Eof On
    Buffer_Max_Size 1M
${filter}
[OUTPUT]
    ${output}
    Match *
`,
  );
  const { status, stdout, stderr } = spawnSync("sh", ["-c", `fluent-bit -q -c ${join(run, "run.conf")}; times`], {
    encoding: "utf8",
    timeout: 300_000,
  });
  check(status === 0, stderr);
  if (/oddline\.(wasm|aot)/.test(filter))
    check(/model [0-9a-f]{8} loaded/.test(stderr), `the filter has no model:\n${stderr}`);
  return childrenSeconds(stdout);
}

/** User and system, from what the shell's `times` printed last. */
export function childrenSeconds(/** @type {string} */ printed) {
  const children = printed.trim().split("\n").at(-1) ?? "";
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, s]) => sum + Number(minutes) * 60 + Number(s),
    0,
  );
}
