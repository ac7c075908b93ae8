/**
 * Whether the same text with other digits might hold a keyword: only where what stands before the first digit of one
 * stands before digits of the text. Where it cannot, texts of the same skeleton are not searched (record/recall.ts).
 */
import { firstMatch, HIGHS, isDigit, matchOtherThanDigits } from "../../runtime/bytes";

/** Up to four bytes before a keyword's first digit, and which of them there are; of more keywords all may be held. */
const STARTS_MAX: u32 = 32;
const START_BYTES: usize = 4;
const startsPtr = memory.data(32 * 8, 8);
let starts: u32 = 0;
/** Small letters and capitals are the same, and some signs are. */
const FOLD4: u32 = 0x20202020;

export function clearDigits(): void {
  starts = 0;
}

/** Of another keyword, as it stands in its section, which begins with more than four bytes. */
export function noteDigits(ptr: usize, endPtr: usize): void {
  let at = ptr;
  while (at < endPtr && !isDigit(<u32>load<u8>(at))) at++;
  if (at == endPtr || starts > STARTS_MAX) return;
  if (starts < STARTS_MAX) {
    const missing = <u32>(START_BYTES - min(at - ptr, START_BYTES));
    const mask: u32 = missing == START_BYTES ? 0 : u32.MAX_VALUE << (8 * missing);
    const slotPtr = startsPtr + ((<usize>starts) << 3);
    store<u32>(slotPtr, (load<u32>(at - START_BYTES) | FOLD4) & mask);
    store<u32>(slotPtr, mask, 4);
  }
  starts++;
}

/** Four bytes before the text are read as well, and seven behind it. */
export function digitsMayDecide(ptr: usize, endPtr: usize): bool {
  for (; ptr < endPtr; ptr += 8) {
    const digits = matchOtherThanDigits(load<u64>(ptr)) ^ HIGHS;
    // where digits begin
    for (let marks = digits & ~(digits << 8); marks != 0; marks &= marks - 1) {
      const at = ptr + firstMatch(marks);
      if (at >= endPtr) break;
      if (mayBehind(load<u32>(at - START_BYTES) | FOLD4)) return true;
    }
  }
  return false;
}

// @ts-ignore: decorator
@inline
function mayBehind(before: u32): bool {
  const endPtr = startsPtr + ((<usize>min(starts, STARTS_MAX)) << 3);
  for (let at = startsPtr; at < endPtr; at += 8) if ((before & load<u32>(at, 4)) == load<u32>(at)) return true;
  return starts > STARTS_MAX;
}
