/** Lines dealt out to shards come back in their order, whatever the shards made longer. */
import { describe, expect, test } from "vitest";
import { gather, partition, slicesOf } from "../../../host/serve/judge/shards/partition.js";
import { seededRandom } from "../../support/hostile.mjs";

describe("lines", () => {
  test("are cut into slices between lines", () => {
    const lines = Buffer.from("a\nbb\nccc\ndddd\ne");
    for (let count = 1; count < 9; count++) {
      const slices = slicesOf(lines, count);
      expect(Buffer.concat(slices)).toEqual(lines);
      expect(slices.length).toBeLessThanOrEqual(Math.min(count, 5));
      for (const slice of slices.slice(0, -1)) expect(slice.at(-1)).toBe(10);
    }
    expect(slicesOf(Buffer.alloc(0), 3)).toEqual([]);
  });

  test("come back as they were dealt, with or without a newline at the end", () => {
    const random = seededRandom(1);
    for (let round = 0; round < 200; round++) {
      const count = 1 + Math.floor(random() * 5);
      const texts = Array.from(
        { length: 1 + Math.floor(random() * 40) },
        (_, i) => `${i} ${"x".repeat(random() * 20)}`,
      );
      const lines = Buffer.from(texts.join("\n") + (round % 2 ? "\n" : ""));
      const shards = Uint8Array.from(texts, () => Math.floor(random() * count));
      const dealt = partition(lines, shards, count);
      dealt.forEach((own, shard) => {
        const expected = texts.filter((_, i) => shards[i] === shard).map((text) => `${text}\n`);
        expect(own.toString()).toBe(expected.join(""));
      });
      const longer = dealt.map((own) => Buffer.from(own.toString().replaceAll("\n", "!\n")));
      expect(gather(longer, shards).toString()).toBe(texts.map((text) => `${text}!\n`).join(""));
    }
  });

  test("that are missing or too many are noticed", () => {
    const shards = Uint8Array.from([0, 1, 0]);
    expect(() => partition(Buffer.from("a\nb\nc\nd\n"), shards, 2)).toThrow(/belong to no line/);
    expect(() => gather([Buffer.from("a\n"), Buffer.from("b\n")], shards)).toThrow(/fewer/);
    expect(() => gather([Buffer.from("a\nc\nd\n"), Buffer.from("b\n")], shards)).toThrow(/more/);
  });
});
