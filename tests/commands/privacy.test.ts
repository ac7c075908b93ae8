/**
 * What of a log ends where: hashes and masked texts in models, hashes in caches, redacted lines in reports, nothing
 * readable by others.
 */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { shopLog } from "../../host/demo/shop.js";
import { VectorCache } from "../../host/embed/vectorCache.js";
import { oddline } from "../support/cli.js";
import { withFolder } from "../support/learning.js";

const day = Date.UTC(2026, 10, 20) / 1000;
const secrets = ["tok_zebrawallet", "ann.lee@example.org", "203.0.113.77", "hunterpassword"];
const odd = [
  `203.0.113.77 - - [20/Nov/2026:10:00:00 +0000] "GET /reset/account?key=tok_zebrawallet HTTP/1.1" 500 9 "-" "x/1"`,
  `2026-11-20T10:00:01.000Z ERROR could not reach ann.lee@example.org from 203.0.113.77 with password=hunterpassword`,
];
/** Often enough for its words to be in the vocabulary. */
const often = Array.from({ length: 30 }, (_, i) => odd[1].replace(":01.", `:${10 + i}.`));
const log = `${shopLog(1, day, 4000, false)}${odd.join("\n")}\n${often.join("\n")}\n`;
const modeOf = (path: string) => statSync(path).mode & 0o777;

async function withLog(use: (path: (name: string) => string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const path = (name: string) => join(folder, name);
    writeFileSync(path("log"), log);
    await use(path);
  });
}

describe("a model", () => {
  it("holds no secret of the log, and without texts no word of it, nor does what is told about it", async () => {
    await withLog(async (path) => {
      const whole = ["refresh", path("log"), "--out", path("m"), "--force"];
      expect((await oddline(...whole)).code).toBe(0);
      for (const secret of secrets) expect(readFileSync(path("m"), "latin1")).not.toContain(secret);
      writeFileSync(path("yaml"), "texts: false\nkeywords: { defaults: false }\n");
      const learning = [...whole, "--config", path("yaml"), "--changes", path("changes")];
      await oddline(...learning);
      const told = await oddline(...learning, "--json");
      expect(told.code, told.err).toBe(0);
      const model = readFileSync(path("m"), "latin1");
      const words = new Set(log.match(/[A-Za-z]{6,}/g));
      expect(words.size).toBeGreaterThan(30);
      expect([...words].filter((word) => model.includes(word))).toEqual([]);
      const changes = readFileSync(path("changes"), "utf8");
      for (const secret of secrets) expect(`${model}${changes}${told.out}`).not.toContain(secret);
      const replayed = await oddline("replay", path("log"), "--model", path("m"), "--json");
      for (const secret of secrets) expect(replayed.out).not.toContain(secret);
    });
  });

  it("is its owner's to read, unless more was asked for once", async () => {
    await withLog(async (path) => {
      const refresh = (...more: string[]) => oddline("refresh", path("log"), "--out", path("m"), "--force", ...more);
      expect((await refresh()).code).toBe(0);
      expect(modeOf(path("m"))).toBe(0o600);
      await refresh("--mode", "640");
      expect([modeOf(path("m")), modeOf(path("m.1"))]).toEqual([0o640, 0o600]);
      await refresh();
      expect(modeOf(path("m"))).toBe(0o640);
      expect((await refresh("--mode", "400")).code).toBe(2);
      expect((await refresh("--mode", "777")).code).toBe(2);
      writeFileSync(path("c.yaml"), "falsePositiveShare: 0.001\n");
      expect((await oddline("compile", path("c.yaml"), "--out", path("compiled"))).code).toBe(0);
      expect(modeOf(path("compiled"))).toBe(0o600);
    });
  });
});

describe("the cache of embeddings", () => {
  it("knows contents by their hash only, and is its owner's", async () => {
    await withFolder(async (folder) => {
      const caches = join(folder, "cache");
      const cache = new VectorCache(caches, "v1", 4);
      for (const line of odd) cache.set(VectorCache.keyOf(line), Float32Array.of(0.1, 0.2, 0.3, 0.4));
      cache.save();
      const file = join(caches, "v1.vectors");
      expect([modeOf(caches), modeOf(file)]).toEqual([0o700, 0o600]);
      const bytes = readFileSync(file);
      expect(bytes.length).toBe(48 + odd.length * (16 + 4 * 2));
      for (const secret of secrets) expect(bytes.includes(secret)).toBe(false);
      expect(new VectorCache(caches, "v1", 4).read(VectorCache.keyOf(odd[0]), new Float32Array(4))).toBe(true);
    });
  });
});

describe("scan", () => {
  it("prints lines as they are; its report hides what is nobody's business, unless told otherwise", async () => {
    await withLog(async (path) => {
      const asked = ["scan", path("log"), "--min-samples", "40", "--report", path("report.html")];
      const found = await oddline(...asked);
      for (const line of odd) expect(found.lines).toContain(`[ANOMALY] ${line}`);
      expect(modeOf(path("report.html"))).toBe(0o600);
      const report = readFileSync(path("report.html"), "utf8");
      expect(report).toContain("/reset/account?…");
      for (const secret of secrets) expect(report).not.toContain(secret);
      await oddline(...asked, "--no-redact");
      for (const secret of secrets) expect(readFileSync(path("report.html"), "utf8")).toContain(secret);
    });
  });
});
