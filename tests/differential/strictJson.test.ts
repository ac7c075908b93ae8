/**
 * The check of lines agrees with JSON.parse, apart from the stated limits, at every cut and on thousands of mutations.
 */
import { beforeAll, expect, test } from "vitest";
import { loadAssembly, seededRandom } from "../support/assemblyBuild.js";

interface Exports {
  reserve(bytes: number): number;
  oddline_valid_lines(ptr: number, bytes: number): number;
}

const roomBytes = 1 << 20;
let check: (text: string | Buffer) => number;

beforeAll(async () => {
  const { memory, reserve, oddline_valid_lines } = await loadAssembly<Exports>("strictJson");
  const ptr = reserve(roomBytes);
  check = (text) => {
    const bytes = Buffer.from(text as string);
    new Uint8Array(memory.buffer).fill(0x22, ptr, ptr + bytes.length + 64); // what lies behind must not matter
    new Uint8Array(memory.buffer).set(bytes, ptr);
    return oddline_valid_lines(ptr, bytes.length);
  };
});

const isValidJson = (line: string) => check(`${line}\n`) === Buffer.byteLength(line) + 1;

/** The slow way to say it. */
function reference(line: string): boolean {
  try {
    const value = JSON.parse(line);
    return line.startsWith("{") && typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const valid = [
  "{}",
  "{ } \t\r",
  '{"a":1}',
  '{"a":-0.5e-7,"b":[1,2,[],{}],"c":{"d":null,"e":true,"f":false}}',
  '{"":"","\\u00e9\\ud83d\\ude00":"\\"\\\\\\/\\b\\f\\n\\r\\t","ж":"日本"}',
  '{"big":9007199254740993,"one":1.0,"small":1e-400,"large":1e307}',
  '{"message":"GET /a?b=c HTTP/1.1","nested":{"a":[{"b":[{"c":[0]}]}]}, "n" : [ 1 , 2 ] }',
  `{"deep":${"[".repeat(125)}${"]".repeat(125)}}`,
];

test("valid objects pass", () => {
  for (const line of valid) expect([line, isValidJson(line)]).toEqual([line, true]);
  expect(check(`${valid.join("\n")}\n`)).toBe(Buffer.byteLength(`${valid.join("\n")}\n`));
});

test("what a strict reader refuses is refused", () => {
  const refused = [
    "",
    " ",
    "[]",
    "1",
    '"a"',
    "null",
    "{",
    "}",
    "{}}",
    "{} {}",
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{,"a":1}',
    "{a:1}",
    '{"a":01}',
    '{"a":1.}',
    '{"a":.5}',
    '{"a":+1}',
    '{"a":1e}',
    '{"a":-}',
    '{"a":tru}',
    '{"a":truex}',
    '{"a":NaN}',
    '{"a":[1 2]}',
    '{"a":[1,]}',
    '{"a":[}',
    '{"a":[1}]',
    '{"a":"\\x"}',
    '{"a":"\\u12g4"}',
    '{"a":"\t"}',
    '{"a":"b}',
    "{'a':1}",
    '{"a":1 "b":2}',
    '{"a":1;"b":2}',
    '{"a"\u00a0:1}',
    '\ufeff{"a":1}',
  ];
  for (const line of refused) {
    expect([line, isValidJson(line)]).toEqual([line, false]);
    expect(reference(line), line).toBe(false);
  }
});

test("what JSON.parse takes and serde_json does not is refused too", () => {
  const refused = [
    '{"a":"\\ud800"}',
    '{"a":"\\udc00"}',
    '{"a":"\\ud800\\u0041"}',
    '{"a":1e400}',
    `{"a":${"9".repeat(400)}}`,
    `{"deep":${"[".repeat(126)}${"]".repeat(126)}}`,
  ];
  for (const line of refused) {
    expect(reference(line), line).toBe(true);
    expect([line, isValidJson(line)]).toEqual([line, false]);
  }
});

test("stops before the first line that is not valid", () => {
  expect(check('{"a":1}\nnot json\n{"b":2}\n')).toBe(8);
  expect(check("\n{}\n")).toBe(0);
});

test("agrees with JSON.parse on cuts and on mutations", () => {
  const letters = '{}[]",:\\ue0129-+.tfn \t';
  const random = seededRandom(7);
  const pick = (n: number) => Math.floor(random() * n);
  const wrong: string[] = [];
  let taken = 0;
  for (const line of valid.slice(0, -1)) {
    for (let cut = 0; cut < line.length; cut++) {
      if (isValidJson(line.slice(0, cut)) !== reference(line.slice(0, cut))) wrong.push(line.slice(0, cut));
    }
  }
  for (let round = 0; round < 20_000; round++) {
    let line = valid[pick(valid.length - 1)];
    for (let edits = 1 + pick(3); edits > 0; edits--) {
      const at = pick(line.length);
      line = line.slice(0, at) + letters[pick(letters.length)] + line.slice(at + pick(2));
    }
    // surrogates and magnitudes are the stated differences
    if (/\\ud/.test(line) || /\d{3}/.test(line)) continue;
    if (reference(line)) taken++;
    if (isValidJson(line) !== reference(line)) wrong.push(line);
  }
  expect(wrong).toEqual([]);
  expect(taken).toBeGreaterThan(500);
});
