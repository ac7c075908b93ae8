import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { shopLog } from "../../host/demo/shop.js";
import { dataFile } from "../support/data.js";
import { withFolder } from "../support/learning.js";
import { hasMinilm, minilmOptions } from "../support/minilm.js";

function scan(...words: string[]) {
  return spawnSync(process.execPath, ["dist/bin.js", "scan", ...words], { encoding: "utf8", maxBuffer: 1 << 28 });
}

describe("oddline scan", () => {
  it("shows in its report what would turn the order of what is read", async () => {
    await withFolder(async (folder) => {
      const [log, report] = ["shop.log", "report.html"].map((name) => join(folder, name));
      writeFileSync(log, `${shopLog(4, 1_795_000_000, 1000, true)}stored \u202egpj.exe\u2066 by \u001b[2Jnobody\n`);
      expect(scan(log, "--report", report).status).toBe(0);
      const page = readFileSync(report, "utf8");
      expect(page).toContain(String.raw`stored \\u202egpj.exe\\u2066 by \\x1b[2Jnobody`);
      expect(page).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    });
  });

  it("prints the lines of no cluster, in their order, and the same as JSON", async () => {
    await withFolder(async (folder) => {
      const log = join(folder, "shop.log");
      writeFileSync(log, shopLog(4, 1_795_000_000, 3000, true));
      const lines = readFileSync(log, "utf8").split("\n");
      const { status, stdout, stderr } = scan(log);
      expect(status).toBe(0);
      expect(stderr).toMatch(/3,010 lines, .* anomalies/);
      const printed = stdout.trimEnd().split("\n");
      expect(printed.length).toBeGreaterThanOrEqual(5);
      expect(printed.length).toBeLessThan(300);
      const numbers = printed.map((line) => lines.indexOf(line.replace(/^\[ANOMALY\] /, "")));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      expect(stdout).toContain("OutOfMemoryError");
      const rows = scan(log, "--json")
        .stdout.trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(rows.map((row) => `[ANOMALY] ${row.text}`)).toEqual(printed);
      for (const row of rows) {
        expect(row.cluster).toBe(-1);
        expect(lines[row.line - 1]).toBe(row.text);
        expect(row.threshold).toBe(20);
        expect(["low", "medium", "high"]).toContain(row.severity);
      }
      const killed = rows.find(({ text }) => text.includes("OutOfMemoryError"));
      expect(killed).toMatchObject({ keyword: "out of memory", severity: "high" });
      expect(rows.some((row) => !("keyword" in row))).toBe(true);
      const withReasons = scan(log, "--reasons").stdout.trimEnd().split("\n");
      expect(withReasons).toEqual(
        rows.flatMap(({ text, severity, keyword, reason }) => [
          `[ANOMALY] ${text}`,
          `  ${severity}: ${keyword ? `keyword "${keyword}"; ` : ""}${reason}`,
        ]),
      );
    });
  });

  it("grades by how few lines are as far from any pattern", async () => {
    await withFolder(async (folder) => {
      const log = join(folder, "jobs.log");
      const usual = Array.from({ length: 20_000 }, (_, n) => `job ${n} of the queue done in ${n % 90} ms`);
      const near = Array.from({ length: 200 }, (_, n) => `job ${n} of the ${"abcdefghij"[n % 10]}queue not done`);
      const far = "quota of tenant blue exceeded while writing snapshot to cold storage";
      writeFileSync(log, `${[...usual, ...near, far].join("\n")}\n`);
      const rows = scan(log, "--json", "--min-samples", "50", "--eps", "0.4")
        .stdout.trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(rows.length).toBe(201);
      expect(rows.filter(({ severity }) => severity !== "low")).toMatchObject([{ text: far, severity: "medium" }]);
    });
  });

  it("ends with exit code 3 where there is nothing to scan", async () => {
    await withFolder(async (folder) => {
      writeFileSync(join(folder, "empty.log"), "");
      expect(scan(join(folder, "empty.log")).status).toBe(3);
    });
  });

  it.skipIf(!hasMinilm || !dataFile("loghub/OpenSSH_2k.log.gz"))(
    "calls the same lines noise as sentence-transformers and scikit-learn do, with all-MiniLM-L6-v2",
    { timeout: 600_000 },
    async () => {
      for (const name of ["OpenSSH", "Zookeeper"]) {
        await withFolder(async (folder) => {
          const log = join(folder, "log");
          writeFileSync(log, gunzipSync(readFileSync(dataFile(`loghub/${name}_2k.log.gz`)!)));
          const { stdout } = scan(log, "--json", ...minilmOptions, "--cache-dir", join(folder, "cache"));
          const found = new Set(
            stdout
              .trimEnd()
              .split("\n")
              .map((line) => JSON.parse(line).line as number),
          );
          const golden = new Set(
            readFileSync(dataFile(`golden/minilm-dbscan-${name}.txt`)!, "utf8")
              .trim()
              .split(/\s+/)
              .map(Number),
          );
          const differing =
            [...found].filter((line) => !golden.has(line)).length +
            [...golden].filter((line) => !found.has(line)).length;
          expect(1 - differing / 2000).toBeGreaterThanOrEqual(0.99);
        });
      }
    },
  );
});
