/**
 * What a target is made of, whatever its path: the share of its sequences of four characters (grams) that no learnt
 * target had, and what the shorter ones among them cost. Read from the signature, where each run of digits counts as
 * one `0`; three marks stand before it and one behind. Values of a parameter that always brings new ones (an
 * identifier of a click) are made of anything: there letters, digits, dashes and underscores say nothing.
 *
 *       0 ┌──────────────┬─────────────┬───────────┬──────────┐ 204832
 *         │ fours 2^20   │ threes 2^19 │ twos 2^16 │ ones 2^8 │   sets of bits: what was met
 *         └──────────────┴─────────────┴───────────┴──────────┘
 */

import { isLetter } from "../../runtime/bytes";
import { DASH, DIGIT_0, UNDERSCORE } from "../../runtime/characters";
import { hashBytes, hashPairRarely } from "../../runtime/hash";
import { CONTENT, METHOD } from "./features";
import { NAME_START, signatureEndPtr, signatureNumber, VALUE_END, VALUE_START } from "./signature";
import { findEntry } from "./table";

export const GRAMS_BYTES: usize = 204832;
const THREES_OFFSET: usize = 131072;
const TWOS_OFFSET: usize = 196608;
const ONES_OFFSET: usize = 204800;
/** Characters of a target that are looked at. */
const TARGET_MAX: i32 = 400;
const MULTIPLIER: u32 = 0x9e3779b1;

// What the shares are worth, in nats: unmet fours, more of them than KNEE, and the cost of unmet threes.
const FOURS_WORTH: f64 = 4;
const FOREIGN_WORTH: f64 = 16;
const KNEE: f64 = 0.7;

/** Characters that attacks are made of: '"<>();|`$\{}[]*!^~#,:@% */
const ATTACK_LOW: u64 = 0x5c0017be00000000;
const ATTACK_HIGH: u64 = 0x7800000178000001;

let gramsPtr: usize = 0;
/** Whether the model in use learnt any request: where it did not, none is odd. */
export let knowsRequests: bool = false;

/** Of a model whose table is in use; 0 for none. A model of an earlier version has none, but requests by method. */
export function useGrams(ptr: usize): void {
  gramsPtr = ptr;
  measuredNumber = 0;
  knowsRequests = ptr != 0 || findEntry(hashPairRarely(METHOD, 0)) != 0;
}

/** What was told often enough, or is known, does not count. */
let isPathLeftOut: bool = false;
let isLeftOut: bool = false;

/** For another request. */
export function takeAllContent(): void {
  isPathLeftOut = false;
  isLeftOut = false;
}

export function leaveOutPathContent(): void {
  isPathLeftOut = true;
}

export function leaveOutContent(): void {
  isLeftOut = true;
}

/** Where most unmet grams stand in a row. */
export let foreignPtr: usize = 0;
export let foreignEndPtr: usize = 0;
/** Of the unmet fours those that end in the path, and all. */
export let unmetInPath: i32 = 0;
export let unmet: i32 = 0;

// @ts-ignore: decorator
@inline
function isMet(setPtr: usize, index: u32): bool {
  return ((<u32>load<u8>(setPtr + (index >> 3)) >> (index & 7)) & 1) != 0;
}

// @ts-ignore: decorator
@inline
function isOfAttacks(c: u32): bool {
  return c < 128 && (((c < 64 ? ATTACK_LOW : ATTACK_HIGH) >> (c & 63)) & 1) != 0;
}

/** The name of the value at hand, 0 before the first one; whether its values are open, where that was asked. */
let namePtr: usize = 0;
let nameEndPtr: usize = 0;
let isOpen: bool = false;
let isAsked: bool = false;

function isOfOpenValue(grams: u32): bool {
  for (let left = grams; left != 0; left >>= 8) {
    const c = left & 0xff;
    if (!isLetter(c) && c != DIGIT_0 && c != DASH && c != UNDERSCORE && c > VALUE_END) return false;
  }
  if (!isAsked) isOpen = findEntry(hashPairRarely(CONTENT, hashBytes(namePtr, nameEndPtr - namePtr, 0))) != 0;
  isAsked = true;
  return isOpen;
}

