/** `oddline vector-module`: builds the filter as a Lua module for use inside Vector. */
import type { Command } from "commander";
import { writeOut } from "../io/stdout.js";
import { buildModule } from "../vector/buildModule.js";

export function registerVectorModule(program: Command): void {
  program
    .command("vector-module")
    .description("build the filter as a Lua module for Vector's lua transform (needs wasm2c and a C compiler)")
    .option("--out <folder>", "folder for oddline.lua and oddline_core.so", "oddline-vector")
    .action(async ({ out }: { out: string }) => {
      for (const path of buildModule(out)) await writeOut(`${path}\n`);
    });
}
