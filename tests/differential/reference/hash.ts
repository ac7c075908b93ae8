/** The filter's hashes in BigInt: MurmurHash64A's steps over eight little-endian bytes at a time. */

/** Bytes as a string of one char each (latin1): regular expressions then speak of bytes. */
export type Bytes = string;

const multiplier = 0xc6a4a7935bd1e995n;
const wrap = (value: bigint) => BigInt.asUintN(64, value);

export function mix(hash: bigint, word: bigint): bigint {
  const spread = wrap(word * multiplier);
  return wrap((hash ^ wrap((spread ^ (spread >> 47n)) * multiplier)) * multiplier);
}

export function finish(hash: bigint): bigint {
  const spread = wrap((hash ^ (hash >> 47n)) * multiplier);
  return spread ^ (spread >> 47n);
}

/** The length goes in first, then whole words, then what is left padded with zeros. */
export function hashBytes(bytes: Bytes, seed = 0n): bigint {
  const words = Buffer.from(bytes.padEnd(Math.ceil(bytes.length / 8) * 8, "\0"), "latin1");
  let hash = seed ^ wrap(BigInt(bytes.length) * multiplier);
  for (let at = 0; at < words.length; at += 8) hash = mix(hash, words.readBigUInt64LE(at));
  return finish(hash);
}

export function hashPair(a: bigint, b: bigint): bigint {
  return finish(mix(mix(0x9e3779b97f4a7c15n, a), b));
}
