/**
 * What the operator configured: the model's configuration section, drawn in host/model/configSection.ts, or the
 * built-in values where there is none. All of it is validated before any of it counts; unknown tags are skipped.
 * `selectProfile` puts one event's settings into the fields below; a section must stay where it is.
 */

export * from "./generated";

import { reserve } from "../runtime/memory";
import {
  BY_TAG,
  MATCH_REQUEST,
  PROFILES_MAX,
  SILENCES_NOVELTY,
  SILENCES_OUTLIER,
  TAG_ADDRESSES,
  TAG_INTERVALS,
  TAG_KNOWN,
  TAG_PATHS,
  TAG_PROFILE,
  TAG_PROXIES,
  TAG_RULES,
  TAG_SEED,
  TAG_SEVERITY,
  TAG_SWITCHES,
  TAG_WINDOWS,
  takeAddresses,
  takeDefaults,
  takeIntervals,
  takeRules,
  takeSeverity,
  takeSwitches,
  takeWindows,
} from "./generated";
import { containsPattern, fitsPattern } from "./glob";
import {
  FIELD_HEADER_BYTES,
  HEADER_BYTES,
  isKnownTag,
  isValidConfigSection,
  KNOWN_BYTES,
  PROXY_BYTES,
} from "./section";

/** Of the hashes; random, or that of the state, unless it is given. */
export let hasConfiguredSeed: bool = false;
export let configuredSeed: u64 = 0;
export let hasConfiguration: bool = false;
export let profiles: u32 = 0;
/** Whether there is any `known:` entry. */
export let hasKnown: bool = false;
/** Which profile the fields above are of; 0 is the base. */
export let profile: u32 = 0;

/** Whether any profile is chosen by a record's source. */
export let sourceProfiles: bool = false;
/** Trusted proxies of the profile at hand, as fields/forwarded.ts reads them. */
export let proxiesPtr: usize = 0;
export let proxies: i32 = 0;

let sectionPtr: usize = 0;
let sectionEndPtr: usize = 0;
/**
 * Where each setting tag of each profile stands: (PROFILES_MAX + 1) rows of 12 addresses; the first is its TAG_PROFILE.
 */
let rowsPtr: usize = 0;
const ROW_TAGS: u32 = 12;
/** Behind an entry's header and its four numbers. */
const KNOWN_KEYWORDS: usize = FIELD_HEADER_BYTES + KNOWN_BYTES;
const ROWS_BYTES: usize = (PROFILES_MAX + 1) * ROW_TAGS * 4;

/** False, and nothing changed, where the section is not valid. */
export function loadConfiguration(ptr: usize, bytes: usize): bool {
  if (!isValidConfigSection(ptr, bytes)) return false;
  if (rowsPtr == 0) rowsPtr = reserve(ROWS_BYTES);
  if (rowsPtr == 0) return false;
  forgetConfiguration();
  sectionPtr = ptr;
  sectionEndPtr = ptr + bytes;
  hasConfiguration = true;
  for (let at = ptr + HEADER_BYTES; at < sectionEndPtr; at = nextField(at)) {
    const tag = <u32>load<u16>(at);
    if (tag < ROW_TAGS) store<u32>(rowPtr(load<u16>(at, 2), tag), <u32>at);
    else if (tag == TAG_PROFILE) takeProfileField(at);
    else if (isKnownTag(tag)) hasKnown = true;
    else if (tag == TAG_WINDOWS) takeWindows(at + FIELD_HEADER_BYTES);
    else if (tag == TAG_INTERVALS) takeIntervals(at + FIELD_HEADER_BYTES);
    else if (tag == TAG_ADDRESSES) takeAddresses(at + FIELD_HEADER_BYTES);
    else if (tag == TAG_SEED) {
      hasConfiguredSeed = true;
      configuredSeed = load<u64>(at, FIELD_HEADER_BYTES);
    }
  }
  takeProfile(0);
  return true;
}

/** Back to the built-in values. */
export function forgetConfiguration(): void {
  hasConfiguration = false;
  hasConfiguredSeed = false;
  profiles = 0;
  hasKnown = false;
  profile = 0;
  sourceProfiles = false;
  proxies = 0;
  takeDefaults();
}

// @ts-ignore: decorator
@inline
function rowPtr(ofProfile: u32, tag: u32): usize {
  return rowsPtr + <usize>((ofProfile * ROW_TAGS + tag) << 2);
}

// @ts-ignore: decorator
@inline
function nextField(at: usize): usize {
  return at + FIELD_HEADER_BYTES + ((<usize>load<u32>(at, 4) + 7) & ~7);
}

