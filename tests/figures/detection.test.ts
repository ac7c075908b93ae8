/**
 * How sharp the default detection is: learnt from the training lines, judged on the rest. The figures of README, on the
 * public sets where these are at hand, and on the stand-ins of our own always.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Figures, figures } from "../../host/evaluate/ranking.js";
import { scoreGroups, scoreLines } from "../../host/evaluate/scoreFiles.js";
import { Engine } from "../../host/wasm/engine.js";
import { dataFile } from "../support/data.js";
import { learnFiles, withFolder } from "../support/learning.js";
import {
  attackedShop,
  blockLog,
  type LabelledLog,
  scannedShop,
  shopApplication,
  sshdLines,
} from "../support/standIn.js";

const readmeRows = readFileSync("README.md", "utf8").split("\n");

async function judge(train: string, normal: string, anomalous: string): Promise<Figures> {
  const engine = new Engine();
  engine.useModel((await learnFiles([train])).model, "train");
  return figures(await scoreLines(engine, [normal]), await scoreLines(engine, [anomalous]));
}

function judgeSet(set: string): Promise<Figures> {
  const file = (part: string) => dataFile(`eval/${set}-${part}.log.gz`)!;
  return judge(file("train-normal"), file("test-normal"), file("test-anomalous"));
}

function judgeStandIn(log: LabelledLog): Promise<Figures> {
  return withFolder((folder) => {
    const file = (part: keyof LabelledLog) => written(join(folder, part), log[part]);
    return judge(file("train"), file("normal"), file("anomalous"));
  });
}

function written(path: string, lines: string[]): string {
  writeFileSync(path, `${lines.join("\n")}\n`, "latin1");
  return path;
}

interface Halves {
  learnt: string[];
  judged: string[];
  isJudged(block: string): boolean;
}

function halvesOfLines(lines: string[]): Halves {
  const half = Math.floor(lines.length / 2);
  return { learnt: lines.slice(0, half), judged: lines.slice(half), isJudged: () => true };
}

/** The blocks that come first with all their lines, and all others. */
function halvesOfBlocks(lines: string[], pattern: RegExp): Halves {
  const blocksOf = (line: string) => line.match(pattern) ?? [];
  const blocks = [...new Set(lines.flatMap(blocksOf))];
  const later = new Set(blocks.slice(blocks.length / 2));
  const isOfLater = (line: string) => blocksOf(line).some((block) => later.has(block));
  return {
    learnt: lines.filter((line) => !isOfLater(line)),
    judged: lines.filter(isOfLater),
    isJudged: (block) => later.has(block),
  };
}

/** Blocks by their worst line, one half of the log to learn, the other judged. */
function judgeBlocks(
  { learnt, judged, isJudged }: Halves,
  pattern: RegExp,
  isAnomalous: (block: string) => boolean | undefined,
) {
  return withFolder(async (folder) => {
    const engine = new Engine();
    engine.useModel((await learnFiles([written(join(folder, "first"), learnt)])).model, "blocks");
    const scores: [number[], number[]] = [[], []];
    for (const [block, score] of await scoreGroups(engine, written(join(folder, "second"), judged), pattern))
      if (isJudged(block)) scores[isAnomalous(block) ? 1 : 0].push(score);
    return figures(Float64Array.from(scores[0]), Float64Array.from(scores[1]));
  });
}

/** What README's table states of a set; a figure that got worse than that by more than noise must be restated there. */
function stated(set: string): {
  auc?: number;
  bestF1?: number;
  recalls: number[];
  falsePositives: number;
  recall: number;
} {
  const cells = readmeRows
    .find((row) => row.includes(set))!
    .split("|")
    .slice(2);
  const numbers = (cell: string) => [...cell.matchAll(/\d*\.?\d+/g)].map(Number);
  const [auc, recalls, byDefault] = cells.map(numbers);
  if (cells[0].includes("F1")) return { bestF1: auc.at(-1), recalls: [], falsePositives: 0, recall: 0 };
  return { auc: auc[0], recalls, falsePositives: byDefault[0] / 100, recall: byDefault[1] };
}

