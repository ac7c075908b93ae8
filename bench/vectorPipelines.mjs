// @ts-check
/**
 * Pipelines of a real Vector, with and without Oddline beside it: their configurations, and the CPU seconds they take.
 */
import { spawn } from "node:child_process";
import { createReadStream, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { check, median } from "./corpora.mjs";

export const oddline = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
export const [servePort, sourcePort] = [19800, 19801];

export function serve(model) {
  const child = spawn(
    process.execPath,
    [
      oddline,
      "serve",
      "--model",
      model,
      "--listen",
      `127.0.0.1:${servePort}`,
      "--forward",
      `http://127.0.0.1:${sourcePort}/ingest`,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  return new Promise((resolve, reject) => {
    child.stderr.on("data", (text) => String(text).includes("listening") && resolve(child));
    child.on("exit", (code) => reject(new Error(`oddline serve ended with ${code}`)));
  });
}

export function stop(child) {
  return new Promise((resolve) => {
    child.removeAllListeners("exit");
    child.on("exit", resolve);
    child.kill("SIGTERM");
  });
}

/** User and system, of a process that runs. */
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const head = (data) => `data_dir = "${data}"\n[sources.in]\ntype = "stdin"\n`;
export const blackhole = (input) =>
  `[sinks.end]\ntype = "blackhole"\ninputs = ["${input}"]\nprint_interval_secs = 0\nacknowledgements.enabled = true\n`;
export const remap = (source) => `[transforms.t]\ntype = "remap"\ninputs = ["in"]\nsource = '''${source}'''\n`;
export const lua = (rest) => `[transforms.t]\ntype = "lua"\nversion = "2"\ninputs = ["in"]\n${rest}\n`;
/** Vector's http sink, and its http_server source on `sourcePort`; `port` is Oddline's, or the source's own. */
export const beside = (codec, port = servePort) => {
  const framing = codec === "json" ? 'framing.method = "newline_delimited"' : "";
  return `[sinks.to_oddline]
type = "http"
inputs = ["in"]
uri = "http://127.0.0.1:${port}/${port === servePort ? "v1/transform" : "ingest"}"
encoding.codec = "${codec}"
${framing}
acknowledgements.enabled = true
batch = { max_events = 5000, max_bytes = 4000000, timeout_secs = 0.2 }
request = { concurrency = 8, timeout_secs = 3600 }
[sources.back]
type = "http_server"
address = "127.0.0.1:${sourcePort}"
path = "/ingest"
path_key = ""
decoding.codec = "${codec}"
${framing}
${blackhole("back")}`;
};

function metricOf(text, name) {
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}

/** A pipeline that does not end by itself is done when it has rested for a second. */
async function restedCpu(pid) {
  for (let last = -1, rests = 0; rests < 10; ) {
    await sleep(100);
    const now = cpuSeconds(pid);
    rests = now - last < 0.02 ? rests + 1 : 0;
    if (rests === 0) last = now;
  }
  return cpuSeconds(pid);
}

/**
 * CPU seconds of Vector, and of Oddline beside it. `how` is left out where the pipeline ends with its input.
 * @param {string} folder
 * @param {string} name
 * @param {string} configuration
 * @param {string} [how]
 */
export async function pipelineCpu(folder, name, configuration, corpus, how) {
  const run = join(folder, "run");
  mkdirSync(join(run, "data"), { recursive: true });
  const path = join(run, "vector.toml");
  writeFileSync(path, head(join(run, "data")) + configuration);
  const child = how === "beside" ? await serve(corpus.model) : undefined;
  const ours = child ? cpuSeconds(child.pid) : 0;
  const vector = spawn("vector", ["--quiet", "--graceful-shutdown-limit-secs", "3", "--config", path], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  let said = "";
  vector.stderr.on("data", (text) => (said += text));
  const ended = new Promise((resolve) => vector.on("exit", resolve));
  vector.stdin.on("error", () => {}); // one that refuses its configuration ends, and says why
  createReadStream(corpus.path).pipe(vector.stdin);
  let result;
  if (child) {
    // The http_server source keeps Vector running: done is when all events have gone through.
    for (let waited = 0; ; waited++) {
      check(waited < 240, `${name} does not finish: ${said}`);
      const text = await (await fetch(`http://127.0.0.1:${servePort}/metrics`)).text();
      if (
        metricOf(text, "oddline_transform_events_total") >= corpus.lines &&
        metricOf(text, "oddline_transform_held_requests") === 0
      )
        break;
      await sleep(500); // asking costs, too
    }
    result = { vector: cpuSeconds(vector.pid), oddline: cpuSeconds(child.pid) - ours };
    vector.kill("SIGTERM");
    await ended;
    await stop(child);
  } else if (how === "loop") {
    const cpu = await Promise.race([restedCpu(vector.pid), ended.then(() => -1)]);
    check(cpu >= 0, `${name} ended: ${said}`);
    result = { vector: cpu, oddline: 0 };
    vector.kill("SIGTERM");
    await ended;
  } else {
    let last = 0;
    const timer = setInterval(() => {
      try {
        last = cpuSeconds(vector.pid) || last; // a process that has ended shows none
      } catch {}
    }, 20);
    const code = await ended;
    clearInterval(timer);
    check(code === 0, `${name}: ${said}`);
    result = { vector: last, oddline: 0 };
  }
  return result;
}

/**
 * CPU seconds of each pipeline, in turns.
 * @param {string} folder
 * @param {Record<string, [configuration: string, how?: string]>} pipelines
 * @param {number} rounds
 * @param {() => void} [before] each run
 */
export async function pipelineTimes(folder, pipelines, corpus, rounds, before) {
  /** @type {Record<string, { vector: number; oddline: number; total: number }[]>} */
  const times = Object.fromEntries(Object.keys(pipelines).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, [configuration, how]] of Object.entries(pipelines)) {
      before?.();
      const { vector, oddline: ours } = await pipelineCpu(folder, name, configuration, corpus, how);
      times[name].push({ vector, oddline: ours, total: vector + ours });
    }
  }
  return times;
}

/**
 * A line for each, against the one that is named for `parse_apache_log`.
 * @param {Awaited<ReturnType<typeof pipelineTimes>>} times
 */
export function printTimes(times) {
  const totalOf = (name) => median(times[name].map(({ total }) => total));
  const reference = totalOf(Object.keys(times).find((name) => name.includes("parse_apache_log")) ?? "");
  for (const [name, list] of Object.entries(times)) {
    const all = list.map(({ total }) => total);
    const [theirs, ours] = [median(list.map(({ vector }) => vector)), median(list.map((one) => one.oddline))];
    const share = ours > 0 ? ` (Vector ${theirs.toFixed(2)}, oddline ${ours.toFixed(2)})` : "";
    const spread = `(${Math.min(...all).toFixed(2)}-${Math.max(...all).toFixed(2)})`;
    const against = `${(totalOf(name) / reference).toFixed(2)} x parse_apache_log`;
    console.log(`  ${name.padEnd(26)}${totalOf(name).toFixed(2).padStart(7)} ${spread.padEnd(15)}${against}${share}`);
  }
}

/**
 * CPU seconds of a kind of log through Vector: alone, with its own remap that reads the fields, and with Oddline.
 * @returns {Promise<Record<string, number[]>>}
 */
export async function benchVector(folder, corpus, rounds, ownRemap) {
  /** @type {Record<string, [configuration: string, how?: string]>} */
  const pipelines = {
    "Vector alone": [blackhole("in")],
    "remap, adds a field": [remap(".x = 1") + blackhole("t")],
    "remap, reads the fields": [remap(ownRemap) + blackhole("t")],
    "the two hops, no Oddline": [beside("json", sourcePort), "loop"],
    "Oddline beside": [beside("json"), "beside"],
  };
  const times = await pipelineTimes(folder, pipelines, corpus, rounds);
  return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, list.map(({ total }) => total)]));
}
