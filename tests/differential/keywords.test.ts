import { beforeAll, describe, expect, it } from "vitest";
import type { Keyword } from "../../host/config/keywords.js";
import { encodeKeywords } from "../../host/model/keywordSection.js";
import { loadAssembly, seededRandom } from "../support/assemblyBuild.js";
import { findKeywordsSlowly } from "./reference/keywords.js";

interface Matcher {
  memory: WebAssembly.Memory;
  reserve(bytes: number): number;
  loadKeywords(ptr: number, bytes: number): number;
  findKeywords(ptr: number, bytes: number): number;
  keywordTotal(): number;
  hitAt(i: number): number;
}

let matcher: Matcher;
let slots: number[];
let messagePtr: number;
beforeAll(async () => {
  matcher = await loadAssembly<Matcher>("keywords");
  slots = [matcher.reserve(8 << 20), matcher.reserve(8 << 20)];
  messagePtr = matcher.reserve(1 << 16) + 1024;
});

const keyword = (word: string, more: Partial<Keyword> = {}): Keyword => ({
  name: word,
  words: [word],
  severity: "medium",
  wholeWord: false,
  matchCase: false,
  minCount: 1,
  isError: false,
  ...more,
});

/** Into the slot that is not in use: a section in use must stay as it is. */
function load(section: Uint8Array): boolean {
  new Uint8Array(matcher.memory.buffer).set(section, slots[1]);
  if (matcher.loadKeywords(slots[1], section.length) !== 1) return false;
  slots.reverse();
  return true;
}

/** The bytes around the message tempt the matcher to read on. */
function find(message: string | Buffer, around = ""): number[] {
  const bytes = Buffer.from(message as string);
  const memory = Buffer.from(matcher.memory.buffer);
  memory.fill(0, messagePtr - 1024, messagePtr + bytes.length + 1024);
  memory.write(around, messagePtr - around.length, "latin1");
  bytes.copy(memory, messagePtr);
  memory.write(around, messagePtr + bytes.length, "latin1");
  const hits = matcher.findKeywords(messagePtr, bytes.length);
  return Array.from({ length: hits }, (_, i) => matcher.hitAt(i));
}

