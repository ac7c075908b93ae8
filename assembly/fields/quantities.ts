/**
 * Numbers under names that nobody asks for: how many, how large, how long by a name of the program's own. They are
 * judged beside the text by what was learnt of them (detect/ranges/). Judged are those from a thousand on; learning
 * takes shorter ones as well.
 */
import { forgetSkeletons } from "../event/skeleton";
import { digitsEnd, isDigit, wholeNumber } from "../runtime/bytes";
import { DOT } from "../runtime/characters";
import { hashBytes } from "../runtime/hash";
import { leaveNoted } from "./noted";

const QUANTITIES_MAX: i32 = 8;
/** Of a name so much is kept to be shown. */
const SHOWN_BYTES: usize = 24;
const SHOWN_OFFSET: usize = 24;
const DIGITS_MAX: usize = 15;

@unmanaged
export class Quantity {
  name: u64;
  value: f64;
  digits: u32;
  shownBytes: u32;
  shown: u64;
  shownMiddle: u64;
  shownLast: u64;
}

const quantitiesPtr = memory.data(8 * 48, 8);
/** Of the event at hand. */
export let quantityCount: i32 = 0;
/** Whether short ones are taken as well. */
let takesAll: bool = false;

export function setQuantities(count: i32): void {
  quantityCount = count;
}

/** How records were read before and after is another matter, as what is recalled notes none. */
export function takeAllQuantities(value: bool): void {
  if (takesAll != value) forgetSkeletons();
  takesAll = value;
}

// @ts-ignore: decorator
@inline
export function quantityAt(index: i32): Quantity {
  return changetype<Quantity>(quantitiesPtr + <usize>index * offsetof<Quantity>());
}

/** The name of one, or its beginning. */
export function shownPtr(ptr: usize): usize {
  return ptr + SHOWN_OFFSET;
}

export function shownEndPtr(ptr: usize): usize {
  return shownPtr(ptr) + <usize>changetype<Quantity>(ptr).shownBytes;
}

/** The value [ptr, endPtr) is that of a stranger, and is noted where it is a number. */
// @ts-ignore: decorator
@inline
export function noteQuantity(namePtr: usize, nameEndPtr: usize, ptr: usize, endPtr: usize): void {
  // four digits, or signs beside them in ASCII
  const isLong = (load<u32>(ptr) & 0xf0f0f0f0) == 0x30303030;
  if (isLong || (takesAll && isDigit(<u32>load<u8>(ptr)))) note(namePtr, nameEndPtr, ptr, endPtr);
}

function note(namePtr: usize, nameEndPtr: usize, ptr: usize, endPtr: usize): void {
  if (quantityCount == QUANTITIES_MAX || namesIdentifier(load<u32>(nameEndPtr - 4))) return;
  const wholeEndPtr = digitsEnd(ptr, endPtr);
  const digits = wholeEndPtr - ptr;
  const isDecimal = wholeEndPtr < endPtr && load<u8>(wholeEndPtr) == DOT;
  const numberEndPtr = isDecimal ? digitsEnd(wholeEndPtr + 1, endPtr) : wholeEndPtr;
  if (numberEndPtr != endPtr || digits == 0 || digits > DIGITS_MAX) return;
  // a record of the same digits says another number
  if (takesAll) leaveNoted();
  const quantity = quantityAt(quantityCount++);
  quantity.name = hashBytes(namePtr, nameEndPtr - namePtr, 0);
  quantity.value = wholeNumber(ptr, wholeEndPtr);
  quantity.digits = <u32>digits;
  quantity.shownBytes = <u32>min(nameEndPtr - namePtr, SHOWN_BYTES);
  quantity.shown = load<u64>(namePtr);
  quantity.shownMiddle = load<u64>(namePtr, 8);
  quantity.shownLast = load<u64>(namePtr, 16);
}

/** Whether a name that ends with these four bytes is that of an identifier or a port: with `id` or `port`. */
export function namesIdentifier(last: u32): bool {
  const word = last | 0x20202020;
  return word == 0x74726f70 || word >> 16 == 0x6469;
}
