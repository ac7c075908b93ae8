// @ts-check
/**
 * A day of ten million flow lines, judged by what was learnt of another day of two million: CPU, memory, windows told;
 * then the same by way of a summary.
 *
 *   npm run build:host && node bench/networkDay.mjs [lines]        (ten minutes for ten million; 1.7 GB in TMPDIR)
 */
import { createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "#host/math/random.js";
import { check } from "./corpora.mjs";
import { usageOf } from "./usage.mjs";

const lines = Number(process.argv[2] ?? 10_000_000);
const daySeconds = 86_400;
/** What the day must stay below, in proportion for fewer lines. */
const cpuSecondsMax = (300 * Math.max(lines, 1_000_000)) / 10_000_000;
const residentMiBMax = 512;
/** Learning keeps a past of each of the servers besides. */
const learningMiBMax = 576;
const clients = 400;
const servers = 20_000;

/** Said at the end, behind all figures. */
const failures = [];

const folder = mkdtempSync(join(tmpdir(), "oddline-day-"));

const twoDigits = (value) => String(value).padStart(2, "0");
const timeOf = (second) =>
  `2026-11-21T${twoDigits(Math.floor(second / 3600))}:${twoDigits(Math.floor(second / 60) % 60)}:${twoDigits(second % 60)}Z`;

/** More by day than by night; a few servers have most of it, as many clients as there are call a port of theirs. */
async function writeDay(name, count, seed, date) {
  const random = seededRandom(seed);
  const path = join(folder, name);
  const out = createWriteStream(path, { highWaterMark: 1 << 20 });
  let text = "";
  let day = 0;
  const share = 1 / count;
  for (let i = 0; i < count; i++) {
    // the rate goes with 1 - cos / 2: two Newton steps to where that much of the day has gone by
    const part = i * share;
    day = Math.max(day, part);
    for (let step = 0; step < 2; step++) {
      const angle = 2 * Math.PI * day;
      day -= (day - Math.sin(angle) / (4 * Math.PI) - part) / (1 - Math.cos(angle) / 2);
    }
    const server = Math.floor(servers * random() ** 6);
    const client = Math.floor(clients * random());
    const bytes = Math.round(Math.exp(5 + 5 * random() + 3 * random() * random()));
    const second = Math.min(Math.floor(day * daySeconds), daySeconds - 1);
    text +=
      `ts=${timeOf(second).replace("2026-11-21", date)} src_ip=10.0.${client >> 8}.${client & 255} ` +
      `dst_ip=198.${18 + (server >> 16)}.${(server >> 8) & 255}.${server & 255} dst_port=${server % 7 ? 443 : 80} ` +
      `bytes_out=${bytes >> 2} bytes_in=${bytes} duration=${(random() * 9).toFixed(2)} action=${random() < 0.01 ? "deny" : "accept"}\n`;
    if (text.length < 1 << 20) continue;
    if (!out.write(text)) await new Promise((done) => out.once("drain", () => done(undefined)));
    text = "";
  }
  await new Promise((done) => out.end(text, () => done(undefined)));
  return path;
}

async function oddline(title, words, output = "/dev/null", mostMiB = residentMiBMax) {
  const { cpuSeconds, residentMiB, said } = await usageOf(["network", ...words], output);
  console.log(
    `${title.padEnd(36)} ${cpuSeconds.toFixed(1).padStart(6)} s CPU ${residentMiB.toFixed(0).padStart(5)} MiB`,
  );
  for (const note of said.match(/oddline network: .*/g) ?? []) console.log(`  ${note.slice(17)}`);
  if (cpuSeconds > cpuSecondsMax) failures.push(`${title}: more than ${cpuSecondsMax} s of CPU`);
  if (residentMiB > mostMiB) failures.push(`${title}: more than ${mostMiB} MiB`);
  return Number(/(\d+) of \d+ windows anomalous/.exec(said)?.[1]);
}

try {
  const past = await writeDay("past.log", Math.ceil(lines / 5), 7, "2026-11-20");
  const day = await writeDay("day.log", lines, 8, "2026-11-21");
  console.log(`${lines} lines, ${(statSync(day).size / 2 ** 20).toFixed(0)} MiB`);
  const forest = join(folder, "past.forest");
  const train = ["--train", past, "--save-forest", forest];
  await oddline("learn from a fifth as many lines", train, undefined, learningMiBMax);
  const told = await oddline("judge the day", ["--forest", forest, "--score", day, "--top", "20"]);
  const summary = join(folder, "day.windows");
  await oddline("summarize the day", ["--summarize", day], summary);
  console.log(`  ${(statSync(summary).size / 2 ** 20).toFixed(0)} MiB`);
  const toldOfIt = await oddline("judge its summary", ["--forest", forest, "--score", summary, "--top", "20"]);
  // the order in which keys come decides which of too many a window loses
  check(Math.abs(told - toldOfIt) <= 0.01 * told, "a summary is judged otherwise than its flows");
  check(failures.length === 0, failures.join("; "));
} finally {
  rmSync(folder, { recursive: true });
}
