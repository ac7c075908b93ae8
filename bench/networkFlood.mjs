// @ts-check
/**
 * A million forged destinations, then as many forged sources, through a real Fluent Bit with the forest inside and
 * through `oddline network`: are the heaviest talkers still told, does memory stay flat, and what does it cost beside a
 * model without a forest and beside flows of an ordinary day?
 *
 *   npm run build && node bench/networkFlood.mjs [destinations]        (a few minutes; needs fluent-bit)
 */
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { check } from "./corpora.mjs";
import { usageOf } from "./usage.mjs";

const wasm = fileURLToPath(new URL("../build/oddline.wasm", import.meta.url));
const program = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const destinations = Number(process.argv[2] ?? 1_000_000);
const noon = Date.UTC(2026, 10, 21, 12) / 1000;
const folder = mkdtempSync(join(tmpdir(), "oddline-flood-"));
/** One line in a thousand is each heavy talker's. */
const talkers = 10;
const heavyEvery = 100;
/** Between a tenth of the lines and all of them; tables are full with the tenth. */
const growthMiBMax = 40;

let state = 7;
const random = () => {
  state = (state * 1664525 + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const timeOf = (seconds) => new Date(seconds * 1000).toISOString();
const line = (seconds, source, destination, port, bytes, action) =>
  `ts=${timeOf(seconds)} src_ip=${source} dst_ip=${destination} dst_port=${port} bytes=${bytes} action=${action}\n`;
const address = (i) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
const ordinary = (i, start, perSecond) => {
  const destination = `192.0.2.${1 + Math.floor(random() ** 2 * 200)}`;
  const port = [443, 443, 80, 53, 22][Math.floor(random() * 5)];
  const bytes = Math.round(Math.exp(5 + 6 * random()));
  return line(start + i / perSecond, address(i % 50), destination, port, bytes, random() < 0.05 ? "deny" : "accept");
};

async function write(name, count, make) {
  const path = join(folder, name);
  const out = createWriteStream(path);
  for (let i = 0; i < count; i++)
    if (!out.write(make(i))) await new Promise((done) => out.once("drain", () => done(undefined)));
  await new Promise((done) => out.end(() => done(undefined)));
  return { path, lines: count };
}

function oddline(...words) {
  const { status, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: "utf8" });
  check(status === 0, stderr);
}

/** Flood lines, each with a destination of its own, some scanned ports and bytes at random; and the talkers. */
const flood = (count) => (i) => {
  const seconds = noon + (i * 900) / count;
  if (i % heavyEvery !== 0)
    return line(
      seconds,
      address(i % 997),
      `11.${address(i).slice(3)}`,
      i % 1000,
      Math.floor(random() * 1500),
      "accept",
    );
  const talker = (i / heavyEvery) % talkers;
  return line(seconds, address(i), `198.51.100.${talker}`, i % 60_000, 1500, "drop");
};

/** As many sources as lines, all of them to two hundred destinations; and the talkers. */
const sources = (count) => (i) =>
  i % heavyEvery === 0
    ? flood(count)(i)
    : line(noon + (i * 900) / count, `11.${address(i).slice(3)}`, `192.0.2.${i % 200}`, 443, 60, "accept");

/** The command on a tenth of the lines and on all, of the same quarter of an hour: memory must not grow with them. */
async function judge(name, few, all, forest) {
  const used = [];
  for (const corpus of [few, all]) {
    used.push(await usageOf(["network", "--forest", forest, "--score", corpus.path], join(folder, "told")));
  }
  const [before, after] = used.map(({ residentMiB }) => residentMiB);
  const told = readFileSync(join(folder, "told"), "utf8");
  const heavy = new Set(told.match(/198\.51\.100\.\d/g)).size;
  console.log(
    `  ${name.padEnd(34)} ${used[1].cpuSeconds.toFixed(1).padStart(6)} s CPU  resident ${before.toFixed(0)} -> ${after.toFixed(0)} MiB  talkers told ${heavy}`,
  );
  check(heavy === talkers, "a heavy talker was lost in the flood");
  check(after - before < growthMiBMax, "memory grew");
}

/** CPU seconds, the resident memory at a tenth of the way and at most afterwards, and the tagged destinations. */
async function ship(name, corpus, model) {
  const run = join(folder, name.replaceAll(" ", "-"));
  mkdirSync(run, { recursive: true });
  writeFileSync(
    join(run, "run.conf"),
    `[SERVICE]\n    Flush 0.5\n    Grace 1\n    Log_Level warn
[INPUT]\n    Name tail\n    Path ${corpus.path}\n    Read_from_Head On\n    Exit_On_Eof On\n    Mem_Buf_Limit 4M
[FILTER]\n    Name wasm\n    Match *\n    Wasm_Path ${wasm}
    Function_Name oddline_filter\n    Accessible_Paths ${model}
[FILTER]\n    Name grep\n    Match *\n    Regex $anomaly['type'] network
[OUTPUT]\n    Name file\n    Match *\n    Path ${run}\n    File tagged.ndjson\n    Format plain\n`,
  );
  const child = spawn("sh", ["-c", `fluent-bit -q -c ${join(run, "run.conf")} 2>${run}/err & echo $!; wait $!; times`]);
  let printed = "";
  child.stdout.on("data", (text) => {
    printed += text;
  });
  const samples = [];
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${/^\d+/.exec(printed)?.[0]}/status`, "utf8");
      const resident = /VmRSS:\s+(\d+)/.exec(status);
      if (resident) samples.push(Number(resident[1]) / 1024);
    } catch {} // not begun yet, or just ended
  }, 100);
  await new Promise((done) => child.on("close", done));
  clearInterval(timer);
  check(readFileSync(join(run, "err"), "utf8").includes("loaded"), "the filter has no model");
  const times = printed.trim().split("\n").at(-1) ?? "";
  const cpu = [...times.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + 60 * Number(m) + Number(s), 0);
  let tagged = "";
  try {
    tagged = readFileSync(join(run, "tagged.ndjson"), "utf8");
  } catch {} // nothing was tagged
  const told = tagged
    .split("\n")
    .filter(Boolean)
    .map((record) => JSON.parse(record).anomaly.destination);
  const early = Math.max(...samples.slice(0, Math.ceil(samples.length / 4)));
  const late = Math.max(...samples.slice(Math.ceil(samples.length / 4)));
  const perEvent = (1e6 * cpu) / corpus.lines;
  console.log(
    `  ${name.padEnd(34)} ${cpu.toFixed(1).padStart(6)} s CPU  ${perEvent.toFixed(1).padStart(6)} us an event  resident ${early.toFixed(0)} -> ${late.toFixed(0)} MiB  told ${told.length}`,
  );
  return { cpu, early, late, told };
}

try {
  const history = await write("history.log", 40_000, (i) => ordinary(i, noon - 86_400, 0.6));
  const plain = await write("plain.log", 100_000, (i) => ordinary(i, noon, 0.6));
  const flooded = await write("flood.log", destinations, flood(destinations));
  const floodedFew = await write("flood-few.log", destinations / 10, flood(destinations / 10));
  const bySources = await write("sources.log", destinations, sources(destinations));
  const bySourcesFew = await write("sources-few.log", destinations / 10, sources(destinations / 10));
  for (const name of ["without", "with"]) mkdirSync(join(folder, name));
  const [without, withForest] = ["without", "with"].map((name) => join(folder, name));
  writeFileSync(
    join(folder, "off.yaml"),
    "detectors:\n  keyword: false\n  errorRate: false\n  traffic: false\n  novelty: false\n  outlier: false\n",
  );
  oddline("compile", join(folder, "off.yaml"), "--out", join(without, "oddline.model"));
  oddline(
    "network",
    "--train",
    history.path,
    "--model-out",
    join(withForest, "oddline.model"),
    "--from",
    join(without, "oddline.model"),
  );
  console.log(
    `Fluent Bit, all other detectors off; ${destinations} forged destinations, ${talkers} talkers with one line in ${heavyEvery * talkers} each`,
  );
  const floodAfter = await ship("flood, forest", flooded, withForest);
  const floodBefore = await ship("flood, no forest", flooded, without);
  const sourcesAfter = await ship("flood of sources, forest", bySources, withForest);
  check(sourcesAfter.late - sourcesAfter.early < 8, "memory grew");
  const forest = join(folder, "past.forest");
  oddline("network", "--train", history.path, "--save-forest", forest);
  await judge("oddline network, destinations", floodedFew, flooded, forest);
  await judge("oddline network, sources", bySourcesFew, bySources, forest);
  const before = await ship("ordinary flows, no forest", plain, without);
  const after = await ship("ordinary flows, forest", plain, withForest);
  console.log(
    `  forest costs ${(after.cpu / before.cpu).toFixed(1)} x on ordinary flows, ${(floodAfter.cpu / floodBefore.cpu).toFixed(1)} x in the flood`,
  );
  const heavy = new Set(floodAfter.told.filter((destination) => destination.startsWith("198.51.100.")));
  console.log(
    `  talkers told: ${heavy.size} of ${talkers}; others told in the flood: ${floodAfter.told.length - floodAfter.told.filter((d) => heavy.has(d)).length}`,
  );
  check(heavy.size === talkers, "a heavy talker was lost in the flood");
  check(floodAfter.late - floodAfter.early < 8, "memory grew");
} finally {
  rmSync(folder, { recursive: true });
}
