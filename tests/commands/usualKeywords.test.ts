/** Keywords are weighed against the past: what was usual in the learnt lines alerts by its rate alone. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultKeywords } from "../../host/config/defaultKeywords.js";
import { usualKeywords } from "../../host/learn/usualKeywords.js";
import { KeywordStore } from "../../host/signatures/keywordStore.js";
import { oddline } from "../support/cli.js";
import { withFolder } from "../support/learning.js";

const start = Date.UTC(2026, 10, 20) / 1000;
const line = (seconds: number, text: string, client = "") =>
  `${new Date((start + seconds) * 1000).toISOString()} WARN ${text}${client && ` from ${client}`}\n`;
const deadlock = "deadlock detected, statement is tried again";
const log = (lines: number, everySeconds: number, text = deadlock) =>
  Array.from({ length: lines }, (_, i) => line(i * everySeconds, i % 2 ? text : "statement is done")).join("");

describe("a keyword that came in half of the learnt lines", () => {
  it("alerts when it comes far more often than ever, and refresh says so; another alerts as always", async () => {
    await withFolder(async (folder) => {
      const path = (name: string) => join(folder, name);
      const tagged = async (model: string, text: string) => {
        writeFileSync(path("fresh"), text);
        const { lines } = await oddline("tag", "--only", "--model", path(model), path("fresh"));
        return lines.map((event) => JSON.parse(event).anomaly);
      };
      writeFileSync(path("history"), log(6000, 10));
      const { out } = await oddline("refresh", path("history"), "--out", path("model"));
      expect(out).toContain("keywords deadlock (50 % of the lines): usual here");

      expect(await tagged("model", log(1000, 10))).toEqual([]);
      // three of it in a minute are usual, ten are the first alert, and twenty the next tag
      const burst = Array.from({ length: 25 }, (_, i) => line(i, deadlock)).join("");
      const alerts = await tagged("model", burst);
      expect(alerts.map(({ type, count, threshold }) => ({ type, count, threshold }))).toEqual([
        { type: "keyword", count: 10, threshold: 10 },
        { type: "keyword", count: 20, threshold: 10 },
      ]);
      expect(await tagged("model", line(0, "java.lang.OutOfMemoryError: Java heap space"))).toHaveLength(1);

      // a changed configuration keeps it; slices give the same
      writeFileSync(path("yaml"), "tagAll: false\n");
      await oddline("compile", path("yaml"), "--from", path("model"), "--out", path("compiled"));
      expect(await tagged("compiled", log(1000, 10))).toEqual([]);
      const rows = log(6000, 10).split(/(?<=\n)/);
      for (const [name, part] of Object.entries({ a: rows.slice(0, 3000), b: rows.slice(3000) })) {
        writeFileSync(path(name), part.join(""));
        writeFileSync(path(`${name}.sum`), (await oddline("summarize", path(name))).out);
      }
      const sliced = ["--summaries", path("a.sum"), path("b.sum"), "--out", path("sliced"), "--json"];
      const whole = await oddline("refresh", path("history"), "--out", path("again"), "--json");
      const { changes: _, out: __, ...model } = JSON.parse((await oddline("refresh", ...sliced)).out);
      expect(JSON.parse(whole.out)).toMatchObject(model);
    });
  });

  it("alerts each time where the operator called it high, unless he says weigh", async () => {
    await withFolder(async (folder) => {
      const path = (name: string) => join(folder, name);
      writeFileSync(path("history"), log(6000, 10, "the kettle boils over"));
      writeFileSync(path("fresh"), log(100, 10, "the kettle boils over"));
      const expected = { "severity: high": 50, "severity: high, weigh: true": 0, "severity: low": 0 };
      for (const [settings, events] of Object.entries(expected)) {
        writeFileSync(path("yaml"), `keywords: { list: [{ word: kettle, ${settings} }] }\n`);
        await oddline("refresh", path("history"), "--config", path("yaml"), "--out", path("model"));
        const { lines } = await oddline("tag", "--only", "--model", path("model"), path("fresh"));
        expect({ settings, events: lines.length }).toEqual({ settings, events });
      }
    });
  });
});

describe("usualKeywords", () => {
  const at = defaultKeywords.findIndex(({ name }) => name === "deadlock");
  const usual = (lines: number, ...senders: [key: number, network: number, day: number, times: number][]) => {
    const store = new KeywordStore();
    for (const [key, network, day, times] of senders) {
      for (let i = 0; i < times; i++) {
        store.add(at, { key, network, seconds: start + day * 86_400 + i, isTagged: false });
      }
    }
    return usualKeywords(store, lines, defaultKeywords).map(({ name, minCount }) => `${name} ${minCount}`);
  };

  it("wants a thousandth of the lines, and nobody alone makes it usual or raises its count", () => {
    expect(usual(10_000, [0, 0, 0, 30])).toEqual(["deadlock 91"]);
    expect(usual(100_000, [0, 0, 0, 30])).toEqual([]);
    expect(usual(10_000, [7, 1, 0, 30])).toEqual([]);
    expect(usual(10_000, [7, 1, 0, 30], [7, 1, 1, 10])).toEqual(["deadlock 91"]);
    expect(usual(10_000, [7, 1, 0, 50], [8, 2, 0, 4], [9, 3, 0, 5])).toEqual(["deadlock 13"]);
  });
});
