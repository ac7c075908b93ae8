/**
 * Replaces a file in one atomic step: whoever reads it sees the old bytes or the new ones, never a part. Only an
 * ordinary file is replaced, or a free name; of a link, the file it points to. The new bytes grow under a
 * random name that nobody else can have made, with their final owner and mode from before the first byte.
 */
import { createHash, randomBytes } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { exitCode, OddlineError } from "./errors.js";
import { kindOf } from "./readFile.js";
import { fileError, refused } from "./systemErrors.js";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const ownerOnly = 0o600;
/** What may stand beside a name that the file system bounds at 255 bytes. */
const stemBytesMax = 200;

/**
 * A number: ours, with this mode. A function: the owner and group of the file in place stay, which has a say in the
 * mode.
 */
export type ModeOf = number | ((inPlace: Stats | undefined) => number);

export function replaceFile(path: string, bytes: Uint8Array, mode: ModeOf): void {
  try {
    const { target, inPlace } = targetOf(path);
    if (typeof mode === "number") replace(target, bytes, mode, undefined);
    else replace(target, bytes, mode(inPlace), inPlace);
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Throws what `replaceFile` would find wrong with the place, before hours of work are done for it. */
export function checkReplaceable(path: string): void {
  try {
    targetOf(path);
  } catch (error) {
    throw fileError(error, path);
  }
}

/** The same for a file whose folder nobody is going to make. */
export function checkWritable(path: string): void {
  try {
    accessSync(dirname(targetOf(path).target), constants.W_OK);
  } catch (error) {
    throw fileError(error, path);
  }
}

function replace(target: string, bytes: Uint8Array, mode: number, owner: Stats | undefined): void {
  const temporary = join(dirname(target), `${temporaryStart(target)}${randomBytes(8).toString("hex")}.tmp`);
  const file = openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, ownerOnly);
  try {
    try {
      fchmodSync(file, owner && !keepOwner(file, owner) ? withoutGroup(mode) : mode);
      for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(dirname(target));
}

/**
 * A link is followed as other tools do: it is the operator's layout, and what reads the file reads it through the link.
 * The kernel has its say first (stat): a stranger's link in a folder such as /tmp is none of ours (protected_symlinks).
 */
function targetOf(path: string): { target: string; inPlace: Stats | undefined } {
  const inPlace = statSync(path, { throwIfNoEntry: false });
  if (inPlace?.isDirectory()) throw refused("EISDIR", path, "a file to replace, or a file that does not exist yet");
  if (inPlace && !inPlace.isFile()) throw notReplaceable(path, kindOf(inPlace));
  // What the shell has opened is written to, not replaced: it would go on writing to a file without a name.
  if (/^\/(dev\/(std(in|out|err)$|fd\/)|proc\/)/.test(resolve(path))) throw notReplaceable(path, "an open descriptor");
  if (inPlace) {
    const target = realpathSync(path);
    if (isStrangers(inPlace, statSync(dirname(target))))
      throw refused("EPERM", path, "a file of our own in a folder for all");
    return { target, inPlace };
  }
  if (lstatSync(path, { throwIfNoEntry: false })) throw notReplaceable(path, "a link to nothing");
  return { target: path, inPlace: undefined };
}

/** Put there by somebody else, in a folder such as /tmp where all may: he would read what comes, if root writes it. */
function isStrangers({ uid }: Stats, folder: Stats): boolean {
  const forAll = 0o1002; // sticky, writable by others
  return (folder.mode & forAll) === forAll && uid !== process.geteuid?.() && uid !== folder.uid;
}

function notReplaceable(subject: string, found: string): OddlineError {
  return new OddlineError("NOT_REGULAR", {
    subject,
    expected: "a regular file to replace, or a file that does not exist yet",
    found,
    remedy: "name another file; this one was not changed",
    exit: exitCode.usage,
  });
}

/** Root must not take a file away from who reads it. False where its group would be another one. */
function keepOwner(file: number, { uid, gid }: Stats): boolean {
  for (const owner of [uid, process.geteuid?.() ?? uid]) {
    try {
      fchownSync(file, owner, gid);
      return true;
    } catch {
      // not ours to give away
    }
  }
  return false;
}

/** What was meant for one group is not meant for another. */
function withoutGroup(mode: number): number {
  return (mode & ~0o070) | ((mode & 0o007) << 3);
}

/** What runs that were killed while they wrote it or a copy of it left behind; for who alone may write it now. */
export function removeLeftovers(path: string): void {
  const target = realpathSync(path);
  const start = temporaryStart(target);
  for (const entry of readdirSync(dirname(target), { withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.startsWith(start)) continue;
    const isLeftover = /^((0|undone)\.)?[0-9a-f]{16}\.tmp$/.test(entry.name.slice(start.length));
    if (isLeftover) rmSync(join(dirname(target), entry.name), { force: true });
  }
}

function temporaryStart(target: string): string {
  const name = basename(target);
  const isLong = Buffer.byteLength(name) > stemBytesMax;
  return `.${isLong ? createHash("sha256").update(name).digest("hex").slice(0, 32) : name}.`;
}

/** The rename itself must survive a power cut; not every file system lets a directory be synced. */
function syncDirectory(path: string): void {
  try {
    const directory = openSync(path, "r");
    fsyncSync(directory);
    closeSync(directory);
  } catch {
    // the content is whole either way
  }
}
