import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface Locked {
  dev?: boolean;
  optional?: boolean;
  peer?: boolean;
}

it("a default installation has fewer than 40 packages", () => {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, Locked> };
  const installed = Object.entries(packages).filter(
    ([path, { dev, optional, peer }]) => path !== "" && !dev && !optional && !peer,
  );
  expect(installed.length).toBeGreaterThan(5);
  expect(installed.length).toBeLessThan(40);
});
