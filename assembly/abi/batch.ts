/**
 * For hosts other than Fluent Bit: many lines in one buffer, one call. A line is a record where it is one JSON object,
 * else text, which becomes {"log": line} first, as Fluent Bit's tail input does. Arrival time and options are given by
 * the caller; what a call has no room for is left for the next one.
 */

import { ipv6Prefix } from "../config/settings";
import { forgetScores } from "../detect/novelty/cache";
import {
  FEATURE_BYTES,
  featureCount,
  featuresPtr,
  GROUP_OFFSET,
  KIND_OFFSET,
  VALUE_OFFSET,
  WORD,
} from "../detect/novelty/features";
import { SIGNATURE_BYTES_MAX, signatureEndPtr, signaturePtr, useSignature } from "../detect/novelty/signature";
import { forgetSuppression } from "../detect/novelty/suppression";
import { writeFeatures } from "../detect/novelty/writeFeatures";
import { writeSignature } from "../detect/novelty/writeSignature";
import { setClockArrival } from "../detect/windows/clock";
import { putDominantKey } from "../detect/windows/dominantKey";
import { forgetWatch } from "../detect/windows/watch";
import {
  destinationEndPtr,
  destinationPtr,
  hashWindowKey,
  isRequest,
  keyEndPtr,
  keyPtr,
  messageEndPtr,
  messagePtr,
  NO_TIME,
  timeSeconds,
} from "../event/event";
import { hashSender, networkHash, senderHash } from "../event/sender";
import { forgetModel } from "../operate/modelFile";
import { spareSlot, takeSpareSlot } from "../operate/modelSource";
import { forgedKeys, isPlain } from "../record/finder";
import { writeRecord } from "../record/splice";
import { findLineEnd, hasControl, isValidObject } from "../record/validJson";
import { wrapText } from "../record/wrapText";
import { findByte } from "../runtime/bytes";
import { CARRIAGE_RETURN, COMMA, NEWLINE, OPEN_BRACE, OPEN_BRACKET } from "../runtime/characters";
import { hashBytes, hashPair } from "../runtime/hash";
import { reserve, SLACK_BYTES } from "../runtime/memory";
import { score } from "../verdict/detectors";
import { HAS_MEMBER, IS_TAGGED, judge } from "../verdict/judge";
import { setArrivalSeconds, setOptions, setSeed } from "../verdict/options";
import { scoreSignature } from "../verdict/signatureScore";
import { initialise, RECORD_BYTES_MAX, setTimes } from "./fluentBit";
import { readRecord, setTag } from "./readRecord";

export const FLAG_ALL: u32 = 1; //      every event gets its member
export const FLAG_ONLY: u32 = 2; //     only tagged events are written
export const FLAG_UNSUPPRESSED: u32 = 4; // structural changes are never suppressed
export const FLAG_NO_CACHE: u32 = 8;
export const FLAG_TEXT: u32 = 16; //    every line is text, even one that looks like a record
export const FLAG_VALID_ONLY: u32 = 32; //   ends before the first line that is not a valid JSON object
export const FLAG_OWN_TIME: u32 = 128; // a line arrives at its own time: a log that is read later
export const FLAG_ARRAYS: u32 = 64; //  for valid lines: JSON arrays of events are written, one of them a line
export const FLAG_UNJUDGED: u32 = 512; // of explain: flows alone, no verdicts
export const FLAG_ONE_LINE: u32 = 256; // the input is one line, newlines and all

/** Bytes written by the last call, and lines it took. */
export let batchBytes: u32 = 0;
export let batchLines: u32 = 0;
/** Lines of the last call that count as tagged. */
export let batchTagged: u32 = 0;
/** Whether it ended at an invalid line, not for want of room. */
export let batchInvalid: bool = false;

export function setBatch(lines: u32, bytes: u32): void {
  batchLines = lines;
  batchBytes = bytes;
}

/** An array is ended behind so many bytes: what its reader makes of it should stay in the processor's caches. */
const ARRAY_BYTES: usize = 65536;

/** Sets up the tables and the seed of the hashes; the same seed gives the same verdicts. */
export function oddline_start(seed: u64): bool {
  if (!initialise()) return false;
  setSeed(seed);
  forgetSuppression();
  forgetScores();
  forgetWatch();
  ownSeconds = i64.MIN_VALUE;
  return true;
}

/** Room for a model of so many bytes, or 0. The host copies it there and calls `oddline_use_model`. */
export function oddline_model_room(bytes: u32): usize {
  return initialise() ? spareSlot(max<usize>(<usize>bytes, 64)) : 0;
}

