/** `oddline aot`: the filter compiled ahead of time for Fluent Bit, compared with the interpreted one. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { aotVersion, loadedBy } from "../aot/aotFile.js";
import { type Comparison, compareVerdicts } from "../aot/compare.js";
import {
  type Compiled,
  compileFilter,
  findCompiler,
  ownTarget,
  problem,
  type Target,
  targets,
} from "../aot/compiler.js";
import { grouped } from "../io/numbers.js";
import { checkWritable, replaceFile } from "../io/replaceFile.js";
import { note, printJson, writeOut } from "../io/stdout.js";
import { oneLine } from "../io/terminal.js";
import { choiceOption } from "./options.js";

interface AotOptions {
  wamrc?: string;
  target?: Target;
  out: string;
  json?: boolean;
}

/** Whoever runs the shipper reads it: there is nothing secret in it. */
const newFileMode = 0o644;
const permissionBits = 0o777;

export function registerAot(program: Command): void {
  program
    .command("aot")
    .description("compile the filter ahead of time for Fluent Bit, with the compiler of its WebAssembly runtime")
    .option("--wamrc <path>", "the compiler, wamrc or flb-wamrc, of WAMR 2.4.1 (default: the one on PATH)")
    .option("--target <machine>", `${targets.join(" or ")} (default: this machine)`, choiceOption("--target", targets))
    .option("--out <file>", "AOT file to write; it is replaced atomically", "oddline.aot")
    .option("--json", "print the outcome as JSON")
    .action(aot);
}

async function aot({ wamrc, target: named, out, json }: AotOptions): Promise<void> {
  const target = named ?? ownTarget ?? choiceOption("--target", targets)(process.arch);
  checkWritable(out);
  const compiler = findCompiler(wamrc);
  note(`compiling the filter for ${target} with ${compiler.path} ${compiler.release}, which takes a while`);
  const compiled = compileFilter(compiler, target);
  const comparison = compareVerdicts(compiled, target);
  requireKnown(compiled, compiler.path, comparison);
  replaceFile(out, compiled.bytes, (inPlace) => (inPlace ? inPlace.mode & permissionBits : newFileMode));
  const outcome = {
    out,
    bytes: compiled.bytes.length,
    target,
    compiler: compiler.release,
    aotVersion: compiled.version,
  };
  if (json) await printJson({ ...outcome, compared: comparison, wasmPath: resolve(out) });
  else await writeOut(told(outcome, comparison));
}

/** A version of a release to come is fine where a Fluent Bit has just loaded it. */
function requireKnown({ version }: Compiled, subject: string, comparison: Comparison): void {
  if (version === aotVersion || "fluentBit" in comparison) return;
  const expected = `AOT version ${aotVersion}, which ${loadedBy} loads, or the Fluent Bit that loads another one on PATH`;
  throw problem("AOT_VERSION_UNKNOWN", subject, expected, `AOT version ${version}`, "docs/aot.md names the releases");
}

function told(outcome: { out: string; bytes: number; target: Target; aotVersion: number }, is: Comparison): string {
  const size = `${Math.round(outcome.bytes / 1024)} KiB`;
  const loads = outcome.aotVersion === aotVersion ? loadedBy : `Fluent Bit ${"fluentBit" in is ? is.fluentBit : ""}`;
  const compared =
    "fluentBit" in is
      ? `${grouped(is.records)} records through Fluent Bit ${is.fluentBit}: the same verdicts as interpreted`
      : `with nothing, ${is.why}`;
  return [
    oneLine(`${outcome.out} (${size}): the filter for ${outcome.target}, AOT version ${outcome.aotVersion} (${loads})`),
    oneLine(`  compared  ${compared}`),
    oneLine(`  use       Wasm_Path ${resolve(outcome.out)}`),
    "            in place of oddline.wasm; compile again when Oddline or Fluent Bit is upgraded",
    "",
  ].join("\n");
}
