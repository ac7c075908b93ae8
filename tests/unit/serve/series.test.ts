import { describe, expect, it } from "vitest";
import { type SeriesOptions, SeriesRule, seriesDefaults } from "../../../host/serve/detect/series.js";
import { seededRandom } from "../../support/assemblyBuild.js";

/** The rule word for word, with nothing carried along but the queue itself. */
class Literal {
  queue: number[] = [];
  threshold: number;
  constructor(readonly options: SeriesOptions) {
    this.threshold = options.initialThreshold;
  }
  start() {
    const errors: Record<string, number> = {};
    let state = "NORMAL";
    return (ip: string, isError: boolean) => {
      if (isError) errors[ip] = (errors[ip] || 0) + 1;
      const c = errors[ip] || 0;
      this.queue.push(c);
      if (this.queue.length > this.options.windowSize) this.queue.shift();
      if (this.queue.length === this.options.windowSize) {
        this.threshold =
          (this.queue.reduce((sum, count) => sum + count, 0) / this.options.windowSize) *
          this.options.thresholdMultiplier;
      }
      if (c > this.threshold && state === "NORMAL") {
        state = "ERROR_RATE_ALERT";
        return { state, event: "HIGH_ERROR_RATE" };
      }
      return { state, event: undefined };
    };
  }
}

describe("series", () => {
  it("alerts on the sixth error of an address and never comes back", () => {
    const stream = new SeriesRule().start();
    const events = Array.from({ length: 50 }, () => stream.observe("192.0.2.1", true).event);
    expect(events.indexOf("HIGH_ERROR_RATE")).toBe(5);
    expect(events.filter(Boolean)).toHaveLength(1);
    expect(stream.observe("192.0.2.2", false).state).toBe("ERROR_RATE_ALERT");
  });

  it("keeps queue and threshold between requests, counts and state not", () => {
    const rule = new SeriesRule({ ...seriesDefaults, windowSize: 4 });
    const first = rule.start();
    for (let i = 0; i < 20; i++) first.observe("a", true);
    expect(rule.start().observe("a", true)).toMatchObject({
      count: 1,
      state: "NORMAL",
      threshold: (18 + 19 + 20 + 1) / 2,
    });
  });

  for (let seed = 1; seed <= 40; seed++) {
    it(`does what the rule says (seed ${seed})`, () => {
      const random = seededRandom(seed);
      const options: SeriesOptions = {
        windowSize: 1 + Math.floor(random() * 120),
        thresholdMultiplier: 1 + random() * 2,
        initialThreshold: Math.floor(random() * 10),
      };
      const rule = new SeriesRule(options);
      const literal = new Literal(options);
      const streams = Array.from({ length: 3 }, () => ({ ours: rule.start(), theirs: literal.start() }));
      let alerts = 0;
      const differing: string[] = [];
      for (let i = 0; i < 2000; i++) {
        const { ours, theirs } = streams[Math.floor(random() * 3)];
        const ip = `10.0.0.${Math.floor(random() ** 2 * 40)}`;
        const isError = random() < 0.3;
        const { state, event } = ours.observe(ip, isError);
        const expected = theirs(ip, isError);
        if (state !== expected.state || event !== expected.event) differing.push(`entry ${i}: ${state} ${event}`);
        if (event) alerts++;
      }
      expect(differing).toEqual([]);
      expect(alerts).toBeLessThanOrEqual(3);
      if (options.thresholdMultiplier < 2) expect(alerts).toBeGreaterThan(0);
    });
  }
});
