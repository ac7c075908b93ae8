/** Scripts that are not compiled import from the build, as #host/…: what they name has a source. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const scripts = ["bench", "tests/support"].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".mjs"))
    .map((name) => join(folder, name)),
);

describe("what scripts import from the build", () => {
  it("is built from something", () => {
    const missing = scripts.flatMap((script) =>
      [...readFileSync(script, "utf8").matchAll(/"#host\/([\w/.-]+)\.js"/g)]
        .map(([, path]) => `host/${path}.ts`)
        .filter((source) => !existsSync(source))
        .map((source) => `${script}: ${source}`),
    );
    expect(scripts.filter((script) => /from "[./]+\/dist\//.test(readFileSync(script, "utf8")))).toEqual([]);
    expect(scripts.length).toBeGreaterThan(20);
    expect(missing).toEqual([]);
  });
});
