// @ts-check
/**
 * CPU seconds (user and system) of a whole Fluent Bit pipeline, tail -> filter -> null, for one filter against others.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeNoopFilter } from "../tests/support/noopFilter.mjs";
import { check, median } from "./corpora.mjs";

const oddline = fileURLToPath(new URL("../build/oddline.wasm", import.meta.url));
/** As Fluent Bit ships it in parsers.conf. */
const apache2 = String.raw`^(?<host>[^ ]*) [^ ]* (?<user>[^ ]*) \[(?<time>[^\]]*)\] "(?<method>\S+)(?: +(?<path>[^ ]*) +\S*)?" (?<code>[^ ]*) (?<size>[^ ]*)(?: "(?<referer>[^\"]*)" "(?<agent>.*)")?$`;

export async function benchFluentBit(folder, corpus, rounds) {
  if (!hasFluentBit()) {
    console.warn("\nFluent Bit: left out, fluent-bit is not on PATH");
    return;
  }
  const noop = join(folder, "noop.wasm");
  await writeNoopFilter(noop);
  const pipelines = {
    "no filter": "",
    "no-op WASM filter": wasmFilter(noop, dirname(corpus.model)),
    "oddline.wasm": wasmFilter(oddline, dirname(corpus.model)),
    "  learnt detectors": wasmFilter(oddline, dirname(learntOnly(folder, corpus))),
    "parser, apache2": "[FILTER]\n    Name parser\n    Match *\n    Key_Name log\n    Parser apache2\n",
  };
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(Object.keys(pipelines).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, filter] of Object.entries(pipelines)) times[name].push(cpuSeconds(folder, corpus, filter));
  }
  const reference = median(times["no-op WASM filter"]);
  console.log(`\nFluent Bit, ${corpus.name}: ${corpus.lines} lines, CPU seconds, median of ${rounds} (least-most)`);
  for (const [name, list] of Object.entries(times)) {
    const spread = `(${Math.min(...list).toFixed(2)}-${Math.max(...list).toFixed(2)})`;
    console.log(
      `  ${name.padEnd(20)}${median(list).toFixed(2).padStart(7)} ${spread.padEnd(14)}${(median(list) / reference).toFixed(2)} x no-op`,
    );
  }
}

export function hasFluentBit() {
  return spawnSync("fluent-bit", ["--version"]).status === 0;
}

/** The same model with keywords and windows switched off: novelty and outliers alone. */
function learntOnly(folder, corpus) {
  const configuration = join(folder, "learnt.yaml");
  writeFileSync(configuration, "detectors:\n  keyword: false\n  errorRate: false\n  traffic: false\n");
  const out = join(folder, `${corpus.name}-learnt`, "oddline.model");
  const program = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
  const words = [program, "compile", configuration, "--from", corpus.model, "--out", out];
  const { status, stderr } = spawnSync(process.execPath, words);
  if (status !== 0) throw new Error(`compile failed: ${stderr}`);
  return out;
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

/** The shell's `times` says what its children used. That no record is lost is for the tests to say. */
export function cpuSeconds(folder, corpus, filter) {
  const run = join(folder, "run");
  mkdirSync(run, { recursive: true });
  writeFileSync(join(run, "parsers.conf"), `[PARSER]\n    Name apache2\n    Format regex\n    Regex ${apache2}\n`);
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
${filter}
[OUTPUT]
    Name null
    Match *
`,
  );
  const { status, stdout, stderr } = spawnSync("sh", ["-c", `fluent-bit -q -c ${join(run, "run.conf")}; times`], {
    encoding: "utf8",
    timeout: 300_000,
  });
  check(status === 0, stderr);
  if (filter.includes("oddline.wasm"))
    check(/model [0-9a-f]{8} loaded/.test(stderr), `the filter has no model:\n${stderr}`);
  const children = stdout.trim().split("\n").at(-1) ?? "";
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, s]) => sum + Number(minutes) * 60 + Number(s),
    0,
  );
}
