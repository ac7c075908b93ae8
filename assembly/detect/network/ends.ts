/**
 * What kind of end an address is, for those without a past: host/network/ends.ts draws the same lines. Private, shared
 * and link-local addresses and the host's own are inside; groups are multicast and broadcast.
 */
import { COLON, DIGIT_0, DOT } from "../../runtime/characters";

export const INSIDE: u64 = 1;
export const OUTSIDE: u64 = 2;
const GROUP: u64 = 3;

export function classOfEnd(ptr: usize, endPtr: usize): u64 {
  let first: u32 = 0;
  let at = ptr;
  for (; at < endPtr && load<u8>(at) != DOT; at++) {
    if (load<u8>(at) == COLON) return classOfV6(ptr);
    first = first * 10 + <u32>load<u8>(at) - DIGIT_0;
  }
  let second: u32 = 0;
  for (at++; at < endPtr && load<u8>(at) != DOT; at++) second = second * 10 + <u32>load<u8>(at) - DIGIT_0;
  if (first >= 224) return GROUP;
  const isInside =
    first == 10 ||
    first == 127 ||
    (first == 172 && second >> 4 == 1) ||
    (first == 192 && second == 168) ||
    (first == 169 && second == 254) ||
    (first == 100 && second >> 6 == 1);
  return isInside ? INSIDE : OUTSIDE;
}

/** In lower case; it has three bytes at least, and something behind it. */
function classOfV6(ptr: usize): u64 {
  const start = load<u32>(ptr) & 0xffffff;
  const two = start & 0xffff;
  if (two == 0x6666) return GROUP; // ff
  const third = start >> 16;
  const isLinkLocal = two == 0x6566 && (third == 0x38 || third == 0x39 || third == 0x61 || third == 0x62); // fe8 … feb
  if (two == 0x6366 || two == 0x6466 || isLinkLocal) return INSIDE; // fc, fd
  return start == 0x313a3a ? INSIDE : OUTSIDE;
}
