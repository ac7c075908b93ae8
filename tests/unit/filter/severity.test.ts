/** Severity: how rare what is new is, graver where the line calls itself an error; how far over a rate is. */
import { describe, expect, it } from "vitest";
import { batchFlag, Engine } from "../../../host/wasm/engine.js";
import { learnText } from "../../support/learning.js";
import { tagsOf } from "../../support/tagging.js";

const text = (i: number, level: string, message: string) =>
  `2026-11-21 02:${String(Math.floor(i / 60) % 60).padStart(2, "0")}:${String(i % 60).padStart(2, "0")} ${level} ${message}\n`;
const atSecond = (second: number, level: string, message: string) =>
  `${new Date(Date.UTC(2026, 10, 21) + second * 1000).toISOString()} ${level} ${message}\n`;

interface Tag {
  type: string;
  severity: string;
  count?: number;
  threshold?: number;
}

function tags(engine: Engine, lines: string): Tag[] {
  return tagsOf<Tag>(engine, lines, { flags: batchFlag.only | batchFlag.ownTime }).map((tag) => tag!);
}

describe("severity", () => {
  it("of a text never seen is a step higher where its level is error, and high where it is fatal", async () => {
    const usual = Array.from({ length: 3000 }, (_, i) =>
      text(i, i % 3 ? "INFO" : "ERROR", `job ${i} of mailer is done`),
    );
    const { model } = await learnText(usual.join(""));
    const grades = ["low", "medium", "high"];
    const gradeOf = (level: string) => {
      const engine = new Engine();
      engine.useModel(model, "model");
      const [tag] = tags(engine, text(5, level, "quota of bucket images has grown"));
      expect(["novelty", "outlier"]).toContain(tag.type);
      return grades.indexOf(tag.severity);
    };
    expect(gradeOf("ERROR")).toBe(Math.min(gradeOf("INFO") + 1, 2));
    expect(gradeOf("ERROR")).toBeGreaterThan(0);
    expect(gradeOf("FATAL")).toBe(2);
  });

  it("is never below that of a keyword in the line, whatever else is told of it", async () => {
    const line = (i: number, source: string, level: string, message: string) =>
      `2026-11-21 02:${String(Math.floor(i / 60) % 60).padStart(2, "0")}:${String(i % 60).padStart(2, "0")},100 - ${source} - ${level} - ${message}\n`;
    // of a source that hardly says anything a new text is no great news
    const usual = Array.from({ length: 3000 }, (_, i) =>
      i % 750 ? line(i, "app.Mailer", "INFO", `job ${i} is done`) : line(i, "app.Pool", "INFO", `size is ${i} now`),
    );
    const engine = new Engine();
    engine.useModel((await learnText(usual.join(""))).model, "model");
    const found = tags(
      engine,
      line(5, "app.Pool", "ERROR", "quota is out of range") +
        line(50, "app.Pool", "ERROR", "panic: runtime error: index is out of range"),
    );
    expect(found.map(({ type, severity }) => [type, severity])).toEqual([
      ["novelty", "medium"],
      ["novelty", "high"],
    ]);
  });

  it("of a rate against a learnt threshold is told as soon as it rises", async () => {
    // three errors a minute for three hours, then one every half second
    const usual = Array.from({ length: 3 * 3600 }, (_, i) =>
      i % 20 === 0 ? atSecond(i, "ERROR", "no answer from store") : atSecond(i, "INFO", `job ${i} of mailer is done`),
    );
    const { model } = await learnText(usual.join(""));
    const engine = new Engine();
    engine.useModel(model, "model");
    const storm = Array.from({ length: 60 }, (_, i) => atSecond(3 * 3600 + (i >> 1), "ERROR", "no answer from store"));
    const found = tags(engine, storm.join("")).filter(({ type }) => type === "error_rate");
    const threshold = found[0].threshold!;
    const told = found.map(({ count, severity }) => [count! / threshold, severity] as const);
    for (const [score, severity] of told)
      expect([score, severity]).toEqual([score, score >= 1.75 ? "high" : score >= 1.25 ? "medium" : "low"]);
    const firstOf = (grade: string) => found.find(({ severity }) => severity === grade)?.count;
    expect(firstOf("low")).toBe(threshold + 1);
    expect(firstOf("medium")).toBe(Math.ceil(1.25 * threshold));
    expect(firstOf("high")).toBe(Math.ceil(1.75 * threshold));
  });

  it("of a rate goes by how many times its threshold it is", () => {
    const line = '{"remote_addr":"198.51.100.7","level":"error","message":"no answer","time":"2026-11-21T02:11:09Z"}\n';
    const found = tags(new Engine(), line.repeat(21)).filter(({ type }) => type === "error_rate");
    const grades = new Map(found.map(({ count, severity }) => [count!, severity]));
    expect(grades.get(6)).toBe("low");
    for (const [count, severity] of grades) {
      expect({ count, severity }).toEqual({ count, severity: count < 10 ? "low" : count < 20 ? "medium" : "high" });
    }
  });
});
