// @ts-check
/**
 * Records, changed models, changed states and forms through a guarded build of the filter, called as Fluent Bit calls
 * it: nothing may trap, be lost, come back broken, depend on what lies around it, be written beyond its region, or cost
 * more than its ceiling. `node bench/fuzz.mjs --records N --models N --snapshots N --forms N [--seed S] [--jobs J]`;
 * needs `npm run build`. Exit status 1 where anything failed. The same arguments try the same again, whatever the jobs.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { FilterHost } from "../tests/support/filterHost.mjs";
import { everythingModel, ordinaryModel } from "../tests/support/fuzzModels.mjs";
import { guardedFilter, withMemoryLimit } from "../tests/support/guardedFilter.mjs";
import { fuzzForms, fuzzModels, fuzzStates } from "../tests/support/modelFuzz.mjs";
import { allOperations, countOperations } from "../tests/support/operations.mjs";
import { ceilings, fuzz } from "../tests/support/recordFuzz.mjs";
import { worstRecords } from "../tests/support/worstRecords.mjs";

/** Of each task; another instance, another seed. */
const sizes = { records: 10_000, models: 250, snapshots: 250, forms: 10_000 };
/** One task in so many counts the operations of the shipped build, which keeps no guards. */
const countedEvery = 8;
const worstSizes = [300, 3000, 30_000];
/** Of each task; all are counted. */
const failuresTold = 3;
const setups = ["everything", "ordinary", "everything", "trusting", "everything", "none"];

if (isMainThread) await main();
else work(workerData);

async function main() {
  const { values } = parseArgs({
    options: Object.fromEntries(
      ["records", "models", "snapshots", "forms", "seed", "jobs"].map((name) => [name, { type: "string" }]),
    ),
  });
  const numbers = Object.fromEntries(
    Object.entries({ records: 0, models: 0, snapshots: 0, forms: 0, seed: 1, jobs: 1, ...values }).map(([k, v]) => [
      k,
      Number(v),
    ]),
  );
  const nothing = !Object.keys(sizes).some((kind) => numbers[kind] > 0);
  if (nothing || Object.values(numbers).some((number) => !Number.isInteger(number) || number < 0) || numbers.jobs < 1) {
    process.stderr.write(
      "usage: node bench/fuzz.mjs --records N --models N --snapshots N --forms N [--seed S] [--jobs J]\n",
    );
    process.exit(2);
  }
  const started = performance.now();
  const tasks = Object.keys(sizes).flatMap((kind) =>
    Array.from({ length: Math.ceil(numbers[kind] / sizes[kind]) }, (_, index) => ({
      ...{ kind, index, seed: numbers.seed * 100_000 + index },
      count: Math.min(sizes[kind], numbers[kind] - index * sizes[kind]),
    })),
  );
  const given = await prepare();
  const total = tasks.length;
  const sums = new Map();
  let done = 0;
  await Promise.all(
    Array.from({ length: numbers.jobs }, () => {
      const worker = new Worker(fileURLToPath(import.meta.url), { workerData: given });
      return new Promise((resolve, reject) => {
        const next = () => (tasks.length > 0 ? worker.postMessage(tasks.shift()) : worker.terminate().then(resolve));
        worker.on("error", reject).on("message", (answer) => {
          if (answer.failure) return process.stderr.write(`${answer.failure}\n`);
          if (answer.sum) add(sums, answer.sum);
          if (process.stderr.isTTY) process.stderr.write(`\r${++done} of ${total} tasks`);
          next();
        });
        next();
      });
    }),
  );
  report(sums, numbers.seed, (performance.now() - started) / 1000);
}

/** Builds and models, made once for all workers. */
async function prepare() {
  const guarded = await guardedFilter();
  const shipped = readFileSync(new URL("../build/oddline.wasm", import.meta.url));
  const counted = countOperations(shipped, { byFunction: false });
  const ordinary = await ordinaryModel(5000);
  const small = { keywords: 300, trees: 10 };
  return {
    // in little memory a part of what a model asks for is refused
    modules: [guarded, withMemoryLimit(guarded, 700), withMemoryLimit(guarded, 350)].map(
      (wasm) => new WebAssembly.Module(wasm),
    ),
    counted: [new WebAssembly.Module(counted)],
    setups: {
      none: {},
      ordinary: { model: ordinary },
      everything: { model: everythingModel(ordinary), everything: true },
      trusting: { model: everythingModel(ordinary, { trusting: true }), everything: true, trusting: true },
    },
    models: [ordinary, everythingModel(ordinary, small), everythingModel(ordinary, { ...small, trusting: true })],
  };
}

