/** What survives a restart of a real Fluent Bit, and what becomes of a state that cannot be used or written. */
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readState } from "../differential/reference/snapshot.js";
import { configuredModel } from "../support/configuredModel.js";
import { FluentBit } from "../support/fluentBit.js";
import { hasShipper } from "../support/shippers.js";
import { pause } from "../support/waiting.mjs";

const present = hasShipper("fluent-bit");
const filter = fileURLToPath(new URL("../../build/oddline.wasm", import.meta.url));
/** saveEvery of the model below, and a little more. */
const saveMilliseconds = 1200;
const nobody = 65_534;
const timeout = 60_000;

let root: string;
let modelFolder: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "oddline restart-")); // a space: accessible_paths separates by commas alone
  modelFolder = folderOf("model");
  chmodSync(root, 0o755);
  writeFileSync(
    join(modelFolder, "oddline.model"),
    configuredModel("{ state: { saveEvery: 1s }, counts: { every: 1s } }"),
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
function folderOf(name: string): string {
  const folder = join(root, `${name}-${folders++}`);
  mkdirSync(folder);
  return folder;
}

const line = (second: number, status: number, address = "192.0.2.7") =>
  `${address} - - [21/Nov/2026:${clock(second)} +0000] "GET /cart HTTP/1.1" ${status} 312 "-" "curl/8"\n`;
const clock = (second: number) => new Date(Date.UTC(2026, 10, 21, 12, 0, second)).toISOString().slice(11, 19);
const burst = line(0, 500).repeat(9);

interface Run {
  shipper: FluentBit;
  append(text: string): Promise<void>;
  tags(): Record<string, unknown>[];
}

function start(more: Partial<ConstructorParameters<typeof FluentBit>[1]>): Run {
  const folder = folderOf("run");
  chmodSync(folder, 0o777);
  const log = join(folder, "app.log");
  writeFileSync(log, "");
  const shipper = new FluentBit(folder, { wasm: filter, log, modelFolder, ...more });
  let lines = 0;
  return {
    shipper,
    async append(text) {
      appendFileSync(log, text);
      lines += text.split("\n").length - 1;
      await shipper.waitForRecords(lines);
    },
    tags: () =>
      readFileSync(shipper.outputPath, "utf8")
        .trimEnd()
        .split("\n")
        .map((record) => JSON.parse(record).anomaly ?? {}),
  };
}

/** A burst of errors, and a record later on with which the state is saved; then it is stopped. */
async function alertAndStop(stateFolder: string, signal: "SIGTERM" | "SIGKILL" = "SIGTERM", asProcessor = false) {
  const run = start({ stateFolder, asProcessor });
  await run.append(burst);
  await pause(saveMilliseconds, "until the state is due to be saved");
  await run.append(line(5, 200, "198.51.100.1"));
  await run.shipper.stop(signal);
  expect(run.tags().filter(({ event }) => event === "HIGH_ERROR_RATE")).toHaveLength(1);
  expect(readState(readFileSync(join(stateFolder, "oddline.state"))).tables[0].slots).toHaveLength(1);
  expect(existsSync(join(stateFolder, "oddline.state.new"))).toBe(false);
}

const stateLines = (run: Run) =>
  run.shipper.standardError
    .split("\n")
    .filter((said) => said.startsWith("[oddline]") && said.includes("oddline.state"));

describe.skipIf(!present).concurrent("a restart of Fluent Bit", () => {
  test.for([
    ["SIGTERM", false],
    ["SIGKILL", false],
    ["SIGTERM", true],
  ] as const)("keeps an alert that is in progress (%s, processor %s)", { timeout }, async ([signal, asProcessor]) => {
    const stateFolder = folderOf("state");
    await alertAndStop(stateFolder, signal, asProcessor);
    const run = start({ stateFolder, asProcessor });
    await run.append(line(10, 500));
    await run.append(line(11, 500, "198.51.100.1"));
    await run.append(line(90, 200));
    await run.shipper.stop();
    expect(stateLines(run)).toEqual(["[oddline] oddline.state restored, 1 alert in progress"]);
    expect(run.tags()).toMatchObject([
      { state: "ERROR_RATE_ALERT", count: 10, key: "192.0.2.7" },
      {},
      { state: "NORMAL", event: "NORMAL_ACTIVITY", key: "192.0.2.7" },
    ]);
    expect(run.tags()[1]).toEqual({});
  });

  test("says how it does, by the counts line", { timeout }, async () => {
    const run = start({ stateFolder: folderOf("state") });
    await run.append(burst);
    await pause(saveMilliseconds, "until the state is due to be saved");
    await run.append(line(5, 200));
    const [said] = await run.shipper.waitForLines(/^\[oddline\] counts /, 1);
    await run.shipper.stop();
    expect(said).toMatch(
      /^\[oddline\] counts seconds=\d+ records=9 tagged=1 keyword=0 error_rate=1 traffic=0 novelty=0 outlier=0 network=0 burst=0 cache_hits=\d+ muted=0 late=0 model=[0-9a-f]{8}$/,
    );
  });

  test.for([
    ["damaged", (state: Buffer) => state.fill(0, 100, 140), /^\[oddline\] oddline.state is damaged/],
    ["truncated", (state: Buffer) => state.subarray(0, 200), /^\[oddline\] oddline.state is truncated/],
    ["empty", () => Buffer.alloc(0), /^\[oddline\] oddline.state is truncated/],
  ] as const)("goes on without a state that is %s, with one line", { timeout }, async ([, spoil, reason]) => {
    const stateFolder = folderOf("state");
    await alertAndStop(stateFolder);
    const path = join(stateFolder, "oddline.state");
    writeFileSync(path, spoil(readFileSync(path)));
    const run = start({ stateFolder });
    await run.append(line(10, 500));
    await run.append(burst);
    await run.shipper.stop();
    expect(stateLines(run)).toEqual([expect.stringMatching(reason)]);
    expect(run.tags()[0]).toEqual({});
    expect(run.tags()).toHaveLength(10);
    expect(run.tags().filter(({ event }) => event === "HIGH_ERROR_RATE")).toHaveLength(1);
  });

  test("goes on without a state that is stale, with one line", { timeout }, async () => {
    const stateFolder = folderOf("state");
    await alertAndStop(stateFolder);
    const run = start({ stateFolder });
    await run.append(line(7300, 500));
    await run.append(line(7301, 500));
    await pause(100, "the clock, and with it the line, comes between two records");
    await run.append(line(7302, 500));
    await run.shipper.stop();
    expect(stateLines(run)).toEqual([
      "[oddline] oddline.state restored, 1 alert in progress",
      "[oddline] oddline.state was stale (the first events are 2 hours later): windows start empty",
    ]);
    expect(run.tags()).toHaveLength(3);
  });

  test("needs no second folder, and none that can be written", { timeout }, async () => {
    const stateFolder = folderOf("read-only");
    chmodSync(stateFolder, 0o555);
    // root writes everywhere: then Fluent Bit runs as nobody
    const runs = [start({}), start({ stateFolder, userId: process.getuid?.() === 0 ? nobody : undefined })];
    for (const run of runs) {
      await run.append(burst);
      for (let i = 0; i < 2; i++) {
        await pause(saveMilliseconds, "until the state is due to be saved");
        await run.append(line(5 + i, 200));
      }
      await run.shipper.stop();
      expect(run.tags()).toHaveLength(11);
      expect(run.tags().filter(({ event }) => event === "HIGH_ERROR_RATE")).toHaveLength(1);
    }
    expect(stateLines(runs[0])).toEqual([]);
    expect(stateLines(runs[1])).toEqual([
      "[oddline] no oddline.state in the second accessible folder yet: windows start empty",
      "[oddline] oddline.state cannot be written (no permission): a restart would forget the windows",
    ]);
  });

  test("keeps two filters apart that have a folder each", { timeout }, async () => {
    const [first, second] = [folderOf("first"), folderOf("second")];
    const other = join(folderOf("other"), "other.log");
    writeFileSync(other, "");
    const further = `
[INPUT]
    Name tail
    Tag other
    Path ${other}
    Read_from_Head On
    Refresh_Interval 1
[FILTER]
    Name wasm
    Match other
    Wasm_Path ${filter}
    Function_Name oddline_filter
    Accessible_Paths ${modelFolder},${second}
`;
    const run = start({ stateFolder: first, further });
    await run.append(burst);
    appendFileSync(other, line(0, 200, "198.51.100.1"));
    await run.shipper.waitForRecords(10);
    await pause(saveMilliseconds, "until the state is due to be saved");
    await run.append(line(1, 200));
    appendFileSync(other, line(1, 200, "198.51.100.1"));
    await run.shipper.waitForRecords(12);
    await run.shipper.stop();
    const alerts = (folder: string) =>
      readState(readFileSync(join(folder, "oddline.state"))).tables[0].slots.filter(({ alert }) => alert).length;
    expect([alerts(first), alerts(second)]).toEqual([1, 0]);
    expect(stateLines(run)).toHaveLength(2);
    expect(statSync(join(first, "oddline.state")).size).toBeGreaterThan(200);
  });
});
