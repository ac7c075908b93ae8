/**
 * Whose lines teach: populations of random addresses, whatever their networks, with one line that nobody else sends.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runCli } from "../../host/cli.js";
import { Draws } from "../../host/demo/draws.js";
import { DistinctCounts } from "../../host/learn/distinctCounts.js";
import { Engine } from "../../host/wasm/engine.js";
import { learnText, withFolder } from "../support/learning.js";

const dayStart = Date.UTC(2026, 10, 20) / 1000;
const daySeconds = 86_400;
const pages = ["/", "/shop", "/shop/cart", "/about", "/search?q=tea", "/images/logo.png", "/terms", "/help/contact"];
const odd = "GET /admin/export";

function lineOf(address: string, request: string, seconds: number, status = 200): string {
  const [date, time] = new Date(seconds * 1000).toISOString().split("T");
  const [year, month, day] = date.split("-");
  const name = ["Oct", "Nov", "Dec"][Number(month) - 10];
  return `${address} - - [${day}/${name}/${year}:${time.slice(0, 8)} +0000] "${request} HTTP/1.1" ${status} 52 "-" "x"`;
}

const scattered = (random: Draws) => Array.from({ length: 4 }, () => random.integer(1, 254)).join(".");
const office = (random: Draws) => `10.20.30.${random.integer(1, 254)}`;
const hex = (random: Draws) => random.integer(1, 65_535).toString(16);
const version6 = (random: Draws) => `2001:db8:${hex(random)}:${hex(random)}::${hex(random)}`;

function addressesOf(random: Draws, count: number, make: (random: Draws) => string): string[] {
  const addresses = new Set<string>();
  while (addresses.size < count) addresses.add(make(random));
  return [...addresses];
}

/** Ordinary lines of one day, from each address in turn. */
function ordinary(random: Draws, addresses: string[], count: number, day = 0): string[] {
  return Array.from({ length: count }, (_, n) => {
    const seconds = dayStart + day * daySeconds + Math.floor((n * daySeconds) / count);
    return lineOf(addresses[n % addresses.length], `GET ${random.pick(pages)}`, seconds);
  });
}

const textOf = (lines: string[]) => `${lines.join("\n")}\n`;

function scoreOf(model: Uint8Array, request: string, status = 200): number {
  const engine = new Engine();
  engine.useModel(model, "test");
  const line = lineOf("192.0.2.77", request, dayStart, status);
  return [...engine.scores(Buffer.from(`${line}\n`), { flags: 0, seconds: 0n })][0][0];
}

async function isLearnt(lines: string[], request = odd, status = 200): Promise<boolean> {
  return scoreOf((await learnText(textOf(lines))).model, request, status) <= 1;
}

/** A public place of scattered addresses, and who sends the odd request. */
const taughtBy = (senders: string[], day = 0) => {
  const random = new Draws(7);
  const noon = dayStart + day * daySeconds + daySeconds / 2;
  const lines = ordinary(random, addressesOf(random, 40, scattered), 3000);
  return [...lines, ...senders.map((sender) => lineOf(sender, odd, noon))];
};

describe("distinct numbers", () => {
  it("are counted exactly up to enough, in any order, with repetitions", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Draws(seed);
      const numbers = Array.from({ length: random.integer(1, 30) }, () => random.integer(1, 14));
      const counts = new DistinctCounts(random.integer(1, 10));
      for (const number of numbers) counts.add(5000, number);
      const distinct = new Set(numbers);
      expect(counts.isEnough(5000)).toBe(distinct.size >= counts.enough);
      if (distinct.size < counts.enough) expect(counts.smallest(5000)).toBe(Math.min(...distinct));
      expect(counts.isEnough(4999)).toBe(false);
    }
  });
});

