/** The largest numbers of an end by stretch of its past. */
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../host/math/random.js";
import { Stretches } from "../../../host/network/stretches.js";
import { dayMs, firstDayMs } from "../../support/networkScenes.js";

describe("stretches of time", () => {
  const random = seededRandom(5);
  const windows = Array.from({ length: 900 }, (): [number, number[]] => {
    return [firstDayMs + Math.floor(random() * 8000) * 300_000, Array.from({ length: 5 }, () => 1e6 * random() ** 9)];
  });
  const filled = (some: [number, number[]][]) => {
    const stretches = new Stretches();
    for (const [startMs, values] of some) stretches.add(startMs, values);
    return stretches;
  };

  it("are the same in any order of the windows", () => {
    expect(filled([...windows].reverse())).toEqual(filled(windows));
    expect(filled([...windows].sort(([a], [b]) => a - b))).toEqual(filled(windows));
  });

  it("hold the largest numbers before and after a time, to a quarter of an octave", () => {
    const stretches = filled(windows);
    const all = windows.map(([startMs]) => startMs);
    const cut = Math.max(...all) - 7 * dayMs;
    const before = stretches.before(cut);
    const from = stretches.from(cut);
    expect(before.windows + from.windows).toBe(900);
    for (let i = 0; i < 5; i++) {
      const largest = Math.max(...windows.map(([, values]) => values[i]));
      const known = Math.max(before.largest[i], from.largest[i]);
      expect(known).toBeGreaterThanOrEqual(largest / 1.2);
      expect(known).toBeLessThanOrEqual(largest * 1.2);
    }
    // a stretch that begins before the time is before it
    const early = windows.filter(([startMs]) => startMs < cut).length;
    expect(before.windows).toBeGreaterThanOrEqual(early);
    expect(before.windows).toBeLessThanOrEqual(early + 40);
  });

  it("begin with times from 0", () => {
    const stretches = filled([
      [0, [1, 1, 1, 1, 1]],
      [3_600_000, [9, 9, 9, 9, 9]],
    ]);
    expect(stretches.before(60_000)).toEqual({ windows: 1, largest: [1, 1, 1, 1, 1] });
    expect(stretches.from(60_000).windows).toBe(1);
  });
});
