/** `oddline demo` (npm start): the main job on a log of its own, in the first minute. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { othersShare, shopLog } from "../demo/shop.js";
import { openSources } from "../io/chunks.js";
import { grouped } from "../io/numbers.js";
import { replaceFile } from "../io/replaceFile.js";
import { writeOut } from "../io/stdout.js";
import { wholeLines } from "../io/wholeLines.js";
import { defaultShare } from "../learn/calibrate.js";
import { readSignatures } from "../learn/readSignatures.js";
import { learn } from "../learn/refresh.js";
import { installModel, modelVersion } from "../model/modelFile.js";
import { SignatureStore } from "../signatures/signatureStore.js";
import { batchFlag, Engine } from "../wasm/engine.js";
import { integerOption } from "./options.js";
import { describe } from "./refresh.js";

const historyLines = 20_000;
const freshLines = 2000;
/** The two stretches are a day apart: Friday's log teaches, Saturday's is judged. */
const historySeconds = Date.UTC(2026, 10, 20, 8) / 1000;
const freshSeconds = Date.UTC(2026, 10, 21, 8) / 1000;

interface Tagged {
  log: string;
  anomaly: { score: number; type: string; severity: string; reason: string; key?: string };
}

export function registerDemo(program: Command): void {
  program
    .command("demo")
    .description("generate a shop's log, learn from it and tag new lines: what Oddline does, in a few seconds")
    .option("--out <folder>", "folder for the logs and the model", "oddline-demo")
    .option("--seed <number>", "seed of the generated log", integerOption("--seed", 0, 2 ** 31 - 1), 1)
    .action(demo);
}

async function demo({ out, seed }: { out: string; seed: number }): Promise<void> {
  mkdirSync(out, { recursive: true });
  const path = (name: string) => join(out, name);
  const write = (name: string, log: string) => replaceFile(path(name), Buffer.from(log), 0o644);
  write("history.log", shopLog(seed, historySeconds, historyLines, false, othersShare));
  write("fresh.log", shopLog(seed + 1, freshSeconds, freshLines, true, othersShare));

  await writeOut(`1. Learn: ${grouped(historyLines)} lines of a shop's access and application log\n\n`);
  const engine = new Engine();
  const store = new SignatureStore();
  await readSignatures(engine, openSources([path("history.log")]), store);
  const { model, summary } = learn(engine, store, {
    share: defaultShare,
    eps: 0.5,
    minSamples: 20,
    ageSecondsMax: 0,
    embedder: "builtin",
    given: new Map(),
  });
  installModel(path("oddline.model"), model);
  await writeOut(`${indent(describe(modelVersion(model), path("oddline.model"), model.length, summary))}\n\n`);

  const fresh = freshLines + 10;
  await writeOut(`2. Tag: the next day's ${grouped(fresh)} lines, through the same WebAssembly a shipper runs\n\n`);
  const filter = new Engine();
  filter.useModel(model, path("oddline.model"));
  const events: Tagged[] = [];
  const started = performance.now();
  for (const source of openSources([path("fresh.log")])) {
    for await (const lines of wholeLines(source)) {
      for (const { output } of filter.tag(lines, { flags: batchFlag.only, seconds: BigInt(freshSeconds) })) {
        const text = Buffer.from(output).toString("utf8");
        events.push(
          ...text
            .split("\n")
            .filter(Boolean)
            .map((line) => JSON.parse(line) as Tagged),
        );
      }
    }
  }
  const milliseconds = performance.now() - started;
  for (const event of events) await writeOut(card(event));
  await writeOut(summaryOf(events, fresh, milliseconds));
  await writeOut(next(out));
}

function card({ log, anomaly }: Tagged): string {
  const width = Math.max(60, (process.stdout.columns ?? 120) - 6);
  const line = log.length > width ? `${log.slice(0, width - 3)}...` : log;
  return `   ${anomaly.score.toFixed(2).padStart(5)}  ${anomaly.severity.padEnd(6)} ${anomaly.type}: ${anomaly.reason}\n      ${line}\n\n`;
}

function summaryOf(events: Tagged[], lines: number, milliseconds: number): string {
  const byType = new Map<string, number>();
  for (const { anomaly } of events) byType.set(anomaly.type, (byType.get(anomaly.type) ?? 0) + 1);
  const types = [...byType].map(([type, count]) => `${count} ${type}`).join(", ");
  const passed = grouped(lines - events.length);
  return `   ${events.length} of ${grouped(lines)} lines tagged (${types}) in ${milliseconds.toFixed(0)} ms; the other ${passed} passed unchanged.\n\n`;
}

function next(out: string): string {
  return [
    "3. Next",
    "",
    `   what one tagged event looks like     npx oddline tag --model ${out}/oddline.model --only ${out}/fresh.log | head -1`,
    `   why a line scores as it does         npx oddline inspect ${out}/oddline.model --explain "LINE"`,
    "   your own log                         npx oddline refresh /var/log/nginx/access.log.1 --out oddline.model",
    "                                        npx oddline tag --model oddline.model --only /var/log/nginx/access.log",
    "   inside Fluent Bit                    docs/fluent-bit.md, fluent-bit.conf",
    "",
  ].join("\n");
}

function indent(text: string): string {
  return text.replace(/^/gm, "   ");
}
