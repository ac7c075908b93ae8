/** What a text's level adds to how odd it is: where new texts come all the time only errors among them are told. */
import { beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../../host/wasm/engine.js";
import { seededRandom } from "../../support/hostile.mjs";
import { learnText } from "../../support/learning.js";
import { tagsOf } from "../../support/tagging.js";

const arrival = Date.UTC(2026, 10, 21, 3) / 1000;
const line = (second: number, level: string, text: string, logger = "shop.Import") =>
  `${new Date((arrival - 7200 + second) * 1000).toISOString()} ${level} 7 --- [main] ${logger} : ${text}\n`;
const unixLine = (second: number, text: string, priority = "") =>
  `${priority}${new Date((arrival - 7200 + second) * 1000).toISOString().replace("Z", "+00:00")} a1 import[7]: ${text}\n`;

// Sentences of a few words in any order: new ones come all the time, and none is far from those that were learnt.
const words = "item batch order image price file page list with from into held moved read kept sent".split(" ");
const random = seededRandom(7);
const sentence = () => Array.from({ length: 5 }, () => words[Math.floor(random() * words.length)]).join(" ");

const levels = ["DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

let model: Uint8Array;
beforeAll(async () => {
  const ordinary = Array.from({ length: 3000 }, (_, i) => line(i, levels[i % levels.length], sentence()));
  const ofUnix = Array.from({ length: 1000 }, (_, i) =>
    unixLine(i, `${["", "error: ", "fatal: "][i % 3]}${sentence()}`),
  );
  ({ model } = await learnText([...ordinary, ...ofUnix].join("")));
});

interface Tag {
  score: number;
  severity: string;
  reason: string;
}

function judge(lines: string[]): (Tag | undefined)[] {
  const engine = new Engine(5n);
  engine.useModel(model, "learnt here");
  return tagsOf(engine, lines.join(""));
}

const told = (tags: (Tag | undefined)[]) => tags.filter(Boolean).length;

describe("a text that its source never had, where new ones come all the time", () => {
  it("is told where it is an error, by its level alone, and by no other level", () => {
    const text = sentence();
    for (const level of ["DEBUG", "INFO", "WARN"])
      expect([level, told(judge([line(1, level, text)]))]).toEqual([level, 0]);
    const [error, fatal] = ["ERROR", "FATAL"].map((level) => judge([line(1, level, text)])[0]);
    expect(error).toMatchObject({ score: 2, severity: "medium" });
    expect(fatal).toMatchObject({ score: 2, severity: "high" });
    expect(error?.reason).toContain("new message");
  });

  it("is told three times, and again after an hour without any", () => {
    const errors = (from: number) => Array.from({ length: 20 }, (_, i) => line(from + i * 60, "ERROR", sentence()));
    expect(told(judge(errors(0)))).toBe(3);
    expect(told(judge([...errors(0), line(20 * 60 + 3000, "ERROR", sentence())]))).toBe(3);
    expect(told(judge([...errors(0), line(20 * 60 + 3601, "ERROR", sentence())]))).toBe(4);
  });

  it("of a source that was never met says nothing by its level", () => {
    expect(told(judge([line(1, "ERROR", sentence(), "shop.New")]))).toBe(0);
  });
});

describe("a text that begins with its level in small letters", () => {
  it("is told by its words alone, whatever its header says", () => {
    const text = sentence();
    for (const word of ["", "error: ", "fatal: "])
      expect([word, told(judge([unixLine(1, word + text)]))]).toEqual([word, 0]);
    expect(told(judge([unixLine(1, `fatal: ${text}`, "<34>")]))).toBe(0);
    expect(judge([unixLine(1, text, "<34>")])[0]).toMatchObject({ severity: "high" });
    expect(judge([unixLine(1, `FATAL: ${text}`)])[0]).toMatchObject({ severity: "high" });
  });

  it("is as grave as it is rare", () => {
    const tag = judge([unixLine(1, "fatal: cannot (re)open <pipe> {none}!")])[0];
    expect(tag?.score).toBeGreaterThan(1);
    expect(tag?.severity).not.toBe("high");
  });
});

describe("a text that is new and unlike any other", () => {
  it("scores by its level, and is told whichever it has", () => {
    const odd = "cannot (re)open <pipe> {none}!";
    const [info, warn, error] = ["INFO", "WARN", "ERROR"].map((level) => judge([line(1, level, odd)])[0]?.score ?? 0);
    expect(info).toBeGreaterThan(1);
    expect(warn).toBeGreaterThan(info);
    expect(error).toBeGreaterThan(warn * 1.9);
  });
});
