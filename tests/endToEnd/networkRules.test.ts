/** The shipped rule for Loki's ruler, run by a real Loki; and that the rule for Grafana asks the same. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { Loki } from "../support/loki.js";
import { startReceiver } from "../support/receiver.js";
import { hasShipper } from "../support/shippers.js";
import { until } from "../support/waiting.mjs";

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");
const ruler = read("deploy/loki-ruler/oddline-network.yaml");
const present = hasShipper("loki");
/** Loki reads rules from `ruler_storage` with this switch, from `ruler.storage` without; its default has changed. */
const canSwitch = present && /-use-thanos-objstore/.test(helpOf("loki"));

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

  it.skipIf(!present).for([
    ["common.storage.filesystem.rules_directory", () => ({})],
    [
      "ruler_storage",
      (directory: string) => ({
        storage_config: { use_thanos_objstore: true },
        ruler_storage: { backend: "local", local: { directory } },
      }),
    ],
    [
      "ruler.storage",
      (directory: string) => ({
        storage_config: { use_thanos_objstore: false },
        ruler: { storage: { type: "local", local: { directory } } },
      }),
    ],
  ] as const)(
    "alert by Loki's ruler for each destination that was tagged, from %s",
    async ([place, storage], { skip }) => {
      skip(place.startsWith("ruler") && !canSwitch, "this Loki has one place for rules only");
      const alertmanager = await startReceiver();
      expect(ruler).toContain("interval: 1m");
      const rules = ruler.replace("interval: 1m", "interval: 1s");
      const more = (directory: string) => rulerConfiguration(alertmanager.url, storage(directory));
      const loki = await Loki.start([], more, rules);
      try {
        const labels = { job: "network-logs", anomaly_type: "network" };
        const metadata = { anomaly_destination: "198.51.100.7", anomaly_score: "2.1" };
        const line = "src_ip=10.0.0.1, dst_ip=198.51.100.7, bytes=90000000";
        await loki.push([{ timeMs: Date.now() - 1000, line, labels, metadata }]);
        const alerts = () => alertmanager.received.flatMap(({ body }) => body as { labels: Record<string, string> }[]);
        await until(() => alerts().length > 0, "the ruler's alert");
        expect(alerts()[0]?.labels).toMatchObject({
          alertname: "OddlineNetworkAnomaly",
          anomaly_destination: "198.51.100.7",
          severity: "warning",
        });
      } finally {
        await loki.stop();
        await alertmanager.close();
      }
    },
  );
});

function helpOf(program: string): string {
  const { stdout, stderr } = spawnSync(program, ["-help"], { encoding: "utf8", maxBuffer: 16 << 20 });
  return stdout + stderr;
}

function rulerConfiguration(alertmanagerUrl: string, storage: { ruler?: object }): string {
  return stringify({
    ...storage,
    ruler: {
      ...storage.ruler,
      alertmanager_url: alertmanagerUrl,
      enable_alertmanager_v2: true,
      evaluation_interval: "1s",
      poll_interval: "1s",
      ring: { kvstore: { store: "inmemory" } },
    },
  });
}
