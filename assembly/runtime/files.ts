/**
 * Files in the folders that the host opened for us. Only a regular one is ever opened, and none is waited for: a FIFO
 * would hold the shipper up until somebody writes into it, a device may have no end.
 */
import { CLOSE_PAREN } from "./characters";
import { putByte, putInteger, putText } from "./output";
import {
  EXISTS,
  FILE_REGULAR,
  FLAG_NO_WAIT,
  fd_close,
  INPUT_OUTPUT,
  IS_FOLDER,
  LINK_LOOP,
  NO_ACCESS,
  NO_ENTRY,
  NO_FOLLOW,
  NO_SPACE,
  NOT_CAPABLE,
  NOT_PERMITTED,
  OPEN_CREATE,
  OPEN_EXCLUSIVE,
  OVER_QUOTA,
  path_filestat_get,
  path_open,
  path_unlink_file,
  READ_ONLY,
  RIGHT_READ,
  RIGHT_SEEK,
  RIGHT_WRITE,
  readFile,
  TOO_LARGE,
  TOO_MANY_OPEN,
  TOO_MANY_OPEN_ANYWHERE,
  writeFile,
} from "./wasi";

/**
 * Beside WASI's error numbers: what is there is a folder, a FIFO, a device, a socket or a link that is not followed.
 */
export const NOT_REGULAR: i32 = 1000;

const statPtr = memory.data(64, 8);
const fdPtr = memory.data(8, 8);

/** Of the file that was looked at last; no inode: it could not be. */
export let fileInode: u64 = 0;
export let fileBytes: u64 = 0;
export let fileModified: u64 = 0;

/** 0 where the name is that of a regular file, else why it is not to be opened. */
export function lookAtFile(folder: i32, lookup: i32, namePtr: usize, nameBytes: usize): i32 {
  const problem = path_filestat_get(folder, lookup, namePtr, nameBytes, statPtr);
  fileInode = 0;
  if (problem != 0) return problem;
  fileInode = load<u64>(statPtr, 8);
  fileBytes = load<u64>(statPtr, 32);
  fileModified = load<u64>(statPtr, 48);
  return load<u8>(statPtr, 16) == FILE_REGULAR ? 0 : NOT_REGULAR;
}

/** Bytes that were read of the file looked at, `bytes` at most. */
export let readBytes: usize = 0;

/** 0, or what stopped it. */
export function readFileAt(folder: i32, lookup: i32, namePtr: usize, nameBytes: usize, ptr: usize, bytes: usize): i32 {
  // Another file may stand there by now: then opening it must not wait either.
  const problem = path_open(folder, lookup, namePtr, nameBytes, 0, RIGHT_READ | RIGHT_SEEK, 0, FLAG_NO_WAIT, fdPtr);
  if (problem != 0) return problem;
  const fd = load<i32>(fdPtr);
  const got = readFile(fd, ptr, bytes);
  fd_close(fd);
  if (got < 0) return INPUT_OUTPUT;
  readBytes = <usize>got;
  return 0;
}

/** Makes a new file; what stands in its place is removed, never opened. 0, or what stopped it. */
export function writeFileAt(folder: i32, namePtr: usize, nameBytes: usize, ptr: usize, bytes: usize): i32 {
  let problem = createFile(folder, namePtr, nameBytes);
  if (problem == EXISTS && path_unlink_file(folder, namePtr, nameBytes) == 0)
    problem = createFile(folder, namePtr, nameBytes);
  if (problem != 0) return problem;
  const fd = load<i32>(fdPtr);
  problem = writeFile(fd, ptr, bytes);
  const closed = fd_close(fd); // network file systems report a full disk here
  return problem != 0 ? problem : closed;
}

function createFile(folder: i32, namePtr: usize, nameBytes: usize): i32 {
  return path_open(
    folder,
    NO_FOLLOW,
    namePtr,
    nameBytes,
    OPEN_CREATE | OPEN_EXCLUSIVE,
    RIGHT_WRITE | RIGHT_SEEK,
    0,
    FLAG_NO_WAIT,
    fdPtr,
  );
}

/** Of a file that cannot be read, behind its name in the line that is being made. */
export function putUnreadable(problem: i32): void {
  putText("cannot be read (");
  putProblem(problem);
  putByte(CLOSE_PAREN);
}

/** Why a file cannot be read or written, in words, into the line that is being made. */
export function putProblem(problem: i32): void {
  if (problem == NOT_REGULAR) putText("no regular file");
  else if (problem == READ_ONLY) putText("read-only file system");
  else if (problem == NO_ACCESS || problem == NOT_PERMITTED) putText("no permission");
  else if (problem == NOT_CAPABLE) putText("no permission, or a link out of the folder");
  else if (problem == NO_SPACE || problem == OVER_QUOTA) putText("no space left");
  else if (problem == NO_ENTRY) putText("the folder is gone");
  else if (problem == TOO_LARGE) putText("file size limit");
  else if (problem == EXISTS || problem == IS_FOLDER) putText("something else is in its place");
  else if (problem == LINK_LOOP) putText("a loop of links");
  else if (problem == TOO_MANY_OPEN || problem == TOO_MANY_OPEN_ANYWHERE) putText("too many open files");
  else if (problem == INPUT_OUTPUT) putText("input/output error");
  else {
    putText("WASI error ");
    putInteger(problem);
  }
}
