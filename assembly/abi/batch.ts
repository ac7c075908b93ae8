/** For hosts other than Fluent Bit: the lines of a buffer tagged, in one call. */

import { putDominantKey } from "../detect/windows/dominantKey";
import { forgedKeys, isPlain } from "../record/finder";
import { writeRecord } from "../record/splice";
import { hasControl, isValidObject } from "../record/validJson";
import { COMMA, NEWLINE, OPEN_BRACKET } from "../runtime/characters";
import { SLACK_BYTES } from "../runtime/memory";
import { HAS_MEMBER, IS_TAGGED, judge } from "../verdict/judge";
import {
  beginLines,
  endLines,
  FLAG_ARRAYS,
  FLAG_ONLY,
  FLAG_VALID_ONLY,
  findLine,
  lineEndPtr,
  linePtr,
  passLine,
  readLine,
  recordEndPtr,
  recordPtr,
} from "./lines";

/** Lines of the last call that count as tagged. */
export let batchTagged: u32 = 0;
/** Whether it ended at an invalid line, not for want of room. */
export let batchInvalid: bool = false;

/** An array is ended behind so many bytes: what its reader makes of it should stay in the processor's caches. */
const ARRAY_BYTES: usize = 65536;

/** Tags the lines of [inputPtr, +inputBytes); returns how many bytes of input were taken. */
export function oddline_batch(
  inputPtr: usize,
  inputBytes: u32,
  outPtr: usize,
  outBytes: u32,
  flags: u32,
  seconds: i64,
): u32 {
  const outEndPtr = outPtr + <usize>outBytes;
  const arrays = (flags & FLAG_ARRAYS) != 0;
  let out = outPtr;
  let arrayPtr = out;
  batchTagged = 0;
  batchInvalid = false;
  beginLines(inputPtr, inputBytes, seconds, flags);
  while (findLine(out, outEndPtr)) {
    if (arrays) store<u8>(out, out == arrayPtr ? OPEN_BRACKET : COMMA);
    const writtenPtr = tagLine(arrays ? out + 1 : out, flags);
    if (writtenPtr == 0) break;
    out = arrays ? writtenPtr - 1 : writtenPtr; // without the newline
    if (arrays && out - arrayPtr > ARRAY_BYTES) arrayPtr = out = endArray(out);
    passLine();
  }
  if (out > arrayPtr && arrays) out = endArray(out);
  return endLines(out - outPtr);
}

function endArray(out: usize): usize {
  store<u16>(out, 0x0a5d);
  return out + 2;
}

/** The end of what is written, or 0 where the line is not valid and should be. */
function tagLine(out: usize, flags: u32): usize {
  // A text is wrapped behind the place where its record will be written: a tag is shorter than the slack between.
  const isRead = readLine(out + SLACK_BYTES, true);
  if ((flags & FLAG_VALID_ONLY) != 0) {
    // What was read as it stands, with nothing passed over, needs no second look.
    batchInvalid = !(isRead && recordPtr == linePtr && isPlain && !hasControl) && !isValidObject(linePtr, lineEndPtr);
    if (batchInvalid) return 0;
  }
  const only = (flags & FLAG_ONLY) != 0;
  if (!isRead) return only ? out : endLine(copyRecord(out));
  const verdict = judge();
  if ((verdict & IS_TAGGED) != 0) batchTagged++;
  else if (only) return out;
  const tagged = (verdict & HAS_MEMBER) != 0;
  return endLine(tagged || forgedKeys > 0 ? writeRecord(recordPtr, recordEndPtr, out, tagged) : copyRecord(out));
}

function copyRecord(out: usize): usize {
  const bytes = recordEndPtr - recordPtr;
  memory.copy(out, recordPtr, bytes);
  return out + bytes;
}

function endLine(out: usize): usize {
  store<u8>(out, NEWLINE);
  return out + 1;
}

/** Whether there is something to report to the operator about the lines so far: the line is in the output then. */
export function oddline_notice(seconds: i64): bool {
  return putDominantKey(seconds);
}
