/**
 * What survives a restart inside a shipper: `oddline.state` in the second folder the host opened for us, written every
 * saveEverySeconds and read once at the start. It is written beside its place and moved there, so it is never half a
 * file; it is not synced, as that may hold a shipper up: what a power cut leaves is caught by the checksum. A failure
 * costs a line an hour, never a record.
 */

import { configuredSeed, hasConfiguredSeed, saveEverySeconds } from "../config/settings";
import { forgetScores } from "../detect/novelty/cache";
import { staleSeconds } from "../detect/windows/restored";
import { restoredAlerts } from "../detect/windows/snapshot";
import {
  fileBytes,
  fileInode,
  fileModified,
  lookAtFile,
  NOT_REGULAR,
  putProblem,
  putUnreadable,
  readBytes,
  readFileAt,
  writeFileAt,
} from "../runtime/files";
import { beginLine, endLine, HOUR_MILLISECONDS, isOver, logLine } from "../runtime/log";
import { reserve } from "../runtime/memory";
import { putInteger, putText } from "../runtime/output";
import { fd_prestat_get, NO_ENTRY, NO_FOLLOW, path_rename, path_unlink_file, SECOND_FOLDER } from "../runtime/wasi";
import { seed, setSeed } from "../verdict/options";
import {
  checkSnapshot,
  SNAPSHOT_BYTES_MAX,
  SNAPSHOT_DAMAGED,
  SNAPSHOT_FOREIGN,
  SNAPSHOT_INVALID,
  SNAPSHOT_NEWER,
  SNAPSHOT_OK,
  SNAPSHOT_OLDER,
  SNAPSHOT_OTHER_SEED,
  SNAPSHOT_OTHER_WINDOW,
  SNAPSHOT_TRUNCATED,
  seedOfSnapshot,
  snapshotBytesMax,
  useSnapshot,
  writeSnapshot,
} from "./snapshot";

// "oddline.state.new"; without its last four bytes it is the file itself
const namePtr = memory.data<u8>([
  0x6f, 0x64, 0x64, 0x6c, 0x69, 0x6e, 0x65, 0x2e, 0x73, 0x74, 0x61, 0x74, 0x65, 0x2e, 0x6e, 0x65, 0x77,
]);
const NAME_BYTES: usize = 13;
const NEW_NAME_BYTES: usize = 17;
const prestatPtr = memory.data(8, 8);

const STATE_MISSING: i32 = 100;
const STATE_UNREADABLE: i32 = 101;
const STATE_TOO_LARGE: i32 = 102;
/** Why it cannot be read. */
let problem: i32 = 0;

export let stateStarted: bool = false;
let hasFolder: bool = false;
let bufferPtr: usize = 0;
let bufferBytes: usize = 0;
let lastSave: i64 = 0;
let lastFailureLine: i64 = 0;
let lastSharedLine: i64 = 0;
let loggedStale: bool = false;
let savedInode: u64 = 0;
let savedModified: u64 = 0;

/** Once, when the configuration is known: the seed as configured, or that of the state, or a random one. */
export function startState(now: i64): void {
  stateStarted = true;
  lastSave = now;
  if (hasConfiguredSeed) takeSeed(configuredSeed);
  hasFolder = fd_prestat_get(SECOND_FOLDER, prestatPtr) == 0;
  if (!hasFolder || saveEverySeconds == 0) return;
  logStart(readState(), now);
}

function takeSeed(value: u64): void {
  if (value == seed) return;
  setSeed(value);
  forgetScores(); // they are found by hashes with the seed
}

/**
 * Room for `bytes` and for all there is to save, or 0; taken anew only where a new configuration enlarges the tables.
 */
export function stateRoom(bytes: usize): usize {
  const needBytes = max<usize>(bytes, snapshotBytesMax());
  if (needBytes <= bufferBytes) return bufferPtr;
  const ptr = needBytes > SNAPSHOT_BYTES_MAX ? <usize>0 : reserve(needBytes);
  if (ptr == 0) return 0;
  bufferPtr = ptr;
  bufferBytes = needBytes;
  return ptr;
}

/** Bytes of a snapshot in that room; 0 where there is no room, or nothing was counted yet. */
export function fillStateRoom(): usize {
  return stateRoom(0) == 0 ? 0 : writeSnapshot(bufferPtr, bufferBytes, seed);
}

/** Takes what lies in that room into use; one of the SNAPSHOT constants. */
export function takeStateRoom(bytes: usize, anySeed: bool): i32 {
  if (bytes > bufferBytes) return SNAPSHOT_TRUNCATED;
  const result = checkSnapshot(bufferPtr, bytes);
  if (result != SNAPSHOT_OK) return result;
  if (!anySeed && seedOfSnapshot(bufferPtr) != seed) return SNAPSHOT_OTHER_SEED;
  takeSeed(seedOfSnapshot(bufferPtr));
  useSnapshot(bufferPtr);
  return SNAPSHOT_OK;
}