/** One of the MODEL constants of modelFile.ts; 0 is well. */
export function oddline_use_model(bytes: u32): i32 {
  return takeSpareSlot(<usize>bytes);
}

export function oddline_forget_model(): void {
  forgetModel();
  forgetScores();
}

/** A buffer of the host's for good, with the slack that wide loads need; 0 where memory is refused. */
export function oddline_buffer(bytes: u32): usize {
  return reserve(<usize>bytes + SLACK_BYTES);
}

/** Worst case: every byte becomes \u00XX, and the tag. */
export function lineRoom(lineBytes: usize): usize {
  return lineBytes * 6 + 2 * SLACK_BYTES;
}

const TAG_BYTES_MAX: usize = 1024;
let tagPtr: usize = 0;

/** The shipper's tag of the lines to come, which profiles may be chosen by. */
export function oddline_tag(ptr: usize, bytes: u32): void {
  if (tagPtr == 0) tagPtr = reserve(TAG_BYTES_MAX);
  const tagBytes: usize = tagPtr == 0 ? 0 : min<usize>(<usize>bytes, TAG_BYTES_MAX);
  memory.copy(tagPtr, ptr, tagBytes);
  setTag(tagPtr, tagBytes);
}

export let recordPtr: usize = 0;
let recordEndPtr: usize = 0;

export function setBatchTimes(seconds: i64, flags: u32): void {
  setTimes(seconds);
  if ((flags & FLAG_OWN_TIME) != 0) setClockArrival(NO_TIME, seconds);
}

/** Makes a record of the line (in the output where it is text) and reads it; false where it cannot be judged. */
export function takeLine(ptr: usize, endPtr: usize, outPtr: usize, flags: u32): bool {
  if (endPtr > ptr && load<u8>(endPtr - 1) == CARRIAGE_RETURN) endPtr--; // CRLF
  recordPtr = ptr;
  recordEndPtr = endPtr;
  const taken = readLine(ptr, endPtr, outPtr, flags);
  if (taken && (flags & FLAG_OWN_TIME) != 0) arriveAtOwnTime();
  return taken;
}

/** Of a log that is read later; i64.MIN_VALUE until a line has a time. */
let ownSeconds: i64 = i64.MIN_VALUE;
/** Lines come late by less than this, and so much earlier another log begins. */
const OWN_TIME_BACK_SECONDS: i64 = 3600;

/** The line arrives when it says it is from, one without a time with those before it. */
function arriveAtOwnTime(): void {
  const isLater = timeSeconds > ownSeconds || timeSeconds < ownSeconds - OWN_TIME_BACK_SECONDS;
  if (timeSeconds != NO_TIME && isLater) ownSeconds = timeSeconds;
  if (ownSeconds != i64.MIN_VALUE) setArrivalSeconds(ownSeconds);
}

function readLine(ptr: usize, endPtr: usize, outPtr: usize, flags: u32): bool {
  if ((flags & FLAG_TEXT) == 0 && endPtr > ptr && load<u8>(ptr) == OPEN_BRACE) {
    if (endPtr - ptr > <usize>RECORD_BYTES_MAX) return false;
    if (readRecord(ptr, endPtr)) return true;
  }
  recordPtr = outPtr;
  recordEndPtr = wrapText(ptr, endPtr, outPtr);
  return recordEndPtr - recordPtr <= <usize>RECORD_BYTES_MAX && readRecord(recordPtr, recordEndPtr);
}

/** Tags the lines of [inputPtr, +inputBytes); returns how many bytes of input were taken. */
export function oddline_batch(
  inputPtr: usize,
  inputBytes: u32,
  outPtr: usize,
  outBytes: u32,
  flags: u32,
  seconds: i64,
): u32 {
  setOptions((flags & FLAG_ALL) != 0, (flags & FLAG_UNSUPPRESSED) == 0, (flags & FLAG_NO_CACHE) == 0, true);
  setBatchTimes(seconds, flags);
  const endPtr = inputPtr + <usize>inputBytes;
  const outEndPtr = outPtr + <usize>outBytes;
  const arrays = (flags & FLAG_ARRAYS) != 0;
  let ptr = inputPtr;
  let out = outPtr;
  let arrayPtr = out;
  batchLines = 0;
  batchTagged = 0;
  batchInvalid = false;
  while (ptr < endPtr) {
    const lineEndPtr = findLineEnd(ptr, endPtr);
    if (out + lineRoom(lineEndPtr - ptr) > outEndPtr) break;
    if (arrays) store<u8>(out, out == arrayPtr ? OPEN_BRACKET : COMMA);
    const writtenPtr = tagLine(ptr, lineEndPtr, arrays ? out + 1 : out, flags);
    if (writtenPtr == 0) break;
    out = arrays ? writtenPtr - 1 : writtenPtr; // without the newline
    if (arrays && out - arrayPtr > ARRAY_BYTES) arrayPtr = out = endArray(out);
    batchLines++;
    ptr = min<usize>(lineEndPtr + 1, endPtr);
  }
  if (out > arrayPtr && arrays) out = endArray(out);
  batchBytes = <u32>(out - outPtr);
  return <u32>(ptr - inputPtr);
}

