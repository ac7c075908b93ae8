/**
 * More distinct forms than a store keeps: what is said of the error holds, on any stream, however it is cut and merged.
 */
import { describe, expect, it } from "vitest";
import { type FormEntry, FormStore } from "../../../host/forms/formStore.js";
import { readSummaries, writeSummary } from "../../../host/learn/summary.js";
import { seededRandom } from "../../../host/math/random.js";
import { Engine } from "../../../host/wasm/engine.js";

const engine = new Engine();

function entryOf(form: number, lines = 1): FormEntry {
  return {
    bytes: Buffer.from(`T form ${form}`),
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

function add(store: FormStore, entry: FormEntry): void {
  const hash = engine.hashBytes(entry.bytes);
  store.addEntry(Number(hash & 0xffffffffn), Number(hash >> 32n), entry);
}

function countsOf(store: FormStore): Map<string, number> {
  return new Map([...store.sorted()].map((form) => [Buffer.from(store.bytes(form)).toString(), store.counts[form]]));
}

async function merged(summaries: string[], formsMax: number): Promise<FormStore> {
  const store = new FormStore(formsMax);
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

/** Forms by popularity: some in most lines, many in one each. */
function streamOf(seed: number, lines: number, forms: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: lines }, () => Math.floor(forms * random() ** (1 + (seed % 4))));
}

function check(store: FormStore, truth: Map<string, number>, lines: number): void {
  const counts = countsOf(store);
  expect(store.size).toBe(Math.min(truth.size, store.formsMax));
  expect(store.lines).toBe(lines);
  let missed = 0;
  const wrong: string[] = [];
  for (const [form, count] of truth) {
    const kept = counts.get(form) ?? 0;
    if (kept > count || count - kept > store.missedMax) wrong.push(`${form}: ${kept} of ${count}`);
    missed += count - kept;
  }
  expect(wrong).toEqual([]);
  expect(missed).toBe(store.linesNotLearnt);
  if (truth.size <= store.formsMax) expect(store.missedMax).toBe(0);
}

function truthOf(stream: number[]): Map<string, number> {
  const truth = new Map<string, number>();
  for (const form of stream) truth.set(`T form ${form}`, (truth.get(`T form ${form}`) ?? 0) + 1);
  return truth;
}

describe("a store with more forms than it keeps", () => {
  for (let seed = 1; seed <= 12; seed++) {
    it(`bounds what is missing, in one pass and merged (seed ${seed})`, async () => {
      const formsMax = 20 + seed * 7;
      const stream = streamOf(seed, 4000, seed % 3 === 0 ? formsMax : 1500);
      const truth = truthOf(stream);
      const whole = new FormStore(formsMax);
      for (const form of stream) add(whole, entryOf(form));
      whole.cut();
      check(whole, truth, stream.length);

      const random = seededRandom(seed + 100);
      const parts = Array.from({ length: 1 + Math.floor(random() * 6) }, () => new FormStore(formsMax));
      for (const form of stream) add(parts[Math.floor(random() * parts.length)], entryOf(form));
      const summaries = parts.map((part) => [...writeSummary(part)].join(""));
      for (const order of [summaries, summaries.toReversed()])
        check(await merged(order, formsMax), truth, stream.length);
      // … and as a tree, a merge of merges
      const left = [...writeSummary(await merged(summaries.slice(0, 2), formsMax))].join("");
      check(await merged([...summaries.slice(2), left], formsMax), truth, stream.length);
    });
  }

  it("keeps what becomes common late", () => {
    const store = new FormStore(100);
    for (let form = 0; form < 5000; form++) add(store, entryOf(form));
    for (let line = 0; line < 400; line++) {
      add(store, entryOf(1_000_000));
      add(store, entryOf(10_000 + line));
    }
    store.cut();
    expect(countsOf(store).get("T form 1000000")).toBe(400);
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
      const whole = new FormStore();
      for (const entry of entries) add(whole, entry);
      whole.newestEventSeconds = 500;
      const expected = [...writeSummary(whole)].join("");

      const parts = Array.from({ length: 1 + Math.floor(random() * 8) }, () => new FormStore());
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
