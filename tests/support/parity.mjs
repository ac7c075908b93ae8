/**
 * The same records at the same times through a real Fluent Bit (WAMR's interpreter) and through V8, verdict for
 * verdict. They come in over Fluent Bit's `forward` input: it passes a record's time on and has none of `tail`'s limits
 * on a line, so that both sides judge the same bytes at the same second. Threaded, because Fluent Bit 5.1.1 loses what
 * comes through a `forward` input that is not ("native stack overflow", with any WASM filter). Every event is tagged.
 */
import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { ForwardClient } from "./forward.mjs";
import { until } from "./waiting.mjs";

const filter = fileURLToPath(new URL("../../build/oddline.wasm", import.meta.url));
const startSeconds = 20;
const idleSeconds = 30;
/** So many are under way at most: a threaded input that gets far ahead of its output stalls. */
const recordsAhead = 20_000;
const newline = 0x0a;
/** What has no key of its own is counted by it, on both sides. */
export const shipperTag = "parity.test";
/** So many lines arrive together, and the next so much later: buckets close, alerts end, muted news comes up again. */
const blockLines = 200;
const blockSeconds = 30;
/** After the lines' own times, before now: what is dated ahead of its arrival counts when it arrives. */
const firstSecond = 1_795_300_000;

/** Every log of the evaluation data; of an archive the files in it, one after another. */
export function evaluationLogs(folder) {
  const logs = [];
  for (const group of readdirSync(folder).sort()) {
    if (!statSync(join(folder, group)).isDirectory()) continue;
    for (const file of readdirSync(join(folder, group)).sort()) {
      const read = () => readFileSync(join(folder, group, file));
      if (file.endsWith(".tar.gz")) logs.push({ name: `${group}/${file}`, read: () => filesOfTar(gunzipSync(read())) });
      else if (file.endsWith(".gz")) logs.push({ name: `${group}/${file}`, read: () => gunzipSync(read()) });
      else logs.push({ name: `${group}/${file}`, read });
    }
  }
  return logs;
}

/** Contents of the regular files of a ustar archive, each ended by a newline. */
function filesOfTar(tar) {
  const parts = [];
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const bytes = Number.parseInt(tar.toString("latin1", at + 124, at + 136), 8);
    const type = tar[at + 156];
    if (type === 0 || type === 0x30) parts.push(tar.subarray(at + 512, at + 512 + bytes), Buffer.from("\n"));
    at += 512 + Math.ceil(bytes / 512) * 512;
  }
  return Buffer.concat(parts);
}

/** The first `count` lines. */
export function firstLines(bytes, count) {
  let end = 0;
  for (let i = 0; i < count; i++) {
    const at = bytes.indexOf(newline, end);
    if (at < 0) return bytes;
    end = at + 1;
  }
  return bytes.subarray(0, end);
}

/** The lines in the blocks that arrive together. */
export function* blocksOf(bytes) {
  let seconds = firstSecond;
  for (let start = 0; start < bytes.length; seconds += blockSeconds) {
    const block = firstLines(bytes.subarray(start), blockLines);
    yield { bytes: block, seconds };
    start += block.length;
  }
}

function* linesOf(bytes) {
  for (let start = 0; start < bytes.length; ) {
    const at = bytes.indexOf(newline, start);
    const end = at < 0 ? bytes.length : at;
    yield bytes.subarray(start, end);
    start = end + 1;
  }
}

/** What `tail` makes of a line: its carriage return goes. */
const asText = (line) => ({ log: line.at(-1) === 0x0d ? line.subarray(0, -1) : line });

/** What `tail` with the JSON parser makes of a line that is one object. */
function asRecord(line) {
  if (line[0] !== 0x7b) return asText(line);
  try {
    return JSON.parse(line.toString("utf8"));
  } catch {
    return asText(line);
  }
}

