/**
 * `oddline serve --workers N`: order kept, each key's verdicts those of one worker, and a thread that ends ends the
 * server.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { shopLog } from "../../host/demo/shop.js";
import { configuredModel } from "../support/configuredModel.js";
import { type FakeSource, startFakeSource } from "../support/fakeSource.js";
import { learnText } from "../support/learning.js";
import { freePort, Running } from "../support/vector.js";
import { until } from "../support/waiting.mjs";

const oddline = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));
const time = "2026-11-21T04:00:00Z";
const seconds = Date.parse(time) / 1000;

let folder: string;
let model: string;
/** Once this file is there, every thread ends. */
let end: string;
let preload: string;
const open: (Running | FakeSource)[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "oddline-workers-"));
  model = join(folder, "oddline.model");
  end = join(folder, "end");
  preload = join(folder, "preload.mjs");
  const whenThere = `setInterval(() => existsSync(${JSON.stringify(end)}) && process.exit(7), 50)`;
  writeFileSync(
    preload,
    `import { existsSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
if (!isMainThread) ${whenThere};`,
  );
  writeFileSync(model, (await learnText(shopLog(1, seconds - 86_400, 3000, false))).model);
});
afterEach(async () => {
  for (const one of open.splice(0)) await (one instanceof Running ? one.stop() : one.close());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function serve(...options: string[]): Promise<{ url: string; running: Running }> {
  const port = await freePort();
  const command = [
    "--import",
    preload,
    oddline,
    "serve",
    "--listen",
    `127.0.0.1:${port}`,
    "--model",
    model,
    "--time",
    time,
    "--all",
  ];
  const running = new Running(process.execPath, [...command, ...options]);
  open.push(running);
  await until(
    () => running.said.includes("listening"),
    () => `it listens: ${running.said}`,
  );
  return { url: `http://127.0.0.1:${port}`, running };
}

const isRefused = (url: string) =>
  fetch(`${url}/healthz`).then(
    ({ ok }) => !ok,
    () => true,
  );

async function transform(url: string, lines: string[]): Promise<Record<string, unknown>[]> {
  const body = lines.map((message) => JSON.stringify({ message })).join("\n");
  const reply = await fetch(`${url}/v1/transform`, { method: "POST", body });
  expect(reply.status).toBe(200);
  return (await reply.text())
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** A shop's day and six clients that fail again and again, too few to raise the threshold that all share. */
function clients(): string[] {
  const lines = shopLog(2, seconds - 3600, 2000, true)
    .trimEnd()
    .split("\n");
  for (let i = 0; i < 120; i++) {
    const clock = String(Math.floor(i / 6)).padStart(2, "0");
    lines.push(`10.9.8.${i % 6} - - [21/Nov/2026:03:59:${clock} +0000] "GET /cart HTTP/1.1" 500 12`);
  }
  return lines;
}

const metric = async (url: string, name: string) =>
  Number(new RegExp(`^${name} (\\S+)$`, "m").exec(await (await fetch(`${url}/metrics`)).text())?.[1]);

describe("serve --workers", () => {
  test("keeps the order, and each key's verdicts are those of one worker", async () => {
    const lines = clients();
    const one = await serve();
    const three = await serve("--workers", "3");
    const batches = [lines.slice(0, 1000), lines.slice(1000, 1001), lines.slice(1001)];
    const expected: Record<string, unknown>[] = [];
    const found: Record<string, unknown>[] = [];
    for (const batch of batches) expected.push(...(await transform(one.url, batch)));
    for (const batch of batches) found.push(...(await transform(three.url, batch)));
    expect(found.map(({ message }) => message)).toEqual(lines);
    // what is told of news differs: each worker knows what it told itself
    const keyed = (events: Record<string, unknown>[]) =>
      events.flatMap(({ message, anomaly }) => {
        const { key, state, event, ...more } = anomaly as Record<string, unknown>;
        return key === undefined ? [] : [{ message, key, state, event, rate: more.type === "error_rate" && more }];
      });
    expect(keyed(expected).length).toBeGreaterThan(1000);
    expect(JSON.stringify(expected)).toContain("HIGH_ERROR_RATE");
    expect(keyed(found)).toEqual(keyed(expected));
    expect(await metric(three.url, "oddline_shards")).toBe(3);
    const shares = await Promise.all(
      [0, 1, 2].map((shard) => metric(three.url, `oddline_shard_events_total\\{shard="${shard}"\\}`)),
    );
    expect(shares.reduce((a, b) => a + b, 0)).toBe(lines.length);
    for (const share of shares) expect(share).toBeGreaterThan(lines.length / 10);
    expect(await metric(three.url, "oddline_transform_events_total")).toBe(lines.length);
  });

  test("batches that come at the same time are judged in the order they came in", async () => {
    const every = join(folder, "each.model");
    writeFileSync(every, configuredModel("alerts: every"));
    const { url } = await serve("--workers", "2", "--model", every);
    const burst = (from: number) =>
      Array.from(
        { length: 300 },
        (_, i) => `10.1.2.3 - - [21/Nov/2026:03:59:${10 + Math.floor((from + i) / 60)} +0000] "GET / HTTP/1.1" 500 1`,
      );
    const all = await Promise.all([0, 300, 600].map((from) => transform(url, burst(from))));
    const counts = all.flat().map(({ anomaly }) => (anomaly as { count?: number }).count ?? 0);
    const alerts = all.flat().filter(({ anomaly }) => (anomaly as { event?: string }).event === "HIGH_ERROR_RATE");
    expect(Math.max(...counts)).toBe(900);
    expect(alerts).toHaveLength(1);
  });

  test("threads go on from what they had counted", async () => {
    const state = join(folder, "state");
    const failing = (count: number) =>
      Array.from(
        { length: 40 * count },
        (_, i) => `10.9.8.${i % 4} - - [21/Nov/2026:03:59:00 +0000] "GET / HTTP/1.1" 500 1`,
      );
    const states = (events: Record<string, unknown>[]) =>
      events.map(({ anomaly }) => (anomaly as { state: string }).state);
    const every = join(folder, "every.model");
    writeFileSync(every, configuredModel("alerts: every"));
    const first = await serve("--workers", "2", "--state", state, "--model", every);
    expect(states(await transform(first.url, failing(1))).slice(-4)).toEqual(Array(4).fill("ERROR_RATE_ALERT"));
    expect(await first.running.stop()).toBe(0);
    const second = await serve("--workers", "2", "--state", state, "--model", every);
    expect(second.running.said.match(/state .*\.[01]-of-2 restored/g)).toHaveLength(2);
    expect(states(await transform(second.url, failing(1)))).toEqual(Array(40).fill("ERROR_RATE_ALERT"));
  });

  test("a thread that ends ends the server without an answer to what is held: nothing is lost", async () => {
    const source = await startFakeSource();
    open.push(source);
    source.script.push(undefined);
    const { url, running } = await serve("--workers", "2", "--forward", source.url);
    const held = fetch(`${url}/v1/transform`, { method: "POST", body: '{"message":"a"}' }).then(
      ({ status }) => status,
      () => "cut",
    );
    await until(() => source.held() > 0, "the source holds it");
    writeFileSync(end, "");
    expect(await running.ended).toBe(1);
    rmSync(end);
    expect(running.said).toMatch(/error WORKER_FAILED/);
    expect(await held).toBe("cut");
  });

  test("SIGTERM ends all threads when what is held is finished", async () => {
    const source = await startFakeSource();
    open.push(source);
    source.script.push(undefined);
    const { url, running } = await serve("--workers", "2", "--forward", source.url);
    const held = fetch(`${url}/v1/transform`, { method: "POST", body: '{"message":"a"}' });
    await until(() => source.held() > 0, "the source holds it");
    const stopped = running.stop();
    await until(() => isRefused(url), "no further connection is taken");
    source.release(200);
    expect((await held).status).toBe(200);
    expect(await stopped).toBe(0);
  });
});
