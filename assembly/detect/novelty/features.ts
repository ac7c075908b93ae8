/**
 * A signature as (group, value) pairs. A group is a place where something was observed ("the values of `id` under
 * /cart"), a value is what was seen there; both are 64-bit hashes. Which groups there are is the table below; score.ts
 * says what a pair is worth. Within one line a pair counts once.
 */
import { requestSeed } from "../../event/event";
import { isLetter } from "../../runtime/bytes";
import {
  COLON,
  COMMA,
  DIGIT_1,
  DIGIT_9,
  DOT,
  LOWER_A,
  SLASH,
  SPACE,
  UNDERSCORE,
  UPPER_A,
} from "../../runtime/characters";
import { FixedArray } from "../../runtime/fixedArray";
import { finish, hashBytes, hashPair, mix } from "../../runtime/hash";
import { reserve } from "../../runtime/memory";
import {
  FIELD_END,
  MALFORMED_SIGNATURE,
  MIXED,
  NAME_START,
  NUMBER,
  REQUEST_SIGNATURE,
  signatureEndPtr,
  signaturePtr,
  VALUE_END,
  VALUE_START,
} from "./signature";
import { knowsWord } from "./table";

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
export const VALUE_LENGTH: u32 = 11; //        path, name               half-octave class
export const VALUE_SPECIAL: u32 = 12; //       path, name               one punctuation character
export const VALUE_PAIR: u32 = 13; //          path, name               two tokens in a row
export const MALFORMED_SHAPE: u32 = 14; //     –                        shape of what stood for a request
export const TEMPLATE: u32 = 15; //            source                   the whole line's tokens, rare words as one
export const TOKEN_PAIR: u32 = 16; //          source, token            the token after it
export const WORD: u32 = 17; //                –                        a word of a text, for the vocabulary; not scored

/** Pairs of one line; a line with more is judged by its first ones (paths, names and shapes come first). */
export const FEATURES_MAX: i32 = 1024;
export const FEATURE_BYTES: usize = 32;
/** Tokens of one text; the rest is not judged. */
export const TOKENS_MAX: i32 = 512;
/** Characters of a value's shape that are compared. */
const SHAPE_BYTES_MAX: usize = 24;
const EXTENSION_BYTES_MAX: usize = 8;

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

/** Tokens that stand for classes; words and signs hash their bytes. */
export const TOKEN_NUMBER: u64 = 1;
export const TOKEN_MIXED: u64 = 2;
export const TOKEN_RARE: u64 = 3;
export const TOKEN_RUN: u64 = 4;
export const TOKEN_START: u64 = 5;
export const TOKEN_END: u64 = 6;
export const TOKEN_SPACE: u64 = 0x20;
/** Level tokens are this plus the level; single signs are 0x100 plus the byte. */
const TOKEN_LEVEL: u64 = 16;
const TOKEN_SIGN: u64 = 0x100;

export let featuresPtr: usize = 0;
export let featureCount: i32 = 0;

/** The tokens of a text with rare words and runs collapsed: what template and embedding are made from. */
export let tokensPtr: usize = 0;
export let tokenCount: i32 = 0;
/** Hash of those tokens; 0 for requests. */
export let templateHash: u64 = 0;
/** Hash of the source's name. */
export let sourceHash: u64 = 0;

const TOKEN_BYTES: usize = 16; // hash u64, range u16 ×2, unused u32
const seenBits = changetype<FixedArray<u64>>(memory.data(4 * sizeof<u64>()));

export function initialiseFeatures(): bool {
  if (featuresPtr != 0) return true;
  const ptr = reserve(
    <usize>FEATURES_MAX * FEATURE_BYTES + <usize>(TOKENS_MAX + 8) * TOKEN_BYTES + SHAPE_BYTES_MAX + 8,
  );
  if (ptr == 0) return false;
  tokensPtr = ptr + <usize>FEATURES_MAX * FEATURE_BYTES;
  shapePtr = tokensPtr + <usize>(TOKENS_MAX + 8) * TOKEN_BYTES;
  featuresPtr = ptr;
  return true;
}

let shapePtr: usize = 0;

