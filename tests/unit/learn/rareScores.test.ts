/** Scores that one ordinary line in 10,000 and in 100,000 reaches: the tail of what was learnt, each line left out. */
import { describe, expect, it } from "vitest";
import { calibrate, type LeftOutLine } from "../../../host/learn/calibrate.js";

const request = (surprise: number, owner = 0, news: LeftOutLine["news"] = "request"): LeftOutLine => ({
  ...{ weight: 1, isRequest: true, outlier: 0 },
  ...{ surprise, owner, news },
});
const ordinary = (weight: number): LeftOutLine => ({ ...request(0), weight });

/** In nats. */
function rare(lines: LeftOutLine[]) {
  const { rare, requestSurprise } = calibrate(lines, 0.001);
  const nats = ({ medium, high }: { medium: number; high: number }) => [medium, high].map((is) => is * requestSurprise);
  const [ofRest, path, missingPath] = [rare.request, rare.path, rare.missingPath].map(nats);
  return { request: ofRest, path, missingPath, rare };
}

/** As many lines as `count`, of which one in n exceeds `mean` times the logarithm of n. */
const exponential = (count: number, mean: number) =>
  Array.from({ length: count }, (_, i) => request(mean * Math.log(count / (i + 0.5))));

describe("how rare a score is", () => {
  it("goes on as an exponential tail does", () => {
    for (const count of [4000, 20_000, 100_000]) {
      const [medium, high] = rare(exponential(count, 1.5)).request;
      for (const [found, share] of [
        [medium, 10_000],
        [high, 100_000],
      ]) {
        expect(found / (1.5 * Math.log(share))).toBeGreaterThan(0.95);
        expect(found / (1.5 * Math.log(share))).toBeLessThan(1.15);
      }
    }
  });

  it("is not fooled by a tail that is heavier than the body", () => {
    // one in 2,000 is far above all others
    const lines = Array.from({ length: 20_000 }, (_, i) => request(i % 2000 === 0 ? 14 : 1 + (i % 100) / 100));
    const [medium, high] = rare(lines).request;
    expect(medium).toBeGreaterThanOrEqual(14);
    expect(high).toBeGreaterThanOrEqual(medium);
  });

  it("counts each sender of what nobody vouches for once", () => {
    const from = (senders: number) =>
      rare([...exponential(20_000, 1), ...Array.from({ length: 60 }, (_, i) => request(30, 1 + (i % senders)))]);
    expect(from(1).request[0]).toBeLessThan(15);
    expect(from(60).request[0]).toBeGreaterThanOrEqual(30);
  });

  it("keeps news of paths apart: who asks for paths that are not there makes nothing else ordinary", () => {
    const probes = Array.from({ length: 60 }, (_, i) => request(16 + (i % 7) / 10, 1 + i, "missingPath"));
    const with60 = (lines: LeftOutLine[]) => rare([...exponential(20_000, 1), ...lines]);
    const { missingPath, ...others } = with60(probes);
    expect(missingPath[0]).toBeGreaterThan(16);
    for (const news of ["request", "path"] as const) {
      // the threshold is higher with them, and nothing is below it
      const without = with60([ordinary(60)])[news].map((nats) => Math.max(nats, 16.4));
      expect(others[news]).toEqual(without.map((nats) => expect.closeTo(nats, 6)));
    }
  });

  it("of a handful of lines that tell is beyond the largest of them", () => {
    const [medium, high] = rare([ordinary(20_000), request(13), request(9)]).request;
    expect(medium).toBeCloseTo(Math.log(10_000), 6);
    expect(high).toBeCloseTo(13 + Math.log(5), 3);
  });

  it("takes nats at their word where no line tells, and ratios where too few lines were learnt", () => {
    const { request: nats } = rare([ordinary(20_000)]);
    expect(nats).toEqual([10_000, 100_000].map((n) => expect.closeTo(Math.log(n), 6)));
    expect(rare(exponential(1000, 1)).rare.request).toEqual({ medium: 1.5, high: 3 });
  });
});
