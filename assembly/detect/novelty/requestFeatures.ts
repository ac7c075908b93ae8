/**
 * The pairs of a request, and of a line that should have been one. A pair may come twice where a parameter or a sign
 * does; it counts once.
 */

import { findByte, firstMatch, isLetter, lettersEnd, matchOtherThanLetters } from "../../runtime/bytes";
import { DIGIT_0, DIGIT_9, DOT, LOWER_A, SLASH, SPACE, UPPER_A } from "../../runtime/characters";
import { finish, hashBytes, hashPair, hashPairRarely } from "../../runtime/hash";
import {
  add,
  CHILD,
  clearSeen,
  DIGIT_RUNS,
  EXTENSION,
  FAILURE,
  FEATURES_MAX,
  featureCount,
  fieldEnd,
  LENGTH_CLASS,
  MALFORMED_SHAPE,
  METHOD,
  METHOD_STATUS,
  meetByte,
  NAME_SPECIAL,
  OUTCOME,
  PARAMETER_NAME,
  PARAMETERS,
  PATH_METHOD,
  PATH_PAIR,
  PATH_STATUS,
  STATUS,
  SUCCESS,
  TOKEN_END,
  TOKEN_SPACE,
  TOKEN_START,
  VALUE_LENGTH,
  VALUE_PAIR,
  VALUE_SHAPE,
  VALUE_SPECIAL,
} from "./features";
import { halfOctaves, LENGTH_EXACT_MAX } from "./requestSignature";
import { FIELD_END, NAME_START, signatureEndPtr, signaturePtr, VALUE_END, VALUE_START } from "./signature";
import { isTrusted, seekEntry } from "./table";

/** Characters of a value's shape that are compared. */
const SHAPE_BYTES_MAX: usize = 24;
const EXTENSION_BYTES_MAX: usize = 8;
/** Each segment costs a hash of all before it. A path with more of them was odd long before. */
const SEGMENTS_MAX: i32 = 256;
/** Beginnings of a path that are asked whether anything below them ever succeeded. */
const OUTCOMES_MAX: i32 = 4;
/** Tokens of one value or path whose signs are looked at; a value with more was odd long before. */
const TOKENS_MAX: i32 = 1024;
/** Runs of digits whose lengths are compared. */
const RUNS_MAX: i32 = 4;

const shapePtr = memory.data(24 + 8);
/** The pairs met last, by their hash: most of those that come again are not looked at again. */
const PAIRS_MET: u32 = 64;
const pairsMetPtr = memory.data(64 * 2);

// What the features at hand belong to.
let pathPtr: usize = 0;
let pathEndPtr: usize = 0;
let namePtr: usize = 0;
let nameEndPtr: usize = 0;

/** A request with more is looked at in full: its list may be cut. */
const TRIED_MAX: i32 = 96;

/** Whether that is left out which is no surprise, and how many features there were with it. */
let leavesOutKnown: bool = false;
let met: i32 = 0;

function addShown(kind: u32, owner: u64, value: u64, shownPtr: usize, shownEndPtr: usize): void {
  const group = hashPair(kind, owner);
  if (leavesOutKnown && kind != VALUE_SHAPE) {
    met++;
    const entry = seekEntry(hashPair(group, value));
    if (entry != 0 ? isTrusted(entry) : kind != VALUE_SPECIAL && seekEntry(group) == 0) return;
  }
  add(kind, group, value, pathPtr, pathEndPtr, namePtr, nameEndPtr, shownPtr, shownEndPtr);
}

/**
 * Those alone that requestScore.ts takes for a surprise: whose value was not learnt, or has nobody who vouches for it,
 * in a group that was; and the shapes of values, which a reason asks for. False where there are too many.
 */
export function addUnknownFeatures(): bool {
  leavesOutKnown = true;
  met = 0;
  addRequestFeatures();
  leavesOutKnown = false;
  return met < TRIED_MAX;
}

