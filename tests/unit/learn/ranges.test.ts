/** Numbers: what is usual of them does not depend on the order of lines, on how they were cut, or on one sender. */
import { describe, expect, it } from "vitest";
import { learnRanges } from "../../../host/learn/ranges.js";
import { readSummaries, writeSummary } from "../../../host/learn/summary.js";
import { halves } from "../../../host/math/hashIndex.js";
import { seededRandom } from "../../../host/math/random.js";
import { RangeStore } from "../../../host/signatures/rangeStore.js";
import { SignatureStore } from "../../../host/signatures/signatureStore.js";
import { Engine } from "../../../host/wasm/engine.js";

const engine = new Engine();
const size = 0x1234n;
const ofText = 0x1235n;

interface Seen {
  value: number;
  key?: number;
  network?: number;
  day?: number;
}

function add(store: RangeStore, field: bigint, seen: Seen[]): RangeStore {
  const [low, high] = halves(field);
  for (const { value, key = 0, network = key, day = 1 } of seen) store.add(low, high, value, key, network, day);
  return store;
}

/** The largest that counts as usual, and how many lines; undefined where the field is not learnt. */
function usual(field: bigint, seen: Seen[]) {
  const [entry] = learnRanges(engine, add(new RangeStore(), field, seen));
  if (!entry) return undefined;
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, entry.count);
  return { largest: view.getFloat32(0), lines: entry.once };
}

const times = (count: number, make: (i: number) => Seen) => Array.from({ length: count }, (_, i) => make(i));

describe("what is usual of a number", () => {
  it("is the largest of lines without a key, and of few keys", () => {
    expect(
      usual(
        size,
        times(60, (i) => ({ value: i })),
      ),
    ).toEqual({ largest: 59, lines: 60 });
    expect(
      usual(
        size,
        times(60, (i) => ({ value: i, key: 1 + (i % 9) })),
      ),
    ).toEqual({ largest: 59, lines: 60 });
    expect(
      usual(
        size,
        times(60, () => ({ value: 0.25 })),
      ),
    ).toEqual({ largest: 1, lines: 60 });
  });

  it("is not learnt from fewer than fifty lines", () => {
    expect(
      usual(
        size,
        times(49, (i) => ({ value: i })),
      ),
    ).toBeUndefined();
  });

  it("is what three networks reached, or two days, where ten keys or more are", () => {
    const others = times(100, (i) => ({ value: 100 + (i % 20), key: 1 + i }));
    const alone = (day: number) => ({ value: 1e9, key: 500, network: 500, day });
    expect(usual(size, [...others, ...times(50, () => alone(1))])).toEqual({ largest: 119, lines: 150 });
    expect(usual(size, [...others, alone(1), alone(2)])!.largest).toBe(1e9);
    const three = times(3, (i) => ({ value: 1e9 + i, key: 500 + i }));
    expect(usual(size, [...others, ...three])!.largest).toBe(1e9);
    expect(usual(size, [...others, ...three.slice(1)])!.largest).toBe(119);
  });

  it("is nothing for identifiers in texts", () => {
    const random = seededRandom(2);
    const orders = times(5000, () => ({ value: 100_000 + Math.floor(900_000 * random()) }));
    expect(usual(ofText, orders)).toBeUndefined();
    expect(
      usual(
        ofText,
        times(5000, (i) => ({ value: i })),
      ),
    ).toBeUndefined();
    expect(
      usual(
        ofText,
        times(5000, (i) => ({ value: i % 80 })),
      ),
    ).toEqual({ largest: 79, lines: 5000 });
    expect(
      usual(
        ofText,
        times(5000, () => ({ value: Math.floor(10 ** (6 * random())) })),
      ),
    ).toBeDefined();
    expect(usual(size, orders)).toBeDefined();
  });

  it("is the same in any order and in parts, also through summaries", async () => {
    const random = seededRandom(7);
    const seen = times(3000, () => ({
      ...{
        value: Math.floor(10 ** (7 * random())),
        key: 1 + Math.floor(40 * random()),
        day: 1 + Math.floor(3 * random()),
      },
      network: 1 + Math.floor(12 * random()),
    }));
    const fields = [size, ofText, 0xfedcba9876543210n];
    const stores = [seen, seen.toReversed()].map((lines) => {
      const store = new SignatureStore();
      lines.forEach((line, i) => {
        add(store.ranges, fields[lines === seen ? i % 3 : (seen.length - 1 - i) % 3], [line]);
      });
      return store;
    });
    const parts = times(4, () => ({ value: 0 })).map(() => new SignatureStore());
    seen.forEach((line, i) => {
      add(parts[Math.floor(4 * random())].ranges, fields[i % 3], [line]);
    });
    const merged = new SignatureStore();
    const sources = parts.map((part, number) => ({
      ...{ name: `part ${number}`, sizeBytes: undefined },
      open: async function* () {
        yield Buffer.from([...writeSummary(part)].join(""));
      },
    }));
    await readSummaries(engine, sources, merged);
    const [whole, ...others] = [...stores, merged].map(({ ranges }) => [...ranges.sorted()]);
    for (const other of others) expect(other).toEqual(whole);
  });
});

describe("more fields than are kept", () => {
  it("leaves the commonest, and of those that came as often the ones with the smallest number", () => {
    const random = seededRandom(5);
    const store = new RangeStore();
    const fields = 100_000; // no cut before the end
    for (let i = 0; i < fields; i++) add(store, BigInt(i * 3 + 1), [{ value: i }]);
    const common = new Set(Array.from({ length: 500 }, () => BigInt(3 * Math.floor(fields * random()) + 1)));
    for (const field of common) add(store, field, [{ value: 9 }, { value: 10 }]);
    const kept = [...store.sorted()];
    expect(kept.length).toBe(50_000);
    const rare = kept.filter(([field]) => !common.has(field));
    expect(kept.length - rare.length).toBe(common.size);
    const smallest = Array.from({ length: fields }, (_, i) => BigInt(i * 3 + 1)).filter((field) => !common.has(field));
    expect(rare.map(([field]) => field)).toEqual(smallest.slice(0, rare.length));
    const [, first] = rare[1];
    expect(first).toMatchObject({ lines: 1, largest: Number((rare[1][0] - 1n) / 3n), days: [[1, first.largest]] });
  });
});
