/** The pairs of a request, and of a line that should have been one. */

import { DIGIT_1, DIGIT_9, DOT, LOWER_A, SLASH, SPACE, UPPER_A } from "../../runtime/characters";
import { finish, hashBytes, hashPair } from "../../runtime/hash";
import {
  add,
  addOnce,
  CHILD,
  clearSeen,
  EXTENSION,
  FEATURES_MAX,
  featureCount,
  fieldEnd,
  MALFORMED_SHAPE,
  METHOD,
  METHOD_STATUS,
  meetByte,
  PARAMETER_NAME,
  PARAMETERS,
  PATH_METHOD,
  PATH_STATUS,
  STATUS,
  setRepeated,
  stands,
  TOKEN_END,
  TOKEN_SPACE,
  TOKEN_START,
  VALUE_LENGTH,
  VALUE_PAIR,
  VALUE_SHAPE,
  VALUE_SPECIAL,
} from "./features";
import { FIELD_END, NAME_START, signatureEndPtr, signaturePtr, VALUE_END, VALUE_START } from "./signature";

/** A bit for each parameter name met in this line: only a name that may have come before is looked for. */
let namesMet: u64 = 0;

/** Characters of a value's shape that are compared. */
const SHAPE_BYTES_MAX: usize = 24;
const EXTENSION_BYTES_MAX: usize = 8;
const shapePtr = memory.data(24 + 8);

export function addRequestFeatures(): void {
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
  setRepeated(false);
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
  setRepeated((namesMet & nameBit) != 0 && stands(0, nameGroup, name));
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

export function addMalformedFeatures(): void {
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
