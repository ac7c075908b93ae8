/** The filter as it ships but for the guards around every region of its memory (assembly/runtime/memory.ts). */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = new URL("../../", import.meta.url);

/** Compiles with the shipped build's features and runtime, in memory; rejects with what the compiler said. */
export async function compileEntry(entry, furtherFlags = []) {
  const { options } = JSON.parse(readFileSync(new URL("asconfig.json", root), "utf8"));
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
      "--transform=./assembly/packText.mjs",
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

/** Its bytes. V8 makes up for the optimisations left out, which take the compiler ten seconds. */
export function guardedFilter() {
  return compileEntry("tests/unit/assembly/builds/guarded.ts", ["--noAssert", "--use=GUARDS=1", "--optimizeLevel=1"]);
}

const memorySection = 5;

/** The same module in a memory that cannot grow beyond so many pages: what a host refuses is refused. */
export function withMemoryLimit(wasm, pagesMax) {
  let at = 8;
  while (wasm[at] !== memorySection) {
    const [bytes, ptr] = readNumber(wasm, at + 1);
    at = ptr + bytes;
  }
  const [bytes, ptr] = readNumber(wasm, at + 1);
  const [pages] = readNumber(wasm, ptr + 2);
  const limits = [1, 1, ...writeNumber(pages), ...writeNumber(pagesMax)];
  const section = [memorySection, ...writeNumber(limits.length), ...limits];
  return Uint8Array.from([...wasm.subarray(0, at), ...section, ...wasm.subarray(ptr + bytes)]);
}

/** LEB128, and where it ends. */
function readNumber(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    value |= (bytes[at] & 127) << shift;
    if (bytes[at++] < 128) return [value, at];
  }
}

function writeNumber(value) {
  return value < 128 ? [value] : [(value & 127) | 128, ...writeNumber(value >>> 7)];
}
