import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { modelBytesMax } from "../../../host/wasm/layout.js";

function constantOf(path: string, name: string): number {
  const found = readFileSync(path, "utf8").match(new RegExp(`^export const ${name}: \\w+ = (\\w+);$`, "m"));
  return Number(found?.[1]);
}

it("a model has at most as many bytes for the host as for the filter", () => {
  expect(modelBytesMax).toBe(constantOf("assembly/operate/modelFile.ts", "MODEL_BYTES_MAX"));
});