/** Through a Fluent Bit of its own; resolves to what it wrote, one record a line. `folder` is the run's own. */
export async function throughFluentBit({ folder, modelFolder, bytes, json = false }) {
  mkdirSync(folder, { recursive: true });
  const output = join(folder, "records.ndjson");
  const port = await freePort();
  writeFileSync(join(folder, "run.conf"), configuration(folder, modelFolder, port));
  const child = spawn("fluent-bit", ["--quiet", "--config", join(folder, "run.conf")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const written = new Output(output);
  /** @type {ForwardClient | undefined} */
  let client;
  try {
    client = await connected(port, child);
    let records = 0;
    for (const block of blocksOf(bytes)) {
      const events = [...linesOf(block.bytes)].map(json ? asRecord : asText);
      await client.send(shipperTag, block.seconds, events);
      records += events.length;
      await written.reach(records - recordsAhead);
    }
    await written.reach(records);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${said.slice(-2000)}`);
  } finally {
    client?.close();
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
    await ended;
    clearTimeout(timer);
  }
  if (!/\[oddline\] model [0-9a-f]{8} loaded/.test(said)) throw new Error(`the filter has no model:\n${said}`);
  return readFileSync(output);
}

/** @returns {Promise<ForwardClient>} */
async function connected(port, child) {
  let client;
  const isThere = async () => {
    client = await ForwardClient.connect(port).catch((error) => {
      if (child.exitCode !== null) throw error;
    });
    return client;
  };
  await until(isThere, "a connection", startSeconds);
  return /** @type {ForwardClient} */ (/** @type {unknown} */ (client));
}

/** Counts the lines of a file that grows. */
class Output {
  lines = 0;
  #bytes = 0;
  #chunk = Buffer.alloc(1 << 20);

  constructor(path) {
    this.path = path;
  }

  /** Resolves once so many lines are there; rejects when the file stops growing before. */
  async reach(count) {
    while (this.lines < count)
      await until(
        () => this.#read() > 0,
        () => `${this.lines} of ${count} records came out`,
        idleSeconds,
      );
  }

  #read() {
    if (!existsSync(this.path)) return 0;
    const file = openSync(this.path, "r");
    const got = readSync(file, this.#chunk, 0, this.#chunk.length, this.#bytes);
    closeSync(file);
    const read = this.#chunk.subarray(0, got);
    for (let at = read.indexOf(newline); at >= 0; at = read.indexOf(newline, at + 1)) this.lines++;
    this.#bytes += got;
    return got;
  }
}

function configuration(folder, modelFolder, port) {
  return `[SERVICE]
    Flush 0.2
    Grace 2
    Log_Level warn
[INPUT]
    Name forward
    Listen 127.0.0.1
    Port ${port}
    Threaded On
    Buffer_Chunk_Size 1M
    Buffer_Max_Size 64M
[FILTER]
    Name wasm
    Match *
    Wasm_Path ${filter}
    Function_Name oddline_filter
    Accessible_Paths ${modelFolder}
[OUTPUT]
    Name file
    Match *
    Path ${folder}
    File records.ndjson
    Format plain
`;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/**
 * Compares record for record: the verdict always, the rest of a text's record too (numbers of a JSON record pass
 * Fluent Bit's own formatting). `examples` holds the first few that differ.
 * @param {Buffer} fromFluentBit
 * @param {Buffer} fromV8
 */
export function compareVerdicts(fromFluentBit, fromV8, { whole = true } = {}) {
  const result = {
    records: 0,
    different: 0,
    tagged: 0,
    /** @type {Record<string, number>} */
    types: {},
    /** @type {Record<string, number>} */
    states: {},
    /** @type {{ record: number; fluentBit: unknown; v8: unknown }[]} */
    examples: [],
  };
  const others = linesOf(fromV8);
  for (const line of linesOf(fromFluentBit)) {
    const other = others.next().value;
    if (other === undefined) throw new Error(`V8 gave ${result.records} records, Fluent Bit more`);
    const theirs = JSON.parse(line.toString("utf8"));
    if (theirs.anomaly === undefined)
      throw new Error(`record ${result.records} came out of Fluent Bit without a verdict`);
    count(result, theirs.anomaly);
    result.records++;
    if (line.equals(other)) continue;
    const ours = JSON.parse(other.toString("utf8"));
    const show = whole ? (record) => record : (record) => record.anomaly;
    if (JSON.stringify(show(theirs)) === JSON.stringify(show(ours))) continue;
    result.different++;
    if (result.examples.length < 3) {
      result.examples.push({ record: result.records - 1, fluentBit: theirs.anomaly, v8: ours.anomaly });
    }
  }
  if (!others.next().done) throw new Error(`Fluent Bit gave ${result.records} records, V8 more`);
  return result;
}

function count(result, { score, type, state }) {
  if (score > 1) {
    result.tagged++;
    result.types[type] = (result.types[type] ?? 0) + 1;
  }
  result.states[state] = (result.states[state] ?? 0) + 1;
}
