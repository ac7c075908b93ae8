/**
 * Scores by signature: most lines have one that was met a moment ago. Four-way associative, the way used longest ago
 * gives way. A score above 1 is only a sign to look again: reasons and muting are never cached. Before it stands a
 * table of requests as they are written, and one of texts by skeleton, source and level, for ordinary ones: a hit
 * there saves making the signature at all. Texts that were told so often that the next is not are kept there as well.
 */
import { forgetParts, RequestPart } from "../../event/accessParts";
import { reserve } from "../../runtime/memory";

const SETS: u64 = 1024;
const WAYS: usize = 4;
const ENTRY_BYTES: usize = 24; // key u64, score f64, note u64; the first way is the one used last

const TEXTS: u64 = 4096;
/**
 * Of a skeleton's texts from one source: key u64, score f64, note u64, whether its numbers are ordinary u64; of those
 * whose score is above 1, as they are told seldom, by what they are counted.
 */
const TEXT_BYTES: usize = 32;
const TABLES_BYTES: usize = <usize>SETS * WAYS * ENTRY_BYTES + <usize>TEXTS * TEXT_BYTES;
// Keys are odd: their lowest bit chooses no place.

let tablePtr: usize = 0;
let textsPtr: usize = 0;
export let cacheHits: u64 = 0;
/** The score `findScore` found. */
export let cachedScore: f64 = 0;
/** What else is known of a text's signature: its kind, and in the last three bits its login. */
export let cachedNote: u64 = 0;

export function initialiseCache(): bool {
  if (tablePtr == 0) tablePtr = reserve(TABLES_BYTES);
  textsPtr = tablePtr + <usize>SETS * WAYS * ENTRY_BYTES;
  return tablePtr != 0;
}

/** Another model means other scores. */
export function forgetScores(): void {
  forgetParts();
  if (tablePtr != 0) memory.fill(tablePtr, 0, TABLES_BYTES);
}

/** Whether a request that is kept was found ordinary. */
// @ts-ignore: decorator
@inline
export function isScored(partPtr: usize, variant: u64): bool {
  return changetype<RequestPart>(partPtr).scoredFor == variant + 1;
}

/** Then its score. */
// @ts-ignore: decorator
@inline
export function takeScore(partPtr: usize): f64 {
  cacheHits++;
  return changetype<RequestPart>(partPtr).score;
}

export function keepRequest(partPtr: usize, variant: u64, score: f64): void {
  const part = changetype<RequestPart>(partPtr);
  part.scoredFor = variant + 1;
  part.score = score;
}

/** Where a text is kept that is found by what its signature is made from, without making it. */
// @ts-ignore: decorator
@inline
export function textPlace(key: u64): usize {
  return textsPtr + ((<usize>(key >> 32) & (<usize>TEXTS - 1)) << 5);
}

/** Whether it was met, and is ordinary or counted; then its score and its note are there too. */
// @ts-ignore: decorator
@inline
export function findText(placePtr: usize, key: u64): bool {
  if (load<u64>(placePtr) != key) return false;
  cacheHits++;
  cachedScore = load<f64>(placePtr, 8);
  cachedNote = load<u64>(placePtr, 16);
  return true;
}

/** What a cache found elsewhere counts as well. */
// @ts-ignore: decorator
@inline
export function countHit(): void {
  cacheHits++;
}

export function keepText(placePtr: usize, key: u64, score: f64, note: u64, countedBy: u64 = 0): void {
  store<u64>(placePtr, key);
  store<f64>(placePtr, score, 8);
  store<u64>(placePtr, note, 16);
  store<u64>(placePtr, countedBy, 24);
}

// @ts-ignore: decorator
@inline
export function countedBy(placePtr: usize): u64 {
  return load<u64>(placePtr, 24);
}

// @ts-ignore: decorator
@inline
export function hasOrdinaryNumbers(placePtr: usize): bool {
  return load<u64>(placePtr, 24) != 0;
}

export function noteOrdinaryNumbers(placePtr: usize): void {
  store<u64>(placePtr, 1, 24);
}

export function findScore(key: u64): bool {
  const setPtr = tablePtr + <usize>((key >> 1) & (SETS - 1)) * WAYS * ENTRY_BYTES;
  if (load<u64>(setPtr) == key) {
    cacheHits++;
    cachedScore = load<f64>(setPtr, 8);
    cachedNote = load<u64>(setPtr, 16);
    return true;
  }
  for (let way: usize = 1; way < WAYS; way++) {
    const ptr = setPtr + way * ENTRY_BYTES;
    if (load<u64>(ptr) == key) {
      cacheHits++;
      cachedScore = load<f64>(ptr, 8);
      cachedNote = load<u64>(ptr, 16);
      memory.copy(setPtr + ENTRY_BYTES, setPtr, way * ENTRY_BYTES);
      putFirst(setPtr, key, cachedScore, cachedNote);
      return true;
    }
  }
  return false;
}

export function keepScore(key: u64, score: f64, note: u64): void {
  const setPtr = tablePtr + <usize>((key >> 1) & (SETS - 1)) * WAYS * ENTRY_BYTES;
  memory.copy(setPtr + ENTRY_BYTES, setPtr, (WAYS - 1) * ENTRY_BYTES);
  putFirst(setPtr, key, score, note);
}

// @ts-ignore: decorator
@inline
function putFirst(setPtr: usize, key: u64, score: f64, note: u64): void {
  store<u64>(setPtr, key);
  store<f64>(setPtr, score, 8);
  store<u64>(setPtr, note, 16);
}
