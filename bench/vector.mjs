// @ts-check
/**
 * Vector with Oddline: what one worker handles over HTTP and the latency it adds, and the CPU seconds of whole
 * pipelines, in turns in one run so that the ratios hold on a busy machine too. Medians; every answer is checked.
 *   node bench/vector.mjs [--rounds 3] [--lines 500000] [--only http|cpu] [--pipelines "Vector alone;Oddline beside"]
 */
import { spawn, spawnSync } from "node:child_process";
import { createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, createServer, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { check, elasticLog, learn, median } from "./corpora.mjs";

const oddline = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    lines: { type: "string", default: "500000" },
    only: { type: "string" },
    pipelines: { type: "string", default: "" }, // these beside parse_apache_log; "": all
  },
});
const rounds = Number(values.rounds);
const lineCount = Number(values.lines);
const batchLines = 5000;
const [servePort, sourcePort] = [19800, 19801];
const folder = mkdtempSync(join(tmpdir(), "oddline-bench-vector-"));

function serve(model) {
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

function stop(child) {
  return new Promise((resolve) => {
    child.removeAllListeners("exit");
    child.on("exit", resolve);
    child.kill("SIGTERM");
  });
}

/** User and system, of a process that runs. */
function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const agent = new Agent({ keepAlive: true });
function post(body) {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        port: servePort,
        host: "127.0.0.1",
        path: "/v1/transform",
        method: "POST",
        agent,
        headers: { "content-type": "application/x-ndjson", "content-length": body.length },
      },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode));
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

const eventStart = Buffer.from('{"file":');
/** As Vector's file source and JSON encoder write them. */
function batchesOf(log, size) {
  const lines = readFileSync(log, "utf8").trimEnd().split("\n");
  const batches = [];
  for (let at = 0; at + size <= lines.length && batches.length < 60; at += size) {
    const events = lines.slice(at, at + size).map((message, i) =>
      JSON.stringify({
        file: "/var/log/nginx/access.log",
        host: "web-1",
        message,
        source_type: "file",
        timestamp: `2026-11-21T04:00:00.${String(at + i).padStart(9, "0")}Z`,
      }),
    );
    batches.push(Buffer.from(events.join("\n")));
  }
  return batches;
}

async function benchHttp(corpus) {
  let received = 0;
  const sink = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      for (let at = body.indexOf(eventStart); at >= 0; at = body.indexOf(eventStart, at + 1)) received++;
      response.writeHead(200, { "content-length": 0 }).end();
    });
  });
  await new Promise((resolve) => sink.listen(sourcePort, "127.0.0.1", () => resolve(undefined)));
  const child = await serve(corpus.model);
  try {
    const batches = batchesOf(corpus.path, batchLines);
    const rates = [];
    const cpu = [];
    for (let round = 0; round < rounds + 1; round++) {
      received = 0;
      const cpuBefore = cpuSeconds(child.pid);
      const start = performance.now();
      let next = 0;
      // Two senders: while one batch is judged the next one is on its way.
      const send = async () => {
        while (next < batches.length) check((await post(batches[next++])) === 200, "a batch was refused");
      };
      await Promise.all([send(), send()]);
      const seconds = (performance.now() - start) / 1000;
      check(received === batches.length * batchLines, `${received} events came out of ${batches.length * batchLines}`);
      if (round === 0) continue; // warming up
      rates.push(received / seconds);
      cpu.push(received / (cpuSeconds(child.pid) - cpuBefore));
    }
    console.log(
      `\nHTTP, ${corpus.name}: ${batchLines} events a request, the source answers at once, median of ${rounds}`,
    );
    console.log(
      `  one worker, wall clock        ${Math.round(median(rates)).toLocaleString("en").padStart(9)} events/s`,
    );
    console.log(`  per CPU second of oddline     ${Math.round(median(cpu)).toLocaleString("en").padStart(9)} events`);
    await benchLatency(batchesOf(corpus.path, 100));
  } finally {
    await stop(child);
    sink.close();
    sink.closeAllConnections();
  }
}

/** 10,000 events a second in requests of 100; what is beyond the sink's own batching is the time of a request. */
async function benchLatency(batches) {
  const milliseconds = [];
  const waiting = [];
  const start = performance.now();
  for (let i = 0; i < 600; i++) {
    const due = start + i * 10;
    const ahead = due - performance.now();
    if (ahead > 0) await sleep(ahead);
    const sent = performance.now();
    waiting.push(post(batches[i % batches.length]).then(() => milliseconds.push(performance.now() - sent)));
  }
  await Promise.all(waiting);
  milliseconds.sort((a, b) => a - b);
  const at = (share) => milliseconds[Math.floor(milliseconds.length * share)].toFixed(1);
  console.log(
    `  latency at 10,000 events/s    p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${milliseconds.at(-1).toFixed(1)} ms`,
  );
}

