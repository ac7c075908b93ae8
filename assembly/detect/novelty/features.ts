/**
 * A signature as (group, value) pairs. A group is a place where something was observed ("the values of `id` under
 * /cart"), a value is what was seen there; both are 64-bit hashes. Which groups there are is the table below; score.ts
 * says what a pair is worth. Within one line a pair counts once.
 */

import { requestSeed } from "../../event/event";
import { findByte } from "../../runtime/bytes";
import { FixedArray } from "../../runtime/fixedArray";
import { hashBytes, hashPair } from "../../runtime/hash";
import { reserve } from "../../runtime/memory";
import { signatureEndPtr, signaturePtr } from "./signature";

// kind               group is made from       value
export const METHOD: u32 = 1; //               –                        method
export const STATUS: u32 = 2; //               –                        status
export const METHOD_STATUS: u32 = 3; //        –                        both
export const PATH_METHOD: u32 = 4; //          path                     method
export const PATH_STATUS: u32 = 5; //          path                     status
export const CHILD: u32 = 6; //                directory                next segment; the end of the path is one too
export const EXTENSION: u32 = 7; //            –                        after the last dot of the last segment
export const PARAMETERS: u32 = 8; //           path                     the set of parameter names
export const PARAMETER_NAME: u32 = 9; //       path                     one name
export const VALUE_SHAPE: u32 = 10; //         path, name               letters a, digits 9, joined words A
export const LENGTH_CLASS: u32 = 11; //        path, name               half-octave class of its length
export const VALUE_SPECIAL: u32 = 12; //       path, name               one punctuation character
export const VALUE_PAIR: u32 = 13; //          path, name               two tokens in a row
export const MALFORMED_SHAPE: u32 = 14; //     –                        shape of what stood for a request
export const TEMPLATE: u32 = 15; //            source                   the whole line's tokens, rare words as one
export const TOKEN_PAIR: u32 = 16; //          source, token            the token after it
export const WORD: u32 = 17; //                –                        a word of a text, for the vocabulary; not scored
export const PATH_PAIR: u32 = 18; //           –                        two tokens in a row, not both letters or digits
export const NAME_SPECIAL: u32 = 19; //        –                        one punctuation character of a name
export const VALUE_LENGTH: u32 = 20; //        path, name               up to 64, exactly
export const DIGIT_RUNS: u32 = 21; //          path, name               lengths of the first four runs of digits
export const OUTCOME: u32 = 22; //             path or beginning of one, or extension   whether it succeeded
// What grams say (content.ts), as a feature that is scored and not learnt: of the path, and of all else.
export const PATH_CONTENT: u32 = 23;
export const CONTENT: u32 = 24;

/** Places of a request: its surprises are counted once each. What a parameter holds is a place by its name. */
export const HEAD: u32 = 1;
export const PATH: u32 = 2;
export const MARKS: u32 = 3;
export const QUERY: u32 = 4;
export const VALUE: u32 = 5;
export const BAD: u32 = 6;

// By kind, from 0 on. What each nat is worth, in tenths: softer kinds of evidence must not use up the stated share.
const worths = memory.data<u8>([0, 10, 10, 9, 10, 9, 10, 8, 10, 10, 10, 7, 10, 8, 10, 10, 10, 10, 4, 8, 7, 10, 10]);
const places = memory.data<u8>([0, 1, 1, 1, 1, 1, 2, 2, 4, 4, 5, 5, 5, 5, 6, 0, 0, 0, 3, 3, 5, 5, 1]);
// Groups a value is looked for in, from the most specific: a parameter of this path, of any path, any parameter.
const levels = memory.data<u8>([0, 1, 1, 1, 1, 1, 2, 1, 1, 2, 3, 3, 3, 3, 1, 1, 1, 1, 1, 1, 2, 2, 2]);

// @ts-ignore: decorator
@inline
export function worthOf(kind: u32): f64 {
  return <f64>load<u8>(worths + kind) / 10;
}

// @ts-ignore: decorator
@inline
export function placeOfKind(kind: u32): u32 {
  return load<u8>(places + kind);
}

// @ts-ignore: decorator
@inline
export function levelsOf(kind: u32): u32 {
  return load<u8>(levels + kind);
}

/** In its entry the model counts the places that parameters have, each a path and a name. */
export const PLACES_GROUP: u64 = 0x8f2d6a31c95be074;

/** Kinds that belong to a text. */
// @ts-ignore: decorator
@inline
export function isOfText(kind: u32): bool {
  return kind - TEMPLATE < 3;
}