export function addRequestFeatures(): void {
  const methodPtr = signaturePtr + 1;
  const methodEndPtr = fieldEnd(methodPtr, FIELD_END);
  const statusPtr = methodEndPtr + 1;
  const statusEndPtr = fieldEnd(statusPtr, FIELD_END);
  pathPtr = statusEndPtr + 1;
  pathEndPtr = fieldEnd(pathPtr, NAME_START);
  namePtr = methodPtr;
  nameEndPtr = methodEndPtr;
  const method = hashBytes(methodPtr, methodEndPtr - methodPtr, 0);
  const path = hashBytes(pathPtr, pathEndPtr - pathPtr, 0);
  addShown(METHOD, 0, method, methodPtr, methodEndPtr);
  addShown(PATH_METHOD, path, method, methodPtr, methodEndPtr);
  if (statusEndPtr > statusPtr) {
    const status = hashBytes(statusPtr, statusEndPtr - statusPtr, 0);
    addShown(STATUS, 0, status, statusPtr, statusEndPtr);
    addShown(METHOD_STATUS, 0, hashPairRarely(method, status), statusPtr, statusEndPtr);
    addShown(PATH_STATUS, path, status, statusPtr, statusEndPtr);
  }
  addSegments(path, statusEndPtr > statusPtr ? outcomeOf(<u32>load<u8>(statusPtr)) : 0);
  addPathPairs();
  addNames(path);
  let ptr = pathEndPtr;
  while (ptr < signatureEndPtr && hasRoom()) ptr = addParameter(ptr + 1, path);
}

// @ts-ignore: decorator
@inline
function hasRoom(): bool {
  return leavesOutKnown ? met < TRIED_MAX : featureCount < FEATURES_MAX;
}

/** By the first digit of a status; 0 for none. */
function outcomeOf(digit: u32): u64 {
  return digit == DIGIT_0 + 2 ? SUCCESS : digit >= DIGIT_0 + 4 ? FAILURE : 0;
}

/**
 * Each segment is a child of what stands before it; the end of the path is the child `$` of the whole. The whole, its
 * first beginnings and its extension are asked for their outcome.
 */
function addSegments(path: u64, outcome: u64): void {
  const wholeEndPtr = pathEndPtr;
  let slashPtr = pathPtr;
  let dotPtr: usize = 0;
  for (let segments = 0; slashPtr < wholeEndPtr; segments++) {
    dotPtr = 0;
    if (segments == SEGMENTS_MAX) break;
    const segmentPtr = slashPtr + 1;
    const endPtr = findByte(segmentPtr, wholeEndPtr, SLASH);
    if (endPtr == wholeEndPtr) dotPtr = lastDot(segmentPtr, endPtr);
    pathEndPtr = slashPtr; // the directory
    const parent = hashBytes(pathPtr, slashPtr - pathPtr, 0);
    if (outcome != 0 && segments > 0 && segments < OUTCOMES_MAX) addShown(OUTCOME, parent, outcome, pathPtr, slashPtr);
    addShown(CHILD, parent, hashBytes(segmentPtr, endPtr - segmentPtr, 0), segmentPtr, endPtr);
    slashPtr = endPtr;
  }
  pathEndPtr = wholeEndPtr;
  if (dotPtr != 0) {
    const bytes = min<usize>(wholeEndPtr - dotPtr - 1, EXTENSION_BYTES_MAX);
    const extension = hashBytes(dotPtr + 1, bytes, 0);
    addShown(EXTENSION, 0, extension, dotPtr + 1, dotPtr + 1 + bytes);
    if (outcome != 0) addShown(OUTCOME, extension, outcome, dotPtr, dotPtr + 1 + bytes);
  }
  if (outcome != 0 && wholeEndPtr > pathPtr + 1) addShown(OUTCOME, path, outcome, pathPtr, wholeEndPtr);
  addShown(CHILD, path, TOKEN_END, wholeEndPtr, wholeEndPtr);
}

/** 0 where there is none. */
function lastDot(ptr: usize, endPtr: usize): usize {
  while (endPtr > ptr) if (load<u8>(--endPtr) == DOT) return endPtr;
  return 0;
}

