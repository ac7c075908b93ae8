/**
 * Given the same records, times and seed, Fluent Bit's entry point and the batch for other hosts write the same bytes.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../host/wasm/engine.js";
import { FilterHost } from "../support/filterHost.mjs";
import { formatFixtures } from "../support/fixtures.js";
import { hostileLines } from "../support/hostile.mjs";
import { learnText } from "../support/learning.js";
import { realLogs } from "../support/realLogs.js";
import { ordinaryLog } from "../support/recordFuzz.mjs";

const seconds = 1_795_227_069;
/** What the filter host's random_get gives. */
const seed = 0x5a5a5a5a5a5a5a5an;

let model: Uint8Array;
beforeAll(async () => {
  model = (await learnText(ordinaryLog(1, 5000) + [...hostileLines(500, 2)].join("\n"))).model;
});

/** Sends every record both ways; returns how many were tagged. */
function compare(records: string[]): number {
  const host = new FilterHost({ model });
  const engine = new Engine(seed);
  engine.setTag("app.log"); // as the filter host does: what has no key of its own is counted by it
  engine.useModel(model, "learnt here");
  const batch = Buffer.from(records.map((record) => `${record}\n`).join(""));
  const parts = [...engine.tag(batch, { flags: 0, seconds: BigInt(seconds) })];
  const written = Buffer.concat(parts.map(({ output }) => output))
    .toString()
    .split("\n")
    .slice(0, -1);
  expect(written.length).toBe(records.length);
  records.forEach((record, i) => {
    const { output } = host.filter(Buffer.from(record), { seconds });
    if (output?.toString() !== written[i]) expect(output?.toString()).toBe(written[i]);
  });
  return parts.reduce((sum, { tagged }) => sum + tagged, 0);
}

describe("Fluent Bit's entry point and the batch agree", () => {
  const asRecord = (line: string) => JSON.stringify({ log: line });

  it("on ordinary and hostile lines", () => {
    const lines = [...ordinaryLog(9, 3000).trimEnd().split("\n"), ...hostileLines(3000, 8)];
    expect(compare(lines.map(asRecord))).toBeGreaterThan(50);
  });

  it("on the fixtures, records as they are", () => {
    const lines = formatFixtures().map(({ bytes }) => bytes.toString());
    const records = lines.filter((line) => line.startsWith("{") && isObject(line));
    expect(records.length).toBeGreaterThan(20);
    compare([...records, ...lines.map(asRecord), ...records]);
  });

  const logs = realLogs();
  if (logs.length === 0) it.skip("on real logs: ODDLINE_DATA (../shared/data) has none", () => {});
  else {
    it("on real logs", () => {
      const lines = logs.flatMap((log) => log.read().toString().split("\n", 300));
      expect(compare(lines.map(asRecord))).toBeGreaterThan(50);
    });
  }
});

function isObject(line: string): boolean {
  try {
    return typeof JSON.parse(line) === "object";
  } catch {
    return false;
  }
}
