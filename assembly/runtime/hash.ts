/**
 * 64-bit multiply-xor-shift hashing, eight bytes a step. The steps are those of MurmurHash2's 64A
 * (https://github.com/aappleby/smhasher); short, branch-light, and the same in every host.
 */

const MULTIPLIER: u64 = 0xc6a4a7935bd1e995;

/** Mixes one 64-bit word into a running hash. */
// @ts-ignore: decorator
@inline
export function mix(hash: u64, word: u64): u64 {
  return mixInto(hash, mixed(word));
}

/** The two steps of `mix`. */
// @ts-ignore: decorator
@inline
export function mixed(word: u64): u64 {
  const k = word * MULTIPLIER;
  return (k ^ (k >> 47)) * MULTIPLIER;
}

// @ts-ignore: decorator
@inline
export function mixInto(hash: u64, word: u64): u64 {
  return (hash ^ word) * MULTIPLIER;
}

// @ts-ignore: decorator
@inline
export function finish(hash: u64): u64 {
  hash ^= hash >> 47;
  hash *= MULTIPLIER;
  return hash ^ (hash >> 47);
}

/** Up to seven bytes as a number, the first one lowest; reads none beyond them. */
function shortTail(ptr: usize, left: usize): u64 {
  if (left >= 4) {
    return <u64>load<u32>(ptr) | ((<u64>load<u32>(ptr + left - 4)) << (8 * (<u64>left - 4)));
  }
  const middle = (<u64>load<u8>(ptr + (left >> 1))) << (8 * (<u64>left >> 1));
  return <u64>load<u8>(ptr) | middle | ((<u64>load<u8>(ptr + left - 1)) << (8 * (<u64>left - 1)));
}

/** Hash of a byte range; its length is mixed in first, so no range is a prefix of another's state. */
export function hashBytes(ptr: usize, len: usize, seed: u64): u64 {
  let hash = seed ^ (<u64>len * MULTIPLIER);
  const endPtr = ptr + len;
  while (ptr + 8 <= endPtr) {
    hash = mix(hash, load<u64>(ptr));
    ptr += 8;
  }
  const left = endPtr - ptr;
  if (left > 0) hash = mix(hash, len >= 8 ? load<u64>(endPtr - 8) >> (64 - 8 * <u64>left) : shortTail(ptr, left));
  return finish(hash);
}

/** The step of NH (RFC 4418): the halves of a word that a key was added to, multiplied. */
// @ts-ignore: decorator
@inline
export function productOfHalves(word: u64): u64 {
  return (word & 0xffffffff) * (word >> 32);
}

/** `hashBytes` of up to seven bytes that are read already, with seed 0. */
// @ts-ignore: decorator
@inline
export function hashFew(word: u64, bytes: u64): u64 {
  return finish(mix(bytes * MULTIPLIER, word));
}

/** One number for a (group, value) pair or any other ordered pair of hashes. */
// @ts-ignore: decorator
@inline
export function hashPair(a: u64, b: u64): u64 {
  return finish(mix(mix(0x9e3779b97f4a7c15, a), b));
}

/** The same, called instead of copied: for what few records come by. */
export function hashPairRarely(a: u64, b: u64): u64 {
  return hashPair(a, b);
}
