/**
 * The numbers of the text at hand, noted while its signature is made. One that other digits are joined to by a dot is
 * a decimal; by anything else it is a date, a time, an address or a version, and no quantity.
 */
import { DOT } from "../../runtime/characters";

export const NUMBERS_MAX: i32 = 16;

@unmanaged
export class NotedNumber {
  ptr: usize;
  /** Its place in the signature. */
  signaturePtr: usize;
  /** Digits of its integer part; 0 where it is no quantity. */
  digits: u32;
  isDecimal: u32;
}

const numbersPtr = memory.data(16 * 16, 8);
export let numberCount: i32 = 0;

/** Of all of them, four bits each. */
export function digitsOfNumbers(): u64 {
  let digits: u64 = 0;
  for (let i = numberCount - 1; i >= 0; i--) digits = (digits << 4) | numberAt(i).digits;
  return digits;
}

export function clearNumbers(): void {
  numberCount = 0;
}

// @ts-ignore: decorator
@inline
export function numberAt(index: i32): NotedNumber {
  return changetype<NotedNumber>(numbersPtr + <usize>index * offsetof<NotedNumber>());
}

/** Digits that are written as a number at signaturePtr; `joined`: to the token before, by the sign before it. */
export function noteNumber(ptr: usize, digits: usize, signaturePtr: usize, joined: bool): void {
  if (joined) {
    const last = numberAt(max(0, numberCount - 1));
    if (last.signaturePtr != signaturePtr - 2) return;
    if (last.isDecimal != 0 || load<u8>(signaturePtr - 1) != DOT) last.digits = 0;
    last.isDecimal = 1;
  } else if (numberCount < NUMBERS_MAX) {
    const number = numberAt(numberCount++);
    number.ptr = ptr;
    number.signaturePtr = signaturePtr;
    number.digits = min(<u32>digits, 15);
    number.isDecimal = 0;
  }
}
