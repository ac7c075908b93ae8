/** Texts: what was learnt is never tagged, and an incident costs three tags and one of each hundred. */
import { beforeAll, describe, expect, it } from "vitest";
import { Engine, type EngineCounts } from "../../../host/wasm/engine.js";
import { learnText } from "../../support/learning.js";

const at = (second: number) => new Date(Date.UTC(2026, 10, 21, 2, 11, second)).toISOString();
const line = (second: number, text: string, logger = "shop.Cart") =>
  `${at(second)} ERROR 7 --- [main] ${logger} : ${text}\n`;
const once = "cart 7 holds (!) things";
const frames = Array.from({ length: 60 }, (_, i) => `\tat org.example.shop.C${i}.load(C${i}.java:${i})\n`).join("");
const trace = `java.lang.IllegalStateException: no tax rate\n${frames}Caused by: java.io.IOException: gone\n\t... 12 more\n`;
/** Words that were never learnt are all one: kinds differ in their signs. */
const kinds = (count: number, signs = "!?$%&*+=;|") =>
  Array.from(
    { length: count },
    (_, i) => `cart ${String(100 + i).replace(/./g, (digit) => signs[Number(digit)])} holds`,
  );

let model: Uint8Array;
let signatures: number;
beforeAll(async () => {
  const ordinary = Array.from({ length: 6000 }, (_, i) =>
    line(i % 60, `cart ${i} of GL-${i} holds ${i % 7} things`, i % 2 ? undefined : "shop.Mail"),
  );
  const learnt = await learnText([...ordinary, line(1, once), frames].join(""));
  model = learnt.model;
  signatures = learnt.summary.forms;
});

function judge(text: string): EngineCounts {
  const engine = new Engine(5n);
  engine.useModel(model, "learnt here");
  for (const _ of engine.tag(Buffer.from(text), { flags: 0, seconds: BigInt(Date.UTC(2026, 10, 21, 3) / 1000) }));
  return engine.counts();
}

describe("texts", () => {
  it("that were learnt once are never tagged", () => {
    expect(judge(line(2, once)).tagged).toBe(0);
    expect(judge(line(2, once.replace("!", "?"))).tagged).toBe(1);
  });

  it("of one source within ten seconds are one incident", () => {
    const { tagged, muted } = judge(
      kinds(300)
        .map((text, i) => line(i / 60, text))
        .join(""),
    );
    expect([tagged, muted]).toEqual([3 + 3, 294]);
  });

  it("of another source, or after ten quiet seconds, are another", () => {
    const of = (signs: string, second: number, logger?: string) =>
      kinds(5, signs)
        .map((text) => line(second, text, logger))
        .join("");
    const [first, signs] = [of("!?$%&*+=;|", 2), "({[<~^#'`}"];
    expect(judge(first + of(signs, 12)).tagged).toBe(3);
    expect(judge(first + of(signs, 13)).tagged).toBe(6);
    expect(judge(first + of(signs, 12, "shop.Mail")).tagged).toBe(6);
  });

  it("that come two thousand times cost three tags and one of each hundred", () => {
    const text = kinds(1)[0];
    expect(judge(Array.from({ length: 2000 }, (_, i) => line(i / 2, text)).join("")).tagged).toBe(3 + 20);
  });

  it("of a stack trace that comes line by line are its first lines'", () => {
    expect(signatures).toBe(2 + 1);
    expect(judge(line(2, "cart 4 could not be (taxed)!") + trace).tagged).toBeLessThanOrEqual(2);
    expect(judge(frames).tagged).toBe(0);
  });
});
