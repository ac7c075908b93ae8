/**
 * The filter that every comparison is made with: the same exports and the same kind of memory as Oddline's, but it
 * hands each record back as it came. What it costs and what it changes is Fluent Bit's share, not ours.
 */
import { writeFileSync } from "node:fs";
import asc from "assemblyscript/asc";

const source = `
const BASE: usize = __heap_base + 1024;
let nextPtr: usize = BASE;
let live: i32 = 0;
export function malloc(bytes: i32): usize {
  const ptr = nextPtr;
  nextPtr += (<usize>bytes + 15) & ~15;
  const have = (<usize>memory.size()) << 16;
  if (nextPtr > have) memory.grow(<i32>((nextPtr - have + 0xffff) >> 16));
  live++;
  return ptr;
}
export function free(ptr: usize): void {
  if (--live == 0) nextPtr = BASE;
}
export function oddline_filter(tag: usize, tagBytes: u32, sec: u32, nsec: u32, record: usize, recordBytes: u32): usize {
  return record;
}`;

/** Compiles it with the toolchain the filter itself is built with and writes it to `path`. */
export async function writeNoopFilter(path) {
  let binary;
  const { error, stderr } = await asc.main(
    ["noop.ts", "--outFile=out.wasm", "-O3", "--runtime=stub", "--use=abort=", "--initialMemory=8"],
    {
      readFile: (name) => (name === "noop.ts" ? source : null),
      writeFile: (name, contents) => {
        if (name === "out.wasm") binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error || !binary) throw new Error(`the no-op filter does not compile: ${stderr.toString()}`);
  writeFileSync(path, binary);
}
