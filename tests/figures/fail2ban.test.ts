/**
 * Keys and times against fail2ban's own samples: a `# failJSON: {…}` line states what the line after it must give.
 * Its year and zone are those of a test clock (Central European time): a time is compared by its clock, or as an
 * instant where the line has a zone, and with its year only where the line has one.
 */
import { isIP } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../host/wasm/engine.js";
import type { EventDetails } from "../../host/wasm/eventDetails.js";
import { dataFile } from "../support/data.js";
import { filesOf } from "../support/tar.js";

const arrival = BigInt(Date.UTC(2005, 7, 14, 12) / 1000);
const archive = dataFile("formats/fail2ban_logs.tar.gz");
const centralEurope = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Europe/Zurich",
  dateStyle: "short",
  timeStyle: "medium",
});

interface Tally {
  lines: number;
  text: number;
  keys: number;
  rightKeys: number;
  times: number;
  rightTimes: number;
}

interface Stated {
  host?: string;
  time?: string | null;
}

/** As the filter is to show it: RFC 5952 by the URL parser; undefined for a name. */
function canonical(host: string): string | undefined {
  if (isIP(host) === 0) return undefined;
  if (isIP(host) === 4) return host;
  const text = new URL(`http://[${host}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(text);
  if (!mapped) return text;
  const [high, low] = mapped.slice(1).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

const carriesZone = /:\d\d(?:[.,]\d+)? ?(?:Z\b|[+-]\d\d:?\d\d\b)|^\[?(?:PDT|CEST)\b|\b1[0-6]\d{8}\b|^@4/;
const carriesYear = /^.{0,48}\b(?:19|20)\d\d|^\[?[A-Z][a-z]{2}-\d\d-\d\d |^\d{6} |^@4|^.{0,32}\b1[0-6]\d{8}\b/;
const carriesClock = /\d\d?:\d\d:\d\d|\b1[0-6]\d{8}\b|^@4/;

function agrees(seconds: number, time: string, line: string): boolean {
  const at = new Date(seconds * 1000);
  const found = [at.toISOString().slice(0, 19).replace("T", " ")];
  if (carriesZone.test(line)) found.push(centralEurope.format(at));
  const from = carriesYear.test(line) ? 0 : 5;
  return found.some((text) => text.slice(from) === time.replace("T", " ").slice(from, 19));
}

describe.skipIf(!archive)("fail2ban's samples", () => {
  const tallies = new Map<string, Tally>();
  const total: Tally = { lines: 0, text: 0, keys: 0, rightKeys: 0, times: 0, rightTimes: 0 };

  function judge(tally: Tally, line: string, details: EventDetails, stated: Stated): void {
    const host = stated.host === undefined ? undefined : canonical(stated.host);
    if (stated.host !== undefined && host !== undefined && line.includes(stated.host)) {
      tally.keys++;
      if (details.key === host) tally.rightKeys++;
    }
    if (stated.time && carriesClock.test(line)) {
      tally.times++;
      if (details.timeSeconds !== null && agrees(details.timeSeconds, stated.time, line)) tally.rightTimes++;
    }
  }

  beforeAll(() => {
    const engine = new Engine();
    for (const { name, bytes } of filesOf(archive!)) {
      const tally: Tally = { lines: 0, text: 0, keys: 0, rightKeys: 0, times: 0, rightTimes: 0 };
      tallies.set(name.slice(name.indexOf("/") + 1), tally);
      let stated: Stated = {};
      for (const line of bytes.toString("utf8").split("\n")) {
        const json = /^# *failJSON *: *(\{.*\}) *$/.exec(line);
        if (json) stated = JSON.parse(json[1]) as Stated;
        if (line === "" || line.startsWith("#")) continue;
        const details = engine.explain(Buffer.from(line), arrival);
        expect(details, line).toBeDefined();
        tally.lines++;
        if (details!.format === "text") tally.text++;
        judge(tally, line, details!, stated);
        stated = {};
      }
      for (const name of Object.keys(total) as (keyof Tally)[]) total[name] += tally[name];
    }
    const row = (name: string, t: Tally) =>
      `${name.padEnd(26)}${[t.lines, t.text, `${t.rightKeys}/${t.keys}`, `${t.rightTimes}/${t.times}`].map((cell) => String(cell).padStart(12)).join("")}`;
    const header = `${"service".padEnd(26)}${["lines", "plain text", "keys", "times"].map((cell) => cell.padStart(12)).join("")}`;
    const rows = [...tallies].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, tally]) => row(name, tally));
    console.log([header, ...rows, row("all", total)].join("\n"));
  });

  it("give the stated address in at least 97 of 100 lines", () => {
    expect(total.keys).toBeGreaterThan(900);
    expect(total.rightKeys / total.keys).toBeGreaterThanOrEqual(0.97);
  });

  it("give the stated time in at least 90 of 100 lines", () => {
    expect(total.times).toBeGreaterThan(850);
    expect(total.rightTimes / total.times).toBeGreaterThanOrEqual(0.9);
  });

  it("fall back to plain text in less than a fifth of all lines", () => {
    expect(total.text / total.lines).toBeLessThan(0.2);
  });
});

describe("no line of any archive", () => {
  for (const name of ["fail2ban_logs", "crowdsec_logs", "loki_drain"]) {
    const path = dataFile(`formats/${name}.tar.gz`);
    it.skipIf(!path)(`makes anything fail: ${name}`, () => {
      const engine = new Engine();
      const formats = new Map<string, number>();
      let lines = 0;
      for (const { bytes } of filesOf(path!)) {
        for (const line of bytes.toString("latin1").split("\n")) {
          const details = engine.explain(Buffer.from(line, "latin1"), arrival);
          expect(details, line).toBeDefined();
          formats.set(details!.format, (formats.get(details!.format) ?? 0) + 1);
          lines++;
        }
      }
      const shares = [...formats]
        .sort(([, a], [, b]) => b - a)
        .map(([name, count]) => `${name} ${(count / lines).toFixed(3)}`);
      console.log(`${name}: ${lines} lines, ${shares.join(", ")}`);
      expect(lines).toBeGreaterThan(1000);
    });
  }
});