/** Fills features (and tokens, for a text) from the signature. With `words` a text yields its WORD features instead. */
export function writeFeatures(words: bool): void {
  featureCount = 0;
  listed = 0;
  tokenCount = 0;
  templateHash = 0;
  const kind = <u32>load<u8>(signaturePtr);
  if (kind == REQUEST_SIGNATURE) requestFeatures();
  else if (kind == MALFORMED_SIGNATURE) malformedFeatures();
  else if (words) wordFeatures();
  else textFeatures();
}

/** A bit for each parameter name met in this line: only a name that may have come before is looked for. */
let namesMet: u64 = 0;
/** True while the parameter at hand has the name of an earlier one, whose pairs may stand there already. */
let repeated: bool = false;

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
function stands(firstFeature: i32, group: u64, value: u64): bool {
  if (featureCount - firstFeature > SCANNED_MAX) return isListed(group, value);
  const endPtr = featuresPtr + <usize>featureCount * FEATURE_BYTES;
  for (let ptr = featuresPtr + <usize>firstFeature * FEATURE_BYTES; ptr < endPtr; ptr += FEATURE_BYTES) {
    if (load<u64>(ptr, VALUE_OFFSET) == value && load<u64>(ptr, GROUP_OFFSET) == group) return true;
  }
  return false;
}