/** Pairs of one line; a line with more is judged by its first ones (paths, names and shapes come first). */
export const FEATURES_MAX: i32 = 1024;
export const FEATURE_BYTES: usize = 32;
/** Groups of one value. */
const LEVELS_MAX: usize = 3;

// One feature:
//   0 ┌──────────────┬──────────────┬───────┬────────────────┬────────────────┬────────────────┐ 32
//     │ group u64    │ value u64    │kind u32│context u16 ×2 │ name u16 ×2    │ value u16 ×2   │
//     └──────────────┴──────────────┴───────┴────────────────┴────────────────┴────────────────┘
//   the three ranges are offsets into the signature: what the reason shows.
export const GROUP_OFFSET: usize = 0;
export const VALUE_OFFSET: usize = 8;
export const KIND_OFFSET: usize = 16;
export const CONTEXT_OFFSET: usize = 20;
export const NAME_OFFSET: usize = 24;
export const SHOWN_OFFSET: usize = 28;

/** Values of an outcome; a redirection is neither. */
export const SUCCESS: u64 = 1;
export const FAILURE: u64 = 2;

/** Values that stand for the beginning and the end, of a path, of a value or of a text. */
export const TOKEN_START: u64 = 5;
export const TOKEN_END: u64 = 6;
export const TOKEN_SPACE: u64 = 0x20;

export let featuresPtr: usize = 0;
export let featureCount: i32 = 0;

const seenBits = changetype<FixedArray<u64>>(memory.data(4 * sizeof<u64>()));

export function initialiseFeatures(): bool {
  if (featuresPtr == 0) featuresPtr = reserve((<usize>FEATURES_MAX * LEVELS_MAX + 1) * FEATURE_BYTES);
  return featuresPtr != 0;
}

/** The group of a level above 0. */
export function groupAbove(ptr: usize, level: u32): u64 {
  const kind = load<u32>(ptr, KIND_OFFSET);
  const byName = level == 1 && placeOfKind(kind) == VALUE;
  return hashPair(kind | (level << 8), byName ? nameHash(ptr) : 0);
}

/** Of the parameter that a feature belongs to. */
export function nameHash(ptr: usize): u64 {
  const namePtr = signaturePtr + <usize>load<u16>(ptr, NAME_OFFSET);
  return hashBytes(namePtr, signaturePtr + <usize>load<u16>(ptr, NAME_OFFSET + 2) - namePtr, 0);
}

/**
 * For learning: a feature for each group of each pair, its level in the second byte of its kind, and in place of its
 * value the key under which the table of a model holds it.
 */
export function listTableKeys(): void {
  let count = 0;
  for (let i = 0; i < featureCount; i++)
    count += levelsOf(load<u32>(featuresPtr + <usize>i * FEATURE_BYTES, KIND_OFFSET));
  let out = featuresPtr + <usize>count * FEATURE_BYTES;
  // from behind, so that nothing is overwritten that is still to be read
  for (let i = featureCount - 1; i >= 0; i--) {
    const ptr = featuresPtr + <usize>i * FEATURE_BYTES;
    const kind = load<u32>(ptr, KIND_OFFSET);
    const value = load<u64>(ptr, VALUE_OFFSET);
    for (let level = <i32>levelsOf(kind) - 1; level >= 0; level--) {
      const group = level > 0 ? groupAbove(ptr, level) : load<u64>(ptr, GROUP_OFFSET);
      out -= FEATURE_BYTES;
      if (out != ptr) memory.copy(out, ptr, FEATURE_BYTES);
      store<u64>(out, group, GROUP_OFFSET);
      store<u64>(out, hashPair(kind == WORD ? <u64>WORD : group, value), VALUE_OFFSET);
      store<u32>(out, kind | ((<u32>level) << 8), KIND_OFFSET);
    }
  }
  featureCount = count;
}

/** A feature behind all others, for what grams say. */
export function writeContentFeature(kind: u32, value: u64, shownPtr: usize, shownEndPtr: usize): usize {
  const ptr = featuresPtr + <usize>FEATURES_MAX * LEVELS_MAX * FEATURE_BYTES;
  store<u64>(ptr, kind, GROUP_OFFSET);
  store<u64>(ptr, value, VALUE_OFFSET);
  store<u32>(ptr, kind, KIND_OFFSET);
  store<u16>(ptr, <u16>(shownPtr - signaturePtr), SHOWN_OFFSET);
  store<u16>(ptr, <u16>(shownEndPtr - signaturePtr), SHOWN_OFFSET + 2);
  return ptr;
}

/** For another signature. */
export function clearFeatures(): void {
  featureCount = 0;
  listed = 0;
}

/**
 * Beyond so many features a pair is looked for by its hash: a thousand parameters of one name cost as many looks each.
 */
