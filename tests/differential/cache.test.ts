/** A verdict from the cache is the verdict: the same lines through two engines, one of which remembers nothing. */
import { writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { batchFlag, Engine } from "../../host/wasm/engine.js";
import { fixtureLines } from "../support/fixtures.js";
import { hostileChunks, hostileLines, seededRandom } from "../support/hostile.mjs";
import { learnFiles, learnText, withFolder } from "../support/learning.js";
import { shopVisits } from "../support/ordinaryLogs.mjs";
import { randomLine } from "../support/randomLines.js";
import { realLogs } from "../support/realLogs.js";

const firstSeconds = 1_795_227_069n;
const logs = realLogs({ archives: true });
const fixtures = Buffer.from(`${fixtureLines().join("\n")}\n`, "latin1");

let model: Uint8Array;
beforeAll(async () => {
  // a little of everything, so that lines of every log are known, new and odd
  const learnt: Buffer[] = Array.from({ length: 20 }, () => fixtures);
  for (const log of logs) {
    const bytes = log.read();
    learnt.push(bytes.subarray(0, bytes.indexOf(0x0a, Math.min(bytes.length >> 1, 50_000)) + 1));
  }
  for (const line of hostileLines(3000, 5)) learnt.push(Buffer.from(`${line}\n`));
  model = await withFolder(async (folder) => {
    writeFileSync(`${folder}/log`, Buffer.concat(learnt));
    return (await learnFiles([`${folder}/log`])).model;
  });
});

function newEngine(learnt = model): Engine {
  const engine = new Engine(7n);
  engine.useModel(learnt, "learnt here");
  return engine;
}

function cacheHits(engine: Engine): number {
  return Number((engine.exports.cacheHits as WebAssembly.Global).value);
}

/**
 * Compares every event that both write; returns how many lines were tagged and how many came from the cache. Each chunk
 * comes `step` seconds after the one before.
 */
function compare(chunks: Iterable<Uint8Array>, flags = batchFlag.all as number, step = 0n, learnt = model) {
  const [cached, uncached] = [newEngine(learnt), newEngine(learnt)];
  let tagged = 0;
  let seconds = firstSeconds - step;
  for (const chunk of chunks) {
    seconds += step;
    const remembered = cached.tag(chunk, { flags, seconds });
    const forgotten = uncached.tag(chunk, { flags: flags | batchFlag.noCache, seconds });
    for (const { output, tagged: more } of remembered) {
      const other = forgotten.next().value;
      tagged += more;
      if (!other || !Buffer.from(output).equals(other.output)) expect(differing(output, other?.output)).toBeUndefined();
    }
    expect(forgotten.next().done).toBe(true);
  }
  expect(cacheHits(uncached)).toBe(0);
  return { tagged, hits: cacheHits(cached) };
}

function differing(some: Uint8Array, others: Uint8Array = new Uint8Array()): [string, string] | undefined {
  const [a, b] = [some, others].map((bytes) => Buffer.from(bytes).toString("latin1").split("\n"));
  const line = a.findIndex((text, i) => text !== b[i]);
  return line < 0 ? undefined : [a[line], b[line]];
}

describe("verdicts with and without the cache are equal", () => {
  it("on fixtures and random lines, again and again", () => {
    const random = seededRandom(4);
    const texts = fixtures.toString("latin1").split("\n").slice(0, -1);
    const lines = Array.from({ length: 3000 }, () => randomLine(random, texts));
    const chunk = Buffer.from(`${lines.join("\n")}\n`, "latin1");
    const { tagged, hits } = compare([fixtures, chunk, fixtures, chunk, fixtures]);
    expect(tagged).toBeGreaterThan(200);
    expect(hits).toBeGreaterThan(2000);
  });

  it("on the hostile corpus", () => {
    const { tagged } = compare(hostileChunks(50_000, 6));
    expect(tagged).toBeGreaterThan(20); // sources that were never met are one incident
  });

  it("on odd texts that come again and again, of which every hundredth is told", () => {
    const random = seededRandom(8);
    const number = (below: number) => Math.floor(random() * below);
    const odd = [
      () => `the reconciler of ledger ${number(90)} found ${number(9000)} orphans`,
      () => `quorum was lost between shards ${number(9)} and ${number(9)}`,
      () => `ERROR the reconciler gave up after ${number(900)} tries`,
      () => `panic: the reconciler of ledger ${number(90)} met itself`,
      () => `{"level":"warn","msg":"lease ${number(9)} of \\"shard\\" was stolen","took":${number(90)}}`,
      () => `level=info msg="lease ${number(9)} was stolen again" shard=${number(1e9).toString(16)}`,
      () => `Nov 28 10:00:0${number(9)} host reconciler[${number(9000)}]: lease of 192.0.2.${number(9)} was stolen`,
    ];
    const chunks = Array.from({ length: 400 }, () =>
      Buffer.from(Array.from({ length: 12 }, () => `${odd[number(odd.length)]()}\n`).join("")),
    );
    const { tagged, hits } = compare(chunks, 0, 700n); // three days
    expect(hits).toBeGreaterThan(2000);
    expect(tagged).toBeGreaterThan(40);
    expect(tagged).toBeLessThan(1000);
  });

  it("on ordinary texts whose sources, levels, numbers and fields differ in digits or identifiers alone", async () => {
    const random = seededRandom(9);
    const number = (below: number) => Math.floor(random() * below);
    const hex = () => (number(1e9) + 1e9).toString(16);
    let digits = 4;
    const isToday = () => digits > 4;
    const sources = [
      ...["app1", "app2", "app", "worker-3-of-the-night", "worker-4-of-the-night", "w1", "2"],
      ...[() => `${hex()}a`, () => `${["anna", "bert", "carl", "dora"][number(isToday() ? 4 : 2)]}-queues-7a`],
    ];
    const source = () => {
      const made = sources[number(sources.length)];
      return typeof made === "string" ? made : made();
    };
    const stamp = () => `Nov 21 02:${10 + number(50)}:${10 + number(50)}`;
    const size = () => number(10 ** number(digits));
    const level = () => 10 * (1 + number(isToday() ? 6 : 3));
    const klogHead = () => `I1121 02:${10 + number(50)}:11.123456 7 ${source()}.go:${number(300)}]`;
    const kinds = [
      () => `${stamp()} host ${source()}[${number(9000)}]: ${number(9)} articles of ${hex()} packed`,
      () => `${stamp()} host ${source()}: queue ${number(9)} is at ${size()}`,
      () => `${klogHead()} "Syncing" pod="shop/web-${hex()}-x2" n=${number(9)}`,
      () => `level=${["info", "warn"][number(2)]} app=${source()} msg="packed ${number(9)}" duration=${size()}ms`,
      () => `{"level":${level()},"app":"${source()}","msg":"packed ${number(9)}","bytes":${size()}}`,
      () => `{"level":"info","logger":"a.${source()}","msg":"packed ${number(9)}","id":"${hex()}","rows":${size()}}`,
    ];
    const chunk = (lines: number) =>
      Buffer.from(Array.from({ length: lines }, () => `${kinds[number(kinds.length)]()}\n`).join(""));
    const { model: learnt } = await learnText(chunk(6000).toString().replaceAll("app2", "app1"));
    digits = 12;
    const chunks = Array.from({ length: 20 }, () => chunk(500));
    const { tagged, hits } = compare(chunks, batchFlag.all, 60n, learnt);
    expect(hits).toBeGreaterThan(6000);
    expect(tagged).toBeGreaterThan(20);
    expect(compare(chunks, 0, 60n, learnt).tagged).toBeGreaterThan(20);
  });

  it("on access lines of hosts that erred or sent a keyword, with responses of all sizes", async () => {
    const random = seededRandom(10);
    const number = (below: number) => Math.floor(random() * below);
    const { model: learnt } = await learnText(`${shopVisits(1, 6000).join("\n")}\n`);
    const visits = shopVisits(2, 6000);
    const lines = visits.map((line) => {
      const chance = number(200);
      if (chance < 4) return line.replace(/ \d{3} \d+ /, ` ${chance < 2 ? 500 : 404} 312 `);
      if (chance < 6) return line.replace(/"[^"]*"$/, '"sqlmap /etc/passwd"');
      if (chance < 16) return line.replace(/ (\d{3}) \d+ /, (_, status) => ` ${status} ${10 ** (4 + number(6))} `);
      return line;
    });
    const chunks = Array.from({ length: 24 }, (_, i) =>
      Buffer.from(`${lines.slice(250 * i, 250 * i + 250).join("\n")}\n`),
    );
    const { tagged, hits } = compare([...chunks, ...chunks], 0, 0n, learnt);
    expect(hits).toBeGreaterThan(6000);
    expect(tagged).toBeGreaterThan(20);
  });

  if (logs.length === 0) it.skip("on real logs: ODDLINE_DATA (../shared/data) has none", () => {});
  else {
    it("on every line of the real logs", () => {
      const { tagged, hits } = compare(wholeChunks());
      expect(tagged).toBeGreaterThan(200);
      expect(hits).toBeGreaterThan(100_000);
      expect(compare(wholeChunks(), 0).tagged).toBeGreaterThan(200);
    });
  }
});

function* wholeChunks(): Generator<Buffer> {
  for (const log of logs) {
    const bytes = log.read();
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(0x0a, start + (1 << 22)) + 1 || bytes.length;
      yield bytes.subarray(start, end);
      start = end;
    }
  }
}
