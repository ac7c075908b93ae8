/**
 * How many different peers and ports were seen, in 128 bytes each: the sketch and the hashes of
 * host/network/distinct.ts and host/network/hash.ts, bit for bit (linear counting,
 * https://doi.org/10.1145/78922.78925).
 */
import { logarithm } from "../../runtime/exponential";
import { reserve } from "../../runtime/memory";

const SKETCH_BITS: i32 = 1024;
export const SKETCH_BYTES: usize = 128;
const FNV_OFFSET: u32 = 0x811c9dc5;
const FNV_PRIME: u32 = 0x01000193;
const NUMBER_SALT: u32 = 0x9e3779b9;

/** The count for each number of set bits, whole. */
let estimatesPtr: usize = 0;

export function initialiseDistinct(): bool {
  if (estimatesPtr != 0) return true;
  estimatesPtr = reserve((<usize>SKETCH_BITS + 1) * 4);
  if (estimatesPtr == 0) return false;
  for (let set = 0; set <= SKETCH_BITS; set++) {
    const unset = <f64>max(SKETCH_BITS - set, 1);
    const estimate = -(<f64>SKETCH_BITS) * logarithm(unset / <f64>SKETCH_BITS);
    store<u32>(estimatesPtr + 4 * <usize>set, <u32>(estimate + 0.5));
  }
  return true;
}

/** FNV-1a over the bytes, then MurmurHash3's finaliser. */
export function addText(sketchPtr: usize, ptr: usize, endPtr: usize): void {
  let hash = FNV_OFFSET;
  for (; ptr < endPtr; ptr++) hash = (hash ^ <u32>load<u8>(ptr)) * FNV_PRIME;
  setBit(sketchPtr, mixed(hash));
}

export function addNumber(sketchPtr: usize, value: u32): void {
  setBit(sketchPtr, mixed(value + NUMBER_SALT));
}

function mixed(hash: u32): u32 {
  hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
  return hash ^ (hash >> 16);
}

// @ts-ignore: decorator
@inline
function setBit(sketchPtr: usize, hash: u32): void {
  const ptr = sketchPtr + <usize>(((hash >> 5) & 31) << 2);
  store<u32>(ptr, load<u32>(ptr) | (1 << (hash & 31)));
}

export function distinctCount(sketchPtr: usize): u32 {
  let set: i64 = 0;
  for (let at: usize = 0; at < SKETCH_BYTES; at += 8) set += popcnt(load<u64>(sketchPtr + at));
  return load<u32>(estimatesPtr + 4 * <usize>set);
}
