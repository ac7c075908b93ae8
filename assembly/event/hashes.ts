/**
 * Seeded hashes of what line after line has the same: its source and its client. One of up to sixteen bytes is compared
 * by two words with the one before, which costs a third of its hash.
 */
import { hashBytes } from "../runtime/hash";

const WORD_BYTES: usize = 8;

/** As much of a source's name counts. */
export const SOURCE_BYTES_MAX: usize = 64;

@unmanaged
class HashedText {
  first: u64;
  last: u64;
  seedAndBytes: u64;
  hash: u64;
}

const lastSource = changetype<HashedText>(memory.data(32, 8));
const lastKey = changetype<HashedText>(memory.data(32, 8));

export function hashSourceText(ptr: usize, bytes: usize, seed: u64): u64 {
  return recall(lastSource, ptr, min(bytes, SOURCE_BYTES_MAX), seed);
}

// @ts-ignore: decorator
@inline
export function hashKeyText(ptr: usize, bytes: usize, seed: u64): u64 {
  return recall(lastKey, ptr, bytes, seed);
}

// @ts-ignore: decorator
@inline
function recall(text: HashedText, ptr: usize, bytes: usize, seed: u64): u64 {
  if (bytes - 1 >= 2 * WORD_BYTES) return hashBytes(ptr, bytes, seed);
  // of a short one both words are the same, without the bytes before it
  const before = bytes < WORD_BYTES ? 64 - 8 * <u64>bytes : 0;
  const last = load<u64>(ptr + bytes - WORD_BYTES) >> before;
  const first = bytes < WORD_BYTES ? last : load<u64>(ptr);
  const seedAndBytes = seed + <u64>bytes;
  if (((first ^ text.first) | (last ^ text.last) | (seedAndBytes ^ text.seedAndBytes)) != 0) {
    text.seedAndBytes = seedAndBytes;
    text.first = first;
    text.last = last;
    text.hash = hashBytes(ptr, bytes, seed);
  }
  return text.hash;
}
