/** `oddline replay`: counts as `tag` does, hour by hour; a budget that a refresh with the share it found keeps to. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { runCli } from "../../host/cli.js";
import { commentedConfiguration } from "../../host/config/template.js";
import { withSetting } from "../../host/config/writeSetting.js";
import { Draws } from "../../host/demo/draws.js";
import { shopLog } from "../../host/demo/shop.js";
import { withFolder } from "../support/learning.js";

const day = Date.UTC(2026, 10, 20) / 1000;
let stderr = "";

beforeAll(() => {
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += text;
    return true;
  });
});

/** Exit code and standard output of one command. */
async function run(...words: string[]): Promise<{ exit: number; out: string }> {
  let out = "";
  stderr = "";
  process.exitCode = undefined;
  const write = vi.spyOn(process.stdout, "write").mockImplementation((bytes) => {
    out += Buffer.from(bytes as Uint8Array).toString();
    return true;
  });
  try {
    return { exit: await runCli(["node", "oddline", ...words]), out };
  } finally {
    write.mockRestore();
    process.exitCode = undefined;
  }
}

/** A visit at a second of the fresh day, of a page under a directory. */
function visit(second: number, path: string): string {
  const time = new Date((day + 86_400 + second) * 1000).toISOString().slice(11, 19);
  return `198.51.100.${second % 50} - - [21/Nov/2026:${time} +0000] "GET ${path} HTTP/1.1" 200 512\n`;
}

/**
 * Five hours of visits to shelves, each of which gains books at a rate of its own: news of every degree of surprise.
 */
function library(seed: number): string {
  const random = new Draws(seed);
  const letters = (length: number) => Array.from({ length }, () => random.pick([..."abcdefghijklmnop"])).join("");
  return Array.from({ length: 9000 }, (_, n) => {
    const shelf = random.integer(1, 8);
    const isNew = random.next() < 0.0002 * 2 ** shelf;
    return visit(n * 2, `/shelf${"abcdefghi"[shelf]}/${isNew ? letters(9) : random.pick(["one", "two", "three"])}`);
  }).join("");
}

async function withModel(use: (path: (name: string) => string, model: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const path = (name: string) => join(folder, name);
    writeFileSync(path("history.log"), shopLog(1, day, 6000, false));
    expect((await run("refresh", path("history.log"), "--out", path("oddline.model"))).exit).toBe(0);
    await use(path, path("oddline.model"));
  });
}

