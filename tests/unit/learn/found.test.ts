/** What refresh says of what it found in the lines. */
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
    expect(text).toContain("\n  found    text 90 %, application 10 %; time 10 %, key none, level 10 %\n");
    expect(text).toContain("\n  warning  most lines have no time and no key: `oddline inspect --explain -` says");
  });

  it("warns of nothing where most have both", async () => {
    const text = await report([...access, ...dated]);
    expect(text).toContain(
      "\n  found    access 90 %, application 10 %; time 100 %, key 90 %, level 10 %, status 90 %\n",
    );
    expect(text).not.toContain("most lines have no");
  });

  it("does not send away to look for clients in a log that names none", async () => {
    expect(await report(dated)).toContain("most lines have no key: no client is counted for them; nothing to do where");
  });

  it("names three formats, counts the others, and says a flow's and a rare one's share", async () => {
    const flow = "date=2026-11-20 time=10:00:00 srcip=203.0.113.9 dstip=198.51.100.7 sentbyte=12 rcvdbyte=9";
    const glog = Array.from({ length: 400 }, (_, i) => `I1120 10:00:00.000000 1 a.go:1] part ${i % 9} is done`);
    const text = await report([
      ...access,
      ...plain,
      ...glog,
      flow,
      'level=info msg="part of it"',
      "GET / 200 1.5 ms - 9",
    ]);
    expect(text).toMatch(/found {4}access 41 %, text 41 %, application 18 %, [23] more; .*, flow under 1 %\n/);
  });
});
