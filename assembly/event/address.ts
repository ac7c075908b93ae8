/**
 * IP addresses as logs write them, and in the one form that they are compared and shown in: RFC 5952 for IPv6, dotted
 * decimal for IPv4 and for IPv4-mapped IPv6. Zeros before a number are read as decimal, as the appliances that pad
 * with them mean it.
 */
import { hexValue, isDigit } from "../runtime/bytes";
import { CLOSE_BRACKET, COLON, DIGIT_0, DOT, LOWER_A, OPEN_BRACKET, PERCENT } from "../runtime/characters";
import { noteDecided } from "../runtime/decided";
import { FixedArray } from "../runtime/fixedArray";

/** Longest canonical text: eight groups of four. */
export const ADDRESS_BYTES_MAX: usize = 39;
const PORT_MAX: i32 = 65535;
const OCTET_MAX: i32 = 255;

/** What the last successful reader found, in network order; IPv4 as ::ffff:a.b.c.d. */
export let addressHigh: u64 = 0;
export let addressLow: u64 = 0;
/** True where a port stood behind it. */
export let addressHasPort: bool = false;

const MAPPED: u64 = 0xffff;
let dottedEndPtr: usize = 0;
let dottedValue: u32 = 0;
const groups = changetype<FixedArray<u32>>(memory.data(8 * sizeof<u32>()));

// @ts-ignore: decorator
@inline
export function isIPv4(high: u64, low: u64): bool {
  return high == 0 && low >> 32 == MAPPED;
}

/** Reads [ptr, endPtr) as ADDRESS, ADDRESS:PORT, IPV4.PORT (from 256 on), [ADDRESS], [ADDRESS]:PORT or ADDRESS%ZONE. */
export function readHost(ptr: usize, endPtr: usize): bool {
  if (ptr >= endPtr) return false;
  noteDecided(ptr, endPtr);
  if (load<u8>(ptr) != OPEN_BRACKET) {
    for (let at = ptr; at < endPtr; at++) if (load<u8>(at) == PERCENT) return readAddress(ptr, at) && !addressHasPort;
    return readAddress(ptr, endPtr);
  }
  let closePtr = ptr + 1;
  while (closePtr < endPtr && load<u8>(closePtr) != CLOSE_BRACKET && load<u8>(closePtr) != PERCENT) closePtr++;
  const addressEndPtr = closePtr;
  while (closePtr < endPtr && load<u8>(closePtr) != CLOSE_BRACKET) closePtr++;
  if (closePtr >= endPtr || !readAddress(ptr + 1, addressEndPtr) || addressHasPort) return false;
  if (closePtr + 1 == endPtr) return true;
  addressHasPort = load<u8>(closePtr + 1) == COLON && portAt(closePtr + 2, endPtr) >= 0;
  return addressHasPort;
}

/** Reads [ptr, endPtr), which holds nothing but digits, hexadecimal letters, dots and colons. */
export function readAddress(ptr: usize, endPtr: usize): bool {
  addressHasPort = false;
  if (readDotted(ptr, endPtr)) {
    addressHigh = 0;
    addressLow = (MAPPED << 32) | <u64>dottedValue;
    if (dottedEndPtr == endPtr) return true;
    const sign = <u32>load<u8>(dottedEndPtr);
    const port = portAt(dottedEndPtr + 1, endPtr);
    // a fifth number is a port only where it cannot be one more part of a version or an object identifier
    addressHasPort = (sign == COLON && port >= 0) || (sign == DOT && port > OCTET_MAX);
    return addressHasPort;
  }
  if (readGroups(ptr, endPtr)) return true;
  let colonPtr = endPtr;
  while (colonPtr > ptr && load<u8>(colonPtr - 1) != COLON) colonPtr--;
  if (colonPtr == ptr || portAt(colonPtr, endPtr) < 0 || !readGroups(ptr, colonPtr - 1)) return false;
  addressHasPort = true;
  return true;
}

/** 0-65535 where [ptr, endPtr) is one to five digits, else -1. */
function portAt(ptr: usize, endPtr: usize): i32 {
  if (ptr >= endPtr || endPtr - ptr > 5) return -1;
  let port = 0;
  for (; ptr < endPtr; ptr++) {
    const c = <u32>load<u8>(ptr);
    if (!isDigit(c)) return -1;
    port = port * 10 + <i32>(c - DIGIT_0);
  }
  return port > PORT_MAX ? -1 : port;
}

