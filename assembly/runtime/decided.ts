/**
 * Which digits decided how a record was read: those that somebody made a number of. What else there is to read in it
 * depends only on where digits stand, so that a record of the same skeleton is read alike where these are the same
 * (record/recall.ts). Whoever makes numbers, addresses or names of digits without `readDigits` says so here.
 */

/** All of them lie in [decidedPtr, decidedEndPtr); empty where the first is not below the second. */
export let decidedPtr: usize = usize.MAX_VALUE;
export let decidedEndPtr: usize = 0;

// @ts-ignore: decorator
@inline
export function forgetDecided(): void {
  decidedPtr = usize.MAX_VALUE;
  decidedEndPtr = 0;
}

// @ts-ignore: decorator
@inline
export function noteDecided(ptr: usize, endPtr: usize): void {
  if (ptr < decidedPtr) decidedPtr = ptr;
  if (endPtr > decidedEndPtr) decidedEndPtr = endPtr;
}
