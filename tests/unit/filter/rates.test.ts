/** Rates against what a model learnt: sources, kinds of lines, failed logins; and how often an alert is reported. */
import { beforeAll, describe, expect, it } from "vitest";
import { decodeSections, section } from "../../../host/model/modelFile.js";
import { batchFlag, Engine } from "../../../host/wasm/engine.js";
import { learnText } from "../../support/learning.js";

const day = Date.UTC(2026, 10, 20) / 1000;
const stamp = (seconds: number) => new Date((day + seconds) * 1000).toISOString().replace("T", " ").slice(0, 19);
const text = (seconds: number, level: string, source: string, message: string) =>
  `${stamp(seconds)},000 - ${source} - ${level} - ${message}`;
const sshd = (seconds: number, message: string) => {
  const [, date, month, , clock] = new Date((day + seconds) * 1000).toUTCString().split(" ");
  return `${month} ${date} ${clock} gate sshd[41]: ${message}`;
};
const failed = (seconds: number, client: string) =>
  sshd(seconds, `Failed password for root from ${client} port ${30_000 + (seconds % 999)} ssh2`);

const deeds = ["Order placed", "Payment taken", "Parcel sent", "Letter written", "Basket emptied"];
/** A quiet day: a line every ten seconds, an error of the carrier every ten minutes, a failed login every hour. */
function* quietDay(from: number): Generator<string> {
  for (let second = from; second < from + 86_400; second += 10) {
    yield text(second, "INFO", "shop.orders", `${deeds[(second / 10) % deeds.length]} ${second}`);
    if (second % 100 === 0) yield text(second, "DEBUG", "shop.prices", `Price cache hit for sku DP-${second % 777}`);
    if (second % 600 === 0) yield text(second, "ERROR", "shop.carrier", `Could not fetch label ${second}`);
    if (second % 3600 === 0) yield failed(second, `198.51.100.${(second / 3600) % 200}`);
  }
}

interface Anomaly {
  type?: string;
  severity?: string;
  reason: string;
  key?: string;
  state: string;
  event?: string;
  count: number;
}

let model: Uint8Array;
beforeAll(async () => {
  model = (await learnText(`${[...quietDay(0)].join("\n")}\n`)).model;
});

const arrival = { seconds: BigInt(day + 86_400) };
function start(): Engine {
  const engine = new Engine(3n);
  engine.useModel(model, "quiet day");
  return engine;
}

/** What the lines of the next day are tagged with, in the order of their times. */
function tags(lines: [seconds: number, line: string][], engine = start()): Anomaly[] {
  const sorted = [...lines].sort(([a], [b]) => a - b).map(([, line]) => line);
  const parts = [...engine.tag(Buffer.from(`${sorted.join("\n")}\n`), { flags: batchFlag.ownTime, ...arrival })];
  const output = Buffer.concat(parts.map((part) => Buffer.from(part.output))).toString();
  return output
    .split("\n")
    .filter((line) => line.includes('"anomaly"'))
    .map((line) => JSON.parse(line).anomaly);
}

const today = (line: string): [number, string] => {
  const clock = /(\d\d):(\d\d):(\d\d)/.exec(line)!.slice(1).map(Number);
  return [86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2], line];
};
const quiet = () => [...quietDay(86_400)].map(today);
const from = 86_400 + 36_000;

