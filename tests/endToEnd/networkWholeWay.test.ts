/**
 * From a device's line to the alert that wakes somebody: UFW lines by rsyslog and Fluent Bit to Loki, `oddline network`
 * beside it, its alerts by a real Alertmanager and a receiver shaped like Slack's.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oddline } from "../support/cli.js";
import { freePort } from "../support/loki.js";
import { startReceiver, type TestReceiver } from "../support/receiver.js";
import { classicHeader, hasProgram, hasSyslogChain, SyslogChain } from "../support/syslogChain.js";
import { until } from "../support/waiting.mjs";

const bin = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));
const windowSeconds = 5;
/** Debian calls it by its full name. */
const alertmanagerProgram =
  spawnSync("alertmanager", ["--version"]).status === 0 ? "alertmanager" : "prometheus-alertmanager";
const present = [hasSyslogChain(), hasProgram(alertmanagerProgram, "--version")].every(Boolean);

const packet = (source: string, destination: string, port: number, verdict: string) =>
  `[UFW ${verdict}] IN=eth0 OUT= MAC=52:54:00 SRC=${source} DST=${destination} LEN=60 TOS=0x00 TTL=52 ID=1 PROTO=TCP ` +
  `SPT=40112 DPT=${port} WINDOW=64240 SYN`;

describe.skipIf(!present)("a port scan, from the firewall's line to the alert", () => {
  let chain: SyslogChain;
  let slack: TestReceiver;
  let pager: TestReceiver;
  let alertmanagerUrl: string;
  let forest: string;

  /** An hour of a small network: every destination is called on one port. */
  async function learnForest(): Promise<void> {
    const noonMs = Date.UTC(2026, 10, 20, 12);
    const lines = Array.from({ length: 7200 }, (_, i) => {
      const time = new Date(noonMs + i * 500).toISOString().replace("Z", "+00:00");
      return `${time} gw kernel: ${packet(`10.0.0.${1 + (i % 9)}`, `192.0.2.${1 + (i % 23)}`, 443, "ALLOW")}`;
    });
    const past = join(chain.folder, "past.log");
    writeFileSync(past, `${lines.join("\n")}\n`);
    forest = join(chain.folder, "past.forest");
    const learnt = await oddline("network", "--train", past, "--window", `${windowSeconds}s`, "--save-forest", forest);
    expect(learnt.code, learnt.err).toBe(0);
  }

  async function startAlertmanager(): Promise<void> {
    const port = await freePort();
    alertmanagerUrl = `http://127.0.0.1:${port}`;
    const configuration = join(chain.folder, "alertmanager.yml");
    writeFileSync(
      configuration,
      [
        "route: { receiver: pager, group_by: [alertname, destination, source], group_wait: 1s }",
        `receivers: [{ name: pager, webhook_configs: [{ url: "${pager.url}/pager" }] }]`,
        "",
      ].join("\n"),
    );
    const storage = join(chain.folder, "alertmanager");
    mkdirSync(storage);
    chain.run(alertmanagerProgram, [
      `--config.file=${configuration}`,
      `--storage.path=${storage}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address=",
    ]);
    const isReady = () =>
      fetch(`${alertmanagerUrl}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    await until(isReady, () => `Alertmanager is ready:\n${chain.said}`);
  }

  beforeAll(async () => {
    chain = await SyslogChain.start();
    slack = await startReceiver();
    pager = await startReceiver();
    await learnForest();
    await startAlertmanager();
  });
  afterAll(async () => {
    await chain?.stop();
    await slack?.close();
    await pager?.close();
  });

  it("arrives with who, to whom, what, how much and how much is usual", async () => {
    writeFileSync(join(chain.folder, "slack"), `${slack.url}/services/T0/B0/secret\n`);
    chain.run(process.execPath, [
      ...[bin, "network", "--loki", chain.loki.url, "--forest", forest, "--window", `${windowSeconds}s`],
      ...["--every", "1s", "--delay", "2s", "--since", "1m", "--state", join(chain.folder, "state.json")],
      ...["--slack-webhook-file", join(chain.folder, "slack"), "--alertmanager", alertmanagerUrl],
    ]);
    await until(
      () => chain.said.includes("scoring each window"),
      () => chain.said,
    );
    const ports = Array.from({ length: 60 }, (_, i) => 20 + i);
    const sentMs = Date.now();
    const header = classicHeader("gw", "kernel");
    await chain.send([
      ...Array.from({ length: 20 }, (_, i) => header + packet("10.0.0.3", `192.0.2.${1 + i}`, 443, "ALLOW")),
      ...ports.map((port) => header + packet("203.0.113.9", "192.0.2.7", port, "BLOCK")),
    ]);
    await until(
      () => slack.received.length > 0,
      () => `Slack's alert:\n${chain.said}`,
    );
    const slackMs = Date.now();
    await until(
      () => pager.received.length > 0,
      () => `Alertmanager's alert:\n${chain.said}`,
    );
    const pagerMs = Date.now();
    console.log(
      `seconds from the device's line: Slack ${((slackMs - sentMs) / 1000).toFixed(1)}, by Alertmanager ` +
        `${((pagerMs - sentMs) / 1000).toFixed(1)}; windows of ${windowSeconds} s, --every 1s, --delay 2s`,
    );
    const told = JSON.stringify(slack.received[0].body);
    for (const part of ["192.0.2.7", "203.0.113.9", "distinct ports, usually at most 1"]) expect(told).toContain(part);
    expect(pager.received[0].path).toBe("/pager");
    const [alert] = pager.received[0].body.alerts;
    expect(alert.labels).toMatchObject({ alertname: "OddlineNetworkAnomaly", destination: "192.0.2.7" });
    expect(alert.annotations).toMatchObject({
      kind: "scan",
      source: "203.0.113.9",
      usual: "1",
      peers: expect.stringContaining("203.0.113.9"),
      bytes_out: expect.stringMatching(/^\d+$/),
      reason: expect.stringMatching(/^scan: \d+ distinct ports, usually at most 1$/),
    });
    expect(chain.said).not.toMatch(/NETWORK_|ALERT_UNDELIVERED/);
  }, 120_000);
});
