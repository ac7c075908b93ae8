/** rsyslog -> Fluent Bit -> filter -> Loki -> oddline network, with the files of deploy/rsyslog as shipped. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oddline } from "../support/cli.js";
import { freePort, Loki } from "../support/loki.js";
import { endToEndRequired, hasShipper } from "../support/shippers.js";
import { endProcess, until } from "../support/waiting.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const waitSeconds = 30;

function hasRsyslog(): boolean {
  if (spawnSync("rsyslogd", ["-v"], { timeout: 20_000 }).status === 0) return true;
  if (endToEndRequired) throw new Error("ODDLINE_E2E=required, but rsyslogd is not on PATH");
  console.warn("rsyslogd is not on PATH: its test is skipped (ODDLINE_E2E=required would make it fail)");
  return false;
}

const present = [hasShipper("loki"), hasShipper("fluent-bit"), hasRsyslog()].every(Boolean);

describe.skipIf(!present)("network logs by rsyslog", () => {
  const folder = mkdtempSync(join(tmpdir(), "oddline-rsyslog-"));
  const children: ChildProcess[] = [];
  let said = "";
  let loki: Loki;
  let syslogPort: number;

  function run(program: string, args: string[]): void {
    const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    }
    children.push(child);
  }

  /** The shipped text with one value replaced, which must be there. */
  function withValue(text: string, from: string, to: string): string {
    expect(text).toContain(from);
    return text.replace(from, to);
  }

  beforeAll(async () => {
    loki = await Loki.start();
    const forwardPort = await freePort();
    syslogPort = await freePort();
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
    run("fluent-bit", ["--config", join(folder, "fluent-bit.yaml")]);
    // an rsyslogd that is refused once waits half a minute
    await connect(forwardPort, "", "Fluent Bit");
    run("rsyslogd", ["-n", "-f", join(folder, "rsyslog.conf"), "-i", join(folder, "pid")]);
  });
  afterAll(async () => {
    for (const child of children) await endProcess(child);
    await loki?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Sends the text as soon as somebody listens there. */
  async function connect(port: number, text: string, who: string): Promise<void> {
    const sent = () =>
      new Promise<boolean>((resolve) => {
        const socket = createConnection(port, "127.0.0.1", () => socket.end(text, () => resolve(true)));
        socket.once("error", () => resolve(false));
      });
    await until(sent, () => `${who} takes a connection:\n${said}`);
  }

  it("come to Loki as they were, and the odd destination is alerted", async () => {
    const flows = Array.from({ length: 40 }, (_, i) => `src_ip=10.0.0.1, dst_ip=192.0.2.${i + 1}, bytes=${1000 + i}`);
    flows.push("src_ip=10.0.0.1, dst_ip=198.51.100.7, bytes=90000000");
    const header = `<134>1 ${new Date().toISOString()} fw1 flowd 77 - - `;
    // a firewall's own, with a classic time stamp: no year, no zone, no fraction
    const now = new Date().toUTCString();
    const classic = `<4>${now.slice(8, 11)} ${now.slice(5, 7).replace(/^0/, " ")} ${now.slice(17, 25)} fw2 kernel: `;
    const packet = "[UFW BLOCK] IN=eth0 OUT= SRC=10.0.0.1 DST=192.0.2.77 LEN=40 PROTO=TCP SPT=4711 DPT=23";
    flows.push(packet);
    const lines = [
      ...flows.map((flow) => (flow === packet ? classic : header) + flow),
      `${header}nothing about a flow`,
    ];
    await connect(syslogPort, lines.map((line) => `${line}\n`).join(""), "rsyslogd");
    let stored: { line: string }[] = [];
    const areStored = async () => {
      stored = await loki.query('{job="network-logs"}', Date.now() - 600_000, Date.now() + 60_000);
      return stored.length >= flows.length;
    };
    await until(areStored, () => `${stored.length} of ${flows.length} flows:\n${said}`, waitSeconds);
    expect(stored.map(({ line }) => line).sort(), said).toEqual(flows.sort());
    expect(said).not.toMatch(/error|invalid|cannot/i);
    const { code, out, err } = await oddline("network", "--loki", loki.url, "--self-fit", "--features", "bytes");
    expect(code, err).toBe(0);
    expect(out).toContain("High traffic to destination IP 198.51.100.7 (90000000 bytes) - Anomaly Score: -0.");
    const all = await oddline("network", "--loki", loki.url, "--self-fit", "--json");
    expect(all.out).toContain('"destination":"192.0.2.77"');
  });
});
