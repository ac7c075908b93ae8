/**
 * Parts of access lines that were met: hosts, requests with their status, referrers and user agents. A visitor sends
 * the same again and again; what was found out about a part is kept with it, so that a line of known parts needs
 * little more than to be recognised. Only what follows from a part's bytes, the model and the settings is kept, and
 * all of it is forgotten when these change.
 *
 * Requests and texts are told apart by NH (RFC 4418) with keys from the instance's seed, hosts by their bytes. Each
 * table has two places for whatever hashes alike, and two others for what finds both taken: what came last stays, so a
 * flood costs time, never a verdict.
 */
import { differs, firstMatch, HIGHS, ONES } from "../runtime/bytes";
import { finish, hashPairRarely, productOfHalves } from "../runtime/hash";
import { reserve } from "../runtime/memory";

/**
 * Bits of what is known of a part: no keyword is in it; it is ordinary as an agent, or as a referrer. Of a request
 * SAYS_NOTHING means that it is neither an error nor a login, of a host that it was in no alert of late.
 */
export const WITHOUT_KEYWORD: u32 = 1;
export const ORDINARY_AGENT: u32 = 2;
export const ORDINARY_REFERRER: u32 = 4;
export const SAYS_NOTHING: u32 = ORDINARY_AGENT | ORDINARY_REFERRER;
export const ORDINARY: u32 = WITHOUT_KEYWORD | SAYS_NOTHING;

/** What is asked for at every line lies in the first 64 bytes, which a processor fetches at once. */
@unmanaged
export class HostPart {
  /** 0 where none is kept. */
  bytes: u32;
  known: u32;
  /** What windows are kept per, by a prefix of so many bits, plus one; 0: not known. */
  windowKey: u64;
  prefix: u32;
  /** The slot that its requests were counted in, and as of when it has none for errors and keywords (rules.ts). */
  slotPtr: usize;
  heldAt: u32;
  /** The referrer and the agent that it sent last, 0 for none. */
  referrerPtr: usize;
  agentPtr: usize;
  /** An address with colons, whose halves then are the event's key; else that is its text. */
  isAddress: bool;
  /** The first eight bytes of its text and the last eight; behind these all of it. */
  first: u64;
  last: u64;
  high: u64;
  low: u64;
}
export const HOST_TEXT_OFFSET: usize = 80;
/** Longer ones are not kept. */
export const HOST_BYTES_MAX: usize = 39;
export const HOST_BYTES: usize = 128;

@unmanaged
export class RequestPart {
  key: u64;
  /** Where it is ordinary: its score, and which profile's that is, plus one; 0 for none. */
  score: f64;
  scoredFor: u64;
  targetBytes: u16;
  methodBytes: u8;
  known: u8;
  status: u16;
  /** A response of so many digits is not large for it. */
  ordinaryDigits: u8;
}
/** Nor for any other. */
export const ORDINARY_DIGITS: u8 = 6;
const REQUEST_BYTES: usize = 32;

@unmanaged
export class TextPart {
  key: u64;
  bytes: u32;
  known: u32;
}
const TEXT_OFFSET: usize = 16;
const TEXT_BYTES_MAX: usize = 176;
const TEXT_BYTES: usize = 192;

// How many pairs of places each table has.
const HOST_BITS: u64 = 11;
const HOSTS: u64 = 1 << HOST_BITS;
const REQUESTS: u64 = 4096;
const TEXTS: u64 = 2048;
const REQUESTS_OFFSET: usize = <usize>HOSTS * 2 * HOST_BYTES;
const TEXTS_OFFSET: usize = REQUESTS_OFFSET + <usize>REQUESTS * 2 * REQUEST_BYTES;
const TABLES_BYTES: usize = TEXTS_OFFSET + <usize>TEXTS * 2 * TEXT_BYTES;

/** What a processor fetches at once. */
const LINE_BYTES: usize = 64;

/** A mark is looked for in so many bytes; behind every text there is more room than that (memory.ts). */
const PASSED_BYTES_MAX: usize = 512;
const keysPtr = memory.data(512 + 16, 8);
let tablesPtr: usize = 0;
export let keepsParts: bool = true;

