/**
 * Turns build/oddline.wasm into a Lua 5.4 module that Vector's `lua` transform loads: wasm2c makes C of it, the
 * system's compiler a shared library together with deploy/vector-lua. Nothing is downloaded and nothing is built unless
 * asked.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exitCode, OddlineError } from "../io/errors.js";
import { replaceFile } from "../io/replaceFile.js";
import { fileError } from "../io/systemErrors.js";
import { wasmUrl } from "../wasm/exports.js";

export interface ModuleTools {
  wasm2c: string;
  cc: string;
}

export const defaultTools: ModuleTools = { wasm2c: process.env.WASM2C ?? "wasm2c", cc: process.env.CC ?? "cc" };

const sources = fileURLToPath(new URL("../../deploy/vector-lua/", import.meta.url));
/** wasm2c names things after the module; runtime.c and wasi.c are written for these names. */
const instanceType = "Z_oddline_instance_t";
/** Bounds are checked in the code: signals and guard pages are Vector's own affair. */
const flags = [
  ...["-O2", "-DNDEBUG", "-std=gnu11", "-fPIC", "-shared", "-fvisibility=hidden", "-w"],
  ...["-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0", "-DWASM_RT_USE_STACK_DEPTH_COUNT=0"],
];
const notSupported = 52;

/** Writes oddline_core.so and oddline.lua into the folder; returns their paths. */
export function buildModule(outFolder: string, tools: ModuleTools = defaultTools): string[] {
  if (process.platform !== "linux") {
    throw problem("MODULE_PLATFORM", process.platform, "Linux, where Vector's gnu packages run", undefined, beside);
  }
  const folder = mkdtempSync(join(tmpdir(), "oddline-module-"));
  try {
    const generated = join(folder, "oddline.c");
    run(tools.wasm2c, ["--module-name=oddline", fileURLToPath(wasmUrl), "-o", generated], wabtRemedy);
    const header = readFileSync(join(folder, "oddline.h"), "utf8");
    if (!header.includes(instanceType)) {
      const version = run(tools.wasm2c, ["--version"], wabtRemedy).trim();
      throw problem("MODULE_TOOL_UNKNOWN", tools.wasm2c, "wasm2c 1.0.32, as in Debian 12", version, beside);
    }
    writeFileSync(join(folder, "stubs.c"), stubs(header));
    const library = join(folder, "oddline_core.so");
    const c = readdirSync(sources).filter((name) => name.endsWith(".c"));
    const inputs = [...c.map((name) => join(sources, name)), generated, join(folder, "stubs.c")];
    run(tools.cc, [...flags, `-I${folder}`, `-I${sources}`, ...inputs, "-o", library, "-lm", "-lpthread"], ccRemedy);
    return install(outFolder, { "oddline_core.so": library, "oddline.lua": join(sources, "oddline.lua") });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A Vector that runs keeps the library it has loaded: files are replaced, never written over. */
function install(outFolder: string, files: Record<string, string>): string[] {
  try {
    mkdirSync(outFolder, { recursive: true });
    return Object.entries(files).map(([name, from]) => {
      const path = join(outFolder, name);
      replaceFile(path, readFileSync(from), 0o755);
      return path;
    });
  } catch (error) {
    throw fileError(error, outFolder, {
      code: "MODULE_UNWRITABLE",
      expected: "a writable directory",
      remedy: "choose another directory with --out",
    });
  }
}

/** What the filter imports and wasi.c does not have is answered with "not supported". */
function stubs(header: string): string {
  const own = readFileSync(join(sources, "wasi.c"), "utf8");
  const lines = [...header.matchAll(/^(\w+) (Z_wasi_snapshot_preview1Z_(\w+))\((.*)\);$/gm)]
    .filter(([, , name]) => !own.includes(`${name}(`))
    .map(([, type, name, , types]) => `${type} ${name}(${types}) { return ${notSupported}; }`);
  return ['#include "oddline.h"', ...lines, ""].join("\n");
}

const beside = "run Oddline beside Vector instead: oddline serve, docs/vector.md";
const wabtRemedy = "install it: apt install wabt";
const ccRemedy = "install a C compiler: apt install gcc libc6-dev";

function run(tool: string, args: string[], remedy: string): string {
  const { status, stdout, stderr, error } = spawnSync(tool, args, { encoding: "utf8", maxBuffer: 16 << 20 });
  if (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw problem("MODULE_TOOL_MISSING", tool, `${tool} on PATH`, code === "ENOENT" ? "none" : code, remedy);
  }
  if (status === 0) return stdout;
  if (/wasm-rt\.h/.test(stderr) && !existsSync("/usr/include/wasm-rt.h")) {
    throw problem("MODULE_TOOL_MISSING", "wasm-rt.h", "wabt's header where the compiler looks", "none", wabtRemedy);
  }
  throw problem("MODULE_BUILD_FAILED", tool, "no error", stderr.trim().split("\n").slice(0, 5).join("; "), beside);
}

function problem(code: string, subject: string, expected: string, found: string | undefined, remedy: string) {
  return new OddlineError(code, { subject, expected, found, remedy, exit: exitCode.failed });
}