// Tokens: `a` a run of letters, `1`-`6` a run of so many digits (6: or more), one space, all else as it is.
let nextPtr: usize = 0;
let run: u32 = 0;

/** The token at nextPtr; `run` is the number of its digits. */
function nextToken(endPtr: usize): u32 {
  let ptr = nextPtr;
  const c = <u32>load<u8>(ptr++);
  let token = c;
  if (isLetter(c)) {
    token = LOWER_A;
    const others = matchOtherThanLetters(load<u64>(ptr));
    ptr = others != 0 ? min(ptr + firstMatch(others), endPtr) : lettersEnd(ptr + 8, endPtr);
  } else if (c == DIGIT_0 || c == SPACE) {
    while (ptr < endPtr && <u32>load<u8>(ptr) == c) ptr++;
    run = <u32>(ptr - nextPtr);
    if (c == DIGIT_0) token = DIGIT_0 + min<u32>(run, 6);
  }
  nextPtr = ptr;
  return token;
}

// @ts-ignore: decorator
@inline
function isWordOrNumber(token: u32): bool {
  return token == LOWER_A || token - DIGIT_0 < 7;
}

/** Whether this pair was met a moment ago; notes it. */
// @ts-ignore: decorator
@inline
function meetPair(pair: u32): bool {
  const ptr = pairsMetPtr + <usize>((((pair * 0x9e3779b1) >>> 26) & (PAIRS_MET - 1)) << 1);
  if (<u32>load<u16>(ptr) == pair) return true;
  store<u16>(ptr, <u16>pair);
  return false;
}

function addPathPairs(): void {
  memory.fill(pairsMetPtr, 0, PAIRS_MET * 2);
  nextPtr = pathPtr;
  let previous: u32 = LOWER_A;
  let previousPtr = pathPtr;
  for (let tokens = 0; nextPtr < pathEndPtr && tokens < TOKENS_MAX; tokens++) {
    const tokenPtr = nextPtr;
    const token = nextToken(pathEndPtr);
    // the first token is a slash, and what is no pair yet
    if (tokenPtr > pathPtr && !(isWordOrNumber(previous) && isWordOrNumber(token))) {
      const pair = (previous << 8) | token;
      if (!meetPair(pair)) addShown(PATH_PAIR, 0, pair, previousPtr, nextPtr);
    }
    previous = token;
    previousPtr = tokenPtr;
  }
}

/** The names as a set with repetitions: a sum of hashes does not depend on their order. */
function addNames(path: u64): void {
  let sum: u64 = 0;
  let ptr = pathEndPtr;
  while (ptr < signatureEndPtr) {
    const endPtr = fieldEnd(ptr + 1, VALUE_START);
    sum += finish(hashBytes(ptr + 1, endPtr - ptr - 1, 1));
    ptr = behindValue(endPtr);
  }
  addShown(PARAMETERS, path, sum, pathEndPtr, signatureEndPtr);
}

/** A length may look like a mark, so values are found by their ends from the first one on. */
function behindValue(ptr: usize): usize {
  return min<usize>(fieldEnd(ptr, VALUE_END) + 2, signatureEndPtr);
}

