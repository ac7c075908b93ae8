// @ts-check
/**
 * What vectors of words from MiniLM (refresh --embedder minilm) change for the outlier detector alone: on the LogHub
 * samples the first half is learnt and the second judged, beside lines of the other logs; BGL and HDFS by their labels.
 * A weight is the squared length of a word's vector in the sums; with an r before it the vectors are random ones.
 * ODDLINE_DATA, ODDLINE_MODELS and ODDLINE_EMBEDDER name the data, the model and the folder of its library.
 *   node bench/embedders.mjs [--weights 0,128,512,2048,r512]
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openEmbedder } from "#host/embed/index.js";
import { learn } from "#host/learn/refresh.js";
import { teach } from "#host/learn/teacher.js";
import { section } from "#host/model/modelFile.js";
import { SignatureStore } from "#host/signatures/signatureStore.js";
import { Engine } from "#host/wasm/engine.js";
import { seededRandom } from "../tests/support/hostile.mjs";
import { bytesOf, check, data, linesOf } from "./corpora.mjs";

const { values } = parseArgs({ options: { weights: { type: "string", default: "0,128,512,2048,r512" } } });
const root = fileURLToPath(new URL("../", import.meta.url));
const models = resolve(root, process.env.ODDLINE_MODELS ?? "../shared/models");
const library = resolve(root, process.env.ODDLINE_EMBEDDER ?? "../oddline-minilm");
for (const folder of [data, models, library]) {
  if (existsSync(folder)) continue;
  console.error(`${folder} is missing (ODDLINE_DATA, ODDLINE_MODELS, ODDLINE_EMBEDDER)`);
  process.exit(3);
}
const arrivalSeconds = 1_450_000_000n;
const names = ["Android", "Apache", "BGL", "HDFS", "HPC", "Hadoop", "HealthApp", "Linux"].concat([
  "Mac",
  "OpenSSH",
  "OpenStack",
  "Proxifier",
  "Spark",
  "Thunderbird",
  "Windows",
  "Zookeeper",
]);
/** Lines of each other log among those that are judged. */
const foreignOfEach = 20;
/** No teacher, then by weight; 0: the 192 signs alone. */
const variants = [
  undefined,
  ...values.weights.split(",").map((text) => ({ random: text[0] === "r", weight: Number(text.replace("r", "")) })),
];
const title = (variant) => (variant ? `${variant.random ? "random" : "minilm"} ${variant.weight}` : "builtin");

const logs = new Map(names.map((name) => [name, linesOf(`loghub/${name}_2k.log.gz`)]));
print("share of second-half lines flagged / of foreign lines flagged / AUC between them", variants.map(title));
const sums = variants.map(() => [0, 0, 0]);
for (const [name, all] of logs) {
  const lines = name === "BGL" ? all.map((line) => line.slice(line.indexOf(" ") + 1)) : all;
  const half = lines.length / 2;
  const foreign = [...logs].flatMap(([other, those]) => (other === name ? [] : sample(those, foreignOfEach)));
  const cells = [];
  for (const [at, variant] of variants.entries()) {
    const judge = await learnt(lines.slice(0, half), variant);
    const [own, others] = [lines.slice(half).map(judge), foreign.map(judge)];
    const found = [flagged(own), flagged(others), auc(others, own)];
    found.forEach((value, i) => {
      sums[at][i] += value / names.length;
    });
    cells.push(found.map((value) => value.toFixed(3)).join(" / "));
  }
  print(name, cells);
}
print(
  "mean",
  sums.map((mean) => mean.map((value) => value.toFixed(3)).join(" / ")),
);

print("\nby label: flagged of the ordinary / of the alerts / AUC", variants.map(title));
await byLabel("BGL", bgl());
await byLabel("HDFS (by block)", hdfs());

/** `units`: lines that are judged together, by the worst of them. */
async function byLabel(name, { train, units }) {
  const cells = [];
  for (const variant of variants) {
    const judge = await learnt(train, variant);
    const known = new Map();
    const score = (line) => {
      if (!known.has(line)) known.set(line, judge(line));
      return known.get(line);
    };
    const scores = (odd) => units.filter((unit) => unit.odd === odd).map(({ lines }) => Math.max(...lines.map(score)));
    const [ordinary, alerts] = [scores(false), scores(true)];
    check(ordinary.length > 100 && alerts.length > 10, `${name}: ${ordinary.length} and ${alerts.length} units`);
    cells.push(
      [flagged(ordinary), flagged(alerts), auc(alerts, ordinary)].map((value) => value.toFixed(3)).join(" / "),
    );
  }
  print(name, cells);
}

