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
import { FIELD_END, MIXED, NUMBER, SIGNATURE_BYTES_MAX, signatureEndPtr, signaturePtr } from "./signature";
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
let runLength: i32 = 0;
/** Of the run so far. */
let heldToken: u64 = 0;
let heldPtr: usize = 0;
let heldEndPtr: usize = 0;
let heldSignPtr: usize = 0;
/** The first token of the name at hand, and where its last part ends. */
let nameToken: i32 = 0;
let nameEndPtr: usize = 0;

function push(token: u64, ptr: usize, endPtr: usize): void {
  const at = tokensPtr + <usize>tokenCount * TOKEN_BYTES;
  tokenCount++;
  store<u64>(at, token);
  store<u16>(at, <u16>(ptr - signaturePtr), 8);
  store<u16>(at, <u16>(endPtr - signaturePtr), 10);
}

function signToken(ptr: usize): u64 {
  const c = <u64>load<u8>(ptr);
  return c == TOKEN_SPACE ? TOKEN_SPACE : TOKEN_SIGN + c;
}

function flushRun(): void {
  if (runLength == 0) return;
  push(heldToken, heldPtr, heldEndPtr);
  if (heldSignPtr != 0) push(signToken(heldSignPtr), heldSignPtr, heldSignPtr + 1);
  runLength = 0;
  heldSignPtr = 0;
}

function variable(token: u64, ptr: usize, endPtr: usize): void {
  if (runLength == 0) {
    if (isInName(ptr)) takeBack();
    else {
      heldToken = token;
      heldPtr = ptr;
    }
  } else if (token != heldToken || token == TOKEN_RARE) heldToken = TOKEN_RUN;
  runLength++;
  heldEndPtr = endPtr;
  heldSignPtr = 0;
  nameToken = tokenCount;
  nameEndPtr = endPtr;
}

/** Whether what begins at ptr belongs to the name at hand. */
function isInName(ptr: usize): bool {
  return ptr == nameEndPtr || (ptr - 1 == nameEndPtr && isNameJoint(<u32>load<u8>(nameEndPtr)));
}

/** The name's tokens so far belong to the run that begins, and so does a run before it. */
function takeBack(): void {
  tokenCount = nameToken;
  if (tokenCount > 2 && isVariable(tokenCount - 2) && isJoint(<u32>load<u8>(startPtr(tokenCount - 1)))) tokenCount -= 2;
  heldPtr = startPtr(tokenCount);
  heldToken = TOKEN_RUN;
  runLength = 1;
}

function startPtr(token: i32): usize {
  return signaturePtr + <usize>load<u16>(tokensPtr + <usize>token * TOKEN_BYTES, 8);
}

function isVariable(token: i32): bool {
  return load<u64>(tokensPtr + <usize>token * TOKEN_BYTES) <= TOKEN_RUN;
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

function knownWord(word: u64, ptr: usize, endPtr: usize): void {
  if (!isInName(ptr)) {
    flushRun();
    nameToken = tokenCount;
  }
  nameEndPtr = endPtr;
  if (runLength == 0) return push(word, ptr, endPtr);
  heldToken = TOKEN_RUN;
  runLength++;
  heldEndPtr = endPtr;
  heldSignPtr = 0;
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

function collapseTokens(ptr: usize): void {
  store<u64>(signatureEndPtr, 0);
  runLength = 0;
  heldSignPtr = 0;
  nameEndPtr = 0;
  const levelPtr = signaturePtr + 1;
  push(TOKEN_LEVEL + <u64>load<u8>(levelPtr), levelPtr, levelPtr);
  while (ptr < signatureEndPtr) {
    const c = <u32>load<u8>(ptr);
    if (isLetter(c)) {
      const word = wordAt(ptr);
      if (knowsWord(word)) knownWord(word, ptr, wordEndPtr);
      else variable(TOKEN_RARE, ptr, wordEndPtr);
      ptr = wordEndPtr;
      continue;
    }
    if (c == NUMBER || c == MIXED) variable(c == NUMBER ? TOKEN_NUMBER : TOKEN_MIXED, ptr, ptr + 1);
    else if (runLength > 0 && heldSignPtr == 0 && (isJoint(c) || c == AT)) heldSignPtr = ptr;
    else {
      flushRun();
      push(signToken(ptr), ptr, ptr + 1);
    }
    ptr++;
  }
  flushRun();
  tokenCount = min(tokenCount, TOKENS_MAX);
}
