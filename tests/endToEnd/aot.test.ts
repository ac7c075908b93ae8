/**
 * The filter compiled ahead of time by the real compiler, in a real Fluent Bit: the same bytes come out as interpreted,
 * as a filter and as a processor; a file of another version keeps Fluent Bit from starting, and no line is lost.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { history, sampleRecords } from "../../host/aot/sample.js";
import { oddline } from "../support/cli.js";
import { FluentBit } from "../support/fluentBit.js";
import { hostileLines } from "../support/hostile.mjs";
import { endToEndRequired, hasShipper } from "../support/shippers.js";
import { pause } from "../support/waiting.mjs";

const interpreted = fileURLToPath(new URL("../../build/oddline.wasm", import.meta.url));

function hasCompiler(): boolean {
  const asked = ["flb-wamrc", "wamrc"].map((name) => spawnSync(name, ["--version"], { encoding: "utf8" }));
  if (asked.some(({ stdout }) => /wamrc (2\.4\.[1-9]|2\.[5-9])/.test(stdout ?? ""))) return true;
  if (endToEndRequired) throw new Error("ODDLINE_E2E=required, but neither flb-wamrc nor wamrc 2.4.1 is on PATH");
  console.warn(
    "neither flb-wamrc nor wamrc 2.4.1 is on PATH: its tests are skipped (docs/aot.md says how to build it)",
  );
  return false;
}

describe.skipIf(!hasCompiler() || !hasShipper("fluent-bit"))("the filter compiled ahead of time", () => {
  const folder = mkdtempSync(join(tmpdir(), "oddline-aot-e2e-"));
  const path = (name: string) => join(folder, name);
  const compiled = path("oddline.aot");
  const model = path("model");
  const log = path("sample.log");
  const lines = [...sampleRecords(), ...hostileLines(2000, 5)];
  let outcome: { compared: { records: number }; aotVersion: number };

  beforeAll(async () => {
    const made = await oddline("aot", "--json", "--out", compiled);
    expect(made.code, made.err).toBe(0);
    outcome = JSON.parse(made.out);
    mkdirSync(model);
    writeFileSync(path("history.log"), `${history().join("\n")}\n`);
    writeFileSync(path("oddline.yaml"), "tagAll: true\nstate:\n  seed: 7\n");
    const words = ["--config", path("oddline.yaml"), "--out", join(model, "oddline.model")];
    const learnt = await oddline("refresh", path("history.log"), ...words);
    expect(learnt.code, learnt.err).toBe(0);
    writeFileSync(log, `${lines.join("\n")}\n`);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("was compared by the command on a sample in which every kind of verdict comes", async () => {
    expect(outcome).toMatchObject({ compared: { records: sampleRecords().length }, aotVersion: 5 });
    const types = new Set((await through("types", interpreted)).map((line) => JSON.parse(line).anomaly?.type));
    const kinds = ["novelty", "outlier", "keyword", "error_rate", "traffic"];
    expect([...types]).toEqual(expect.arrayContaining(kinds));
  });

  it.each([false, true])("gives the same bytes as interpreted (as a processor: %s)", async (asProcessor) => {
    const expected = await through(`interpreted-${asProcessor}`, interpreted, asProcessor);
    const found = await through(`compiled-${asProcessor}`, compiled, asProcessor);
    expect(expected.length).toBe(lines.length);
    expect(found.filter((line, i) => line !== expected[i])).toEqual([]);
    expect(found.length).toBe(lines.length);
  });

  it("of another version keeps Fluent Bit from starting; the lines wait and none is lost", async () => {
    const bytes = readFileSync(compiled);
    bytes.writeUInt32LE(6, 4);
    writeFileSync(path("next.aot"), bytes);
    const pipeline = { log, modelFolder: model, storageFolder: path("storage") };
    const refused = new FluentBit(path("refused"), { ...pipeline, wasm: path("next.aot") });
    while (refused.child.exitCode === null) await pause(100, "its end");
    expect(refused.child.exitCode).not.toBe(0);
    expect(refused.standardError).toContain("AOT module load failed: unknown binary version");
    expect(refused.records).toBe(0);
    const again = new FluentBit(path("again"), { ...pipeline, wasm: compiled });
    await again.waitForRecords(lines.length);
    await again.stop();
    expect(again.records).toBe(lines.length);
  });

  async function through(name: string, wasm: string, asProcessor = false): Promise<string[]> {
    const shipper = new FluentBit(path(name), { wasm, log, modelFolder: model, asProcessor, parseJson: false });
    await shipper.waitForRecords(lines.length);
    await shipper.stop();
    return readFileSync(shipper.outputPath, "utf8").trimEnd().split("\n");
  }
});
