/**
 * What kind of line a text is: its level, its source and its first words, as in the upper levels of Drain's tree (He et
 * al. 2017, https://doi.org/10.1109/ICWS.2017.13). Names in capitals, single letters and what has digits are no words
 * of it, so that lines of one statement are one kind whatever they name behind them.
 */
import { findByte, firstMatch, HIGHS, lettersEnd, matchOtherThanLetters } from "../../runtime/bytes";
import { CASE_BIT } from "../../runtime/characters";
import { hashBytes, hashPairRarely } from "../../runtime/hash";
import { FIELD_END, signatureEndPtr, signaturePtr } from "../novelty/signature";
import { LOGIN_BITS } from "./logins";

const WORDS_MAX: i32 = 4;

/** Of the text signature at hand; the bits that a login takes beside it are 0. */
export function textKind(): u64 {
  let ptr = findByte(signaturePtr, signatureEndPtr, <u8>FIELD_END);
  let kind = hashBytes(signaturePtr, ptr - signaturePtr, 0);
  for (let words = 0; ptr < signatureEndPtr && words < WORDS_MAX; ) {
    // where two letters stand in a row a word begins: single ones, of which a text may be made, are passed over
    const others = matchOtherThanLetters(load<u64>(ptr)) | matchOtherThanLetters(load<u64>(ptr, 1));
    if (others == HIGHS) {
      ptr += 8;
      continue;
    }
    const wordPtr = ptr + firstMatch(others ^ HIGHS);
    ptr = lettersEnd(wordPtr, signatureEndPtr);
    if (wordPtr + 2 > signatureEndPtr || (load<u8>(wordPtr + 1) & CASE_BIT) == 0) continue;
    kind = hashPairRarely(kind, hashBytes(wordPtr, ptr - wordPtr, 0));
    words++;
  }
  return kind & ~LOGIN_BITS;
}
