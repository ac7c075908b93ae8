/** What refresh says of how many lines have a time and a key. */
import { describe, expect, it } from "vitest";
import { describe as reportOf } from "../../../host/commands/refresh.js";
import { learnText } from "../../support/learning.js";

async function report(lines: string[]): Promise<string> {
  const { model, summary } = await learnText(`${lines.join("\n")}\n`);
  return reportOf("12345678", "oddline.model", model.length, summary);
}

const plain = Array.from({ length: 900 }, (_, i) => `part ${i % 9} of the work is done`);
const dated = Array.from({ length: 100 }, (_, i) => `2026-11-20 10:00:${10 + (i % 50)} INFO part of the work`);
const access = Array.from(
  { length: 900 },
  (_, i) => `203.0.113.${i % 200} - - [20/Nov/2026:10:00:00 +0000] "GET /${i % 7} HTTP/1.1" 200 9`,
);

describe("refresh", () => {
  it("warns where most lines have neither a time nor a key", async () => {
    const text = await report([...plain, ...dated]);
    expect(text).toContain("\n  found    a time in 10 % of the lines, a key in 0 %\n");
    expect(text).toContain("\n  warning  most lines have no time and no key: oddline inspect --explain -");
  });

  it("warns of nothing where most have both", async () => {
    const text = await report([...access, ...dated]);
    expect(text).toContain("\n  found    a time in 100 % of the lines, a key in 90 %\n");
    expect(text).not.toContain("most lines have no");
  });
});
