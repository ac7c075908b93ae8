/**
 * The fields that the record at hand gave, in the order they were taken in, and where their values lie as they are: a
 * record of the same skeleton has the same ones at the same places, and may be read by taking these in alone
 * (record/recall.ts). Whoever takes a field in from somewhere else says so.
 */
import { forgetLevel, sourceEndPtr, sourcePtr, timeSeconds } from "../event/event";
import { decidedEndPtr, decidedPtr, forgetDecided } from "../runtime/decided";

const NOTED_MAX: i32 = 10;
/** What it stands for, the value's two ends, and what it is. */
export const NOTED_BYTES: usize = 16;
export const notedPtr = memory.data(10 * 16, 8);
export let notedEndPtr: usize = 0;

export const IS_NUMBER: u32 = 0;
export const IS_TEXT: u32 = 1;
export const IS_MESSAGE: u32 = 2;
/** A container runtime's, before the message. */
export const IS_STAMP: u32 = 3;
/** Besides: a text or a message that has escapes of its own, and is unescaped anew. */
export const HAS_ESCAPES: u32 = 4;

/** Whether they are all that there is to take in. */
export let areNotedAll: bool = false;
/** Whether there were any but a container runtime's, and what they said. */
export let hasFields: bool = false;
let fieldsSeconds: i64 = 0;
let fieldsSourcePtr: usize = 0;
let fieldsSourceEndPtr: usize = 0;

export function clearNoted(): void {
  notedEndPtr = notedPtr;
  areNotedAll = true;
  hasFields = false;
}

// @ts-ignore: decorator
@inline
export function noteTaken(field: u32, ptr: usize, endPtr: usize, kind: u32): void {
  if (areNotedAll) note(field, ptr, endPtr, kind);
}

function note(field: u32, ptr: usize, endPtr: usize, kind: u32): void {
  if (notedEndPtr == notedPtr + <usize>NOTED_MAX * NOTED_BYTES) {
    areNotedAll = false;
    return;
  }
  store<u32>(notedEndPtr, field);
  store<u32>(notedEndPtr, <u32>ptr, 4);
  store<u32>(notedEndPtr, <u32>endPtr, 8);
  store<u32>(notedEndPtr, kind, 12);
  notedEndPtr += NOTED_BYTES;
}

/** Something was taken in that does not lie in the record as it is. */
export function leaveNoted(): void {
  areNotedAll = false;
}

/**
 * While the members of the record itself are taken in: where the message lies, how many there were, and whether names
 * before it or behind it have digits, with others of which they may be names that are known.
 */
let isOuter: bool = false;
export let givenPtr: usize = 0;
export let givenEndPtr: usize = 0;
export let givenCount: i32 = 0;
export let hasDigitsBefore: bool = false;
export let hasDigitsBehind: bool = false;

export function beginOuter(): void {
  isOuter = true;
  givenCount = 0;
  hasDigitsBefore = false;
  hasDigitsBehind = false;
}

export function endOuter(): void {
  isOuter = false;
}

/** A message lies at [ptr, endPtr), with its escapes; false where it is none of the record itself. */
export function noteGiven(ptr: usize, endPtr: usize): bool {
  if (!isOuter) return false;
  givenPtr = ptr;
  givenEndPtr = endPtr;
  givenCount++;
  return true;
}

/** A name has digits. */
export function noteDigits(): void {
  if (!isOuter) leaveNoted();
  else if (givenCount == 0) hasDigitsBefore = true;
  else hasDigitsBehind = true;
}

/** Whether the source is still what fields said. */
export function isSourceOfFields(): bool {
  return sourcePtr == fieldsSourcePtr && sourceEndPtr == fieldsSourceEndPtr;
}

/** Whether all are noted goes on as it was before the one taken in last. */
export function keepNoting(wereNotedAll: bool): void {
  areNotedAll = wereNotedAll;
}

/** Fields are going to be taken in: before the first of them no digits may have decided anything. */
export function beginFields(): void {
  if (hasFields || decidedPtr < decidedEndPtr) areNotedAll = false;
}

/** All are taken in, and what digits decided so far they decide anew. */
export function endFields(): void {
  hasFields = true;
  forgetLevel();
  fieldsSeconds = timeSeconds;
  fieldsSourcePtr = sourcePtr;
  fieldsSourceEndPtr = sourceEndPtr;
  forgetDecided();
}

/** Whether nothing but the fields says when the record is from, and from whom. */
export function fieldsDecide(): bool {
  return decidedPtr >= decidedEndPtr && timeSeconds == fieldsSeconds && isSourceOfFields();
}
