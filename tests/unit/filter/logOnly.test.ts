import { expect, it } from "vitest";
import { batchFlag, Engine } from "../../../host/wasm/engine.js";
import { formatFixtures } from "../../support/fixtures.js";
import { seededRandom } from "../../support/hostile.mjs";
import { tagsOf } from "../../support/tagging.js";

/** What the filter adds to each record, one a line; every event is tagged. */
function verdicts(records: string[]): unknown[] {
  const engine = new Engine(5n);
  return tagsOf(engine, `${records.join("\n")}\n`, { flags: batchFlag.all, seconds: 1_795_262_400n });
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

/** JSON lines with what loggers and attackers write into them, some of them broken. */
function* jsonLines(count: number): Generator<string> {
  const random = seededRandom(7);
  const pick = <T>(values: T[]): T => values[Math.floor(random() * values.length)];
  const names = [
    "msg",
    "message",
    "level",
    "time",
    "status",
    "method",
    "path",
    "error",
    "src_ip",
    "dst_ip",
    "dst_port",
  ];
  const others = [
    "http",
    "data",
    "x",
    "a name of more than forty bytes, which stands for nothing",
    "",
    'na"me',
    "bytes",
  ];
  const text = () =>
    pick<() => string>([
      () =>
        pick([
          "error",
          "GET",
          "/a/b",
          "203.0.113.9",
          "010.0.0.1",
          "2026-11-28T10:00:00Z",
          "500",
          "",
          "{",
          '{"msg":"in"}',
        ]),
      () => `user ${Math.floor(random() * 99)} said "no" and left`,
      () => `panic: C:\\dir\\${Math.floor(random() * 9)} "quoted\\"`,
      () => "two\nlines\ttab \u0001 \u2028 é",
      () => "\\x16\\x03".repeat(Math.floor(random() * 40)),
      () => "long ".repeat(Math.floor(random() * 300)),
    ])();
  const value = (depth: number): unknown =>
    pick<() => unknown>([
      text,
      text,
      text,
      () => pick([0, 500, -1.5e3, 1795860000, null, true, false]),
      () => (depth > 2 ? {} : object(depth + 1)),
      () => [value(3), value(3)],
    ])();
  const object = (depth: number): Record<string, unknown> =>
    Object.fromEntries(
      Array.from({ length: Math.floor(random() * 8) }, () => [pick(random() < 0.7 ? names : others), value(depth)]),
    );
  for (let i = 0; i < count; i++) {
    let line = JSON.stringify(object(0));
    if (random() < 0.3) line = line.replaceAll(",", ", ").replaceAll(":", ": ");
    for (let change = random() < 0.3 ? 2 : 0; change > 0; change--) {
      const at = Math.floor(random() * line.length);
      line = line.slice(0, at) + pick(["", '"', "\\", "}", ",", ":", "\n"]) + line.slice(at + pick([0, 1, 5]));
    }
    yield line;
  }
}

it("reads JSON in the log line, which is walked as it lies, as what was unescaped first", () => {
  const engines = [new Engine(5n), new Engine(5n), new Engine(5n)];
  const read = (engine: Engine, record: string) => engine.explain(Buffer.from(record), 1_795_262_400n);
  const seen = new Set<string>();
  for (const line of jsonLines(3000)) {
    const log = JSON.stringify(line);
    const short = read(engines[0], `{"log":${log}}`);
    expect(read(engines[1], `{ "log":${log}}`), line).toEqual(short);
    expect(read(engines[2], `{"log":${log},"unrelated_member":null}`), line).toEqual(short);
    seen.add(JSON.stringify([short?.format, short?.message, short?.key, short?.level]));
  }
  expect(seen.size).toBeGreaterThan(1000);
});
