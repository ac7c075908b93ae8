/** Tests wait for conditions, by tests/support/waiting.mjs, and for no stretch of the clock that may be too short. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const helper = "support/waiting.mjs";
const files = readdirSync("tests", { recursive: true, encoding: "utf8" }).filter(
  (file) => /\.(ts|mjs|mts)$/.test(file) && file !== helper,
);

/** A timer as a promise, bare or of Node's own making. */
const sleeps = [
  /node:timers\/promises/,
  /new Promise(?:<\w+>)?\(\s*\(?\w*\)?\s*=>\s*\{?\s*setTimeout\(/,
  /promisify\(setTimeout\)/,
  /\bAtomics\.wait\(/,
  /\["sleep"|"sleep"\s*,/,
];

const isIn = (text: string, pattern: RegExp) => pattern.test(text);

it("no test sleeps but through the helper, which asks for a condition or a reason", () => {
  const sleepers = files.filter((file) => {
    const text = readFileSync(join("tests", file), "utf8");
    return sleeps.some((pattern) => isIn(text, pattern));
  });
  expect(sleepers.filter((file) => file !== "unit/project/waiting.test.ts")).toEqual([]);
});

it("finds what it forbids", () => {
  const forbidden = [
    'import { setTimeout as sleep } from "node:timers/promises";',
    "await new Promise((resolve) => setTimeout(resolve, 20));",
    "new Promise<void>((resolve) => { setTimeout(resolve, 20); });",
  ];
  for (const text of forbidden) expect(sleeps.some((pattern) => isIn(text, pattern))).toBe(true);
  const allowed = 'const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);';
  expect(sleeps.some((pattern) => isIn(allowed, pattern))).toBe(false);
});
