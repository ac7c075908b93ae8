/** What came once is counted without a place in a table; which values those are changes nothing that is counted. */
import { describe, expect, it } from "vitest";
import { Recurrence } from "../../../host/learn/recurrence.js";
import { LoneGroups, nobody, withMore } from "../../../host/learn/singles.js";
import { Statistics } from "../../../host/learn/statistics.js";
import type { Witnesses } from "../../../host/signatures/signatureStore.js";
import { featureBytes, featureKinds } from "../../../host/wasm/layout.js";
import { seededRandom } from "../../support/hostile.mjs";

const random = seededRandom(7);
const below = (n: number) => Math.floor(random() * n);
const hash = () => below(2 ** 32);

describe("what may come again", () => {
  it("is said of all that does, and of few others", () => {
    const recurrence = new Recurrence(20_000);
    const hashes = Array.from({ length: 20_000 }, () => [hash(), hash()] as const);
    for (const [low, high] of hashes) recurrence.note(low, high);
    for (const [low, high] of hashes.slice(0, 5000)) recurrence.note(low, high);
    const again = hashes.map(([low, high]) => recurrence.mayRecur(low, high));
    expect(again.slice(0, 5000).every(Boolean)).toBe(true);
    expect(again.slice(5000).filter(Boolean).length).toBeLessThan(15_000 / 8);
  });
});

const witnessesOf = (key: number): Witnesses => ({
  keyless: key === 0,
  keys: Uint32Array.from(key === 0 ? [] : [key]),
  networks: Uint32Array.from(key === 0 ? [] : [key % 50 || 1]),
  days: key === 0 ? [] : [1],
  hours: 1,
});

const words = featureBytes / 4;

function keepWhere(statistics: Statistics, holds: (low: number) => boolean): void {
  const numbers = Uint32Array.from({ length: statistics.groups.size }, (_, group) => group);
  statistics.keepGroups(numbers.filter((group) => holds(statistics.groups.low[group])));
}

function valuesWhere(features: Uint32Array, holds: (low: number) => boolean): string[] {
  const starts = Array.from({ length: features.length / words }, (_, feature) => feature * words);
  return starts.filter((at) => holds(features[at])).map((at) => features.slice(at, at + 4).join());
}

describe("counts of groups", () => {
  const kinds = [featureKinds.child, featureKinds.valueShape, featureKinds.template, featureKinds.outcome, 0x106];
  /** Few groups that many lines have and many that few have, of few values and of many. */
  const lines = Array.from({ length: 4000 }, () => {
    const features = new Uint32Array(6 * words);
    for (let at = 0; at < features.length; at += words) {
      const group = below(2) ? below(40) : below(100_000);
      const value = below(2) ? below(20) : below(100_000);
      features.set([group, 7, group * 1000 + value, value, kinds[group % kinds.length]], at);
    }
    return { features, key: below(10) ? 1 + below(300) : 0, weight: below(8) ? 1 : 2 };
  });

  it("are the same with and without places for what comes once", () => {
    const recurrence = new Recurrence(50_000);
    for (const { features } of lines) {
      for (let at = 0; at < features.length; at += words) {
        recurrence.note(features[at], features[at + 1]);
        recurrence.note(features[at + 2], features[at + 3]);
      }
    }
    const senders = {
      firstKey: (line: number) => lines[line].key,
      firstNetwork: (line: number) => lines[line].key % 50 || 1,
    };
    const [plain, sparing] = [new Statistics(4000, 1), new Statistics(4000, 1, recurrence, senders)];
    for (const statistics of [plain, sparing]) {
      for (const [line, { features, key, weight }] of lines.entries())
        statistics.add(features, weight, witnessesOf(key), line);
      statistics.finish();
    }
    const singles = [...sparing.singles.each()].length;
    expect(singles).toBeGreaterThan(1000);
    expect(sparing.loneGroups.size).toBeGreaterThan(1000);
    expect(sparing.values.size + singles + sparing.loneGroups.size).toBe(plain.values.size);
    expect(sparing.groups.size + sparing.loneGroups.size).toBe(plain.groups.size);
    for (let group = 0; group < sparing.groups.size; group++) {
      const same = plain.groups.find(sparing.groups.low[group], sparing.groups.high[group]);
      expect(sparing.escapeProbability(group)).toBe(plain.escapeProbability(same));
    }
    const leftOut = (statistics: Statistics) => lines.map(({ features }, line) => statistics.leftOut(features, line));
    const expected = leftOut(plain);
    expect(leftOut(sparing)).toEqual(expected);
    for (const statistics of [plain, sparing]) keepWhere(statistics, () => true);
    expect(leftOut(plain)).toEqual(expected);
    expect(leftOut(sparing)).toEqual(expected);
    for (const statistics of [plain, sparing]) keepWhere(statistics, (low) => low % 3 > 0);
    expect(leftOut(sparing)).toEqual(leftOut(plain));
    expect(leftOut(plain)).not.toEqual(expected);
    expect(plain.values.size).toBe(
      new Set(lines.flatMap(({ features }) => valuesWhere(features, (low) => low % 3 > 0))).size,
    );
  });
});

describe("groups that came once", () => {
  it("are listed by their hashes where that they were met is kept, and counted by kind", () => {
    const groups = new LoneGroups((kind) => kind === 1);
    const hashes = Array.from({ length: 70_000 }, () => [hash(), hash()] as const);
    hashes.forEach(([low, high], i) => {
      groups.add(low, high, i % 2);
    });
    const kept = hashes.filter((_, i) => i % 2).map(([low, high]) => (BigInt(high) << 32n) | BigInt(low));
    expect([...groups.sorted()]).toEqual(kept.sort((a, b) => (a < b ? -1 : 1)));
    expect([groups.size, groups.ofKind(0), groups.ofKind(1), groups.ofKind(2)]).toEqual([70_000, 35_000, 35_000, 0]);
  });
});

it("a handful of distinct numbers is kept up to so many", () => {
  expect(withMore(nobody, [], 3)).toBe(nobody);
  expect(withMore(withMore(nobody, [5, 5, 7], 3), [7, 9, 11], 3)).toEqual([5, 7, 9]);
});