describe("one attacker among random populations", () => {
  it("never teaches 15 to 30 addresses, scattered ones, those of an office or IPv6", async () => {
    const learnt: number[] = [];
    for (let seed = 1; seed <= 40; seed++) {
      const random = new Draws(seed);
      const make = [scattered, office, version6][seed % 3];
      const addresses = addressesOf(random, random.integer(15, 30), make);
      const lines = [...ordinary(random, addresses, 2000), lineOf("203.0.113.66", odd, dayStart + 40_000)];
      if (await isLearnt(lines)) learnt.push(seed);
    }
    expect(learnt).toEqual([]);
  });

  it("never teaches a thousand addresses", async () => {
    const learnt: number[] = [];
    for (let seed = 1; seed <= 10; seed++) {
      const random = new Draws(seed);
      const lines = ordinary(random, addressesOf(random, 1000, scattered), 2000);
      if (await isLearnt([...lines, lineOf("203.0.113.66", odd, dayStart + 40_000)])) learnt.push(seed);
    }
    expect(learnt).toEqual([]);
  });
});

describe("a value teaches", () => {
  it("once seen from three networks, not from two", async () => {
    expect(await isLearnt(taughtBy(["198.51.100.1", "203.0.113.1", "203.0.113.1"]))).toBe(false);
    expect(await isLearnt(taughtBy(["198.51.100.1", "203.0.113.1", "192.0.2.1"]))).toBe(true);
    expect(await isLearnt(taughtBy(["198.51.100.1", "203.0.113.1", "2001:db8::1"]))).toBe(true);
  });

  it("not from a whole /24, nor from a /64", async () => {
    expect(await isLearnt(taughtBy(Array.from({ length: 60 }, (_, n) => `203.0.113.${n}`)))).toBe(false);
    expect(await isLearnt(taughtBy(Array.from({ length: 60 }, (_, n) => `2001:db8::${n + 1}`)))).toBe(false);
    expect(await isLearnt(taughtBy(Array.from({ length: 3 }, (_, n) => `2001:db8:0:${n}::1`)))).toBe(true);
  });

  it("from three private addresses, which nobody outside has, and not from as many neighbours outside", async () => {
    for (const network of ["10.0.7.", "172.31.9.", "192.168.1.", "fd12:3456:789a:1::"]) {
      expect(await isLearnt(taughtBy([4, 5].map((n) => `${network}${n}`)))).toBe(false);
      expect(await isLearnt(taughtBy([4, 5, 6].map((n) => `${network}${n}`)))).toBe(true);
    }
    for (const network of ["11.0.7.", "172.32.9.", "192.169.1.", "2001:db8:789a:1::"]) {
      expect(await isLearnt(taughtBy([4, 5, 6].map((n) => `${network}${n}`)))).toBe(false);
    }
  });

  it("from three addresses of an office, whose addresses are one network", async () => {
    const random = new Draws(3);
    const lines = ordinary(random, addressesOf(random, 20, office), 3000);
    const sent = (senders: string[]) => [...lines, ...senders.map((sender) => lineOf(sender, odd, dayStart + 40_000))];
    expect(await isLearnt(sent(["10.20.30.1", "10.20.30.2"]))).toBe(false);
    expect(await isLearnt(sent(["10.20.30.1", "10.20.30.2", "10.20.30.3"]))).toBe(true);
  });

  it("once seen on two days, and not on one however often", async () => {
    expect(await isLearnt(taughtBy(Array.from({ length: 9 }, () => "203.0.113.1")))).toBe(false);
    expect(await isLearnt([...taughtBy(["203.0.113.1"]), ...taughtBy(["203.0.113.1"], 1).slice(-1)])).toBe(true);
  });

  it("where a twentieth of all lines have its form, from one monitor", async () => {
    const random = new Draws(5);
    const lines = ordinary(random, addressesOf(random, 40, scattered), 3000);
    const checks = (request: string, count: number, hours: number) =>
      Array.from({ length: count }, (_, n) =>
        lineOf("198.51.100.9", request, dayStart + Math.floor((n * hours * 3600) / count)),
      );
    expect(await isLearnt([...lines, ...checks("GET /healthz", 160, 24)], "GET /healthz")).toBe(true);
    expect(await isLearnt([...lines, ...checks("GET /healthz", 100, 24)], "GET /healthz")).toBe(false);
    // a method is the whole site's: it is a habit only if it comes all day
    expect(await isLearnt([...lines, ...checks("HEAD /", 160, 24)], "HEAD /")).toBe(true);
    expect(await isLearnt([...lines, ...checks("HEAD /", 160, 2)], "HEAD /")).toBe(false);
  });
});

