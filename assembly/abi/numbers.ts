/** Eight bytes for each line of a buffer: its score, or the key by which lines are shared out among instances. */

import { ipv6Prefix } from "../config/settings";
import {
  destinationEndPtr,
  destinationPtr,
  hashWindowKeyRarely,
  keyEndPtr,
  keyPtr,
  messageEndPtr,
  messagePtr,
  unescapeMessage,
} from "../event/event";
import { hashBytes } from "../runtime/hash";
import { score } from "../verdict/detectors";
import { judgeEvent } from "../verdict/judge";
import { beginLines, endLines, FLAG_UNSUPPRESSED, findLine, passLine, readLine, UNCOUNTED } from "./lines";

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
  beginLines(inputPtr, inputBytes, seconds, flags | FLAG_UNSUPPRESSED | UNCOUNTED);
  return writeNumbers(false, outPtr, outBytes, scratchPtr, scratchBytes);
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
  beginLines(inputPtr, inputBytes, seconds, flags);
  return writeNumbers(true, outPtr, outBytes, scratchPtr, scratchBytes);
}

/** 0 for a line that is not judged. */
function writeNumbers(wantsKeys: bool, outPtr: usize, outBytes: u32, scratchPtr: usize, scratchBytes: u32): u32 {
  const outEndPtr = outPtr + <usize>outBytes;
  let out = outPtr;
  while (out + 8 <= outEndPtr && findLine(scratchPtr, scratchPtr + <usize>scratchBytes)) {
    store<u64>(out, readLine(scratchPtr) ? (wantsKeys ? shardKey() : scoreBits()) : 0);
    out += 8;
    passLine();
  }
  return endLines(out - outPtr);
}

function scoreBits(): u64 {
  judgeEvent();
  return reinterpret<u64>(score);
}

function shardKey(): u64 {
  if (destinationEndPtr > destinationPtr) return keyOf(destinationPtr, destinationEndPtr);
  if (keyEndPtr > keyPtr) return hashWindowKeyRarely(ipv6Prefix, 0);
  unescapeMessage();
  return keyOf(messagePtr, messageEndPtr);
}

/** Never 0: that is no key. */
function keyOf(ptr: usize, endPtr: usize): u64 {
  return hashBytes(ptr, endPtr - ptr, 0) | 1;
}
