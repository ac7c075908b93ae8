/** Lets a pipe be read twice: standard input is copied to a file that only its owner can read, removed when done. */
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type ByteSource, openSources } from "../io/chunks.js";

export interface Spooled {
  sources: ByteSource[];
  remove(): void;
}

export async function readableTwice(paths: readonly string[]): Promise<Spooled> {
  const sources = openSources(paths);
  if (sources.every(({ sizeBytes }) => sizeBytes !== undefined)) return { sources, remove() {} };
  const folder = mkdtempSync(join(tmpdir(), "oddline-scan-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // Also when interrupted: the lines are someone's logs.
  process.once("exit", remove);
  try {
    const copies: ByteSource[] = [];
    for (const [index, source] of sources.entries()) {
      copies.push(source.sizeBytes === undefined ? await copyOf(source, join(folder, `${index}`)) : source);
    }
    return { sources: copies, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

async function copyOf(source: ByteSource, path: string): Promise<ByteSource> {
  await pipeline(Readable.from(source.open()), createWriteStream(path, { mode: 0o600 }));
  const [copy] = openSources([path]);
  return { ...copy, name: source.name };
}
