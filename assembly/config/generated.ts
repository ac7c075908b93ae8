/** Made from host/config/settings.ts and sectionLayout.ts by npm run generate; do not edit. */

// Tags of the section's fields
export const TAG_SWITCHES: u32 = 1;
export const TAG_RULES: u32 = 2;
export const TAG_SEVERITY: u32 = 3;
export const TAG_WINDOWS: u32 = 16;
export const TAG_INTERVALS: u32 = 17;
export const TAG_ADDRESSES: u32 = 21;
export const TAG_PROXIES: u32 = 11;
export const TAG_KNOWN_BEFORE: u32 = 18;
export const TAG_PROFILE: u32 = 19;
export const TAG_SEED: u32 = 20;
export const TAG_KNOWN: u32 = 22;
export const TAG_PATHS: u32 = 4;
export const TAG_PATHS_END: u32 = 11;

/** A bit each: what each profile has, exactly once, and what the base has besides. */
export const PROFILE_TAGS: u32 = 4094;
export const BASE_TAGS: u32 = 196608;

export const PROFILES_MAX: u32 = 64;
export const PATHS_MAX: u32 = 16;
export const PATH_PARTS_MAX: u32 = 8;

// Which list of field paths
export const PATHS_MESSAGE: i32 = 0;
export const PATHS_LEVEL: i32 = 1;
export const PATHS_STATUS: i32 = 2;
export const PATHS_ENDPOINT: i32 = 3;
export const PATHS_KEY: i32 = 4;
export const PATHS_FORWARDED: i32 = 5;
export const PATHS_SOURCE: i32 = 6;
export const PATH_LISTS: i32 = 7;

// How a profile is chosen
export const BY_TAG: u32 = 1;
export const BY_SOURCE: u32 = 2;

// Detectors that a known entry silences
export const SILENCES_NOVELTY: u32 = 1;
export const SILENCES_OUTLIER: u32 = 2;
export const SILENCES_KEYWORD: u32 = 4;
export const SILENCES_ALL: u32 = 7;

// What it is matched with
export const MATCH_REQUEST: u32 = 0;
export const MATCH_TARGET: u32 = 1;
export const MATCH_LINE: u32 = 2;
export const MATCH_REQUEST_ONLY: u32 = 3;

// The settings, at their defaults
export let enabled: bool = true;
export let shadow: bool = false;
export let tagEveryEvent: bool = false;
export let detectKeyword: bool = true;
export let detectErrorRate: bool = true;
export let detectRequestRate: bool = true;
export let detectNovelty: bool = true;
export let detectOutlier: bool = true;
export let detectBurst: bool = true;
export let detectNetwork: bool = true;
export let errorsFloor: f64 = 5;
export let errorsMultiplier: f64 = 3;
export let clientErrors: bool = false;
export let requestsFloor: f64 = 100;
export let requestsMultiplier: f64 = 3;
export let perEndpoint: bool = false;
export let endpointsFloor: f64 = 100;
export let endpointsMultiplier: f64 = 3;
export let severityMedium: f64 = 2;
export let severityHigh: f64 = 4;
export let reasonShapes: bool = false;
export let trustUpstream: bool = false;
export let alertsEvery: bool = false;
export let windowSeconds: u32 = 60;
export let queueMax: u32 = 100;
export let keysMax: u32 = 16384;
export let alertEnd: f64 = 0.8;
export let ipv6Prefix: u32 = 64;
export let modelAgeSecondsMax: i64 = 1209600;
export let modelCheckSeconds: u32 = 5;
export let countsEverySeconds: u32 = 60;
export let saveEverySeconds: u32 = 30;

export function takeDefaults(): void {
  enabled = true;
  shadow = false;
  tagEveryEvent = false;
  detectKeyword = true;
  detectErrorRate = true;
  detectRequestRate = true;
  detectNovelty = true;
  detectOutlier = true;
  detectBurst = true;
  detectNetwork = true;
  errorsFloor = 5;
  errorsMultiplier = 3;
  clientErrors = false;
  requestsFloor = 100;
  requestsMultiplier = 3;
  perEndpoint = false;
  endpointsFloor = 100;
  endpointsMultiplier = 3;
  severityMedium = 2;
  severityHigh = 4;
  reasonShapes = false;
  trustUpstream = false;
  alertsEvery = false;
  windowSeconds = 60;
  queueMax = 100;
  keysMax = 16384;
  alertEnd = 0.8;
  ipv6Prefix = 64;
  modelAgeSecondsMax = 1209600;
  modelCheckSeconds = 5;
  countsEverySeconds = 60;
  saveEverySeconds = 30;
}

