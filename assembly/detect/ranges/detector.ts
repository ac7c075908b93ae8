/**
 * Numbers far beyond what was learnt of them: the size of a response, the time a request took, both where fields
 * beside a text say so, a number in a text. Far means sixteen times the largest: what merely exceeds it comes every
 * day. A size is told from a megabyte on, a duration from a second on, since nobody looks into less; so ordinary
 * requests are not looked up at all. Nor is a number that has fewer digits than an odd one in its place would have: the
 * table of places remembers how many.
 */
import { hasModel } from "../../config/model";
import { detectNovelty } from "../../config/settings";
import { ORDINARY_DIGITS, RequestPart } from "../../event/accessParts";
import {
  bodyEndPtr,
  bodyPtr,
  bytes,
  destinationEndPtr,
  destinationPtr,
  durationMilliseconds,
  isRequest,
  requestPart,
} from "../../event/event";
import { forgetSkeletons } from "../../event/skeleton";
import { Quantity, quantityAt, quantityCount, setQuantities, shownEndPtr, shownPtr } from "../../fields/quantities";
import { dropKept } from "../../record/recall";
import { digitsEnd, isLetter, isSpace, wholeNumber } from "../../runtime/bytes";
import { logarithm } from "../../runtime/exponential";
import { hashPairRarely } from "../../runtime/hash";
import { reserve } from "../../runtime/memory";
import { putFixed, putGrouped, putInteger, putText } from "../../runtime/output";
import { Text } from "../../runtime/text";
import { putPlace, putQuoted } from "../novelty/reason";
import { signaturePtr, TEXT_SIGNATURE } from "../novelty/signature";
import { countSame, countSuppressed } from "../novelty/suppression";
import { entryOnce, findEntry } from "../novelty/table";
import { writeSignature } from "../novelty/writeSignature";
import {
  ANY_QUANTITY,
  DURATION,
  fieldBeside,
  fieldOfNumber,
  fieldOfPath,
  fieldOfQuantity,
  findPath,
  isQuantity,
  parentEnd,
  pathEndPtr,
  pathPtr,
  QUANTITY,
  RANGES,
  SIZE,
} from "./fields";
import { numberAt, numberCount } from "./numbers";

const FAR: f64 = 16;
const LINES_MIN: u32 = 50;
const SIZE_MIN: i64 = 1048576;
const MILLISECONDS_MIN: f64 = 1000;

/** Signatures of texts: key u64, and of each number in it, four bits each, the most digits an ordinary one has. */
const PLACES: u64 = 4096;
const ANY_DIGITS: u64 = 15;

/** Above 1 a number of the event at hand is odd. */
export let rangeScore: f64 = 0;
/** Whether no number of as many digits is odd in its place. */
export let areOrdinary: bool = false;
/** Which, of what kind (0: of a text), and what was learnt of it. */
let oddValue: f64 = 0;
let oddField: u64 = 0;
let oddKind: u64 = 0;
let oddEntry: usize = 0;
/** The number in a text, the end of the path that it is compared with, or what it is that stands beside a text. */
let oddPtr: usize = 0;

/** Whether any log that was learnt had numbers under names of its own. */
let knowsQuantities: bool = false;

const OF_TEXT: usize = 0;
const OF_SOURCE: usize = 1;

let placesPtr: usize = 0;

export function initialiseRanges(): bool {
  if (placesPtr == 0) placesPtr = reserve(<usize>PLACES * 16);
  return placesPtr != 0;
}

/** A model was taken into use, or dropped. */
export function useRanges(): void {
  if (placesPtr != 0) memory.fill(placesPtr, 0, <usize>PLACES * 16);
  knowsQuantities = isKnown(ANY_QUANTITY);
  // what was ordinary by another model
  forgetSkeletons();
}

/**
 * `key`: of the text's signature, seeded; 0 where none is at hand. `digits`: of its numbers, by `digitsOfNumbers`,
 * which is all that is known where the signature itself was not made.
 */
// @ts-ignore: decorator
@inline
export function judgeRanges(key: u64, digits: u64): void {
  rangeScore = 0;
  areOrdinary = false;
  if (!hasModel || !detectNovelty) {
    if (quantityCount != 0) leaveQuantities();
    return;
  }
  if (!isRequest) {
    if (key != 0 && digits != 0) judgeNumbers(key, digits);
    if (quantityCount != 0) judgeQuantities(key);
    if (destinationEndPtr > destinationPtr || bodyEndPtr == bodyPtr) return;
  }
  if (isLarge()) judgeField(SIZE, <f64>bytes);
  if (isLong()) judgeField(DURATION, durationMilliseconds);
}

