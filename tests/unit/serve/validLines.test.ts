/** Lines that are no JSON become {"message": line}: byte by byte the same as JSON.stringify makes of them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { linesOfArray } from "../../../host/serve/judge/jsonArray.js";
import { asValidLines } from "../../../host/serve/transform/lines.js";
import { Engine } from "../../../host/wasm/engine.js";
import { seededRandom } from "../../support/assemblyBuild.js";
import { Served } from "../../support/serveHere.js";

const engine = new Engine(0n);
const valid = (lines: Buffer) => engine.validJsonBytes(lines);

/** Slow and plain. */
function reference(body: Buffer): { text: string; wrapped: number } {
  let [text, wrapped] = ["", 0];
  for (let at = 0; at < body.length; ) {
    const found = body.indexOf(0x0a, at);
    const next = found < 0 ? body.length : found + 1;
    let line = body.subarray(at, next);
    at = next;
    while (line[0] === 0x20 || line[0] === 0x09) line = line.subarray(1);
    if (line[0] === 0x7b && valid(line) === line.length) {
      text += line.toString("latin1");
      continue;
    }
    const message = line.toString("utf8").replace(/\r?\n$/, "");
    if (message.trim() === "") continue;
    wrapped++;
    text += Buffer.from(`${JSON.stringify({ message })}\n`).toString("latin1");
  }
  return { text, wrapped };
}

const pieces = [
  ...["{", "}", "{}", '{"a":1}', '{"a":01}', "{a}", '"', "\\", "\n", "\n", "\n", "\r\n", " ", "\t", "x", "abc", "[1]"],
  ...["\0", "\x07", "\b", "\f", "\v", "\x1b", "\x7f", "é", "日本", "😀", "\ufeff", "\u00a0", "\u2028", "\u3000"],
].map((piece) => Buffer.from(piece));
/** None of them is UTF-8. */
for (const bytes of ["\xff", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf0\x9f"]) {
  pieces.push(Buffer.from(bytes, "latin1"));
}

describe("asValidLines", () => {
  test("agrees with JSON.stringify on random bodies", () => {
    const random = seededRandom(1);
    const differing: string[] = [];
    for (let i = 0; i < 20_000; i++) {
      const count = Math.floor(random() * 25);
      const body = Buffer.concat(Array.from({ length: count }, () => pieces[Math.floor(random() * pieces.length)]));
      const { lines, wrapped } = asValidLines(body, valid);
      const expected = reference(body);
      if (lines.toString("latin1") !== expected.text || wrapped !== expected.wrapped)
        differing.push(body.toString("hex"));
    }
    expect(differing).toEqual([]);
  });
});

describe("an array of objects", () => {
  test("is taken apart wherever a look at it ends", async () => {
    const element = (i: number) => `{"n":${i},"text":"a],}\\\\\\"${"x".repeat(i % 90)}"}`;
    const elements = Array.from({ length: 25_000 }, (_, i) => element(i));
    const lines = await linesOfArray(Buffer.from(`[${elements.join(",\n")}] `));
    expect(lines?.length).toBeGreaterThan(1 << 20);
    expect(
      String(lines)
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean),
    ).toEqual(elements);
  });

  test.each(["[1,2", "[]]", "{}", '[{}] "x"', '[{"a":"}', "", "[[]", "7"])("is not %s", async (text) => {
    const lines = await linesOfArray(Buffer.from(text));
    expect(lines === undefined || !String(lines).includes("{")).toBe(true);
  });
});

describe("events of over 4 MiB", () => {
  let served: Served;
  beforeAll(async () => {
    served = await new Served({ markAll: true }).start();
  });
  afterAll(() => served.stop());
  const long = `{"message":"${"y".repeat(5 << 20)}"}`;

  test("pass as they are among others that are judged", async () => {
    const { body } = await served.post(`{"n":1}\n  ${long}\n{"n":2}`);
    const [first, second, third] = String(body).trimEnd().split("\n");
    expect([JSON.parse(first).anomaly, JSON.parse(third).anomaly]).toEqual([expect.anything(), expect.anything()]);
    expect(second === long).toBe(true);
    const array = await served.post(`[${long}, {"n":1}]`, { "content-type": "application/json" });
    expect(String(array.body).split("\n")[0].trim() === long).toBe(true);
  });

  test("go in pieces where they are no JSON", async () => {
    const { body } = await served.post(`{"n":1}\n${"z".repeat(20 << 20)}\n`);
    const messages = String(body).trimEnd().split("\n").slice(1);
    expect(messages.map((line) => JSON.parse(line).message.length)).toEqual([8 << 20, 8 << 20, 4 << 20]);
  });
});
