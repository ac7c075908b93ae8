/**
 * Agents and referrers that were found ordinary, by seeded hash: direct-mapped, the one met last stays. What is odd is
 * never in it and is read anew each time, so a verdict does not depend on what came before.
 */
import { reserve } from "../../runtime/memory";

const PLACES: u64 = 4096;

let tablePtr: usize = 0;

export function initialiseOrdinary(): bool {
  if (tablePtr == 0) tablePtr = reserve(<usize>PLACES * 8);
  return tablePtr != 0;
}

/** Another model knows others. */
export function forgetOrdinary(): void {
  if (tablePtr != 0) memory.fill(tablePtr, 0, <usize>PLACES * 8);
}

// @ts-ignore: decorator
@inline
function placeOf(hash: u64): usize {
  return tablePtr + <usize>(((hash >> 40) & (PLACES - 1)) << 3);
}

// @ts-ignore: decorator
@inline
export function isOrdinary(hash: u64): bool {
  return load<u64>(placeOf(hash)) == hash;
}

export function keepOrdinary(hash: u64): void {
  store<u64>(placeOf(hash), hash);
}
