/** The Vector files at the root are what Vector takes, and what their remap does is what their comments say. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { hasShipper } from "../support/shippers.js";

const present = hasShipper("vector");
const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

function vector(...args: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync("vector", args, { encoding: "utf8", timeout: 50_000 });
  return { status, said: stdout + stderr };
}

describe.skipIf(!present)("the Vector files", () => {
  test.each(["vector.toml", "vector-inside.toml"])("%s is valid", (name) => {
    const { status, said } = vector("validate", "--no-environment", "--deny-warnings", path(name));
    expect([status, said]).toEqual([0, expect.stringContaining("Validated")]);
  });

  test("the remap behind Oddline restores times and parts type from metadata", () => {
    const { status, said } = vector("test", path("vector.toml"), path("tests/endToEnd/vector.tests.toml"));
    expect(said.match(/\.\.\. passed/g)).toHaveLength(3);
    expect([status, said]).toEqual([0, expect.not.stringContaining("failed")]);
  });
});