function areWithin(ptr: usize, count: i32, least: f64, most: f64): bool {
  for (let i = 0; i < count; i++) {
    const value = load<f64>(ptr + 8 * <usize>i);
    if (!(value >= least && value <= most)) return false;
  }
  return true;
}

export function isValidSwitches(ptr: usize, bytes: usize): bool {
  return bytes == 8 && load<u32>(ptr, 0) < 256 && load<u32>(ptr, 4) < 128;
}

export function takeSwitches(ptr: usize): void {
  const bits0 = load<u32>(ptr, 0);
  enabled = (bits0 & 1) != 0;
  shadow = (bits0 & 2) != 0;
  tagEveryEvent = (bits0 & 4) != 0;
  const bits4 = load<u32>(ptr, 4);
  detectKeyword = (bits4 & 1) != 0;
  detectErrorRate = (bits4 & 2) != 0;
  detectRequestRate = (bits4 & 4) != 0;
  detectNovelty = (bits4 & 8) != 0;
  detectOutlier = (bits4 & 16) != 0;
  detectBurst = (bits4 & 64) != 0;
  detectNetwork = (bits4 & 32) != 0;
  clientErrors = (bits0 & 16) != 0;
  perEndpoint = (bits0 & 32) != 0;
  reasonShapes = (bits0 & 128) != 0;
  trustUpstream = (bits0 & 8) != 0;
  alertsEvery = (bits0 & 64) != 0;
}

export function isValidRules(ptr: usize, bytes: usize): bool {
  return bytes == 48 && areWithin(ptr + 0, 6, 0, 1000000000);
}

export function takeRules(ptr: usize): void {
  errorsFloor = load<f64>(ptr, 0);
  errorsMultiplier = load<f64>(ptr, 8);
  requestsFloor = load<f64>(ptr, 16);
  requestsMultiplier = load<f64>(ptr, 24);
  endpointsFloor = load<f64>(ptr, 32);
  endpointsMultiplier = load<f64>(ptr, 40);
}

export function isValidSeverity(ptr: usize, bytes: usize): bool {
  return bytes == 16 && areWithin(ptr + 0, 2, 1, 1000);
}

export function takeSeverity(ptr: usize): void {
  severityMedium = load<f64>(ptr, 0);
  severityHigh = load<f64>(ptr, 8);
}

export function isValidWindows(ptr: usize, bytes: usize): bool {
  return (
    bytes == 24 &&
    load<u32>(ptr, 0) - 12 <= 86388 &&
    load<u32>(ptr, 0) % 12 == 0 &&
    load<u32>(ptr, 4) - 1 <= 9999 &&
    load<u32>(ptr, 8) - 64 <= 1048512 &&
    popcnt(load<u32>(ptr, 8)) == 1 &&
    areWithin(ptr + 16, 1, 0.01, 1) &&
    load<u32>(ptr, 12) == 0
  );
}

export function takeWindows(ptr: usize): void {
  windowSeconds = load<u32>(ptr, 0);
  queueMax = load<u32>(ptr, 4);
  keysMax = load<u32>(ptr, 8);
  alertEnd = load<f64>(ptr, 16);
}

export function isValidIntervals(ptr: usize, bytes: usize): bool {
  return (
    bytes == 24 &&
    load<u64>(ptr, 16) <= 315360000 &&
    load<u32>(ptr, 8) - 1 <= 3599 &&
    load<u32>(ptr, 0) <= 86400 &&
    load<u32>(ptr, 4) <= 3600 &&
    load<u32>(ptr, 12) == 0
  );
}

export function takeIntervals(ptr: usize): void {
  modelAgeSecondsMax = load<i64>(ptr, 16);
  modelCheckSeconds = load<u32>(ptr, 8);
  countsEverySeconds = load<u32>(ptr, 0);
  saveEverySeconds = load<u32>(ptr, 4);
}

export function isValidAddresses(ptr: usize, bytes: usize): bool {
  return bytes == 8 && load<u32>(ptr, 0) - 1 <= 127 && load<u32>(ptr, 4) == 0;
}

export function takeAddresses(ptr: usize): void {
  ipv6Prefix = load<u32>(ptr, 0);
}