/** Features of the parameter whose name starts at `ptr`; returns the start of the next one's mark. */
function addParameter(ptr: usize, path: u64): usize {
  namePtr = ptr;
  nameEndPtr = fieldEnd(ptr, VALUE_START);
  const valuePtr = min<usize>(nameEndPtr + 1, signatureEndPtr);
  const endPtr = fieldEnd(valuePtr, VALUE_END);
  const name = hashBytes(namePtr, nameEndPtr - namePtr, 0);
  addShown(PARAMETER_NAME, path, name, namePtr, nameEndPtr);
  clearSeen();
  for (let at = namePtr; at < nameEndPtr; at++) {
    const c = <u32>load<u8>(at);
    if (!isLetter(c) && c != DIGIT_0 && !meetByte(c)) addShown(NAME_SPECIAL, 0, c, at, at + 1);
  }
  const place = hashPair(path, name);
  addShape(VALUE_SHAPE, place, valuePtr, endPtr);
  if (digitRuns != 0) addShown(DIGIT_RUNS, place, digitRuns, valuePtr, endPtr);
  if (endPtr + 1 < signatureEndPtr) {
    const length = <u32>load<u8>(endPtr + 1);
    addShown(LENGTH_CLASS, place, DIGIT_0 + halfOctaves(length), valuePtr, endPtr);
    addShown(VALUE_LENGTH, place, min<u32>(length, LENGTH_EXACT_MAX), valuePtr, endPtr);
  }
  addSigns(place, valuePtr, endPtr);
  return min<usize>(endPtr + 2, signatureEndPtr);
}

export function addMalformedFeatures(): void {
  pathPtr = signaturePtr;
  pathEndPtr = signaturePtr;
  namePtr = signaturePtr;
  nameEndPtr = signaturePtr;
  addShape(MALFORMED_SHAPE, 0, signaturePtr + 1, signatureEndPtr);
}

/** Lengths of the first runs of digits, a byte each. */
let digitRuns: u32 = 0;

/** Letters `a`, digits `9`, words joined by one space or dot `A`; the hash of the first SHAPE_BYTES_MAX signs. */
function addShape(kind: u32, owner: u64, ptr: usize, endPtr: usize): void {
  let out = shapePtr;
  let runs = 0;
  digitRuns = 0;
  nextPtr = ptr;
  // two more signs may still be joined to the last one
  while (nextPtr < endPtr && (out < shapePtr + SHAPE_BYTES_MAX + 2 || runs < RUNS_MAX)) {
    let token = nextToken(endPtr);
    if (token - DIGIT_0 < 7 && token != DIGIT_0) {
      if (runs++ < RUNS_MAX) digitRuns = (digitRuns << 8) | min<u32>(run, 20);
      token = DIGIT_9;
    }
    if (out >= shapePtr + SHAPE_BYTES_MAX + 2) continue;
    if (token == LOWER_A && out >= shapePtr + 2 && isJoint(load<u8>(out - 1)) && isWord(load<u8>(out - 2))) {
      store<u8>(out - 2, <u8>UPPER_A);
      out--;
    } else store<u8>(out++, <u8>token);
  }
  const bytes = min<usize>(out - shapePtr, SHAPE_BYTES_MAX);
  addShown(kind, owner, hashBytes(shapePtr, bytes, 0), ptr, endPtr);
}

// @ts-ignore: decorator
@inline
function isJoint(c: u32): bool {
  return c == SPACE || c == DOT;
}

/** Nothing else is written as these letters. */
// @ts-ignore: decorator
@inline
function isWord(c: u32): bool {
  return c == LOWER_A || c == UPPER_A;
}

/** Each punctuation character, and each token with the one after it, spaces left aside. */
function addSigns(place: u64, ptr: usize, endPtr: usize): void {
  clearSeen();
  memory.fill(pairsMetPtr, 0, PAIRS_MET * 2);
  nextPtr = ptr;
  let previous = <u32>TOKEN_START;
  let previousPtr = ptr;
  for (let tokens = 0; tokens < TOKENS_MAX; tokens++) {
    const isEnd = nextPtr >= endPtr;
    const tokenPtr = nextPtr;
    const token = isEnd ? <u32>TOKEN_END : nextToken(endPtr);
    if (token != TOKEN_SPACE) {
      if (!isEnd && !isWordOrNumber(token) && !meetByte(token)) {
        addShown(VALUE_SPECIAL, place, token, tokenPtr, tokenPtr + 1);
      }
      const pair = (previous << 8) | token;
      if (!meetPair(pair)) addShown(VALUE_PAIR, place, pair, previousPtr, nextPtr);
      previous = token;
      previousPtr = tokenPtr;
    }
    if (isEnd) break;
  }
}
