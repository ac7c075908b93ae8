/**
 * Scores by form: most lines have a form that was met a moment ago. Four-way associative, the way used longest ago
 * gives way. A score above 1 is only a sign to look again: reasons and muting are never cached.
 */
import { reserve } from "./memory";

const SETS: u64 = 1024;
const WAYS: usize = 4;
const ENTRY_BYTES: usize = 16; // key u64, score f64; the first way is the one used last

let tablePtr: usize = 0;
export let cacheHits: u64 = 0;
/** The score `findScore` found. */
export let cachedScore: f64 = 0;

export function initialiseCache(): bool {
  if (tablePtr == 0) tablePtr = reserve(<usize>SETS * WAYS * ENTRY_BYTES);
  return tablePtr != 0;
}

/** Another model means other scores. */
export function forgetScores(): void {
  if (tablePtr != 0) memory.fill(tablePtr, 0, <usize>SETS * WAYS * ENTRY_BYTES);
}

export function findScore(key: u64): bool {
  const setPtr = tablePtr + <usize>(key & (SETS - 1)) * WAYS * ENTRY_BYTES;
  if (load<u64>(setPtr) == key) {
    cacheHits++;
    cachedScore = load<f64>(setPtr, 8);
    return true;
  }
  for (let way: usize = 1; way < WAYS; way++) {
    const ptr = setPtr + way * ENTRY_BYTES;
    if (load<u64>(ptr) == key) {
      cacheHits++;
      cachedScore = load<f64>(ptr, 8);
      memory.copy(setPtr + ENTRY_BYTES, setPtr, way * ENTRY_BYTES);
      store<u64>(setPtr, key);
      store<f64>(setPtr, cachedScore, 8);
      return true;
    }
  }
  return false;
}

export function keepScore(key: u64, score: f64): void {
  const setPtr = tablePtr + <usize>(key & (SETS - 1)) * WAYS * ENTRY_BYTES;
  memory.copy(setPtr + ENTRY_BYTES, setPtr, (WAYS - 1) * ENTRY_BYTES);
  store<u64>(setPtr, key);
  store<f64>(setPtr, score, 8);
}
