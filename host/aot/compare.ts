/**
 * The same records through a real Fluent Bit, judged by the interpreted filter and by the compiled one: every byte that
 * comes out must be the same.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseConfiguration } from "../config/configuration.js";
import { defaultShare } from "../learn/calibrate.js";
import { learn } from "../learn/refresh.js";
import { decodeSections } from "../model/modelFile.js";
import { reconfigure } from "../model/reconfigure.js";
import { SignatureStore } from "../signatures/signatureStore.js";
import { Engine } from "../wasm/engine.js";
import { wasmUrl } from "../wasm/exports.js";
import { type Compiled, ownTarget, problem, type Target } from "./compiler.js";
import { history, historySeconds, sampleRecords } from "./sample.js";

/** Of a program that somebody waits for. */
const runSecondsMax = 120;
/** Every record carries its verdict; hashes come out the same in both runs. */
const configuration = "tagAll: true\nstate:\n  seed: 20261121\n";

/** Which Fluent Bit agreed on how many records, or why none was asked. */
export type Comparison = { fluentBit: string; records: number } | { why: string };

/** Throws where a Fluent Bit refuses the file, or gives other verdicts with it. */
export function compareVerdicts({ bytes, version }: Compiled, target: Target): Comparison {
  if (target !== ownTarget) return { why: `this machine is no ${target}` };
  const fluentBit = fluentBitRelease();
  if (fluentBit === undefined) return { why: "fluent-bit is not on PATH" };
  const folder = mkdtempSync(join(tmpdir(), "oddline-aot-"));
  try {
    const records = sampleRecords();
    writeSample(folder, records);
    const interpreted = run(folder, "interpreted", fileURLToPath(wasmUrl));
    // not the file's fault: a Fluent Bit without WASM, say
    if (interpreted.lines.length !== records.length)
      return { why: `Fluent Bit ${fluentBit} does not run the interpreted filter: ${interpreted.error}` };
    const file = join(folder, "oddline.aot");
    writeFileSync(file, bytes);
    const compiled = run(folder, "compiled", file);
    if (compiled.lines.length === 0) {
      const expected = `a Fluent Bit that loads AOT version ${version}`;
      const remedy = "use a compiler of the WAMR release that this Fluent Bit has (docs/aot.md)";
      throw problem("AOT_NOT_LOADED", `Fluent Bit ${fluentBit}`, expected, compiled.error, remedy);
    }
    const at = interpreted.lines.findIndex((line, i) => line !== compiled.lines[i]);
    if (at >= 0) throw different(fluentBit, records[at], interpreted.lines[at], compiled.lines[at]);
    return { fluentBit, records: records.length };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function different(fluentBit: string, record: string, expected: string, found = "no record"): Error {
  const remedy = "nothing was written; use the interpreted filter, and report this with the compiler's release";
  return problem("AOT_DIFFERS", `Fluent Bit ${fluentBit}, record ${record}`, expected, found, remedy);
}

function fluentBitRelease(): string | undefined {
  const { status, stdout } = spawnSync("fluent-bit", ["--version"], { encoding: "utf8", timeout: 20_000 });
  return status === 0 ? (/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? "of unknown version") : undefined;
}

function writeSample(folder: string, records: string[]): void {
  mkdirSync(join(folder, "model"));
  writeFileSync(join(folder, "model/oddline.model"), sampleModel());
  writeFileSync(join(folder, "sample.log"), `${records.join("\n")}\n`);
  const parser =
    "[PARSER]\n    Name sample\n    Format json\n    Time_Key arrived\n    Time_Format %Y-%m-%dT%H:%M:%SZ\n";
  writeFileSync(join(folder, "parsers.conf"), parser);
}

function sampleModel(): Uint8Array {
  const engine = new Engine();
  const store = new SignatureStore();
  const lines = Buffer.from(`${history().join("\n")}\n`);
  const arrival = { flags: 0, seconds: BigInt(historySeconds) };
  for (const { records } of engine.signatures(lines, arrival)) store.addRecords(records);
  const options = { share: defaultShare, eps: 0.5, minSamples: 20, ageSecondsMax: 0, given: new Map() };
  const { model } = learn(engine, store, { ...options, embedder: "builtin" });
  const settings = parseConfiguration(configuration, "sample").configuration;
  return reconfigure(engine, decodeSections(model), settings, "sample");
}

interface Run {
  lines: string[];
  error: string;
}

function run(folder: string, name: string, filter: string): Run {
  const path = join(folder, `${name}.conf`);
  writeFileSync(path, pipeline(folder, name, filter));
  const { error, status, stderr } = spawnSync("fluent-bit", ["--quiet", "--config", path], {
    encoding: "utf8",
    timeout: runSecondsMax * 1000,
    maxBuffer: 16 << 20,
  });
  const output = join(folder, `${name}.ndjson`);
  const lines = existsSync(output) ? readFileSync(output, "utf8").trimEnd().split("\n") : [];
  const said = stderr.split("\n").find((line) => line.includes("error"));
  return { lines, error: said?.replace(/^.*?\[error\] */, "") ?? error?.message ?? `exit code ${status}` };
}

const pipeline = (folder: string, name: string, filter: string) => `
[SERVICE]
    Flush 0.2
    Grace 2
    Log_Level warn
    Parsers_File ${join(folder, "parsers.conf")}
[INPUT]
    Name tail
    Tag sample
    Path ${join(folder, "sample.log")}
    Parser sample
    Read_from_Head On
    Exit_On_Eof On
[FILTER]
    Name wasm
    Match sample
    Wasm_Path ${filter}
    Function_Name oddline_filter
    Accessible_Paths ${join(folder, "model")}
[OUTPUT]
    Name file
    Match sample
    Path ${folder}
    File ${name}.ndjson
    Format plain
`;
