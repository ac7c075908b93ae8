// @ts-check
/**
 * `oddline scan --embedder minilm` beside sentence-transformers and scikit-learn: a real Apache log, from cold and with
 * 95 % of the lines cached; wall clock and CPU seconds of whole processes, in turns, medians; both must call (nearly)
 * the same lines noise.
 *   ODDLINE_PYTHON=venv/bin/python ODDLINE_EMBEDDER=DIR ODDLINE_MODELS=DIR node bench/minilm.mjs \
 *     [--lines 10000] [--rounds 3]
 * ODDLINE_PYTHON has sentence-transformers and scikit-learn; ODDLINE_SENTENCE_MODEL names its model, by default the one
 * it downloads; ODDLINE_EMBEDDER has @huggingface/transformers; ODDLINE_MODELS has all-MiniLM-L6-v2 for it.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { check, elasticLog, median } from "./corpora.mjs";

const { values } = parseArgs({
  options: { lines: { type: "string", default: "10000" }, rounds: { type: "string", default: "3" } },
});
/** Every twentieth line is new to the cache. */
const newEvery = 20;
/** Of all lines: eight bits here, floats there. In a sample of a log, more lines lie on the edge of a pattern. */
const agreementMin = 0.96;
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const env = process.env;
const python = env.ODDLINE_PYTHON ?? "python3";
const sentenceModel = env.ODDLINE_SENTENCE_MODEL ?? "sentence-transformers/all-MiniLM-L6-v2";
const models = env.ODDLINE_MODELS ?? here("../../shared/models");
const embedder = env.ODDLINE_EMBEDDER ?? here("../../oddline-minilm");

const folder = mkdtempSync(join(tmpdir(), "oddline-minilm-"));
try {
  const corpus = elasticLog(folder, 1);
  if (corpus) bench(evenSample(corpus.path, Number(values.lines)), Number(values.rounds));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function bench(lines, rounds) {
  const log = write("all.log", lines);
  const known = write(
    "known.log",
    lines.filter((_, index) => index % newEvery !== 0),
  );
  const scan = (file, cache) => {
    const where = ["--embedder-path", embedder, "--model-path", models, "--cache-dir", join(folder, cache)];
    return timed(process.execPath, [here("../dist/bin.js"), "scan", file, "--json", "--embedder", "minilm", ...where]);
  };
  const baseline = () => timed(python, [here("minilmBaseline.py"), log, sentenceModel]);
  /** @type {Record<"baseline" | "cold" | "cached", ReturnType<typeof timed>[]>} */
  const runs = { baseline: [], cold: [], cached: [] };
  for (let round = 0; round < rounds; round++) {
    runs.baseline.push(baseline());
    runs.cold.push(scan(log, `cold${round}`));
    scan(known, `warm${round}`);
    runs.cached.push(scan(log, `warm${round}`));
    const load = loadavg()[0].toFixed(1);
    for (const [name, all] of Object.entries(runs)) console.log(`  round ${round + 1} ${name}: ${show(all[round])}`);
    console.log(`  load ${load} on ${availableParallelism()} cores`);
  }
  const expected = new Set(runs.baseline[0].stdout.trim().split("\n").map(Number));
  for (const name of /** @type {const} */ (["cold", "cached"])) {
    const rows = runs[name][0].stdout.trim().split("\n");
    const found = new Set(rows.map((row) => JSON.parse(row).line));
    const differing = [...found].filter((line) => !expected.has(line)).length + expected.size;
    const agreement = 1 - (differing - [...found].filter((line) => expected.has(line)).length) / lines.length;
    console.log(
      `${name}: ${found.size} lines noise, baseline ${expected.size}, agreeing on ${(100 * agreement).toFixed(2)} %`,
    );
    check(agreement >= agreementMin, `${name} agrees on ${agreement} of the lines`);
  }
  for (const name of ["baseline", "cold", "cached"]) {
    const ratio = (key) => (middle(runs.baseline, key) / middle(runs[name], key)).toFixed(1);
    const wall = middle(runs[name], "wallSeconds").toFixed(1);
    const cpu = middle(runs[name], "cpuSeconds").toFixed(1);
    console.log(`${name.padEnd(9)} ${wall} s (${ratio("wallSeconds")} x), CPU ${cpu} s (${ratio("cpuSeconds")} x)`);
  }
}

function write(name, lines) {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

function evenSample(path, count) {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  const step = Math.max(1, lines.length / count);
  return lines.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}

/** The shell's `times` tells the CPU seconds of what it ran. */
function timed(command, words) {
  const started = performance.now();
  const script = '"$@"; code=$?; times >&2; exit $code';
  const run = spawnSync("sh", ["-c", script, "sh", command, ...words], { encoding: "utf8", maxBuffer: 1 << 30 });
  if (run.status !== 0) throw new Error(`${command} failed: ${run.stderr.slice(-600)}`);
  const children = run.stderr.trim().split("\n").at(-1) ?? "";
  const cpuSeconds = [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + 60 * Number(m) + Number(s),
    0,
  );
  return { stdout: run.stdout, wallSeconds: (performance.now() - started) / 1000, cpuSeconds };
}

function show({ wallSeconds, cpuSeconds }) {
  return `${wallSeconds.toFixed(1)} s, CPU ${cpuSeconds.toFixed(1)} s`;
}

function middle(runs, key) {
  return median(runs.map((run) => run[key]));
}
