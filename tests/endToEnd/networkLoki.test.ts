/** `oddline network` against a real Loki, with receivers shaped like Slack and Alertmanager. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LokiApi } from "../../host/loki/api.js";
import { LokiClient } from "../../host/loki/client.js";
import { lokiConnection } from "../../host/loki/connection.js";
import { seededRandom } from "../../host/math/random.js";
import type { NetworkSettings } from "../../host/network/learn.js";
import { windowsOfLoki } from "../../host/network/lokiRun.js";
import { pushedDownWindow } from "../../host/network/pushDown.js";
import { oddline } from "../support/cli.js";
import { Loki, type PushedLine } from "../support/loki.js";
import { startReceiver, type TestReceiver } from "../support/receiver.js";
import { hasShipper } from "../support/shippers.js";
import { pause, until } from "../support/waiting.mjs";

const windowMs = 300_000;
const bin = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "oddline-network-loki-"));

describe.skipIf(!hasShipper("loki"))("oddline network on a real Loki", () => {
  let loki: Loki;
  let slack: TestReceiver;
  let alertmanager: TestReceiver;

  beforeAll(async () => {
    loki = await Loki.start();
    slack = await startReceiver();
    alertmanager = await startReceiver();
    writeFileSync(join(folder, "slack"), `${slack.url}/services/T0/B0/not-to-be-seen\n`);
  });
  afterAll(async () => {
    await loki?.stop();
    await slack?.close();
    await alertmanager?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const labelled = (job: string, lines: Omit<PushedLine, "labels">[]) =>
    lines.map((line) => ({ ...line, labels: { job } }));
  const queryOf = (job: string) => `{job="${job}"} |= "src_ip" |= "dst_ip" |= "bytes"`;
  const runFor = (job: string, settings: Partial<NetworkSettings> = {}) => ({
    client: new LokiClient(new LokiApi(lokiConnection(loki.url, {}))),
    query: queryOf(job),
    pushDown: true,
    settings: { windowSeconds: 300, entity: "destination", features: ["bytes"], ...settings } as NetworkSettings,
  });

  it("reproduces the seed: the busiest destination is alerted, with its address, bytes and score", async () => {
    const nowMs = Date.now();
    const lines = Array.from({ length: 40 }, (_, i) => ({
      timeMs: nowMs - 2000 + i,
      line: `src_ip=10.0.0.1, dst_ip=192.0.2.${i + 1}, bytes=${1000 + i * 3}`,
    }));
    lines.push({ timeMs: nowMs - 1500, line: "src_ip=10.0.0.1, dst_ip=198.51.100.7, bytes=60000000" });
    lines.push({ timeMs: nowMs - 1500, line: "bytes=40000000 dst_ip=198.51.100.7 src_ip=10.0.0.2" });
    lines.push({ timeMs: nowMs - 1300, line: "src_ip=10.0.0.1, dst_ip=, bytes=broken" });
    await loki.push(labelled("network-logs", lines));
    const result = await oddline(
      "network",
      ...["--loki", loki.url, "--self-fit", "--features", "bytes", "--since", "5m"],
      ...["--slack-webhook-file", join(folder, "slack"), "--alertmanager", alertmanager.url],
    );
    expect(result.code, result.err).toBe(0);
    expect(result.out).toMatch(
      /High traffic to destination IP 198\.51\.100\.7 \(100000000 bytes\) - Anomaly Score: -0\.\d+/,
    );
    expect(result.err).toContain("skipped 1 broken lines");
    expect(slack.received).toHaveLength(1);
    const told = JSON.stringify(slack.received[0].body);
    expect(told).toContain("198.51.100.7");
    expect(told).toContain("100000000");
    expect(slack.received[0].path).toBe("/services/T0/B0/not-to-be-seen");
    const alert = alertmanager.received[0].body.find(
      ({ labels }: { labels: Record<string, string> }) => labels.destination === "198.51.100.7",
    );
    expect(alertmanager.received[0].path).toBe("/api/v2/alerts");
    expect(alert.annotations).toMatchObject({ bytes: "100000000", score: expect.stringMatching(/^-0\.\d+$/) });
    expect(`${result.out}${result.err}`).not.toContain("not-to-be-seen");
  });

  it("lets Loki sum to the very numbers that reading gives", async () => {
    const random = seededRandom(12);
    const startMs = Math.floor((Date.now() - 3_600_000) / windowMs) * windowMs;
    const lines = Array.from({ length: 3000 }, (_, i) => {
      const destination = `192.0.2.${Math.floor(random() * 60)}`;
      const bytes = Math.floor(random() * 1e6);
      const line =
        i % 2
          ? `src_ip="10.0.0.1" bytes="${bytes}" dst_ip="${destination}"`
          : `proto=tcp src_ip=10.0.0.1, dst_ip=${destination}, bytes=${bytes}`;
      // The edges of a window are where a sum goes wrong.
      const edge = i % 50 === 0 ? 0 : i % 50 === 1 ? windowMs - 1 : Math.floor(random() * windowMs);
      return { timeMs: startMs + (i % 3) * windowMs + edge, nanoseconds: edge === windowMs - 1 ? 999_999 : 0, line };
    });
    await loki.push(labelled("sums", lines));
    const run = runFor("sums");
    const [api, endMs] = [run.client.api, startMs + 3 * windowMs];
    expect(await pushedDownWindow(api, run.query, startMs, 300)).toBeDefined();
    const summed = await windowsOfLoki(run, startMs, endMs, () => {});
    const read = await windowsOfLoki({ ...run, pushDown: false }, startMs, endMs, () => {});
    const numbers = (windows: typeof read) =>
      windows.map(({ startMs, key, values }) => [startMs, key, values.bytes, values.flows]);
    expect(read.length).toBeGreaterThan(150);
    expect(numbers(summed)).toEqual(numbers(read));
  });

  it("reads the lines where Loki would sum otherwise", async () => {
    const startMs = Math.floor((Date.now() - 7_200_000) / windowMs) * windowMs;
    const odd = [
      "src_ip=10.0.0.1, dst_ip=192.0.2.1, bytes=12.5",
      '{"src_ip":"10.0.0.1","dst_ip":"192.0.2.1","bytes":5}',
      "x src_ip=10.0.0.1, dst_ip=192.0.2.1, bytes=5",
      "src_ip=10.0.0.1, dst_ip=, bytes=5",
      "src_ip=10.0.0.1, dst_ip=192.0.2.1, bytes=1, bytes=2",
    ];
    for (const [i, line] of odd.entries()) {
      const job = `odd${i}`;
      const plain = { timeMs: startMs + 10, line: "src_ip=10.0.0.1, dst_ip=192.0.2.1, bytes=100" };
      await loki.push(labelled(job, [plain, { timeMs: startMs + 20, line }]));
      const run = runFor(job);
      expect(await pushedDownWindow(run.client.api, run.query, startMs, 300), line).toBeUndefined();
      const [window] = await windowsOfLoki(run, startMs, startMs + windowMs, () => {});
      const reference = await windowsOfLoki({ ...run, pushDown: false }, startMs, startMs + windowMs, () => {});
      const numbers = ({ talkers, sums, ...of }: typeof window) => of;
      expect([numbers(window)]).toEqual(reference.map(numbers));
    }
  });

  it("reads the lines where there are more destinations than Loki sums", async () => {
    const startMs = Math.floor((Date.now() - 9_000_000) / windowMs) * windowMs;
    const line = (i: number) => `src_ip=10.0.0.1, dst_ip=10.9.${i >> 8}.${i & 255}, bytes=${i}`;
    await loki.push(
      labelled(
        "many",
        Array.from({ length: 800 }, (_, i) => ({ timeMs: startMs + i, line: line(i) })),
      ),
    );
    const run = runFor("many");
    expect(await pushedDownWindow(run.client.api, run.query, startMs, 300)).toBeUndefined();
    expect(await windowsOfLoki(run, startMs, startMs + windowMs, () => {})).toHaveLength(800);
  });

  it("pages through many lines of one instant, each once", async () => {
    const timeMs = Date.now() - 5_400_000;
    const lines = Array.from({ length: 600 }, (_, i) => ({
      timeMs,
      line: `src_ip dst_ip bytes ${"é".repeat(1100)}${i}`,
    }));
    await loki.push(labelled("instant", lines));
    const client = new LokiClient(new LokiApi(lokiConnection(loki.url, {})), 100);
    const got: string[] = [];
    const [fromNs, toNs] = [BigInt(timeMs - 1000) * 1_000_000n, BigInt(timeMs + 1000) * 1_000_000n];
    for await (const { line } of client.entries('{job="instant"}', fromNs, toNs)) got.push(line);
    expect(got).toHaveLength(600);
    expect(new Set(got).size).toBe(600);
  });

  it("takes the page size that Loki allows", async () => {
    const client = new LokiClient(new LokiApi(lokiConnection(loki.url, {})), 50_000);
    let count = 0;
    const toNs = BigInt(Date.now() + 60_000) * 1_000_000n;
    for await (const _ of client.entries('{job="sums"}', toNs - 14_400_000_000_000n, toNs)) count++;
    expect(count).toBeGreaterThan(2900);
  });

  it.each([
    ["no data", ["--query", '{job="nothing-here"}'], 3, "NETWORK_NO_FLOWS"],
    ["a wrong query", ["--query", "{job="], 2, "LOKI_QUERY_INVALID"],
    ["a metric", ["--query", 'rate({job="sums"}[1m])'], 1, "LOKI_UNEXPECTED"],
  ])("%s ends as documented", async (_, options, code, message) => {
    const result = await oddline("network", "--loki", loki.url, "--self-fit", ...options);
    expect(result.code).toBe(code);
    expect(result.err).toContain(message);
    expect(result.out).toBe("");
  });

  it("stays, survives being killed, alerts once and shows no secret in the process list", async () => {
    const job = "watched";
    const state = join(folder, "watch.json");
    slack.received.length = 0;
    const traffic = (timeMs: number, odd: boolean) => {
      const lines = Array.from({ length: 40 }, (_, i) => ({
        timeMs: timeMs + i,
        line: `src_ip=10.0.0.1, dst_ip=192.0.2.${i + 1}, bytes=${1000 + i}`,
      }));
      if (odd) lines.push({ timeMs, line: "src_ip=10.0.0.1, dst_ip=198.51.100.9, bytes=70000000" });
      return labelled(job, lines);
    };
    const options = ["--query", queryOf(job), "--self-fit", "--features", "bytes", "--window", "2s"];
    const start = () =>
      spawn(
        process.execPath,
        [
          ...[bin, "network", "--loki", loki.url, ...options, "--every", "1s", "--delay", "1s"],
          // Far enough back for a slow machine: what was pushed before the start must still be scored.
          ...["--since", "2m", "--no-push-down", "--state", state, "--slack"],
        ],
        { env: { ...process.env, ODDLINE_SLACK_WEBHOOK_FILE: join(folder, "slack") }, stdio: "pipe" },
      );
    const alerted = () => JSON.stringify(slack.received).match(/destination IP 198\.51\.100\.9/g)?.length ?? 0;
    await loki.push(traffic(Date.now() - 5000, true));
    const first = start();
    try {
      await until(() => alerted() > 0, "alert", 90);
      // killed before it has noted that the alert was taken, it would send it once more, as documented
      await until(() => JSON.parse(readFileSync(state, "utf8")).outbox.length === 0, "the alert is noted as taken", 90);
      const commandLine = readFileSync(`/proc/${first.pid}/cmdline`, "utf8");
      expect(commandLine).toContain("--every");
      expect(commandLine).not.toContain("not-to-be-seen");
    } finally {
      first.kill("SIGKILL");
    }
    const told = alerted();
    await loki.push(traffic(Date.now(), false));
    const second = start();
    let said = "";
    second.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const ended = new Promise((resolve) => second.once("exit", resolve));
    try {
      await until(() => said.includes("scoring each window"), "second start", 90);
      await pause(6000, "rounds that may tell nothing");
    } finally {
      second.kill("SIGTERM");
    }
    expect(await ended, said).toBe(0);
    expect(alerted()).toBe(told);
  }, 240_000);

  it("no valid data ends as documented", async () => {
    await loki.push(labelled("invalid", [{ timeMs: Date.now() - 1000, line: "src_ip=, dst_ip=, bytes=" }]));
    const result = await oddline("network", "--loki", loki.url, "--self-fit", "--query", queryOf("invalid"));
    expect(result.code).toBe(3);
    expect(result.err).toContain("NETWORK_NO_FLOWS");
  });
});
