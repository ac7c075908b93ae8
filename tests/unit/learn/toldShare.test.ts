/** Whether a refresh is refused depends on what an operator would be told, and of an incident that is little. */
import { describe, expect, it } from "vitest";
import { calibrate, type LeftOutLine } from "../../../host/learn/calibrate.js";
import { learnText } from "../../support/learning.js";

const words = [..."abcdefghijklmnopqrstuvwx"].map((letter) => `${letter}${letter}ready`);
/** Of words that the log has otherwise too, but never together. */
const mixed = (n: number) => [0, 5, 11, 15].map((by, at) => words[(n * (at < 2 ? 1 : 7) + by) % 24]).join(" ");

/** A short log that begins with `kinds` lines of which none is like another, one every `apartSeconds`. */
function shortLog(kinds: number, apartSeconds: number, isTimed = true): string {
  const line = (seconds: number, text: string) => {
    const at = new Date(1.79e12 + seconds * 1000).toISOString().slice(0, 19);
    return isTimed ? `${at}Z INFO ${text}\n` : `INFO ${text}\n`;
  };
  const starts = Array.from({ length: kinds }, (_, n) => line(n * apartSeconds, mixed(n)));
  const rest = Array.from({ length: 970 }, (_, n) =>
    line(7200 + n, `${words[(2 * n) % 24]} ${words[(2 * n + 1) % 24]} ${n}`),
  );
  return [...starts, ...rest].join("");
}

describe("the share of lines that would be told", () => {
  it("counts an incident as the filter does", () => {
    const line = (seconds: number, source: string, weight = 1): LeftOutLine => {
      return { weight, isRequest: false, surprise: 50, outlier: 0, owner: 0, first: { seconds, source } };
    };
    const ordinary: LeftOutLine = { weight: 3000, isRequest: false, surprise: 0, outlier: 0, owner: 0 };
    const tags = (odd: LeftOutLine[]) => {
      const { toldShare, leftOutShare } = calibrate([ordinary, ...odd], 0.001);
      const total = [ordinary, ...odd].reduce((sum, { weight }) => sum + weight, 0);
      return [leftOutShare, toldShare].map((share) => Math.round(share * total));
    };
    const every = (seconds: number, count: number) => Array.from({ length: count }, (_, n) => line(n * seconds, "a"));
    expect(tags(every(10, 20))).toEqual([20, 3]);
    expect(tags(every(11, 20))).toEqual([20, 20]);
    expect(tags(every(1, 205).reverse())).toEqual([205, 5]);
    expect(tags(every(1, 10).map((one, n) => ({ ...one, first: { seconds: n, source: `${n % 2}` } })))).toEqual([
      10, 6,
    ]);
    expect(tags([...every(1, 3), line(3, "a", 7)])).toEqual([10, 9]);
    expect(tags(every(1, 20).map((one) => ({ ...one, first: undefined })))).toEqual([20, 20]);
  });

  it("is small where a short log began with a start, and large where news came all the time", async () => {
    const { summary } = await learnText(shortLog(30, 1));
    expect(summary.calibration.leftOutShare).toBeGreaterThan(0.01);
    expect(summary.calibration.toldShare).toBeLessThan(0.005);
    for (const log of [shortLog(30, 60), shortLog(30, 1, false)]) {
      const { calibration } = (await learnText(log)).summary;
      expect(calibration.toldShare).toBe(calibration.leftOutShare);
      expect(calibration.toldShare).toBeGreaterThan(0.01);
    }
  });
});