function readState(): i32 {
  problem = lookAtFile(SECOND_FOLDER, NO_FOLLOW, namePtr, NAME_BYTES);
  if (problem == NO_ENTRY) return STATE_MISSING;
  if (problem != 0) return STATE_UNREADABLE;
  noteSaved();
  if (fileBytes > SNAPSHOT_BYTES_MAX || stateRoom(<usize>fileBytes) == 0) return STATE_TOO_LARGE;
  problem = readFileAt(SECOND_FOLDER, NO_FOLLOW, namePtr, NAME_BYTES, bufferPtr, <usize>fileBytes);
  return problem != 0 ? STATE_UNREADABLE : takeStateRoom(readBytes, !hasConfiguredSeed);
}

function logStart(result: i32, now: i64): void {
  if (result == STATE_UNREADABLE && problem == NOT_REGULAR) {
    lastFailureLine = now; // it cannot be written for the same reason
    logLine("oddline.state is no regular file: ", "it is left alone, a restart forgets the windows");
    return;
  }
  beginLine();
  if (result == SNAPSHOT_OK) {
    putText("oddline.state restored, ");
    putInteger(restoredAlerts);
    putText(restoredAlerts == 1 ? " alert in progress" : " alerts in progress");
    return endLine();
  }
  if (result == STATE_MISSING) putText("no oddline.state in the second accessible folder yet");
  else {
    putText("oddline.state ");
    if (result == SNAPSHOT_TRUNCATED) putText("is truncated");
    else if (result == SNAPSHOT_FOREIGN) putText("is no state of Oddline");
    else if (result == SNAPSHOT_NEWER) putText("has a newer format than this filter reads");
    else if (result == SNAPSHOT_OLDER) putText("is too old to be read");
    else if (result == SNAPSHOT_DAMAGED) putText("is damaged (checksum)");
    else if (result == SNAPSHOT_INVALID) putText("has an invalid section");
    else if (result == SNAPSHOT_OTHER_WINDOW) putText("is of windows of another length");
    else if (result == SNAPSHOT_OTHER_SEED) putText("was made with another seed than the configured one");
    else if (result == STATE_TOO_LARGE) putText("is too large");
    else putUnreadable(problem);
  }
  putText(": windows start empty");
  endLine();
}

/** Writes it where it is time to. */
export function saveState(now: i64): void {
  if (!hasFolder || saveEverySeconds == 0) return;
  if (staleSeconds > 0 && !loggedStale) logStale();
  if (!isOver(lastSave, <i64>saveEverySeconds * 1000, now)) return;
  lastSave = now;
  const bytes = fillStateRoom();
  if (bytes == 0) return;
  const found = lookAtFile(SECOND_FOLDER, NO_FOLLOW, namePtr, NAME_BYTES);
  if (found == NOT_REGULAR) return logFailure(NOT_REGULAR, now);
  if (found == 0 && isForeign()) logShared(now);
  const failure = replaceState(bytes);
  if (failure != 0) logFailure(failure, now);
  else if (lookAtFile(SECOND_FOLDER, NO_FOLLOW, namePtr, NAME_BYTES) == 0) noteSaved();
}

/** 0, or the error number of the step that failed; then the file of before is still there. */
function replaceState(bytes: usize): i32 {
  let failure = writeFileAt(SECOND_FOLDER, namePtr, NEW_NAME_BYTES, bufferPtr, bytes);
  if (failure == 0) failure = path_rename(SECOND_FOLDER, namePtr, NEW_NAME_BYTES, SECOND_FOLDER, namePtr, NAME_BYTES);
  if (failure != 0) path_unlink_file(SECOND_FOLDER, namePtr, NEW_NAME_BYTES);
  return failure;
}

function noteSaved(): void {
  savedInode = fileInode;
  savedModified = fileModified;
}

/** Whether another has written the file looked at since we read or wrote it. */
function isForeign(): bool {
  return fileInode != savedInode || fileModified != savedModified;
}

function logShared(now: i64): void {
  if (lastSharedLine != 0 && !isOver(lastSharedLine, HOUR_MILLISECONDS, now)) return;
  lastSharedLine = now;
  logLine("oddline.state was written by another: ", "give each filter a second folder of its own");
}

function logFailure(failure: i32, now: i64): void {
  if (lastFailureLine != 0 && !isOver(lastFailureLine, HOUR_MILLISECONDS, now)) return;
  lastFailureLine = now;
  beginLine();
  putText("oddline.state cannot be written (");
  putProblem(failure);
  putText("): a restart would forget the windows");
  endLine();
}

function logStale(): void {
  loggedStale = true;
  beginLine();
  putText("oddline.state was stale (the first events are ");
  putInteger(staleSeconds / 3600);
  putText(staleSeconds < 7200 ? " hour later" : " hours later");
  putText("): windows start empty");
  endLine();
}
