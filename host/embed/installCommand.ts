/**
 * The command that puts an optional package where Oddline finds it, which depends on where Oddline itself lies. A bare
 * `npm install` would go by the folder one happens to be in, and from there up to the next one with a package.json.
 */
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** Without the GPU libraries, hundreds of megabytes more. */
const install = "npm install --onnxruntime-node-install=skip";
const ownFolder = "oddline-embedder";

/** `root`: the folder of Oddline's package.json; `asked`: where the package was said to be. */
export function installCommand(packageName: string, root: string, asked: string | undefined): string {
  if (asked !== undefined) return into(resolve(asked), packageName);
  const modules = dirname(resolve(root));
  // A checkout: its package.json is not to be changed. It names the package as an optional peer, and without
  // --save-optional npm 9 to 11 take that for "need not be there", install nothing and say nothing.
  if (basename(modules) !== "node_modules") return into(resolve(root), `--no-save --save-optional ${packageName}`);
  // pnpm and the like keep each package apart: a folder of our own is found by any of them.
  if (/[\\/]\.(pnpm|yarn)[\\/]/.test(modules)) {
    return `${into(ownFolder, packageName)} and add --embedder-path ${ownFolder}`;
  }
  const project = dirname(modules);
  const isGlobal = basename(project) === "lib" && !existsSync(join(project, "package.json"));
  return isGlobal ? into(dirname(project), `--global ${packageName}`) : into(project, packageName);
}

function into(folder: string, what: string): string {
  return `${install} --prefix ${quoted(folder)} ${what}`;
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w@%+=:,./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
