/** rsyslog, Fluent Bit with the filter, a real Loki: the files of deploy/rsyslog as shipped but for ports and paths. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, Loki } from "./loki.js";
import { endToEndRequired, hasShipper } from "./shippers.js";
import { endProcess, until } from "./waiting.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Whether a program that tells its version on `flag` is on PATH. */
export function hasProgram(program: string, flag: string): boolean {
  if (spawnSync(program, [flag], { timeout: 20_000 }).status === 0) return true;
  if (endToEndRequired) throw new Error(`ODDLINE_E2E=required, but ${program} is not on PATH`);
  console.warn(`${program} is not on PATH: its tests are skipped (ODDLINE_E2E=required would make them fail)`);
  return false;
}

export function hasSyslogChain(): boolean {
  return [hasShipper("loki"), hasShipper("fluent-bit"), hasProgram("rsyslogd", "-v")].every(Boolean);
}

export class SyslogChain {
  /** What the programs printed. */
  said = "";
  private readonly children: ChildProcess[] = [];

  private constructor(
    readonly loki: Loki,
    readonly folder: string,
    private readonly syslogPort: number,
  ) {}

  static async start(): Promise<SyslogChain> {
    const folder = mkdtempSync(join(tmpdir(), "oddline-rsyslog-"));
    const chain = new SyslogChain(await Loki.start(), folder, await freePort());
    try {
      await chain.startShippers();
    } catch (error) {
      await chain.stop();
      throw error;
    }
    return chain;
  }

  private async startShippers(): Promise<void> {
    const { folder, loki, syslogPort } = this;
    const forwardPort = await freePort();
    const modelFolder = join(folder, "model");
    mkdirSync(modelFolder);
    let fluentBit = readFileSync(join(root, "deploy/rsyslog/fluent-bit-network.yaml"), "utf8");
    fluentBit = withValue(fluentBit, "syslog_port: 5140", `syslog_port: ${forwardPort}`);
    fluentBit = withValue(fluentBit, "model_folder: .", `model_folder: ${modelFolder}`);
    fluentBit = withValue(fluentBit, "loki_port: 3100", `loki_port: ${new URL(loki.url).port}`);
    writeFileSync(join(folder, "fluent-bit.yaml"), fluentBit);
    const shipped = readFileSync(join(root, "deploy/rsyslog/60-oddline-network.conf"), "utf8");
    writeFileSync(
      join(folder, "rsyslog.conf"),
      [
        `global(workDirectory="${folder}")`,
        'module(load="imtcp")',
        `input(type="imtcp" port="${syslogPort}" address="127.0.0.1")`,
        withValue(shipped, 'port="5140"', `port="${forwardPort}"`),
      ].join("\n"),
    );
    this.run("fluent-bit", ["--config", join(folder, "fluent-bit.yaml")]);
    // an rsyslogd that is refused once waits half a minute
    await this.connect(forwardPort, "", "Fluent Bit");
    this.run("rsyslogd", ["-n", "-f", join(folder, "rsyslog.conf"), "-i", join(folder, "pid")]);
  }

  /** Started with the others and ended with them; what it prints is kept in `said`. */
  run(program: string, args: string[], environment: NodeJS.ProcessEnv = process.env): ChildProcess {
    const child = spawn(program, args, { cwd: root, env: environment, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.said += text;
      });
    }
    this.children.push(child);
    return child;
  }

  /** To rsyslog, as a device would send them. */
  async send(lines: readonly string[]): Promise<void> {
    await this.connect(this.syslogPort, lines.map((line) => `${line}\n`).join(""), "rsyslogd");
  }

  async stop(): Promise<void> {
    for (const child of this.children.reverse()) await endProcess(child);
    await this.loki.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Sends the text as soon as somebody listens there. */
  private async connect(port: number, text: string, who: string): Promise<void> {
    const sent = () =>
      new Promise<boolean>((resolve) => {
        const socket = createConnection(port, "127.0.0.1", () => socket.end(text, () => resolve(true)));
        socket.once("error", () => resolve(false));
      });
    await until(sent, () => `${who} takes a connection:\n${this.said}`);
  }
}

/** The shipped text with one value replaced, which must be there. */
function withValue(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`deploy/rsyslog has no ${from}`);
  return text.replace(from, to);
}

/** The head of a message from a device that knows no year, zone or fraction: `Nov 21 02:11:09 fw2 kernel: `. */
export function classicHeader(host: string, program: string, timeMs = Date.now()): string {
  const time = new Date(timeMs).toUTCString();
  const day = time.slice(5, 7).replace(/^0/, " ");
  return `<4>${time.slice(8, 11)} ${day} ${time.slice(17, 25)} ${host} ${program}: `;
}
