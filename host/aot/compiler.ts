/**
 * The compiler of the WebAssembly Micro Runtime, `wamrc`, which Fluent Bit builds as `flb-wamrc`: finds out its release
 * and has it compile the filter.
 */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exitCode, OddlineError } from "../io/errors.js";
import { wasmUrl } from "../wasm/exports.js";
import { aotVersion, compilerMin, loadedBy, readAotHeader } from "./aotFile.js";

export const targets = ["x86_64", "aarch64"] as const;
export type Target = (typeof targets)[number];

/** This machine's, if it is one of them. */
export const ownTarget = ({ x64: "x86_64", arm64: "aarch64" } as Record<string, Target | undefined>)[process.arch];

export interface Compiler {
  path: string;
  /** As `2.4.1`. */
  release: string;
}

export interface Compiled {
  bytes: Uint8Array;
  version: number;
}

/** Where none is named: Fluent Bit's own first. */
const usualNames = ["flb-wamrc", "wamrc"];
/** Compiling takes 8 s of CPU. */
const compileSecondsMax = 900;
/**
 * Without a processor's name wamrc compiles for the machine it runs on, and the file ends Fluent Bit on an older one.
 * The words are checked to lie within memory by code, not by pages that trap: whether a Fluent Bit has the latter is
 * decided when it is built, and the runtime does not check that. SIMD is off in Fluent Bit.
 */
const options: Record<Target, string[]> = {
  x86_64: ["--target=x86_64", "--cpu=x86-64"],
  aarch64: ["--target=aarch64"],
};
const safe = ["--bounds-checks=1", "--stack-bounds-checks=1", "--disable-simd"];
const remedy = "docs/aot.md says how to build it";

/** Checks that what it makes can be loaded by a Fluent Bit of today. */
export function findCompiler(named: string | undefined): Compiler {
  for (const path of named === undefined ? usualNames : [named]) {
    const { error, stdout, stderr } = spawnSync(path, ["--version"], { encoding: "utf8", timeout: 20_000 });
    if (error && (error as NodeJS.ErrnoException).code === "ENOENT" && named === undefined) continue;
    if (error) throw missing(path, (error as NodeJS.ErrnoException).code ?? error.message);
    return checked(path, stdout + stderr);
  }
  throw missing(usualNames.join(" or "), "none on PATH");
}

function missing(subject: string, found: string): OddlineError {
  const expected = `the compiler of WAMR ${compilerMin}, named with --wamrc`;
  return problem("AOT_COMPILER_MISSING", subject, expected, found === "ENOENT" ? "nothing there" : found, remedy);
}

function checked(path: string, said: string): Compiler {
  const release = /\bwamrc (\d+\.\d+\.\d+)/.exec(said)?.[1];
  const expected = `wamrc ${compilerMin}, which writes AOT version ${aotVersion} (${loadedBy})`;
  if (release === undefined) {
    const found = said.trim().split("\n")[0] || "no release in what --version prints";
    throw problem("AOT_COMPILER_UNKNOWN", path, expected, found, remedy);
  }
  if (isOlder(release, compilerMin)) throw problem("AOT_COMPILER_OLD", path, expected, `wamrc ${release}`, remedy);
  return { path, release };
}

function isOlder(release: string, than: string): boolean {
  const [ours, theirs] = [release, than].map((text) => text.split(".").map(Number));
  const at = ours.findIndex((part, i) => part !== theirs[i]);
  return at >= 0 && ours[at] < theirs[at];
}

export function compileFilter({ path }: Compiler, target: Target): Compiled {
  const folder = mkdtempSync(join(tmpdir(), "oddline-aot-"));
  const out = join(folder, "oddline.aot");
  try {
    const args = [...options[target], ...safe, "-o", out, fileURLToPath(wasmUrl)];
    const ran = spawnSync(path, args, { encoding: "utf8", timeout: compileSecondsMax * 1000, maxBuffer: 16 << 20 });
    const failed = (found: string) =>
      problem("AOT_COMPILE_FAILED", path, `an AOT file for ${target}`, found, "compare the compiler with docs/aot.md");
    if (ran.error || ran.status !== 0) throw failed(endOf(ran));
    const bytes = existsSync(out) ? readFileSync(out) : Buffer.alloc(0);
    const header = readAotHeader(bytes);
    if (header === undefined) throw failed("no AOT file");
    if (!header.target.startsWith(target)) throw failed(`one for ${header.target}`);
    return { bytes, version: header.version };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function endOf({ error, status, signal, stdout, stderr }: SpawnSyncReturns<string>): string {
  const said = `${stderr}\n${stdout}`.split("\n").filter((line) => /error|fail|invalid|unsupported/i.test(line));
  const how = error ? error.message : signal ? `ended by ${signal}` : `exit code ${status}`;
  return [how, ...said.slice(0, 4).map((line) => line.trim())].join("; ");
}

export function problem(code: string, subject: string, expected: string, found: string, todo: string): OddlineError {
  return new OddlineError(code, { subject, expected, found, remedy: todo, exit: exitCode.failed });
}
