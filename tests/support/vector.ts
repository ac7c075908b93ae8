/**
 * Runs a real Vector, and `oddline serve` beside it; both end with the test, by force where they do not go by
 * themselves.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cpuMillisecondsOf } from "./cpuTime.js";
import { until } from "./waiting.mjs";

const oddline = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));
const stopMilliseconds = 10_000;

export class Running {
  said = "";
  private readonly child: ChildProcess;
  /** The exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>;

  constructor(program: string, args: string[], folder?: string) {
    this.child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], cwd: folder });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.said += text;
      });
    }
    this.ended = new Promise((resolve) => {
      this.child.on("exit", (code) => resolve(code));
      this.child.on("error", (error) => {
        this.said += `cannot start ${program}: ${error.message}`;
        resolve(null);
      });
    });
  }

  get cpuMilliseconds(): number {
    return cpuMillisecondsOf(this.child.pid);
  }

  /** As a crash would. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  /** The exit code; null where it had to be forced. */
  async stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), stopMilliseconds);
    const code = await this.ended;
    clearTimeout(timer);
    return code;
  }
}

export function startServe(port: number, sourcePort: number, ...options: string[]): Running {
  const forward = `http://127.0.0.1:${sourcePort}/ingest`;
  return new Running(process.execPath, [
    oddline,
    "serve",
    "--listen",
    `127.0.0.1:${port}`,
    "--forward",
    forward,
    ...options,
  ]);
}

/** `configuration` without its data_dir, which is the run's own. */
export function startVector(folder: string, configuration: string): Running {
  const dataFolder = join(folder, "data");
  mkdirSync(dataFolder, { recursive: true });
  const path = join(folder, "vector.toml");
  writeFileSync(path, `data_dir = "${dataFolder}"\n${configuration}`);
  return new Running("vector", ["--quiet", "--graceful-shutdown-limit-secs", "5", "--config", path]);
}

export interface Beside {
  codec: "json" | "native";
  /** Components before and behind: the sink reads from `input`, the source is named `output`. */
  input: string;
  output: string;
  /** Where `oddline serve` listens, and where it sends on to. */
  port: number;
  sourcePort: number;
  /** Of the sink: batches and requests. */
  pace?: string;
}

/** The sink and the source that `oddline serve` stands between. */
export function besideBlocks({ codec, input, output, port, sourcePort, pace }: Beside): string {
  const framing = codec === "json" ? 'framing.method = "newline_delimited"' : "";
  return `
[sinks.to_oddline]
type = "http"
inputs = ["${input}"]
uri = "http://127.0.0.1:${port}/v1/transform"
encoding.codec = "${codec}"
${framing}
acknowledgements.enabled = true
${pace ?? "batch.timeout_secs = 0.2\nrequest = { concurrency = 1, retry_max_duration_secs = 1 }"}
[sources.${output}]
type = "http_server"
address = "127.0.0.1:${sourcePort}"
path = "/ingest"
path_key = ""
decoding.codec = "${codec}"
${framing}
`;
}

/** The whole lines of a file that is still written, once there are `count` of them; `said` is for the error else. */
export async function waitForLines(
  path: string,
  count: number,
  seconds: number,
  said: () => string,
): Promise<string[]> {
  const lines = () => (existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : []);
  await until(
    () => lines().length >= count,
    () => `${lines().length} of ${count} events came:\n${said()}`,
    seconds,
  );
  return lines();
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
