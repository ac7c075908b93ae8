/**
 * The file system edge for logs: files, `-` for standard input, packed ones as they are. Streams, never a whole file.
 */
import { createReadStream, type Stats, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { exitCode, OddlineError } from "./errors.js";
import { unpacked } from "./packing.js";
import { kindOf, notRegular } from "./readFile.js";
import { fileError, refused } from "./systemErrors.js";
import { textOnly } from "./textInput.js";

export interface ByteSource {
  name: string;
  /** Bytes on disk (compressed where the file is), or undefined for a pipe; progress bars count against it. */
  sizeBytes: number | undefined;
  /** `onRead` hears how many bytes were taken from the disk. */
  open(onRead?: (bytes: number) => void): AsyncIterable<Buffer>;
  /**
   * When the lines of the piece given last arrived, Unix seconds; only where the source knows. Its pieces are whole
   * lines.
   */
  arrivalSeconds?(): bigint;
}

const readBytes = 1 << 20;

export function openSources(paths: readonly string[]): ByteSource[] {
  if (paths.length === 0) {
    const remedy = "name at least one FILE, or - for standard input";
    throw new OddlineError(unreadable.code, { ...unreadable, subject: "no input", remedy });
  }
  return paths.map((path) => (path === "-" ? standardInput() : fileSource(path)));
}

function standardInput(): ByteSource {
  return { name: "-", sizeBytes: undefined, open: (onRead) => decoded("-", process.stdin, onRead) };
}

function fileSource(path: string): ByteSource {
  let sizeBytes: number | undefined;
  try {
    const found = statSync(path);
    if (found.isDirectory()) throw refused("EISDIR", path, "a readable log");
    if (!holdsLines(found)) throw notRegular(path, kindOf(found));
    if (found.isFile()) sizeBytes = found.size;
  } catch (error) {
    throw fileError(error, path, unreadable);
  }
  return {
    name: path,
    sizeBytes,
    open: (onRead) => decoded(path, createReadStream(path, { highWaterMark: readBytes }), onRead),
  };
}

/** A pipe, a terminal and /dev/null as well; neither a disk nor what never ends, such as /dev/zero. */
function holdsLines(found: Stats): boolean {
  if (found.isBlockDevice() || found.isSocket()) return false;
  if (!found.isCharacterDevice()) return true;
  const [major, minor] = [found.rdev >> 8, found.rdev & 0xff];
  return process.platform !== "linux" || major !== memoryDevices || linesOfMemory.includes(minor);
}

/** Of Linux; among them /dev/null and /dev/kmsg have lines, or none. */
const memoryDevices = 1;
const linesOfMemory = [3, 11];

function decoded(name: string, raw: Readable, onRead?: (bytes: number) => void): AsyncGenerator<Buffer> {
  return textOnly(name, unpacked(name, counted(name, raw, onRead)));
}

async function* counted(name: string, raw: Readable, onRead?: (bytes: number) => void): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of raw) {
      onRead?.((chunk as Buffer).length);
      yield chunk as Buffer;
    }
  } catch (error) {
    throw fileError(error, name, unreadable);
  }
}

const unreadable = {
  code: "INPUT_UNREADABLE",
  expected: "a readable log",
  remedy: "check the path and its permissions",
  exit: exitCode.usage,
};
