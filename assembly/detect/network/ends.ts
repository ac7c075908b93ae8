/**
 * What kind of end an address is, for those without a past: host/network/ends.ts draws the same lines. Private, shared
 * and link-local addresses and the host's own are inside; groups are multicast and broadcast.
 */
import { COLON, DIGIT_0, DOT } from "../../runtime/characters";

export const INSIDE: u64 = 1;
export const OUTSIDE: u64 = 2;
const GROUP: u64 = 3;

export function classOfEnd(ptr: usize, endPtr: usize): u64 {
  // up to the second dot
  let first: u32 = 0;
  let second: u32 = 0;
  let dots: u32 = 0;
  for (let at = ptr; at < endPtr && dots < 2; at++) {
    const c = <u32>load<u8>(at);
    if (c == COLON) return classOfV6(ptr);
    if (c != DOT) second = second * 10 + c - DIGIT_0;
    else if (dots++ == 0) {
      first = second;
      second = 0;
    }
  }
  if (first >= 224) return GROUP;
  const both = (first << 8) | second;
  const isInside =
    first == 10 ||
    first == 127 ||
    both >> 4 == 0xac1 || // 172.16.0.0/12
    both == 0xc0a8 || // 192.168.0.0/16
    both == 0xa9fe || // 169.254.0.0/16
    both >> 6 == 0x191; // 100.64.0.0/10
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
