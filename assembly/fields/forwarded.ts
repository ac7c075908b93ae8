/**
 * Clients behind proxies: `X-Forwarded-For: CLIENT, PROXY, PROXY` and RFC 7239's `for=CLIENT;proto=https, for=PROXY`.
 * Every proxy appends whom it spoke to, so the list is read from its end: the first address that is no trusted proxy's
 * is the client. What stands before it anybody may have written.
 */
import { addressHigh, addressLow, readHost } from "../event/address";
import { findByte, isSpace } from "../runtime/bytes";
import { COMMA, EQUALS, QUOTE, SEMICOLON } from "../runtime/characters";

// A trusted network as the model holds it; its prefix counts from the start of 128 bits (an IPv4 network's is 96 more).
//   0 ┌────────────────────────────────────────┬─────────────────┬─────┐ 24
//     │ address, 16 bytes, ::ffff:a.b.c.d IPv4 │ prefix bits u32 │  -  │
//     └────────────────────────────────────────┴─────────────────┴─────┘
export const NETWORK_BYTES: usize = 24;

/** More elements than any chain of proxies has. */
const ELEMENTS_MAX: i32 = 32;

export function isTrusted(high: u64, low: u64, networksPtr: usize, networks: i32): bool {
  for (let i = 0; i < networks; i++) {
    const at = networksPtr + <usize>i * NETWORK_BYTES;
    const bits = load<u32>(at, 16);
    if (!sameBits(high, bswap(load<u64>(at)), min<u32>(bits, 64))) continue;
    if (bits <= 64 || sameBits(low, bswap(load<u64>(at, 8)), min<u32>(bits, 128) - 64)) return true;
  }
  return false;
}

function sameBits(a: u64, b: u64, bits: u32): bool {
  return bits == 0 || (a ^ b) >> (64 - <u64>bits) == 0;
}

/**
 * The client that [listPtr, listEndPtr) names, left in address.ts; false where an element that decides is no address.
 * To be asked only where the peer itself is trusted. Where all are trusted the first is the client.
 */
export function resolveForwarded(listPtr: usize, listEndPtr: usize, networksPtr: usize, networks: i32): bool {
  let endPtr = listEndPtr;
  for (let i = 0; i < ELEMENTS_MAX; i++) {
    let ptr = endPtr;
    while (ptr > listPtr && load<u8>(ptr - 1) != COMMA) ptr--;
    if (!readElement(ptr, endPtr)) return false;
    if (ptr == listPtr || !isTrusted(addressHigh, addressLow, networksPtr, networks)) return true;
    endPtr = ptr - 1;
  }
  return false;
}

/** ADDRESS, or NAME=VALUE;… with a `for` whose value is an address, possibly quoted. */
function readElement(ptr: usize, endPtr: usize): bool {
  while (ptr < endPtr && isSpace(<u32>load<u8>(ptr))) ptr++;
  while (endPtr > ptr && isSpace(<u32>load<u8>(endPtr - 1))) endPtr--;
  if (findByte(ptr, endPtr, EQUALS) == endPtr) return readHost(ptr, endPtr);
  while (ptr < endPtr) {
    const pairEndPtr = findByte(ptr, endPtr, SEMICOLON);
    while (ptr < pairEndPtr && isSpace(<u32>load<u8>(ptr))) ptr++;
    if (isFor(ptr, pairEndPtr)) {
      const isQuoted = pairEndPtr - ptr > 6 && load<u8>(ptr + 4) == QUOTE && load<u8>(pairEndPtr - 1) == QUOTE;
      return isQuoted ? readHost(ptr + 5, pairEndPtr - 1) : readHost(ptr + 4, pairEndPtr);
    }
    ptr = pairEndPtr + 1;
  }
  return false;
}

function isFor(ptr: usize, endPtr: usize): bool {
  return endPtr - ptr > 4 && (load<u32>(ptr) | 0x202020) == 0x3d726f66; // for=
}
