/**
 * Puts the `anomaly` member before a record's last brace and renames forged ones; every other byte stays as it is.
 * `findFields` and `judge` have run on the record.
 */

import { COMMA, DIGIT_0, UNDERSCORE } from "../runtime/characters";
import { skipSpace, skipString, skipValue } from "../runtime/json";
import { outputEndPtr, outputPtr } from "../runtime/output";
import { bracePtr, forgedKeys, hasMembers, isForged, takenNames, takenNumberMax } from "./finder";

const UPSTREAM_BYTES: usize = 9; // "_upstream"
const NUMBER_BYTES_MAX: usize = 10;

/** Bytes by which the record may grow. */
export function growthBytesMax(): usize {
  return <usize>forgedKeys * (UPSTREAM_BYTES + NUMBER_BYTES_MAX) + (outputEndPtr - outputPtr) + 2;
}

/**
 * Writes the record with its renames, and the member where `tagged`; returns the end of what was written. A key is
 * renamed by what is put in behind it: no byte of a record is ever dropped, not even of one that is no valid JSON.
 */
export function writeRecord(ptr: usize, endPtr: usize, targetPtr: usize, tagged: bool): usize {
  let number: u32 = 0;
  let left = forgedKeys;
  // The walk of findFields again, which is known to succeed: so there is no limit to how many keys are renamed.
  let at = ptr;
  while (left > 0 && at != 0) {
    const keyPtr = skipSpace(skipSpace(at, endPtr) + 1, endPtr) + 1; // behind the brace or the comma
    const keyEndPtr = skipString(keyPtr, endPtr);
    if (isForged(keyPtr, keyEndPtr)) {
      targetPtr = copy(ptr, keyEndPtr, targetPtr);
      number = nextFreeName(number);
      targetPtr = writeSuffix(targetPtr, number);
      ptr = keyEndPtr;
      left--;
    }
    at = skipValue(skipSpace(skipSpace(keyEndPtr + 1, endPtr) + 1, endPtr), endPtr);
  }
  if (!tagged) return copy(ptr, endPtr, targetPtr);
  targetPtr = copy(ptr, bracePtr, targetPtr);
  return copy(bracePtr, endPtr, writeTag(targetPtr));
}

/** Without renames the tag fits in behind the record's own bytes: nothing but the tail moves. */
export function tagInPlace(endPtr: usize): usize {
  const tailBytes = endPtr - bracePtr;
  const tagBytes = outputEndPtr - outputPtr + (hasMembers ? 1 : 0);
  memory.copy(bracePtr + tagBytes, bracePtr, tailBytes);
  writeTag(bracePtr);
  return endPtr + tagBytes;
}

function writeTag(ptr: usize): usize {
  if (hasMembers) store<u8>(ptr++, COMMA);
  return copy(outputPtr, outputEndPtr, ptr);
}

function copy(ptr: usize, endPtr: usize, targetPtr: usize): usize {
  memory.copy(targetPtr, ptr, endPtr - ptr);
  return targetPtr + (endPtr - ptr);
}

/** `anomaly_upstream` first, then `anomaly_upstream2` and on, past names the record has already. */
function nextFreeName(number: u32): u32 {
  do number++;
  while (number < 64 && ((takenNames >> number) & 1) != 0);
  return number >= 64 ? max<u32>(number, takenNumberMax + 1) : number;
}

function writeSuffix(ptr: usize, number: u32): usize {
  store<u8>(ptr, UNDERSCORE);
  store<u64>(ptr, 0x6d61657274737075, 1); // "upstream"
  ptr += UPSTREAM_BYTES;
  if (number == 1) return ptr;
  let divisor: u32 = 1;
  while (number / divisor >= 10) divisor *= 10;
  for (; divisor > 0; divisor /= 10) store<u8>(ptr++, <u8>(DIGIT_0 + ((number / divisor) % 10)));
  return ptr;
}
