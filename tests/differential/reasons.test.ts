/**
 * Reasons and the muting of news: the filter and the slow reference give every line of a stream the same score, type
 * and sentence, the third and the hundredth of an incident and what decides behind a muted one included.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadConfiguration } from "../../host/config/configuration.js";
import { shopLog } from "../../host/demo/shop.js";
import { configuredSections } from "../../host/model/configuredSections.js";
import { batchFlag, Engine } from "../../host/wasm/engine.js";
import { fixtureLines } from "../support/fixtures.js";
import { hostileLines, seededRandom } from "../support/hostile.mjs";
import { learnFiles, withFolder } from "../support/learning.js";
import { randomLine } from "../support/randomLines.js";
import { realLogs } from "../support/realLogs.js";
import type { Bytes } from "./reference/hash.js";
import { decodeModel } from "./reference/model.js";
import { ReferenceFilter } from "./reference/news.js";
import { parseLine } from "./reference/parse.js";
import { signatureOf, uncutSignatureBytes } from "./reference/signature.js";

const arrival = Date.UTC(2026, 10, 21, 3) / 1000;
// Without pieces, of which the line behind them would be one too.
const fixtures = fixtureLines().filter((line) => !/ std(?:out|err) P /.test(line));
const bytesOf = (text: string): Bytes => Buffer.from(text).toString("latin1");
let model: Uint8Array;
/** Knows every other fixture only. */
let half: Uint8Array;

/** What the line alone says: novelty and outliers. */
const configuration = "detectors:\n  keyword: false\n  errorRate: false\n  traffic: false\n  burst: false\n";

/** Learns with so large a share that much is told. */
async function learn(lines: Bytes[], share: number): Promise<Uint8Array> {
  return withFolder(async (folder) => {
    writeFileSync(join(folder, "log"), `${lines.join("\n")}\n`, "latin1");
    writeFileSync(join(folder, "oddline.yaml"), configuration);
    const given = configuredSections(loadConfiguration(join(folder, "oddline.yaml")).configuration);
    return (await learnFiles([join(folder, "log")], { share, given })).model;
  });
}

beforeAll(async () => {
  const lines: Bytes[] = [];
  for (let round = 0; round < 30; round++) lines.push(...fixtures.filter((_, i) => (i + round) % 3 > 0));
  lines.push(...Array.from(hostileLines(3000, 5), bytesOf));
  model = await learn(lines, 0.05);
  half = await learn(Array.from({ length: 40 }, () => fixtures.filter((_, i) => i % 2 === 0)).flat(), 0.05);
});

interface Seen {
  compared: number;
  /** Told of a number instead. */
  numbers: number;
  tagged: number;
  muted: number;
  last: number;
  /** Beginnings of sentences. */
  sentences: Set<string>;
}
const all: Seen = { compared: 0, numbers: 0, tagged: 0, muted: 0, last: 0, sentences: new Set() };