function bgl() {
  const rows = (logs.get("BGL") ?? []).map((line) => ({
    odd: line[0] !== "-",
    lines: [line.slice(line.indexOf(" ") + 1)],
  }));
  const half = rows.length / 2;
  const train = rows.slice(0, half).filter(({ odd }) => !odd);
  return { train: train.flatMap(({ lines }) => lines), units: rows.slice(half) };
}

/** Learns from every second ordinary block, judges the others and all that are labelled. */
function hdfs() {
  const odd = new Set();
  for (const row of linesOf("hdfs/hdfs.block-labels.csv.gz")) {
    const [block, label] = row.split(",");
    if (/^(Anomaly|1|true)$/i.test(label?.trim() ?? "")) odd.add(block);
  }
  check(odd.size > 300, `${odd.size} labelled blocks`);
  const blocks = new Map();
  for (const line of linesOf("hdfs/hdfs.log.gz")) {
    const block = /blk_-?\d+/.exec(line)?.[0];
    if (block) blocks.set(block, [...(blocks.get(block) ?? []), line]);
  }
  const train = [];
  const units = [];
  let number = 0;
  for (const [block, lines] of blocks) {
    if (!odd.has(block) && number++ % 2 === 0) train.push(...lines);
    else units.push({ odd: odd.has(block), lines });
  }
  return { train, units };
}

/** Learns, and gives the outlier score of a line: over 1 is flagged. */
async function learnt(lines, variant) {
  const engine = new Engine();
  const store = new SignatureStore();
  for (const { records } of engine.signatures(bytesOf(lines), { flags: 0, seconds: arrivalSeconds })) {
    store.addRecords(records);
  }
  const given = new Map();
  if (variant !== undefined) {
    const teacher = variant.random
      ? randomTeacher()
      : openEmbedder("minilm", { modelPath: models, embedderPath: library });
    const taught = await teach(engine, store, teacher, variant.weight || 1e-9);
    await teacher.close();
    if (taught) given.set(section.tokens, taught.section);
  }
  const embedder = variant === undefined ? "builtin" : "minilm";
  const { model } = learn(engine, store, { share: 0.001, eps: 0.5, minSamples: 20, ageSecondsMax: 0, embedder, given });
  const filter = new Engine();
  filter.useModel(model, "learnt");
  return (line) => filter.explain(Buffer.from(line, "latin1"), arrivalSeconds)?.outlierScore ?? 0;
}

/**
 * Knows nothing: what its vectors bring is not meaning.
 * @returns {import("#host/embed/embedder.js").Embedder}
 */
function randomTeacher() {
  const [dims, random] = [384, seededRandom(1)];
  let count = 0;
  return {
    dims,
    name: "random",
    version: "random",
    get contentCount() {
      return count;
    },
    linesNotKept: 0,
    contentsOf: (lines) => Int32Array.from(Buffer.from(lines).toString().trimEnd().split("\n"), () => count++),
    embed: async () => ({
      count,
      hashOf: (content) => content,
      pointOf: Int32Array.from({ length: count }, (_, at) => at),
      rows: () => Float32Array.from({ length: dims }, () => random() - 0.5),
    }),
    close: async () => {},
  };
}

function flagged(scores) {
  return scores.filter((score) => score > 1).length / scores.length;
}

/** The chance that an odd one scores above an ordinary one; equals count half. */
function auc(odd, ordinary) {
  const sorted = Float64Array.from(ordinary).sort();
  const below = (value, orEqual) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] < value || (orEqual && sorted[middle] === value)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const wins = odd.reduce((sum, value) => sum + (below(value, false) + below(value, true)) / 2, 0);
  return wins / (odd.length * ordinary.length);
}

function sample(lines, count) {
  return Array.from({ length: count }, (_, i) => lines[Math.floor((i * lines.length) / count)]);
}

function print(first, cells) {
  console.log(`| ${[first, ...cells].join(" | ")} |`);
}