function expectAsStated(set: string, result: Figures): void {
  console.log(set, result);
  const { auc = 0, bestF1 = 0, recalls, falsePositives, recall } = stated(set);
  expect(auc + bestF1).toBeGreaterThan(0.5);
  expect(result.auc).toBeGreaterThanOrEqual(auc - 0.003);
  expect(result.bestF1).toBeGreaterThanOrEqual(bestF1 - 0.01);
  expect(result.default.falsePositiveRate).toBeLessThanOrEqual(falsePositives + 0.002);
  expect(result.default.recall).toBeGreaterThanOrEqual(recall - 0.02);
  for (const [at, rate] of (["0.001", "0.01", "0.05"] as const).entries())
    expect(result.recallAt[rate], rate).toBeGreaterThanOrEqual((recalls[at] ?? 0) - [0.03, 0.006, 0.006][at]);
}

describe.skipIf(!dataFile("eval/csic-train-normal.log.gz"))(
  "detection on the evaluation sets, as README states it",
  () => {
    it("CSIC 2010 requests", async () => {
      expectAsStated("CSIC 2010 requests", await judgeSet("csic"));
    });

    it("an Apache log against two scanners", async () => {
      expectAsStated("Apache log against two scanners", await judgeSet("web"));
    });

    it("HDFS blocks, the first half of the lines or of the blocks to learn, the other judged", async () => {
      const textOf = (name: string) =>
        gunzipSync(readFileSync(dataFile(name)!))
          .toString("latin1")
          .trimEnd()
          .split("\n");
      const labels = new Map(
        textOf("hdfs/hdfs.block-labels.csv.gz").map((row) => row.trim().split(",") as [string, string]),
      );
      const [lines, pattern] = [textOf("hdfs/hdfs.log.gz"), /blk_-?\d+/g];
      for (const [half, halves] of [
        ["first half of the lines", halvesOfLines(lines)],
        ["first half of the blocks", halvesOfBlocks(lines, pattern)],
      ] as const) {
        const result = await judgeBlocks(halves, pattern, (block) => labels.get(block) === "1");
        expect(result.anomalous).toBeGreaterThan(100);
        expectAsStated(`HDFS blocks by their worst line, ${half}`, result);
      }
    });
  },
);

describe("detection on logs of our own", () => {
  it("attacks through a shop's parameters, the stand-in for CSIC 2010", async () => {
    const result = await judgeStandIn(attackedShop());
    console.log("attacked shop", result);
    expect(result.auc).toBeGreaterThanOrEqual(0.998);
    expect(result.recallAt["0.001"]).toBeGreaterThanOrEqual(0.97);
    expect(result.default.falsePositiveRate).toBeLessThanOrEqual(0.001);
    expect(result.default.recall).toBeGreaterThanOrEqual(0.965);
  });

  it("a shop against two scanners", async () => {
    const result = await judgeStandIn(scannedShop());
    console.log("scanned shop", result);
    expect(result.auc).toBeGreaterThanOrEqual(0.998);
    expect(result.recallAt["0.01"]).toBeGreaterThanOrEqual(0.997);
    expect(result.default.falsePositiveRate).toBeLessThanOrEqual(0.0022);
    expect(result.default.recall).toBeGreaterThanOrEqual(0.509);
  });

  it("blocks that go wrong, the stand-in for HDFS", async () => {
    const { lines, anomalous } = blockLog();
    const result = await judgeBlocks(halvesOfLines(lines), /blk_\d+/g, (block) => anomalous.has(block));
    console.log("blocks", result);
    expect(result.anomalous).toBeGreaterThan(20);
    expect(result.bestF1).toBeGreaterThanOrEqual(0.77);
  });

  it.each([
    ["sshd", sshdLines(5, 4000), sshdLines(6, 4000)],
    ["the application", shopApplication(5, 12_000), shopApplication(6, 12_000)],
  ])("hardly a line of a quiet day is tagged: %s", async (name, yesterday, today) => {
    await withFolder(async (folder) => {
      const engine = new Engine();
      engine.useModel((await learnFiles([written(join(folder, "yesterday"), yesterday)])).model, name);
      const scores = await scoreLines(engine, [written(join(folder, "today"), today)]);
      const tagged = scores.filter((score) => score > 1).length;
      console.log(`${name}: ${tagged} of ${scores.length} lines tagged`);
      expect(tagged / scores.length).toBeLessThanOrEqual(0.005);
    });
  });
});
