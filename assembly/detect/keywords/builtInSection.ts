/**
 * The keyword section that the filter has without a model, made of the packed one that it carries, whose layout is
 * tests/support/keywordsSource.ts'.
 */

import { BUILT_IN_KEYWORDS_BYTES, builtInKeywordsPtr } from "./builtIn";
import { HEADER_BYTES, KEYWORD_BYTES, WORD_BYTES } from "./section";

const PACKED_HEADER_BYTES: usize = 32;
const PACKED_ROW_BYTES: usize = 3;
/** Of a word whose text is its keyword's name. */
const IS_NAME: u32 = 128;

const sectionPtr = memory.data(BUILT_IN_KEYWORDS_BYTES, 8);

/** BUILT_IN_KEYWORDS_BYTES of it. */
export function builtInSection(): usize {
  memory.copy(sectionPtr, builtInKeywordsPtr, PACKED_HEADER_BYTES);
  let fromPtr = builtInKeywordsPtr + PACKED_HEADER_BYTES;
  let ptr = sectionPtr + HEADER_BYTES;
  let nextOffset: u32 = 0;
  const keywordsEndPtr = ptr + load<u32>(sectionPtr, 8) * KEYWORD_BYTES;
  for (; ptr < keywordsEndPtr; ptr += KEYWORD_BYTES) {
    const nameBytes = load<u8>(fromPtr);
    store<u32>(ptr, nextOffset);
    store<u16>(ptr, nameBytes, 4);
    store<u16>(ptr, load<u16>(fromPtr, 1), 6); // severity and flags
    store<u32>(ptr, 1, 8);
    nextOffset += nameBytes;
    fromPtr += PACKED_ROW_BYTES;
  }
  const wordsEndPtr = ptr + load<u32>(sectionPtr, 12) * WORD_BYTES;
  for (; ptr < wordsEndPtr; ptr += WORD_BYTES) {
    const keyword = <u32>load<u8>(fromPtr, 2);
    const bytes = load<u8>(fromPtr);
    store<u16>(ptr, bytes, 8);
    store<u16>(ptr, load<u8>(fromPtr, 1), 10);
    store<u32>(ptr, keyword & ~IS_NAME, 4);
    if (keyword >= IS_NAME) {
      store<u32>(ptr, load<u32>(sectionPtr + HEADER_BYTES + (keyword & ~IS_NAME) * KEYWORD_BYTES));
    } else {
      store<u32>(ptr, nextOffset);
      nextOffset += bytes;
    }
    fromPtr += PACKED_ROW_BYTES;
  }
  memory.copy(ptr, fromPtr, load<u32>(sectionPtr, 16));
  return sectionPtr;
}
