/**
 * Whether the event at hand is a log-in that failed or succeeded, whatever daemon wrote it: two words in a row say so
 * in a text, status and path in a request. Words are looked up by their first four bytes, then as a pair by a hash, so
 * that an ordinary text costs a look at each word's beginning. tests/differential/reference/logins.ts has the phrases.
 */
import {
  bodyEndPtr,
  bodyPtr,
  isRequest,
  methodEndPtr,
  methodPtr,
  status,
  targetEndPtr,
  targetPtr,
  unescapeText,
} from "../../event/event";
import { findByte, firstMatch, HIGHS } from "../../runtime/bytes";
import { CASE_BIT, LOWER_A, QUESTION_MARK, SPACE } from "../../runtime/characters";
import { FixedArray } from "../../runtime/fixedArray";
import { extendName, NAME_START, nameHash } from "../../runtime/nameTable";
import { FIELD_END, SIGNATURE_BYTES_MAX, signatureEndPtr, signaturePtr } from "../novelty/signature";

export const LOGIN_NONE: i32 = 0;
/** Lines that come before or after the one that says it: of one attempt the best of them counts. */
export const LOGIN_HINTED: i32 = 1;
export const LOGIN_REFUSED: i32 = 2;
export const LOGIN_FAILED: i32 = 3;
export const LOGIN_SUCCEEDED: i32 = 4;

/** Bits that hold one of them. */
export const LOGIN_BITS: u64 = 7;

const UNREAD: i32 = -1;
/** Of the text at hand, where its signature was met before. */
export let knownLogin: i32 = UNREAD;

export function setLogin(login: i32): void {
  knownLogin = login;
}

export function forgetLogin(): void {
  knownLogin = UNREAD;
}

/** False for most requests, and for texts that are known to be none. */
// @ts-ignore: decorator
@inline
export function mayBeLogin(): bool {
  return isRequest ? load<u32>(methodPtr) == POST || status == 401 || status == 403 : knownLogin != LOGIN_NONE;
}

/** One of the LOGIN constants for the event at hand; of a text that has a signature by the signature alone. */
// @ts-ignore: decorator
@inline
export function readLogin(): i32 {
  if (isRequest) return requestLogin();
  return knownLogin == UNREAD ? readTextLogin() : knownLogin;
}

function readTextLogin(): i32 {
  unescapeText();
  if (knownLogin == UNREAD) knownLogin = textLogin(bodyPtr, min(bodyEndPtr, bodyPtr + SIGNATURE_BYTES_MAX));
  return knownLogin;
}

/** The same for the text signature at hand, which the cache keeps with its score. */
export function readSignatureLogin(): i32 {
  knownLogin = textLogin(findByte(signaturePtr, signatureEndPtr, <u8>FIELD_END), signatureEndPtr);
  return knownLogin;
}

const POST: u32 = 0x54534f50;

function requestLogin(): i32 {
  const isRefused = status == 401 || status == 403;
  if (!isRefused && (status < 200 || status > 399 || methodEndPtr - methodPtr != 4)) return LOGIN_NONE;
  const endPtr = findByte(targetPtr, targetEndPtr, QUESTION_MARK);
  for (let ptr = targetPtr; ptr + 5 <= endPtr; ptr++) {
    const four = load<u32>(ptr) | 0x20202020;
    const fifth = <u32>load<u8>(ptr, 4) | CASE_BIT;
    const isLogin =
      (four == 0x69676f6c && fifth == 0x6e) || // login
      (four == 0x6f676f6c && fifth == 0x6e) || // logon
      (four == 0x6e676973 && (fifth == 0x69 || fifth == 0x2d)) || // signin, sign-in
      (four == 0x68747561 && fifth != 0x6f) || // auth, not author
      (four == 0x73736573 && fifth == 0x69); // session
    if (isLogin) return isRefused ? LOGIN_FAILED : LOGIN_SUCCEEDED;
  }
  return LOGIN_NONE;
}

const FORTIES: u64 = 0x4040404040404040;

