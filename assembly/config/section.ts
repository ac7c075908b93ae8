/** The configuration section as the model carries it, validated: its bytes are drawn in host/model/configSection.ts. */

import { DOT } from "../runtime/characters";
import {
  BASE_TAGS,
  BY_SOURCE,
  isValidAddresses,
  isValidIntervals,
  isValidRules,
  isValidSeverity,
  isValidSwitches,
  isValidWindows,
  MATCH_REQUEST_ONLY,
  PATH_PARTS_MAX,
  PATHS_MAX,
  PROFILE_TAGS,
  PROFILES_MAX,
  SILENCES_ALL,
  TAG_ADDRESSES,
  TAG_INTERVALS,
  TAG_KNOWN,
  TAG_KNOWN_BEFORE,
  TAG_PATHS,
  TAG_PATHS_END,
  TAG_PROFILE,
  TAG_PROXIES,
  TAG_RULES,
  TAG_SEED,
  TAG_SEVERITY,
  TAG_SWITCHES,
  TAG_WINDOWS,
} from "./generated";

const SECTION_MAGIC: u32 = 0x464e4f43; // "CONF"
const SECTION_VERSION: u32 = 1;
export const HEADER_BYTES: usize = 16;
export const FIELD_HEADER_BYTES: usize = 8;
const FIELDS_MAX: u32 = 4096;

/** What stands before a known entry's keywords. */
export const KNOWN_BYTES: usize = 20;
export const PROXY_BYTES: usize = 24;

/** In this order: header, the chain of fields, each payload, then what each profile must have. */
export function isValidConfigSection(ptr: usize, bytes: usize): bool {
  if (bytes < HEADER_BYTES || load<u32>(ptr) != SECTION_MAGIC || load<u32>(ptr, 4) != SECTION_VERSION) return false;
  const fields = load<u32>(ptr, 12);
  if (<usize>load<u32>(ptr, 8) != bytes || fields > FIELDS_MAX) return false;
  const endPtr = ptr + bytes;
  let at = ptr + HEADER_BYTES;
  let seen: u32 = 0;
  let current: u32 = 0;
  for (let i: u32 = 0; i < fields; i++) {
    if (endPtr - at < FIELD_HEADER_BYTES) return false;
    const payloadBytes = <usize>load<u32>(at, 4);
    if (payloadBytes > endPtr - at - FIELD_HEADER_BYTES) return false;
    const paddedBytes = (payloadBytes + 7) & ~7;
    if (paddedBytes > endPtr - at - FIELD_HEADER_BYTES) return false;
    const tag = <u32>load<u16>(at);
    const ofProfile = <u32>load<u16>(at, 2);
    if (ofProfile != current) {
      // Profiles follow the base and one another, each whole.
      if (ofProfile != current + 1 || ofProfile > PROFILES_MAX || !isWhole(current, seen)) return false;
      current = ofProfile;
      seen = 0;
    }
    if (!isValidField(tag, current, at + FIELD_HEADER_BYTES, payloadBytes)) return false;
    if (tag < 32 && !isKnownTag(tag)) {
      if ((seen & (1 << tag)) != 0) return false;
      seen |= 1 << tag;
    }
    at += FIELD_HEADER_BYTES + paddedBytes;
  }
  return at == endPtr && isWhole(current, seen);
}

function isWhole(ofProfile: u32, seen: u32): bool {
  const needed = PROFILE_TAGS | (ofProfile == 0 ? BASE_TAGS : 1 << TAG_PROFILE);
  return (seen & needed) == needed;
}

function isValidField(tag: u32, ofProfile: u32, ptr: usize, bytes: usize): bool {
  if (tag == TAG_SWITCHES) return isValidSwitches(ptr, bytes);
  if (tag == TAG_RULES) return isValidRules(ptr, bytes);
  if (tag == TAG_SEVERITY) return isValidSeverity(ptr, bytes) && load<f64>(ptr) <= load<f64>(ptr, 8);
  if (tag >= TAG_PATHS && tag < TAG_PATHS_END) return validPaths(ptr, bytes);
  if (tag == TAG_PROXIES) return validProxies(ptr, bytes);
  if (tag == TAG_WINDOWS) return ofProfile == 0 && isValidWindows(ptr, bytes);
  if (tag == TAG_INTERVALS) return ofProfile == 0 && isValidIntervals(ptr, bytes);
  if (tag == TAG_ADDRESSES) return ofProfile == 0 && isValidAddresses(ptr, bytes);
  if (tag == TAG_SEED) return ofProfile == 0 && bytes == 8;
  if (tag == TAG_KNOWN_BEFORE) return ofProfile == 0 && bytes >= 8 && countStrings(ptr + 8, bytes - 8) == 2;
  if (tag == TAG_KNOWN) return ofProfile == 0 && validKnown(ptr, bytes);
  if (tag == TAG_PROFILE) {
    return (
      ofProfile > 0 &&
      bytes >= 8 &&
      load<u32>(ptr) - 1 < BY_SOURCE &&
      load<u32>(ptr, 4) == 0 &&
      countStrings(ptr + 8, bytes - 8) == 2
    );
  }
  return tag != 0; // written by a newer host
}

export function isKnownTag(tag: u32): bool {
  return tag == TAG_KNOWN || tag == TAG_KNOWN_BEFORE;
}

function validKnown(ptr: usize, bytes: usize): bool {
  if (bytes < KNOWN_BYTES || load<u32>(ptr, 8) > SILENCES_ALL || load<u32>(ptr, 12) > MATCH_REQUEST_ONLY) return false;
  const keywords = <usize>load<u32>(ptr, 16);
  if (keywords > (bytes - KNOWN_BYTES) >> 2) return false;
  const fixedBytes = KNOWN_BYTES + (keywords << 2);
  return countStrings(ptr + fixedBytes, bytes - fixedBytes) == 2;
}

/** Number of strings that fill the bytes exactly, none of them empty; -1 where they do not. */
function countStrings(ptr: usize, bytes: usize): i32 {
  let count = 0;
  while (bytes > 0) {
    if (bytes < 2) return -1;
    const length = <usize>load<u16>(ptr);
    if (length == 0 || length > bytes - 2) return -1;
    ptr += 2 + length;
    bytes -= 2 + length;
    count++;
  }
  return count;
}

function validPaths(ptr: usize, bytes: usize): bool {
  const count = countStrings(ptr, bytes);
  if (count < 0 || <u32>count > PATHS_MAX) return false;
  for (let i = 0; i < count; i++) {
    const endPtr = ptr + 2 + load<u16>(ptr);
    let parts: u32 = 1;
    for (let at = ptr + 2; at < endPtr; at++) if (load<u8>(at) == DOT) parts++;
    if (parts > PATH_PARTS_MAX) return false;
    ptr = endPtr;
  }
  return true;
}

function validProxies(ptr: usize, bytes: usize): bool {
  if (bytes % PROXY_BYTES != 0) return false;
  for (let at: usize = 0; at < bytes; at += PROXY_BYTES) {
    if (load<u32>(ptr + at, 16) > 128 || load<u32>(ptr + at, 20) != 0) return false;
  }
  return true;
}
