/** Real logs that are not part of the repository: read from ODDLINE_DATA, by default ../shared/data beside it. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = resolve(root, process.env.ODDLINE_DATA ?? "../shared/data");

/** The file's path, or undefined where it is missing; then the test that asks is to be skipped, and this says why. */
export function dataFile(name: string): string | undefined {
  const path = resolve(folder, name);
  if (existsSync(path)) return path;
  console.warn(`${name} is not in ${folder}: tests on it are skipped (set ODDLINE_DATA to the folder that has it)`);
  return undefined;
}
