/** fluent-bit.conf and deploy/fluent-bit.yaml as shipped, but for the values at their top: what Loki gets to store. */
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type StoredLine, startFakeLoki } from "../support/fakeLoki.js";
import { hasShipper } from "../support/shippers.js";
import { endProcess, until } from "../support/waiting.mjs";

const present = hasShipper("fluent-bit");
const root = fileURLToPath(new URL("../../", import.meta.url));

const ordinary = (i: number) =>
  `10.0.0.${i % 200} - - [21/Nov/2026:02:11:09 +0000] "GET /cart?id=${i} HTTP/1.1" 200 312 "-" "curl/8"`;
const odd = `10.0.0.7 - - [21/Nov/2026:02:11:10 +0000] "GET /cart?id=1%27%20OR%201=1-- HTTP/1.1" 200 312 "-" "curl/8"`;
const lines = [ordinary(1), odd, 'caf\u00e9 said "no", \\ and {"a":1.0}', ordinary(2)];
/** Ordinary but for the third, which no group of requests can judge. */
const isOdd = (line: string) => line === odd;

let folder: string;
let modelFolder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oddline-configurations-"));
  modelFolder = join(folder, "model");
  mkdirSync(modelFolder);
  if (!present) return;
  const learnt = join(folder, "learnt.log");
  writeFileSync(learnt, Array.from({ length: 3000 }, (_, i) => `${ordinary(i)}\n`).join(""));
  const out = join(modelFolder, "oddline.model");
  const { status, stderr } = spawnSync(process.execPath, [join(root, "dist/bin.js"), "refresh", learnt, "--out", out]);
  if (status !== 0) throw new Error(stderr.toString());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the configuration in the repository's root, appends the lines to the log it follows, waits for them in Loki. */
async function store(shipped: string, setValue: (text: string, name: string, value: string) => string) {
  const log = join(folder, `${shipped.replaceAll("/", "-")}.log`);
  writeFileSync(log, "");
  const loki = await startFakeLoki();
  let text = readFileSync(join(root, shipped), "utf8");
  for (const [name, value] of [
    ["log", log],
    ["model_folder", modelFolder],
    ["state_folder", modelFolder],
    ["loki_port", String(loki.port)],
  ]) {
    const changed = setValue(text, name, value);
    expect(changed, `${name} is no value at the top of ${shipped}`).not.toBe(text);
    text = changed;
  }
  const path = join(folder, shipped.replaceAll("/", "-"));
  writeFileSync(path, text);
  let said = "";
  const child = spawn("fluent-bit", ["--config", path], { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    said += chunk;
  });
  try {
    await until(
      () => said.includes("inotify_fs_add"),
      () => `${shipped} does not follow the log:\n${said}`,
    );
    appendFileSync(log, `${lines.join("\n")}\n`);
    await until(
      () => loki.lines.length >= lines.length,
      () => `${loki.lines.length} lines came to Loki:\n${said}`,
    );
  } finally {
    await endProcess(child);
    await loki.close();
  }
  expect(said).toMatch(/\[oddline\] model [0-9a-f]{8} loaded/);
  return loki.lines;
}

function check(stored: StoredLine[]): void {
  expect(stored.map(({ line }) => line).sort()).toEqual([...lines].sort());
  for (const { line, labels, metadata } of stored) {
    expect(labels).toEqual(isOdd(line) ? { job: "app", anomaly_type: "novelty" } : { job: "app" });
    if (!isOdd(line)) {
      expect(metadata).toEqual({});
      continue;
    }
    expect(Number(metadata.anomaly_score)).toBeGreaterThan(1);
    expect(metadata).toMatchObject({ anomaly_state: "NORMAL", anomaly_key: "10.0.0.7" });
    expect(metadata.anomaly_reason).toContain("/cart");
    expect(metadata.anomaly_model).toMatch(/^[0-9a-f]{8}$/);
    for (const name of Object.keys(metadata)) expect(name).toMatch(/^anomaly_/);
    expect(metadata).not.toHaveProperty("anomaly_type");
  }
}

describe.skipIf(!present)("the Fluent Bit configurations store lines as they were, tags beside them", () => {
  test("fluent-bit.conf", async () => {
    check(
      await store("fluent-bit.conf", (text, name, value) =>
        text.replace(RegExp(`^@SET ${name}=.*`, "m"), `@SET ${name}=${value}`),
      ),
    );
  });

  test("deploy/fluent-bit.yaml", async () => {
    check(
      await store("deploy/fluent-bit.yaml", (text, name, value) =>
        text.replace(RegExp(`^ {2}${name}: .*`, "m"), `  ${name}: ${value}`),
      ),
    );
  });
});