/** Judges the lines one after another, `step` seconds apart. */
function agree(lines: Bytes[], ofModel: Uint8Array, step: (line: number) => number): Seen {
  const engine = new Engine(5n);
  engine.useModel(ofModel, "learnt here");
  const known = decodeModel(ofModel);
  const reference = new ReferenceFilter(known);
  const seen: Seen = { compared: 0, numbers: 0, tagged: 0, muted: 0, last: 0, sentences: new Set() };
  let seconds = arrival;
  for (const [number, line] of lines.entries()) {
    seconds += step(number);
    const event = parseLine(line, seconds);
    const signature = signatureOf(event);
    if (line.length > 8000 || signature === undefined || signature.length > uncutSignatureBytes) continue;
    const options = { flags: batchFlag.all | (number % 2 ? batchFlag.noCache : 0), seconds: BigInt(seconds) };
    const [{ output }] = engine.tag(Buffer.from(`${line}\n`, "latin1"), options);
    const { score, type, reason } = memberOf(Buffer.from(output).toString("latin1"));
    // Numbers are held by ranges.test.ts. What is told of one outweighs whatever else the line says, which then counts
    // in no incident; but for structural news, which an incident may have taken in.
    if (/^(response of |took |size |duration |").* at most \S.* in [\d,]+ lines/s.test(reason ?? "")) {
      const unmuted = new ReferenceFilter(known).judge(signature, event.timeSeconds ?? seconds, event);
      const isStructural = /^new path |^(\S+: )?new message /.test(unmuted.reason ?? "");
      const isLarger = isStructural || score >= unmuted.score - 0.006;
      expect([type, score >= 1.5 && isLarger], JSON.stringify(line)).toEqual(["novelty", true]);
      seen.numbers++;
      continue;
    }
    const expected = reference.judge(signature, event.timeSeconds ?? seconds, event);
    const shownScore = expected.score > 1 ? Math.max(expected.score, 1.01) : expected.score;
    // What is odd about agents and referrers is held by agents.test.ts.
    if (/^(user agent|referrer) /.test(reason ?? "") || (type === undefined && score > shownScore)) continue;
    seen.compared++;
    // A threshold is a learnt line's own distance: on it, the last bit of a sum decides.
    if (Math.abs(expected.score - 1) < 1e-6) continue;
    if (type !== expected.type || reason !== expected.reason || Math.abs(score - shownScore) > 0.006) {
      expect({ score, type, reason }, JSON.stringify(line)).toEqual({ ...expected, score: shownScore });
    }
    if (!expected.reason) continue;
    expect(expected.reason.length).toBeLessThanOrEqual(200);
    seen.tagged++;
    if (expected.reason.endsWith(" like it, now every 100th)")) seen.last++;
    seen.sentences.add(kindOf(expected.reason));
  }
  seen.muted = reference.muted;
  expect(seen.compared).toBeGreaterThanOrEqual(20 * seen.numbers);
  all.compared += seen.compared;
  all.numbers += seen.numbers;
  all.tagged += seen.tagged;
  all.muted += seen.muted;
  all.last += seen.last;
  for (const sentence of seen.sentences) all.sentences.add(sentence);
  return seen;
}

/** The record around it need not be valid JSON. */
function memberOf(output: string): { score: number; type?: string; reason?: string } {
  const at = output.lastIndexOf('"anomaly":{"score":');
  return JSON.parse(output.slice(at + 10, output.lastIndexOf("}")));
}

const kindsOfSentences: [string, RegExp][] = [
  ["success", /: a success; all /],
  ["seen, with nobody to vouch", /, from (one client|few clients)(?: \(\d+.. like it, now every 100th\))?$/],
  ["usual shape", / is ".*"; (only digits|one word|only words|empty) in [\d,]+ requests/s],
  ["method", /^method (?:(?! on ).)*: none of /s],
  ["status", /^status \d+: none of /],
  ["method and status", /^status \d+ to .*: none of /],
  ["path and method", /^method \S+ on .*: none of /],
  ["path and status", /^status \d+ on .*: none of /],
  ["child", /^new path .*: nothing like it under /s],
  ["child elsewhere", /^new path .*: nothing like it in /s],
  ["signs of a name", /^".*" in parameter .*: none of /s],
  ["signs of a path", /^".*" in path .*: none of /s],
  ["content", /^(path .*|query of .*|no request line); hardly anything like /s],
  ["digits", /"; as many digits in none of /],
  ["end of a path", / itself: none of .* under it/],
  ["extension", /^extension \./],
  ["no parameters", / without parameters(: none of |; all )/],
  ["parameters", /: such parameters in none of /],
  ["parameter name", /^parameter .* of .*: none of /s],
  ["malformed", /^no request line but /],
  ["shape", /"; nothing like it in /],
  ["length", /"; this length in none of /],
  ["sign", / is ".*"; "." in none of /s],
  ["edge of a value", / is ".*"; ".*" at its (start|end) in none of /s],
  ["sequence", / is ".*"; ".*" in none of /s],
  ["template", /new message ".*"; none like it in [\d,]+ lines/s],
  ["outlier", /new message ".*"; none like it(?! in)/s],
  ["nearest known", /new message ".*"; nearest known, [\d,]+ times: ".*"/s],
  ["cut short", /^.{150}/s],
];

function kindOf(reason: string): string {
  const found = kindsOfSentences.find(([, pattern]) => pattern.test(reason));
  if (!found) throw new Error(`no kind of sentence: ${reason}`);
  return found[0];
}

describe("reasons and muting as the slow reference has them", () => {
  it("on every fixture, again and again within the hour", () => {
    const seen = agree(Array.from({ length: 23 }, () => fixtures).flat(), half, () => 0);
    expect(seen.last).toBeGreaterThan(5);
    expect(seen.muted).toBeGreaterThan(60);
  });

  it("over hours, with a clock that goes back now and then", () => {
    const random = seededRandom(4);
    const favourites = fixtures.filter((_, i) => i % 5 === 1);
    const lines = Array.from({ length: 12_000 }, () => favourites[Math.floor(random() ** 2 * favourites.length)]);
    const seen = agree(lines, half, (number) => (number % 997 === 996 ? -400 : Math.floor(random() * 4)));
    expect(seen.last).toBeGreaterThan(5);
    expect(seen.muted).toBeGreaterThan(60);
  });

  it("on a shop's log with mutated requests", async () => {
    const ordinary = shopLog(1, arrival, 3000, false).trimEnd().split("\n");
    const shop = await learn(ordinary, 0.01);
    agree(shopLog(2, arrival, 2000, true).trimEnd().split("\n"), shop, () => 1);
    const random = seededRandom(8);
    // no more kinds of news than the filter's table holds; the reference forgets none
    const lines = Array.from({ length: 2000 }, () => randomLine(random, ordinary));
    agree(lines, shop, () => 2);
  });

  it("on hostile lines", () => {
    agree(Array.from(hostileLines(2500, 9), bytesOf), model, () => 1);
  });

  for (let seed = 1; seed <= 6; seed++) {
    it(`on random lines (seed ${seed})`, () => {
      const random = seededRandom(seed);
      agree(
        Array.from({ length: 700 }, () => randomLine(random, fixtures)),
        model,
        () => 7,
      );
    });
  }

  it("what is known is never tagged, and what is new stays no outlier when its telling is muted", async () => {
    const words = ["accepted", "opened", "closed", "read", "written"];
    const ordinary = Array.from(
      { length: 3000 },
      (_, i) => `app: connection ${i} was ${words[i % 5]} by worker ${i % 7}`,
    );
    const rare = "app: the clock went backwards while <sync> waited; nothing !! could be done about it (yet)";
    const known = agree(Array(30).fill(rare), await learn([...ordinary, rare], 0.002), () => 1);
    expect([known.tagged, known.muted]).toEqual([0, 0]);
    const seen = agree(Array(30).fill(rare), await learn(ordinary, 0.002), () => 1);
    expect([seen.tagged, seen.muted]).toEqual([1, 29]);
  });

  for (const log of realLogs()) {
    it(`on ${log.name}`, async () => {
      const lines = log.read().toString("latin1").split("\n").slice(0, 600);
      agree(lines.slice(300), await learn(lines.slice(0, 300), 0.02), () => 5);
    });
  }

  it("and has seen enough of everything", () => {
    console.info(`${all.tagged} tagged, ${all.muted} muted, ${all.last} last tellings: ${[...all.sentences].sort()}`);
    expect(all.compared).toBeGreaterThan(10_000);
    expect(all.numbers).toBeLessThan(all.compared / 100);
    expect(all.tagged).toBeGreaterThan(500);
    expect(all.sentences.size).toBeGreaterThan(12);
  });
});
