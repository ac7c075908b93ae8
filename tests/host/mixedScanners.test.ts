/** An ordinary Apache log with two scanners at work in it: nearly all of theirs is told, hardly any of the others'. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Engine } from "../../host/engine.js";
import { dataFile } from "../support/data.js";
import { learnFiles, withFolder } from "../support/learning.js";

const scanners = { acunetix: "203.0.113.10", netsparker: "203.0.113.20" };

function linesOf(name: string): string[] {
  return gunzipSync(readFileSync(dataFile(name)!))
    .toString("latin1")
    .trimEnd()
    .split("\n");
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function secondsOf(line: string): number {
  const [, day, month, year, clock] = /\[(\d+)\/(\w+)\/(\d+):(\S+)/.exec(line)!;
  return Date.parse(`${year}-${String(months.indexOf(month) + 1).padStart(2, "0")}-${day}T${clock}Z`) / 1000;
}

function timed(line: string, seconds: number): string {
  const iso = new Date(seconds * 1000).toISOString();
  const [date, clock] = [iso.slice(0, 10).split("-"), iso.slice(11, 19)];
  return line.replace(/\[[^\]]+\]/, `[${date[2]}/${months[+date[1] - 1]}/${date[0]}:${clock} +0000]`);
}

/** Both scans at their own pace, each beginning somewhere in the stretch; all lines in the order of time. */
function mixed(ordinary: string[]): string[] {
  const rows = ordinary.map((line) => ({ line, at: secondsOf(line) }));
  Object.entries(scanners).forEach(([name, address], number) => {
    const scan = linesOf(`web/apache_scan_${name}.log.gz`);
    const shift = rows[700 + 1500 * number].at - Math.min(...scan.map(secondsOf));
    for (const line of scan) {
      const at = secondsOf(line) + shift;
      rows.push({ line: timed(line.replace(/^\S+/, address), at), at });
    }
  });
  return rows.sort((a, b) => a.at - b.at).map(({ line }) => line);
}

describe.skipIf(!dataFile("web/apache_elastic_10k.log.gz"))("two scanners in an ordinary log", () => {
  it("are told in nearly all of their lines, at a cost of few ordinary ones", async () => {
    const lines = linesOf("web/apache_elastic_10k.log.gz");
    await withFolder(async (folder) => {
      const path = join(folder, "history.log");
      writeFileSync(path, `${lines.slice(0, 6000).join("\n")}\n`, "latin1");
      const engine = new Engine();
      engine.useModel((await learnFiles([path])).model, "history");
      const judged = Buffer.from(`${mixed(lines.slice(6000)).join("\n")}\n`, "latin1");
      const counts = new Map<string, { lines: number; told: number; types: Record<string, number> }>();
      for (const { output } of engine.tag(judged, { flags: 1, seconds: 1_800_000_000n })) {
        for (const text of Buffer.from(output).toString().trimEnd().split("\n")) {
          const { anomaly } = JSON.parse(text);
          const who = Object.entries(scanners).find(([, address]) => address === anomaly.key)?.[0] ?? "ordinary";
          const row = counts.get(who) ?? { lines: 0, told: 0, types: {} };
          counts.set(who, row);
          row.lines++;
          if (anomaly.score > 1 || (who !== "ordinary" && anomaly.state !== "NORMAL")) row.told++;
          if (anomaly.score > 1) row.types[anomaly.type] = (row.types[anomaly.type] ?? 0) + 1;
        }
      }
      console.log(Object.fromEntries(counts));
      const share = (who: string) => counts.get(who)!.told / counts.get(who)!.lines;
      expect(counts.get("ordinary")!.lines).toBe(4000);
      expect(share("ordinary")).toBeLessThanOrEqual(0.005);
      expect(share("acunetix")).toBeGreaterThanOrEqual(0.95);
      expect(share("netsparker")).toBeGreaterThanOrEqual(0.94);
      for (const who of Object.keys(scanners)) expect(counts.get(who)!.types.traffic).toBeGreaterThan(1000);
    });
  });
});
