/**
 * Where the model comes from: `oddline.model` in the first folder the host opened for us, looked at every
 * modelCheckSeconds of wall clock; any change of inode, size or time of modification loads it, between two records. A
 * file that cannot be used leaves the last good model in place and one line on standard error; without one there, it is
 * as if there were no file. Other hosts hand the bytes in directly.
 */

import { hasModel, modelVersion } from "../config/model";
import { modelCheckSeconds } from "../config/settings";
import { forgetScores } from "../detect/novelty/cache";
import {
  fileBytes,
  fileInode,
  fileModified,
  lookAtFile,
  NOT_REGULAR,
  putUnreadable,
  readBytes,
  readFileAt,
} from "../runtime/files";
import { FixedArray } from "../runtime/fixedArray";
import { beginLine, DAY_MILLISECONDS, endLine, HOUR_MILLISECONDS, isOver, logLine } from "../runtime/log";
import { reserve } from "../runtime/memory";
import { putHex32, putInteger, putText } from "../runtime/output";
import { FIRST_FOLDER, fd_prestat_get, LOOKUP_FOLLOW, NO_ENTRY } from "../runtime/wasi";
import {
  ageSecondsMax,
  checkModel,
  MODEL_BYTES_MAX,
  MODEL_DAMAGED,
  MODEL_NEWER,
  MODEL_NO_MAGIC,
  MODEL_OK,
  MODEL_SECTION_INVALID,
  MODEL_SIZE_DIFFERS,
  MODEL_TOO_LARGE,
  MODEL_TOO_SHORT,
  newestEventSeconds,
  useModel,
} from "./modelFile";

/** Beside the MODEL constants. Neither is for good, so it is tried again at every look. */
const MODEL_UNREADABLE: i32 = 100;
const MODEL_NO_MEMORY: i32 = 101;

// Two slots: the model in use, and room to check the next one beside it.
const slotPtrs = changetype<FixedArray<usize>>(memory.data(2 * sizeof<usize>()));
const slotCapacities = changetype<FixedArray<usize>>(memory.data(2 * sizeof<usize>()));
let slotInUse: i32 = 1;

const prestatPtr = memory.data(8, 8);
// oddline.model
const namePtr = memory.data<u8>([0x6f, 0x64, 0x64, 0x6c, 0x69, 0x6e, 0x65, 0x2e, 0x6d, 0x6f, 0x64, 0x65, 0x6c]);
const NAME_BYTES: usize = 13;

let hasFolder: bool = false;
let started: bool = false;
let lastLook: i64 = 0;
let lastAgeLine: i64 = 0;
/** Of the file whose content was looked into last. */
let seenInode: u64 = 0;
let seenBytes: u64 = 0;
let seenModified: u64 = 0;
let missing: bool = false;
/** Why the file could not be opened or read. */
let problem: i32 = 0;
// The problem logged last, and of which file: a file that grows, or stays closed to us, is logged once an hour.
let loggedResult: i32 = MODEL_OK;
let loggedProblem: i32 = 0;
let loggedInode: u64 = 0;
let loggedAt: i64 = 0;

/** Room for a model of so many bytes in the slot that is not in use; 0 where there is none. */
export function spareSlot(bytes: usize): usize {
  const slot = 1 - slotInUse;
  if (unchecked(slotCapacities[slot]) < bytes) {
    // Half as much again: nightly models grow a little, and reserved memory is never given back.
    const capacity = min<usize>(bytes + bytes / 2, MODEL_BYTES_MAX);
    const ptr = reserve(capacity);
    if (ptr == 0) return 0;
    slotPtrs[slot] = ptr;
    slotCapacities[slot] = capacity;
  }
  return unchecked(slotPtrs[slot]);
}

/** Checks what lies in the spare slot and takes it into use; one of the MODEL constants. */
export function takeSpareSlot(bytes: usize): i32 {
  const ptr = unchecked(slotPtrs[1 - slotInUse]);
  if (bytes > slotCapacities[1 - slotInUse]) return MODEL_SIZE_DIFFERS;
  const result = checkModel(ptr, bytes);
  if (result != MODEL_OK) return result;
  slotInUse = 1 - slotInUse;
  useModel(ptr);
  forgetScores();
  return MODEL_OK;
}

/** Looks at the file where it is time to; all within is said in one line each. */
export function lookForModel(now: i64): void {
  if (started && !isOver(lastLook, <i64>modelCheckSeconds * 1000, now)) return;
  lastLook = now;
  look(now);
  started = true;
}

