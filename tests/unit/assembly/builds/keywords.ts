/** The keyword matcher alone. */

import { findKeywords, keywordHitAt, loadKeywords } from "../../../../assembly/detect/keywords/matcher";
import { keywordTotal } from "../../../../assembly/detect/keywords/section";
import { reserve } from "../../../../assembly/runtime/memory";

export { findKeywords, keywordTotal, loadKeywords, reserve };

export function hitAt(i: i32): u32 {
  return keywordHitAt(i);
}

/** Runs over `count` messages that follow each other, each after its u32 length; returns all hits. */
export function findInAll(ptr: usize, count: i32, rounds: i32): i32 {
  let hits = 0;
  for (let round = 0; round < rounds; round++) {
    let at = ptr;
    for (let i = 0; i < count; i++) {
      const bytes = <usize>load<u32>(at);
      hits += findKeywords(at + 4, bytes);
      at += 4 + bytes;
    }
  }
  return hits;
}

/** Loads and runs in one call, for engines that are driven from a command line. */
export function loadAndFind(sectionPtr: usize, sectionBytes: i32, messagesPtr: usize, count: i32, rounds: i32): i32 {
  return loadKeywords(sectionPtr, sectionBytes) ? findInAll(messagesPtr, count, rounds) : -1;
}
export { builtInSection } from "../../../../assembly/detect/keywords/builtInSection";
