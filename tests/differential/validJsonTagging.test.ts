/** Judging with the check of lines built in takes what the check alone takes, and writes what judging alone writes. */
import { expect, test } from "vitest";
import { arraysOf } from "../../host/serve/judge/jsonArray.js";
import { batchFlag, Engine } from "../../host/wasm/engine.js";
import { seededRandom } from "../support/hostile.mjs";
import { markerModel } from "../support/markerModel.js";

const seconds = 1_800_000_000n;
const random = seededRandom(11);
const pick = (n: number) => Math.floor(random() * n);

function newEngine(): Engine {
  const engine = new Engine(1n);
  engine.useModel(markerModel(1).bytes, "marker");
  return engine;
}

function tagged(engine: Engine, lines: Buffer, flags: number): { output: Buffer; bytes: number; events: number } {
  const parts = [...engine.tag(lines, { flags, seconds })];
  return {
    output: Buffer.concat(parts.map(({ output }) => output)),
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
    events: parts.reduce((sum, part) => sum + part.lines, 0),
  };
}

const linesOf = (output: Buffer) => output.toString().trimEnd().split("\n");

/** The slow way to say it; numbers and surrogates beyond a reader's limits are the check's own tests. */
function isValidJson(line: string): boolean {
  try {
    const value = JSON.parse(line);
    return line.startsWith("{") && typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const access =
  '10.0.0.1 - - [17/May/2015:10:05:03 +0000] \\"GET /a?b=c HTTP/1.1\\" 200 203023 \\"-\\" \\"Mozilla/5.0\\"';
const events = [
  "{}",
  '{"log":"plain"}',
  '{"log":"a \\"quoted\\" word\\n"}',
  `{"host":"vm","message":"${access}","source_type":"stdin","timestamp":"2026-11-21T04:00:00.000000001Z"}`,
  '{"message":"a","n":1,"b":true,"level":"error"}',
  '{"message":"a","kubernetes":{"pod_name":"x","labels":{"a":"b"}},"list":["a",[]]}',
  '{"other":"\\u00e9\\ud83d\\ude00","me\\u0073sage":"a\\tb"}',
  '{ "message" : "a" , "unknown" : "b\\\\" }',
  '{"anomaly":{"score":2},"message":"forged"}',
  '{"":"","message":"","a":"b"}',
  `{"message":"${"long ".repeat(3000)}","host":"h"}`,
];
const letters = '{}[]",:\\ue0129-+.tfn \t\x01\r\x7fé';

function mutated(): string {
  let line = events[pick(events.length)];
  for (let edits = pick(4); edits > 0; edits--) {
    const at = pick(Math.min(line.length, 400));
    line = line.slice(0, at) + letters[pick(letters.length)] + line.slice(at + pick(2));
  }
  return line;
}

test("every mutated line is taken or refused as JSON.parse does", () => {
  const engine = newEngine();
  const wrong: string[] = [];
  let [valid, refused] = [0, 0];
  for (let round = 0; round < 30_000; round++) {
    const line = mutated();
    if (/\\ud|\d{4}(?!-)/.test(line.replace(access, "")) && line !== events[6]) continue;
    const expected = isValidJson(line);
    const bytes = Buffer.from(`${line}\n`);
    const { bytes: taken, output } = tagged(engine, bytes, batchFlag.validOnly);
    if (expected) valid++;
    else refused++;
    if (taken !== (expected ? bytes.length : 0)) wrong.push(line);
    if (!expected && output.length > 0) wrong.push(`written: ${line}`);
    if (expected && !isValidJson(output.toString().trimEnd())) wrong.push(`invalid output: ${output}`);
  }
  expect(wrong.slice(0, 5)).toEqual([]);
  expect(valid).toBeGreaterThan(5000);
  expect(refused).toBeGreaterThan(5000);
});

test("random bytes between valid lines end it where the check alone does, and verdicts are those of judging alone", () => {
  const [engine, judging] = [newEngine(), newEngine()];
  for (let round = 0; round < 1000; round++) {
    const lines = Array.from({ length: 1 + pick(30) }, () => Buffer.from(`${events[pick(events.length)]}\n`));
    if (round % 2) {
      const noise = Buffer.from(Array.from({ length: pick(60) }, () => pick(256)));
      lines.splice(pick(lines.length + 1), 0, Buffer.from(mutated()), noise, Buffer.from("\n"));
    }
    const body = Buffer.concat(lines);
    const { bytes, output, events: count } = tagged(engine, body, batchFlag.validOnly);
    expect(bytes).toBe(engine.validJsonBytes(body));
    const alone = tagged(judging, body.subarray(0, bytes), 0);
    expect(output.equals(alone.output)).toBe(true);
    expect(count).toBe(alone.events);
  }
});

test("arrays hold the same events, in lines of a bounded length, however large the batch", () => {
  const some = Array.from({ length: 12_000 }, (_, n) => events[n % (events.length - 1)]);
  for (const lines of [[events[3]], some.slice(0, 100), [events[10]], some]) {
    for (const end of ["", "\n"]) {
      const body = Buffer.from(lines.join("\n") + end);
      const flags = batchFlag.validOnly | batchFlag.all;
      const plain = tagged(newEngine(), body, flags);
      const { output, bytes, events: count } = tagged(newEngine(), body, flags | batchFlag.arrays);
      expect([bytes, count]).toEqual([body.length, lines.length]);
      const arrays = linesOf(output);
      expect(arrays.flatMap((line) => JSON.parse(line))).toEqual(linesOf(plain.output).map((line) => JSON.parse(line)));
      for (const line of arrays) expect(line.length).toBeLessThan(65_536 + 17_000);
      // the pieces an engine works in end an array too, so that only the slow way is the same for one piece
      if (body.length < 1 << 20) expect(output.equals(arraysOf(plain.output))).toBe(true);
      else expect(arrays.length).toBeGreaterThan(20);
    }
  }
});

test("no lines make no array", () => {
  expect(tagged(newEngine(), Buffer.from("not json\n"), batchFlag.validOnly | batchFlag.arrays).output).toHaveLength(0);
  expect(arraysOf(Buffer.alloc(0))).toHaveLength(0);
});
