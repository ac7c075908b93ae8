/**
 * The same lines through `oddline tag`, Fluent Bit, Vector with Oddline beside it (one worker) and Vector with Oddline
 * inside; what each made of every line comes back. Times are pinned: each line is shipped as {"at": time, "log": line},
 * the shippers take the time of the event from `at`, `oddline tag` and `oddline serve` get it as --time. A seed of the
 * hashes is the model's: which news a full table forgets depends on it.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FluentBit } from "./fluentBit.js";
import { besideBlocks, freePort, startServe, startVector, waitForLines } from "./vector.js";

/**
 * Of no line's own time: what is near its arrival is judged as it comes in, everything else as a log that is read
 * later.
 */
export const arrival = "2026-11-25T04:00:00Z";
const oddline = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));
const filter = fileURLToPath(new URL("../../build/oddline.wasm", import.meta.url));
const waitSeconds = 90;

export interface Judged {
  line: string;
  anomaly: Record<string, unknown> | undefined;
}
export type Way = (lines: string[], modelFolder: string, folder: string) => Promise<Judged[]>;

export const tag: Way = async (lines, modelFolder, folder) => {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "records.ndjson");
  writeFileSync(path, lines.map((log) => `${JSON.stringify({ log })}\n`).join(""));
  const model = join(modelFolder, "oddline.model");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [oddline, "tag", path, "--model", model, "--time", arrival],
    { encoding: "utf8", maxBuffer: 1 << 30 },
  );
  if (status !== 0) throw new Error(stderr);
  return judgedOf(stdout.split("\n").slice(0, -1), "log");
};

export const fluentBit: Way = async (lines, modelFolder, folder) => {
  mkdirSync(folder, { recursive: true });
  const log = writeLog(folder, lines);
  const shipper = new FluentBit(folder, { wasm: filter, log, modelFolder, parseJson: true, timeKey: "at" });
  try {
    await shipper.waitForRecords(lines.length, waitSeconds);
  } finally {
    await shipper.stop();
  }
  return judgedOf(readFileSync(shipper.outputPath, "utf8").split("\n").slice(0, -1), "log");
};

export const beside: Way = async (lines, modelFolder, folder) => {
  const [port, sourcePort] = [await freePort(), await freePort()];
  const model = join(modelFolder, "oddline.model");
  const serve = startServe(port, sourcePort, "--model", model, "--time", arrival);
  try {
    const blocks = besideBlocks({ codec: "json", input: "undated", output: "judged", port, sourcePort });
    return await throughVector(lines, folder, undated + blocks);
  } finally {
    await serve.stop();
  }
};

/** The pinned time reaches the server as --time; in the record it would date the lines that have no time. */
const undated = `[transforms.undated]
type = "remap"
inputs = ["pinned"]
source = "del(.timestamp)"
`;

/** `library` is what `oddline vector-module` has built. */
export function inside(library: string): Way {
  return (lines, modelFolder, folder) =>
    throughVector(
      lines,
      folder,
      `[transforms.judged]
type = "lua"
version = "2"
inputs = ["pinned"]
search_dirs = ["${library}"]
hooks.process = "require('oddline').process('${modelFolder}')"`,
    );
}

/** `blocks` lead from `pinned` to `judged`. */
async function throughVector(lines: string[], folder: string, blocks: string): Promise<Judged[]> {
  mkdirSync(folder, { recursive: true });
  const log = writeLog(folder, lines);
  const out = join(folder, "out.ndjson");
  const vector = startVector(
    folder,
    `[sources.app]
type = "file"
include = ["${log}"]
max_line_bytes = 8388608
[transforms.pinned]
type = "remap"
inputs = ["app"]
source = '''
read = object!(parse_json!(string!(.message)))
.message = read.log
.timestamp = parse_timestamp!(string!(read.at), format: "%+")
'''
${blocks}
[sinks.out]
type = "file"
inputs = ["judged"]
path = "${out}"
encoding.codec = "json"
acknowledgements.enabled = true
`,
  );
  try {
    return judgedOf(await waitForLines(out, lines.length, waitSeconds, () => vector.said), "message");
  } finally {
    await vector.stop();
  }
}

function writeLog(folder: string, lines: string[]): string {
  const path = join(folder, "app.log");
  writeFileSync(path, lines.map((log) => `${JSON.stringify({ at: arrival, log })}\n`).join(""));
  return path;
}

function judgedOf(records: string[], messageField: string): Judged[] {
  return records.map((record) => {
    const { [messageField]: line, anomaly } = JSON.parse(record);
    return { line, anomaly };
  });
}