describe("keywords", () => {
  let found = 0;

  it("folds case unless told otherwise, and keeps to whole words where asked", () => {
    const list = [keyword("Panic"), keyword("OOM", { matchCase: true, wholeWord: true }), keyword("out of memory")];
    expect(load(encodeKeywords(list))).toBe(true);
    expect(find("kernelPANICked")).toEqual([0]);
    expect(find("OOM")).toEqual([1]);
    expect(find("zOOM oom OOM_ OOM9 éOOM")).toEqual([]);
    expect(find("(OOM) Out of Memory; panic")).toEqual([0, 1, 2]);
    expect(find("pani")).toEqual([]);
    expect(find("pani", "cpanic")).toEqual([]);
    expect(find("")).toEqual([]);
    expect(find("[anic @anic pan\x09c")).toEqual([]);
  });

  it("asks for no border where the word itself ends in none", () => {
    expect(load(encodeKeywords([keyword("panic:", { wholeWord: true })]))).toBe(true);
    expect(find("panic:x")).toEqual([0]);
    expect(find("xpanic:x")).toEqual([]);
  });

  it("knows words beyond ASCII in their usual spellings", () => {
    expect(load(encodeKeywords([keyword("Überlauf"), keyword("ошибка")]))).toBe(true);
    expect(find("PUFFER-ÜBERLAUF und überlauf")).toEqual([0]);
    expect(find("Фатальная ОШИБКА")).toEqual([1]);
  });

  it("lists eight hits at most, the most severe first, each once", () => {
    const list = Array.from({ length: 20 }, (_, i) =>
      keyword(`word${i}x`, { severity: i === 19 ? "high" : i % 2 ? "medium" : "low" }),
    );
    expect(load(encodeKeywords(list))).toBe(true);
    const all = list.map(({ name }) => name).join(" ");
    expect(find(`${all} ${all}`)).toEqual([19, 1, 3, 5, 7, 9, 11, 13]);
    expect(find(`${all} ${all}`)).toEqual(findKeywordsSlowly(list, Buffer.from(all)));
  });

  it("takes an empty list and the largest one", () => {
    expect(load(encodeKeywords([]))).toBe(true);
    expect(find("panic")).toEqual([]);
    const many = Array.from({ length: 50_000 }, (_, i) => keyword(`key-${i.toString(36)}-end`));
    expect(load(encodeKeywords(many))).toBe(true);
    expect(find("at key-zz-end, key-4-end.")).toEqual([4, 35 * 36 + 35]);
    expect(() => encodeKeywords([...many, keyword("another")])).toThrow(/KEYWORDS_INVALID/);
    expect(() => encodeKeywords([keyword("x")])).toThrow(/2 to 1024 bytes/);
  });

  it("holds 10,000 words in 4 MiB, section and tables", async () => {
    const fresh = await loadAssembly<Matcher>("keywords");
    const random = seededRandom(3);
    const letter = () => String.fromCharCode(97 + Math.floor(random() * 26));
    const list = Array.from({ length: 10_000 }, () => keyword(Array.from({ length: 12 }, letter).join("")));
    const section = encodeKeywords(list);
    const ptr = fresh.reserve(section.length);
    new Uint8Array(fresh.memory.buffer).set(section, ptr);
    expect(fresh.loadKeywords(ptr, section.length)).toBe(1);
    const shiftTablesBytes = 0x1f5f60 + 2 * 65536;
    expect(fresh.reserve(16) - ptr + shiftTablesBytes).toBeLessThan(4 << 20);
    expect(fresh.keywordTotal()).toBe(10_000);
  });

  for (let seed = 1; seed <= 40; seed++) {
    it(`agrees with the slow search (seed ${seed})`, () => {
      const random = seededRandom(seed);
      const pick = (n: number) => Math.floor(random() * n);
      // Few letters make collisions, overlaps and near misses common; the larger alphabet makes skips long.
      const alphabet = seed % 3 ? "aAbB_ 1" : "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789 _-./:[@é";
      const letters = [...alphabet];
      const shortest = 2 + (seed % 6);
      const text = (length: number) => Array.from({ length }, () => letters[pick(letters.length)]).join("");
      const list = Array.from({ length: 1 + pick(seed % 5 === 0 ? 400 : 12) }, () =>
        keyword(text(shortest + pick(12)), {
          words: Array.from({ length: 1 + pick(2) }, () => text(shortest + pick(seed % 4 === 0 ? 80 : 12))),
          severity: (["low", "medium", "high"] as const)[pick(3)],
          wholeWord: random() < 0.3,
          matchCase: random() < 0.3,
        }),
      );
      expect(load(encodeKeywords(list))).toBe(true);
      for (let round = 0; round < 60; round++) {
        const planted = list[pick(list.length)];
        const word = planted.words[pick(planted.words.length)];
        const message = Buffer.from(
          text(pick(40)) + (random() < 0.7 ? (random() < 0.5 ? word.toUpperCase() : word) : "") + text(pick(300)),
        );
        const hits = find(message, list[0].words[0].slice(1));
        expect(hits, message.toString()).toEqual(findKeywordsSlowly(list, message));
        found += hits.length;
      }
    });
  }

  it("has found something in those", () => expect(found).toBeGreaterThan(700));

  it("refuses every damaged section and keeps the list it has", () => {
    const list = [keyword("panic"), keyword("deadlock", { wholeWord: true }), keyword("no")];
    expect(load(encodeKeywords(list))).toBe(true);
    const good = encodeKeywords([keyword("segfault"), keyword("x9", { isError: true })]);
    for (let length = 0; length < good.length; length++)
      expect(load(good.subarray(0, length)), `${length}`).toBe(false);
    expect(find("a panic")).toEqual([0]);

    const random = seededRandom(7);
    let refused = 0;
    for (let round = 0; round < 3000; round++) {
      const bad = Buffer.from(good);
      for (let i = 0; i <= round % 3; i++) bad[Math.floor(random() * bad.length)] = Math.floor(random() * 256);
      if (!load(bad)) refused++;
      find("segfault X9 panic SEGFAULTs no", "segfa"); // whatever was accepted must not trap
    }
    expect(refused).toBeGreaterThan(1000);
    expect(load(good)).toBe(true);
  });
});
