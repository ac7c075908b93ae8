/** An ordinary Apache log with two scanners at work in it: nearly all of theirs is told, hardly any of the others'. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Engine } from "../../host/wasm/engine.js";
import { dataFile } from "../support/data.js";
import { learnFiles, withFolder } from "../support/learning.js";
import { mixScanners, type Scanner, scanners, sourceOf } from "../support/mixedScanners.mjs";

function linesOf(name: string): string[] {
  return gunzipSync(readFileSync(dataFile(name)!))
    .toString("latin1")
    .trimEnd()
    .split("\n");
}

describe.skipIf(!dataFile("web/apache_elastic_10k.log.gz"))("two scanners in an ordinary log", () => {
  it("are told in nearly all of their lines, at a cost of few ordinary ones", async () => {
    const lines = linesOf("web/apache_elastic_10k.log.gz");
    await withFolder(async (folder) => {
      const path = join(folder, "history.log");
      writeFileSync(path, `${lines.slice(0, 6000).join("\n")}\n`, "latin1");
      const engine = new Engine();
      engine.useModel((await learnFiles([path])).model, "history");
      const scans = Object.fromEntries(
        Object.keys(scanners).map((name) => [name, linesOf(`web/apache_scan_${name}.log.gz`)]),
      ) as Record<Scanner, string[]>;
      const judged = Buffer.from(`${mixScanners(lines.slice(6000), scans).join("\n")}\n`, "latin1");
      const counts = new Map<string, { lines: number; told: number; types: Record<string, number> }>();
      for (const { output } of engine.tag(judged, { flags: 1, seconds: 1_800_000_000n })) {
        for (const text of Buffer.from(output).toString().trimEnd().split("\n")) {
          const { anomaly } = JSON.parse(text);
          const who = sourceOf(anomaly.key);
          const row = counts.get(who) ?? { lines: 0, told: 0, types: {} };
          counts.set(who, row);
          row.lines++;
          if (anomaly.score > 1 || (who !== "ordinary" && anomaly.state !== "NORMAL")) row.told++;
          if (anomaly.score > 1) row.types[anomaly.type] = (row.types[anomaly.type] ?? 0) + 1;
        }
      }
      console.log(Object.fromEntries(counts));
      // told: tagged, or its address in alert at that line
      const share = (who: string) => counts.get(who)!.told / counts.get(who)!.lines;
      expect(counts.get("ordinary")!.lines).toBe(4000);
      expect(share("ordinary")).toBeLessThanOrEqual(0.005);
      expect(share("acunetix")).toBeGreaterThanOrEqual(0.95);
      expect(share("netsparker")).toBeGreaterThanOrEqual(0.95);
      for (const who of Object.keys(scanners)) expect(counts.get(who)!.types.traffic).toBeGreaterThan(1000);
    });
  });
});
