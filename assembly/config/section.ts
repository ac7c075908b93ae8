/**
 * The configuration section as the model carries it, validated: its bytes are drawn in host/model/configSection.ts.
 */

const SECTION_MAGIC: u32 = 0x464e4f43; // "CONF"
const SECTION_VERSION: u32 = 1;
export const HEADER_BYTES: usize = 16;
export const FIELD_HEADER_BYTES: usize = 8;
export const PROFILES_MAX: u32 = 64;
const FIELDS_MAX: u32 = 4096;

export const TAG_SWITCHES: u32 = 1;
export const TAG_RULES: u32 = 2;
export const TAG_SEVERITY: u32 = 3;
export const TAG_PATHS: u32 = 4; //  to 10
export const TAG_PATHS_END: u32 = 11;
export const TAG_PROXIES: u32 = 11;
export const TAG_WINDOWS: u32 = 16;
export const TAG_INTERVALS: u32 = 17;
/** As it was before entries said what they match and silence. */
const TAG_KNOWN_BEFORE: u32 = 18;
export const TAG_PROFILE: u32 = 19;
export const TAG_SEED: u32 = 20;
export const TAG_ADDRESSES: u32 = 21;
export const TAG_KNOWN: u32 = 22;
/** What stands before a known entry's keywords. */
export const KNOWN_BYTES: usize = 20;
/** Each profile has all of these, exactly once. */
const SETTING_TAGS: u32 = 0b111111111110;
const BASE_TAGS: u32 = SETTING_TAGS | (1 << TAG_WINDOWS) | (1 << TAG_INTERVALS);
const PROFILE_TAGS: u32 = SETTING_TAGS | (1 << TAG_PROFILE);

export const PROXY_BYTES: usize = 24;
export const PATH_PARTS_MAX: u32 = 8;
export const PATHS_MAX: u32 = 16;

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
  const needed = ofProfile == 0 ? BASE_TAGS : PROFILE_TAGS;
  return (seen & needed) == needed;
}

function isValidField(tag: u32, ofProfile: u32, ptr: usize, bytes: usize): bool {
  if (tag == TAG_SWITCHES) return bytes == 8 && load<u32>(ptr) < 64 && load<u32>(ptr, 4) < 64;
  if (tag == TAG_RULES) return bytes == 48 && areWithin(ptr, 6, 0, 1e9);
  if (tag == TAG_SEVERITY) return bytes == 16 && areWithin(ptr, 2, 1, 1000) && load<f64>(ptr) <= load<f64>(ptr, 8);
  if (tag >= TAG_PATHS && tag < TAG_PATHS_END) return validPaths(ptr, bytes);
  if (tag == TAG_PROXIES) return validProxies(ptr, bytes);
  if (tag == TAG_WINDOWS) return ofProfile == 0 && bytes == 24 && validWindows(ptr);
  if (tag == TAG_INTERVALS) return ofProfile == 0 && bytes == 24 && validIntervals(ptr);
  if (tag == TAG_ADDRESSES) {
    return ofProfile == 0 && bytes == 8 && load<u32>(ptr) - 1 < 128 && load<u32>(ptr, 4) == 0;
  }
  if (tag == TAG_SEED) return ofProfile == 0 && bytes == 8;
  if (tag == TAG_KNOWN_BEFORE) return ofProfile == 0 && bytes >= 8 && countStrings(ptr + 8, bytes - 8) == 2;
  if (tag == TAG_KNOWN) return ofProfile == 0 && validKnown(ptr, bytes);
  if (tag == TAG_PROFILE) {
    return (
      ofProfile > 0 &&
      bytes >= 8 &&
      load<u32>(ptr) - 1 < 2 &&
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
  if (bytes < KNOWN_BYTES || load<u32>(ptr, 8) > 7 || load<u32>(ptr, 12) > 3) return false;
  const keywords = <usize>load<u32>(ptr, 16);
  if (keywords > (bytes - KNOWN_BYTES) >> 2) return false;
  const fixedBytes = KNOWN_BYTES + (keywords << 2);
  return countStrings(ptr + fixedBytes, bytes - fixedBytes) == 2;
}

function areWithin(ptr: usize, count: i32, least: f64, most: f64): bool {
  for (let i = 0; i < count; i++) {
    const value = load<f64>(ptr + 8 * <usize>i);
    if (!(value >= least && value <= most)) return false;
  }
  return true;
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
    for (let at = ptr + 2; at < endPtr; at++) if (load<u8>(at) == 0x2e) parts++;
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

function validWindows(ptr: usize): bool {
  const seconds = load<u32>(ptr);
  const queue = load<u32>(ptr, 4);
  const keys = load<u32>(ptr, 8);
  if (seconds < 12 || seconds > 86400 || seconds % 12 != 0 || queue < 1 || queue > 10000) return false;
  if (keys < 64 || keys > 1048576 || popcnt(keys) != 1 || load<u32>(ptr, 12) != 0) return false;
  return areWithin(ptr + 16, 1, 0.01, 1);
}

function validIntervals(ptr: usize): bool {
  if (load<u32>(ptr) > 86400 || load<u32>(ptr, 4) > 3600 || load<u32>(ptr, 8) - 1 >= 3600) return false;
  return load<u32>(ptr, 12) == 0 && load<u64>(ptr, 16) <= 3650 * 86400;
}