function look(now: i64): void {
  if (!started) {
    hasFolder = fd_prestat_get(FIRST_FOLDER, prestatPtr) == 0;
    if (!hasFolder) logLine("no folder for the model (accessible_paths): ", "built-in keywords and rates only");
  }
  if (!hasFolder) return;
  problem = lookAtFile(FIRST_FOLDER, LOOKUP_FOLLOW, namePtr, NAME_BYTES);
  const isSeen = fileInode == seenInode && fileBytes == seenBytes && fileModified == seenModified;
  if (problem != 0 || !isSeen) {
    const result = problem == 0 ? loadFile() : MODEL_UNREADABLE;
    const isForGood = result != MODEL_UNREADABLE && result != MODEL_NO_MEMORY;
    seenInode = isForGood ? fileInode : 0;
    seenBytes = fileBytes;
    seenModified = fileModified;
    if (problem == NO_ENTRY) logMissing();
    else logResult(result, now);
  }
  logAge(now);
}

function logMissing(): void {
  if (!missing) {
    if (hasModel) logLine("oddline.model is gone: ", "the one in memory stays");
    else logLine("no oddline.model in the first accessible folder: ", "built-in keywords and rates until there is one");
  }
  missing = true;
  loggedResult = MODEL_OK;
}

function loadFile(): i32 {
  if (fileBytes > MODEL_BYTES_MAX) return MODEL_TOO_LARGE;
  const bytes = <usize>fileBytes;
  const ptr = spareSlot(max<usize>(bytes, 64));
  if (ptr == 0) return MODEL_NO_MEMORY;
  problem = readFileAt(FIRST_FOLDER, LOOKUP_FOLLOW, namePtr, NAME_BYTES, ptr, bytes);
  if (problem != 0) return MODEL_UNREADABLE;
  const result = takeSpareSlot(readBytes);
  return result == MODEL_TOO_SHORT ? MODEL_SIZE_DIFFERS : result; // both are "truncated"
}

function logResult(result: i32, now: i64): void {
  missing = false;
  if (result == MODEL_OK) {
    loggedResult = MODEL_OK;
    beginLine();
    putText("model ");
    putHex32(modelVersion);
    putText(" loaded");
    putAge(now);
    lastAgeLine = 0;
    return endLine();
  }
  const isLogged = result == loggedResult && problem == loggedProblem && fileInode == loggedInode;
  if (isLogged && !isOver(loggedAt, HOUR_MILLISECONDS, now)) return;
  loggedResult = result;
  loggedProblem = problem;
  loggedInode = fileInode;
  loggedAt = now;
  beginLine();
  putText("oddline.model ");
  if (result == MODEL_SIZE_DIFFERS) putText("is truncated");
  else if (result == MODEL_NO_MAGIC) putText("is no Oddline model");
  else if (result == MODEL_NEWER) putText("has a newer format than this filter reads");
  else if (result == MODEL_DAMAGED) putText("is damaged (checksum)");
  else if (result == MODEL_SECTION_INVALID) putText("has an invalid section");
  else if (result == MODEL_TOO_LARGE) putText("is larger than 16 MiB");
  else if (result == MODEL_NO_MEMORY) putText("does not fit into memory");
  else if (problem == NOT_REGULAR) putText("is no regular file");
  else putUnreadable(problem);
  if (hasModel) {
    putText(": model ");
    putHex32(modelVersion);
    putText(" stays");
  } else putText(": built-in keywords and rates until there is a good one");
  endLine();
}

function putAge(now: i64): void {
  if (newestEventSeconds <= 0 || now == 0) return;
  const hours = (now / 1000 - newestEventSeconds) / 3600;
  putText(", newest event ");
  if (hours < 48) {
    putInteger(hours < 0 ? 0 : hours);
    putText(" hours old");
  } else {
    putInteger(hours / 24);
    putText(" days old");
  }
}

/** A model older than it should be: one line a day. */
function logAge(now: i64): void {
  if (!hasModel || ageSecondsMax <= 0 || newestEventSeconds <= 0) return; // learnt from nothing: nothing to go stale
  if (now / 1000 - newestEventSeconds <= ageSecondsMax) return;
  if (lastAgeLine != 0 && !isOver(lastAgeLine, DAY_MILLISECONDS, now)) return;
  lastAgeLine = now;
  beginLine();
  putText("model ");
  putHex32(modelVersion);
  putText(" is stale");
  putAge(now);
  putText("; run oddline refresh");
  endLine();
}
