/**
 * Reads every reason of the public logs in ODDLINE_DATA as tests/differential/everyReason.test.ts does, of all their
 * lines: node bench/reasons.mjs [LINES of each log]
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const lines = process.argv[2] ?? "1000000";
const test = ["vitest", "run", "tests/differential/everyReason.test.ts"];
const { status } = spawnSync("npx", test, {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, ODDLINE_REASON_LINES: lines },
});
process.exitCode = status ?? 1;