export function initialiseParts(): bool {
  if (tablesPtr != 0) return true;
  const ptr = reserve(TABLES_BYTES + LINE_BYTES);
  if (ptr != 0) tablesPtr = (ptr + LINE_BYTES - 1) & ~(LINE_BYTES - 1);
  return ptr != 0;
}

/** What was kept goes with the keys it was kept by. */
export function seedParts(seed: u64): void {
  for (let at: usize = 0; at < PASSED_BYTES_MAX + 16; at += 8) store<u64>(keysPtr + at, hashPairRarely(~seed, at));
  forgetParts();
}

/** Another model, or other settings, say other things of the same parts. */
export function forgetParts(): void {
  if (tablesPtr != 0) memory.fill(tablesPtr, 0, TABLES_BYTES);
}

/** False: every line is read as if it were the first. */
export function keepParts(value: bool): void {
  keepsParts = value;
}

/** The first of two places for what hashes so. Of a host's product all bits count in the highest alone. */
// @ts-ignore: decorator
@inline
export function hostPlaces(hash: u64): usize {
  return tablesPtr + <usize>(hash >> (64 - HOST_BITS)) * 2 * HOST_BYTES;
}

/** The same of a table behind that of hosts, which has so many pairs of places of so many bytes each. */
// @ts-ignore: decorator
@inline
function placesIn(offset: usize, pairs: u64, bytes: usize, hash: u64): usize {
  return tablesPtr + offset + <usize>((hash >> 32) & (pairs - 1)) * 2 * bytes;
}

/** What says where the two other places are. */
// @ts-ignore: decorator
@inline
export function otherHash(hash: u64): u64 {
  return hash << 13;
}

/** The request of that key; 0 where none is kept. */
// @ts-ignore: decorator
@inline
export function findRequest(key: u64): usize {
  return find(REQUESTS_OFFSET, REQUESTS, REQUEST_BYTES, key);
}

/** The text of that key; 0 where none is kept. */
// @ts-ignore: decorator
@inline
export function findText(key: u64): usize {
  return find(TEXTS_OFFSET, TEXTS, TEXT_BYTES, key);
}

// @ts-ignore: decorator
@inline
function find(offset: usize, pairs: u64, bytes: usize, key: u64): usize {
  const partPtr = placesIn(offset, pairs, bytes, key);
  if (load<u64>(partPtr) == key) return partPtr;
  if (load<u64>(partPtr + bytes) == key) return partPtr + bytes;
  return amongOthers(placesIn(offset, pairs, bytes, otherHash(key)), bytes, key);
}

/** Where to keep a host of that hash. */
export function placeForHost(hash: u64): usize {
  return makeRoom(hostPlaces(hash), hostPlaces(otherHash(hash)), HOST_BYTES, 0);
}

/** Where to keep a request of that key. */
export function placeForRequest(key: u64): usize {
  return placeIn(REQUESTS_OFFSET, REQUESTS, REQUEST_BYTES, key, 0);
}

// @ts-ignore: decorator
@inline
function placeIn(offset: usize, pairs: u64, bytes: usize, key: u64, usedPtr: usize): usize {
  const otherPtr = placesIn(offset, pairs, bytes, otherHash(key));
  return makeRoom(placesIn(offset, pairs, bytes, key), otherPtr, bytes, usedPtr);
}

function amongOthers(placesPtr: usize, bytes: usize, key: u64): usize {
  if (load<u64>(placesPtr) == key) return placesPtr;
  return load<u64>(placesPtr + bytes) == key ? placesPtr + bytes : 0;
}

/**
 * A place for a part, not the one at `usedPtr`, which stays where it is: in the first two, or in the others where these
 * alone have room. What came before the last goes; a part begins with what is 0 where none is kept.
 */
function makeRoom(placesPtr: usize, otherPtr: usize, bytes: usize, usedPtr: usize): usize {
  if (load<u32>(placesPtr + bytes) != 0 && load<u32>(otherPtr + bytes) == 0) placesPtr = otherPtr;
  if (placesPtr == usedPtr) return placesPtr + bytes;
  if (placesPtr + bytes != usedPtr) memory.copy(placesPtr + bytes, placesPtr, bytes);
  return placesPtr;
}

