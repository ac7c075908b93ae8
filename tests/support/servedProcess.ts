/** `oddline serve` as a process of its own, on a free port, with what it says and holds. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cpuMillisecondsOf } from "./cpuTime.js";
import { until } from "./waiting.mjs";

const oddline = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));

export class ServedProcess {
  said = "";
  port = 0;
  readonly ended: Promise<number | null>;

  private constructor(private readonly child: ChildProcess) {
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.said += text;
    });
    this.ended = new Promise((resolve) => child.on("exit", (code) => resolve(code)));
  }

  static async start(...options: string[]): Promise<ServedProcess> {
    const command = [oddline, "serve", "--listen", "127.0.0.1:0", ...options];
    const served = new ServedProcess(spawn(process.execPath, command, { stdio: ["ignore", "ignore", "pipe"] }));
    await served.hasSaid(/listening on \S+:(\d+)/);
    served.port = Number(/listening on \S+:(\d+)/.exec(served.said)?.[1]);
    return served;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get residentBytes(): number {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
  }

  get cpuMilliseconds(): number {
    return cpuMillisecondsOf(this.pid);
  }

  async hasSaid(pattern: RegExp): Promise<void> {
    const hasEnded = () => this.child.exitCode !== null;
    await until(
      () => pattern.test(this.said) || hasEnded(),
      () => `${pattern}: ${this.said}`,
    );
    if (!pattern.test(this.said)) throw new Error(`oddline serve ended: ${this.said}`);
  }

  async stop(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}