// Using

/** Takes the first profile that fits the shipper's tag or the record's source; true where the settings changed. */
export function selectProfile(tagPtr: usize, tagBytes: usize, sourcePtr: usize, sourceBytes: usize): bool {
  if (profiles == 0) return false;
  let found: u32 = 0;
  for (let number: u32 = 1; number <= profiles && found == 0; number++) {
    const at = <usize>load<u32>(rowPtr(number, 0));
    const patternPtr = at + FIELD_HEADER_BYTES + 10;
    const patternBytes = <usize>load<u16>(patternPtr - 2);
    const byTag = load<u32>(at, 8) == BY_TAG;
    if (!byTag && sourceBytes == 0) continue;
    const fits = byTag
      ? fitsPattern(patternPtr, patternBytes, tagPtr, tagBytes)
      : fitsPattern(patternPtr, patternBytes, sourcePtr, sourceBytes);
    if (fits) found = number;
  }
  if (found == profile) return false;
  takeProfile(found);
  return true;
}

// A `known:` entry, as known.ts asks for it: the address of its field.

/** The entry after `at` (0: the first) that still holds at that time, or 0. */
export function nextKnown(at: usize, seconds: i64): usize {
  at = at == 0 ? sectionPtr + HEADER_BYTES : nextField(at);
  while (at < sectionEndPtr && (!isKnownTag(load<u16>(at)) || load<i64>(at, 8) <= seconds)) at = nextField(at);
  return at < sectionEndPtr ? at : 0;
}

export function knownSilences(at: usize): u32 {
  return load<u16>(at) == TAG_KNOWN ? load<u32>(at, 16) : SILENCES_NOVELTY | SILENCES_OUTLIER;
}

export function knownMatch(at: usize): u32 {
  return load<u16>(at) == TAG_KNOWN ? load<u32>(at, 20) : MATCH_REQUEST;
}

/** Whether the entry's pattern names the keyword of that number. */
export function knownNames(at: usize, keyword: u32): bool {
  if (load<u16>(at) != TAG_KNOWN) return false;
  const endPtr = at + KNOWN_KEYWORDS + 4 * <usize>load<u32>(at, 24);
  for (let ptr = at + KNOWN_KEYWORDS; ptr < endPtr; ptr += 4) if (load<u32>(ptr) == keyword) return true;
  return false;
}

export function knownFits(at: usize, textPtr: usize, textBytes: usize): bool {
  const patternPtr = load<u16>(at) == TAG_KNOWN ? at + KNOWN_KEYWORDS + 4 * <usize>load<u32>(at, 24) : at + 16;
  return containsPattern(patternPtr + 2, load<u16>(patternPtr), textPtr, textBytes);
}

/** First path of a list of the profile at hand, as a string: u16 bytes, then the bytes. 0 where there is none. */
export function firstPath(which: i32): usize {
  if (!hasConfiguration) return 0;
  const fieldPtr = <usize>load<u32>(rowPtr(profile, TAG_PATHS + which));
  return load<u32>(fieldPtr, 4) == 0 ? 0 : fieldPtr + FIELD_HEADER_BYTES;
}

/** The path after it, or 0. */
export function nextPath(which: i32, pathPtr: usize): usize {
  const fieldPtr = <usize>load<u32>(rowPtr(profile, TAG_PATHS + which));
  const ptr = pathPtr + 2 + load<u16>(pathPtr);
  return ptr < fieldPtr + FIELD_HEADER_BYTES + load<u32>(fieldPtr, 4) ? ptr : 0;
}

function takeProfileField(at: usize): void {
  profiles++;
  store<u32>(rowPtr(load<u16>(at, 2), 0), <u32>at);
  if (load<u32>(at, 8) != BY_TAG) sourceProfiles = true;
}

function takeProfile(which: u32): void {
  profile = which;
  takeSwitches(<usize>load<u32>(rowPtr(which, TAG_SWITCHES)) + FIELD_HEADER_BYTES);
  takeRules(<usize>load<u32>(rowPtr(which, TAG_RULES)) + FIELD_HEADER_BYTES);
  takeSeverity(<usize>load<u32>(rowPtr(which, TAG_SEVERITY)) + FIELD_HEADER_BYTES);
  const proxiesFieldPtr = <usize>load<u32>(rowPtr(which, TAG_PROXIES));
  proxiesPtr = proxiesFieldPtr + FIELD_HEADER_BYTES;
  proxies = <i32>(load<u32>(proxiesFieldPtr, 4) / <u32>PROXY_BYTES);
}