/** Seeded hash of what `findMark` passed over. */
export let passedHash: u64 = 0;

/** Address of the first byte from ptr on that is `mark`; 0 where it is not near. */
export function findMark(ptr: usize, mark: u64): usize {
  const startPtr = ptr;
  const limitPtr = ptr + PASSED_BYTES_MAX;
  const keys = keysPtr - ptr;
  const pattern = mark * ONES;
  let hash: u64 = 0;
  let word: u64 = 0;
  let marks: u64 = 0;
  while (true) {
    // two words a step: in an interpreter the loop's own instructions weigh as much as the work on a word
    word = load<u64>(ptr);
    const next = load<u64>(ptr, 8);
    marks = (word ^ pattern) - ONES;
    let nextMarks = (next ^ pattern) - ONES;
    if (((marks | nextMarks) & HIGHS) != 0) {
      // bytes beyond ASCII are marked as well
      marks &= ~word & HIGHS;
      if (marks != 0) break;
      nextMarks &= ~next & HIGHS;
      if (nextMarks != 0) {
        hash += productOfHalves(word + load<u64>(keys + ptr));
        ptr += 8;
        word = next;
        marks = nextMarks;
        break;
      }
    }
    hash += productOfHalves(word + load<u64>(keys + ptr)) + productOfHalves(next + load<u64>(keys + ptr, 8));
    ptr += 16;
    if (ptr == limitPtr) return 0;
  }
  const left = firstMatch(marks);
  word &= ((<u64>1) << (8 * <u64>left)) - 1;
  hash += productOfHalves(word + load<u64>(keys + ptr));
  ptr += left;
  passedHash = finish(hash + <u64>(ptr - startPtr));
  return ptr;
}

/** Keeps a text, a long one by its hash alone, which is `key`; not in place of the one at `usedPtr`. */
export function keepText(key: u64, ptr: usize, bytes: usize, usedPtr: usize): usize {
  const partPtr = placeIn(TEXTS_OFFSET, TEXTS, TEXT_BYTES, key, usedPtr);
  const part = changetype<TextPart>(partPtr);
  const isLong = bytes > TEXT_BYTES_MAX;
  part.key = key;
  part.bytes = isLong ? 0 : <u32>bytes;
  part.known = 0;
  if (!isLong) memory.copy(partPtr + TEXT_OFFSET, ptr, bytes);
  return partPtr;
}

/** Whether the text that is kept stands at ptr; of a very short one and a long one false. */
// @ts-ignore: decorator
@inline
export function standsAt(partPtr: usize, ptr: usize): bool {
  const bytes = changetype<TextPart>(partPtr).bytes;
  return bytes >= 8 && isSameText(ptr, partPtr + TEXT_OFFSET, bytes);
}

/** Whether two texts of eight bytes or more are the same. */
// @ts-ignore: decorator
@inline
function isSameText(ptr: usize, otherPtr: usize, bytes: usize): bool {
  const shift = otherPtr - ptr;
  if (bytes < 32) return isSameShort(ptr, bytes, shift);
  const lastPtr = ptr + bytes - 32;
  for (; ptr < lastPtr; ptr += 32) if (differs(ptr, ptr + shift) != 0) return false;
  return differs(lastPtr, lastPtr + shift) == 0;
}

/** Whether the text of the host that is kept stands at ptr. */
export function hostStandsAt(partPtr: usize, ptr: usize): bool {
  return isSameText(ptr, partPtr + HOST_TEXT_OFFSET, changetype<HostPart>(partPtr).bytes);
}

// @ts-ignore: decorator
@inline
function isSameShort(ptr: usize, bytes: usize, shift: usize): bool {
  const lastPtr = ptr + bytes - 8;
  for (; ptr < lastPtr; ptr += 8) if (load<u64>(ptr) != load<u64>(ptr + shift)) return false;
  return load<u64>(lastPtr) == load<u64>(lastPtr + shift);
}
