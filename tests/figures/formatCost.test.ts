/**
 * What it costs a line that formats which are not its own look at it and say no, by the shipped filter's way of reading
 * (what was met is recalled), in operations of an interpreter. Nothing but reading is compiled, each parser a function
 * of its own: what the shipped build inlines costs a call less than here.
 */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { compileAssembly } from "../support/assemblyBuild.js";
import { parser } from "../support/keepParsers.mjs";
import { linesOfKinds } from "../support/logKinds.mjs";
import { countDeclining, declinedOf } from "../support/operations.mjs";

const lines = linesOfKinds(2, 4000);
const transforms = ["./assembly/packText.mjs", "./tests/support/keepParsers.mjs"];

let counted: WebAssembly.Module;
beforeAll(async () => {
  const flags = transforms.flatMap((path) => ["--transform", path]);
  const reading = await compileAssembly("formats", ["--noAssert", "--debug", ...flags]);
  counted = new WebAssembly.Module(countDeclining(reading, parser));
}, 300_000);

function reader() {
  // biome-ignore lint/suspicious/noExplicitAny: what a build of the test exports
  const exports = new WebAssembly.Instance(counted, {}).exports as any;
  expect(exports.begin(1_795_262_400n)).toBeTruthy();
  const ptr: number = exports.reserve(1 << 18);
  return {
    exports,
    read(line: string) {
      const record = Buffer.from(JSON.stringify({ log: line }));
      Buffer.from(exports.memory.buffer).set(record, ptr);
      expect(exports.read(ptr, record.length)).toBeTruthy();
    },
  };
}

/** Operations a line by parser, over `measured` lines behind `before`. */
function declining(before: string[], measured: string[]): Map<string, number> {
  const { exports, read } = reader();
  before.forEach(read);
  const since = declinedOf(exports);
  measured.forEach(read);
  return new Map([...declinedOf(exports)].map(([name, all]) => [name, (all - since.get(name)!) / measured.length]));
}

function check(kind: string, costs: Map<string, number>, most: number) {
  const dear = [...costs].sort(([, a], [, b]) => b - a).slice(0, 3);
  console.log(`${kind}: ${dear.map(([name, cost]) => `${name.split("/").pop()} ${cost.toFixed(1)}`).join(", ")}`);
  for (const [name, cost] of costs) expect(cost, name).toBeLessThanOrEqual(most);
}

describe.each(Object.keys(lines))("a line of %s", (kind) => {
  it("pays no format that is another's more than 20 operations", () => {
    check(kind, declining(lines[kind].slice(0, 2000), lines[kind].slice(2000)), 20);
  });

  it("pays none more than 40 while most of its like have not been met", () => {
    check(`${kind}, first`, declining([], lines[kind].slice(0, 300)), 40);
  });
});

it("counts every parser that list.ts asks", () => {
  const source = readFileSync(new URL("../../assembly/formats/list.ts", import.meta.url), "utf8");
  const asked = [...source.matchAll(/import {([^}]*)} from "\.\/(\w+)"/g)].flatMap(([, names, file]) =>
    [...names.matchAll(/\b(?:parse|unwrap)\w+/g)].map(([name]) => `assembly/formats/${file}/${name}`),
  );
  expect(asked.length).toBeGreaterThan(9);
  expect([...declinedOf(reader().exports).keys()]).toEqual(expect.arrayContaining(asked));
});
