/** The host's list of a row's fields is the assembly's, and what is read through it is what the line says. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { Engine } from "../../../host/wasm/engine.js";
import { eventRowFields, rowMark } from "../../../host/wasm/eventRow.js";

const source = readFileSync(new URL("../../../assembly/abi/explain.ts", import.meta.url), "utf8");

it("has the fields of EventRow, in its order and of its types", () => {
  const [, body] = /class EventRow \{([^}]*)\}/.exec(source)!;
  const fields = [...body.matchAll(/(\w+): (\w+);/g)].map(([, name, type]) => [name, type]);
  expect(Object.entries(eventRowFields)).toEqual(fields);
});

it("has its marks", () => {
  const marks = [...source.matchAll(/^const (?:IS|HAS)_\w+: u32 = (\d+);/gm)].map(([, value]) => Number(value));
  expect(Object.values(rowMark)).toEqual(marks);
});

it("reads row after row, whatever the lengths of their texts", () => {
  const engine = new Engine();
  const lines = Array.from({ length: 40 }, (_, i) => `src_ip=10.0.0.${i} dst_ip=192.0.2.7 bytes=${10 ** (i % 12)}`);
  const read: unknown[] = [];
  for (const rows of engine.rows(Buffer.from(`${lines.join("\n")}\n\nlast`), { flags: 0, seconds: 0n })) {
    for (const row of rows) read.push([row.text("messageBytes"), row.text("senderBytes"), row.number("flowBytes")]);
  }
  const expected = lines.map((line, i) => [line, `10.0.0.${i}`, 10 ** (i % 12)]);
  expect(read).toEqual([...expected, ["", "", 0], ["last", "", 0]]);
});
