/** Lines that a container runtime cut and nobody joined: what of the pieces is judged and learnt. */
import { beforeAll, describe, expect, it } from "vitest";
import { learnText } from "../../support/learning.js";
import { countsOf } from "../../support/tagging.js";

const cri = (sign: "F" | "P", text: string, at = 0, stream = "stdout") =>
  `2026-11-21T02:11:${String(at % 60).padStart(2, "0")}.123456789Z ${stream} ${sign} ${text}\n`;
const usual = (i: number) => `INFO [shop.Cart] cart ${i} of GL-${i} holds ${i % 7} things`;
const strange = "INFO [shop.Cart] $$$ drop !! everything && leave";
const request = (path: string) => `192.0.2.7 - - [21/Nov/2026:02:11:09 +0000] "GET ${path} HTTP/1.1" 200 312 "-" "curl`;
const past = Array.from({ length: 6000 }, (_, i) => cri("F", i % 3 ? usual(i) : `${request("/cart")}"`, i)).join("");
const pieces = Array.from({ length: 50 }, (_, i) => cri("P", `${strange} ${"!?$%&"[i % 5].repeat(1 + (i % 9))}`)).join(
  "",
);

let model: Uint8Array;
let forms: number;
beforeAll(async () => {
  const learnt = await learnText(past);
  model = learnt.model;
  forms = learnt.summary.forms;
});

const counts = (text: string) => countsOf(model, text);

describe("pieces", () => {
  it("are not judged as texts, whatever was read before them", () => {
    expect(counts(cri("F", strange))).toMatchObject({ byType: { novelty: 1 } });
    expect(counts(cri("P", strange)).tagged).toBe(0);
    expect(counts(cri("F", usual(1)) + cri("F", usual(2)) + cri("P", strange)).tagged).toBe(0);
  });

  it("have an end that is one, and what comes behind it is none", () => {
    expect(counts(cri("P", usual(1)) + cri("P", strange) + cri("F", strange)).tagged).toBe(0);
    expect(counts(cri("P", usual(1)) + cri("F", usual(2)) + cri("F", strange)).tagged).toBe(1);
    expect(counts(cri("P", usual(1)) + cri("F", "") + cri("F", strange)).tagged).toBe(1);
  });

  it("have their end in the stream that they are of", () => {
    const [out, err] = [cri("F", strange), cri("F", strange, 0, "stderr")];
    expect(counts(cri("P", usual(1)) + err).tagged).toBe(1);
    expect(counts(cri("P", usual(1), 0, "stderr") + cri("F", usual(2)) + err).tagged).toBe(0);
    expect(counts(cri("P", usual(1), 0, "stderr") + out + err).tagged).toBe(1);
  });

  it("have their end even where lines like it were read before, and are not waited for beyond 256 lines", () => {
    const known = Array.from({ length: 20 }, (_, n) => cri("F", usual(n), n)).join("");
    expect(counts(known + cri("P", usual(1)) + cri("F", usual(2)) + cri("F", strange)).tagged).toBe(1);
    const others = Array.from({ length: 256 }, (_, n) => cri("F", usual(n), n, "stderr")).join("");
    expect(counts(cri("P", usual(1)) + others + cri("F", strange)).tagged).toBe(1);
  });

  it("keep their keywords and requests", () => {
    expect(counts(cri("P", `${strange} out of memory`))).toMatchObject({ byType: { keyword: 1 } });
    expect(counts(cri("P", request("/cart"))).tagged).toBe(0);
    expect(counts(cri("P", request("/cart/..%2f..%2fetc?$$=1")))).toMatchObject({ byType: { novelty: 1 } });
  });

  it("are not learnt", async () => {
    const ends = pieces.replaceAll(" P ", " F ").split(/(?<=\n)/);
    const cut = pieces.split(/(?<=\n)/).map((piece, n) => piece + ends[n]);
    const { summary } = await learnText(past + cut.join(""));
    expect(summary.forms).toBe(forms);
  });
});