/** Four numbers from 0 to 255 of one to three digits at ptr; leaves dottedValue and dottedEndPtr. */
function readDotted(ptr: usize, endPtr: usize): bool {
  let value: u32 = 0;
  for (let part = 0; part < 4; part++) {
    if (part > 0) {
      if (ptr >= endPtr || load<u8>(ptr) != DOT) return false;
      ptr++;
    }
    let octet: u32 = 0;
    let digits = 0;
    while (ptr < endPtr && digits < 4 && isDigit(<u32>load<u8>(ptr))) {
      octet = octet * 10 + <u32>load<u8>(ptr) - DIGIT_0;
      digits++;
      ptr++;
    }
    if (digits == 0 || digits > 3 || octet > <u32>OCTET_MAX) return false;
    value = (value << 8) | octet;
  }
  dottedValue = value;
  dottedEndPtr = ptr;
  return true;
}

/** Reads all of [ptr, endPtr) as IPv6 (RFC 4291, section 2.2): groups, at most one `::`, a dotted end. */
function readGroups(ptr: usize, endPtr: usize): bool {
  let count = 0;
  let gap = -1;
  if (ptr + 2 > endPtr) return false;
  if (load<u8>(ptr) == COLON) {
    if (load<u8>(ptr + 1) != COLON) return false;
    gap = 0;
    ptr += 2;
  }
  while (ptr < endPtr) {
    if (count == 8) return false;
    let at = ptr;
    let value: u32 = 0;
    while (at < endPtr && at < ptr + 5) {
      const digit = hexValue(<u32>load<u8>(at));
      if (digit > 15) break;
      value = (value << 4) | digit;
      at++;
    }
    if (at == ptr || at > ptr + 4) return false;
    if (at < endPtr && load<u8>(at) == DOT) {
      if (count > 6 || !readDotted(ptr, endPtr) || dottedEndPtr != endPtr) return false;
      groups[count] = dottedValue >> 16;
      groups[count + 1] = dottedValue & 0xffff;
      count += 2;
      break;
    }
    groups[count] = value;
    count++;
    ptr = at;
    if (ptr == endPtr) break;
    if (load<u8>(ptr) != COLON || ++ptr == endPtr) return false;
    if (load<u8>(ptr) == COLON) {
      if (gap >= 0) return false;
      gap = count;
      ptr++;
    }
  }
  if (gap < 0 ? count != 8 : count > 7) return false;
  let high: u64 = 0;
  let low: u64 = 0;
  for (let i = 0; i < 8; i++) {
    // groups behind the gap stand at the end
    const index = gap < 0 || i < gap ? i : i - (8 - count);
    const group: u64 = gap >= 0 && i >= gap && i < gap + 8 - count ? 0 : <u64>unchecked(groups[index]);
    if (i < 4) high = (high << 16) | group;
    else low = (low << 16) | group;
  }
  addressHigh = high;
  addressLow = low;
  return true;
}

/** Writes an address in its canonical form, at most ADDRESS_BYTES_MAX bytes; returns its end. */
export function writeCanonicalAddress(high: u64, low: u64, out: usize): usize {
  if (isIPv4(high, low)) {
    for (let shift = 24; shift >= 0; shift -= 8) {
      if (shift < 24) store<u8>(out++, DOT);
      out = writeDecimal(<u32>(low >> <u64>shift) & 255, out);
    }
    return out;
  }
  // the first of the longest runs of two or more zero groups is left out
  let gap = -1;
  let gapGroups = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && groupOf(high, low, i + run) == 0) run++;
    if (run > gapGroups) {
      gap = i;
      gapGroups = run;
    }
    i += run;
  }
  for (let i = 0; i < 8; i++) {
    if (i == gap) {
      store<u16>(out, 0x3a3a);
      out += 2;
      i += gapGroups - 1;
      continue;
    }
    if (i > 0 && load<u8>(out - 1) != COLON) store<u8>(out++, COLON);
    out = writeHex(groupOf(high, low, i), out);
  }
  return out;
}

// @ts-ignore: decorator
@inline
function groupOf(high: u64, low: u64, index: i32): u32 {
  return <u32>((index < 4 ? high : low) >> <u64>(48 - 16 * (index & 3))) & 0xffff;
}

function writeDecimal(value: u32, out: usize): usize {
  if (value >= 100) store<u8>(out++, <u8>(DIGIT_0 + value / 100));
  if (value >= 10) store<u8>(out++, <u8>(DIGIT_0 + ((value / 10) % 10)));
  store<u8>(out, <u8>(DIGIT_0 + (value % 10)));
  return out + 1;
}

function writeHex(value: u32, out: usize): usize {
  for (let shift = 12; shift >= 0; shift -= 4) {
    const digit = (value >> shift) & 15;
    if (value >> shift == 0 && shift > 0) continue;
    store<u8>(out++, <u8>(digit < 10 ? DIGIT_0 + digit : LOWER_A - 10 + digit));
  }
  return out;
}