/** Whether `judgeRanges` has something to say of the size or the duration at hand. */
// @ts-ignore: decorator
@inline
export function mayBeLarge(): bool {
  return isLarge() || isLong();
}

// @ts-ignore: decorator
@inline
function isLarge(): bool {
  return bytes >= SIZE_MIN;
}

// @ts-ignore: decorator
@inline
function isLong(): bool {
  return durationMilliseconds >= MILLISECONDS_MIN;
}

function judgeField(kind: u64, value: f64): void {
  writeSignature();
  if (isRequest) judgeRequest(kind, value);
  else if (load<u8>(signaturePtr) == TEXT_SIGNATURE) judgeBeside(kind, value);
}

/** Whoever judges a record of the same skeleton has to read it as if it were the first. */
function leaveQuantities(): void {
  setQuantities(0);
  dropKept();
}

/**
 * Numbers beside the text under names of its own. Where none has more digits than an ordinary one, no other record of
 * the same skeleton has.
 */
function judgeQuantities(key: u64): void {
  const count = quantityCount;
  if (key == 0) return leaveQuantities();
  setQuantities(0);
  let areAllOrdinary = true;
  for (let i = 0; knowsQuantities && i < count; i++) {
    const quantity = quantityAt(i);
    const placeKey = key ^ quantity.name;
    const placePtr = placesPtr + <usize>((placeKey >> 1) & (PLACES - 1)) * 16;
    if (load<u64>(placePtr) == placeKey && load<u64>(placePtr, 8) >= <u64>quantity.digits) continue;
    const most = judgeQuantity(quantity);
    store<u64>(placePtr, placeKey);
    store<u64>(placePtr, most, 8);
    if (<u64>quantity.digits > most) areAllOrdinary = false;
  }
  if (!areAllOrdinary) dropKept();
}

/** Returns how many digits an ordinary one has at most. */
function judgeQuantity(quantity: Quantity): u64 {
  writeSignature();
  if (load<u8>(signaturePtr) != TEXT_SIGNATURE || !isKnown(fieldOfQuantity(quantity))) return ANY_DIGITS;
  if (isFar(quantity.value)) {
    oddKind = QUANTITY;
    oddPtr = changetype<usize>(quantity);
  }
  return digitsBelow(FAR * <f64>load<f32>(entry, 8));
}

/** By the text where enough is known of it, else by its source. */
function judgeBeside(kind: u64, value: f64): void {
  const isOfText = isKnown(fieldBeside(kind, false));
  if (!isOfText && !isKnown(fieldBeside(kind, true))) return;
  if (isFar(value)) {
    oddKind = kind;
    oddPtr = isOfText ? OF_TEXT : OF_SOURCE;
  }
}

/** By the path where enough is known of it, else by its directory, else by the site. */
function judgeRequest(kind: u64, value: f64): void {
  findPath();
  let endPtr = pathEndPtr;
  while (!isKnown(fieldOfPath(kind, endPtr))) {
    if (endPtr == pathPtr) return keepOrdinaryDigits(kind, ANY_DIGITS);
    endPtr = endPtr == pathEndPtr ? parentEnd(endPtr) : pathPtr;
  }
  if (isFar(value)) {
    oddKind = kind;
    oddPtr = endPtr;
  }
  keepOrdinaryDigits(kind, digitsBelow(FAR * <f64>load<f32>(entry, 8)));
}

/** Lines of the same request with a size of no more digits need not be judged by it. */
function keepOrdinaryDigits(kind: u64, digits: u64): void {
  if (kind != SIZE || requestPart == 0) return;
  changetype<RequestPart>(requestPart).ordinaryDigits = <u8>max(digits, <u64>ORDINARY_DIGITS);
}

function judgeNumbers(key: u64, atHand: u64): void {
  const placePtr = placesPtr + <usize>((key >> 1) & (PLACES - 1)) * 16;
  if (load<u64>(placePtr) == key && noneIsMore(atHand, load<u64>(placePtr, 8))) {
    areOrdinary = true;
    return;
  }
  if (numberCount == 0) writeSignature();
  let digits: u64 = 0;
  for (let i = 0; i < numberCount; i++) {
    const number = numberAt(i);
    let most = ANY_DIGITS;
    if (isQuantity(number) && isKnown(fieldOfNumber(number))) {
      if (isFar(readNumber(number.ptr))) {
        oddKind = 0;
        oddPtr = number.ptr;
      }
      most = digitsBelow(FAR * <f64>load<f32>(entry, 8));
    }
    digits |= most << (4 * <u64>i);
  }
  store<u64>(placePtr, key);
  store<u64>(placePtr, digits, 8);
}

