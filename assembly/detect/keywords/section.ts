/**
 * The keyword section as the model carries it: its bytes are drawn in host/model/keywordSection.ts. All of it is
 * validated once, then read in place.
 */

const SECTION_MAGIC: u32 = 0x5759454b; // "KEYW"
const SECTION_VERSION: u32 = 2;
export const HEADER_BYTES: u32 = 40;
export const KEYWORD_BYTES: u32 = 12;
export const WORD_BYTES: u32 = 16;
/** Keywords of one list; each may have four words on average. */
const KEYWORDS_MAX: u32 = 50_000;
const WORDS_MAX: u32 = 4 * KEYWORDS_MAX;
export const GROUPS_MAX: u32 = 2;
const WORD_TEXT_BYTES_MAX: u32 = 1024;
const WINDOW_BYTES_MAX: u32 = 64;

export const WORD_WHOLE: u32 = 1;
export const WORD_CASE: u32 = 2;
const KEYWORD_IS_ERROR: u32 = 1;
const KEYWORD_WEIGHED: u32 = 2;

let keywordCount: u32 = 0;
let keywordsPtr: usize = 0;
export let wordsPtr: usize = 0;
export let textPtr: usize = 0;

/** Takes over a validated section, which must stay where it is. */
export function useKeywordSection(sectionPtr: usize): void {
  keywordCount = load<u32>(sectionPtr, 8);
  keywordsPtr = sectionPtr + HEADER_BYTES;
  wordsPtr = keywordsPtr + keywordCount * KEYWORD_BYTES;
  textPtr = wordsPtr + load<u32>(sectionPtr, 12) * WORD_BYTES;
}

/** In this order: lengths, counts, groups, keywords, words. After it every offset is trusted. */
export function isValidKeywordSection(sectionPtr: usize, sectionBytes: u32): bool {
  if (sectionPtr == 0 || sectionBytes < HEADER_BYTES || sectionBytes > <u32>i32.MAX_VALUE) return false;
  if (load<u32>(sectionPtr) != SECTION_MAGIC || load<u32>(sectionPtr, 4) != SECTION_VERSION) return false;
  const keywords = load<u32>(sectionPtr, 8);
  const words = load<u32>(sectionPtr, 12);
  const textBytes = load<u32>(sectionPtr, 16);
  const groups = load<u32>(sectionPtr, 20);
  if (keywords > KEYWORDS_MAX || words > WORDS_MAX || groups > GROUPS_MAX) return false;
  const fixedBytes = HEADER_BYTES + keywords * KEYWORD_BYTES + words * WORD_BYTES;
  if (fixedBytes > sectionBytes || textBytes != sectionBytes - fixedBytes) return false;

  let groupWords: u32 = 0;
  let triples: u32 = 0;
  for (let g: u32 = 0; g < GROUPS_MAX; g++) {
    const groupPtr = sectionPtr + 24 + 8 * g;
    const blockBytes = <u32>load<u8>(groupPtr);
    const windowBytes = <u32>load<u8>(groupPtr, 1);
    const secondBytes = <u32>load<u8>(groupPtr, 2);
    const count = load<u32>(groupPtr, 4);
    if (load<u8>(groupPtr, 3) != 0 || count > words) return false;
    if (g >= groups) {
      if (blockBytes != 0 || windowBytes != 0 || secondBytes != 0 || count != 0) return false;
      continue;
    }
    if (blockBytes < 2 || blockBytes > 3 || windowBytes < blockBytes || windowBytes > WINDOW_BYTES_MAX) return false;
    if (secondBytes == 0 ? blockBytes != 2 : secondBytes <= blockBytes || secondBytes > min<u32>(windowBytes, 8))
      return false;
    if (count == 0) return false;
    groupWords += count;
    triples += blockBytes == 3 ? 1 : 0;
  }
  if (triples > 1) return false; // they share one table
  if (groupWords != words) return false;

  let ptr = sectionPtr + HEADER_BYTES;
  for (let i: u32 = 0; i < keywords; i++, ptr += KEYWORD_BYTES) {
    const nameOffset = load<u32>(ptr);
    const nameBytes = <u32>load<u16>(ptr, 4);
    const severity = load<u8>(ptr, 6);
    if (nameBytes == 0 || nameOffset > textBytes || nameBytes > textBytes - nameOffset) return false;
    if (severity < 1 || severity > 3 || load<u32>(ptr, 8) == 0) return false;
    if (<u32>load<u8>(ptr, 7) > (KEYWORD_IS_ERROR | KEYWORD_WEIGHED)) return false;
  }
  const firstGroupWords = load<u32>(sectionPtr, 28);
  for (let i: u32 = 0; i < words; i++, ptr += WORD_BYTES) {
    const offset = load<u32>(ptr);
    const bytes = <u32>load<u16>(ptr, 8);
    const windowOffset = <u32>load<u16>(ptr, 10);
    const windowBytes = <u32>load<u8>(sectionPtr + (i < firstGroupWords ? 24 : 32), 1);
    if (bytes > WORD_TEXT_BYTES_MAX || offset > textBytes || bytes > textBytes - offset) return false;
    if (windowOffset + windowBytes > bytes || load<u32>(ptr, 4) >= keywords) return false;
    if (load<u32>(ptr, 12) > (WORD_WHOLE | WORD_CASE)) return false;
  }
  return true;
}

export function keywordTotal(): u32 {
  return keywordCount;
}

/** 1 low, 2 medium, 3 high. */
export function keywordSeverity(keyword: u32): i32 {
  return load<u8>(keywordsPtr + keyword * KEYWORD_BYTES, 6);
}

/** Hits within the window that make it an alert. */
export function keywordMinCount(keyword: u32): u32 {
  return load<u32>(keywordsPtr + keyword * KEYWORD_BYTES, 8);
}

/** Whether an event that carries this keyword counts as an error. */
export function keywordIsError(keyword: u32): bool {
  return (load<u8>(keywordsPtr + keyword * KEYWORD_BYTES, 7) & KEYWORD_IS_ERROR) != 0;
}

/** Whether it is weighed against the past, and so told less often where the same text brings it again. */
export function keywordIsWeighed(keyword: u32): bool {
  return (load<u8>(keywordsPtr + keyword * KEYWORD_BYTES, 7) & KEYWORD_WEIGHED) != 0;
}

/** The keyword's name, UTF-8, not escaped for JSON. */
export function keywordNamePtr(keyword: u32): usize {
  return textPtr + load<u32>(keywordsPtr + keyword * KEYWORD_BYTES);
}

export function keywordNameBytes(keyword: u32): usize {
  return load<u16>(keywordsPtr + keyword * KEYWORD_BYTES, 4);
}
