/**
 * `node assembly/lint.mjs [--write]`: the sources in AssemblyScript formatted and linted by Biome, as the others are.
 * Biome takes no decorators before functions and constants, so it works on copies in which they are comments.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = ["assembly", "tests/unit/assembly"];
const generated = "assembly/detect/keywords/builtIn.ts";

const hide = (text) =>
  text.replace(/^( *)(@\w+(?:\(.*\))?)$/gm, "$1//$2").replace(/^( *)(@\w+)(?= export)/gm, "$1/*$2*/");
const show = (text) => text.replace(/^( *)\/\/(@\w+(?:\(.*\))?)$/gm, "$1$2").replace(/^( *)\/\*(@\w+)\*\//gm, "$1$2");

const work = mkdtempSync(join(tmpdir(), "oddline-lint-"));
try {
  const config = JSON.parse(readFileSync(join(root, "biome.json"), "utf8"));
  config.files = { includes: ["**/*.ts", `!${generated}`] };
  config.json = { formatter: { enabled: false } };
  writeFileSync(join(work, "biome.json"), JSON.stringify(config));
  const files = [];
  for (const folder of folders) {
    cpSync(join(root, folder), join(work, folder), { recursive: true });
    for (const name of readdirSync(join(work, folder), { recursive: true })) {
      if (name.endsWith(".ts") && !name.endsWith(".d.ts")) files.push(join(folder, name));
    }
  }
  for (const file of files) writeFileSync(join(work, file), hide(readFileSync(join(root, file), "utf8")));
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  const run = spawnSync(process.execPath, [biome, "check", ...process.argv.slice(2), "."], {
    cwd: work,
    stdio: "inherit",
  });
  process.exitCode = run.status ?? 1;
  if (process.argv.includes("--write")) {
    for (const file of files) {
      const text = show(readFileSync(join(work, file), "utf8"));
      if (text !== readFileSync(join(root, file), "utf8")) writeFileSync(join(root, file), text);
    }
  }
} finally {
  rmSync(work, { recursive: true });
}