describe("replay", () => {
  it("counts by hour and type what tag tags, with reasons that show no values", async () => {
    await withModel(async (path, model) => {
      writeFileSync(path("fresh.log"), shopLog(2, day + 86_400, 12_000, true));
      const tagged = await run("tag", "--only", "--model", model, path("fresh.log"));
      const { exit, out } = await run("replay", path("fresh.log"), "--model", model, "--json");
      expect(exit).toBe(0);
      const result = JSON.parse(out);
      expect(result.lines).toBe(12_010);
      expect(result.tagged).toBeGreaterThanOrEqual(9);
      expect(result.tagged).toBe(tagged.out.trimEnd().split("\n").length);
      expect(result.hours.map(({ hour }: { hour: string }) => hour).slice(0, 2)).toEqual([
        "2026-11-21T00:00:00Z",
        "2026-11-21T01:00:00Z",
      ]);
      const sum = (name: "lines" | "tagged") =>
        result.hours.reduce((total: number, hour: Record<string, number>) => total + hour[name], 0);
      expect([sum("lines"), sum("tagged")]).toEqual([result.lines, result.tagged]);
      expect(result.types.novelty).toBeGreaterThan(3);
      expect(JSON.stringify(result.examples)).not.toMatch(/OR%201|passwd|<script/);
      const table = (await run("replay", path("fresh.log"), "--model", model)).out;
      expect(table).toMatch(/^hour +lines +tagged/m);
      expect(table).toContain(result.examples[0].reason);
      for (const { severity } of result.examples) expect(["low", "medium", "high"]).toContain(severity);
    });
  });

  it("shows what a tag shows: severity, keyword, count and threshold", async () => {
    await withFolder(async (folder) => {
      const log = join(folder, "odd.log");
      const visits = Array.from({ length: 1500 }, (_, n) => visit(Math.floor(n / 50), "/").replace(/\.\d+ /, ".7 "));
      writeFileSync(log, `${visits.join("")}2026-11-21T00:00:40Z ERROR app: Out of memory\n`);
      const { examples } = JSON.parse((await run("replay", log, "--json")).out);
      const of = (wanted: string) => examples.find(({ type }: { type: string }) => type === wanted);
      expect(of("keyword")).toMatchObject({ keyword: "out of memory", severity: "high", count: 1 });
      expect(of("traffic").count).toBeGreaterThan(500);
      expect(of("traffic").threshold).toBe(100);
      expect((await run("replay", log)).out).toMatch(/^keyword +1 x .* high +.*out of memory/m);
    });
  });

  it("mutes news as the filter does: the first of a day and every hundredth are told", async () => {
    await withModel(async (path, model) => {
      const every30 = Array.from({ length: 360 }, (_, n) => visit(n * 30, "/newdirectory")).join("");
      writeFileSync(path("news.log"), `\n${every30}\n{"log":""}\n`);
      const { hours, tagged, lines } = JSON.parse(
        (await run("replay", path("news.log"), "--model", model, "--json")).out,
      );
      expect(lines).toBe(363);
      expect(tagged).toBe(4);
      expect(hours.map((hour: { tagged: number }) => hour.tagged)).toEqual([0, 2, 1, 1]);
      expect(hours[0].hour).toBe(null);
    });
  });

  it("finds a share that keeps to the budget, writes it, and a refresh with it keeps to the budget too", async () => {
    await withModel(async (path, model) => {
      writeFileSync(path("history.log"), library(1));
      writeFileSync(path("fresh.log"), library(2));
      expect((await run("refresh", path("history.log"), "--out", model)).exit).toBe(0);
      writeFileSync(path("oddline.yaml"), commentedConfiguration());
      const budget = ["--model", model, "--config", path("oddline.yaml"), "--budget", "5/h", "--json"];
      const { exit, out } = await run("replay", path("fresh.log"), ...budget, "--write");
      expect(`${exit} ${stderr}`).toBe("0 ");
      const fit = JSON.parse(out).budget;
      expect(fit.taggedPerHour).toBeLessThanOrEqual(5);
      expect(fit.written).toBe(true);
      expect(fit.falsePositiveShare).toBeLessThan(0.1);
      expect(fit.tagged).toBeGreaterThan(0);
      const looser = await run("replay", path("fresh.log"), ...budget.with(5, "100/h"));
      expect(JSON.parse(looser.out).budget.tagged).toBeGreaterThan(fit.tagged);
      const configuration = readFileSync(path("oddline.yaml"), "utf8");
      expect(configuration.split("\n").filter((line) => !commentedConfiguration().includes(line))).toEqual([
        `falsePositiveShare: ${fit.falsePositiveShare}`,
      ]);
      const again = ["--out", path("again.model"), "--config", path("oddline.yaml")];
      expect((await run("refresh", path("history.log"), ...again)).exit, stderr).toBe(0);
      const replayed = JSON.parse(
        (await run("replay", path("fresh.log"), "--model", path("again.model"), "--json")).out,
      );
      expect(replayed.tagged).toBe(fit.tagged);
    });
  });

  it("says what cannot be: a budget below what keywords bring, without times, without a model", async () => {
    await withModel(async (path, model) => {
      writeFileSync(path("words.log"), visit(1, "/").replace("curl/8", "x").repeat(3));
      const errors = Array.from({ length: 50 }, (_, n) => `2026-11-21T00:00:${10 + n}Z ERROR Out of memory\n`).join("");
      writeFileSync(path("errors.log"), errors);
      expect((await run("replay", path("errors.log"), "--model", model, "--budget", "1/h")).exit).toBe(1);
      expect(stderr).toContain("BUDGET_UNREACHABLE");
      expect(stderr).toContain("keyword");
      writeFileSync(path("timeless.log"), "hello world\n");
      expect((await run("replay", path("timeless.log"), "--model", model, "--budget", "1/h")).exit).toBe(1);
      expect(stderr).toContain("NO_EVENT_TIMES");
      expect((await run("compile", path("none.yaml"))).exit).toBe(2);
      expect((await run("replay", path("errors.log"), "--budget", "1/h")).exit).toBe(2);
      expect((await run("replay", path("errors.log"), "--model", model, "--budget", "20")).exit).toBe(2);
      expect((await run("replay", path("errors.log"), "--model", model, "--write")).exit).toBe(2);
      writeFileSync(path("empty.log"), "");
      expect((await run("replay", path("empty.log"), "--model", model)).exit).toBe(3);
    });
  });
});

describe("writing a setting", () => {
  it.each([
    ["falsePositiveShare:   0.001   # ours\n", "falsePositiveShare:   0.00002   # ours\n"],
    ["a: 1 # one\nwindows: {seconds: 60}\n", "a: 1 # one\nwindows: {seconds: 60}\nfalsePositiveShare: 0.00002\n"],
    ["a: 1\n# the end", "a: 1\n# the end\nfalsePositiveShare: 0.00002\n"],
    ["# falsePositiveShare: 0.001\r\nx: 1\r\n", "falsePositiveShare: 0.00002\r\nx: 1\r\n"],
    ["", "falsePositiveShare: 0.00002\n"],
  ])("leaves the rest of %j as it is", (before, after) => {
    expect(withSetting(before, "falsePositiveShare", 0.00002)).toBe(after);
  });
});
