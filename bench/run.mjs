// @ts-check
/**
 * How fast the filter is: lines per second in V8 (records in, records out, one core), and where fluent-bit is on PATH
 * the CPU seconds of a whole pipeline beside the same one with a no-op WASM filter and with Fluent Bit's own regular
 * expression parser. Same file, same run, taken in turns; medians; every answer is checked.
 *   npm run bench -- [--rounds 5] [--lines 500000] [--only v8|fluent-bit] [--kinds]
 * --kinds: other kinds of log instead, system logs and JSON.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { elasticLog, hostileLog, kindLogs, learn } from "./corpora.mjs";
import { benchFluentBit } from "./fluentBit.mjs";
import { benchEngine } from "./v8.mjs";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    lines: { type: "string", default: "500000" },
    only: { type: "string" },
    kinds: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const lines = Number(values.lines);
const folder = mkdtempSync(join(tmpdir(), "oddline-bench-"));
try {
  const usual = () => [elasticLog(folder, lines), hostileLog(folder, 200_000)].filter((corpus) => corpus !== undefined);
  const corpora = values.kinds ? kindLogs(folder, lines) : usual();
  for (const corpus of corpora) learn(corpus);
  if (values.only !== "fluent-bit") for (const corpus of corpora) await benchEngine(corpus, rounds);
  if (values.only !== "v8") for (const corpus of corpora) await benchFluentBit(folder, corpus, rounds);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
