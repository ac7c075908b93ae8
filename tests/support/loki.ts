/** A real Loki on a free loopback port, its data in a folder of its own; always stopped by `stop`. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endProcess, until } from "./waiting.mjs";

const startSeconds = 120;

export interface PushedLine {
  timeMs: number;
  line: string;
  /** Added to the milliseconds. */
  nanoseconds?: number;
  labels?: Record<string, string>;
  metadata?: Record<string, string>;
}

export class Loki {
  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly child: ChildProcess,
    private readonly output: { text: string },
  ) {}

  /** `limits` are lines of Loki's `limits_config`; `more` is YAML beside it, made for the folder with `rules`. */
  static async start(limits: string[] = [], more = (_rulesFolder: string) => "", rules = ""): Promise<Loki> {
    const folder = mkdtempSync(join(tmpdir(), "oddline-loki-"));
    mkdirSync(join(folder, "rules", "fake"), { recursive: true });
    if (rules) writeFileSync(join(folder, "rules", "fake", "rules.yaml"), rules);
    const [httpPort, grpcPort] = [await freePort(), await freePort()];
    const path = join(folder, "loki.yaml");
    writeFileSync(path, configuration(folder, httpPort, grpcPort, limits) + more(join(folder, "rules")));
    const child = spawn("loki", [`-config.file=${path}`], { stdio: ["ignore", "pipe", "pipe"], cwd: folder });
    const output = { text: "" };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output.text = (output.text + text).slice(-20_000);
      });
    }
    const loki = new Loki(`http://127.0.0.1:${httpPort}`, folder, child, output);
    try {
      await loki.waitUntilReady();
    } catch (error) {
      await loki.stop();
      throw error;
    }
    return loki;
  }

  private async waitUntilReady(): Promise<void> {
    const isReady = async () => {
      if (this.child.exitCode !== null) throw new Error(`loki ended at its start:\n${this.output.text}`);
      return fetch(`${this.url}/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    };
    await until(isReady, () => `loki is ready:\n${this.output.text}`, startSeconds);
  }

  async push(lines: readonly PushedLine[]): Promise<void> {
    const streams = new Map<string, { stream: Record<string, string>; values: unknown[][] }>();
    for (const { timeMs, nanoseconds = 0, line, labels = { job: "network-logs" }, metadata } of lines) {
      const key = JSON.stringify(labels);
      if (!streams.has(key)) streams.set(key, { stream: labels, values: [] });
      const time = `${BigInt(timeMs) * 1_000_000n + BigInt(nanoseconds)}`;
      streams.get(key)!.values.push(metadata ? [time, line, metadata] : [time, line]);
    }
    const body = JSON.stringify({ streams: [...streams.values()] });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${this.url}/loki/api/v1/push`, { method: "POST", headers, body });
    if (answer.status !== 204) throw new Error(`push: ${answer.status} ${await answer.text()}`);
  }

  async query(
    logql: string,
    fromMs: number,
    toMs: number,
  ): Promise<{ labels: Record<string, string>; line: string }[]> {
    const search = new URLSearchParams({ query: logql, start: `${fromMs}000000`, end: `${toMs}000000`, limit: "5000" });
    const answer = await fetch(`${this.url}/loki/api/v1/query_range?${search}`);
    if (!answer.ok) throw new Error(`query: ${answer.status} ${await answer.text()}`);
    const { data } = (await answer.json()) as {
      data: { result: { stream: Record<string, string>; values: [string, string][] }[] };
    };
    return data.result.flatMap(({ stream, values }) => values.map(([, line]) => ({ labels: stream, line })));
  }

  async stop(): Promise<void> {
    await endProcess(this.child);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function configuration(folder: string, httpPort: number, grpcPort: number, limits: string[]): string {
  return `
auth_enabled: false
analytics:
  reporting_enabled: false
server:
  http_listen_address: 127.0.0.1
  http_listen_port: ${httpPort}
  grpc_listen_address: 127.0.0.1
  grpc_listen_port: ${grpcPort}
  log_level: warn
common:
  instance_addr: 127.0.0.1
  path_prefix: ${folder}
  replication_factor: 1
  storage:
    filesystem:
      chunks_directory: ${folder}/chunks
      rules_directory: ${folder}/rules
  ring:
    instance_addr: 127.0.0.1
    kvstore:
      store: inmemory
schema_config:
  configs:
    - from: 2020-01-01
      store: tsdb
      object_store: filesystem
      schema: v13
      index:
        prefix: index_
        period: 24h
ingester:
  lifecycler:
    min_ready_duration: 0s
    final_sleep: 0s
limits_config:
  allow_structured_metadata: true
  reject_old_samples: false
  ingestion_rate_mb: 64
  ingestion_burst_size_mb: 128
  per_stream_rate_limit: 64MB
  per_stream_rate_limit_burst: 128MB
${limits.map((line) => `  ${line}\n`).join("")}`;
}
