/**
 * How fast vector.toml as shipped brings a log into a real Loki, acknowledgements on. A measurement, for
 * ODDLINE_SOAK=1: on a machine that does other things it says nothing.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { shopLog } from "../../host/demo/shop.js";
import { oddline } from "../support/cli.js";
import { Loki } from "../support/loki.js";
import { startShippedVector } from "../support/shippedVector.js";
import { hasShipper } from "../support/shippers.js";

const isWanted = process.env.ODDLINE_SOAK === "1" && hasShipper("vector") && hasShipper("loki");
const eventsPerSecondMin = 20_000;
const lineCount = 600_000;
const waitSeconds = 90;

test.skipIf(!isWanted)(`vector.toml stores ${eventsPerSecondMin} events a second`, { timeout: 180_000 }, async () => {
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
    for (let stored = 0; stored < lineCount; await sleep(200)) {
      stored = await storedEvents(port);
      const said = running.map((one) => one.said).join("\n");
      expect(performance.now() - start, `${stored} of ${lineCount} lines:\n${said}`).toBeLessThan(waitSeconds * 1000);
    }
    const rate = lineCount / ((performance.now() - start) / 1000);
    console.log(`${Math.round(rate).toLocaleString("en")} events/s, from the start of Vector on`);
    expect(rate).toBeGreaterThan(eventsPerSecondMin);
  } finally {
    for (const one of running) await one.stop();
    await loki.stop();
    rmSync(own, { recursive: true, force: true });
  }
});

/** Those of requests that Vector has acknowledged, which it does when Loki has. */
async function storedEvents(port: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
  const text = (await answer?.text()) ?? "";
  const metric = (name: string) => Number(new RegExp(`^${name} (\\d+)`, "m").exec(text)?.[1] ?? Number.NaN);
  return metric("oddline_transform_held_requests") === 0 ? metric("oddline_transform_events_total") : 0;
}
