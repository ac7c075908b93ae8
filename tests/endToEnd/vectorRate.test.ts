/**
 * How fast vector.toml as shipped brings a log into a real Loki, acknowledgements on. A measurement, for
 * ODDLINE_SOAK=1: it prints its seconds, and holds how much processor time Oddline takes beside Vector in the same run.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { shopLog } from "../../host/demo/shop.js";
import { oddline } from "../support/cli.js";
import { Loki } from "../support/loki.js";
import { startShippedVector } from "../support/shippedVector.js";
import { hasShipper } from "../support/shippers.js";
import { until } from "../support/waiting.mjs";

const isWanted = process.env.ODDLINE_SOAK === "1" && hasShipper("vector") && hasShipper("loki");
/** Vector reads the log, sends it there and back and pushes it to Loki. */
const cpuShareMax = 1;
const lineCount = 600_000;
const waitSeconds = 600;

test.skipIf(!isWanted)(
  "Oddline takes less processor time than the Vector it serves",
  { timeout: 900_000 },
  async () => {
    const own = mkdtempSync(join(tmpdir(), "oddline-rate-"));
    const loki = await Loki.start();
    const log = join(own, "app.log");
    const some = shopLog(3, Date.UTC(2026, 10, 21, 2) / 1000, 20_000, true);
    writeFileSync(log, some);
    mkdirSync(join(own, "model"));
    const { code, err } = await oddline("refresh", log, "--out", join(own, "model/oddline.model"));
    expect(code, err).toBe(0);
    writeFileSync(log, some.repeat(lineCount / 20_000));
    const start = performance.now();
    const { running, port } = await startShippedVector("vector.toml", {
      own,
      log,
      lokiPort: new URL(loki.url).port,
      modelFolder: join(own, "model"),
    });
    try {
      const said = () => running.map((one) => one.said).join("\n");
      await until(
        async () => (await storedEvents(port)) >= lineCount,
        () => `all lines are stored:\n${said()}`,
        waitSeconds,
      );
      const rate = lineCount / ((performance.now() - start) / 1000);
      console.log(`${Math.round(rate).toLocaleString("en")} events/s, from the start of Vector on`);
      const [serve, vector] = running.map((one) => one.cpuMilliseconds);
      console.log(`CPU seconds: oddline serve ${serve / 1000}, Vector ${vector / 1000}`);
      expect(serve / vector).toBeLessThan(cpuShareMax);
    } finally {
      for (const one of running) await one.stop();
      await loki.stop();
      rmSync(own, { recursive: true, force: true });
    }
  },
);

/** Those of requests that Vector has acknowledged, which it does when Loki has. */
async function storedEvents(port: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
  const text = (await answer?.text()) ?? "";
  const metric = (name: string) => Number(new RegExp(`^${name} (\\d+)`, "m").exec(text)?.[1] ?? Number.NaN);
  return metric("oddline_transform_held_requests") === 0 ? metric("oddline_transform_events_total") : 0;
}
