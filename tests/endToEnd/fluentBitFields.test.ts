/**
 * Configured fields, profiles and proxies in a real Fluent Bit: the same keys as the batch, and the line about a crowd.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseConfiguration } from "../../host/config/configuration.js";
import { configuredModel } from "../../host/model/configuredModel.js";
import { Engine } from "../../host/wasm/engine.js";
import { FluentBit, type Pipeline } from "../support/fluentBit.js";
import { hasShipper } from "../support/shippers.js";

const wasm = fileURLToPath(new URL("../../build/oddline.wasm", import.meta.url));
const present = hasShipper("fluent-bit");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oddline-fields-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Shipped {
  anomaly: { key?: string; state: string };
  expected: string;
}

/** Everything that came out, and what was said meanwhile. */
async function ship(name: string, yaml: string, lines: string[], more: Partial<Pipeline>) {
  const modelFolder = join(folder, `${name}-model`);
  mkdirSync(modelFolder);
  const engine = new Engine();
  const { configuration } = parseConfiguration(yaml, "oddline.yaml");
  writeFileSync(join(modelFolder, "oddline.model"), configuredModel(engine, configuration));
  const log = join(folder, `${name}.log`);
  writeFileSync(log, lines.map((line) => `${line}\n`).join(""));
  const shipper = new FluentBit(join(folder, name), { wasm, log, modelFolder, ...more });
  try {
    await shipper.waitForRecords(lines.length);
  } finally {
    await shipper.stop();
  }
  const records: Shipped[] = readFileSync(shipper.outputPath, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  return { records, said: shipper.standardError };
}

const proxied = `
tagAll: true
key: { forwarded: [xff], trustedProxies: [10.0.0.0/8] }
profiles:
- { name: tenants, source: "tenant*", key: { fields: [user.id] } }
- { name: here, tag: "te*", key: { fields: [] } }
`;
/** Each with the key it must get. */
const events: Record<string, unknown>[] = [
  { expected: "203.0.113.9", remote_addr: "10.0.0.2", xff: "6.6.6.6, 203.0.113.9" },
  { expected: "192.0.2.66", remote_addr: "192.0.2.66", xff: "203.0.113.9" },
  { expected: "u-17", source: "tenants", remote_addr: "10.0.0.2", xff: "203.0.113.9", user: { id: "u-17" } },
  { expected: "2001:db8::7", remote_addr: "10.0.0.2", xff: 'for="[2001:DB8::7]:4711", for=10.0.0.9' },
  { expected: "10.0.0.2", remote_addr: "10.0.0.2", xff: "unknown" },
  { expected: "203.0.113.9", remote_addr: "10.0.0.2", xff: ["6.6.6.6", "203.0.113.9"] },
];

describe.skipIf(!present)("configured fields in Fluent Bit", () => {
  test("give each event the key that is configured for it", async () => {
    const lines = Array.from({ length: 600 }, (_, i) => JSON.stringify(events[i % events.length]));
    const { records } = await ship("keys", proxied, lines, { parseJson: true });
    expect(records.length).toBe(lines.length);
    for (const { anomaly, expected } of records) expect(anomaly.key).toBe(expected);
  }, 60_000);

  test("are found in lines that are JSON themselves", async () => {
    const lines = Array.from({ length: 60 }, (_, i) => JSON.stringify(events[i % events.length]));
    const { records } = await ship("lines", proxied, lines, {});
    const keys = records.map(({ anomaly }) => anomaly.key);
    expect(keys).toEqual(lines.map((line) => JSON.parse(line).expected));
  }, 60_000);

  test("one key that most events have is told of in one line", async () => {
    const lines = Array.from({ length: 9000 }, (_, i) =>
      JSON.stringify({ remote_addr: i % 5 ? "10.0.0.2" : `192.0.2.${i % 250}` }),
    );
    const { said } = await ship("crowd", "mode: tag", lines, { parseJson: true });
    const told = said.split("\n").filter((line) => line.includes("one key carries"));
    expect(told).toEqual([
      expect.stringMatching(/^\[oddline\] one key carries 80 % of the last 1500 events with a key/),
    ]);
  }, 60_000);
});
