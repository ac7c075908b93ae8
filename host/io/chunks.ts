/** The file system edge for logs: files, `-` for standard input, `.gz` read as is. Streams, never a whole file. */
import { createReadStream, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { exitCode, OddlineError } from "../errors.js";

export interface ByteSource {
  name: string;
  /** Bytes on disk (compressed where the file is), or undefined for a pipe; progress bars count against it. */
  sizeBytes: number | undefined;
  /** `onRead` hears how many bytes were taken from the disk. */
  open(onRead?: (bytes: number) => void): AsyncIterable<Buffer>;
  /** When the lines of the piece given last arrived, Unix seconds; only where the source knows. Its pieces are whole lines. */
  arrivalSeconds?(): bigint;
}

const readBytes = 1 << 20;

export function openSources(paths: readonly string[]): ByteSource[] {
  if (paths.length === 0) throw missing("no input", "name at least one FILE, or - for standard input");
  return paths.map((path) => (path === "-" ? standardInput() : fileSource(path)));
}

function standardInput(): ByteSource {
  return { name: "-", sizeBytes: undefined, open: (onRead) => decoded("-", process.stdin, onRead) };
}

function fileSource(path: string): ByteSource {
  let sizeBytes: number | undefined;
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) throw missing(path, "name the files in it: DIR/*.log", "a directory");
    if (stat.isFile()) sizeBytes = stat.size;
  } catch (error) {
    if (error instanceof OddlineError) throw error;
    throw missing(path, "check the path and its permissions", (error as NodeJS.ErrnoException).code);
  }
  return {
    name: path,
    sizeBytes,
    open: (onRead) => decoded(path, createReadStream(path, { highWaterMark: readBytes }), onRead),
  };
}

async function* decoded(name: string, raw: Readable, onRead?: (bytes: number) => void): AsyncGenerator<Buffer> {
  const chunks = counted(name, raw, onRead);
  const { value: first, done } = await chunks.next();
  if (done) return;
  // gzip is told by its magic bytes, not by the name: pipes and rotated files often lack the ending.
  if (first[0] !== 0x1f || first[1] !== 0x8b) {
    yield first;
    yield* chunks;
    return;
  }
  const gunzip = createGunzip({ chunkSize: readBytes });
  const feeding = pipeline(withFirst(first, chunks), gunzip);
  feeding.catch(() => {}); // reported through the loop below
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
    await feeding;
  } catch (error) {
    if (error instanceof OddlineError) throw error;
    throw new OddlineError("INPUT_DAMAGED", {
      subject: name,
      expected: "a whole gzip file",
      found: (error as Error).message,
      remedy: "check it with gzip -t, or leave the file out",
    });
  }
}

async function* counted(name: string, raw: Readable, onRead?: (bytes: number) => void): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of raw) {
      onRead?.((chunk as Buffer).length);
      yield chunk as Buffer;
    }
  } catch (error) {
    throw missing(name, "check the path and its permissions", (error as NodeJS.ErrnoException).code);
  }
}

async function* withFirst(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

function missing(subject: string, remedy: string, found?: string): OddlineError {
  return new OddlineError("INPUT_UNREADABLE", {
    subject,
    expected: "a readable log",
    found,
    remedy,
    exit: exitCode.usage,
  });
}
