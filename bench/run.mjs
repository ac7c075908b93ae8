// @ts-check
/**
 * What Oddline costs, by kind of log, length of line and size of model: in V8, in Fluent Bit interpreted and compiled
 * ahead of time (where a compiler is on PATH), and beside Vector; against no filter, a no-op WASM filter, Lua that adds
 * a field, and the shipper's own parser of that format. The same file in the same run, pipelines in turns, medians,
 * answers checked. ODDLINE_DATA names public logs; where they are missing, stand-ins of our own are measured.
 *   npm run bench -- [--rounds 5] [--lines 100000] [--only kinds,lengths,models,v8,fluent-bit,vector,web,sshd,…]
 *                    [--against CHECKOUT] [--docs]
 * --against: in V8 also the engine of another checkout that is built. --docs: puts what was measured of Fluent Bit into
 * docs/measurements.md and docs/cost.svg.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chart } from "./chart.mjs";
import { benchFluentBit, compiledFilter, filtersOf, hasFluentBit } from "./fluentBit.mjs";
import { corpusOf, corpusOfLength, kinds } from "./kinds.mjs";
import { withCentroids, withKeywords } from "./models.mjs";
import { printTable, writeDocs } from "./tables.mjs";
import { benchV8 } from "./v8.mjs";
import { benchVector } from "./vectorPipelines.mjs";

const values = readOptions();
const rounds = Number(values.rounds);
const lines = Number(values.lines);
const only = values.only.split(",").filter(Boolean);
const choices = {
  part: ["kinds", "lengths", "models"],
  host: ["v8", "fluent-bit", "vector"],
  kind: Object.keys(kinds),
};
const unknown = only.filter((word) => !Object.values(choices).flat().includes(word));
if (unknown.length > 0) refuse(`--only knows ${Object.values(choices).flat().join(", ")}, not ${unknown}`);
/** Of each sort of word that --only does not mention, everything. */
const isWanted = (/** @type {keyof typeof choices} */ sort, /** @type {string} */ word) =>
  only.includes(word) || !only.some((each) => choices[sort].includes(each));

const lengths = [60, 240, 2000];
const folder = mkdtempSync(join(tmpdir(), "oddline-bench-"));
/** @type {import("./tables.mjs").Row[]} */
const measured = [];
try {
  const inFluentBit = isWanted("host", "fluent-bit") && (hasFluentBit() || left("Fluent Bit", "fluent-bit"));
  const inVector = isWanted("host", "vector") && (hasVector() || left("Vector", "vector"));
  const aot = inFluentBit ? compiledFilter(folder) : undefined;
  if (isWanted("part", "kinds")) await benchKinds(inFluentBit, inVector, aot);
  if (isWanted("part", "lengths") && inFluentBit) await benchLengths(aot);
  if (isWanted("part", "models") && inFluentBit) await benchModels(aot);
  if (values.docs) writeDocs(measured, chart(measured), { rounds, lines });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        rounds: { type: "string", default: "5" },
        lines: { type: "string", default: "100000" },
        only: { type: "string", default: "" },
        against: { type: "string" },
        docs: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/** @returns {never} */
function refuse(/** @type {string} */ message) {
  console.error(`${message}; the head of bench/run.mjs lists the options`);
  process.exit(1);
}

function hasVector() {
  return spawnSync("vector", ["--version"]).status === 0;
}

function left(title, program) {
  console.warn(`${title}: left out, ${program} is not on PATH`);
  return false;
}

async function benchKinds(inFluentBit, inVector, aot) {
  for (const kind of Object.keys(kinds).filter((name) => isWanted("kind", name))) {
    const corpus = corpusOf(folder, kind, lines);
    if (isWanted("host", "v8")) note("V8", corpus, await benchV8(corpus, rounds, values.against));
    if (inFluentBit) await inTurns("kinds", corpus, aot);
    if (inVector) note("Vector", corpus, await benchVector(folder, corpus, rounds, kinds[kind].remap));
  }
}

async function benchLengths(aot) {
  for (const bytes of lengths) await inTurns("lengths", corpusOfLength(folder, bytes, lines), aot);
}

/** Novelty decides of most lines before a pattern is looked for; of hostile ones it does least. */
async function benchModels(aot) {
  for (const count of [1, 100, 4096])
    await withModel("hostile", count === 1 ? "1 pattern" : `${count} patterns`, aot, (from, path) =>
      withCentroids(from, count, path),
    );
  await withModel("web", "10,000 keywords", aot, (from, path) => withKeywords(from, 10_000, path));
}

async function withModel(kind, title, aot, write) {
  const corpus = corpusOf(folder, kind, lines);
  const own = join(folder, title.replaceAll(/\W/g, "-"));
  mkdirSync(own, { recursive: true });
  const model = join(own, "oddline.model");
  write(corpus.model, model);
  await inTurns("models", { ...corpus, name: `${corpus.name}, ${title}`, model }, aot);
}

async function inTurns(part, corpus, aot) {
  const filters = await filtersOf(folder, corpus, aot);
  note("Fluent Bit", corpus, benchFluentBit(folder, corpus, rounds, filters), part);
}

function note(host, corpus, times, part = "kinds") {
  const row = { part, host, kind: corpus.kind, name: corpus.name, lines: corpus.lines, times };
  measured.push(row);
  printTable(row);
}
