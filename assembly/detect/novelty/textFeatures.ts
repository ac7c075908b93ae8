/** The pairs of a text, and the tokens that its template and its embedding are made from. */

import { firstMatch, isLetter, lettersEnd, matchOtherThanLetters } from "../../runtime/bytes";
import { AT, COLON, COMMA, DASH, DOT, SPACE, UNDERSCORE } from "../../runtime/characters";
import { finish, hashBytes, hashFew, hashPair, mix } from "../../runtime/hash";
import { reserve } from "../../runtime/memory";
import {
  add,
  addOnce,
  clearSeen,
  fieldEnd,
  TEMPLATE,
  TOKEN_END,
  TOKEN_PAIR,
  TOKEN_SPACE,
  TOKEN_START,
  WORD,
} from "./features";
import { FIELD_END, NUMBER, SIGNATURE_BYTES_MAX, signatureEndPtr, signaturePtr } from "./signature";
import { knowsWord } from "./table";

/** Tokens of one text; the rest is not judged. */
export const TOKENS_MAX: i32 = 512;

/** Tokens that stand for classes; words and signs hash their bytes. */
export const TOKEN_NUMBER: u64 = 1;
export const TOKEN_MIXED: u64 = 2;
export const TOKEN_RARE: u64 = 3;
export const TOKEN_RUN: u64 = 4;
/** Level tokens are this plus the level; single signs are 0x100 plus the byte. */
const TOKEN_LEVEL: u64 = 16;
const TOKEN_SIGN: u64 = 0x100;
/** Those of words are hashes. */
const WORD_TOKENS: u64 = 0x200;

/** The tokens of a text with rare words and runs collapsed: what template and embedding are made from. */
export let tokensPtr: usize = 0;
export let tokenCount: i32 = 0;
/** Hash of those tokens; 0 for requests. */
export let templateHash: u64 = 0;
/** Hash of the source's name. */
export let sourceHash: u64 = 0;

export const TOKEN_BYTES: usize = 16; // hash u64, range u16 ×2, unused u32

export function initialiseTokens(): bool {
  if (tokensPtr == 0) tokensPtr = reserve((SIGNATURE_BYTES_MAX + 8) * TOKEN_BYTES);
  return tokensPtr != 0;
}

/** A request has none. */
export function clearTokens(): void {
  tokenCount = 0;
  templateHash = 0;
}

// @ts-ignore: decorator
@inline
function sourceStart(): usize {
  return signaturePtr + 2;
}

export function addWordFeatures(): void {
  clearSeen();
  const group = hashPair(WORD, 0);
  let ptr = fieldEnd(sourceStart(), FIELD_END) + 1;
  let words = 0;
  while (ptr < signatureEndPtr && words < TOKENS_MAX) {
    if (isLetter(<u32>load<u8>(ptr))) {
      const endPtr = lettersEnd(ptr, signatureEndPtr);
      const word = hashBytes(ptr, endPtr - ptr, 0);
      addOnce(WORD, 0, group, word, signaturePtr, signaturePtr, signaturePtr, signaturePtr, ptr, endPtr);
      ptr = endPtr;
      words++;
    } else ptr++;
  }
}

/** The text's template alone: of most texts it is known, and then nobody asks for their pairs. */
export function addTemplate(): void {
  const sourcePtr = sourceStart();
  const sourceEndPtr = fieldEnd(sourcePtr, FIELD_END);
  sourceHash = hashBytes(sourcePtr, sourceEndPtr - sourcePtr, 0);
  collapseTokens(sourceEndPtr + 1);
  let template: u64 = 0;
  const endPtr = tokensPtr + <usize>tokenCount * TOKEN_BYTES;
  for (let at = tokensPtr; at < endPtr; at += TOKEN_BYTES) template = mix(template, load<u64>(at));
  templateHash = finish(template);
  add(
    TEMPLATE,
    hashPair(TEMPLATE, sourceHash),
    templateHash,
    sourcePtr,
    sourceEndPtr,
    signaturePtr,
    signaturePtr,
    sourceEndPtr + 1,
    signatureEndPtr,
  );
}

