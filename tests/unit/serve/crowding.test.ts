/** One line where most events have one key: a proxy's address, most likely. */
import { describe, expect, it } from "vitest";
import { parseConfiguration } from "../../../host/config/configuration.js";
import { configuredModel } from "../../../host/model/configuredModel.js";
import { LocalJudge } from "../../../host/serve/judge/judge.js";
import { Metrics } from "../../../host/serve/observe/metrics.js";
import { Notices } from "../../../host/serve/observe/notices.js";
import { Engine } from "../../../host/wasm/engine.js";
import { FilterHost } from "../../support/filterHost.mjs";
import { seededRandom } from "../../support/hostile.mjs";

const seconds = Date.UTC(2026, 10, 21, 3) / 1000;
const engine = new Engine();

/** `share` of the events are one proxy's, the others come from a thousand clients. */
function records(count: number, share: number, seed = 1): string[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const other = Math.floor(random() * 1000);
    const remote = random() < share ? "10.0.0.2" : `203.0.${other >> 8}.${other & 255}`;
    return JSON.stringify({ remote_addr: remote, tenant: "acme", msg: "it is done" });
  });
}

const modelOf = (yaml: string) => configuredModel(engine, parseConfiguration(yaml, "oddline.yaml").configuration);

/** What is said on standard error, the model's line aside. */
function said(host: FilterHost, lines: string[], at = seconds): string[] {
  const before = host.errors.length;
  for (const line of lines) host.filter(Buffer.from(line), { seconds: at });
  return host.errors.slice(before).filter((line) => line.includes("one key carries"));
}

describe("one key with most of the traffic", () => {
  it("is said in one line with its share, and not who it is", () => {
    const host = new FilterHost();
    const lines = said(host, records(4000, 0.8));
    expect(lines.length).toBe(1);
    const told =
      /^\[oddline\] one key carries (\d\d) % of the last 1500 events with a key; behind a proxy\? configure key\.forwarded and key\.trustedProxies, or key\.fields$/.exec(
        lines[0],
      );
    expect(Number(told?.[1])).toBeGreaterThanOrEqual(76);
    expect(Number(told?.[1])).toBeLessThanOrEqual(84);
    expect(lines[0]).not.toContain("10.0.0.2");
  });

  it("is said once an hour at most, again while it lasts", () => {
    const host = new FilterHost();
    expect(said(host, records(30_000, 0.9)).length).toBe(1);
    expect(said(host, records(3001, 0.9), seconds + 3599).length).toBe(0);
    expect(said(host, records(3001, 0.9), seconds + 3600).length).toBe(1);
  });

  it("is not said of a few thousand events too few, of half or less, or of events without a key", () => {
    expect(said(new FilterHost(), records(2999, 1))).toEqual([]);
    for (let seed = 1; seed <= 5; seed++) expect(said(new FilterHost(), records(20_000, 0.45, seed))).toEqual([]);
    const keyless = Array.from({ length: 5000 }, () => '{"msg":"it is done"}');
    expect(said(new FilterHost(), [...keyless, ...records(2000, 1)])).toEqual([]);
  });

  it("is not said of a tenant that is configured as the key, nor where the proxy is configured", () => {
    const of = (yaml: string, lines = records(5000, 0.9)) =>
      said(new FilterHost({ model: modelOf(yaml) }), lines).length;
    expect(of("mode: tag")).toBe(1);
    expect(of("key: { fields: [tenant] }")).toBe(0);
    expect(of("key: { fields: [remote_addr] }")).toBe(1);
    const behind = records(5000, 1).map((line, i) => line.replace("{", `{"xff":"203.0.113.${i % 250}",`));
    expect(of("key: { forwarded: [xff], trustedProxies: [10.0.0.0/8] }", behind)).toBe(0);
    expect(of("key: { forwarded: [xff] }", behind)).toBe(1);
  });

  it("is handed to other hosts after their lines", () => {
    const batch = new Engine();
    const lines = Buffer.from(`${records(4000, 0.8).join("\n")}\n`);
    for (const _ of batch.tag(lines, { flags: 0, seconds: BigInt(seconds) }));
    expect(batch.notice(BigInt(seconds))).toMatch(/^\[oddline\] one key carries [78]\d % of .* or key\.fields$/);
    expect(batch.notice(BigInt(seconds))).toBeUndefined();
  });

  it("is said by a server as by the filter", () => {
    const said: string[] = [];
    const judge = new LocalJudge(
      { seed: 1n, seconds: BigInt(seconds) },
      new Notices((line) => said.push(line)),
      new Metrics(),
    );
    for (let part = 0; part < 4; part++) judge.tag(Buffer.from(`${records(2000, 0.8, part).join("\n")}\n`));
    expect(said).toEqual([expect.stringMatching(/^\[oddline\] one key carries [78]\d % of the last 1500 events/)]);
  });
});
