import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { modelBytesMax, typeNames } from "../../../host/wasm/layout.js";

function constantOf(path: string, name: string): number {
  const found = readFileSync(path, "utf8").match(new RegExp(`^export const ${name}: \\w+ = (\\w+);$`, "m"));
  return Number(found?.[1]);
}

it("a model has at most as many bytes for the host as for the filter", () => {
  expect(modelBytesMax).toBe(constantOf("assembly/operate/modelFile.ts", "MODEL_BYTES_MAX"));
});

it("the types of a tag have the numbers that the list of detectors gives them", () => {
  const path = "assembly/verdict/detectors.ts";
  const numbers = typeNames.map((name) => constantOf(path, `TYPE_${name.toUpperCase()}`));
  expect(numbers).toEqual(typeNames.map((_, index) => index + 1));
  expect(constantOf(path, "TYPES")).toBe(typeNames.length + 1);
});
