/**
 * What a number is a number of: the size of a response or the time it took, for its path, its directory and the whole
 * site; the size or the duration that stands in a field beside a text, for the text and for its source; any other
 * number in such a field, for the text; a place in a text, by the signature's bytes around it and by its source. In
 * the model's table each field is a row: key hashPair(RANGES, field), then the largest value as f32 in place of the
 * count, and how many lines had one. The field of a number in a text, and of one under another name beside it, is odd:
 * only those may be identifiers.
 */
import { namesIdentifier, Quantity } from "../../fields/quantities";
import { SLASH } from "../../runtime/characters";
import { hashBytes } from "../../runtime/hash";
import { fieldEnd } from "../novelty/features";
import { FIELD_END, NAME_START, NUMBER, signatureEndPtr, signaturePtr } from "../novelty/signature";
import { NotedNumber } from "./numbers";

/** A number by chance, as hashes of groups are. */
export const RANGES: u64 = 0x5d1f0c86a3b97e24;

export const SIZE: u64 = 1;
export const DURATION: u64 = 2;
export const QUANTITY: u64 = 3;
/** The field of all quantities together, by which it is known whether there are any. */
export const ANY_QUANTITY: u64 = 4;

const BYTES_BEFORE: usize = 24;
const BYTES_BEHIND: usize = 8;

/** Path of the request whose signature is at hand. */
export let pathPtr: usize = 0;
export let pathEndPtr: usize = 0;

export function findPath(): void {
  pathPtr = fieldEnd(fieldEnd(signaturePtr + 1, FIELD_END) + 1, FIELD_END) + 1;
  pathEndPtr = fieldEnd(pathPtr, NAME_START);
}

/** The directory of a path, then the site: what stands before the last slash, then nothing. */
export function parentEnd(endPtr: usize): usize {
  do endPtr--;
  while (endPtr > pathPtr && load<u8>(endPtr) != SLASH);
  return endPtr;
}

export function fieldOfPath(kind: u64, endPtr: usize): u64 {
  return hashBytes(pathPtr, endPtr - pathPtr, kind) & ~(<u64>1);
}

/** Beside the text whose signature is at hand; `isOfSource`: whatever the text. */
export function fieldBeside(kind: u64, isOfSource: bool): u64 {
  const ptr = signaturePtr + (isOfSource ? 2 : 0);
  const endPtr = isOfSource ? fieldEnd(ptr, FIELD_END) + 1 : signatureEndPtr;
  return hashBytes(ptr, endPtr - ptr, kind) & ~(<u64>1);
}

/** Under a name of its own, beside the text whose signature is at hand. */
export function fieldOfQuantity(quantity: Quantity): u64 {
  return hashBytes(signaturePtr, signatureEndPtr - signaturePtr, quantity.name) | 1;
}

/** Whether the number is a quantity as far as its place says: its name is neither id nor port. */
export function isQuantity(number: NotedNumber): bool {
  if (number.digits == 0 || load<u8>(number.signaturePtr) != NUMBER) return false;
  return !namesIdentifier(load<u32>(number.signaturePtr - 5));
}

export function fieldOfNumber(number: NotedNumber): u64 {
  const sourceEndPtr = fieldEnd(signaturePtr, FIELD_END) + 1;
  const beforePtr = max(sourceEndPtr, number.signaturePtr - BYTES_BEFORE);
  const behindPtr = min(signatureEndPtr, number.signaturePtr + BYTES_BEHIND);
  return hashBytes(beforePtr, behindPtr - beforePtr, hashBytes(signaturePtr, sourceEndPtr - signaturePtr, 0)) | 1;
}
