/** How sharp the default detection is, on the evaluation sets: learnt on their training files, judged on the rest. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Figures, figures } from "../../host/evaluate/ranking.js";
import { scoreGroups, scoreLines } from "../../host/evaluate/scoreFiles.js";
import { Engine } from "../../host/wasm/engine.js";
import { dataFile } from "../support/data.js";
import { learnFiles, withFolder } from "../support/learning.js";

async function judge(set: string): Promise<Figures> {
  const file = (part: string) => dataFile(`eval/${set}-${part}.log.gz`)!;
  const { model } = await learnFiles([file("train-normal")]);
  const engine = new Engine();
  engine.useModel(model, set);
  return figures(await scoreLines(engine, [file("test-normal")]), await scoreLines(engine, [file("test-anomalous")]));
}

describe.skipIf(!dataFile("eval/csic-train-normal.log.gz"))("detection on the evaluation sets", () => {
  it("CSIC 2010 requests", async () => {
    const result = await judge("csic");
    console.log("csic", result);
    expect(result.auc).toBeGreaterThanOrEqual(0.995);
    expect(result.recallAt["0.001"]).toBeGreaterThanOrEqual(0.94);
    expect(result.recallAt["0.01"]).toBeGreaterThanOrEqual(0.99);
    expect(result.default.falsePositiveRate).toBeLessThanOrEqual(0.002);
    expect(result.default.recall).toBeGreaterThanOrEqual(0.95);
  });

  it("an Apache log against two scanners", async () => {
    const result = await judge("web");
    console.log("web", result);
    expect(result.auc).toBeGreaterThanOrEqual(0.995);
    expect(result.recallAt["0.01"]).toBeGreaterThanOrEqual(0.99);
    expect(result.default.falsePositiveRate).toBeLessThanOrEqual(0.004);
  });

  it("HDFS blocks, the first half of the lines to learn, the second judged", async () => {
    const lines = gunzipSync(readFileSync(dataFile("hdfs/hdfs.log.gz")!))
      .toString("latin1")
      .trimEnd()
      .split("\n");
    const labels = gunzipSync(readFileSync(dataFile("hdfs/hdfs.block-labels.csv.gz")!))
      .toString()
      .trim()
      .split("\n");
    const half = Math.floor(lines.length / 2);
    await withFolder(async (folder) => {
      const [first, second] = [join(folder, "first.log"), join(folder, "second.log")];
      writeFileSync(first, `${lines.slice(0, half).join("\n")}\n`, "latin1");
      writeFileSync(second, `${lines.slice(half).join("\n")}\n`, "latin1");
      const engine = new Engine();
      engine.useModel((await learnFiles([first])).model, "hdfs");
      const groups = await scoreGroups(engine, second, /blk_-?\d+/g);
      const scores: [number[], number[]] = [[], []];
      for (const row of labels.slice(1)) {
        const [block, label] = row.split(",");
        const score = groups.get(block);
        if (score !== undefined) scores[label.trim() === "1" ? 1 : 0].push(score);
      }
      const result = figures(Float64Array.from(scores[0]), Float64Array.from(scores[1]));
      console.log("hdfs", result);
      expect(result.anomalous).toBeGreaterThan(100);
      expect(result.bestF1).toBeGreaterThanOrEqual(0.77);
    });
  });
});
