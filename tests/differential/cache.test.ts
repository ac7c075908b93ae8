/** A verdict from the cache is the verdict: the same lines through two engines, one of which remembers nothing. */
import { writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { batchFlag, Engine } from "../../host/wasm/engine.js";
import { fixtureLines } from "../support/fixtures.js";
import { hostileChunks, hostileLines, seededRandom } from "../support/hostile.mjs";
import { learnFiles, withFolder } from "../support/learning.js";
import { randomLine } from "../support/randomLines.js";
import { realLogs } from "../support/realLogs.js";

const seconds = 1_795_227_069n;
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

function newEngine(): Engine {
  const engine = new Engine(7n);
  engine.useModel(model, "learnt here");
  return engine;
}

function cacheHits(engine: Engine): number {
  return Number((engine.exports.cacheHits as WebAssembly.Global).value);
}

/** Compares every event that both write; returns how many lines were tagged and how many came from the cache. */
function compare(chunks: Iterable<Uint8Array>): { tagged: number; hits: number } {
  const [cached, uncached] = [newEngine(), newEngine()];
  let tagged = 0;
  for (const chunk of chunks) {
    const remembered = cached.tag(chunk, { flags: batchFlag.all, seconds });
    const forgotten = uncached.tag(chunk, { flags: batchFlag.all | batchFlag.noCache, seconds });
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

  if (logs.length === 0) it.skip("on real logs: ODDLINE_DATA (../shared/data) has none", () => {});
  else {
    it("on every line of the real logs", () => {
      const { tagged, hits } = compare(wholeChunks());
      expect(tagged).toBeGreaterThan(200);
      expect(hits).toBeGreaterThan(100_000);
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
