/** What the matcher costs, counted in WebAssembly instructions: the same on every machine. */
import { beforeAll, describe, expect, it } from "vitest";
import { defaultKeywords } from "../../host/config/defaultKeywords.js";
import type { Keyword } from "../../host/config/keywords.js";
import { encodeKeywords } from "../../host/model/keywordSection.js";
import { compileAssembly } from "../support/assemblyBuild.js";
import { formatFixtures } from "../support/fixtures.js";
import { keywordList } from "../support/keywordLists.mjs";
import { countOperations, operationsOf } from "../support/operations.mjs";
import { ordinaryLog } from "../support/recordFuzz.mjs";

interface Matcher extends WebAssembly.Exports {
  memory: WebAssembly.Memory;
  reserve: (bytes: number) => number;
  loadKeywords: (ptr: number, bytes: number) => number;
  findKeywords: (ptr: number, bytes: number) => number;
}

const lists = new Map<string, Keyword[]>();
const encoded = new Map<readonly Keyword[], Uint8Array>();
const tenThousand = (name: string) => {
  const list = lists.get(name) ?? keywordList(name, 10_000);
  lists.set(name, list);
  return list;
};

let counted: Uint8Array<ArrayBuffer>;
let lines: Buffer[];
beforeAll(async () => {
  counted = countOperations(await compileAssembly("keywords", ["--converge", "--noAssert"]));
  const fixtures = formatFixtures().map(({ bytes }) => bytes.toString());
  lines = [...fixtures, ...ordinaryLog(1, 2000).toString().split("\n")]
    .filter((line) => line)
    .map((line) => Buffer.from(line));
});

/** Operations that finding the words in these texts takes, each text once; and how often one was found. */
async function measure(keywords: readonly Keyword[], texts: readonly Buffer[]) {
  const { instance } = await WebAssembly.instantiate(counted, {});
  const matcher = instance.exports as Matcher;
  const section = encoded.get(keywords) ?? encodeKeywords(keywords);
  encoded.set(keywords, section);
  const sectionPtr = matcher.reserve(section.length);
  const textPtr = matcher.reserve(1 << 20) + 8;
  new Uint8Array(matcher.memory.buffer).set(section, sectionPtr);
  expect(matcher.loadKeywords(sectionPtr, section.length)).toBe(1);
  const before = operationsOf(matcher).all;
  let found = 0;
  for (const text of texts) {
    new Uint8Array(matcher.memory.buffer).set(text, textPtr);
    found += matcher.findKeywords(textPtr, text.length);
  }
  return { operations: operationsOf(matcher).all - before, found };
}

const bytesOf = (texts: readonly Buffer[]) => texts.reduce((sum, text) => sum + text.length, 0);

describe("what keywords cost", () => {
  it("two operations a byte for the default list", async () => {
    const { operations } = await measure(defaultKeywords, lines);
    expect(lines.length).toBeGreaterThan(500);
    expect(operations / bytesOf(lines)).toBeLessThan(2.2);
  });

  for (const name of ["phrases", "CVE ids", "user agents", "domains", "addresses", "digests", "numbered", "words"]) {
    it(`about twice as much for ten thousand as for ten, at most: ${name}`, async () => {
      expect(await ratioOf(name)).toBeLessThan(2.1);
    });
  }

  it("at most four times where a hundred words have three or four bytes", async () => {
    expect(tenThousand("mixed").filter(({ name }) => name.length < 5).length).toBeGreaterThan(100);
    expect(await ratioOf("mixed")).toBeLessThan(4);
  });

  async function ratioOf(name: string): Promise<number> {
    const [ten, many] = [keywordList(name, 10), tenThousand(name)];
    expect(many).toHaveLength(10_000);
    expect(ten[0].name).toHaveLength(many[0].name.length); // the shortest word sets how far the matcher skips
    return (await measure(many, lines)).operations / (await measure(ten, lines)).operations;
  }
});

describe("what hostile text costs", () => {
  const swapped = (word: string) => word.slice(0, -1) + (word.endsWith("x") ? "y" : "x");
  const texts: Record<string, (words: string[]) => string> = {
    "words without their last letter": (words) => words.map((word) => word.slice(0, -1)).join(""),
    "words without their first letter": (words) => words.map((word) => word.slice(1)).join(""),
    "words with another last letter": (words) => words.map(swapped).join(""),
    "the words themselves": (words) => words.join(" "),
    "one word's last letters over and over": (words) => words[5000].slice(-6).repeat(5000),
    "one letter": () => "e".repeat(50_000),
  };
  for (const [what, textOf] of Object.entries(texts)) {
    it(`stays bounded for ${what}`, async () => {
      for (const name of ["phrases", "addresses", "domains", "words"]) {
        const list = tenThousand(name);
        const text = Buffer.from(textOf(list.map((keyword) => keyword.name)).slice(0, 100_000));
        const { operations, found } = await measure(list, [text]);
        // What is found is compared to its end and listed: the dearest text is one of nothing but words.
        expect(operations / text.length, name).toBeLessThan(found > 1 ? 120 : 60);
      }
    });
  }

  it("words that all begin alike enter by where they differ", async () => {
    const words = Array.from({ length: 10_000 }, (_, i) => `aaaaaaaaaaaa${i.toString().padStart(5, "0")}`);
    const list = words.map((word) => ({ ...defaultKeywords[0], name: word, words: [word] }));
    for (const text of ["a".repeat(50_000), words.map(swapped).join("").slice(0, 50_000)]) {
      const { operations } = await measure(list, [Buffer.from(text)]);
      expect(operations / text.length).toBeLessThan(60);
    }
  });
});