describe("rates against what was learnt", () => {
  it("say nothing on a day like the one learnt", () => {
    expect(tags(quiet())).toEqual([]);
  });

  it("tell of a source that errs more than it ever did, though slowly, a few times, and of its end", () => {
    const storm = Array.from({ length: 80 }, (_, i) => {
      const second = from + i * 15;
      return [second, text(second, "ERROR", "shop.carrier", `Could not fetch label ${second}`)] as [number, string];
    });
    const found = tags([...quiet(), ...storm]);
    expect(found[0]).toMatchObject({ type: "error_rate", event: "HIGH_ERROR_RATE", state: "ERROR_RATE_ALERT" });
    expect(found[0].key).toBe("shop.carrier");
    expect(found[0].reason).toMatch(/^shop\.carrier: 11 errors within 10 minutes; usually at most \d$/);
    expect(found.length).toBeGreaterThan(4);
    expect(found.length).toBeLessThan(14);
    expect(found.some(({ severity }) => severity === "high")).toBe(true);
    expect(found.at(-1)).toMatchObject({ event: "NORMAL_ACTIVITY", state: "NORMAL", key: "shop.carrier" });
  });

  it("tell of a kind of line that comes more often than it ever did, whatever it names", () => {
    const chatter = Array.from({ length: 600 }, (_, i) => {
      const second = from + i;
      return [second, text(second, "DEBUG", "shop.prices", `Price cache hit for sku XY-${i}`)] as [number, string];
    });
    const found = tags([...quiet(), ...chatter]).filter(({ type }) => type === "burst");
    expect(found[0]).toMatchObject({ event: "BURST", state: "BURST_ALERT", count: 21, key: "shop.prices" });
    expect(found[0].reason).toMatch(/^shop\.prices: "Price cache hit for sku XY-\d+" 21 times within 60 s; usually/);
    expect(found.length).toBeLessThan(14);
  });

  it("are not reported again once the incident is over, though the long window still holds it", () => {
    const errorAt = (second: number) =>
      [second, text(second, "ERROR", "shop.carrier", `Could not fetch label ${second}`)] as [number, string];
    const storm = Array.from({ length: 120 }, (_, i) => errorAt(from + (i >> 1)));
    const late = [200, 400].map((seconds) => errorAt(from + seconds));
    const told = (lines: [number, string][]) => tags([...quiet(), ...lines]).filter(({ event }) => !event);
    expect(told([...storm, ...late])).toEqual(told(storm));
    expect(told(storm).length).toBeGreaterThan(1);
  });

  it("stay silent where everything comes more often", () => {
    const peak = quiet().flatMap(([seconds, line]) =>
      seconds >= from && seconds < from + 1800
        ? Array.from({ length: 8 }, () => [seconds, line] as [number, string])
        : [[seconds, line] as [number, string]],
    );
    expect(tags(peak).filter(({ type }) => type === "burst")).toEqual([]);
  });

  it("tell of failed logins of one client, once an attempt, and of the success behind them", () => {
    const client = "203.0.113.9";
    const attack = Array.from({ length: 30 }, (_, i) => from + i * 12).flatMap((second): [number, string][] => [
      [second, failed(second, client)],
      [second, sshd(second, `Connection closed by authenticating user root ${client} port 4 [preauth]`)],
    ]);
    const end = from + 365;
    attack.push([end, sshd(end, `Accepted password for root from ${client} port 40 ssh2`)]);
    const found = tags([...quiet(), ...attack]).filter(({ key, type }) => key === client && type === "error_rate");
    expect(found[0]).toMatchObject({ type: "error_rate", event: "HIGH_ERROR_RATE", key: client });
    expect(found.length).toBeLessThan(16);
    expect(found.at(-1)).toMatchObject({
      ...{ severity: "high", reason: "login succeeded after 30 failures within 10 minutes", count: 30 },
    });
    // no success is news behind fewer failures, nor behind the one that was told
    const calm = [...attack.slice(0, 18), attack.at(-1)!, attack.at(-1)!];
    expect(tags(calm).some(({ reason }) => reason.startsWith("login succeeded"))).toBe(false);
  });

  it("tell of logins that fail from everywhere as of the source's errors", () => {
    const spread = Array.from({ length: 200 }, (_, i) => {
      const second = from + i * 2;
      return [second, failed(second, `192.0.2.${i}`)] as [number, string];
    });
    const found = tags([...quiet(), ...spread]).filter(({ type }) => type === "error_rate");
    expect(found[0]).toMatchObject({ key: "sshd", event: "HIGH_ERROR_RATE" });
    expect(new Set(found.map(({ key }) => key))).toEqual(new Set(["sshd"]));
    expect(found.length).toBeLessThan(14);
  });

  it("go on after a restart as if there had been none", () => {
    const lines = quiet().concat(
      Array.from({ length: 300 }, (_, i) => [
        from + i * 3,
        text(from + i * 3, "ERROR", "shop.carrier", `Could not fetch label ${i}`),
      ]),
    );
    lines.sort(([a], [b]) => a - b);
    const middle = lines.findIndex(([seconds]) => seconds > from + 300);
    const whole = tags(lines);
    const first = start();
    const before = tags(lines.slice(0, middle), first);
    const second = start();
    expect(second.restoreState(Buffer.from(first.saveState()!), true)).toBeUndefined();
    expect([...before, ...tags(lines.slice(middle), second)]).toEqual(whole);
  });

  it("are learnt from hours of lines, not from minutes", async () => {
    expect(decodeSections(model).has(section.usual)).toBe(true);
    const minutes = [...quietDay(0)]
      .slice(1, 300)
      .filter((line) => !line.includes("sshd"))
      .join("\n");
    expect(decodeSections((await learnText(`${minutes}\n`)).model).has(section.usual)).toBe(false);
  });
});

describe("a keyword in texts of one kind", () => {
  const failing = (seconds: number, sector: number) =>
    [seconds, text(seconds, "INFO", "shop.disk", `I/O error, dev sdb, sector ${sector}`)] as [number, string];

  it("is tagged three times, then every hundredth time, and again after a quiet window", () => {
    const lines = Array.from({ length: 150 }, (_, i) => failing(from + i * 4, 8 * i));
    const found = tags([...lines, failing(from + 900, 7)]);
    const ofKeyword = found.filter(({ type }) => type === "keyword");
    expect(ofKeyword.length).toBeGreaterThanOrEqual(4);
    expect(ofKeyword.length).toBeLessThan(8);
    expect(found.at(-1)).toMatchObject({ event: "KEYWORD_DETECTED", state: "KEYWORD_ALERT" });
  });

  it("is tagged for each key and each kind", () => {
    const other = (seconds: number) =>
      [seconds, text(seconds, "WARN", "shop.backup", `Gave up after an I/O error, dev sdc`)] as [number, string];
    const lines = Array.from({ length: 20 }, (_, i) => failing(from + i * 4, 8 * i));
    const found = tags([...lines, other(from + 81)]);
    expect(found.at(-1)!.reason).toMatch(/disk failure|Gave up/);
  });
});

describe("the table of rates", () => {
  it("keeps a kind through a flood of others, in the same memory", () => {
    const engine = start();
    const pages = engine.exports.memory.buffer.byteLength;
    const flood = Array.from({ length: 30_000 }, (_, i): [number, string] => {
      const second = from + Math.floor(i / 100);
      const word = (n: number) => `w${"abcdefghij"[n % 10]}${"klmnopqrst"[Math.floor(n / 10) % 10]}x`;
      const name = `${word(i)} ${word(Math.floor(i / 100))} ${word(i * 7)} ${word(i * 13)}`;
      return [second, i % 3 ? text(second, "INFO", "shop.orders", name) : text(second, "ERROR", "shop.carrier", name)];
    });
    const found = tags(flood, engine);
    expect(engine.exports.memory.buffer.byteLength).toBe(pages);
    const carrier = found.filter(({ key, type }) => key === "shop.carrier" && type === "error_rate");
    expect(Math.max(...carrier.map(({ count }) => count))).toBeGreaterThan(1500);
  });
});
