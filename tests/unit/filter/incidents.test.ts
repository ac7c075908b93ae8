/** Texts: what was learnt is never tagged, and an incident costs three tags and one of each hundred. */
import { beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../../host/wasm/engine.js";
import { learningRecords } from "../../../host/wasm/learningRecords.js";
import { learnText } from "../../support/learning.js";
import { countsOf, tagsOf } from "../../support/tagging.js";

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

function templateOf(list: string): bigint {
  const engine = new Engine(5n);
  engine.useModel(model, "learnt here");
  const parts = engine.signatures(Buffer.from(line(2, `cart 4 holds ${list}`)), { flags: 0, seconds: 0n });
  for (const { records } of parts) {
    for (const { signatureStart, signatureBytes } of learningRecords(records)) {
      engine.features(records.slice(signatureStart, signatureStart + signatureBytes), false);
      return engine.templateHash();
    }
  }
  return 0n;
}

const judge = (text: string) => countsOf(model, text);

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

  it("of which nothing is known are the same within a day letter by letter only", () => {
    const [heap, certificate] = ["dispatch failed: java heap space", "path invalid: certificate expired yesterday"];
    expect(judge(line(2, heap) + line(30, certificate)).tagged).toBe(2);
    expect(judge(line(2, heap) + line(30, heap)).tagged).toBe(1);
    // one unknown word among known ones is as good as another
    expect(judge(line(2, "cart holds blue things") + line(30, "cart holds green things")).tagged).toBe(1);
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

  /** A text of a source that nothing is known of, so that only its distance says that it is odd. */
  const odd = (text: string) => `{a} [b] ${text.slice(5, 8)} <c> ~`;

  it("of sources that were never met are one incident beyond the first twenty", () => {
    const made = kinds(300).map((text, i) => line(2 + i / 100, odd(text), `made.Up${i}`));
    expect(judge(made.join(""))).toMatchObject({ tagged: 20 + 3, muted: 277 });
    const later = kinds(5, "({[<~^#'`}").map((text, i) => line(40, odd(text), `made.Later${i}`));
    expect(judge([...made, ...later].join(""))).toMatchObject({ tagged: 20 + 3 + 5 });
    const known = kinds(3, "({[<~^#'`}").map((text) => line(5, text));
    expect(judge([...made, ...known].join(""))).toMatchObject({ tagged: 20 + 3 + 3 });
  });

  it("with and without a time are two incidents, though times and arrival be hours apart", () => {
    const timeless = kinds(40, "({[<~^#'`}").map((text) => `${odd(text)}\n`);
    const timed = kinds(40).map((text, i) => `${at(i / 10)} ${odd(text)}\n`);
    expect(judge(timed.join("")).tagged).toBe(3);
    expect(judge(timed.map((text, i) => text + timeless[i]).join("")).tagged).toBe(3 + 3);
  });

  it("in an envelope or behind a runtime's time are two as well, though a local time of their own be hours off", () => {
    const timed = kinds(60).map((text, i) => `2026-11-21 03:11:0${Math.floor(i / 10)} ${odd(text)}`);
    const timeless = kinds(60, "({[<~^#'`}").map(odd);
    const texts = timed.flatMap((text, i) => [text, timeless[i]]);
    const carriers = [
      (text: string, i: number) => `${JSON.stringify({ time: at(i / 20), log: text })}\n`,
      (text: string, i: number) => `${at(i / 20)} stdout F ${text}\n`,
    ];
    for (const carried of carriers) {
      expect(judge(texts.map(carried).join("")).tagged).toBe(3 + 3);
      expect(judge(timeless.map(carried).join("")).tagged).toBe(3);
      // by the same clock, though some seconds early or late, they are one
      const near = texts.map((text) => text.replace("2026-11-21 03:11", "2026-11-21 02:11"));
      expect(judge(near.map(carried).join("")).tagged).toBe(4); // and the hundredth
    }
  });

  it("that come two thousand times cost one tag, one of each hundred and then of each thousand", () => {
    const text = kinds(1)[0];
    expect(judge(Array.from({ length: 2000 }, (_, i) => line(i / 2, text)).join("")).tagged).toBe(1 + 9 + 2);
  });

  it("that say the same again are tagged again after a day", () => {
    const text = kinds(1)[0];
    const [first, soon, late] = [0, 86_400, 86_401].map((second) => line(second, text));
    expect(judge(first + soon).tagged).toBe(1);
    expect(judge(first + soon + late).tagged).toBe(2);
    expect(judge(first + line(1, kinds(2)[1]) + line(2, text) + line(3, kinds(3)[2])).tagged).toBe(2);
  });

  it("that list more numbers or identifiers, or join them by more hyphens, are the same", () => {
    const [number, identifier] = ["7", "GL-6535"].map(templateOf);
    expect(number).not.toBe(identifier);
    expect(templateOf("7 GL-6535")).not.toBe(identifier);
    for (const list of ["7 8 9", "7 81"]) expect([list, templateOf(list)]).toEqual([list, number]);
    for (const list of ["GL-6535 GL-7 GL-8", "GL--7", "r6---sn-7", "GL_-12"])
      expect([list, templateOf(list)]).toEqual([list, identifier]);
  });

  it("of a stack trace that comes line by line are its first lines'", () => {
    expect(signatures).toBe(2 + 1);
    expect(judge(line(2, "cart 4 could not be (taxed)!") + trace).tagged).toBeLessThanOrEqual(2);
    expect(judge(frames).tagged).toBe(0);
  });

  it("that were suppressed say nothing of what comes behind them, though their distance was never measured", () => {
    const engine = new Engine(5n);
    engine.useModel(model, "learnt here");
    // of a source never met: only the distance says that they are odd
    const flood = kinds(40).map((text, i) => line(i / 60, odd(text), "other.Thing"));
    const known = line(1, "cart 5 of GL-5 holds 3 things");
    const input = `${flood.join("")}${known}${known.replace("main", "too many open files")}`;
    const types = tagsOf<{ type: string }>(engine, input).map((tag) => tag?.type);
    expect(types.slice(0, 4)).toEqual(["outlier", "outlier", "outlier", undefined]);
    expect(types.slice(-2)).toEqual([undefined, "keyword"]);
  });
});
