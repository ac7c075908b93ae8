// @ts-check
/**
 * `oddline scan` at scale, builtin embedder: an Apache log repeated, and a log in which hardly any form comes twice.
 * Wall clock, CPU seconds and the most memory of the whole process; what was cut must be said, and is printed.
 *   node bench/scan.mjs [--lines 1000000] [--hostile-lines 1000000]      (10000000 takes some minutes)
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { check, elasticLog, hostileLog } from "./corpora.mjs";

const { values } = parseArgs({
  options: {
    lines: { type: "string", default: "1000000" },
    "hostile-lines": { type: "string", default: "1000000" },
  },
});
const command = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
/** Runs the command in the measuring process itself, which then tells what it used. */
const measured = `
  process.argv.splice(1, 0, "oddline");
  process.on("exit", () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    process.stderr.write("\\n" + JSON.stringify({ maxRSS, cpu: (userCPUTime + systemCPUTime) / 1e6 }));
  });
  await import(${JSON.stringify(command)});`;

/** Planted at the end of each log. */
const odd = "the last parrot of the harbour sings backwards before breakfast";

const folder = mkdtempSync(join(tmpdir(), "oddline-scan-"));
try {
  const lines = Number(values.lines);
  const hostileLines = Number(values["hostile-lines"]);
  for (const corpus of [lines > 0 && elasticLog(folder, lines), hostileLines > 0 && hostileLog(folder, hostileLines)]) {
    if (!corpus) continue;
    bench(corpus);
    rmSync(corpus.path);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function bench(corpus) {
  appendFileSync(corpus.path, `${odd}\n`);
  const started = performance.now();
  const words = ["--input-type=module", "-e", measured, "scan", corpus.path, "--top", "1000"];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8", maxBuffer: 1 << 28 });
  const seconds = (performance.now() - started) / 1000;
  const said = stderr.trimEnd().split("\n");
  check(status === 0, `${corpus.name} ended with ${status}: ${stderr.slice(-500)}`);
  const { maxRSS, cpu } = JSON.parse(said.pop() ?? "");
  const lines = (corpus.lines + 1).toLocaleString("en-US");
  check(stderr.includes(`${lines} lines, `), `${corpus.name}: not all lines were read`);
  if (corpus.name === "elastic") check(stdout.includes(`[ANOMALY] ${odd}\n`), "the odd line was not found");
  console.log(
    `${corpus.name}: ${lines} lines in ${seconds.toFixed(1)} s (CPU ${cpu.toFixed(1)} s), ${Math.round(maxRSS / 1024)} MiB, ` +
      `load ${loadavg()[0].toFixed(1)}`,
  );
  for (const line of said) if (line.trim() !== "") console.log(`  ${line}`);
}
