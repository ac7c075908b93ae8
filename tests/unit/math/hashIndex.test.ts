/** Hashes by their numbers, and sets by items, after some were forgotten: the rest is as if they had never come. */
import { expect, it } from "vitest";
import { HashIndex, joined } from "../../../host/math/hashIndex.js";
import { seededRandom } from "../../../host/math/random.js";
import { SmallestSets } from "../../../host/signatures/smallestSets.js";

const random = seededRandom(11);
const below = (n: number) => Math.floor(random() * n);

it("hashes are found by their numbers, in their order, and some alone once the others are forgotten", () => {
  const index = new HashIndex();
  const hashes = Array.from({ length: 3000 }, () => [below(2 ** 32), below(3)] as const);
  for (const [low, high] of hashes) index.add(low, high);
  const hashOf = (number: number) => joined(index.low[number], index.high[number]);
  const rising = (list: bigint[]) => list.toSorted((a, b) => (a < b ? -1 : 1));
  const all = [...new Set(hashes.map(([low, high]) => joined(low, high)))];
  expect([...index.sorted()].map(hashOf)).toEqual(rising(all));

  const kept = Uint32Array.from({ length: index.size }, (_, number) => number).filter((number) => number % 7 === 0);
  const expected = [...kept].map(hashOf);
  index.keepOnly(kept);
  expect(Array.from({ length: index.size }, (_, number) => hashOf(number))).toEqual(expected);
  const numbers = new Map(expected.map((hash, number) => [hash, number]));
  expect(hashes.map(([low, high]) => index.find(low, high))).toEqual(
    hashes.map(([low, high]) => numbers.get(joined(low, high)) ?? -1),
  );
  index.keepOnly(new Uint32Array(0));
  expect([index.add(5, 6), index.add(7, 8), index.add(5, 6), index.size]).toEqual([0, 1, 0, 2]);
});

it("hashes that share a place, or most of their bits, are told apart, and the smallest of some are picked", () => {
  const index = new HashIndex();
  const highs = [0, 1, 0x7fffffff, 0x80000000, 0xfff00000, 0xffffffff];
  const hashes = Array.from({ length: 5000 }, (_, i) => [(i % 50) * 2 ** 20, highs[i % 6] - (i % 7 ? 0 : i)] as const)
    .map(([low, high]) => [low, high >>> 0] as const)
    .concat(Array.from({ length: 5000 }, () => [below(2 ** 32), below(2 ** 32)] as const));
  const numbers = new Map<bigint, number>();
  for (const [low, high] of hashes) {
    const hash = joined(low, high);
    expect(index.find(low, high)).toBe(numbers.get(hash) ?? -1);
    if (!numbers.has(hash)) numbers.set(hash, numbers.size);
    expect(index.add(low, high)).toBe(numbers.get(hash));
  }
  const some = Uint32Array.from(numbers.values()).filter((number) => number % 3 === 0);
  const rising = [...numbers].filter(([, number]) => number % 3 === 0).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const count of [0, 1, 100, some.length, some.length + 1]) {
    const smallest = rising.slice(0, count).map(([, number]) => number);
    expect([...index.least(some, count)]).toEqual(smallest.sort((a, b) => a - b));
  }
});

it("of each item the smallest numbers are kept, while items come and go", () => {
  const sets = new SmallestSets(4);
  let truth: Set<number>[] = [];
  for (let round = 0; round < 8; round++) {
    const size = truth.length + 300;
    for (let draw = 0; draw < 2000; draw++) {
      const [item, number] = [below(size), 1 + below(30)];
      sets.add(item, number);
      truth[item] = (truth[item] ?? new Set()).add(number);
    }
    const items = Array.from({ length: size }, (_, item) => item);
    const smallest = items.map((item) => [...(truth[item] ?? [])].sort((a, b) => a - b).slice(0, 4));
    expect(items.map((item) => [...sets.of(item)])).toEqual(smallest);
    expect(items.map((item) => sets.smallest(item))).toEqual(smallest.map(([first]) => first ?? 0));
    const counts = [2, 3, 4];
    expect(items.map((item) => counts.map((count) => sets.has(item, count)))).toEqual(
      smallest.map(({ length }) => counts.map((count) => length >= count)),
    );
    const kept = Uint32Array.from({ length: size }, (_, item) => item).filter(() => random() < 0.6);
    truth = [...kept].map((item) => truth[item]);
    sets.keepOnly(kept, size);
  }
});
