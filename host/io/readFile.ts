/**
 * Reads a whole file that must be an ordinary one of a bounded size: a model, a configuration, a state, a secret. Kind
 * and size are looked at before it is opened and again once it is, so that nothing hangs on a FIFO, wakes a device or
 * fills the memory, and a file that grows while it is read ends at the bound.
 *
 * A pipe that the shell handed over (`<(zcat x)`, /dev/stdin) was asked for, and ends: it is read, up to the bound.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { exitCode, OddlineError } from "./errors.js";
import { refused } from "./systemErrors.js";

/** A configuration with every keyword the matcher holds has 2 MB. */
export const configurationBytesMax = 8 << 20;
export const secretBytesMax = 1 << 20;

const readBytes = 64 << 10;
const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants;

export function readBounded(path: string, bytesMax: number): Buffer {
  const isHandedOver = handedOver(path);
  check(statSync(path), path, bytesMax, isHandedOver);
  const file = openSync(path, isHandedOver ? O_RDONLY : O_RDONLY | O_NONBLOCK | O_NOCTTY);
  try {
    const found = fstatSync(file);
    check(found, path, bytesMax, isHandedOver);
    let buffer: Buffer = Buffer.alloc(firstBytes(found, bytesMax));
    for (let length = 0; ; buffer = grown(buffer, length, path, bytesMax)) {
      const bytes = readSync(file, buffer, length, buffer.length - length, null);
      if (bytes === 0) return buffer.subarray(0, length);
      length += bytes;
    }
  } finally {
    closeSync(file);
  }
}

/** Without blocking, and of no pipe, for it is read again and again; undefined where what is there is not wanted. */
export async function readBoundedLater(
  path: string,
  bytesMax: number,
  isWanted: (found: Stats) => boolean,
): Promise<Buffer | undefined> {
  const before = await stat(path);
  if (!isWanted(before)) return undefined;
  check(before, path, bytesMax, false);
  const file = await open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  try {
    const found = await file.stat();
    check(found, path, bytesMax, false);
    let buffer: Buffer = Buffer.alloc(firstBytes(found, bytesMax));
    for (let length = 0; ; buffer = grown(buffer, length, path, bytesMax)) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
      if (bytesRead === 0) return buffer.subarray(0, length);
      length += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/** One more than there should be, so that the end is seen without another buffer. */
function firstBytes({ size }: Stats, bytesMax: number): number {
  return Math.min(Math.max(size, readBytes), bytesMax) + 1;
}

function grown(buffer: Buffer, length: number, path: string, bytesMax: number): Buffer {
  if (length > bytesMax) throw tooLarge(path, "more bytes than that", bytesMax);
  if (length < buffer.length) return buffer;
  return Buffer.concat([buffer], Math.min(2 * length, bytesMax + 1));
}

function check(found: Stats, path: string, bytesMax: number, isHandedOver: boolean): void {
  if (found.isDirectory()) throw refused("EISDIR", path, "a file");
  if (!found.isFile() && !(isHandedOver && found.isFIFO())) throw notRegular(path, kindOf(found));
  if (found.size > bytesMax) throw tooLarge(path, `${found.size} bytes, more than ${bytesMax}`, bytesMax);
}

/** A descriptor of this process, by one of its names. */
function handedOver(path: string): boolean {
  return /^\/(dev\/(stdin|fd\/\d+)|proc\/self\/fd\/\d+)$/.test(resolve(path));
}

export function kindOf(found: Stats): string {
  if (found.isFIFO()) return "a FIFO";
  if (found.isSocket()) return "a socket";
  if (found.isDirectory()) return "a directory";
  return found.isCharacterDevice() || found.isBlockDevice() ? "a device" : "something else";
}

export function notRegular(subject: string, found: string): OddlineError {
  return new OddlineError("NOT_REGULAR", {
    subject,
    expected: "a regular file",
    found,
    remedy: "name a regular file; for a pipe, use the shell's <(COMMAND)",
    exit: exitCode.usage,
  });
}

function tooLarge(subject: string, found: string, bytesMax: number): OddlineError {
  return new OddlineError("FILE_TOO_LARGE", {
    subject,
    expected: `at most ${bytesMax} bytes`,
    found,
    remedy: "check the path: this is probably not the intended file",
    exit: exitCode.usage,
  });
}
