import { expect, it } from "vitest";
import { batchFlag, Engine } from "../../../host/wasm/engine.js";
import { formatFixtures } from "../../support/fixtures.js";

/** What the filter adds to each record, one a line; every event is tagged. */
function verdicts(records: string[]): unknown[] {
  const parts: string[] = [];
  const engine = new Engine(5n);
  for (const { output } of engine.tag(Buffer.from(`${records.join("\n")}\n`), {
    flags: batchFlag.all,
    seconds: 1_795_262_400n,
  })) {
    parts.push(Buffer.from(output).toString());
  }
  return parts
    .join("")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line).anomaly);
}

it("judges a record of nothing but its log line, which takes a shorter way, as one with space or a member beside it", () => {
  const lines = formatFixtures().map(({ bytes }) => bytes.toString());
  const logs = lines.filter((line) => line !== "").map((line) => JSON.stringify(line));
  const short = verdicts(logs.map((log) => `{"log":${log}}`));
  expect(short).toHaveLength(logs.length);
  expect(new Set(short.map((verdict) => JSON.stringify(verdict))).size).toBeGreaterThan(20);
  expect(verdicts(logs.map((log) => `{"log":${log} }`))).toEqual(short);
  expect(verdicts(logs.map((log) => `{ "log":${log}}`))).toEqual(short);
  expect(verdicts(logs.map((log) => `{"log":${log},"unrelated_member":null}`))).toEqual(short);
});