function endArray(out: usize): usize {
  store<u16>(out, 0x0a5d);
  return out + 2;
}

/** The end of what is written, or 0 where the line is not valid and should be. */
function tagLine(ptr: usize, endPtr: usize, out: usize, flags: u32): usize {
  // A text is wrapped behind the place where its record will be written: a tag is shorter than the slack between.
  const wrapPtr = out + SLACK_BYTES;
  const only = (flags & FLAG_ONLY) != 0;
  const taken = takeLine(ptr, endPtr, wrapPtr, flags);
  if ((flags & FLAG_VALID_ONLY) != 0) {
    // What was read as it stands, with nothing passed over, needs no second look.
    batchInvalid = !(taken && recordPtr == ptr && isPlain && !hasControl) && !isValidObject(ptr, endPtr);
    if (batchInvalid) return 0;
  }
  if (!taken) {
    if (only) return out;
    memory.copy(out, recordPtr, recordEndPtr - recordPtr);
    return endLine(out + (recordEndPtr - recordPtr));
  }
  const verdict = judge();
  if ((verdict & IS_TAGGED) != 0) batchTagged++;
  else if (only) return out;
  return endLine(writeMoved(out, (verdict & HAS_MEMBER) != 0));
}

function writeMoved(out: usize, tagged: bool): usize {
  if (!tagged && forgedKeys == 0) {
    memory.copy(out, recordPtr, recordEndPtr - recordPtr);
    return out + (recordEndPtr - recordPtr);
  }
  return writeRecord(recordPtr, recordEndPtr, out, tagged);
}

function endLine(out: usize): usize {
  store<u8>(out, NEWLINE);
  return out + 1;
}

/** Whether there is something to report to the operator about the lines so far: the line is in the output then. */
export function oddline_notice(seconds: i64): bool {
  return putDominantKey(seconds);
}

/** The score of each line as f64, suppression left aside; returns how many bytes of input were taken. */
export function oddline_scores(
  inputPtr: usize,
  inputBytes: u32,
  outPtr: usize,
  outBytes: u32,
  scratchPtr: usize,
  scratchBytes: u32,
  flags: u32,
  seconds: i64,
): u32 {
  setOptions(false, false, (flags & FLAG_NO_CACHE) == 0, false);
  return writeNumbers(false, inputPtr, inputBytes, outPtr, outBytes, scratchPtr, scratchBytes, flags, seconds);
}

/**
 * For several instances that share the work: a hash for each line as u64 that decides which of them it falls to.
 * Network events go by their destination, all others by what their windows are kept per, lines with neither by their
 * text; 0 where it is not judged.
 */
export function oddline_keys(
  inputPtr: usize,
  inputBytes: u32,
  outPtr: usize,
  outBytes: u32,
  scratchPtr: usize,
  scratchBytes: u32,
  flags: u32,
  seconds: i64,
): u32 {
  return writeNumbers(true, inputPtr, inputBytes, outPtr, outBytes, scratchPtr, scratchBytes, flags, seconds);
}

/** Eight bytes for each line, its key or its score; 0 where it is not judged. */
function writeNumbers(
  wantsKeys: bool,
  inputPtr: usize,
  inputBytes: u32,
  outPtr: usize,
  outBytes: u32,
  scratchPtr: usize,
  scratchBytes: u32,
  flags: u32,
  seconds: i64,
): u32 {
  setBatchTimes(seconds, flags);
  const endPtr = inputPtr + <usize>inputBytes;
  let ptr = inputPtr;
  batchLines = 0;
  while (ptr < endPtr && (batchLines + 1) * 8 <= outBytes) {
    const lineEndPtr = findByte(ptr, endPtr, NEWLINE);
    if (lineRoom(lineEndPtr - ptr) > <usize>scratchBytes) break;
    let number: u64 = 0;
    if (takeLine(ptr, lineEndPtr, scratchPtr, flags)) {
      if (wantsKeys) number = shardKey();
      else {
        judge();
        number = reinterpret<u64>(score);
      }
    }
    store<u64>(outPtr + <usize>batchLines * 8, number);
    batchLines++;
    ptr = min<usize>(lineEndPtr + 1, endPtr);
  }
  batchBytes = batchLines * 8;
  return <u32>(ptr - inputPtr);
}

