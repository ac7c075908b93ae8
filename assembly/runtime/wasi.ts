/** The few calls of WASI preview 1 that Oddline imports (https://github.com/WebAssembly/WASI, preview1 witx). */

// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_write")
export declare function fd_write(fd: i32, vectorsPtr: usize, vectors: i32, writtenPtr: usize): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_read")
export declare function fd_read(fd: i32, vectorsPtr: usize, vectors: i32, readPtr: usize): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_close")
export declare function fd_close(fd: i32): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_prestat_get")
export declare function fd_prestat_get(fd: i32, prestatPtr: usize): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "path_open")
export declare function path_open(
  dirFd: i32,
  lookup: i32,
  pathPtr: usize,
  pathBytes: usize,
  openFlags: i32,
  rights: u64,
  inherited: u64,
  fdFlags: i32,
  fdPtr: usize,
): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "path_filestat_get")
export declare function path_filestat_get(
  dirFd: i32,
  lookup: i32,
  pathPtr: usize,
  pathBytes: usize,
  statPtr: usize,
): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "path_rename")
export declare function path_rename(
  fromFd: i32,
  fromPtr: usize,
  fromBytes: usize,
  toFd: i32,
  toPtr: usize,
  toBytes: usize,
): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "path_unlink_file")
export declare function path_unlink_file(dirFd: i32, pathPtr: usize, pathBytes: usize): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "clock_time_get")
export declare function clock_time_get(clock: i32, precisionNanoseconds: u64, timePtr: usize): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "random_get")
export declare function random_get(ptr: usize, bytes: usize): i32;

export const RIGHT_READ: u64 = 2;
export const RIGHT_SEEK: u64 = 4;
export const RIGHT_WRITE: u64 = 64;
export const OPEN_CREATE: i32 = 1;
/** The file must not be there before. */
export const OPEN_EXCLUSIVE: i32 = 4;
/** Neither opening nor reading waits for anybody. */
export const FLAG_NO_WAIT: i32 = 4;
export const LOOKUP_FOLLOW: i32 = 1;
/** No links are followed: the name stands for the file itself. */
export const NO_FOLLOW: i32 = 0;
/** The file type of path_filestat_get that is neither folder nor device, FIFO, socket or link. */
export const FILE_REGULAR: u8 = 4;
/** The first pre-opened folder: 0-2 are the standard streams. */
export const FIRST_FOLDER: i32 = 3;
/** The second one, for the state. */
export const SECOND_FOLDER: i32 = 4;
export const STANDARD_ERROR: i32 = 2;

/** Error numbers of preview 1 that are put in words. */
export const NO_ACCESS: i32 = 2;
export const OVER_QUOTA: i32 = 19;
export const EXISTS: i32 = 20;
export const TOO_LARGE: i32 = 22;
export const INPUT_OUTPUT: i32 = 29;
export const IS_FOLDER: i32 = 31;
export const LINK_LOOP: i32 = 32;
export const TOO_MANY_OPEN: i32 = 33;
export const TOO_MANY_OPEN_ANYWHERE: i32 = 41;
export const NO_ENTRY: i32 = 44;
export const NO_SPACE: i32 = 51;
export const NOT_FOLDER: i32 = 54;
export const NOT_PERMITTED: i32 = 63;
export const READ_ONLY: i32 = 69;
export const NOT_CAPABLE: i32 = 76;

const REALTIME: i32 = 0;
const scratch = memory.data(64);

/** Wall clock in milliseconds since the epoch; 0 where the host has none. */
export function clockMilliseconds(): i64 {
  if (clock_time_get(REALTIME, 1000000, scratch) != 0) return 0;
  return <i64>(load<u64>(scratch) / 1000000);
}

export function randomSeed(): u64 {
  return random_get(scratch, 8) == 0 ? load<u64>(scratch) : 0x9e3779b97f4a7c15;
}

/** One line on the host's standard error. */
export function writeError(ptr: usize, bytes: usize): void {
  store<u32>(scratch, <u32>ptr);
  store<u32>(scratch, <u32>bytes, 4);
  fd_write(STANDARD_ERROR, scratch, 1, scratch + 16);
}

/** Bytes read into [ptr, ptr + bytes), or -1. */
export function readFile(fd: i32, ptr: usize, bytes: usize): i32 {
  let done: usize = 0;
  while (done < bytes) {
    store<u32>(scratch, <u32>(ptr + done));
    store<u32>(scratch, <u32>(bytes - done), 4);
    if (fd_read(fd, scratch, 1, scratch + 16) != 0) return -1;
    const got = <usize>load<u32>(scratch, 16);
    if (got == 0) break;
    done += got;
  }
  return <i32>done;
}

/** All of [ptr, ptr + bytes) written: 0, or what stopped it. A full disk shows as a short write first. */
export function writeFile(fd: i32, ptr: usize, bytes: usize): i32 {
  let done: usize = 0;
  while (done < bytes) {
    store<u32>(scratch, <u32>(ptr + done));
    store<u32>(scratch, <u32>(bytes - done), 4);
    store<u32>(scratch, 0, 16);
    const problem = fd_write(fd, scratch, 1, scratch + 16);
    if (problem != 0) return problem;
    const put = <usize>load<u32>(scratch, 16);
    if (put == 0) return NO_SPACE;
    done += put;
  }
  return 0;
}