const head = (data) => `data_dir = "${data}"\n[sources.in]\ntype = "stdin"\n`;
const blackhole = (input) =>
  `[sinks.end]\ntype = "blackhole"\ninputs = ["${input}"]\nprint_interval_secs = 0\nacknowledgements.enabled = true\n`;
const remap = (source) => `[transforms.t]\ntype = "remap"\ninputs = ["in"]\nsource = '''${source}'''\n`;
const lua = (rest) => `[transforms.t]\ntype = "lua"\nversion = "2"\ninputs = ["in"]\n${rest}\n`;
/** Vector's http sink, and its http_server source on `sourcePort`; `port` is Oddline's, or the source's own. */
const beside = (codec, port = servePort) => {
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

/** CPU seconds of Vector, and of Oddline beside it. `how` is undefined where the pipeline ends with its input. */
async function pipelineCpu(name, configuration, corpus, how) {
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
    result = { vector: await restedCpu(vector.pid), oddline: 0 };
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

async function benchCpu(corpus) {
  if (spawnSync("vector", ["--version"]).status !== 0) return console.warn("\nVector: left out, vector is not on PATH");
  const library = join(folder, "library");
  const built = spawnSync(process.execPath, [oddline, "vector-module", "--out", library], { encoding: "utf8" });
  const pass = 'hooks.process = "function (event, emit) emit(event) end"';
  const inside = `search_dirs = ["${library}"]\nhooks.process = "require('oddline').process('${join(corpus.model, "..")}')"`;
  const pipelines = {
    "Vector alone": [blackhole("in")],
    "remap adding a field": [remap(".x = 1") + blackhole("t")],
    "remap, parse_apache_log": [remap('.parsed = parse_apache_log(.message, "combined") ?? {}') + blackhole("t")],
    "Lua that passes events": [lua(pass) + blackhole("t")],
    "the two hops, no Oddline": [beside("json", sourcePort), "loop"],
    "Oddline beside": [beside("json"), "beside"],
    "the hops, native": [beside("native", sourcePort), "loop"],
    "Oddline beside, native": [beside("native"), "beside"],
  };
  if (built.status === 0) pipelines["Oddline inside"] = [lua(inside) + blackhole("t")];
  else console.warn(`inside: left out\n${built.stderr}`);
  for (const name of Object.keys(pipelines)) {
    const isWanted = values.pipelines === "" || values.pipelines.split(";").includes(name);
    if (!isWanted && !name.includes("parse_apache_log")) delete pipelines[name];
  }
  /** @type {Record<string, { vector: number; oddline: number }[]>} */
  const times = Object.fromEntries(Object.keys(pipelines).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, [configuration, how]] of Object.entries(pipelines)) {
      times[name].push(await pipelineCpu(name, configuration, corpus, how));
    }
  }
  const total = (name) => median(times[name].map(({ vector, oddline: ours }) => vector + ours));
  console.log(`\nVector, ${corpus.name}: ${corpus.lines} lines from standard input, CPU seconds, median of ${rounds}`);
  for (const [name, list] of Object.entries(times)) {
    const all = list.map(({ vector, oddline: ours }) => vector + ours);
    const ours = median(list.map((one) => one.oddline));
    const share =
      ours > 0 ? ` (Vector ${median(list.map((one) => one.vector)).toFixed(2)}, oddline ${ours.toFixed(2)})` : "";
    const spread = `(${Math.min(...all).toFixed(2)}-${Math.max(...all).toFixed(2)})`;
    console.log(
      `  ${name.padEnd(26)}${total(name).toFixed(2).padStart(7)} ${spread.padEnd(15)}${(total(name) / total("remap, parse_apache_log")).toFixed(2)} x parse_apache_log${share}`,
    );
  }
}

try {
  const corpus = elasticLog(folder, lineCount);
  check(corpus !== undefined, "the log is missing");
  learn(corpus);
  if (values.only !== "cpu") await benchHttp(corpus);
  if (values.only !== "http") await benchCpu(corpus);
} finally {
  agent.destroy();
  rmSync(folder, { recursive: true, force: true });
}