/** Tokens of a text that is asked how much of it is known; of a longer one something is. */
const TELLING_TOKENS_MAX: i32 = 64;

/** Whether a text has fewer words that are known than it has others: a run of these counts as two. */
export function isMostlyUnknown(): bool {
  if (tokenCount > TELLING_TOKENS_MAX) return false;
  let known = 0;
  const endPtr = tokensPtr + <usize>tokenCount * TOKEN_BYTES;
  for (let at = tokensPtr; at < endPtr; at += TOKEN_BYTES) {
    const token = load<u64>(at);
    if (token >= WORD_TOKENS) known++;
    else if (token == TOKEN_RARE) known--;
    else if (token == TOKEN_RUN) known -= 2;
  }
  return known < 0;
}

/** What a token is followed by. */
// @ts-ignore: decorator
@inline
export function pairGroup(token: u64): u64 {
  return hashPair(TOKEN_PAIR, hashPair(sourceHash, token));
}

/** Each two tokens in a row, blanks left aside, behind the template. */
export function addTokenPairs(): void {
  const contextPtr = sourceStart();
  const contextEndPtr = fieldEnd(contextPtr, FIELD_END);
  clearSeen();
  let previous: u64 = TOKEN_START;
  let previousPtr = signaturePtr;
  let previousEndPtr = signaturePtr;
  for (let i = 0; i <= tokenCount; i++) {
    const at = tokensPtr + <usize>i * TOKEN_BYTES;
    const token = i == tokenCount ? TOKEN_END : load<u64>(at);
    if (token == TOKEN_SPACE) continue;
    const tokenPtr = i == tokenCount ? signatureEndPtr : signaturePtr + <usize>load<u16>(at, 8);
    const tokenEndPtr = i == tokenCount ? signatureEndPtr : signaturePtr + <usize>load<u16>(at, 10);
    const group = pairGroup(previous);
    addOnce(TOKEN_PAIR, 1, group, token, contextPtr, contextEndPtr, previousPtr, previousEndPtr, tokenPtr, tokenEndPtr);
    previous = token;
    previousPtr = tokenPtr;
    previousEndPtr = tokenEndPtr;
  }
}

// A run of variable tokens (numbers, identifiers, rare words), each with at most one joining sign before it, is one
// token: of numbers alone, or of identifiers alone, that of one of them, so that a list is the same however long it is.
// So is a name: what stands in one piece, joined by . - _ or @, where anything in it is variable.

// @ts-ignore: decorator
@inline
function putToken(out: usize, token: u64, start: u32, end: u32): void {
  store<u64>(out, token);
  store<u32>(out, start | (end << 16), 8);
}

// @ts-ignore: decorator
@inline
function signToken(c: u64): u64 {
  return c == TOKEN_SPACE ? TOKEN_SPACE : TOKEN_SIGN + c;
}

// @ts-ignore: decorator
@inline
function isVariable(token: u64): bool {
  return token <= TOKEN_RUN;
}

// @ts-ignore: decorator
@inline
function isJoint(c: u32): bool {
  return c - COMMA < 4 || c == SPACE || c == COLON || c == UNDERSCORE; // , - . / space : _
}

// @ts-ignore: decorator
@inline
function isNameJoint(c: u32): bool {
  return c == DOT || c == DASH || c == UNDERSCORE || c == AT;
}

/** Behind the word that `wordAt` was asked for. */
let wordEndPtr: usize = 0;

/** hashBytes of the word at ptr; behind the signature stands no letter. */
// @ts-ignore: decorator
@inline
function wordAt(ptr: usize): u64 {
  const word = load<u64>(ptr);
  const others = matchOtherThanLetters(word);
  if (others != 0) {
    const bytes = firstMatch(others);
    wordEndPtr = ptr + bytes;
    return hashFew(word & (((<u64>1) << (8 * <u64>bytes)) - 1), <u64>bytes);
  }
  wordEndPtr = lettersEnd(ptr + 8, signatureEndPtr);
  return hashBytes(ptr, wordEndPtr - ptr, 0);
}

