/** The filter as Vector's Lua module, built once for all tests: compiling it takes longer than most of them. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const cache = join(root, "node_modules/.cache/oddline-vector-module");
const sources = join(root, "deploy/vector-lua");

export const canBuildModule = ["wasm2c", "cc"].every((tool) => spawnSync(tool, ["--version"]).status === 0);

/** The folder it lies in, named by what it was made from. */
export function vectorModule(): string {
  const hash = createHash("sha256").update(readFileSync(join(root, "build/oddline.wasm")));
  for (const name of readdirSync(sources).sort()) hash.update(readFileSync(join(sources, name)));
  const folder = join(cache, hash.digest("hex").slice(0, 16));
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const made = mkdtempSync(join(cache, "made-"));
  const command = [join(root, "dist/bin.js"), "vector-module", "--out", made];
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
  if (status !== 0 || stderr !== "") throw new Error(stderr);
  try {
    renameSync(made, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error; // another worker was faster
  }
  return folder;
}
