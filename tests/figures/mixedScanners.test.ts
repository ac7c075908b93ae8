/** An ordinary access log with two scanners at work in it: nearly all of theirs is told, hardly any of the others'. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Engine } from "../../host/wasm/engine.js";
import { dataFile } from "../support/data.js";
import { learnFiles, withFolder } from "../support/learning.js";
import { mixScanners, type Scanner, scanners, sourceOf } from "../support/mixedScanners.mjs";
import { scannerLines, shopVisits } from "../support/standIn.js";

function linesOf(name: string): string[] {
  return gunzipSync(readFileSync(dataFile(name)!))
    .toString("latin1")
    .trimEnd()
    .split("\n");
}

interface Told {
  lines: number;
  /** Tagged, or of an address in alert at that line. */
  told: number;
  /** In alert at that line, be it reported there or not. */
  inAlert: number;
  types: Record<string, number>;
}

/** Learnt from the first lines of the ordinary log; judged with the scans mixed into the others. */
async function judge(ordinary: string[], learntLines: number, scans: Record<Scanner, string[]>) {
  return withFolder(async (folder) => {
    const path = join(folder, "history.log");
    writeFileSync(path, `${ordinary.slice(0, learntLines).join("\n")}\n`, "latin1");
    const engine = new Engine();
    engine.useModel((await learnFiles([path])).model, "history");
    const judged = Buffer.from(`${mixScanners(ordinary.slice(learntLines), scans).join("\n")}\n`, "latin1");
    const counts = new Map<string, Told>();
    for (const { output } of engine.tag(judged, { flags: 1, seconds: 1_800_000_000n })) {
      for (const text of Buffer.from(output).toString().trimEnd().split("\n")) {
        const { anomaly, log } = JSON.parse(text);
        // by the line's own client: what is reported of the whole log has another key
        const who = sourceOf(log.slice(0, log.indexOf(" ")));
        const row = counts.get(who) ?? { lines: 0, told: 0, inAlert: 0, types: {} };
        counts.set(who, row);
        row.lines++;
        if (anomaly.state !== "NORMAL") row.inAlert++;
        if (anomaly.score > 1 || (who !== "ordinary" && anomaly.state !== "NORMAL")) row.told++;
        if (anomaly.score > 1) row.types[anomaly.type] = (row.types[anomaly.type] ?? 0) + 1;
      }
    }
    console.log(Object.fromEntries(counts));
    return counts;
  });
}

function expectScannersTold(counts: Map<string, Told>): void {
  const share = (who: string) => counts.get(who)!.told / counts.get(who)!.lines;
  expect(counts.get("ordinary")!.lines).toBe(4000);
  expect(share("ordinary")).toBeLessThanOrEqual(0.005);
  expect(share("acunetix")).toBeGreaterThanOrEqual(0.95);
  expect(share("netsparker")).toBeGreaterThanOrEqual(0.95);
  for (const who of Object.keys(scanners)) {
    // the same news is tagged once and every hundredth time, the rest is known by its client's state
    expect(counts.get(who)!.types.novelty).toBeGreaterThan(100);
    expect(counts.get(who)!.inAlert).toBeGreaterThan(1000);
  }
}

describe("two scanners in an ordinary log are told in nearly all of their lines, at a cost of few others", () => {
  it.skipIf(!dataFile("web/apache_elastic_10k.log.gz"))("a public log and real scanners", async () => {
    const scans = Object.fromEntries(
      Object.keys(scanners).map((name) => [name, linesOf(`web/apache_scan_${name}.log.gz`)]),
    ) as Record<Scanner, string[]>;
    expectScannersTold(await judge(linesOf("web/apache_elastic_10k.log.gz"), 6000, scans));
  });

  it("a shop's log of our own", async () => {
    expectScannersTold(await judge(shopVisits(7, 10_000), 6000, scannerLines(8)));
  });
});
