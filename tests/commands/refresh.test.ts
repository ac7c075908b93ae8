import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { runCli } from "../../host/cli.js";
import { describe as describeModel } from "../../host/commands/refresh.js";
import { shopLog } from "../../host/demo/shop.js";
import { Engine } from "../../host/wasm/engine.js";
import { learnFiles, learnText, withFolder } from "../support/learning.js";

const day = Date.UTC(2026, 10, 20) / 1000;
const history = shopLog(3, day, 6000, false);

describe("refresh", () => {
  it("gives the same bytes for the same lines, in whatever order and from however many files they come", async () => {
    const whole = await learnText(history);
    const lines = history.trimEnd().split("\n");
    const reversed = await learnText(`${lines.toReversed().join("\n")}\n`);
    expect(Buffer.from(reversed.model).equals(whole.model)).toBe(true);
    await withFolder(async (folder) => {
      const parts = [0, 1, 2].map((part) => join(folder, `part${part}.log`));
      parts.forEach((path, part) => {
        writeFileSync(path, `${lines.filter((_, index) => index % 3 === part).join("\n")}\n`);
      });
      writeFileSync(parts[2], gzipSync(readFileSync(parts[2])));
      expect(Buffer.from((await learnFiles(parts)).model).equals(whole.model)).toBe(true);
    });
  });

  it("changes the model with any line that changes what is normal", async () => {
    const whole = await learnText(history);
    const more = await learnText(`${history}198.51.100.9 - - [20/Nov/2026:00:00:01 +0000] "GET /new HTTP/1.1" 200 5\n`);
    expect(Buffer.from(more.model).equals(whole.model)).toBe(false);
  });

  it("finds the shop's oddities on a day it has not seen, and little else", async () => {
    const { model } = await learnText(shopLog(1, day, 20_000, false));
    const engine = new Engine();
    engine.useModel(model, "test");
    const fresh = Buffer.from(shopLog(2, day + 86_400, 2000, true));
    const events = [...engine.tag(fresh, { flags: 2, seconds: BigInt(day) })]
      .flatMap(({ output }) => Buffer.from(output).toString().trim().split("\n"))
      .map((line) => JSON.parse(line));
    const text = events.map((event) => event.log).join("\n");
    for (const part of [
      "OR%201=1",
      "script",
      "..%2f",
      "wp-login",
      ".git",
      "PROPFIND",
      "debug=true",
      "gateway",
      "OutOfMemory",
      "migration",
    ]) {
      expect(text).toContain(part);
    }
    expect(events.length).toBeLessThanOrEqual(14);
    for (const { anomaly } of events) {
      expect(anomaly.reason.length).toBeGreaterThan(10);
    }
  });

  it("says that a short log fits no threshold, and uses one in a thousand", async () => {
    const { summary } = await learnText(shopLog(1, day, 500, false));
    expect(summary.calibration.fitted).toBe(false);
    expect(summary.calibration.surprise).toBeGreaterThanOrEqual(Math.log(1000));
  });

  it("keeps a bounded number of signatures and counts what it did not learn", async () => {
    const lines = Array.from(
      { length: 3000 },
      (_, n) => `word${String.fromCharCode(97 + (n % 26), 97 + ((n / 26) % 26), 97 + n / 676)} came`,
    );
    const { summary } = await learnText(`${lines.join("\n")}\n`, {}, 1000);
    expect(summary.forms).toBe(1000);
    expect(summary.linesNotLearnt).toBe(3000 - 1000);
    expect(summary.missedMax).toBeGreaterThan(0);
    expect(describeModel("", "", 0, summary)).toMatch(
      /warning .* 1,000 most frequent .* 2,000 lines .* Raise --forms-max/,
    );
  });

  it("does not let one address alone teach a public place", async () => {
    const ordinary = shopLog(5, day, 8000, false);
    const probe = '203.0.113.9 - - [20/Nov/2026:00:00:01 +0000] "GET /admin/setup.php HTTP/1.1" 404 5\n';
    const alone = await learnText(ordinary + probe.repeat(500));
    const many = Array.from({ length: 500 }, (_, n) => probe.replace("113.9", `113.${n % 50}`)).join("");
    const shared = await learnText(ordinary + many);
    const score = (model: Uint8Array) => {
      const engine = new Engine();
      engine.useModel(model, "test");
      return [...engine.scores(Buffer.from(probe), { flags: 0, seconds: 0n })][0][0];
    };
    expect(score(alone.model)).toBeGreaterThan(1);
    expect(score(shared.model)).toBeLessThanOrEqual(1);
  });

  it("lets a line that arrives tagged teach only once it came on three days or from five keys", async () => {
    const ordinary = shopLog(5, day, 8000, false);
    const tagged = (keys: number) =>
      Array.from({ length: 60 }, (_, n) => {
        const line = `203.0.113.${n % keys} - - [20/Nov/2026:00:00:01 +0000] "GET /newpage HTTP/1.1" 200 5`;
        return `${JSON.stringify({ log: line, anomaly: { score: 2 } })}\n`;
      }).join("");
    const few = await learnText(ordinary + tagged(4));
    const many = await learnText(ordinary + tagged(12));
    const page = Buffer.from('198.51.100.9 - - [20/Nov/2026:00:00:01 +0000] "GET /newpage HTTP/1.1" 200 5\n');
    const score = (model: Uint8Array) => {
      const engine = new Engine();
      engine.useModel(model, "test");
      return [...engine.scores(page, { flags: 0, seconds: 0n })][0][0];
    };
    expect(score(few.model)).toBeGreaterThan(1);
    expect(score(many.model)).toBeLessThanOrEqual(1);
  });

  it("replaces the model in one step and leaves nothing behind but the model before", async () => {
    await withFolder(async (folder) => {
      const out = join(folder, "oddline.model");
      const log = join(folder, "history.log");
      writeFileSync(log, history);
      writeFileSync(out, "old");
      expect(await runCli(["node", "oddline", "refresh", log, "--out", out, "--json"])).toBe(0);
      expect(readdirSync(folder).sort()).toEqual(["history.log", "oddline.model", "oddline.model.1"]);
      new Engine().useModel(readFileSync(out), out);
    });
  });

  it("ends with exit code 3 and leaves the model alone where there is nothing to learn", async () => {
    await withFolder(async (folder) => {
      const log = join(folder, "empty.log");
      writeFileSync(log, "");
      writeFileSync(join(folder, "oddline.model"), "old");
      expect(await runCli(["node", "oddline", "refresh", log, "--out", join(folder, "oddline.model")])).toBe(3);
      expect(readFileSync(join(folder, "oddline.model"), "utf8")).toBe("old");
    });
  });
});
