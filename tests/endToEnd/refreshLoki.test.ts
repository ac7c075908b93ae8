/**
 * The full circle on the real things: a log through Fluent Bit and the filter into Loki, read back by `refresh --loki`
 * (a thousand lines on one timestamp among them), the model installed, taken up by the running filter, and seen at work
 * in Loki. What was learnt from Loki is, byte for byte, what is learnt from a file of the same records.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop } from "../../host/demo/shop.js";
import { LokiApi } from "../../host/loki/api.js";
import { LokiClient } from "../../host/loki/client.js";
import { lokiConnection } from "../../host/loki/connection.js";
import { oddline } from "../support/cli.js";
import { Loki } from "../support/loki.js";
import { hasShipper } from "../support/shippers.js";
import { endProcess, until } from "../support/waiting.mjs";

const present = [hasShipper("loki"), hasShipper("fluent-bit")].every(Boolean);
const root = fileURLToPath(new URL("../../", import.meta.url));
const linesWanted = 101_000;
const crowdLines = 1000;
const query = '{job="app"}';

/** Lines of forty shops within half an hour, each different: Loki keeps equal lines of one instant once. */
function linesFrom(startSeconds: number, crowdSeconds: number): string[] {
  const shops = Array.from({ length: 40 }, (_, seed) => new Shop(seed, startSeconds));
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();
  const crowd = Array.from(
    { length: crowdLines },
    (_, i) => `${at(crowdSeconds)} INFO mail to customer ${1000 + i} queued`,
  );
  const lines = new Set(crowd);
  for (const shop of shops) for (const line of shop.oddities()) lines.add(line);
  while (lines.size < linesWanted) for (const shop of shops) lines.add(shop.line());
  return [...lines];
}

/** The shipped configuration with values of our own; time taken from the line, and a copy of what Loki gets. */
function configure(folder: string, log: string, modelFolder: string, port: string): string {
  const parser = (name: string, regex: string, format: string) =>
    `[PARSER]\n    Name ${name}\n    Format regex\n    Regex ${regex}\n    Time_Key time\n    Time_Format ${format}\n`;
  writeFileSync(
    join(folder, "parsers.conf"),
    parser("access", "^\\S+ - - \\[(?<time>[^\\]]+)\\]", "%d/%b/%Y:%H:%M:%S %z") +
      parser("application", "^(?<time>\\d{4}-\\S+Z) ", "%Y-%m-%dT%H:%M:%S.%LZ"),
  );
  const values = { log, model_folder: modelFolder, state_folder: folder, loki_port: port };
  let text = readFileSync(join(root, "fluent-bit.conf"), "utf8");
  for (const [name, value] of Object.entries(values)) {
    text = text.replace(RegExp(`^@SET ${name}=.*`, "m"), `@SET ${name}=${value}`);
  }
  const timeFilter =
    "[FILTER]\n    Name parser\n    Match app\n    Key_Name log\n    Preserve_Key On\n    Reserve_Data On\n" +
    "    Parser access\n    Parser application\n\n";
  text = text
    .replace("[SERVICE]\n", `[SERVICE]\n    Parsers_File ${join(folder, "parsers.conf")}\n`)
    .replace(
      "    Tag              app\n",
      "    Tag              app\n    Read_from_Head   On\n    Refresh_Interval 1\n",
    )
    .replace("[FILTER]\n", `${timeFilter}[FILTER]\n`);
  text += `\n[OUTPUT]\n    Name file\n    Match app\n    Path ${folder}\n    File records.ndjson\n    Format plain\n`;
  const path = join(folder, "fluent-bit.conf");
  writeFileSync(path, text);
  return path;
}

