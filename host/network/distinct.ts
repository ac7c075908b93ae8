/**
 * How many different values were seen, in 128 bytes: linear counting (Whang, Vander-Zanden and Taylor,
 * https://doi.org/10.1145/78922.78925). Small counts, which tell a scan from a client, come out exact almost always; a
 * thousand within 4 %; above some 7,000 it says 7,098. HyperLogLog of this size errs by a tenth at every count.
 */
import { hashNumber, hashText } from "./hash.js";

export const sketchBits = 1024;
export const sketchWords = sketchBits / 32;

/** The count for each number of set bits; whole, so that hosts cannot differ in a last digit. */
const estimates = Float64Array.from({ length: sketchBits + 1 }, (_, set) =>
  Math.round(-sketchBits * Math.log(Math.max(sketchBits - set, 1) / sketchBits)),
);

export function addText(words: Uint32Array, offset: number, text: string): void {
  setBit(words, offset, hashText(text));
}

/** Whether it was not seen before. */
export function addNumber(words: Uint32Array, offset: number, value: number): boolean {
  return setBit(words, offset, hashNumber(value));
}

function setBit(words: Uint32Array, offset: number, hash: number): boolean {
  const at = offset + ((hash >>> 5) & (sketchWords - 1));
  const bit = 1 << (hash & 31);
  const isNew = (words[at] & bit) === 0;
  words[at] |= bit;
  return isNew;
}

export function distinctCount(words: Uint32Array, offset: number): number {
  let set = 0;
  for (let i = 0; i < sketchWords; i++) set += popcount(words[offset + i]);
  return estimates[set];
}

function popcount(word: number): number {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  return Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
