/** Compiles one entry of tests/unit/assembly/builds with the filter's own flags, for comparison with a reference. */
import { readFileSync } from "node:fs";
import asc from "assemblyscript/asc";

const root = new URL("../../", import.meta.url);

const compiled = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/** The same entry with the same flags is compiled once. */
export function compileAssembly(entry: string, extraFlags: string[] = []): Promise<Uint8Array<ArrayBuffer>> {
  const id = [entry, ...extraFlags].join(" ");
  if (!compiled.has(id)) compiled.set(id, compile(entry, extraFlags));
  return compiled.get(id)!;
}

async function compile(entry: string, extraFlags: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const { targets, options } = JSON.parse(readFileSync(new URL("asconfig.json", root), "utf8"));
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      `tests/unit/assembly/builds/${entry}.ts`,
      "--outFile=out.wasm",
      `--baseDir=${new URL(".", root).pathname}`,
      `--runtime=${options.runtime}`,
      ...options.use.map((use: string) => `--use=${use}`),
      `--initialMemory=${options.initialMemory}`,
      ...options.disable.map((feature: string) => `--disable=${feature}`),
      ...options.enable.map((feature: string) => `--enable=${feature}`),
      `--optimizeLevel=${targets.release.optimizeLevel}`,
      ...(extraFlags.includes("--transform") ? [] : ["--transform", "./assembly/packText.mjs"]),
      ...extraFlags,
    ],
    {
      writeFile(name, contents) {
        if (name === "out.wasm") binary = contents as Uint8Array;
      },
    },
  );
  if (error || !binary) throw new Error(`${entry} does not compile: ${error?.message ?? ""}\n${stderr.toString()}`);
  return new Uint8Array(binary);
}

/** Instantiates it; no import is offered, so any that is asked for fails here. */
export async function loadAssembly<Exports>(entry: string): Promise<Exports & { memory: WebAssembly.Memory }> {
  const { instance } = await WebAssembly.instantiate(await compileAssembly(entry), {});
  return instance.exports as Exports & { memory: WebAssembly.Memory };
}

/** A small seeded generator (mulberry32), so that every run draws the same cases. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