const SCANNED_MAX: i32 = 16;
/** Numbers of features, from 1 on, by the hash of their pair; half of the places are empty at least. */
const PLACES: u32 = 2 * <u32>FEATURES_MAX;
const placesPtr = memory.data(2 * 1024 * 2);
/** Features that have a place; the list is made only where it is asked for. */
let listed: i32 = 0;

/** Where the pair's number stands, or would stand. With this instance's seed: nobody outside can make many meet. */
function placeOf(group: u64, value: u64): usize {
  let place = <u32>hashPair(group ^ requestSeed, value);
  while (true) {
    const ptr = placesPtr + ((<usize>place & (PLACES - 1)) << 1);
    const number = <usize>load<u16>(ptr);
    if (number == 0) return ptr;
    const featurePtr = featuresPtr + (number - 1) * FEATURE_BYTES;
    if (load<u64>(featurePtr, VALUE_OFFSET) == value && load<u64>(featurePtr, GROUP_OFFSET) == group) return ptr;
    place++;
  }
}

function isListed(group: u64, value: u64): bool {
  if (listed == 0) memory.fill(placesPtr, 0, <usize>PLACES * 2);
  for (; listed < featureCount; listed++) {
    const ptr = featuresPtr + <usize>listed * FEATURE_BYTES;
    store<u16>(placeOf(load<u64>(ptr, GROUP_OFFSET), load<u64>(ptr, VALUE_OFFSET)), <u16>(listed + 1));
  }
  return load<u16>(placeOf(group, value)) != 0;
}

/** Whether a pair stands among the features from firstFeature on, or, of many, among all of them. */
// @ts-ignore: decorator
@inline
export function stands(firstFeature: i32, group: u64, value: u64): bool {
  if (featureCount - firstFeature > SCANNED_MAX) return isListed(group, value);
  const endPtr = featuresPtr + <usize>featureCount * FEATURE_BYTES;
  for (let ptr = featuresPtr + <usize>firstFeature * FEATURE_BYTES; ptr < endPtr; ptr += FEATURE_BYTES) {
    if (load<u64>(ptr, VALUE_OFFSET) == value && load<u64>(ptr, GROUP_OFFSET) == group) return true;
  }
  return false;
}

export function add(
  kind: u32,
  group: u64,
  value: u64,
  contextPtr: usize,
  contextEndPtr: usize,
  namePtr: usize,
  nameEndPtr: usize,
  shownPtr: usize,
  shownEndPtr: usize,
): void {
  if (featureCount >= FEATURES_MAX) return;
  const ptr = featuresPtr + <usize>featureCount * FEATURE_BYTES;
  featureCount++;
  store<u64>(ptr, group, GROUP_OFFSET);
  store<u64>(ptr, value, VALUE_OFFSET);
  store<u32>(ptr, kind, KIND_OFFSET);
  store<u16>(ptr, <u16>(contextPtr - signaturePtr), CONTEXT_OFFSET);
  store<u16>(ptr, <u16>(contextEndPtr - signaturePtr), CONTEXT_OFFSET + 2);
  store<u16>(ptr, <u16>(namePtr - signaturePtr), NAME_OFFSET);
  store<u16>(ptr, <u16>(nameEndPtr - signaturePtr), NAME_OFFSET + 2);
  store<u16>(ptr, <u16>(shownPtr - signaturePtr), SHOWN_OFFSET);
  store<u16>(ptr, <u16>(shownEndPtr - signaturePtr), SHOWN_OFFSET + 2);
}

export function fieldEnd(ptr: usize, mark: u32): usize {
  return findByte(ptr, signatureEndPtr, <u8>mark);
}

export function clearSeen(): void {
  for (let i = 0; i < 4; i++) seenBits[i] = 0;
}

/** Whether a byte was met before in this value; notes it. */
export function meetByte(c: u32): bool {
  const word = unchecked(seenBits[c >> 6]);
  const bit = (<u64>1) << (c & 63);
  seenBits[c >> 6] = word | bit;
  return (word & bit) != 0;
}

/** Adds a pair unless it stands among the features from firstFeature on; a small bitmap answers most questions. */
export function addOnce(
  kind: u32,
  firstFeature: i32,
  group: u64,
  value: u64,
  contextPtr: usize,
  contextEndPtr: usize,
  namePtr: usize,
  nameEndPtr: usize,
  shownPtr: usize,
  shownEndPtr: usize,
): void {
  if (meetByte(<u32>((group ^ value ^ (value >> 8)) & 255)) && stands(firstFeature, group, value)) return;
  add(kind, group, value, contextPtr, contextEndPtr, namePtr, nameEndPtr, shownPtr, shownEndPtr);
}