function work(given) {
  parentPort?.on("message", (task) => {
    let sum;
    try {
      sum = run(task, given);
    } catch (error) {
      // said already where a record was at fault: the next task goes on with another instance
      sum = { kind: task.kind, failures: 1 };
      parentPort?.postMessage({
        failure: `${task.kind}, seed ${task.seed}: ${error instanceof Error ? error.stack : error}`,
      });
    }
    parentPort?.postMessage({ sum });
  });
}

function run({ kind, index, seed, count }, given) {
  const counts = index % countedEvery === 0;
  let told = 0;
  const onFailure = (bytes, what) => {
    if (++told > failuresTold) return;
    const shown = bytes.subarray(0, 4000).toString("base64");
    parentPort?.postMessage({ failure: `${kind}, seed ${seed}: ${what}\n  base64 ${shown} (${bytes.length} bytes)` });
  };
  if (kind === "forms")
    return { kind, count, ...fuzzForms({ module: given.modules[0], model: given.models[1], count, seed, onFailure }) };
  const modules = counts ? given.counted : given.modules;
  if (kind !== "records") {
    const cost = counts ? { operations: allOperations, costMax: ceilings.everything } : {};
    const options = { modules, models: given.models, count, seed, onFailure, ...cost };
    return { kind, count, ...(kind === "models" ? fuzzModels(options) : fuzzStates(options)) };
  }
  const name = setups[(counts ? index / countedEvery : index) % setups.length];
  const { model, everything, trusting } = given.setups[name];
  const [host, twin] = [0, 1].map(
    () => new FilterHost({ module: modules[0], model, stateFiles: new Map(), poison: 0x22 }),
  );
  const cost = counts
    ? { operations: () => allOperations(host.exports), costMax: ceilings[everything ? "everything" : name] }
    : {};
  const regressions = counts ? worstSizes.flatMap((bytes) => worstRecords(bytes).map(({ record }) => record)) : [];
  const summary = fuzz(host, { count, seed, regressions, twin, everything, trusting, onFailure, ...cost });
  const broken = host.brokenGuards + twin.brokenGuards;
  if (broken > 0) onFailure(Buffer.alloc(0), `written beyond a region, ${broken} times`);
  return { kind, count, name, ...summary, failures: summary.failures + broken };
}

/** Counts add up, what is the largest stays. */
function add(sums, part) {
  const sum = sums.get(part.kind) ?? { planted: 0, plantedTagged: 0, dearestShare: 0 };
  sums.set(part.kind, sum);
  const knows = part.name === "ordinary";
  for (const [key, value] of Object.entries(part)) {
    if (typeof value !== "number") continue;
    if (key.startsWith("planted")) sum[key] += knows ? value : 0;
    else if (/^(memory|dearest)/.test(key)) {
      if (key === "dearestShare" && value > sum.dearestShare)
        sum.dearest = `: ${part.dearestOperations} operations for ${part.dearestBytes} bytes, ${part.name}`;
      sum[key] = Math.max(sum[key] ?? 0, value);
    } else sum[key] = (sum[key] ?? 0) + value;
  }
}

function report(sums, seed, seconds) {
  for (const [kind, sum] of sums) {
    const percent = (100 * sum.dearestShare).toFixed(0);
    const dearest = kind === "records" ? sum.dearest : "";
    const ceiling = sum.dearestShare > 0 ? `; dearest record at ${percent} % of the ceiling${dearest}` : "";
    process.stdout.write(`${sum.count} ${kind} (seed ${seed}): ${sum.failures} failures${ceiling}\n`);
    if (kind === "records") {
      const share = ((100 * sum.plantedTagged) / Math.max(1, sum.planted)).toFixed(1);
      process.stdout.write(
        `  each twice, with other bytes around it; ${sum.tagged} tagged, ${sum.renamed} with a forged key renamed\n` +
          `  of ${sum.planted} odd ones for the ordinary model ${share} % tagged with type and reason\n` +
          `  ${(sum.operations / Math.max(1, sum.bytes)).toFixed(0)} operations a byte on average\n`,
      );
      if (sum.plantedTagged * 3 < sum.planted) process.exitCode = 1;
    } else if (kind !== "forms")
      process.stdout.write(`  ${sum.accepted} accepted, ${sum.records} records after them\n`);
    if (sum.failures > 0) process.exitCode = 1;
  }
  process.stdout.write(`${seconds.toFixed(0)} s\n`);
}
