/** Many lines from Loki in pages, against the list of them. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LokiApi, type LokiEntry } from "../../host/loki/api.js";
import { LokiClient } from "../../host/loki/client.js";
import { lokiConnection } from "../../host/loki/connection.js";
import { seededRandom } from "../../host/math/random.js";
import { type FakeLokiQuery, type StoredEntry, startFakeLokiQuery } from "../support/fakeLokiQuery.js";

let fake: FakeLokiQuery;
let pauses: number[];
beforeEach(async () => {
  fake = await startFakeLokiQuery();
  pauses = [];
});
afterEach(() => fake.close());

function client(pageLines?: number): LokiClient {
  const sleep = async (milliseconds: number) => pauses.push(milliseconds);
  const patience = { attemptsMax: 4, pauseSeconds: 1, pauseSecondsMax: 30, sleep };
  return new LokiClient(new LokiApi(lokiConnection(fake.url, {}), patience), pageLines);
}

async function all(from: LokiClient): Promise<LokiEntry[]> {
  const entries: LokiEntry[] = [];
  for await (const entry of from.entries('{job="test"}', 0n, 10n ** 15n)) entries.push(entry);
  return entries;
}

const linesOf = (entries: { line: string; timeNs: bigint }[]) => entries.map(({ timeNs, line }) => `${timeNs} ${line}`);

describe("paging", () => {
  it("brings every line once, however they crowd at an instant", async () => {
    const random = seededRandom(6);
    for (const pageLines of [2, 3, 7, 50]) {
      const entries: StoredEntry[] = [];
      let time = 0n;
      for (let i = 0; i < 300; i++) {
        if (random() < 0.3) time += BigInt(Math.floor(random() * 5));
        const labels = { job: "test", pod: `${Math.floor(random() * 3)}` };
        const line = `${"x".repeat(Math.floor(random() * 4))}ü${i % 90}\n${i}`;
        entries.push({ timeNs: time, line, labels });
      }
      fake.entries = entries;
      expect(linesOf(await all(client(pageLines))).sort()).toEqual(linesOf(entries).sort());
    }
  });

  it("splits an instant with more lines than Loki gives at once", async () => {
    fake.entries = Array.from({ length: 700 }, (_, i) => ({ timeNs: 5n, line: `${"head ".repeat(300)}${i}` }));
    fake.entries.push({ timeNs: 4n, line: "before" }, { timeNs: 6n, line: "after" });
    const entries = await all(client(20));
    expect(new Set(linesOf(entries)).size).toBe(702);
    expect(entries).toHaveLength(702);
  });

  it("asks for as many lines as Loki can answer at once, whatever their size", async () => {
    const sizes = [...new Array(3000).fill(40), ...new Array(120).fill(200_000), ...new Array(3000).fill(40)];
    fake.entries = sizes.map((size, i) => ({ timeNs: BigInt(i), line: `${i}`.padEnd(size, ".") }));
    expect(linesOf(await all(client()))).toEqual(linesOf(fake.entries));
    // What hung up is the price of lines that grow at once; sizes that stay cost nothing.
    expect(pauses.length).toBeGreaterThan(0);
    expect(pauses.length).toBeLessThan(8);
    expect(Math.max(...fake.requests.map(({ parameters }) => Number(parameters.get("limit"))))).toBe(5000);
    fake.entries = Array.from({ length: 3000 }, (_, i) => ({ timeNs: BigInt(i), line: `${i}`.padEnd(5000, ".") }));
    pauses.length = 0;
    expect(await all(client())).toHaveLength(3000);
    expect(pauses).toHaveLength(0);
  });
});