/** "bad ", "logg", "logo", "ok l", "sess", "wron", "inco", "auth", "logi", "acce", "inva", "none", "fail", "usin". */
const beginnings = changetype<FixedArray<u32>>(
  memory.data<u32>([
    0x20646162, 0x67676f6c, 0x6f676f6c, 0x6c206b6f, 0x73736573, 0x6e6f7277, 0x6f636e69, 0, 0x68747561, 0x69676f6c,
    0x65636361, 0x61766e69, 0x656e6f6e, 0, 0x6c696166, 0x6e697375,
  ]),
);
/** Puts each of them into a place of its own. */
const BEGINNING_MULTIPLIER: u32 = 0x02774ec1;

// Pairs of words by their hash: what failed, PAM's refusals, hints, what succeeded.
const PAIRS: i32 = 41;
const REFUSALS_FROM: i32 = 22;
const HINTS_FROM: i32 = 23;
const SUCCESSES_FROM: i32 = 25;
const pairs = changetype<FixedArray<u32>>(
  memory.data<u32>([
    0x29ae8f4d, 0x93b92141, 0x3f7e1da1, 0x1f6ee0b7, 0x1aafa3b8, 0xfff59480, 0xd4ecc63c, 0x3f2f7d61, 0x51c9d425,
    0x4af404f9, 0x30b02f16, 0x8c2f724f, 0x6136dac5, 0x1bc22b17, 0x50d507bc, 0x8ef50d3e, 0x9b848389, 0x93e8c0ae,
    0xed25c34c, 0x3f8ca199, 0x8cbcd03f, 0x946813b8, 0x7bc27fe3, 0x1540c353, 0xd22d8dfa, 0x2af69a49, 0x6f5fa138,
    0x0435971d, 0x30e5a071, 0x30964f51, 0x6a29173a, 0x4b65ed58, 0xd1c08a81, 0xb7f8861b, 0x72f06f54, 0xe94aebc1,
    0xc4e598ca, 0x3c37e5b0, 0xd083cbe9, 0x3388af3a, 0x6810ab4f,
  ]),
);

function textLogin(ptr: usize, endPtr: usize): i32 {
  let carry: u64 = 0;
  for (let at = ptr; at < endPtr; at += 8) {
    const letters = ((load<u64>(at) & ~HIGHS) + FORTIES) & HIGHS;
    let starts = letters & ~((letters << 8) | carry);
    carry = letters >> 56;
    while (starts != 0) {
      const wordPtr = at + firstMatch(starts);
      const four = load<u32>(wordPtr) | 0x20202020;
      if (unchecked(beginnings[(four * BEGINNING_MULTIPLIER) >> 28]) == four) {
        const login = pairLogin(wordPtr, endPtr);
        if (login != LOGIN_NONE) return login;
      }
      starts &= starts - 1;
    }
  }
  return LOGIN_NONE;
}

/** Between the two words: a space, ": ", "=". */
const GAP_BYTES_MAX: usize = 3;

function pairLogin(ptr: usize, endPtr: usize): i32 {
  const firstEndPtr = wordEnd(ptr, endPtr);
  const gapEndPtr = min(firstEndPtr + GAP_BYTES_MAX, endPtr);
  let secondPtr = firstEndPtr;
  while (secondPtr < gapEndPtr && !isWordByte(secondPtr)) secondPtr++;
  const first = extendName(nameHash(NAME_START, ptr, firstEndPtr), SPACE);
  const hash = nameHash(first, secondPtr, wordEnd(secondPtr, endPtr));
  for (let i = 0; i < PAIRS; i++) {
    if (unchecked(pairs[i]) != hash) continue;
    if (i >= SUCCESSES_FROM) return LOGIN_SUCCEEDED;
    return i < REFUSALS_FROM ? LOGIN_FAILED : i < HINTS_FROM ? LOGIN_REFUSED : LOGIN_HINTED;
  }
  return LOGIN_NONE;
}

// @ts-ignore: decorator
@inline
function isWordByte(ptr: usize): bool {
  return (<u32>load<u8>(ptr) | CASE_BIT) - LOWER_A < 26;
}

function wordEnd(ptr: usize, endPtr: usize): usize {
  while (ptr < endPtr && isWordByte(ptr)) ptr++;
  return ptr;
}
