/**
 * A million mutated and random records through the WASM, called as Fluent Bit calls it: nothing may trap, be lost or
 * come back broken. `node bench/fuzz.mjs [COUNT] [SEED]`; needs `npm run build`. Exit status 1 where anything failed.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSources } from "../dist/io/chunks.js";
import { FormStore } from "../dist/learn/formStore.js";
import { readForms } from "../dist/learn/readForms.js";
import { learn } from "../dist/learn/refresh.js";
import { Engine } from "../dist/wasm/engine.js";
import { FilterHost } from "../tests/support/filterHost.mjs";
import { fuzz, ordinaryLog } from "../tests/support/recordFuzz.mjs";

const count = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1);
if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed)) {
  process.stderr.write("usage: node bench/fuzz.mjs [COUNT] [SEED]\n");
  process.exit(2);
}

const started = performance.now();
const summary = fuzz(new FilterHost({ model: await ordinaryModel() }), {
  count,
  seed,
  onFailure: (record, what) => {
    const shown =
      record.length > 400
        ? `${record.subarray(0, 400).toString("base64")}… (${record.length} bytes)`
        : record.toString("base64");
    process.stderr.write(`${what}\n  base64 ${shown}\n`);
  },
  onProgress: (done) => {
    if (process.stderr.isTTY && done % 10_000 === 0) process.stderr.write(`\r${done} of ${count}`);
  },
});
const seconds = ((performance.now() - started) / 1000).toFixed(0);
const share = ((100 * summary.plantedTagged) / Math.max(1, summary.planted)).toFixed(1);
process.stdout.write(
  `${summary.records} records (seed ${seed}) in ${seconds} s: ${summary.failures} failures\n` +
    `  ${summary.valid} valid, ${summary.tagged} tagged, ${summary.renamed} with a forged key renamed\n` +
    `  ${summary.planted} odd ones planted, ${share} % of them tagged with type and reason\n` +
    `  ${summary.changedInvalid} invalid ones changed, none of their bytes lost; memory ${summary.memoryBytesMax / 65536} pages\n`,
);
if (summary.failures > 0 || summary.plantedTagged * 3 < summary.planted) process.exitCode = 1;

async function ordinaryModel() {
  const folder = mkdtempSync(join(tmpdir(), "oddline-fuzz-"));
  try {
    writeFileSync(join(folder, "log"), ordinaryLog(1, 20_000));
    const engine = new Engine();
    const store = new FormStore();
    await readForms(engine, openSources([join(folder, "log")]), store);
    const options = { share: 0.001, eps: 0.5, minSamples: 20, ageSecondsMax: 0, embedder: "builtin", given: new Map() };
    return (await learn(engine, store, options)).model;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
