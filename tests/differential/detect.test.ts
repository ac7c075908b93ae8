/** POST /detect-error-anomalies against the reference of the windows, on random streams. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../support/assemblyBuild.js";
import { entryAt, noon, Served } from "../support/serveHere.js";
import { type ObservedEvent, ReferenceWindows } from "./reference/windows.js";

let served: Served;
beforeAll(async () => {
  served = await new Served({ markAll: false }).start();
});
afterAll(() => served.stop());

async function resultsFor(entries: unknown[]): Promise<{ state: string; event: string | null }[]> {
  const body = entries.map((entry) => JSON.stringify(entry)).join("\n");
  const reply = await served.post(body, {}, "/detect-error-anomalies?results=all");
  expect(reply.status).toBe(200);
  const lines = reply.body.toString().trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}

describe("POST /detect-error-anomalies", () => {
  it("does what the reference says on random streams, event for event", async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const random = seededRandom(seed);
      const reference = new ReferenceWindows({
        windowSeconds: 60,
        queueMax: 100,
        perEndpoint: false,
        alertEnd: 0.8,
        reportsEvery: true, // as whoever asks for each event by its fields is told
        errors: { floor: 5, multiplier: 3 },
        requests: { floor: 100, multiplier: 3 },
        endpoints: { floor: 100, multiplier: 3 },
      });
      const events: ObservedEvent[] = [];
      let seconds = 0;
      for (let i = 0; i < 3000; i++) {
        if (random() < 0.3) seconds += Math.floor(random() * (random() < 0.01 ? 200 : 4));
        const key = 1 + Math.floor(random() ** 2 * 20);
        const burst = Math.floor(seconds / 90) % 3 === key % 3;
        events.push({ key, endpoint: 0, seconds: noon + seconds, isError: random() < (burst ? 0.5 : 0.03), hits: [] });
      }
      const expected = events.map((event) => reference.observe(event));
      expect(expected.filter(({ event }) => event !== "").length).toBeGreaterThan(5);
      const entries = events.map(({ key, seconds: at, isError }) =>
        entryAt(at - noon, { ipAddress: `10.0.0.${key}`, isError }),
      );
      const results = await resultsFor(entries);
      expect(results.map(({ state, event }) => [state, event ?? ""])).toEqual(
        expected.map(({ state, event }) => [state, event]),
      );
    }
  });
});
