/**
 * What EMBEDDER_MISSING says to run puts the package where it is found: run as it stands, by npm, for each way Oddline
 * is installed, against a registry of our own that has an empty package of that name.
 */
import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installCommand } from "../../host/embed/installCommand.js";

const name = "@huggingface/transformers";
let folder: string;
const path = (...parts: string[]) => join(folder, ...parts);

const registry = createServer((request, response) => {
  const address = `http://${request.headers.host}`;
  if (request.url?.endsWith(".tgz")) return void response.end(library);
  const integrity = `sha512-${createHash("sha512").update(library).digest("base64")}`;
  const dist = { tarball: `${address}/library.tgz`, integrity };
  response.end(
    JSON.stringify({ name, "dist-tags": { latest: "4.0.0" }, versions: { "4.0.0": { name, version: "4.0.0", dist } } }),
  );
});

/** Of npm's, nothing but our registry, in a cache of its own. */
async function shell(command: string, cwd = path("somewhere else")): Promise<string> {
  const { port } = registry.address() as { port: number };
  const settings = {
    registry: `http://127.0.0.1:${port}`,
    cache: path("cache"),
    update_notifier: "false",
    audit: "false",
  };
  const environment = Object.entries(settings).map(([key, value]) => [`npm_config_${key}`, value]);
  const env = { ...process.env, ...Object.fromEntries(environment) };
  const { stdout } = await promisify(execFile)("sh", ["-c", command], { cwd, env });
  return stdout.trim();
}

/** A package as npm would fetch it. */
async function packed(from: string): Promise<string> {
  return join(from, (await shell("npm pack --silent", from)).split("\n").pop()!);
}

/** What the command line says where `root` is Oddline's, and what is found once that was done. */
function missing(root: string, embedderPath?: string): string {
  const module = pathToFileURL(join(root, "dist/embed/transformers.js"));
  const script = `import { findTransformers } from ${JSON.stringify(module)};
    try { console.log(findTransformers(${JSON.stringify(embedderPath)})); }
    catch (error) { console.log(error.parts.remedy); }`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: path("somewhere else"),
    encoding: "utf8",
  });
  return stdout.trim();
}

let library: Buffer;
let oddline: string;

beforeAll(async () => {
  await once(registry.listen(0, "127.0.0.1"), "listening");
  folder = realpathSync(mkdtempSync(join(tmpdir(), "oddline install '")));
  for (const made of ["somewhere else", "library", "checkout", "project", "global"]) mkdirSync(path(made));
  writeFileSync(path("library/package.json"), JSON.stringify({ name, version: "4.0.0", main: "index.js" }));
  writeFileSync(path("library/index.js"), "");
  // without what it depends on: nothing is fetched here
  const { version, type } = JSON.parse(readFileSync("package.json", "utf8"));
  const peers = { peerDependencies: { [name]: "^4.0.0" }, peerDependenciesMeta: { [name]: { optional: true } } };
  writeFileSync(
    path("checkout/package.json"),
    JSON.stringify({ name: "oddline", version, type, files: ["dist"], ...peers }),
  );
  cpSync("dist", path("checkout/dist"), { recursive: true });
  writeFileSync(path("project/package.json"), JSON.stringify({ name: "project", version: "1.0.0" }));
  library = readFileSync(await packed(path("library")));
  oddline = await packed(path("checkout"));
  await shell("npm install", path("checkout")); // with a lock file, npm goes by what is needed, not by what is asked
});
afterAll(() => {
  registry.close();
  rmSync(folder, { recursive: true, force: true });
});

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

async function runs(remedy: string): Promise<void> {
  expect(remedy).toContain(`${name}@4`);
  await shell(remedy.split("  (or use")[0]);
}

describe("the command of EMBEDDER_MISSING", () => {
  it("works in a checkout, and leaves its package.json as it is", async () => {
    const before = readFileSync(path("checkout/package.json"), "utf8");
    await runs(missing(path("checkout")));
    expect(missing(path("checkout"))).toBe(pathToFileURL(path("checkout/node_modules", name, "index.js")).href);
    expect(readFileSync(path("checkout/package.json"), "utf8")).toBe(before);
  });

  it("works in a global installation, whatever its prefix", async () => {
    await shell(`npm install --global --prefix ${quoted(path("global"))} ${quoted(oddline)}`);
    const root = path("global/lib/node_modules/oddline");
    expect(missing(root)).toContain("--global");
    await runs(missing(root));
    expect(missing(root)).toBe(pathToFileURL(path("global/lib/node_modules", name, "index.js")).href);
  });

  it("works in a local installation, from any folder", async () => {
    await shell(`npm install --prefix ${quoted(path("project"))} ${quoted(oddline)}`);
    const root = path("project/node_modules/oddline");
    await runs(missing(root));
    expect(missing(root)).toBe(pathToFileURL(path("project/node_modules", name, "index.js")).href);
    const { dependencies } = JSON.parse(readFileSync(path("project/package.json"), "utf8"));
    expect(Object.keys(dependencies)).toEqual([name, "oddline"]);
  });

  it("works for a folder of --embedder-path that is not there yet", async () => {
    const root = path("checkout");
    rmSync(path("checkout/node_modules"), { recursive: true, force: true });
    await runs(missing(root, path("new folder")));
    expect(missing(root, path("new folder"))).toBe(
      pathToFileURL(path("new folder/node_modules", name, "index.js")).href,
    );
  });

  it("keeps out of the stores of pnpm and yarn", () => {
    const stored = "/project/node_modules/.pnpm/oddline@0.1.0/node_modules/oddline";
    expect(installCommand(`${name}@4`, stored, undefined)).toBe(
      `npm install --onnxruntime-node-install=skip --prefix oddline-embedder ${name}@4 and add --embedder-path oddline-embedder`,
    );
  });
});
