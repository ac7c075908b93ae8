/**
 * Where the search for a client read addresses, and what came of each: all of the search that depends on which digits a
 * text has. A text of the same skeleton has its client at the same place if each place says the same again.
 *
 *   bit 0 ┌───────────┬──────────┬───────────┬─────────────────┬─────────────────┬─────────────┐ 62
 *         │ offset 11 │ length 6 │ outcome 3 │ second place 20 │ third place 20  │ the chosen 2│
 *         └───────────┴──────────┴───────────┴─────────────────┴─────────────────┴─────────────┘
 *
 * The addresses met last are remembered as they were written: most are IPv4 in canonical form and need not be read.
 */
import { addressHasPort, addressHigh, addressLow, isIPv4, readAddress, writeCanonicalAddress } from "../event/address";
import { fieldScratchEndPtr, keyEndPtr, keyPtr, setKeyAddress, setMetKey } from "../event/event";
import { hasIdentifiers, touchesIdentifier } from "../event/skeleton";
import { hasDigit, isDigit } from "../runtime/bytes";
import { reserve } from "../runtime/memory";

/** Outcomes, beside 0 for no address. */
const IS_ADDRESS: u64 = 1;
const HAS_PORT: u64 = 2;
const IS_UNICAST: u64 = 4;

export const PLACE_BITS: u64 = 20;
export const OFFSET_MAX: usize = 2047;
const LENGTH_SHIFT: u64 = 11;
const LENGTH_MAX: usize = 63;
const OUTCOME_SHIFT: u64 = 17;
const PLACES_MAX: u64 = 3;
const CHOSEN_SHIFT: u64 = 3 * PLACE_BITS;
const CHOSEN_MASK: u64 = 3 << CHOSEN_SHIFT;
export const PLACES_MASK: u64 = (1 << CHOSEN_SHIFT) - 1;

/** Of the last search; they say all of it where `arePlacesAll`. */
export let places: u64 = 0;
export let arePlacesAll: bool = false;
let placeCount: u64 = 0;
/** Whether anything looked like an address. */
export let hasRuns: bool = false;

export function clearPlaces(): void {
  places = 0;
  placeCount = 0;
  hasRuns = false;
  arePlacesAll = true;
}

/** Reads the address of [ptr, endPtr) in a text and notes what came of it; false where there is none. */
export function readPlace(ptr: usize, endPtr: usize, textPtr: usize): bool {
  const outcome = outcomeOf(ptr, endPtr);
  const offset = ptr - textPtr;
  const bytes = endPtr - ptr;
  if (placeCount == PLACES_MAX || offset > OFFSET_MAX || bytes - 1 >= LENGTH_MAX) arePlacesAll = false;
  else {
    const place = <u64>offset | ((<u64>bytes) << LENGTH_SHIFT) | (outcome << OUTCOME_SHIFT);
    places |= place << (PLACE_BITS * placeCount++);
  }
  return outcome != 0;
}

/** The last place is the client's as far as the search has come. */
export function choosePlace(): void {
  places = (places & ~CHOSEN_MASK) | (placeCount << CHOSEN_SHIFT);
}

export function chooseNone(): void {
  places &= ~CHOSEN_MASK;
}

/** The search met what may be an address at [ptr, endPtr): then it may matter which letters stand in and beside it. */
export function noteRun(ptr: usize, endPtr: usize): void {
  hasRuns = true;
  if (arePlacesAll && touchesIdentifier(ptr, endPtr)) arePlacesAll = false;
}

/** Of a text that was searched for words wherever they stand one was found, or none. */
export function noteSearch(ptr: usize, endPtr: usize): void {
  if (hasIdentifiers && (ptr == endPtr || touchesIdentifier(ptr, endPtr))) arePlacesAll = false;
}

/** Digits beside an address say something. */
export function noteRest(): void {
  arePlacesAll = false;
}

/** A word beside an address was looked up: of those that are known some have a digit, none has two. */
export function noteWord(ptr: usize, endPtr: usize): void {
  if (!arePlacesAll) return;
  let digits = 0;
  const startPtr = ptr;
  for (; ptr < endPtr; ptr++) if (isDigit(<u32>load<u8>(ptr))) digits++;
  if (digits == 1 || touchesIdentifier(startPtr, endPtr)) arePlacesAll = false;
}

function outcomeOf(ptr: usize, endPtr: usize): u64 {
  if (!readAddress(ptr, endPtr)) return 0;
  return IS_ADDRESS | (addressHasPort ? HAS_PORT : 0) | (isUnicast(ptr, endPtr) ? IS_UNICAST : 0);
}

/** Not a network's zero, not multicast or broadcast, not `::`; letters alone are rather a word (face::cafe). */
export function isUnicast(startPtr: usize, endPtr: usize): bool {
  if (isIPv4(addressHigh, addressLow)) {
    const first = <u32>(addressLow >> 24) & 255;
    // logs that may not keep addresses write 0.0.0.0 for each; with a port it is a listener
    if (first == 0) return <u32>addressLow == 0 && !addressHasPort;
    return first < 224;
  }
  if ((addressHigh | addressLow) == 0 || addressHigh >> 56 == 0xff) return false;
  return hasDigit(startPtr, endPtr);
}

