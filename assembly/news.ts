/**
 * News, not noise: after TAGS_MAX tags of the same structural news it is muted until MUTED_SECONDS of arrival time have
 * passed since the first of them. The table is four-way associative; where a set is full the oldest news gives way, so
 * a flood of news costs tags, never a missed one.
 */
import { reserve } from "./memory";

export const TAGS_MAX: u32 = 20;
const MUTED_SECONDS: i64 = 3600;
const SETS: u64 = 1024;
const WAYS: usize = 4;
const ENTRY_BYTES: usize = 24; // key u64, first tag i64 (Unix seconds), tags u32, zero u32

let tablePtr: usize = 0;
export let mutedEvents: u64 = 0;

export function initialiseNews(): bool {
  if (tablePtr == 0) tablePtr = reserve(<usize>SETS * WAYS * ENTRY_BYTES);
  return tablePtr != 0;
}

export function forgetNews(): void {
  memory.fill(tablePtr, 0, <usize>SETS * WAYS * ENTRY_BYTES);
}

/** Counts one tag of this news: its number from 1 to TAGS_MAX, or 0 where it is muted. */
export function tellNews(key: u64, arrivalSeconds: i64): u32 {
  let ptr = tablePtr + <usize>(key & (SETS - 1)) * WAYS * ENTRY_BYTES;
  let oldestPtr = ptr;
  for (let way: usize = 0; way < WAYS; way++, ptr += ENTRY_BYTES) {
    if (load<u64>(ptr) == key) {
      const age = arrivalSeconds - load<i64>(ptr, 8);
      if (age < 0 || age >= MUTED_SECONDS) break; // over, or the clock was set back: start again
      const tags = load<u32>(ptr, 16);
      if (tags >= TAGS_MAX) {
        mutedEvents++;
        return 0;
      }
      store<u32>(ptr, tags + 1, 16);
      return tags + 1;
    }
    if (load<i64>(ptr, 8) < load<i64>(oldestPtr, 8)) oldestPtr = ptr;
  }
  if (ptr >= tablePtr + <usize>((key & (SETS - 1)) + 1) * WAYS * ENTRY_BYTES) ptr = oldestPtr;
  store<u64>(ptr, key);
  store<i64>(ptr, arrivalSeconds, 8);
  store<u32>(ptr, 1, 16);
  return 1;
}
