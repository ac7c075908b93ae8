/**
 * `oddline network` and the filter in a shipper read the same flows from the same lines: over the lines of
 * tests/data/formats, and where they are the evaluation data and the cases beside it.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Directions } from "../../host/network/directions.js";
import type { Flow } from "../../host/network/flow.js";
import { FlowReader, flowAt } from "../../host/network/flowReader.js";
import { Engine } from "../../host/wasm/engine.js";
import { dataFolder, realLogs } from "../support/realLogs.js";

const arrivalMs = Date.UTC(2026, 10, 21, 3);
const seconds = BigInt(arrivalMs / 1000);
/** Of one file; the largest repeat themselves. */
const linesMax = 20_000;
const engine = new Engine();

type Numbered = Flow & { line: number };

function byCommand(lines: readonly string[]): Numbered[] {
  const flows: Numbered[] = [];
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  new FlowReader(undefined, arrivalMs).read(text, (flow, line) => void flows.push({ ...flow, line }));
  return flows;
}

/** Each line in the record of a shipper; what is a record already stays as it is. */
function byFilter(lines: readonly string[]): Numbered[] {
  const flows: Numbered[] = [];
  const directions = new Directions();
  let countedMs = arrivalMs;
  const records = lines.map((log) => (log.startsWith("{") ? log : JSON.stringify({ host: "fw1", log })));
  let line = 0;
  const text = Buffer.from(records.map((record) => `${record}\n`).join(""));
  for (const rows of engine.rows(text, { flags: 0, seconds })) {
    for (const row of rows) {
      const time = row.timeSeconds();
      const timeMs = time === undefined ? undefined : time * 1000;
      if (row.has("flow")) {
        countedMs = timeMs ?? countedMs;
        flows.push({ ...directions.settle(flowAt(row, timeMs), countedMs), line });
      }
      line++;
    }
  }
  expect(line).toBe(lines.length);
  return flows;
}

/** Returns how many flows there were. */
function agree(lines: readonly string[]): number {
  const [command, filter] = [byCommand(lines), byFilter(lines)];
  const filterAt = new Map(filter.map((flow) => [flow.line, flow]));
  for (const flow of command) expect(filterAt.get(flow.line), lines[flow.line]).toEqual(flow);
  const ofCommand = new Set(command.map(({ line }) => line));
  const ofFilterAlone = filter.filter(({ line }) => !ofCommand.has(line));
  expect(ofFilterAlone.map(({ line }) => lines[line])).toEqual([]);
  return command.length;
}

/** Lines of a table under its header are the command's alone. */
const isRow = (line: string) => line.startsWith("#") || /^\d{10}\.\d{6}\t/.test(line);

describe("the same flows from the same lines", () => {
  const folder = fileURLToPath(new URL("../data/formats/", import.meta.url));
  it("of tests/data/formats", () => {
    const lines = readdirSync(folder)
      .filter((file) => file.endsWith(".jsonl"))
      .flatMap((name) =>
        readFileSync(join(folder, name), "utf8")
          .split("\n")
          .filter(Boolean)
          .map((text) => JSON.parse(text).line as string | undefined)
          .filter((line) => line !== undefined && !line.includes("\n"))
          .map(String),
      );
    expect(agree(lines)).toBeGreaterThan(20);
  });

  const cases = join(dataFolder, "../cases/formats");
  it.skipIf(!existsSync(cases))("of the cases of formats", () => {
    for (const name of readdirSync(cases)) {
      agree(
        readFileSync(join(cases, name), "utf8")
          .split("\n")
          .filter((line) => line && !line.startsWith("#")),
      );
    }
  });

  const logs = realLogs({ archives: true });
  it.skipIf(logs.length === 0).each(logs.map((log) => [log.name, log] as const))("of %s", (_, log) => {
    const lines = log.read().toString("utf8").split(/\r?\n/).slice(0, linesMax);
    agree(lines.filter((line) => line.length < 65_536 && !line.includes("\0") && !isRow(line)));
  });
});