describe.skipIf(!present)("from the log to Loki, to a model, to the filter and back", () => {
  const folder = mkdtempSync(join(tmpdir(), "oddline-circle-"));
  const modelFolder = join(folder, "model");
  const model = join(modelFolder, "oddline.model");
  const log = join(folder, "app.log");
  // Whole seconds of the past hour, which Loki takes in any order.
  const startSeconds = Math.floor(Date.now() / 1000) - 2700;
  const range = ["--since", `${startSeconds - 60}`, "--until", `${startSeconds + 2640}`];
  const crowdSeconds = startSeconds + 600;
  const lines = linesFrom(startSeconds, crowdSeconds);
  let loki: Loki;
  let shipper: ChildProcess;
  let said = "";
  let version = "";

  beforeAll(async () => {
    mkdirSync(modelFolder);
    writeFileSync(log, `${lines.join("\n")}\n`);
    loki = await Loki.start();
    const config = configure(folder, log, modelFolder, new URL(loki.url).port);
    shipper = spawn("fluent-bit", ["--config", config], { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
    shipper.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    await until(
      async () => (await stored()) >= lines.length,
      () => `all lines in Loki:\n${said}`,
      90,
    );
  }, 100_000);
  afterAll(async () => {
    await endProcess(shipper);
    await loki?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const api = () => new LokiApi(lokiConnection(loki.url, {}));
  const nanoseconds = (seconds: number) => BigInt(seconds) * 1_000_000_000n;
  /** As Loki itself counts them. */
  async function stored(): Promise<number> {
    const samples = await api().vector(`sum(count_over_time(${query}[45m]))`, nanoseconds(startSeconds + 2640));
    return samples[0]?.value ?? 0;
  }

  it("brings back every line once, a thousand of one instant among them", async () => {
    expect(await stored()).toBe(lines.length);
    const [fromNs, toNs] = [nanoseconds(startSeconds - 60), nanoseconds(startSeconds + 2640)];
    const got: string[] = [];
    for await (const { line } of new LokiClient(api()).entries(query, fromNs, toNs)) got.push(line);
    expect(got).toHaveLength(lines.length);
    expect(new Set(got)).toEqual(new Set(lines));
    // Pages far smaller than the crowd.
    const crowdNs = nanoseconds(crowdSeconds);
    const crowd = new Set<string>();
    let count = 0;
    for await (const { line } of new LokiClient(api(), 300).entries(query, crowdNs, crowdNs + 1n)) {
      crowd.add(line);
      count++;
    }
    expect(count).toBeGreaterThanOrEqual(crowdLines);
    expect(crowd.size).toBe(count);
  }, 60_000);

  it("learns from Loki what it learns from a file of the same records, byte for byte", async () => {
    const fromLoki = await oddline("refresh", "--loki", loki.url, "--query", query, ...range, "--out", model, "--json");
    expect(fromLoki.code, fromLoki.err).toBe(0);
    const told = JSON.parse(fromLoki.out);
    expect(told.lines).toBe(lines.length);
    version = told.model;
    const records = join(folder, "records.ndjson");
    expect(readFileSync(records, "utf8")).toContain('"anomaly":{');
    const copy = join(folder, "copy.model");
    expect((await oddline("refresh", records, "--out", copy)).code).toBe(0);
    expect(readFileSync(model).equals(readFileSync(copy))).toBe(true);
  }, 60_000);

  it("is taken up by the running filter, which tags by it from then on", async () => {
    expect(version).toMatch(/^[0-9a-f]{8}$/);
    // The filter looks when lines come.
    const nextLine = () => appendFileSync(log, `${new Date().toISOString()} INFO mail to customer 4711 queued\n`);
    await until(
      () => {
        nextLine();
        return said.includes(`model ${version} loaded`);
      },
      () => `taken up:\n${said}`,
    );
    const line = `${new Date().toISOString()} INFO the cellar was flooded by an unknown person`;
    appendFileSync(log, `${line}\n`);
    const found = () => loki.query(`${query} |= "the cellar was flooded"`, Date.now() - 600_000, Date.now() + 60_000);
    await until(
      async () => (await found()).length > 0,
      () => `tagged in Loki:\n${said}`,
    );
    expect((await found())[0]).toMatchObject({
      line,
      labels: { anomaly_type: expect.any(String), anomaly_model: version },
    });
  }, 60_000);

  it("reads lines that would not fit an answer of 5,000, and lines that differ in their labels alone", async () => {
    const timeMs = startSeconds * 1000;
    for (let part = 0; part < 5; part++) {
      const long = (i: number) => ({
        timeMs: timeMs + part,
        line: `${part} ${i} ${"long ".repeat(2000)}`,
        labels: { job: "long" },
      });
      await loki.push(Array.from({ length: 200 }, (_, i) => long(i)));
    }
    const alike = Array.from({ length: 90 }, (_, i) => ({
      timeMs,
      line: "the same",
      labels: { job: "alike", pod: `pod-${i % 30}` },
      metadata: { note: i < 30 ? "" : i < 60 ? 'a"b\\' : "c" },
    }));
    await loki.push(alike);
    // One attempt: an answer that Loki cannot give would take a minute and fail.
    const once = new LokiApi(lokiConnection(loki.url, {}), { attemptsMax: 1, pauseSeconds: 0, pauseSecondsMax: 0 });
    const read = async (job: string, pageLines?: number) => {
      const seen = new Set<string>();
      let count = 0;
      const [fromNs, toNs] = [nanoseconds(startSeconds - 60), nanoseconds(startSeconds + 60)];
      for await (const { line, labels } of new LokiClient(once, pageLines).entries(`{job="${job}"}`, fromNs, toNs)) {
        seen.add(JSON.stringify([line, labels]));
        count++;
      }
      return [count, seen.size];
    };
    expect(await read("long")).toEqual([1000, 1000]);
    expect(await read("alike", 4)).toEqual([90, 90]);
  }, 60_000);
});
