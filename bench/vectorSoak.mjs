// @ts-check
/**
 * Whether anything is lost: a million events through vector.toml into a Loki that refuses (500, 429) and dawdles for a
 * while, with Oddline killed twenty times and Vector twenty times on the way. Every event must arrive; those that come
 * twice are counted. Ends with 1 where one is missing.
 *   node bench/vectorSoak.mjs [--events 1000000] [--kills 20]
 */
import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "1000000" },
    kills: { type: "string", default: "20" },
    only: { type: "string" }, // kill just oddline, or just vector
    buffer: { type: "string", default: "as shipped" }, // or disk
  },
});
const events = Number(values.events);
const kills = Number(values.kills);
const [servePort, sourcePort, lokiPort] = [19810, 19811, 19812];
const oddline = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "oddline-soak-"));
const log = join(folder, "app.log");
const killEverySeconds = 4;
const idleSecondsMax = 90;

const seen = new Uint8Array(events);
let distinct = 0;
let copies = 0;
const refused = { 500: 0, 429: 0 };
let mood = "well";

/** Takes pushes as JSON; a refused one has stored nothing. */
const loki = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", async () => {
    if (request.method !== "POST") return response.writeHead(200).end("ready");
    if (mood === "slow") await sleep(1000);
    if (mood === "500" || mood === "429") {
      refused[mood]++;
      return response.writeHead(Number(mood)).end();
    }
    for (const { values: lines } of JSON.parse(Buffer.concat(parts).toString("utf8")).streams) {
      for (const [, line] of lines) {
        const number = Number(/^order (\d+) was packed$/.exec(line)?.[1] ?? Number.NaN);
        if (!(number < events)) throw new Error(`a line that nobody wrote: ${line}`);
        if (seen[number]++ === 0) distinct++;
        else copies++;
        if (seen[number] === 255) seen[number] = 254;
      }
    }
    response.writeHead(204).end();
  });
});

function configuration() {
  const text = readFileSync(new URL("../vector.toml", import.meta.url), "utf8")
    .replace("/var/log/nginx/access.log", log)
    .replace("/var/lib/vector", join(folder, "data"))
    .replaceAll("127.0.0.1:9800", `127.0.0.1:${servePort}`)
    .replaceAll("127.0.0.1:9801", `127.0.0.1:${sourcePort}`)
    .replace("http://127.0.0.1:3100", `http://127.0.0.1:${lokiPort}`)
    .replace('encoding.codec = "text"', 'encoding.codec = "text"\ncompression = "none"');
  const buffer = 'buffer = { type = "disk", max_size = 268435488, when_full = "block" }';
  const path = join(folder, "vector.toml");
  mkdirSync(join(folder, "data"));
  writeFileSync(path, values.buffer === "disk" ? text.replace(/^buffer = .*$/m, buffer) : text);
  return path;
}

/** Kept running: whenever it is killed it is started again a second later, as a supervisor would. */
class Kept {
  constructor(program, args) {
    this.program = program;
    this.args = args;
    this.stopping = false;
    this.start();
  }

  start() {
    const child = spawn(this.program, this.args, { stdio: "ignore" });
    this.child = child;
    child.on("exit", () => {
      if (!this.stopping) this.timer = setTimeout(() => this.start(), 1000);
    });
  }

  kill() {
    this.child?.kill("SIGKILL");
  }

  async stop() {
    this.stopping = true;
    clearTimeout(this.timer);
    this.child?.kill("SIGKILL");
  }
}

async function write() {
  const rows = 2000;
  for (let number = 0; number < events; number += rows) {
    let text = "";
    for (let n = number; n < Math.min(number + rows, events); n++) text += `order ${n} was packed\n`;
    appendFileSync(log, text);
    await sleep((kills * 2 * killEverySeconds * 1000) / (events / rows));
  }
}

async function moods() {
  /** @type {[string, number][]} */
  const course = [
    ["well", 15],
    ["500", 6],
    ["well", 8],
    ["429", 6],
    ["well", 8],
    ["slow", 10],
    ["well", 0],
  ];
  for (const [next, seconds] of course) {
    mood = next;
    await sleep(seconds * 1000);
  }
}

async function killing(serve, vector) {
  let restarts = 0;
  let longestSeconds = 0;
  for (let kill = 0; kill < kills * 2; kill++) {
    await sleep(killEverySeconds * 1000);
    const isOurs = values.only ? values.only === "oddline" : kill % 2 === 0;
    (isOurs ? serve : vector).kill();
    restarts++;
    if (!isOurs || distinct === events || mood !== "well") continue;
    const before = distinct;
    const start = performance.now();
    while (distinct === before && performance.now() - start < killEverySeconds * 1000 * 2) await sleep(20);
    if (mood === "well" && distinct > before)
      longestSeconds = Math.max(longestSeconds, (performance.now() - start) / 1000);
  }
  return { restarts, longestSeconds };
}

function missingRanges() {
  const ranges = [];
  for (let n = 0; n < events; n++) {
    if (seen[n] > 0) continue;
    const start = n;
    while (n + 1 < events && seen[n + 1] === 0) n++;
    ranges.push(`${start}-${n}`);
  }
  return ranges;
}

await new Promise((resolve) => loki.listen(lokiPort, "127.0.0.1", () => resolve(undefined)));
writeFileSync(log, "");
const serve = new Kept(process.execPath, [
  ...[oddline, "serve", "--listen", `127.0.0.1:${servePort}`],
  ...["--forward", `http://127.0.0.1:${sourcePort}/ingest`],
]);
const vector = new Kept("vector", ["--quiet", "--config", configuration()]);
let missing = events;
try {
  await sleep(3000);
  const start = performance.now();
  const [, { restarts, longestSeconds }] = await Promise.all([write(), killing(serve, vector), moods()]);
  for (let last = distinct, idle = 0; distinct < events && idle < idleSecondsMax; idle++) {
    await sleep(1000);
    if (distinct !== last) idle = 0;
    last = distinct;
  }
  missing = events - distinct;
  const seconds = (performance.now() - start) / 1000;
  const most = seen.reduce((a, b) => Math.max(a, b), 0);
  console.log(`events     ${events} written, ${distinct} arrived, ${missing} missing, within ${seconds.toFixed(0)} s`);
  console.log(`copies     ${copies} (${((100 * copies) / events).toFixed(2)} %), one event at most ${most} times`);
  console.log(
    `on the way ${restarts} kills, ${refused[500]} answers 500 and ${refused[429]} answers 429 from Loki, 10 s of slowness`,
  );
  if (missing > 0) console.log(`missing    ${missingRanges().slice(0, 12).join(", ")}`);
  console.log(`first event after a kill of Oddline: ${longestSeconds.toFixed(1)} s at the longest`);
} finally {
  await serve.stop();
  await vector.stop();
  loki.closeAllConnections();
  loki.close();
  await sleep(500);
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = missing === 0 ? 0 : 1;
