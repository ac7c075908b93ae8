// @ts-check
/**
 * Are the verdicts of Fluent Bit (WAMR's interpreter) those of V8? Every file of the evaluation data, archives too,
 * each through a Fluent Bit and an engine of its own, with a model learnt from the file's first fifth; what is JSON
 * lines as text and as records. Exit status 1 where any verdict differs. ODDLINE_DATA names the data.
 *   nice node bench/parity.mjs [--only TEXT] [--lines MAX]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadModel } from "#host/model/modelFile.js";
import { batchFlag, Engine } from "#host/wasm/engine.js";
import {
  blocksOf,
  compareVerdicts,
  evaluationLogs,
  firstLines,
  shipperTag,
  throughFluentBit,
} from "../tests/support/parity.mjs";

const { values } = parseArgs({
  options: { only: { type: "string", default: "" }, lines: { type: "string", default: "10000000" } },
});
const root = fileURLToPath(new URL("../", import.meta.url));
const data = resolve(root, process.env.ODDLINE_DATA ?? "../shared/data");
/** A model of little and with a large share, so that a good many lines are told. */
const learntPart = 5;
const learntLinesMax = 5000;
const share = "0.01";
const seed = 20261121;

const folder = mkdtempSync(join(tmpdir(), "oddline-parity-"));
try {
  const total = { records: 0, different: 0, tagged: 0 };
  const started = performance.now();
  for (const [number, log] of evaluationLogs(data).entries()) {
    if (!log.name.includes(values.only)) continue;
    const bytes = firstLines(log.read(), Number(values.lines));
    const modelFolder = learn(`model-${number}`, bytes);
    const forms = bytes.indexOf("\n{") >= 0 || bytes[0] === 0x7b ? [false, true] : [false];
    for (const json of forms) {
      const run = join(folder, `${number}-${json}`);
      const theirs = await throughFluentBit({ folder: run, modelFolder, bytes, json });
      const result = compareVerdicts(theirs, throughV8(modelFolder, bytes, json), { whole: !json });
      rmSync(run, { recursive: true });
      for (const name of Object.keys(total)) total[name] += result[name];
      const types = Object.entries(result.types).map(([type, count]) => `${type} ${count}`);
      const name = json ? `${log.name} as records` : log.name;
      console.log(
        `${name.padEnd(52)}${String(result.records).padStart(8)} records, ${result.different} different; ${types.join(", ")}`,
      );
      for (const example of result.examples) console.log(JSON.stringify(example));
    }
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`${total.records} records, ${total.tagged} tagged, ${total.different} different, in ${seconds} s`);
  if (total.records === 0 || total.different > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function learn(name, bytes) {
  const modelFolder = join(folder, name);
  const history = join(folder, `${name}.log`);
  const lines = Math.min(learntLinesMax, Math.ceil(bytes.toString("latin1").split("\n").length / learntPart));
  writeFileSync(history, firstLines(bytes, lines));
  const configuration = join(folder, "oddline.yaml");
  writeFileSync(configuration, `tagAll: true\nstate:\n  seed: ${seed}\n`);
  const model = join(modelFolder, "oddline.model");
  const words = ["refresh", history, "--out", model, "--config", configuration, "--share", share, "--force"];
  const { status, stderr } = spawnSync(process.execPath, [join(root, "dist/bin.js"), ...words], { encoding: "utf8" });
  if (status !== 0) throw new Error(`refresh failed: ${stderr}`);
  return modelFolder;
}

function throughV8(modelFolder, bytes, json) {
  const engine = new Engine(BigInt(seed));
  engine.setTag(shipperTag);
  loadModel(engine, join(modelFolder, "oddline.model"));
  const parts = [];
  for (const block of blocksOf(bytes)) {
    const options = { flags: json ? 0 : batchFlag.text, seconds: BigInt(block.seconds) };
    for (const { output } of engine.tag(block.bytes, options)) parts.push(output);
  }
  return Buffer.concat(parts);
}
