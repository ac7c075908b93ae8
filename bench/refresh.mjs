// @ts-check
/**
 * What `oddline refresh` takes for a log whose lines are all different, which is what it takes at most: CPU and the
 * most memory, with a model in place that the new one is compared with.
 *   node bench/refresh.mjs [--lines 1000000] [--seed 1]
 * It fails above 512 MiB, and above a minute of CPU (of more than a million lines, a minute for each million).
 */
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { hostileChunks } from "../tests/support/hostile.mjs";
import { check } from "./corpora.mjs";
import { usageOf } from "./usage.mjs";

const limits = { cpuSeconds: 60, residentMiB: 512 };
const { values } = parseArgs({
  options: { lines: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" } },
});
const [lines, seed] = [Number(values.lines), Number(values.seed)];
const folder = mkdtempSync(join(tmpdir(), "oddline-refresh-"));
try {
  const [log, model] = [join(folder, "hostile.log"), join(folder, "oddline.model")];
  await pipeline(Readable.from(hostileChunks(lines, seed)), createWriteStream(log));
  await usageOf(["refresh", log, "--force", "--out", model]);
  const { cpuSeconds, residentMiB } = await usageOf(["refresh", log, "--force", "--out", model]);
  console.log(`${lines} hostile lines: ${cpuSeconds.toFixed(1)} s of CPU, ${residentMiB.toFixed(0)} MiB`);
  check(residentMiB <= limits.residentMiB, `more than ${limits.residentMiB} MiB`);
  // From 300,000 signatures on, a line more costs little: these are all that is kept.
  const cpuMax = limits.cpuSeconds * Math.max(1, lines / 1_000_000);
  check(cpuSeconds <= cpuMax, `more than ${cpuMax.toFixed(0)} s of CPU`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
