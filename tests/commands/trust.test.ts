/**
 * Who may teach: an attacker with one address and three lines in ten, over two nights, the second of which learns from
 * what the first night's model tagged. Afterwards the same requests from another address must still be tagged as often
 * as by a model that never saw them. Measured, clean / first night / second night: acunetix .948 / .923 / .997,
 * netsparker 1.000 / .901 / 1.000: the model of a night that the attacker is in for the first time misses some.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { runCli } from "../../host/cli.js";
import { Draws } from "../../host/demo/draws.js";
import { shopLog } from "../../host/demo/shop.js";
import { Engine } from "../../host/wasm/engine.js";
import { dataFile } from "../support/data.js";
import { learnText, withFolder } from "../support/learning.js";

const day = Date.UTC(2026, 10, 20) / 1000;
const attackerShare = 0.3;
const attacker = "203.0.113.66";
const elsewhere = "192.0.2.77";

function engineWith(model: Uint8Array): Engine {
  const engine = new Engine();
  engine.useModel(model, "test");
  return engine;
}

/** Share of the lines that score above 1, windows and muting left aside. */
function taggedShare(model: Uint8Array, lines: string[]): number {
  const scores = [
    ...engineWith(model).scores(Buffer.from(`${lines.join("\n")}\n`), { flags: 0, seconds: BigInt(day) }),
  ];
  return scores.flatMap((part) => [...part]).filter((score) => score > 1).length / lines.length;
}

/** The lines as they come out of the filter: what is tagged carries its member into the next night. */
function filtered(model: Uint8Array, lines: string[]): string {
  const tagged = [...engineWith(model).tag(Buffer.from(`${lines.join("\n")}\n`), { flags: 0, seconds: BigInt(day) })];
  return tagged.map(({ output }) => Buffer.from(output).toString()).join("");
}

const from = (address: string, lines: string[]) => lines.map((line) => line.replace(/^\S+/, address));

interface Outcome {
  clean: number;
  first: number;
  second: number;
  falseClean: number;
  falseFirst: number;
  falseSecond: number;
}

/** Two nights with the attack mixed in; shares tagged by a clean model and by those of either night. */
async function twoNights(nights: string[][], fresh: string[], attack: string[]): Promise<Outcome> {
  const mixed = nights.map((ordinary, night) => {
    const wanted = Math.round((ordinary.length * attackerShare) / (1 - attackerShare));
    const sent = Array.from({ length: wanted }, (_, n) => attack[(n + night * 17) % attack.length]);
    return [...ordinary, ...from(attacker, sent)];
  });
  const clean = (await learnText(`${nights.flat().join("\n")}\n`)).model;
  const first = (await learnText(`${mixed[0].join("\n")}\n`)).model;
  const second = (await learnText(filtered(first, mixed[1]) + filtered(first, mixed[0]))).model;
  const probe = from(elsewhere, attack);
  return {
    clean: taggedShare(clean, probe),
    first: taggedShare(first, probe),
    second: taggedShare(second, probe),
    falseClean: taggedShare(clean, fresh),
    falseFirst: taggedShare(first, fresh),
    falseSecond: taggedShare(second, fresh),
  };
}

/** A scanner of our own: invented paths, known probes, odd methods, values that try their luck. */
function scannerLines(count: number): string[] {
  const random = new Draws(11);
  const letters = () =>
    Array.from({ length: random.integer(3, 9) }, () => random.pick([..."abcdefghijklmnop"])).join("");
  const request = () => {
    const roll = random.next();
    if (roll < 0.3) return `GET /${letters()}/${letters()}.php`;
    if (roll < 0.5) return `GET /${random.pick(["admin", "wp-login.php", ".git/config", "phpmyadmin", "backup.zip"])}`;
    if (roll < 0.6) return `GET /cart?id=1%27%20OR%20${random.integer(1, 99)}=1--&count=1`;
    if (roll < 0.7) return `GET /search?q=%3Cscript%3E${letters()}%3C/script%3E&sort=price`;
    if (roll < 0.8) return `GET /category/..%2f..%2f${letters()}?page=1`;
    if (roll < 0.9) return `${random.pick(["PROPFIND", "TRACE", "DEBUG"])} /`;
    return `GET /article/${random.integer(1, 400)}?${letters()}=${letters()}`;
  };
  return Array.from(
    { length: count },
    (_, n) => `x - - [20/Nov/2026:10:${10 + (n % 50)}:07 +0000] "${request()} HTTP/1.1" 404 209 "-" "scan/1"`,
  );
}

function gzLines(path: string): string[] {
  return gunzipSync(readFileSync(path)).toString("latin1").trimEnd().split("\n");
}

describe("an attacker with one address and 30 % of the lines", () => {
  const ordinary = (seed: number, night: number) =>
    shopLog(seed, day + night * 86_400, 7000, false)
      .trimEnd()
      .split("\n");

  it("cannot teach a shop its scanner's requests in two nights", async () => {
    const outcome = await twoNights([ordinary(1, 0), ordinary(2, 1)], ordinary(3, 2), scannerLines(3000));
    expect(outcome.clean).toBeGreaterThan(0.9);
    expect(outcome.first).toBeGreaterThanOrEqual(outcome.clean - 0.02);
    expect(outcome.second).toBeGreaterThanOrEqual(outcome.clean - 0.02);
    expect(outcome.falseSecond).toBeLessThanOrEqual(0.002);
  });

  it("is refused by refresh, and does not get through with --force either", async () => {
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    vi.spyOn(process.stdout, "write").mockReturnValue(true);
    try {
      await withFolder(async (folder) => {
        const [log, model] = [join(folder, "night.log"), join(folder, "oddline.model")];
        const refresh = (text: string, ...more: string[]) => {
          writeFileSync(log, text);
          return runCli(["node", "oddline", "refresh", log, "--out", model, ...more]);
        };
        const mixed = [...ordinary(2, 1), ...from(attacker, scannerLines(3000))];
        expect(await refresh(`${ordinary(1, 0).join("\n")}\n`)).toBe(0);
        expect(await refresh(`${mixed.join("\n")}\n`)).toBe(5);
        const unharmed = readFileSync(model);
        // news that was muted arrives untagged, and would teach
        expect(await refresh(filtered(unharmed, mixed), "--force")).toBe(0);
        expect(readFileSync(model).equals(unharmed)).toBe(false);
        expect(taggedShare(readFileSync(model), from(elsewhere, scannerLines(3000)))).toBeGreaterThan(0.98);
      });
    } finally {
      vi.restoreAllMocks();
    }
  });

  for (const [scanner, firstNightLoss] of [
    ["acunetix", 0.05],
    ["netsparker", 0.11],
  ] as const) {
    const site = dataFile("web/apache_elastic_10k.log.gz");
    const scan = dataFile(`web/apache_scan_${scanner}.log.gz`);
    it.skipIf(!site || !scan)(`cannot teach a real site ${scanner}'s requests in two nights`, async () => {
      const lines = gzLines(site!);
      const nights = [lines.slice(0, 4000), lines.slice(4000, 8000)];
      const outcome = await twoNights(nights, lines.slice(8000), gzLines(scan!));
      expect(outcome.first).toBeGreaterThanOrEqual(outcome.clean - firstNightLoss);
      expect(outcome.second).toBeGreaterThanOrEqual(outcome.clean - 0.02);
      expect(outcome.falseSecond).toBeLessThanOrEqual(outcome.falseClean + 0.008);
    });
  }
});
