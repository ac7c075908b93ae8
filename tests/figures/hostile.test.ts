import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Engine } from "../../host/wasm/engine.js";
import { learningRecords } from "../../host/wasm/learningRecords.js";
import { hostileChunks, hostileLines } from "../support/hostile.mjs";

const seconds = 1_795_000_000n;

describe("the hostile corpus", () => {
  it("has at least 200,000 distinct signatures and templates in 250,000 lines", () => {
    const engine = new Engine(1n);
    const [forms, templates] = [new Set<string>(), new Set<bigint>()];
    let lines = 0;
    for (const chunk of hostileChunks(250_000)) {
      for (const { records } of engine.signatures(chunk, { flags: 0, seconds })) {
        for (const { signatureStart, signatureBytes } of learningRecords(records)) {
          const form = Buffer.from(records.subarray(signatureStart, signatureStart + signatureBytes));
          lines++;
          const hash = form.toString("latin1");
          if (!forms.has(hash)) {
            forms.add(hash);
            engine.features(form, false);
            // a request has no template but its form; without a model every word of a text is a rare one
            templates.add(form[0] === 0x54 ? engine.templateHash() : -BigInt(forms.size));
          }
        }
      }
    }
    // what is a stack trace's frame by chance teaches nothing
    expect(lines).toBeGreaterThan(249_900);
    expect(forms.size).toBeGreaterThan(240_000);
    expect(templates.size).toBeGreaterThan(230_000);
  });

  it("is the same for the same seed, and another for another", () => {
    const digest = (seed: number) => {
      const hash = createHash("sha256");
      for (const chunk of hostileChunks(20_000, seed)) hash.update(chunk);
      return hash.digest("hex");
    };
    expect(digest(1)).toBe(digest(1));
    expect(digest(1)).not.toBe(digest(2));
    const lines = [...hostileLines(20_000)];
    expect(lines.some((line) => /[\n\r\0]/.test(line))).toBe(false);
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThan(16_384);
  });
});
