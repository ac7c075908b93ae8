/**
 * `oddline summarize` under Apache Spark's RDD.pipe: summaries of slices, made by two workers, give the model of the
 * whole log byte for byte. ODDLINE_SPARK_PYTHON names a Python that has pyspark (`pip install pyspark`; needs Java).
 */
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shopLog } from "../../host/demo/shop.js";
import { oddline } from "../support/cli.js";
import { dataFile } from "../support/data.js";
import { endToEndRequired } from "../support/shippers.js";

const python = process.env.ODDLINE_SPARK_PYTHON ?? "python3";
const script = fileURLToPath(new URL("../../deploy/spark/summarize.py", import.meta.url));
const bin = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));
const sparkHome = findSpark();
const hdfs = dataFile("hdfs/hdfs.log.gz");
const slices = 6;
/** Both workers are to be there before the first slice is given out. */
const patience = [
  "spark.cores.max=2",
  "spark.scheduler.minRegisteredResourcesRatio=1.0",
  "spark.scheduler.maxRegisteredResourcesWaitingTime=120s",
];

function findSpark(): string | undefined {
  const { status, stdout } = spawnSync(python, ["-c", "import pyspark; print(pyspark.__path__[0])"], {
    encoding: "utf8",
  });
  const java = spawnSync("java", ["-version"]).status === 0;
  if (status === 0 && java) return stdout.trim();
  const missing =
    status === 0 ? "java is not on PATH" : `${python} has no pyspark (ODDLINE_SPARK_PYTHON names one that has)`;
  if (endToEndRequired && process.env.ODDLINE_SPARK_PYTHON) throw new Error(`ODDLINE_E2E=required, but ${missing}`);
  console.warn(`${missing}: the tests on Apache Spark are skipped`);
  return undefined;
}

describe.skipIf(!sparkHome)("oddline summarize on Apache Spark", () => {
  const folder = mkdtempSync(join(tmpdir(), "oddline-spark-"));
  const log = join(folder, "whole.log");
  let whole: Buffer;

  beforeAll(async () => {
    const bytes = hdfs ? gunzipSync(readFileSync(hdfs)) : Buffer.from(shopLog(3, 1_795_000_000, 30_000, false));
    writeFileSync(log, bytes);
    whole = await modelOf(log);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("two workers summarise slices of lines", { timeout: 400_000 }, async () => {
    const out = join(folder, "summaries");
    const said = await submit("local-cluster[2,1,1024]", ["--slices", String(slices), "--out", out, `file://${log}`]);
    expect(said).toContain(`${slices} slices by 2 executors`);
    expect(partsOf(out)).toHaveLength(slices);
    await expectWhole(partsOf(out));
  });

  it("whole files are read by oddline itself, packed or empty as they are", { timeout: 400_000 }, async () => {
    const logs = writeSlices();
    const out = join(folder, "summaries of files");
    await submit("local[2]", ["--files", "--out", out, ...logs]);
    await expectWhole(partsOf(out));
  });

  async function expectWhole(parts: string[]): Promise<void> {
    expect((await modelOf("--summaries", ...parts)).equals(whole)).toBe(true);
    expect((await modelOf("--summaries", ...parts.toReversed())).equals(whole)).toBe(true);
    expect((await modelOf("--summaries", ...parts.slice(0, -1))).equals(whole)).toBe(false);
  }

  async function modelOf(...words: string[]): Promise<Buffer> {
    const path = join(folder, "oddline.model");
    const { code, err } = await oddline("refresh", ...words, "--out", path, "--force");
    expect(code, err).toBe(0);
    return readFileSync(path);
  }

  /** The log as some packed files, with an empty one and a space in a name. */
  function writeSlices(): string[] {
    const slicesFolder = join(folder, "all slices");
    mkdirSync(slicesFolder);
    const lines = readFileSync(log, "latin1").trimEnd().split("\n");
    const each = Math.ceil(lines.length / slices);
    for (let slice = 0; slice < slices; slice++) {
      const part = lines.slice(slice * each, (slice + 1) * each).join("\n");
      writeFileSync(join(slicesFolder, `slice-${slice}.log.gz`), gzipSync(Buffer.from(`${part}\n`, "latin1")));
    }
    writeFileSync(join(slicesFolder, "empty.log"), "");
    return readdirSync(slicesFolder)
      .sort()
      .map((file) => join(slicesFolder, file));
  }

  async function submit(master: string, words: string[]): Promise<string> {
    const settings = patience.flatMap((setting) => ["--conf", setting]);
    const command = ["--command", `"${process.execPath}" "${bin}" summarize`];
    const env = { ...process.env, PYSPARK_PYTHON: python, SPARK_HOME: sparkHome, SPARK_LOCAL_IP: "127.0.0.1" };
    const { stdout } = await promisify(execFile)(
      join(sparkHome!, "bin/spark-submit"),
      ["--master", master, ...settings, script, ...command, ...words],
      // Spark keeps its workers' folders where it is started.
      { env, cwd: folder, maxBuffer: 64 << 20, timeout: 380_000 },
    );
    return stdout;
  }
});

function partsOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith("part-"))
    .sort()
    .map((file) => join(folder, file));
}