describe("refresh", () => {
  let stderr = "";
  beforeAll(() => {
    vi.spyOn(process.stdout, "write").mockReturnValue(true);
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      stderr += text;
      return true;
    });
  });
  afterAll(() => vi.restoreAllMocks());

  const refresh = (model: string, ...rest: string[]) => runCli(["node", "oddline", "refresh", "--out", model, ...rest]);

  it("installs a model of a log whose twentieth is one monitor's health check", async () => {
    await withFolder(async (folder) => {
      const random = new Draws(8);
      const lines = ordinary(random, addressesOf(random, 900, scattered), 4000);
      for (let check = 0; check < 288; check++) lines.push(lineOf("10.0.0.9", "GET /healthz", dayStart + check * 300));
      writeFileSync(join(folder, "log"), textOf(lines));
      expect(await refresh(join(folder, "model"), join(folder, "log"))).toBe(0);
      expect(scoreOf(readFileSync(join(folder, "model")), "GET /healthz")).toBeLessThanOrEqual(1);
    });
  });

  it("is not taught by what one network repeats on the next night, but by what came on two days", async () => {
    await withFolder(async (folder) => {
      const [model, first, second] = ["model", "first.log", "second.log"].map((name) => join(folder, name));
      const random = new Draws(9);
      const addresses = addressesOf(random, 25, scattered);
      const night = (day: number) => [
        ...ordinary(random, addresses, 2500, day),
        lineOf("203.0.113.66", odd, dayStart + day * daySeconds + 40_000),
      ];
      writeFileSync(first, textOf(night(0)));
      expect(await refresh(model, first)).toBe(0);
      const learnt = readFileSync(model);
      expect(scoreOf(learnt, odd)).toBeGreaterThan(1);

      // the second night's lines as they left the filter; alone, and with the first night's once more
      const engine = new Engine();
      engine.useModel(learnt, "first");
      const tagged = [...engine.tag(Buffer.from(textOf(night(1))), { flags: 0, seconds: BigInt(dayStart) })];
      writeFileSync(second, Buffer.concat(tagged.map(({ output }) => output)));
      for (const files of [[second], [first, second]]) {
        expect(await refresh(model, ...files)).toBe(0);
        expect(scoreOf(readFileSync(model), odd)).toBeGreaterThan(1);
      }

      const job = "GET /reports/monthly";
      for (const [day, file] of [first, second].entries()) {
        const sent = lineOf("198.51.100.4", job, dayStart + day * daySeconds + 3000);
        writeFileSync(file, textOf([...night(day).slice(0, -1), sent]));
        expect(await refresh(model, ...[first, second].slice(0, day + 1))).toBe(0);
        if (day === 0) expect(scoreOf(readFileSync(model), job)).toBeGreaterThan(1);
        else expect(scoreOf(readFileSync(model), job)).toBeLessThanOrEqual(1);
      }
    });
  });

  it("says of a summary of another version that it is one", async () => {
    await withFolder(async (folder) => {
      writeFileSync(join(folder, "old.sum"), '{"oddlineSummary":1,"notLearnt":0,"newest":0}\n');
      stderr = "";
      expect(await refresh(join(folder, "model"), "--summaries", join(folder, "old.sum"))).toBe(2);
      expect(stderr).toContain("SUMMARY_INVALID");
      expect(stderr).toContain("format 1, from another version of oddline");
    });
  });
});
