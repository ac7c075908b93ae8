/** Every line of tests/data/formats/ with all that the filter must read from it, and nothing that it must not. */
import { describe, expect, it } from "vitest";
import { batchFlag, Engine } from "../../../host/wasm/engine.js";
import type { EventDetails } from "../../../host/wasm/eventDetails.js";
import { formatFixtures, recordFixtures } from "../../support/fixtures.js";

const arrival = BigInt(Date.UTC(2026, 10, 21, 3) / 1000);
const engine = new Engine();

const fields = [
  ...(["format", "key", "level", "status", "bytes", "method", "target", "source", "body"] as const),
  ...(["isRequest", "isError", "markedError", "sender", "destination", "destinationPort"] as const),
];

/** What is known of the event; a field that it does not have, or that is false, is left out. */
function known(details: EventDetails): Record<string, unknown> {
  const { timeSeconds } = details;
  const time = timeSeconds === null ? null : new Date(timeSeconds * 1000).toISOString().replace(".000Z", "Z");
  const all = [["time", time], ...fields.map((field) => [field, details[field]])];
  return Object.fromEntries(all.filter(([, value]) => value !== null && value !== false));
}

const fixtures = formatFixtures();
describe.each([...new Set(fixtures.map(({ file }) => file))])("formats/%s.jsonl", (file) => {
  const own = fixtures.filter((fixture) => fixture.file === file);

  it.each(own.map((fixture) => [fixture.name, fixture] as const))("%s", (_, { bytes, expect: expected }) => {
    expect(known(engine.explain(bytes, arrival)!)).toEqual(expected);
  });

  it("names no two lines alike, and no line twice", () => {
    expect(new Set(own.map(({ name }) => name)).size).toBe(own.length);
    expect(new Set(own.map(({ bytes }) => bytes.toString("base64"))).size).toBe(own.length);
  });
});

describe("records/", () => {
  it.each(recordFixtures().map((fixture) => [fixture.name, fixture] as const))(
    "%s",
    (_, { bytes, expect: expected }) => {
      const parts: string[] = [];
      const options = { flags: batchFlag.all, seconds: arrival };
      for (const { output } of new Engine(5n).tag(Buffer.concat([bytes, Buffer.from("\n")]), options)) {
        parts.push(Buffer.from(output).toString());
      }
      expect(parts.join("").replace(/"anomaly":\{"score":[^{}]*\}/, '"anomaly":{}')).toBe(`${expected}\n`);
    },
  );
});
