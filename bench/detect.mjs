// @ts-check
/**
 * A million entries in one POST to /detect-error-anomalies, from a client that reads its answer slowly: how much memory
 * the server holds meanwhile, how fast it is, and that every entry got its result.
 *   node bench/detect.mjs [--entries 1000000] [--rate 20] (MB of results read a second; 0 = as fast as they come)
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { check } from "./corpora.mjs";

const { values } = parseArgs({
  options: { entries: { type: "string", default: "1000000" }, rate: { type: "string", default: "20" } },
});
const entries = Number(values.entries);
const bytesPerSecond = Number(values.rate) * 1e6;
const blockEntries = 1000;

const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const server = spawn(process.execPath, [bin, "serve", "--listen", "127.0.0.1:0"], {
  stdio: ["ignore", "ignore", "pipe"],
});
try {
  const [said] = await once(server.stderr, "data");
  const port = Number(/listening on 127\.0\.0\.1:(\d+)/.exec(said.toString())?.[1]);
  await post(port, 10_000); // what a first request reserves is not growth
  const before = residentMiB();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, residentMiB());
  }, 50);
  const started = performance.now();
  const { results, alerts } = await post(port, entries);
  const seconds = (performance.now() - started) / 1000;
  clearInterval(timer);
  check(results === entries, `${results} results for ${entries} entries`);
  check(alerts > 0, "no alert at all");
  console.log(
    `${entries} entries in ${seconds.toFixed(1)} s (${Math.round(entries / seconds)} a second); ` +
      `resident ${before.toFixed(0)} MiB before, ${most.toFixed(0)} MiB at most, ${residentMiB().toFixed(0)} MiB after`,
  );
} finally {
  server.kill("SIGTERM");
}

async function post(port, count) {
  const request = httpRequest({ port, method: "POST", path: "/detect-error-anomalies?results=all", agent: false });
  request.flushHeaders();
  const [response] = await once(request, "response");
  const reading = read(response);
  for (let i = 0; i < count; i += blockEntries) {
    if (!request.write(block(i, Math.min(count, i + blockEntries)))) await once(request, "drain");
  }
  request.end();
  return reading;
}

async function read(response) {
  const started = performance.now();
  let bytes = 0;
  let results = 0;
  let alerts = 0;
  for await (const part of response) {
    bytes += part.length;
    for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, at + 1)) results++;
    if (part.includes("HIGH_ERROR_RATE")) alerts++;
    const aheadSeconds = bytesPerSecond > 0 ? bytes / bytesPerSecond - (performance.now() - started) / 1000 : 0;
    if (aheadSeconds > 0.01) await sleep(aheadSeconds * 1000);
  }
  return { results, alerts };
}

function block(from, to) {
  const lines = [];
  for (let i = from; i < to; i++) {
    const timestamp = 1_795_000_000 + Math.floor(i / 500);
    const isError = i % 97 === 0 || (i % 40_000 > 30_000 && i % 200 === 7);
    lines.push(
      `{"timestamp":${timestamp},"ipAddress":"10.0.${i % 200}.7","apiEndpoint":"/cart","message":"GET /cart","isError":${isError}}\n`,
    );
  }
  return lines.join("");
}

function residentMiB() {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))?.[1]) / 1024;
}
