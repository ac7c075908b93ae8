// @ts-check
/**
 * Vector with Oddline: what one worker handles over HTTP and the latency it adds, and the CPU seconds of whole
 * pipelines, in turns in one run so that the ratios hold on a busy machine too. Medians; every answer is checked.
 *   node bench/vector.mjs [--rounds 3] [--lines 500000] [--only http|cpu] [--pipelines "Vector alone;Oddline beside"]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, createServer, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { check, elasticLog, learn, median } from "./corpora.mjs";
import {
  beside,
  blackhole,
  cpuSeconds,
  lua,
  oddline,
  pipelineTimes,
  printTimes,
  remap,
  serve,
  servePort,
  sourcePort,
  stop,
} from "./vectorPipelines.mjs";

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
const folder = mkdtempSync(join(tmpdir(), "oddline-bench-vector-"));

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

async function benchCpu(corpus) {
  if (spawnSync("vector", ["--version"]).status !== 0) return console.warn("\nVector: left out, vector is not on PATH");
  const library = join(folder, "library");
  const built = spawnSync(process.execPath, [oddline, "vector-module", "--out", library], { encoding: "utf8" });
  const pass = 'hooks.process = "function (event, emit) emit(event) end"';
  const inside = `search_dirs = ["${library}"]\nhooks.process = "require('oddline').process('${join(corpus.model, "..")}')"`;
  /** @type {Record<string, [configuration: string, how?: string]>} */
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
  const times = await pipelineTimes(folder, pipelines, corpus, rounds);
  console.log(`\nVector, ${corpus.name}: ${corpus.lines} lines from standard input, CPU seconds, median of ${rounds}`);
  printTimes(times);
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
