/** rsyslog -> Fluent Bit -> filter -> Loki -> oddline network, with the files of deploy/rsyslog as shipped. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oddline } from "../support/cli.js";
import { classicHeader, hasSyslogChain, SyslogChain } from "../support/syslogChain.js";
import { until } from "../support/waiting.mjs";

const waitSeconds = 30;

describe.skipIf(!hasSyslogChain())("network logs by rsyslog", () => {
  let chain: SyslogChain;

  beforeAll(async () => {
    chain = await SyslogChain.start();
  });
  afterAll(() => chain?.stop());

  it("says at the first start, on a Loki without a past, what to do", async () => {
    await chain.loki.push([{ timeMs: Date.now() - 1000, line: "src_ip=10.0.0.1, dst_ip=192.0.2.1, bytes=7" }]);
    const { code, out, err } = await oddline("network", "--loki", chain.loki.url);
    expect([code, out]).toEqual([3, ""]);
    expect(err).toContain("nothing older than 5 minutes");
    expect(err).toContain("wait, or use --self-fit");
  });

  it("come to Loki as they were, and the odd destination is alerted", async () => {
    const flows = Array.from({ length: 40 }, (_, i) => `src_ip=10.0.0.1, dst_ip=192.0.2.${i + 1}, bytes=${1000 + i}`);
    flows.push("src_ip=10.0.0.1, dst_ip=198.51.100.7, bytes=90000000");
    const header = `<134>1 ${new Date().toISOString()} fw1 flowd 77 - - `;
    const packet = "[UFW BLOCK] IN=eth0 OUT= SRC=10.0.0.1 DST=192.0.2.77 LEN=40 PROTO=TCP SPT=4711 DPT=23";
    flows.push(packet);
    await chain.send([
      ...flows.map((flow) => (flow === packet ? classicHeader("fw2", "kernel") : header) + flow),
      `${header}nothing about a flow`,
    ]);
    const sent = '{job="network-logs"} !~ "bytes=7$"';
    let stored: { line: string }[] = [];
    const areStored = async () => {
      stored = await chain.loki.query(sent, Date.now() - 600_000, Date.now() + 60_000);
      return stored.length >= flows.length;
    };
    await until(areStored, () => `${stored.length} of ${flows.length} flows:\n${chain.said}`, waitSeconds);
    expect(stored.map(({ line }) => line).sort(), chain.said).toEqual(flows.sort());
    expect(chain.said).not.toMatch(/error|invalid|cannot/i);
    const { code, out, err } = await oddline("network", "--loki", chain.loki.url, "--self-fit", "--features", "bytes");
    expect(code, err).toBe(0);
    expect(out).toContain("High traffic to destination IP 198.51.100.7 (90000000 bytes) - Anomaly Score: -0.");
    const all = await oddline("network", "--loki", chain.loki.url, "--self-fit", "--json");
    expect(all.out).toContain('"destination":"192.0.2.77"');
  });
});