// @ts-ignore: decorator
@inline
function isFourMet(grams: u32): bool {
  return isMet(gramsPtr, (grams * MULTIPLIER) >>> 12);
}

function costOfThree(grams: u32): i32 {
  const three = grams & 0xffffff;
  if (isMet(gramsPtr + THREES_OFFSET, (three * MULTIPLIER) >>> 13)) return 0;
  let cost = 1;
  if (!isMet(gramsPtr + TWOS_OFFSET, three & 0xffff)) cost++;
  if (!isMet(gramsPtr + ONES_OFFSET, three & 0xff)) cost++;
  if (isOfAttacks(three & 0xff) || isOfAttacks((three >> 8) & 0xff) || isOfAttacks(three >> 16)) cost++;
  return cost;
}

/** The grams behind what `behindMet` passed over. */
let gramsBehind: u32 = 0;

/** Passes over characters that stand in grams that were met, none of them a mark or a digit: most do. */
// @ts-ignore: decorator
@inline
function behindMet(ptr: usize, endPtr: usize, grams: u32): usize {
  while (ptr < endPtr) {
    const c = <u32>load<u8>(ptr);
    const next = (grams << 8) | c;
    if (c <= VALUE_END || c == DIGIT_0 || !isFourMet(next)) break;
    grams = next;
    ptr++;
  }
  gramsBehind = grams;
  return ptr;
}

/** The signature of which all was measured last, and what it is worth. */
let measuredNumber: u32 = 0;
let measured: f64 = 0;

/** What the target from ptr on is worth, in nats: an odd request is asked for it twice. */
export function measureContent(ptr: usize): f64 {
  const isAll = !isLeftOut && !isPathLeftOut;
  if (isAll && measuredNumber == signatureNumber) return measured;
  measured = measure(ptr);
  measuredNumber = isAll ? signatureNumber : 0;
  return measured;
}

function measure(ptr: usize): f64 {
  unmet = 0;
  unmetInPath = 0;
  if (gramsPtr == 0 || isLeftOut) return 0;
  let grams: u32 = 0x010101;
  let length = 0;
  let cost = 0;
  let row = 0;
  let longest = 0;
  let isPath = true;
  nameEndPtr = 0;
  for (let isEnd = false; !isEnd; ) {
    if (row == 0) {
      const plainPtr = ptr;
      ptr = behindMet(ptr, min(signatureEndPtr, ptr + <usize>(TARGET_MAX - length)), grams);
      grams = gramsBehind;
      length += <i32>(ptr - plainPtr);
    }
    let c = VALUE_END;
    if (ptr >= signatureEndPtr || length == TARGET_MAX) isEnd = true;
    else {
      c = <u32>load<u8>(ptr++);
      if (c == VALUE_END) {
        ptr++; // the length
        continue;
      }
      if (c == DIGIT_0 && (grams & 0xff) == DIGIT_0) continue;
      if (c == NAME_START) {
        if (isPath) unmetInPath = unmet;
        isPath = false;
        namePtr = ptr;
        nameEndPtr = 0;
      } else if (c == VALUE_START) {
        nameEndPtr = ptr - 1;
        isAsked = false;
      }
    }
    length++;
    grams = (grams << 8) | c;
    if (isFourMet(grams)) {
      row = 0;
      continue;
    }
    if (isPath && isPathLeftOut) continue;
    if (nameEndPtr != 0 && isOfOpenValue(grams)) {
      row = 0;
      continue;
    }
    unmet++;
    cost += costOfThree(grams);
    if (++row > longest) {
      longest = row;
      foreignEndPtr = ptr;
    }
  }
  if (isPath) unmetInPath = unmet;
  if (unmet == 0) return 0;
  foreignPtr = foreignEndPtr - <usize>longest;
  const share = <f64>unmet / <f64>length;
  return FOURS_WORTH * share + FOREIGN_WORTH * Math.max(0, share - KNEE) + <f64>cost / <f64>length;
}