/** In one go, with all that it keeps in locals: whoever writes texts can make every byte a token. */
function collapseTokens(ptr: usize): void {
  const basePtr = signaturePtr;
  const endPtr = signatureEndPtr;
  store<u64>(endPtr, 0);
  let out = tokensPtr;
  putToken(out, TOKEN_LEVEL + <u64>load<u8>(basePtr, 1), 1, 1);
  out += TOKEN_BYTES;
  /** Of the run that is open: its token, 0 where none is, where it begins and ends, and the sign behind it, or 0. */
  let held: u64 = 0;
  let heldPtr: usize = 0;
  let heldEndPtr: usize = 0;
  let signPtr: usize = 0;
  /** The first token of the name at hand, and where its last part ends. */
  let nameOut: usize = 0;
  let nameEndPtr: usize = 0;
  while (ptr < endPtr) {
    const startPtr = ptr++;
    const c = <u32>load<u8>(startPtr);
    let token = TOKEN_SIGN + <u64>c;
    let isPart = false;
    if (isLetter(c)) {
      token = wordAt(startPtr);
      ptr = wordEndPtr;
      if (!knowsWord(token)) token = TOKEN_RARE;
      isPart = true;
    } else if (c - NUMBER < 2) {
      token = c == NUMBER ? TOKEN_NUMBER : TOKEN_MIXED;
      isPart = true;
    } else if (held == 0) {
      // most signs
      putToken(out, c == SPACE ? TOKEN_SPACE : token, <u32>(startPtr - basePtr), <u32>(ptr - basePtr));
      out += TOKEN_BYTES;
      continue;
    } else if (signPtr == 0 && (isJoint(c) || c == AT)) {
      signPtr = startPtr;
      continue;
    }
    const isInName =
      isPart && (startPtr == nameEndPtr || (startPtr - 1 == nameEndPtr && isNameJoint(<u32>load<u8>(nameEndPtr))));
    if (held != 0) {
      if (isPart && (isInName || isVariable(token))) {
        if (token != held || token == TOKEN_RARE) held = TOKEN_RUN;
        if (isVariable(token)) nameOut = out;
        nameEndPtr = ptr;
        heldEndPtr = ptr;
        signPtr = 0;
        continue;
      }
      putToken(out, held, <u32>(heldPtr - basePtr), <u32>(heldEndPtr - basePtr));
      out += TOKEN_BYTES;
      if (signPtr != 0) {
        putToken(out, signToken(load<u8>(signPtr)), <u32>(signPtr - basePtr), <u32>(signPtr - basePtr) + 1);
        out += TOKEN_BYTES;
      }
      held = 0;
      signPtr = 0;
    } else if (isVariable(token)) {
      held = token;
      heldPtr = startPtr;
      if (isInName) {
        // the name's tokens so far belong to the run that begins, and so does a run before it
        out = nameOut;
        if (
          out > tokensPtr + 2 * TOKEN_BYTES &&
          isVariable(load<u64>(out - 2 * TOKEN_BYTES)) &&
          isJoint(<u32>load<u8>(basePtr + <usize>load<u16>(out - TOKEN_BYTES, 8)))
        )
          out -= 2 * TOKEN_BYTES;
        held = TOKEN_RUN;
        heldPtr = basePtr + <usize>load<u16>(out, 8);
      }
      nameOut = out;
      nameEndPtr = ptr;
      heldEndPtr = ptr;
      continue;
    }
    if (isPart) {
      if (!isInName) nameOut = out;
      nameEndPtr = ptr;
    } else if (c == SPACE) token = TOKEN_SPACE;
    putToken(out, token, <u32>(startPtr - basePtr), <u32>(ptr - basePtr));
    out += TOKEN_BYTES;
  }
  if (held != 0) {
    putToken(out, held, <u32>(heldPtr - basePtr), <u32>(heldEndPtr - basePtr));
    out += TOKEN_BYTES;
    if (signPtr != 0) {
      putToken(out, signToken(load<u8>(signPtr)), <u32>(signPtr - basePtr), <u32>(signPtr - basePtr) + 1);
      out += TOKEN_BYTES;
    }
  }
  tokenCount = min(<i32>((out - tokensPtr) / TOKEN_BYTES), TOKENS_MAX);
}