/** Where the last of the places ends, counted from the text's beginning. */
export function placesEnd(known: u64): usize {
  let end: usize = 0;
  for (known &= PLACES_MASK; known != 0; known >>= PLACE_BITS)
    end = max(end, (<usize>known & OFFSET_MAX) + (<usize>(known >> LENGTH_SHIFT) & LENGTH_MAX));
  return end;
}

/** Sets the key by the places of a text with this skeleton; false where one of them says something else now. */
export function recallClient(known: u64, textPtr: usize): bool {
  const chosen = (known & CHOSEN_MASK) >> CHOSEN_SHIFT;
  let clientPtr: usize = 0;
  let clientEndPtr: usize = 0;
  let clientSlotPtr: usize = 0;
  let high: u64 = 0;
  let low: u64 = 0;
  known &= PLACES_MASK;
  for (let count: u64 = 1; known != 0; count++) {
    const outcome = (known >> OUTCOME_SHIFT) & 7;
    const ptr = textPtr + (<usize>known & OFFSET_MAX);
    const endPtr = ptr + (<usize>(known >> LENGTH_SHIFT) & LENGTH_MAX);
    known >>= PLACE_BITS;
    const isUsual = outcome == (IS_ADDRESS | IS_UNICAST) && isMet(ptr, endPtr);
    if (!isUsual && outcomeOf(ptr, endPtr) != outcome) return false;
    if (count != chosen) continue;
    clientPtr = ptr;
    clientEndPtr = endPtr;
    clientSlotPtr = slotPtr;
    // an IPv4 address is never all zeros as address.ts reads it
    high = isUsual ? 0 : addressHigh;
    low = isUsual ? 0 : addressLow;
  }
  if (clientPtr == 0) return true;
  if (low == 0 && high == 0) setMetKey(clientPtr, clientEndPtr, clientSlotPtr + HASH_OFFSET);
  else {
    setKeyAddress(high, low);
    if (isIPv4(high, low) && keyEndPtr - keyPtr == clientEndPtr - clientPtr) meet(clientPtr, clientEndPtr);
  }
  return true;
}

// Addresses as they were written, of eight bytes to fifteen: the first eight and the last eight, and their hash.
const MET: u64 = 1024;
const MET_BYTES: usize = 24;
const HASH_OFFSET: usize = 16;
const MET_MULTIPLIER: u64 = 0x9e3779b97f4a7c15;
const IPV4_BYTES_MAX: usize = 15;
let metPtr: usize = 0;
let first: u64 = 0;
let last: u64 = 0;
let slotPtr: usize = 0;

export function initialisePlaces(): bool {
  if (metPtr == 0) metPtr = reserve(<usize>MET * MET_BYTES);
  return metPtr != 0;
}

// @ts-ignore: decorator
@inline
function isMet(ptr: usize, endPtr: usize): bool {
  if (endPtr - ptr < 8) return false;
  findSlot(ptr, endPtr);
  return load<u64>(slotPtr) == first && load<u64>(slotPtr, 8) == last;
}

// @ts-ignore: decorator
@inline
function findSlot(ptr: usize, endPtr: usize): void {
  first = load<u64>(ptr);
  // two bits that no digit and no dot has tell the lengths apart that may begin and end alike
  last = load<u64>(endPtr - 8) ^ ((<u64>(endPtr - ptr)) << 62) ^ ((<u64>(endPtr - ptr)) << 53);
  slotPtr = metPtr + <usize>(((first ^ (last * MET_MULTIPLIER)) * MET_MULTIPLIER) >> 54) * MET_BYTES;
}

/** Whether [ptr, endPtr) was met before as an IPv4 address in canonical form. */
export function isMetAddress(ptr: usize, endPtr: usize): bool {
  return endPtr - ptr <= IPV4_BYTES_MAX && isMet(ptr, endPtr);
}

/** The address that was read last is that of [ptr, endPtr). */
export function meetAddress(ptr: usize, endPtr: usize): void {
  if (!isIPv4(addressHigh, addressLow) || addressHasPort || !isUnicast(ptr, endPtr)) return;
  const canonicalPtr = fieldScratchEndPtr();
  const canonicalEndPtr = writeCanonicalAddress(addressHigh, addressLow, canonicalPtr);
  if (canonicalEndPtr - canonicalPtr == endPtr - ptr) meet(ptr, endPtr);
}

/** An IPv4 address in canonical form, without a port. */
function meet(ptr: usize, endPtr: usize): void {
  if (endPtr - ptr < 8) return;
  findSlot(ptr, endPtr);
  store<u64>(slotPtr, first);
  store<u64>(slotPtr, last, 8);
  store<u64>(slotPtr, 0, HASH_OFFSET);
}

/** They are hashed with another seed from now on. */
export function forgetMet(): void {
  if (metPtr != 0) memory.fill(metPtr, 0, <usize>MET * MET_BYTES);
}
