/** docs/guarantees.md names nothing that is not there, and says where each promise is held. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const text = readFileSync("docs/guarantees.md", "utf8");
const rows = text
  .split("\n")
  .filter((line) => line.startsWith("| **"))
  .map((line) => line.slice(2, -2).split(" | "));

describe("the table of guarantees", () => {
  it("is found by who reads the README", () => {
    expect(readFileSync("README.md", "utf8")).toContain("](docs/guarantees.md)");
    expect(rows.length).toBeGreaterThan(15);
  });

  it.each(rows.map((row) => [row[0], row] as const))("%s", (_, row) => {
    expect(row).toHaveLength(4);
    const [, tests, command, scale] = row;
    const testFiles = tests.match(/[\w./-]+\.test\.ts/g) ?? [];
    expect(testFiles.length).toBeGreaterThan(0);
    expect(command).toMatch(/^`(ODDLINE_SOAK=1 )?(npx vitest run tests|node bench)\/\S+( \S+)*`$/);
    expect(scale).not.toBe("");
    for (const file of [...testFiles, ...(command.match(/[\w./-]+\.(test\.ts|mjs)/g) ?? [])]) {
      expect(existsSync(file), file).toBe(true);
    }
  });

  it("names only documents that are there", () => {
    for (const [, target] of text.matchAll(/\]\(([^)#]+)\)/g)) expect(existsSync(`docs/${target}`), target).toBe(true);
  });
});
