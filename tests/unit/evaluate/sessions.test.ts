/** Sessions by an identifier: what they have and lack against what others do, in `eval` and in `scan`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findIdentifier } from "../../../host/evaluate/identifier.js";
import { oddline } from "../../support/cli.js";
import { withFolder } from "../../support/learning.js";

const begin = Date.UTC(2026, 10, 20) / 1000;
const line = (seconds: number, level: string, message: string) =>
  `${new Date((begin + seconds) * 1000).toISOString().replace("T", " ").slice(0, 19)},000 - shop.orders - ${level} - ${message}`;

const steps = ["placed by customer", "paid with card", "packed in hall", "sent by carrier"];
type Dated = [seconds: number, text: string];

function order(number: number, seconds: number, lacks = -1): Dated[] {
  return steps.flatMap((step, at): Dated[] =>
    at === lacks
      ? []
      : [[seconds + at * 120, line(seconds + at * 120, "INFO", `order-${number} was ${step} ${number % 7}`)]],
  );
}

/** Six hundred orders, one a minute; of the later half one in ninety goes wrong. */
function orders(): { text: string; labels: string; wrong: string[] } {
  const wrong: string[] = [];
  const lines = Array.from({ length: 600 }, (_, number): Dated[] => {
    const seconds = number * 60;
    if (number % 90 !== 89) return order(number, seconds);
    wrong.push(`order-${number}`);
    if (number % 180 === 89) return order(number, seconds, 1);
    return [
      ...order(number, seconds),
      [seconds + 500, line(seconds + 500, "INFO", `Refund forced for order-${number}`)],
    ];
  }).flat();
  const text = `${lines
    .sort(([a], [b]) => a - b)
    .map(([, each]) => each)
    .join("\n")}\n`;
  const labels = Array.from({ length: 600 }, (_, n) => `order-${n},${wrong.includes(`order-${n}`) ? 1 : 0}`);
  return { text, labels: `order,wrong\n${labels.join("\n")}\n`, wrong };
}

async function withOrders(body: (path: (name: string) => string, wrong: string[]) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const path = (name: string) => join(folder, name);
    const { text, labels, wrong } = orders();
    writeFileSync(path("orders.log"), text);
    writeFileSync(path("labels.csv"), labels);
    await body(path, wrong);
  });
}

describe("sessions", () => {
  it("that lack a kind of line, or have one that others do not, are told from all others by eval", async () => {
    await withOrders(async (path, wrong) => {
      for (const identifier of ["auto", "order-\\d+", "(order-\\d+)"]) {
        const options = ["--sessions", identifier, "--labels", path("labels.csv"), "--json"];
        const { code, out, err } = await oddline("eval", path("orders.log"), ...options);
        expect(code).toBe(0);
        const result = JSON.parse(out);
        expect(result).toMatchObject({ bestF1: 1, anomalous: wrong.length, default: { recall: 1 } });
        expect(result.default.falsePositiveRate).toBe(0);
        expect(result.sessions).toMatchObject({ judged: 600, wholeLifeCycles: true, beganBefore: 0 });
        expect(err).toContain("600 sessions by");
        expect(err).not.toContain("warning");
      }
    });
  });

  it("are printed by scan with what they have or lack", async () => {
    await withOrders(async (path, wrong) => {
      const { code, lines } = await oddline("scan", path("orders.log"), "--sessions", "auto", "--json");
      expect(code).toBe(0);
      const found = lines.map((each) => JSON.parse(each));
      expect(found.map(({ session }) => session)).toEqual(wrong);
      expect(found[0].reason).toMatch(/^no line like ".*paid with card.*"; 5\d\d of 5\d\d sessions have one$/);
      expect(found[1].reason).toMatch(/^a line like ".*Refund forced.*"; \d of 5\d\d sessions have one$/);
      const top = await oddline("scan", path("orders.log"), "--sessions", "auto", "--top", "2");
      expect(top.lines).toHaveLength(2);
      expect(top.lines[0]).toMatch(/^\[SESSION\] order-\d+ \d\.\d\d: /);
    });
  });

  it("learnt from another log are judged by it, and what is cut is not held against them", async () => {
    await withOrders(async (path, wrong) => {
      const all = orders().text.trimEnd().split("\n");
      writeFileSync(path("first.log"), `${all.slice(0, 1200).join("\n")}\n`);
      writeFileSync(path("rest.log"), `${all.slice(1200).join("\n")}\n`);
      const words = ["--sessions", "auto", "--learn", path("first.log"), "--json"];
      const { lines, err } = await oddline("scan", path("rest.log"), ...words);
      const found = lines.map((each) => JSON.parse(each).session);
      expect(found.length).toBeGreaterThan(0);
      expect(wrong).toEqual(expect.arrayContaining(found));
      expect(err).toMatch(/\d+ sessions began before the log/);
      expect(err).toMatch(/\d+ sessions were still going on where the log ends/);
    });
  });

  it("of which no whole life cycle was learnt are said to be so", async () => {
    await withOrders(async (path) => {
      writeFileSync(path("short.log"), `${orders().text.split("\n").slice(0, 30).join("\n")}\n`);
      const words = [
        "--sessions",
        "order-\\d+",
        "--learn",
        path("short.log"),
        "--labels",
        path("labels.csv"),
        "--json",
      ];
      const { out, err } = await oddline("eval", path("orders.log"), ...words);
      expect(JSON.parse(out).sessions.wholeLifeCycles).toBe(false);
      expect(err).toContain("warning: whole life cycles were not learnt");
    });
  });

  it("end in a clear error where nothing groups the lines, or the options do not fit", async () => {
    await withFolder(async (folder) => {
      const log = join(folder, "plain.log");
      writeFileSync(log, "Server started\nServer stopped\n".repeat(30));
      for (const identifier of ["auto", "order-\\d+"]) {
        const { code, err } = await oddline("scan", log, "--sessions", identifier);
        expect(code).toBe(3);
        expect(err).toContain("SESSIONS_UNKNOWN");
      }
      expect((await oddline("scan", log, "--sessions", "(")).err).toContain("OPTION_INVALID");
      const { code, err } = await oddline("eval", log, "--sessions", "auto");
      expect(code).toBe(2);
      expect(err).toContain("OPTION_MISSING");
    });
  });
});

describe("the identifier that groups lines", () => {
  const lines = (text: (n: number) => string) => Array.from({ length: 60 }, (_, i) => text(i >> 2));

  it("is one that stands in several lines each time, in most lines of all", () => {
    const found = [
      lines((n) => `Receiving block blk_-${4711 + n} of size 6710`),
      lines((n) => `job=${n}a3 step done, worker-1`),
      lines((n) => `[${"0123456789abcdef"[n]}f0c1a2b-0000-4000-8000-${String(n).padStart(12, "0")}] done`),
    ].map((each) => new RegExp(findIdentifier(each)!).exec(each[0])![0]);
    expect(found).toEqual(["blk_-4711", "job=0a3", "0f0c1a2b-0000-4000-8000-000000000000"]);
  });

  it("is none where values are few, or stand alone", () => {
    expect(findIdentifier(lines((n) => `worker-${n % 3} is idle`))).toBe(undefined);
    expect(findIdentifier(Array.from({ length: 60 }, (_, n) => `order-${n} placed`))).toBe(undefined);
  });
});
