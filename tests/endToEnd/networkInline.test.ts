/** The forest inside a real Fluent Bit: tail of a Zeek conn.log -> filter -> file tags the malicious destinations. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { seededRandom } from "../../host/math/random.js";
import { oddline } from "../support/cli.js";
import { dataFile } from "../support/data.js";
import { FluentBit } from "../support/fluentBit.js";
import { lineOf, ordinaryFlows } from "../support/networkModel.js";
import { hasShipper } from "../support/shippers.js";

const wasm = fileURLToPath(new URL("../../build/oddline.wasm", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "oddline-network-inline-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Anomaly = Record<string, unknown>;
const networkTags = (ndjson: string): Anomaly[] =>
  ndjson
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line).anomaly)
    .filter((anomaly) => anomaly?.type === "network");

/** The anomalies that Fluent Bit writes for the log, and those of `oddline tag`: they must be the same. */
async function ship(name: string, lines: string[]): Promise<Anomaly[]> {
  const log = join(folder, `${name}.log`);
  writeFileSync(log, `${lines.join("\n")}\n`);
  const shipper = new FluentBit(join(folder, `run-${name}`), { wasm, log, modelFolder: join(folder, name) });
  try {
    await shipper.waitForRecords(lines.length);
  } finally {
    await shipper.stop();
  }
  expect(shipper.records).toBe(lines.length);
  const tags = networkTags(readFileSync(shipper.outputPath, "utf8"));
  const here = await oddline("tag", "--model", join(folder, name, "oddline.model"), "--only", log);
  expect(tags).toEqual(networkTags(here.out));
  return tags;
}

async function learn(name: string, files: string[]): Promise<void> {
  mkdirSync(join(folder, name), { recursive: true });
  const model = join(folder, name, "oddline.model");
  const { code, err } = await oddline("network", "--train", ...files, "--model-out", model);
  expect(code, err).toBe(0);
}

describe.skipIf(!hasShipper("fluent-bit"))("network flows through a real Fluent Bit", () => {
  test("a scan among ordinary flows is told once, by destination", async () => {
    const noon = Date.UTC(2026, 10, 21, 12) / 1000;
    const lines = (seed: number, count: number, start: number) =>
      ordinaryFlows(seededRandom(seed), count, start).map(({ flow, seconds }) => lineOf(flow, seconds));
    writeFileSync(join(folder, "history.log"), `${lines(1, 8000, noon - 86_400).join("\n")}\n`);
    await learn("scan", [join(folder, "history.log")]);
    const scan = Array.from({ length: 400 }, (_, i) => {
      const time = new Date((noon + i / 4) * 1000).toISOString();
      return `ts=${time} src_ip=203.0.113.${i % 250} dst_ip=198.51.100.7 dst_port=${i} bytes=0 action=drop`;
    });
    const tags = await ship("scan", [...lines(2, 100, noon), ...scan, ...lines(3, 200, noon + 300)]);
    const ofScan = tags.filter(({ destination }) => destination === "198.51.100.7");
    expect(ofScan).toHaveLength(1);
    expect(ofScan[0]).toMatchObject({ bytes: 0, type: "network" });
  }, 60_000);

  const names = ["008", "010", "011", "012"];
  const pathOf = (name: string) => dataFile(`network/zeek_conn_${name}.labeled.gz`);
  test.skipIf(!names.every(pathOf)).each(names)(
    "the malicious destinations of Zeek's conn.log %s",
    async (name) => {
      const others = names.filter((other) => other !== name).map((other) => pathOf(other)!);
      await learn(name, others);
      const lines = gunzipSync(readFileSync(pathOf(name)!))
        .toString()
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("#"));
      const tags = await ship(name, lines);

      const windowOf = (line: string) => {
        const [time, , , , destination] = line.split("\t");
        return `${new Date(Math.floor(+time / 300) * 300_000).toISOString()} ${destination}`;
      };
      // the filter, which reads a flow once, counts one that lasts longer in its first window, the command in each
      const spread = new Set(
        lines.flatMap((line) => {
          const [time, , , , destination, , , , duration] = line.split("\t");
          const windows = +duration > 300 ? Math.ceil(+duration / 300) + 1 : 0;
          return Array.from({ length: windows }, (_, i) => windowOf(`${+time + i * 300}\t\t\t\t${destination}`));
        }),
      );
      const malicious = new Set(lines.filter((line) => line.split("\t").at(-2) === "Malicious").map(windowOf));
      const offline = await oddline("network", "--train", ...others, "--score", pathOf(name)!, "--json");
      const found = offline.lines.map((line) => JSON.parse(line)).filter(({ anomalous }) => anomalous);
      const anomalous = new Set(
        found.map(({ windowStart, destination }) => `${new Date(windowStart).toISOString()} ${destination}`),
      );
      const told = tags.map(({ reason, destination }) => {
        const start = /from (\S+);/.exec(`${reason}`)![1];
        return `${new Date(start).toISOString()} ${destination}`;
      });
      for (const window of told) expect(anomalous.has(window) || spread.has(window), window).toBe(true);
      const toFind = [...malicious].filter((window) => anomalous.has(window));
      const share = toFind.filter((window) => told.includes(window)).length / toFind.length;
      expect(toFind.length).toBeGreaterThan(100);
      expect(share).toBeGreaterThan(0.98);
      const destinations = new Set(toFind.map((window) => window.split(" ")[1]));
      for (const destination of destinations) expect(tags.some((tag) => tag.destination === destination)).toBe(true);
    },
    60_000,
  );
});
