/**
 * The interpreter inside a real Fluent Bit and V8 give the same verdicts on a sample of every file of the evaluation
 * data, line for line, score, reason and state. All of every file: bench/parity.mjs.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadModel } from "../../host/model/modelFile.js";
import { batchFlag, Engine } from "../../host/wasm/engine.js";
import { oddline } from "../support/cli.js";
import { dataFile } from "../support/data.js";
import { hostileChunks } from "../support/hostile.mjs";
import {
  blocksOf,
  compareVerdicts,
  evaluationLogs,
  firstLines,
  shipperTag,
  throughFluentBit,
} from "../support/parity.mjs";
import { hasShipper } from "../support/shippers.js";

const data = dataFile(".");
const linesPerLog = 600;
/** Of each log this part teaches, so that the rest is not all known. */
const learntLines = 300;
const seed = 20261121;

describe.skipIf(!hasShipper("fluent-bit"))("verdicts in Fluent Bit and in V8", () => {
  const folder = mkdtempSync(join(tmpdir(), "oddline-parity-"));
  const modelFolder = join(folder, "model");
  let sample: Buffer;

  beforeAll(async () => {
    const hostile = Buffer.concat([...hostileChunks(4000, 11)]);
    const logs = data === undefined ? [] : evaluationLogs(data).map((log) => log.read());
    sample = Buffer.concat([hostile, ...logs.map((bytes) => ended(firstLines(bytes, linesPerLog)))]);
    const history = join(folder, "history.log");
    writeFileSync(history, Buffer.concat([hostile, ...logs].map((bytes) => ended(firstLines(bytes, learntLines)))));
    writeFileSync(join(folder, "oddline.yaml"), `tagAll: true\nstate:\n  seed: ${seed}\n`);
    const words = ["--out", join(modelFolder, "oddline.model"), "--config", join(folder, "oddline.yaml")];
    const { code, err } = await oddline("refresh", history, ...words, "--share", "0.01", "--force");
    expect(code, err).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  for (const json of [false, true]) {
    it(`are the same, JSON lines as ${json ? "records" : "text"}`, async () => {
      const run = { folder: join(folder, `json-${json}`), modelFolder, bytes: sample, json };
      const result = compareVerdicts(await throughFluentBit(run), throughV8(json), { whole: !json });
      console.info(`${result.records} records, ${JSON.stringify(result.types)}, ${JSON.stringify(result.states)}`);
      expect(result.examples).toEqual([]);
      expect(result.different).toBe(0);
      expect(result.records).toBeGreaterThan(data === undefined ? 3999 : 25_000);
      const kinds = data === undefined ? ["novelty"] : ["novelty", "outlier", "keyword", "error_rate", "traffic"];
      expect(Object.keys(result.types)).toEqual(expect.arrayContaining(kinds));
    });
  }

  function throughV8(json: boolean): Buffer {
    const engine = new Engine(BigInt(seed));
    engine.setTag(shipperTag);
    loadModel(engine, join(modelFolder, "oddline.model"));
    const parts: Uint8Array[] = [];
    for (const { bytes, seconds } of blocksOf(sample)) {
      const options = { flags: json ? 0 : batchFlag.text, seconds: BigInt(seconds) };
      for (const { output } of engine.tag(bytes, options)) parts.push(output);
    }
    return Buffer.concat(parts);
  }
});

function ended(bytes: Buffer): Buffer {
  return bytes.at(-1) === 0x0a ? bytes : Buffer.concat([bytes, Buffer.from("\n")]);
}
