/**
 * Lets what comes over a pipe or from a server be read more than once: it is copied to a file that only its owner can
 * read, removed when done.
 */
import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type ByteSource, openSources } from "./chunks.js";

export interface Spooled {
  sources: ByteSource[];
  remove(): void;
}

export async function readableTwice(sources: ByteSource[]): Promise<Spooled> {
  if (sources.every(({ sizeBytes }) => sizeBytes !== undefined)) return { sources, remove() {} };
  const folder = mkdtempSync(join(tmpdir(), "oddline-"));
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
  if (source.arrivalSeconds) return copyOfPieces(source, source.arrivalSeconds, path);
  await write(source.open(), path);
  const [copy] = openSources([path]);
  return { ...copy, name: source.name };
}

async function write(bytes: AsyncIterable<Buffer>, path: string): Promise<void> {
  // Opened first: a source that fails at once would else leave a file behind that is opened after its folder is gone.
  const file = await open(path, "wx", 0o600);
  await pipeline(Readable.from(bytes), file.createWriteStream());
}

/** The same pieces again, each with its arrival. */
async function copyOfPieces(source: ByteSource, arrivalOf: () => bigint, path: string): Promise<ByteSource> {
  const pieces: { bytes: number; seconds: bigint }[] = [];
  async function* noted() {
    for await (const bytes of source.open()) {
      pieces.push({ bytes: bytes.length, seconds: arrivalOf() });
      yield bytes;
    }
  }
  await write(noted(), path);
  let arrivalSeconds = 0n;
  async function* again(onRead?: (bytes: number) => void) {
    if (pieces.length === 0) return;
    const stream = createReadStream(path);
    const chunks = stream[Symbol.asyncIterator]();
    let held = Buffer.alloc(0);
    try {
      for (const { bytes, seconds } of pieces) {
        const parts = [held];
        for (let have = held.length; have < bytes; ) {
          const { value } = await chunks.next();
          if (!value) return;
          parts.push(value);
          have += value.length;
        }
        const all = parts.length > 1 ? Buffer.concat(parts) : held;
        held = all.subarray(bytes);
        onRead?.(bytes);
        arrivalSeconds = seconds;
        yield all.subarray(0, bytes);
      }
    } finally {
      stream.destroy();
    }
  }
  const sizeBytes = pieces.reduce((sum, { bytes }) => sum + bytes, 0);
  return { name: source.name, sizeBytes, open: again, arrivalSeconds: () => arrivalSeconds };
}