function add(
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
  if (featureCount >= FEATURES_MAX || (repeated && stands(0, group, value))) return;
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

function fieldEnd(ptr: usize, mark: u32): usize {
  while (ptr < signatureEndPtr && <u32>load<u8>(ptr) != mark) ptr++;
  return ptr;
}

function requestFeatures(): void {
  const none = signaturePtr;
  const methodPtr = signaturePtr + 1;
  const methodEndPtr = fieldEnd(methodPtr, FIELD_END);
  const statusPtr = methodEndPtr + 1;
  const statusEndPtr = fieldEnd(statusPtr, FIELD_END);
  const pathPtr = statusEndPtr + 1;
  const pathEndPtr = fieldEnd(pathPtr, NAME_START);
  const method = hashBytes(methodPtr, methodEndPtr - methodPtr, 0);
  const status = hashBytes(statusPtr, statusEndPtr - statusPtr, 0);
  const path = hashBytes(pathPtr, pathEndPtr - pathPtr, 0);
  add(METHOD, hashPair(METHOD, 0), method, none, none, none, none, methodPtr, methodEndPtr);
  add(PATH_METHOD, hashPair(PATH_METHOD, path), method, pathPtr, pathEndPtr, none, none, methodPtr, methodEndPtr);
  if (statusEndPtr > statusPtr) {
    add(STATUS, hashPair(STATUS, 0), status, none, none, none, none, statusPtr, statusEndPtr);
    add(
      METHOD_STATUS,
      hashPair(METHOD_STATUS, 0),
      hashPair(method, status),
      none,
      none,
      methodPtr,
      methodEndPtr,
      statusPtr,
      statusEndPtr,
    );
    add(PATH_STATUS, hashPair(PATH_STATUS, path), status, pathPtr, pathEndPtr, none, none, statusPtr, statusEndPtr);
  }
  pathFeatures(pathPtr, pathEndPtr);
  parametersFeature(path, pathPtr, pathEndPtr);
  namesMet = 0;
  let ptr = pathEndPtr;
  while (ptr < signatureEndPtr && featureCount < FEATURES_MAX)
    ptr = parameterFeatures(ptr + 1, path, pathPtr, pathEndPtr);
  repeated = false;
}

/** Each segment costs a hash of all before it. A path with more of them was odd long before. */
const SEGMENTS_MAX: i32 = 256;

/** Each segment is a child of what stands before it; the end of the path is the child `$` of the whole. */
function pathFeatures(pathPtr: usize, pathEndPtr: usize): void {
  let slashPtr = pathPtr;
  let dotPtr: usize = 0;
  for (let segments = 0; slashPtr < pathEndPtr; segments++) {
    dotPtr = 0;
    if (segments == SEGMENTS_MAX) break;
    let endPtr = slashPtr + 1;
    while (endPtr < pathEndPtr) {
      const c = <u32>load<u8>(endPtr);
      if (c == SLASH) break;
      if (c == DOT) dotPtr = endPtr;
      endPtr++;
    }
    const segmentPtr = slashPtr + 1;
    const parent = hashBytes(pathPtr, slashPtr - pathPtr, 0);
    add(
      CHILD,
      hashPair(CHILD, parent),
      hashBytes(segmentPtr, endPtr - segmentPtr, 0),
      pathPtr,
      slashPtr,
      signaturePtr,
      signaturePtr,
      segmentPtr,
      endPtr,
    );
    slashPtr = endPtr;
  }
  if (dotPtr != 0) {
    const extensionPtr = dotPtr + 1;
    const bytes = min<usize>(pathEndPtr - extensionPtr, EXTENSION_BYTES_MAX);
    add(
      EXTENSION,
      hashPair(EXTENSION, 0),
      hashBytes(extensionPtr, bytes, 0),
      signaturePtr,
      signaturePtr,
      signaturePtr,
      signaturePtr,
      extensionPtr,
      extensionPtr + bytes,
    );
  }
  const whole = hashBytes(pathPtr, pathEndPtr - pathPtr, 0);
  add(
    CHILD,
    hashPair(CHILD, whole),
    TOKEN_END,
    pathPtr,
    pathEndPtr,
    signaturePtr,
    signaturePtr,
    pathEndPtr,
    pathEndPtr,
  );
}

/** The names as a set with repetitions: a sum of hashes does not depend on their order. */
function parametersFeature(path: u64, pathPtr: usize, pathEndPtr: usize): void {
  let sum: u64 = 0;
  let ptr = pathEndPtr;
  while (ptr < signatureEndPtr) {
    const namePtr = ptr + 1;
    const nameEndPtr = fieldEnd(namePtr, VALUE_START);
    sum += finish(hashBytes(namePtr, nameEndPtr - namePtr, 1));
    ptr = min<usize>(fieldEnd(nameEndPtr, VALUE_END) + 2, signatureEndPtr);
  }
  add(
    PARAMETERS,
    hashPair(PARAMETERS, path),
    sum,
    pathPtr,
    pathEndPtr,
    signaturePtr,
    signaturePtr,
    pathEndPtr,
    signatureEndPtr,
  );
}

/** Features of the parameter whose name starts at namePtr; returns the start of the next one's mark. */
function parameterFeatures(namePtr: usize, path: u64, pathPtr: usize, pathEndPtr: usize): usize {
  const nameEndPtr = fieldEnd(namePtr, VALUE_START);
  const valuePtr = min<usize>(nameEndPtr + 1, signatureEndPtr);
  const valueEndPtr = fieldEnd(valuePtr, VALUE_END);
  const name = hashBytes(namePtr, nameEndPtr - namePtr, 0);
  const place = hashPair(path, name);
  const nameGroup = hashPair(PARAMETER_NAME, path);
  const nameBit = (<u64>1) << (name & 63);
  repeated = (namesMet & nameBit) != 0 && stands(0, nameGroup, name);
  namesMet |= nameBit;
  add(PARAMETER_NAME, nameGroup, name, pathPtr, pathEndPtr, signaturePtr, signaturePtr, namePtr, nameEndPtr);
  const shape = writeShape(valuePtr, valueEndPtr);
  add(
    VALUE_SHAPE,
    hashPair(VALUE_SHAPE, place),
    shape,
    pathPtr,
    pathEndPtr,
    namePtr,
    nameEndPtr,
    valuePtr,
    valueEndPtr,
  );
  if (valueEndPtr + 1 >= signatureEndPtr + 1) return signatureEndPtr;
  const length = <u64>load<u8>(valueEndPtr + 1);
  add(
    VALUE_LENGTH,
    hashPair(VALUE_LENGTH, place),
    length,
    pathPtr,
    pathEndPtr,
    namePtr,
    nameEndPtr,
    valuePtr,
    valueEndPtr,
  );
  specialFeatures(place, pathPtr, pathEndPtr, namePtr, nameEndPtr, valuePtr, valueEndPtr);
  pairFeatures(place, pathPtr, pathEndPtr, namePtr, nameEndPtr, valuePtr, valueEndPtr);
  return valueEndPtr + 2;
}

function malformedFeatures(): void {
  const shape = writeShape(signaturePtr + 1, signatureEndPtr);
  add(
    MALFORMED_SHAPE,
    hashPair(MALFORMED_SHAPE, 0),
    shape,
    signaturePtr,
    signaturePtr,
    signaturePtr,
    signaturePtr,
    signaturePtr + 1,
    signatureEndPtr,
  );
}

/** Letters `a`, digits `9`, words joined by one space or dot `A`; the hash of the first SHAPE_BYTES_MAX signs. */
function writeShape(ptr: usize, endPtr: usize): u64 {
  let out = shapePtr;
  const outEndPtr = shapePtr + SHAPE_BYTES_MAX;
  while (ptr < endPtr && out < outEndPtr) {
    let c = <u32>load<u8>(ptr);
    if (c == LOWER_A) {
      while (
        ptr + 2 < endPtr &&
        load<u8>(ptr + 2) == LOWER_A &&
        (load<u8>(ptr + 1) == SPACE || load<u8>(ptr + 1) == DOT)
      ) {
        ptr += 2;
        c = UPPER_A;
      }
    } else if (c - DIGIT_1 < 6) c = DIGIT_9;
    store<u8>(out++, <u8>c);
    ptr++;
  }
  return hashBytes(shapePtr, out - shapePtr, 0);
}

// @ts-ignore: decorator
@inline
function isTokenSign(c: u32): bool {
  return c != LOWER_A && c - DIGIT_1 > 5 && c != SPACE;
}

function clearSeen(): void {
  for (let i = 0; i < 4; i++) seenBits[i] = 0;
}

/** Whether a byte was met before in this value; notes it. */
function meetByte(c: u32): bool {
  const word = unchecked(seenBits[c >> 6]);
  const bit = (<u64>1) << (c & 63);
  seenBits[c >> 6] = word | bit;
  return (word & bit) != 0;
}

function specialFeatures(
  place: u64,
  pathPtr: usize,
  pathEndPtr: usize,
  namePtr: usize,
  nameEndPtr: usize,
  ptr: usize,
  endPtr: usize,
): void {
  clearSeen();
  const group = hashPair(VALUE_SPECIAL, place);
  while (ptr < endPtr) {
    const c = <u32>load<u8>(ptr);
    if (isTokenSign(c) && !meetByte(c))
      add(VALUE_SPECIAL, group, c, pathPtr, pathEndPtr, namePtr, nameEndPtr, ptr, ptr + 1);
    ptr++;
  }
}

function pairFeatures(
  place: u64,
  pathPtr: usize,
  pathEndPtr: usize,
  namePtr: usize,
  nameEndPtr: usize,
  ptr: usize,
  endPtr: usize,
): void {
  clearSeen();
  const group = hashPair(VALUE_PAIR, place);
  const firstFeature = featureCount;
  let previous: u64 = TOKEN_START;
  let previousPtr = ptr;
  while (ptr <= endPtr) {
    const c: u64 = ptr == endPtr ? TOKEN_END : <u64>load<u8>(ptr);
    if (c != TOKEN_SPACE) {
      addOnce(
        VALUE_PAIR,
        firstFeature,
        group,
        (previous << 8) | c,
        pathPtr,
        pathEndPtr,
        namePtr,
        nameEndPtr,
        previousPtr,
        min<usize>(ptr + 1, endPtr),
      );
      previous = c;
      previousPtr = ptr;
    }
    ptr++;
  }
}

/** Adds a pair unless it stands among the features from firstFeature on; a small bitmap answers most questions. */
function addOnce(
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

// Texts

// @ts-ignore: decorator
@inline
function sourceStart(): usize {
  return signaturePtr + 2;
}

function wordEnd(ptr: usize): usize {
  while (ptr < signatureEndPtr && isLetter(<u32>load<u8>(ptr))) ptr++;
  return ptr;
}

function wordFeatures(): void {
  clearSeen();
  const group = hashPair(WORD, 0);
  let ptr = fieldEnd(sourceStart(), FIELD_END) + 1;
  let words = 0;
  while (ptr < signatureEndPtr && words < TOKENS_MAX) {
    if (isLetter(<u32>load<u8>(ptr))) {
      const endPtr = wordEnd(ptr);
      const word = hashBytes(ptr, endPtr - ptr, 0);
      addOnce(WORD, 0, group, word, signaturePtr, signaturePtr, signaturePtr, signaturePtr, ptr, endPtr);
      ptr = endPtr;
      words++;
    } else ptr++;
  }
}

function textFeatures(): void {
  const sourcePtr = sourceStart();
  const sourceEndPtr = fieldEnd(sourcePtr, FIELD_END);
  sourceHash = hashBytes(sourcePtr, sourceEndPtr - sourcePtr, 0);
  collapseTokens(sourceEndPtr + 1);
  let template: u64 = 0;
  for (let i = 0; i < tokenCount; i++) template = mix(template, load<u64>(tokensPtr + <usize>i * TOKEN_BYTES));
  templateHash = finish(template);
  add(
    TEMPLATE,
    hashPair(TEMPLATE, sourceHash),
    templateHash,
    sourcePtr,
    sourceEndPtr,
    signaturePtr,
    signaturePtr,
    sourceEndPtr + 1,
    signatureEndPtr,
  );
  clearSeen();
  let previous: u64 = TOKEN_START;
  let previousPtr = signaturePtr;
  let previousEndPtr = signaturePtr;
  for (let i = 0; i <= tokenCount; i++) {
    const at = tokensPtr + <usize>i * TOKEN_BYTES;
    const token = i == tokenCount ? TOKEN_END : load<u64>(at);
    if (token == TOKEN_SPACE) continue;
    const tokenPtr = i == tokenCount ? signatureEndPtr : signaturePtr + <usize>load<u16>(at, 8);
    const tokenEndPtr = i == tokenCount ? signatureEndPtr : signaturePtr + <usize>load<u16>(at, 10);
    const group = hashPair(TOKEN_PAIR, hashPair(sourceHash, previous));
    addOnce(TOKEN_PAIR, 1, group, token, sourcePtr, sourceEndPtr, previousPtr, previousEndPtr, tokenPtr, tokenEndPtr);
    previous = token;
    previousPtr = tokenPtr;
    previousEndPtr = tokenEndPtr;
  }
}

// A run of variable tokens (numbers, identifiers, rare words), each with at most one joining sign before it, is one.
let runLength: i32 = 0;
let heldToken: u64 = 0;
let heldPtr: usize = 0;
let heldEndPtr: usize = 0;
let heldSignPtr: usize = 0;

function push(token: u64, ptr: usize, endPtr: usize): void {
  if (tokenCount >= TOKENS_MAX) return;
  const at = tokensPtr + <usize>tokenCount * TOKEN_BYTES;
  tokenCount++;
  store<u64>(at, token);
  store<u16>(at, <u16>(ptr - signaturePtr), 8);
  store<u16>(at, <u16>(endPtr - signaturePtr), 10);
}

function signToken(ptr: usize): u64 {
  const c = <u64>load<u8>(ptr);
  return c == TOKEN_SPACE ? TOKEN_SPACE : TOKEN_SIGN + c;
}

function flushRun(): void {
  if (runLength == 0) return;
  push(runLength == 1 ? heldToken : TOKEN_RUN, heldPtr, heldEndPtr);
  if (heldSignPtr != 0) push(signToken(heldSignPtr), heldSignPtr, heldSignPtr + 1);
  runLength = 0;
  heldSignPtr = 0;
}

function variable(token: u64, ptr: usize, endPtr: usize): void {
  if (runLength == 0) {
    heldToken = token;
    heldPtr = ptr;
  }
  runLength++;
  heldEndPtr = endPtr;
  heldSignPtr = 0;
}

// @ts-ignore: decorator
@inline
function isJoint(c: u32): bool {
  return c - COMMA < 4 || c == SPACE || c == COLON || c == UNDERSCORE; // , - . / space : _
}

function collapseTokens(ptr: usize): void {
  runLength = 0;
  heldSignPtr = 0;
  const levelPtr = signaturePtr + 1;
  push(TOKEN_LEVEL + <u64>load<u8>(levelPtr), levelPtr, levelPtr);
  while (ptr < signatureEndPtr && tokenCount < TOKENS_MAX) {
    const c = <u32>load<u8>(ptr);
    if (isLetter(c)) {
      const endPtr = wordEnd(ptr);
      const word = hashBytes(ptr, endPtr - ptr, 0);
      if (knowsWord(word)) {
        flushRun();
        push(word, ptr, endPtr);
      } else variable(TOKEN_RARE, ptr, endPtr);
      ptr = endPtr;
      continue;
    }
    if (c == NUMBER || c == MIXED) variable(c == NUMBER ? TOKEN_NUMBER : TOKEN_MIXED, ptr, ptr + 1);
    else if (runLength > 0 && heldSignPtr == 0 && isJoint(c)) heldSignPtr = ptr;
    else {
      flushRun();
      push(signToken(ptr), ptr, ptr + 1);
    }
    ptr++;
  }
  flushRun();
}
