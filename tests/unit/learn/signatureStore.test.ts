/**
 * More distinct signatures than a store keeps: what is said of the error holds, on any stream, however it is cut and
 * merged.
 */
import { describe, expect, it } from "vitest";
import { readSummaries, writeSummary } from "../../../host/learn/summary.js";
import { seededRandom } from "../../../host/math/random.js";
import { type SignatureEntry, SignatureStore } from "../../../host/signatures/signatureStore.js";
import { Engine } from "../../../host/wasm/engine.js";

const engine = new Engine();

function entryOf(signature: number, lines = 1): SignatureEntry {
  return {
    bytes: Buffer.from(`T signature ${signature}`),
    lines,
    taggedLines: 0,
    keys: [],
    networks: [],
    keyless: true,
    days: [],
    taggedDays: [],
    hours: 0,
  };
}

function add(store: SignatureStore, entry: SignatureEntry): void {
  const hash = engine.hashBytes(entry.bytes);
  store.addEntry(Number(hash & 0xffffffffn), Number(hash >> 32n), entry);
}

function countsOf(store: SignatureStore): Map<string, number> {
  return new Map(
    [...store.sorted()].map((signature) => [Buffer.from(store.bytes(signature)).toString(), store.counts[signature]]),
  );
}

async function merged(summaries: string[], signaturesMax: number): Promise<SignatureStore> {
  const store = new SignatureStore(signaturesMax);
  const sources = summaries.map((text, number) => ({
    name: `part ${number}`,
    sizeBytes: undefined,
    open: async function* () {
      yield Buffer.from(text);
    },
  }));
  await readSummaries(engine, sources, store);
  store.cut();
  return store;
}

/** Signatures by popularity: some in most lines, many in one each. */
function streamOf(seed: number, lines: number, signatures: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: lines }, () => Math.floor(signatures * random() ** (1 + (seed % 4))));
}

function check(store: SignatureStore, truth: Map<string, number>, lines: number): void {
  const counts = countsOf(store);
  expect(store.size).toBe(Math.min(truth.size, store.signaturesMax));
  expect(store.lines).toBe(lines);
  let missed = 0;
  const wrong: string[] = [];
  for (const [signature, count] of truth) {
    const kept = counts.get(signature) ?? 0;
    if (kept > count || count - kept > store.missedMax) wrong.push(`${signature}: ${kept} of ${count}`);
    missed += count - kept;
  }
  expect(wrong).toEqual([]);
  expect(missed).toBe(store.linesNotLearnt);
  if (truth.size <= store.signaturesMax) expect(store.missedMax).toBe(0);
}

function truthOf(stream: number[]): Map<string, number> {
  const truth = new Map<string, number>();
  for (const signature of stream)
    truth.set(`T signature ${signature}`, (truth.get(`T signature ${signature}`) ?? 0) + 1);
  return truth;
}

describe("a store with more signatures than it keeps", () => {
  for (let seed = 1; seed <= 12; seed++) {
    it(`bounds what is missing, in one pass and merged (seed ${seed})`, async () => {
      const signaturesMax = 20 + seed * 7;
      const stream = streamOf(seed, 4000, seed % 3 === 0 ? signaturesMax : 1500);
      const truth = truthOf(stream);
      const whole = new SignatureStore(signaturesMax);
      for (const signature of stream) add(whole, entryOf(signature));
      whole.cut();
      check(whole, truth, stream.length);

      const random = seededRandom(seed + 100);
      const parts = Array.from({ length: 1 + Math.floor(random() * 6) }, () => new SignatureStore(signaturesMax));
      for (const signature of stream) add(parts[Math.floor(random() * parts.length)], entryOf(signature));
      const summaries = parts.map((part) => [...writeSummary(part)].join(""));
      for (const order of [summaries, summaries.toReversed()])
        check(await merged(order, signaturesMax), truth, stream.length);
      // … and as a tree, a merge of merges
      const left = [...writeSummary(await merged(summaries.slice(0, 2), signaturesMax))].join("");
      check(await merged([...summaries.slice(2), left], signaturesMax), truth, stream.length);
    });
  }

  it("keeps what becomes common late", () => {
    const store = new SignatureStore(100);
    for (let signature = 0; signature < 5000; signature++) add(store, entryOf(signature));
    for (let line = 0; line < 400; line++) {
      add(store, entryOf(1_000_000));
      add(store, entryOf(10_000 + line));
    }
    store.cut();
    expect(countsOf(store).get("T signature 1000000")).toBe(400);
  });
});

describe("summaries of slices", () => {
  for (let seed = 1; seed <= 8; seed++) {
    it(`are the summary of the whole, in any order and grouping (seed ${seed})`, async () => {
      const random = seededRandom(seed);
      const entries = Array.from({ length: 500 }, () => ({
        ...entryOf(Math.floor(random() ** 2 * 200)),
        lines: random() < 0.8 ? 1 : 0,
        keys: random() < 0.7 ? [1 + Math.floor(random() * 40)] : [],
        networks: random() < 0.7 ? [1 + Math.floor(random() * 20)] : [],
        days: [1 + Math.floor(random() * 9)],
        hours: 1 << Math.floor(random() * 24),
        keyless: random() < 0.05,
        ...(random() < 0.2 && { taggedLines: 1, taggedDays: [1 + Math.floor(random() * 9)] }),
      }));
      const whole = new SignatureStore();
      for (const entry of entries) add(whole, entry);
      whole.newestEventSeconds = 500;
      const expected = [...writeSummary(whole)].join("");

      const parts = Array.from({ length: 1 + Math.floor(random() * 8) }, () => new SignatureStore());
      for (const entry of entries) add(parts[Math.floor(random() * parts.length)], entry);
      parts[0].newestEventSeconds = 500;
      let summaries = parts.map((part) => [...writeSummary(part)].join(""));
      while (summaries.length > 1) {
        const [one, other] = [take(summaries, random), take(summaries, random)];
        // concatenated or merged, and merged with itself left out
        const joined = random() < 0.5 ? one + other : [...writeSummary(await merged([one, other], 1e6))].join("");
        summaries = [...summaries, joined];
      }
      expect([...writeSummary(await merged(summaries, 1e6))].join("")).toBe(expected);
    });
  }
});

function take(list: string[], random: () => number): string {
  return list.splice(Math.floor(random() * list.length), 1)[0];
}
