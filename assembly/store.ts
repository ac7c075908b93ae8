/**
 * Where the model comes from: `oddline.model` in the first folder the host opened for us, looked at every modelCheckSeconds
 * of wall clock; any change of inode, size or time of modification loads it, between two records. A file that cannot be
 * used leaves the last good model in place and one line on standard error. Other hosts hand the bytes in directly.
 */
import { forgetScores } from "./cache";
import { modelCheckSeconds } from "./config";
import { FixedArray } from "./fixedArray";
import { reserve } from "./memory";
import {
  ageSecondsMax,
  checkModel,
  hasModel,
  MODEL_BYTES_MAX,
  MODEL_DAMAGED,
  MODEL_NEWER,
  MODEL_NO_MAGIC,
  MODEL_OK,
  MODEL_SECTION_INVALID,
  MODEL_SIZE_DIFFERS,
  MODEL_TOO_LARGE,
  MODEL_TOO_SHORT,
  modelVersion,
  newestEventSeconds,
  useModel,
} from "./model";
import { putHex32, putInteger, putText } from "./output";
import { beginLine, DAY_MILLISECONDS, endLine, say } from "./say";
import {
  FIRST_FOLDER,
  fd_close,
  fd_prestat_get,
  LOOKUP_FOLLOW,
  path_filestat_get,
  path_open,
  RIGHT_READ,
  RIGHT_SEEK,
  readFile,
} from "./wasi";

/** Read failed or the file changed while it was read: tried again at the next look. */
const MODEL_UNREADABLE: i32 = 100;
const MODEL_NO_MEMORY: i32 = 101;

// Two slots: the model in use, and room to check the next one beside it.
const slotPtrs = changetype<FixedArray<usize>>(memory.data(2 * sizeof<usize>()));
const slotCapacities = changetype<FixedArray<usize>>(memory.data(2 * sizeof<usize>()));
let slotInUse: i32 = 1;

const statPtr = memory.data(64, 8);
const fdPtr = memory.data(8, 8);
const namePtr = memory.data<u8>([0x6f, 0x64, 0x64, 0x6c, 0x69, 0x6e, 0x65, 0x2e, 0x6d, 0x6f, 0x64, 0x65, 0x6c]); // oddline.model
const NAME_BYTES: usize = 13;

let hasFolder: bool = false;
let started: bool = false;
let lastLook: i64 = 0;
let lastAgeLine: i64 = 0;
let seenInode: u64 = 0;
let seenBytes: u64 = 0;
let seenModified: u64 = 0;
let missing: bool = false;
/** A model was there from the start and could not be used: until one can, nothing is judged. */
export let hasOnlyInvalid: bool = false;

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
  const result = checkModel(ptr, bytes);
  if (result != MODEL_OK) return result;
  slotInUse = 1 - slotInUse;
  useModel(ptr);
  forgetScores();
  return MODEL_OK;
}

/** Looks at the file where it is time to; all within is said in one line each. */
export function lookForModel(now: i64): void {
  if (started && now >= lastLook && now - lastLook < <i64>modelCheckSeconds * 1000) return;
  lastLook = now;
  look(now);
  started = true;
}

function look(now: i64): void {
  if (!started) {
    hasFolder = fd_prestat_get(FIRST_FOLDER, statPtr) == 0;
    if (!hasFolder) say("no folder for the model (accessible_paths): ", "built-in keywords and rates only");
  }
  if (!hasFolder) return;
  if (path_filestat_get(FIRST_FOLDER, LOOKUP_FOLLOW, namePtr, NAME_BYTES, statPtr) != 0) {
    if (!missing) {
      if (hasModel) say("oddline.model is gone: ", "the one in memory stays");
      else say("no oddline.model in the first accessible folder: ", "built-in keywords and rates until there is one");
    }
    missing = true;
    seenInode = 0;
    return;
  }
  missing = false;
  const inode = load<u64>(statPtr, 8);
  const bytes = load<u64>(statPtr, 32);
  const modified = load<u64>(statPtr, 48);
  if (inode != seenInode || bytes != seenBytes || modified != seenModified) {
    const result = loadFile(<usize>min<u64>(bytes, MODEL_BYTES_MAX + 1));
    if (result == MODEL_UNREADABLE && seenInode != inode && started) {
      // perhaps it is just being replaced; said if it is still so at the next look
      seenInode = inode;
      seenBytes = 0;
      return;
    }
    seenInode = inode;
    seenBytes = bytes;
    seenModified = modified;
    tellResult(result, now);
    return;
  }
  tellAge(now);
}

function loadFile(bytes: usize): i32 {
  if (bytes > MODEL_BYTES_MAX) return MODEL_TOO_LARGE;
  const ptr = spareSlot(max<usize>(bytes, 64));
  if (ptr == 0) return MODEL_NO_MEMORY;
  if (path_open(FIRST_FOLDER, LOOKUP_FOLLOW, namePtr, NAME_BYTES, 0, RIGHT_READ | RIGHT_SEEK, 0, 0, fdPtr) != 0)
    return MODEL_UNREADABLE;
  const fd = load<i32>(fdPtr);
  const got = readFile(fd, ptr, bytes);
  fd_close(fd);
  if (got < 0) return MODEL_UNREADABLE;
  return takeSpareSlot(<usize>got);
}

function tellResult(result: i32, now: i64): void {
  hasOnlyInvalid = result != MODEL_OK && !hasModel;
  if (result == MODEL_OK) {
    beginLine();
    putText("model ");
    putHex32(modelVersion);
    putText(" loaded");
    putAge(now);
    lastAgeLine = 0;
    endLine();
    return tellAge(now);
  }
  beginLine();
  putText("oddline.model ");
  if (result == MODEL_TOO_SHORT || result == MODEL_SIZE_DIFFERS) putText("is truncated");
  else if (result == MODEL_NO_MAGIC) putText("is no Oddline model");
  else if (result == MODEL_NEWER) putText("has a newer format than this filter reads");
  else if (result == MODEL_DAMAGED) putText("is damaged (checksum)");
  else if (result == MODEL_SECTION_INVALID) putText("has an invalid section");
  else if (result == MODEL_TOO_LARGE) putText("is larger than 16 MiB");
  else if (result == MODEL_NO_MEMORY) putText("does not fit into memory");
  else putText("cannot be read");
  if (hasModel) {
    putText(": model ");
    putHex32(modelVersion);
    putText(" stays");
  } else putText(": events pass as they are");
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
function tellAge(now: i64): void {
  if (!hasModel || ageSecondsMax <= 0 || newestEventSeconds <= 0) return; // learnt from nothing: nothing to go stale
  if (now / 1000 - newestEventSeconds <= ageSecondsMax) return;
  if (lastAgeLine != 0 && now - lastAgeLine < DAY_MILLISECONDS) return;
  lastAgeLine = now;
  beginLine();
  putText("model ");
  putHex32(modelVersion);
  putText(" is stale");
  putAge(now);
  putText("; run oddline refresh");
  endLine();
}
