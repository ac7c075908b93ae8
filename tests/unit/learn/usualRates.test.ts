/** How often what usually comes: what comes every night is usual, however short it lasts; one burst is not. */
import { describe, expect, it } from "vitest";
import { usualRates } from "../../../host/learn/usualRates.js";
import { RateStore } from "../../../host/signatures/rateStore.js";
import type { LearningRecord } from "../../../host/wasm/learningRecords.js";

const hour = 3600;
const day = 24 * hour;
const start = 20_000 * day;
const days = 14;
const kind = { kindLow: 77, kindHigh: 99 };
const other = { kindLow: 0, kindHigh: 0 };
const line = { key: 0, isError: false, login: 0, sourceLow: 2, sourceHigh: 0, ...other };

/** Usual counts of a kind of which by day so many come in each minute from one o'clock on, and others at any time. */
function usualOf(minutesOf: (day: number) => number[]) {
  const store = new RateStore();
  const count = (seconds: number, of: typeof other) => store.count({ ...line, ...of, seconds } as LearningRecord);
  for (let hours = 0; hours < days * 24; hours++) count(start + hours * hour, other);
  for (let d = 0; d < days; d++)
    for (const [minute, times] of minutesOf(d).entries())
      for (let i = 0; i < times; i++) count(start + d * day + hour + minute * 60, kind);
  return usualRates(store)?.find(({ low }) => low === kind.kindLow) ?? { short: 0, long: 0 };
}

describe("what usually comes", () => {
  it("is what comes in one minute of each night", () => {
    expect(usualOf(() => [50])).toMatchObject({ short: 50, long: 50 });
    expect(usualOf(() => [10, 40, 10])).toMatchObject({ short: 40, long: 60 });
  });

  it("is not what came in one burst, of a minute or of ten", () => {
    expect(usualOf((d) => (d === 5 ? [50] : []))).toMatchObject({ short: 0, long: 0 });
    expect(usualOf((d) => (d === 5 ? Array(10).fill(50) : []))).toMatchObject({ short: 0, long: 0 });
    expect(usualOf((d) => (d === 5 ? Array(10).fill(50) : [5]))).toMatchObject({ short: 5, long: 5 });
  });

  it("is all that came where the log is short", () => {
    const store = new RateStore();
    for (let i = 0; i < 3 * 60; i++) store.count({ ...line, ...kind, seconds: start + i * 60 } as LearningRecord);
    for (let i = 0; i < 30; i++) store.count({ ...line, ...kind, seconds: start + 60 } as LearningRecord);
    expect(usualRates(store)?.find(({ low }) => low === kind.kindLow)).toMatchObject({ short: 31, long: 40 });
  });
});
