// @ts-check
/**
 * Oddline and what one could run instead, on the same lines: Fluent Bit's parser, Vector's remap, Drain3 with and
 * without masks, and CrowdSec's parser. CPU microseconds a line, without what each needs to start and to pass lines on;
 * all in turns in one run, medians.
 *   node bench/others.mjs [--rounds 3] [--lines 30000] [--only web,sshd,…] [--python PATH] [--crowdsec PROGRAM]
 * --python: an interpreter that has drain3. --crowdsec: a program that runs CrowdSec's parsers over standard input; its
 * argument is the type of the log, "apache2" or "syslog". What is not there is left out.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { check, median } from "./corpora.mjs";
import { childrenSeconds, compiledFilter, cpuSeconds, filtersOf, hasFluentBit } from "./fluentBit.mjs";
import { corpusOf, kinds } from "./kinds.mjs";
import { blackhole, oddline, pipelineCpu, remap } from "./vectorPipelines.mjs";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    lines: { type: "string", default: "30000" },
    only: { type: "string", default: Object.keys(kinds).join(",") },
    python: { type: "string", default: "python3" },
    crowdsec: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const lines = Number(values.lines);
const drain = fileURLToPath(new URL("othersDrain.py", import.meta.url));
/** The kinds that CrowdSec's hub has a parser for. */
const crowdsecTypes = { web: "apache2", sshd: "syslog" };
const folder = mkdtempSync(join(tmpdir(), "oddline-bench-others-"));

/** CPU seconds of a program that reads lines from standard input. */
function readerSeconds(/** @type {string[]} */ command, /** @type {string} */ path) {
  const input = openSync(path, "r");
  const { status, stdout, stderr } = spawnSync("sh", ["-c", '"$@" > /dev/null || exit; times', "sh", ...command], {
    encoding: "utf8",
    stdio: [input, "pipe", "pipe"],
  });
  closeSync(input);
  check(status === 0, `${command[0]}: ${stderr}`);
  return childrenSeconds(stdout);
}

/**
 * CPU seconds of each way, without those of the same way with nothing to do: the first line alone, or no filter.
 * @returns {Promise<Record<string, () => number | Promise<number>>>}
 */
async function waysOf(corpus, aot) {
  const first = `${corpus.path}.one`;
  writeFileSync(first, readFileSync(corpus.path, "latin1").split("\n", 1)[0].concat("\n"), "latin1");
  const reader = (...command) => {
    return () => readerSeconds(command, corpus.path) - readerSeconds(command, first);
  };
  /** @type {Record<string, () => number | Promise<number>>} */
  const ways = { "oddline tag": reader(process.execPath, oddline, "tag", "--model", corpus.model, "-") };
  if (hasFluentBit()) {
    const filters = await filtersOf(folder, corpus, aot);
    const inFluentBit = (name) => cpuSeconds(folder, corpus, filters[name]) - cpuSeconds(folder, corpus, "");
    for (const name of ["Fluent Bit's parser", "oddline.wasm", "oddline.aot"])
      if (filters[name]) ways[name] = () => inFluentBit(name);
  }
  if (spawnSync("vector", ["--version"]).status === 0) {
    const vectorSeconds = async (configuration) => (await pipelineCpu(folder, "Vector", configuration, corpus)).vector;
    const withRemap = remap(kinds[corpus.kind].remap) + blackhole("t");
    ways["Vector's remap"] = async () => (await vectorSeconds(withRemap)) - (await vectorSeconds(blackhole("in")));
  }
  if (spawnSync(values.python, ["-c", "import drain3"]).status === 0) {
    ways.Drain3 = reader(values.python, drain);
    ways["Drain3, masking"] = reader(values.python, drain, "--masking");
  } else console.warn(`Drain3: left out, ${values.python} does not have it`);
  const type = crowdsecTypes[corpus.kind];
  if (values.crowdsec && type) ways["CrowdSec's parser"] = reader(values.crowdsec, type);
  return ways;
}

try {
  const aot = hasFluentBit() ? compiledFilter(folder) : undefined;
  for (const kind of values.only.split(",")) {
    const corpus = corpusOf(folder, kind, lines);
    const ways = await waysOf(corpus, aot);
    /** @type {Record<string, number[]>} */
    const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++)
      for (const [name, way] of Object.entries(ways)) times[name].push((await way()) / lines);
    console.log(`\n${corpus.name}: ${lines} lines, CPU microseconds a line, median of ${rounds} (least-most)`);
    for (const [name, list] of Object.entries(times)) {
      const [middle, least, most] = [median(list), Math.min(...list), Math.max(...list)].map((s) => s * 1e6);
      const against = (median(list) / median(times["oddline tag"])).toFixed(2);
      const spread = `(${least.toFixed(1)}-${most.toFixed(1)})`;
      console.log(`  ${name.padEnd(22)}${middle.toFixed(1).padStart(8)} ${spread.padEnd(16)}${against} x oddline tag`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