const HALVES: u64 = 0x0f0f0f0f0f0f0f0f;
const BORROWS: u64 = 0x1010101010101010;

/** Whether none of sixteen numbers of four bits is larger than its counterpart. */
// @ts-ignore: decorator
@inline
function noneIsMore(digits: u64, most: u64): bool {
  const left = ((most & HALVES) | BORROWS) - (digits & HALVES);
  const right = (((most >> 4) & HALVES) | BORROWS) - ((digits >> 4) & HALVES);
  return (left & right & BORROWS) == BORROWS;
}

let field: u64 = 0;
let entry: usize = 0;

function isKnown(aField: u64): bool {
  field = aField;
  entry = findEntry(hashPairRarely(RANGES, aField));
  return entry != 0 && entryOnce(entry) >= LINES_MIN;
}

/** Whether the value is far beyond the field at hand, and farther than any of this event so far. */
function isFar(value: f64): bool {
  const times = value / <f64>load<f32>(entry, 8);
  const score = 1.5 + logarithm(times / FAR) / 8;
  if (!(times >= FAR) || score <= rangeScore) return false;
  rangeScore = score;
  oddValue = value;
  oddField = field;
  oddEntry = entry;
  return true;
}

export function readNumber(ptr: usize): f64 {
  return wholeNumber(ptr, digitsEnd(ptr, bodyEndPtr));
}

/** How many digits a whole number below `limit` has at most, where one that has more is not below it. */
function digitsBelow(limit: f64): u64 {
  let digits: u64 = 0;
  for (; limit >= 10 && digits < ANY_DIGITS; digits++) limit /= 10;
  return digits;
}

/** Takes the number back where it was told within the hour, unless it has about doubled since. */
export function suppressRange(seconds: i64): bool {
  const octave = reinterpret<u64>(oddValue) >> 52;
  if (countSame(((oddField ^ octave) << 1) | 1, seconds) == 1) return false;
  countSuppressed();
  rangeScore = 0;
  return true;
}

export function leaveOutRange(): void {
  rangeScore = 0;
}

export function putRangeReason(): void {
  if (oddKind == 0) {
    putQuoted(wordBefore(), wordBehind());
    putText(";");
  } else if (oddKind == QUANTITY) {
    putQuoted(shownPtr(oddPtr), shownEndPtr(oddPtr));
    putText(" is ");
    putInteger(<i64>oddValue);
    putText("; its like");
  } else {
    if (oddPtr <= OF_SOURCE) putText(oddKind == SIZE ? "size " : "duration ");
    else putText(oddKind == SIZE ? "response of " : "took ");
    putValue(oddValue);
    putText("; ");
    if (oddPtr == OF_TEXT) putText("its like");
    else if (oddPtr == OF_SOURCE) putText("its source");
    else if (oddPtr == pathPtr) putText("others");
    else putPlace(pathPtr, oddPtr);
  }
  putText(" at most ");
  putValue(<f64>load<f32>(oddEntry, 8));
  putText(" in ");
  putGrouped(entryOnce(oddEntry));
  putText(" lines");
}

function putValue(value: f64): void {
  if (oddKind == 0 || oddKind == QUANTITY) return putInteger(<i64>value);
  if (oddKind == DURATION) {
    if (value < 1e3) return putUnit(value, 0, " ms");
    return putUnit(value / 1e3, 1, " s");
  }
  if (value < 1e3) putUnit(value, 0, " bytes");
  else if (value < 1e6) putUnit(value / 1e3, 0, " KB");
  else if (value < 1e9) putUnit(value / 1e6, 1, " MB");
  else putUnit(value / 1e9, 1, " GB");
}

function putUnit(value: f64, decimals: i32, unit: Text): void {
  if (decimals == 0) putInteger(<i64>(value + 0.5));
  else putFixed(value, decimals);
  putText(unit);
}

/** Some words before the number, and the one behind it. */
function wordBefore(): usize {
  let ptr = max(bodyPtr, oddPtr - 24);
  while (ptr < oddPtr && ptr > bodyPtr && !isSpace(<u32>load<u8>(ptr - 1))) ptr++;
  return ptr;
}

function wordBehind(): usize {
  const endPtr = min(bodyEndPtr, oddPtr + 24);
  let ptr = oddPtr;
  while (ptr < endPtr && !isLetter(<u32>load<u8>(ptr))) ptr++;
  while (ptr < endPtr && isLetter(<u32>load<u8>(ptr))) ptr++;
  return ptr;
}
