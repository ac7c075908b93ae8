// @ts-check
/** The logs that are measured, each with its model: an ordinary one, one that no cache helps with, and other kinds. */
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { learn as learnStore } from "#host/learn/refresh.js";
import { SignatureStore } from "#host/signatures/signatureStore.js";
import { Engine } from "#host/wasm/engine.js";
import { hostileChunks } from "../tests/support/hostile.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
/** Folder of the evaluation data, which is not part of the repository. */
export const data = resolve(root, process.env.ODDLINE_DATA ?? "../shared/data");

/** A real Apache log; it is not part of the repository. */
export function elasticLog(folder, lines) {
  const source = join(data, "web/apache_elastic_10k.log.gz");
  if (!existsSync(source)) {
    console.warn(`left out: ${source} is missing (ODDLINE_DATA names the folder that has web/)`);
    return undefined;
  }
  const bytes = gunzipSync(readFileSync(source));
  const path = join(folder, "elastic.log");
  const file = openSync(path, "w");
  for (let written = 0; written < lines; written += 10_000) writeSync(file, bytes);
  closeSync(file);
  return {
    name: "elastic",
    path,
    lines: Math.ceil(lines / 10_000) * 10_000,
    learnFrom: 6000,
    model: join(folder, "elastic/oddline.model"),
  };
}

/** Lines of a packed log of the data folder, a character a byte. */
export function linesOf(name) {
  return gunzipSync(readFileSync(join(data, name)))
    .toString("latin1")
    .trimEnd()
    .split("\n");
}

export function bytesOf(lines) {
  return Buffer.from(`${lines.join("\n")}\n`, "latin1");
}

/** What `oddline refresh` learns of these lines by default. */
export function modelOf(lines, seconds) {
  const engine = new Engine();
  const store = new SignatureStore();
  for (const { records } of engine.signatures(bytesOf(lines), { flags: 0, seconds })) store.addRecords(records);
  /** @type {import("#host/learn/refresh.js").LearnOptions} */
  const options = { share: 0.001, eps: 0.5, minSamples: 20, ageSecondsMax: 0, embedder: "builtin", given: new Map() };
  return learnStore(engine, store, options).model;
}

/**
 * What the filter tags in these lines by the model of others.
 * @param {string[]} learnt
 * @param {string[]} judged
 * @param {bigint} seconds when they arrive
 * @returns {{ anomaly: { type: string, score: number, severity: string, reason: string }, log: string }[]}
 */
export function taggedOf(learnt, judged, seconds) {
  const filter = new Engine();
  filter.useModel(modelOf(learnt, seconds), "learnt");
  const outputs = [...filter.tag(bytesOf(judged), { flags: 0, seconds })].map(({ output }) => output);
  const records = Buffer.concat(outputs).toString("latin1").trimEnd().split("\n");
  check(records.length === judged.length, `${records.length} records for ${judged.length} lines`);
  return records.filter((record) => record.includes('"anomaly":{"score"')).map((record) => JSON.parse(record));
}

export function hostileLog(folder, lines) {
  const path = join(folder, "hostile.log");
  const file = openSync(path, "w");
  for (const chunk of hostileChunks(lines, 1)) writeSync(file, chunk);
  closeSync(file);
  return { name: "hostile", path, lines, learnFrom: 20_000, model: join(folder, "hostile/oddline.model") };
}

/** Learns from the corpus's first lines only, so that what follows is not all known. */
export function learn(corpus, checkout = root) {
  const bytes = readFileSync(corpus.path);
  let end = 0;
  for (let i = 0; i < corpus.learnFrom && end < bytes.length; i++) end = bytes.indexOf(10, end) + 1;
  const first = `${corpus.path}.first`;
  writeFileSync(first, bytes.subarray(0, end));
  const { status, stderr } = spawnSync(process.execPath, [
    join(checkout, "dist/bin.js"),
    "refresh",
    first,
    "--force", // a thousand lines are few
    ...["--max-alert-share", "1"],
    "--out",
    corpus.model,
  ]);
  if (status !== 0) throw new Error(`refresh failed: ${stderr}`);
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

export function check(condition, what) {
  if (!condition) throw new Error(`wrong answer: ${what}`);
}
