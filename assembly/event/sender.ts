/**
 * Who sent a line, as learning counts it (host/learn/statistics.ts): by key, and by the network the key is in. Whoever
 * has one IPv6 address has the whole /64, so that is the key there; a /24 is the smallest network that IPv4 routes.
 * Private addresses (RFC 1918, RFC 4193) are the operator's own machines: nobody outside has them, each counts alone.
 */

import { hashBytes, hashPairRarely } from "../runtime/hash";
import { addressHigh, addressLow, isIPv4, readHost } from "./address";

/** Never 0: that is no key. */
export let senderHash: u32 = 0;
export let networkHash: u32 = 0;

const ADDRESS: u64 = 32;
const NETWORK: u64 = 24;
const NETWORK_IPV6: u64 = 64;
const ADDRESS_IPV6: u64 = 128;

/** fc00::/7. */
const UNIQUE_LOCAL: u64 = 0x7e;

/** An operator's own machine, or this one itself. */
export function isPrivate(high: u64, low: u64): bool {
  if (isIPv4(high, low)) return isPrivateIPv4(<u32>low) || <u32>low >> 24 == 127;
  return high >> 57 == UNIQUE_LOCAL || (high == 0 && low == 1);
}

/** 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16. */
function isPrivateIPv4(address: u32): bool {
  return address >> 24 == 10 || address >> 20 == 0xac1 || address >> 16 == 0xc0a8;
}

export function hashSender(keyPtr: usize, keyEndPtr: usize): void {
  senderHash = 0;
  networkHash = 0;
  if (keyEndPtr <= keyPtr) return;
  if (!readHost(keyPtr, keyEndPtr)) {
    senderHash = networkHash = <u32>hashBytes(keyPtr, keyEndPtr - keyPtr, 0) | 1;
  } else if (isIPv4(addressHigh, addressLow)) {
    senderHash = <u32>hashPairRarely(ADDRESS, addressLow) | 1;
    networkHash = isPrivateIPv4(<u32>addressLow) ? senderHash : <u32>hashPairRarely(NETWORK, addressLow >> 8) | 1;
  } else if (addressHigh >> 57 == UNIQUE_LOCAL) {
    senderHash = networkHash = <u32>hashPairRarely(hashPairRarely(ADDRESS_IPV6, addressHigh), addressLow) | 1;
  } else {
    senderHash = networkHash = <u32>hashPairRarely(NETWORK_IPV6, addressHigh) | 1;
  }
}
