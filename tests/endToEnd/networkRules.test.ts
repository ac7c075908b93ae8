/** The shipped rule for Loki's ruler, run by a real Loki; and that the rule for Grafana asks the same. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { Loki } from "../support/loki.js";
import { startReceiver } from "../support/receiver.js";
import { hasShipper } from "../support/shippers.js";

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");
const ruler = read("deploy/loki-ruler/oddline-network.yaml");
const folder = mkdtempSync(join(tmpdir(), "oddline-rules-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the rules in deploy/", () => {
  it("ask the same of Loki's ruler and of Grafana", () => {
    const [rule] = parse(ruler).groups[0].rules;
    const [grafana] = parse(read("deploy/grafana/oddline-network.yaml")).groups[0].rules;
    const [query, threshold] = grafana.data;
    expect(`${query.model.expr} > ${threshold.model.conditions[0].evaluator.params[0]}`).toBe(rule.expr);
    expect(threshold.model.expression).toBe(query.refId);
    expect(grafana.condition).toBe(threshold.refId);
    expect(grafana.title).toBe(rule.alert);
  });

  it.skipIf(!hasShipper("loki"))("alert by Loki's ruler for each destination that was tagged", async () => {
    const alertmanager = await startReceiver();
    mkdirSync(join(folder, "fake"));
    expect(ruler).toContain("interval: 1m");
    writeFileSync(join(folder, "fake", "oddline.yaml"), ruler.replace("interval: 1m", "interval: 1s"));
    const loki = await Loki.start([], rulerConfiguration(folder, alertmanager.url));
    try {
      const labels = { job: "network-logs", anomaly_type: "network" };
      const metadata = { anomaly_destination: "198.51.100.7", anomaly_score: "2.1" };
      const line = "src_ip=10.0.0.1, dst_ip=198.51.100.7, bytes=90000000";
      await loki.push([{ timeMs: Date.now() - 1000, line, labels, metadata }]);
      const alerts = () => alertmanager.received.flatMap(({ body }) => body as { labels: Record<string, string> }[]);
      for (let waited = 0; alerts().length === 0 && waited < 150; waited++) await sleep(200);
      expect(alerts()[0]?.labels).toMatchObject({
        alertname: "OddlineNetworkAnomaly",
        anomaly_destination: "198.51.100.7",
        severity: "warning",
      });
    } finally {
      await loki.stop();
      await alertmanager.close();
    }
  });
});

function rulerConfiguration(rules: string, alertmanagerUrl: string): string {
  return `
ruler:
  storage:
    type: local
    local:
      directory: ${rules}
  rule_path: ${rules}/scratch
  alertmanager_url: ${alertmanagerUrl}
  enable_alertmanager_v2: true
  evaluation_interval: 1s
  poll_interval: 1s
  ring:
    kvstore:
      store: inmemory
`;
}