function shardKey(): u64 {
  if (destinationEndPtr > destinationPtr) return keyOf(destinationPtr, destinationEndPtr);
  if (keyEndPtr > keyPtr) return hashWindowKey(ipv6Prefix, 0);
  return keyOf(messagePtr, messageEndPtr);
}

/** Never 0: that is no key. */
function keyOf(ptr: usize, endPtr: usize): u64 {
  return hashBytes(ptr, endPtr - ptr, 0) | 1;
}

// One line as learning sees it:
//   0 ┌───────────┬─────────────┬──────────┬───────┬───────────┬────────────────────────┐
//     │ hash of   │ key and its │ time i64 │ flags │ signature │ signature, padded to 8 │
//     │ it u64    │ network u32 │ Unix s   │ u32   │ bytes u32 │                        │
//     └───────────┴─────────────┴──────────┴───────┴───────────┴────────────────────────┘
//   key and network: hashes (event/sender.ts), 0 none; time: NO_TIME where the line has none;
//   flags: bit 0 the line came with an `anomaly` of its own.
const SIGNATURE_HEAD_BYTES: usize = 32;

/** Writes what learning needs of each line; returns how many bytes of input were taken. */
export function oddline_signatures(
  inputPtr: usize,
  inputBytes: u32,
  outPtr: usize,
  outBytes: u32,
  scratchPtr: usize,
  scratchBytes: u32,
  flags: u32,
  seconds: i64,
): u32 {
  setBatchTimes(seconds, flags);
  const endPtr = inputPtr + <usize>inputBytes;
  const outEndPtr = outPtr + <usize>outBytes;
  let ptr = inputPtr;
  let out = outPtr;
  batchLines = 0;
  while (ptr < endPtr && out + SIGNATURE_HEAD_BYTES + SIGNATURE_BYTES_MAX + 8 <= outEndPtr) {
    const lineEndPtr = findByte(ptr, endPtr, NEWLINE);
    if (lineRoom(lineEndPtr - ptr) > <usize>scratchBytes) break;
    if (takeLine(ptr, lineEndPtr, scratchPtr, flags)) out = writeLearnt(out);
    batchLines++;
    ptr = min<usize>(lineEndPtr + 1, endPtr);
  }
  batchBytes = <u32>(out - outPtr);
  return <u32>(ptr - inputPtr);
}

function writeLearnt(out: usize): usize {
  if (!isRequest && messageEndPtr == messagePtr) return out;
  writeSignature();
  const signatureBytes = signatureEndPtr - signaturePtr;
  store<u64>(out, hashBytes(signaturePtr, signatureBytes, 0));
  hashSender(keyPtr, keyEndPtr);
  store<u32>(out, senderHash, 8);
  store<u32>(out, networkHash, 12);
  store<i64>(out, timeSeconds, 16);
  store<u32>(out, forgedKeys > 0 ? 1 : 0, 24);
  store<u32>(out, <u32>signatureBytes, 28);
  memory.copy(out + SIGNATURE_HEAD_BYTES, signaturePtr, signatureBytes);
  return out + ((SIGNATURE_HEAD_BYTES + signatureBytes + 7) & ~(<usize>7));
}

/** Features of a signature made earlier, at `featuresPtr`; with `words` the WORD features of a text instead. */
export function oddline_signature_features(ptr: usize, signatureBytes: u32, words: bool): void {
  useSignature(ptr, ptr + min<usize>(<usize>signatureBytes, SIGNATURE_BYTES_MAX));
  writeFeatures(words);
}

/** The score of a signature made earlier. */
export function oddline_score_signature(ptr: usize, signatureBytes: u32): f64 {
  useSignature(ptr, ptr + min<usize>(<usize>signatureBytes, SIGNATURE_BYTES_MAX));
  return scoreSignature();
}

/** Replaces the values of the features at hand by the keys under which the table of a model holds them. */
export function oddline_table_keys(): void {
  for (let i = 0; i < featureCount; i++) {
    const at = featuresPtr + <usize>i * FEATURE_BYTES;
    const owner = load<u32>(at, KIND_OFFSET) == WORD ? <u64>WORD : load<u64>(at, GROUP_OFFSET);
    store<u64>(at, hashPair(owner, load<u64>(at, VALUE_OFFSET)), VALUE_OFFSET);
  }
}
