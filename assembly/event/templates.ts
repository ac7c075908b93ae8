/**
 * Texts in which identifiers were covered, as they were. The next text of the same template is compared with that one,
 * digits aside and identifiers left out, which costs half of what hashing it does. Where nothing speaks against it the
 * key is the same; else it is hashed (event/skeleton.ts). Which of them to compare it with is guessed by its length and
 * by six words of it.
 *
 *     I0605 08:12:33.123456       7 controller.go:114] "Syncing" pod="shop/web-7d4b9c-x2z9k" queue=3
 *     └────────────────────────── compared ──────────────────────────────┘└─ covered ──┘└ compared ┘
 */

import {
  equalButDigits,
  firstMatch,
  HIGHS,
  isHyphen,
  matchOtherThanDigits,
  matchOtherThanHyphens,
  matchOtherThanLetters,
  withoutDigits,
} from "../runtime/bytes";
import { BACKSLASH, COLON, DOT, UPPER_T, UPPER_Z } from "../runtime/characters";
import { joinsName } from "../runtime/nameTable";

const TEMPLATES: u64 = 128;
const TEXT_OFFSET: usize = 72;
const TEMPLATE_BYTES: usize = 768;
/** A shorter text has no words there, a longer one no room. */
const TEXT_BYTES_MIN: usize = 88;
const TEXT_BYTES_MAX: usize = TEMPLATE_BYTES - TEXT_OFFSET - 8;
export const TEMPLATES_BYTES: usize = <usize>TEMPLATES * TEMPLATE_BYTES;
const GUESS_MULTIPLIER: u64 = 0x9e3779b97f4a7c15;

/** Behind it are the lengths and places of its identifiers, as event/skeleton.ts lists them, and its text. */
@unmanaged
class Template {
  guess: u64;
  key: u64;
  bytes: u32;
  spans: u32;
}
const SPANS_OFFSET: usize = 24;
/** Identifiers of a text in order: their lengths, then where they begin, counted from its beginning, u16 each. */
export const LENGTHS_BYTES: usize = 24;

let tablePtr: usize = 0;

export function placeTemplates(ptr: usize): void {
  tablePtr = ptr;
}

/** What it is guessed by; never 0. */
// @ts-ignore: decorator
@inline
function guessOf(ptr: usize, endPtr: usize): u64 {
  const first = withoutDigits(load<u64>(ptr, 32)) ^ rotl(withoutDigits(load<u64>(ptr, 48)), 13);
  const last = withoutDigits(load<u64>(ptr, 64)) ^ rotl(withoutDigits(load<u64>(ptr, 80)), 29);
  const end = withoutDigits(load<u64>(endPtr - 8)) ^ rotl(withoutDigits(load<u64>(endPtr - 24)), 23);
  return ((first + last + end + <u64>(endPtr - ptr)) * GUESS_MULTIPLIER) | 1;
}

// @ts-ignore: decorator
@inline
function templateOf(guess: u64): Template {
  return changetype<Template>(tablePtr + <usize>((guess >> 57) & (TEMPLATES - 1)) * TEMPLATE_BYTES);
}

/** How many identifiers the text has whose key was found last. */
export let templateSpans: i32 = 0;

/** The key of the text, whose identifiers are listed at spansPtr then; 0: nobody knows. */
export function findTemplate(ptr: usize, endPtr: usize, spansPtr: usize): u64 {
  if (endPtr - ptr < TEXT_BYTES_MIN) return 0;
  const guess = guessOf(ptr, endPtr);
  const template = templateOf(guess);
  if (template.guess != guess) return 0;
  const startPtr = ptr;
  const keptSpansPtr = changetype<usize>(template) + SPANS_OFFSET;
  let keptPtr = changetype<usize>(template) + TEXT_OFFSET;
  const keptStartPtr = keptPtr;
  const lastPtr = keptSpansPtr + ((<usize>template.spans) << 1);
  memory.fill(spansPtr, 0, LENGTHS_BYTES);
  for (let at = keptSpansPtr; at < lastPtr; at += 2) {
    const bytes = keptStartPtr + load<u16>(at, LENGTHS_BYTES) - keptPtr;
    if (endPtr - ptr <= bytes || !equalButDigits(ptr, keptPtr, bytes, false)) return 0;
    ptr += bytes;
    keptPtr += bytes + load<u16>(at);
    const identifierEndPtr = identifierEnd(ptr);
    if (identifierEndPtr >= endPtr || identifierEndPtr == 0) return 0;
    store<u16>(spansPtr, <u16>(identifierEndPtr - ptr));
    store<u16>(spansPtr, <u16>(ptr - startPtr), LENGTHS_BYTES);
    spansPtr += 2;
    ptr = identifierEndPtr;
  }
  const bytes = keptStartPtr + template.bytes - keptPtr;
  if (endPtr - ptr != bytes || !equalButDigits(ptr, keptPtr, bytes, false)) return 0;
  templateSpans = <i32>template.spans;
  return template.key;
}

/** Where the letters, digits and hyphens at ptr end, if they are an identifier for certain; 0 else. */
function identifierEnd(ptr: usize): usize {
  if (isHyphen(<u32>load<u8>(ptr))) return 0;
  let isMixed = false;
  while (true) {
    const word = load<u64>(ptr);
    const noDigits = matchOtherThanDigits(word);
    const noLetters = matchOtherThanLetters(word) | (word & HIGHS);
    const ends = (noDigits & noLetters & matchOtherThanHyphens(word)) | (word & HIGHS);
    if (!isMixed) {
      // a digit before a letter, both before the end
      const marks = ((noDigits | (noLetters >> 8)) ^ HIGHS) & (((ends & -ends) - 1) >> 8);
      if (marks != 0) {
        const c = <u32>load<u8>(ptr + firstMatch(marks), 1);
        isMixed = c != UPPER_T && c != UPPER_Z;
      }
    }
    if (ends != 0) {
      ptr += firstMatch(ends);
      return isMixed && !isHyphen(<u32>load<u8>(ptr - 1)) ? ptr : 0;
    }
    ptr += 8;
  }
}

/**
 * Keeps a text by its key. Those stay out of which what stands beside an identifier may decide how far it goes: then
 * letters and hyphens in another one may as well.
 */
export function keepTemplate(ptr: usize, endPtr: usize, key: u64, spansPtr: usize, spans: i32): void {
  const bytes = endPtr - ptr;
  if (bytes < TEXT_BYTES_MIN || bytes > TEXT_BYTES_MAX) return;
  for (let i = 0; i < spans; i++) {
    const at = spansPtr + ((<usize>i) << 1);
    const startPtr = ptr + load<u16>(at, LENGTHS_BYTES);
    if (startPtr == ptr) return;
    const before = <u32>load<u8>(startPtr - 1);
    const behind = <u32>load<u8>(startPtr + load<u16>(at));
    if (before == BACKSLASH || before == COLON || before == DOT) return;
    if (behind == COLON || joinsName(behind)) return;
  }
  const guess = guessOf(ptr, endPtr);
  const template = templateOf(guess);
  template.guess = guess;
  template.key = key;
  template.bytes = <u32>bytes;
  template.spans = <u32>spans;
  memory.copy(changetype<usize>(template) + SPANS_OFFSET, spansPtr, 2 * LENGTHS_BYTES);
  memory.copy(changetype<usize>(template) + TEXT_OFFSET, ptr, bytes);
}
