/** The filter as it ships but for the guards around every region of its memory (assembly/memory.ts). */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = new URL("../../", import.meta.url);

/** What is compiled with the shipped build's flags, in memory; rejects with what the compiler said. */
export async function compileEntry(entry, furtherFlags = []) {
  const { targets, options } = JSON.parse(readFileSync(new URL("asconfig.json", root), "utf8"));
  let binary;
  const { error, stderr } = await asc.main(
    [
      entry,
      "--outFile=out.wasm",
      `--baseDir=${fileURLToPath(root)}`,
      `--runtime=${options.runtime}`,
      ...options.use.map((use) => `--use=${use}`),
      `--initialMemory=${options.initialMemory}`,
      ...options.disable.map((feature) => `--disable=${feature}`),
      ...options.enable.map((feature) => `--enable=${feature}`),
      `--optimizeLevel=${targets.release.optimizeLevel}`,
      "--transform=./assembly/noHeap.mjs",
      ...furtherFlags,
    ],
    {
      writeFile: (name, contents) => {
        if (name === "out.wasm") binary = contents;
      },
    },
  );
  if (error || !binary) throw new Error(`${entry} does not compile: ${error?.message ?? ""}\n${stderr.toString()}`);
  return new Uint8Array(binary);
}

export async function guardedFilter() {
  return new WebAssembly.Module(
    await compileEntry("tests/assembly/builds/guarded.ts", ["--noAssert", "--use=GUARDS=1"]),
  );
}
