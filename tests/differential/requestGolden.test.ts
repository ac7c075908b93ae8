/** The filter against the scorer that requests were worked out with by experiment: tests/data/golden/requests.py. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeSections, section } from "../../host/model/modelFile.js";
import { decodeThresholds } from "../../host/model/thresholdsSection.js";
import { Engine } from "../../host/wasm/engine.js";
import { learnText } from "../support/learning.js";

interface Golden {
  learnt: [line: string, count: number][];
  judged: [line: string, nats: number][];
}

describe("requests are as odd as by experiment", () => {
  it("in nats", async () => {
    const path = new URL("../data/golden/requests.json", import.meta.url);
    const { learnt, judged } = JSON.parse(readFileSync(path, "utf8")) as Golden;
    const { model } = await learnText(learnt.map(([line, count]) => `${line}\n`.repeat(count)).join(""));
    const { requestSurprise } = decodeThresholds(decodeSections(model).get(section.thresholds)!);
    const engine = new Engine();
    engine.useModel(model, "learnt here");
    const different: unknown[] = [];
    for (const [line, nats] of judged) {
      const { noveltyScore } = engine.explain(Buffer.from(line), 0n)!;
      if (Math.abs(noveltyScore * requestSurprise - nats) > 1e-9)
        different.push({ line, nats, found: noveltyScore * requestSurprise });
    }
    expect(judged.length).toBeGreaterThan(30);
    expect(different).toEqual([]);
  });
});
