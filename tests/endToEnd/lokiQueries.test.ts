/**
 * The queries of docs/loki-queries.md after each shipper, its configuration as shipped but for ports and paths, each
 * into a real Loki of its own: the same lines with the same labels and metadata, the same numbers, and none of them
 * nothing.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shopLog } from "../../host/demo/shop.js";
import { Loki } from "../support/loki.js";
import { startShippedVector, substituted } from "../support/shippedVector.js";
import { hasShipper } from "../support/shippers.js";
import { Running } from "../support/vector.js";
import { canBuildModule } from "../support/vectorModule.js";
import { until } from "../support/waiting.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(join(root, "docs/loki-queries.md"), "utf8");
const queries = [...page.matchAll(/```logql\n(.*?)```/gs)]
  .flatMap(([, block]) => block.split("\n"))
  .filter((line) => line !== "" && !line.startsWith("#"));
const isMetric = (query: string) => !query.startsWith("{");
const hasLoki = hasShipper("loki");

let folder: string;
let modelFolder: string;
let lines: string[];
const lokis = new Map<string, Loki>();
const running: Running[] = [];

/** Starts a shipper that reads `log` and pushes to Loki's port; done when it follows the log. */
type Start = (own: string, log: string, lokiPort: string) => Promise<void>;

const fluentBit: Start = async (own, log, lokiPort) => {
  let text = readFileSync(join(root, "fluent-bit.conf"), "utf8");
  const values = { log, model_folder: modelFolder, state_folder: own, loki_port: lokiPort };
  for (const [name, value] of Object.entries(values)) {
    text = substituted(text, new RegExp(`^@SET ${name}=.*`, "m"), `@SET ${name}=${value}`);
  }
  const path = join(own, "fluent-bit.conf");
  writeFileSync(path, text);
  const shipper = new Running("fluent-bit", ["--config", path], root);
  running.push(shipper);
  await until(
    () => shipper.said.includes("inotify_fs_add"),
    () => shipper.said,
  );
};

const vector =
  (name: "vector.toml" | "vector-inside.toml"): Start =>
  async (own, log, lokiPort) => {
    running.push(...(await startShippedVector(name, { own, log, lokiPort, modelFolder })).running);
  };

const shippers: [string, Start, boolean][] = [
  ["fluent-bit.conf", fluentBit, hasShipper("fluent-bit")],
  ["vector.toml", vector("vector.toml"), hasShipper("vector")],
  ["vector-inside.toml", vector("vector-inside.toml"), hasShipper("vector") && canBuildModule],
];
const present = hasLoki && shippers.filter(([, , there]) => there).length > 1;

function oddline(...args: string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [join(root, "dist/bin.js"), ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

/** A learnt text: where it comes again, nothing but its keyword tags it. */
const learntKeyword = (time: string, worker: number) => `${time} WARN worker ${worker} restarted: out of memory`;

/** A source never met: its text is compared with the known patterns. */
const stranger =
  "<13>1 2026-11-21T03:12:00Z host backup 12 - - snapshot of volume seven wanders through an empty orchard";

/** The lines carry their own times: when which shipper read them decides nothing. */
function shopLines(): string[] {
  const day = Date.UTC(2026, 10, 21, 2) / 1000;
  const burst = Array.from(
    { length: 30 },
    (_, i) =>
      `198.51.100.9 - - [21/Nov/2026:03:10:${String(i).padStart(2, "0")} +0000] "GET /cart HTTP/1.1" 500 12 "-" "x"`,
  );
  return [
    ...shopLog(2, day, 400, true).trimEnd().split("\n"),
    ...burst,
    stranger,
    learntKeyword("2026-11-21T03:14:00Z", 2),
  ];
}

beforeAll(async () => {
  if (!present) return;
  folder = mkdtempSync(join(tmpdir(), "oddline-queries-"));
  modelFolder = join(folder, "model");
  mkdirSync(modelFolder);
  const learnt = join(folder, "learnt.log");
  const keywords = [1, 2, 3].map((worker) => `${learntKeyword(`2026-11-20T02:46:3${worker}Z`, worker)}\n`);
  writeFileSync(learnt, shopLog(1, Date.UTC(2026, 10, 20, 2) / 1000, 4000, false) + keywords.join(""));
  oddline("refresh", learnt, "--out", join(modelFolder, "oddline.model"));
  lines = shopLines();
  await Promise.all(shippers.filter(([, , there]) => there).map(([name, start]) => ship(name, start)));
}, 400_000);

async function ship(name: string, start: Start): Promise<void> {
  const own = join(folder, name.replace(/\W/g, "-"));
  mkdirSync(own);
  const loki = await Loki.start();
  lokis.set(name, loki);
  const log = join(own, "app.log");
  writeFileSync(log, "");
  await start(own, log, new URL(loki.url).port);
  appendFileSync(log, `${lines.join("\n")}\n`);
  const arrived = async () => (await answer(loki, '{job="app"}')).length;
  await until(
    async () => (await arrived()) >= lines.length,
    () => `${name}: ${running.map(({ said }) => said).join("\n")}`,
    150,
  );
}

afterAll(async () => {
  for (const one of running.splice(0)) await one.stop();
  for (const loki of lokis.values()) await loki.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/**
 * What the query says of the last hour: lines with labels and metadata, or numbers with labels; sorted, without times.
 */
async function answer(loki: Loki, query: string): Promise<string[]> {
  const now = Date.now();
  const range = { start: `${now - 3_600_000}000000`, end: `${now + 60_000}000000`, limit: "5000" };
  const search = new URLSearchParams(isMetric(query) ? { query, time: `${now}000000` } : { query, ...range });
  const reply = await fetch(`${loki.url}/loki/api/v1/${isMetric(query) ? "query" : "query_range"}?${search}`);
  if (!reply.ok) throw new Error(`${query}: ${reply.status} ${await reply.text()}`);
  const { data } = (await reply.json()) as {
    data: {
      result: {
        stream?: Record<string, string>;
        metric?: Record<string, string>;
        values?: [string, string][];
        value?: [number, string];
      }[];
    };
  };
  return data.result
    .flatMap(({ stream, metric, values, value }) =>
      value ? [`${sorted(metric!)} ${value[1]}`] : values!.map(([, line]) => `${sorted(stream!)} ${line}`),
    )
    .sort();
}

/** Fluent Bit spells a number with six decimals. */
function sorted(labels: Record<string, string>): string {
  const spelt = Object.entries(labels).map(([name, value]) => [name, asNumber(value)?.toFixed(6) ?? value]);
  return JSON.stringify(spelt.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function asNumber(value: string): number | undefined {
  return /^-?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(value) ? Number(value) : undefined;
}

describe.skipIf(!present)("answers the same after every shipper", () => {
  test("all lines, with all that is stored beside them", async () => {
    expect(queries.length).toBeGreaterThan(15);
    const [first, ...others] = await Promise.all(
      [...lokis].map(async ([name, loki]) => ({ name, all: await answer(loki, '{job="app"}') })),
    );
    expect(first.all).toHaveLength(lines.length);
    for (const { name, all } of others) expect(all, `${name} against ${first.name}`).toEqual(first.all);
  });

  test.each(queries)("%s", async (query) => {
    const [first, ...others] = await Promise.all(
      [...lokis].map(async ([name, loki]) => ({ name, all: await answer(loki, query) })),
    );
    expect(first.all.length, `${first.name} has an answer`).toBeGreaterThan(0);
    for (const { name, all } of others) expect(all, `${name} against ${first.name}`).toEqual(first.all);
  });
});
