/**
 * What is told of a user agent: the family of its program, the name of a scanner in it, and characters that agents do
 * not have as a rule. Of a referrer the characters alone.
 *
 *   family     the program's name, up to its version: curl of "curl/8.5.0". Behind `compatible; ` the name that stands
 *              there: Googlebot of "Mozilla/5.0 (compatible; Googlebot/2.1; …)"
 *   scanner    a word that is the name of a well-known attack tool, wherever it stands
 *   characters $ ' " < > \ ` { } and controls; \xHH, as servers write what they do not print, is that byte
 *   lookup     `${`, percent-encoded or not: however a lookup expression is obfuscated, it begins so
 *
 * Each is a value of one group: its kind in the upper half, what it is in the lower.
 */

import { digitsEnd, findByte, hexValue, isDigit, isLetter } from "../../runtime/bytes";
import {
  BACKSLASH,
  DASH,
  DOLLAR,
  DOT,
  LOWER_X,
  OPEN_BRACE,
  PERCENT,
  SEMICOLON,
  UNDERSCORE,
} from "../../runtime/characters";
import { NAME_START, nameHash } from "../../runtime/nameTable";

/** The group in the model's table: a number by chance, as hashes of all others are. */
export const AGENTS: u64 = 0xa9c3f2d17be05846;
const FAMILY: u64 = 1 << 32;
const SCANNER: u64 = 2 << 32;
export const AGENT_CHARACTER: u64 = 3 << 32;
export const REFERRER_CHARACTER: u64 = 4 << 32;

/** Hashes of names (nameTable.ts). */
const scannersPtr = memory.data<u32>([
  0xa3a4ab7f, // sqlmap
  0xd065a2a8, // nikto
  0xcd8a5a4d, // nmap
  0x6ccf4c01, // masscan
  0x3f80cc87, // zgrab
  0xc96613de, // gobuster
  0x42de28e5, // dirbuster
  0x5c5e2642, // dirb
  0x22cb5428, // dirsearch
  0x93aaf8f4, // feroxbuster
  0xfcce36ea, // ffuf
  0x1728419f, // wfuzz
  0x5987a577, // wpscan
  0x243f0d21, // nuclei
  0x6ee919f2, // acunetix
  0xbccef71a, // nessus
  0x033c53f5, // openvas
  0x5ff926a2, // burp
  0x5d3be08e, // burpsuite
  0x9b9c3752, // burpcollaborator
  0xf67390ab, // hydra
  0xc9d3c834, // w3af
  0xc706603f, // arachni
  0x6c467d1f, // havij
  0x1e68f17e, // zmeu
  0x1c25e6e0, // morfeus
  0x4d6a877b, // jorgee
  0x59830a36, // netsparker
  0x5d29dd2f, // whatweb
  0xeb47a447, // joomscan
  0x7e3bc07d, // sqlninja
  0x374bd748, // commix
  0x47078984, // skipfish
  0xdc776531, // wapiti
  0xd8bd2a0e, // xsser
  0xaeaf5346, // fimap
  0x8218fd58, // bbqsql
  0x8cc91474, // zaproxy
  0x4ac8cd53, // webinspect
]);
const SCANNERS_BYTES: usize = 156;
/** A bit for each by the first eleven of its hash: it tells nearly every other word apart. */
const scannerBitsPtr = memory.data(256);
/** By the last five bits of a word's first character, those that its second may have where it is one of them. */
const scannerStartsPtr = memory.data<u32>([
  0, 0x40008, 0x200004, 0x8000, 0x200, 0, 0x260, 0x8000, 0x2000002, 0, 0x8000, 0, 0, 0x8002, 0x202220, 0x10000, 0, 0, 0,
  0x20800, 0, 0, 0, 0x90162, 0x80000, 0, 0x2082, 0, 0, 0, 0, 0,
]);
/** A tool says its name early, if at all. */
const SCANNED_BYTES_MAX: usize = 256;
const NAME_BYTES_MAX: usize = 40;

const MOZILLA: u64 = 0x2f616c6c697a6f4d; // Mozilla/
const COMPATIBLE: u64 = 0x656c62697461706d; // mpatible, before a semicolon
/** Characters below 64, and those from there on, that are strange in an agent. */
const STRANGE_LOW: u64 = 0x50000094ffffffff;
const STRANGE_HIGH: u64 = 0xa800000110000000;

/** By byte: whether it is strange or begins an escape, and whether it is part of a word. */
const MARKED: u32 = 1;
const OF_WORD: u32 = 2;
const classesPtr = memory.data(256);

export function initialiseMarks(): bool {
  for (let c: u32 = 0; c < 256; c++) {
    const isMarked = (strangeBits(c) >> (c & 63)) & 1 || c == PERCENT || c == BACKSLASH;
    store<u8>(classesPtr + c, <u8>((isMarked ? MARKED : 0) | (isLetter(c) || isDigit(c) ? OF_WORD : 0)));
  }
  for (let at: usize = 0; at < SCANNERS_BYTES; at += 4) {
    const hash = load<u32>(scannersPtr + at);
    const ptr = scannerBitsPtr + (hash >> 24);
    store<u8>(ptr, <u8>(<u32>load<u8>(ptr) | bitOf(hash)));
  }
  return true;
}

// @ts-ignore: decorator
@inline
function strangeBits(c: u32): u64 {
  return c < 64 ? STRANGE_LOW : c < 128 ? STRANGE_HIGH : 0;
}

// @ts-ignore: decorator
@inline
function classOf(c: u32): u32 {
  return load<u8>(classesPtr + c);
}

/** What was found, and where the names stand; no scanner: 0. */
export let family: u64 = 0;
export let familyPtr: usize = 0;
export let scanner: u64 = 0;
export let scannerPtr: usize = 0;
/** Strange characters, a bit each by their last six bits, which differ; whether a lookup expression begins. */
export let characters: u64 = 0;
export let hasLookup: bool = false;

export function readAgent(ptr: usize, endPtr: usize): void {
  readCharacters(ptr, endPtr);
  findFamily(ptr, endPtr);
  findScanner(ptr, endPtr);
}

export function readCharacters(ptr: usize, endPtr: usize): void {
  characters = 0;
  hasLookup = false;
  let previous: u32 = 0;
  while (ptr < endPtr) {
    if (isUnmarked(ptr)) {
      previous = 0;
      ptr += STEP_BYTES;
      continue;
    }
    const stepEndPtr = min(ptr + STEP_BYTES, endPtr);
    while (ptr < stepEndPtr) {
      const c = characterAt(ptr, endPtr);
      characters |= strangeBits(c) & ((<u64>1) << c);
      if (c == OPEN_BRACE && previous == DOLLAR) hasLookup = true;
      previous = c;
      ptr = nextPtr;
    }
  }
}

const STEP_BYTES: usize = 4;

/** Whether no byte of a step needs a look. */
// @ts-ignore: decorator
@inline
function isUnmarked(ptr: usize): bool {
  const first = classOf(load<u8>(ptr)) | classOf(load<u8>(ptr, 1));
  return ((first | classOf(load<u8>(ptr, 2)) | classOf(load<u8>(ptr, 3))) & MARKED) == 0;
}

/** Behind what `characterAt` read. */
let nextPtr: usize = 0;

function characterAt(ptr: usize, endPtr: usize): u32 {
  const c = <u32>load<u8>(ptr);
  nextPtr = ptr + 1;
  const isEscape = c == BACKSLASH && load<u8>(ptr, 1) == LOWER_X;
  if (c != PERCENT && !isEscape) return c;
  const codePtr = isEscape ? ptr + 2 : ptr + 1;
  const high = hexValue(<u32>load<u8>(codePtr));
  const low = hexValue(<u32>load<u8>(codePtr, 1));
  const code = (high << 4) | low;
  if ((high | low) > 15 || codePtr + 2 > endPtr || !(isEscape || code == DOLLAR || code == OPEN_BRACE)) return c;
  nextPtr = codePtr + 2;
  return code;
}

function findFamily(ptr: usize, endPtr: usize): void {
  familyPtr = ptr;
  if (load<u64>(ptr) == MOZILLA) {
    for (ptr = findByte(ptr, endPtr, SEMICOLON); ptr + 1 < endPtr; ptr = findByte(ptr + 1, endPtr, SEMICOLON)) {
      if (load<u64>(ptr - 8) == COMPATIBLE) familyPtr = ptr + 2;
    }
  }
  ptr = familyPtr;
  endPtr = min(endPtr, ptr + NAME_BYTES_MAX);
  ptr = digitsEnd(ptr, endPtr);
  while (ptr < endPtr && isOfName(<u32>load<u8>(ptr))) ptr++;
  family = FAMILY | <u64>nameHash(NAME_START, familyPtr, ptr);
}

function isOfName(c: u32): bool {
  return isLetter(c) || c == DASH || c == UNDERSCORE || c == DOT;
}

function findScanner(ptr: usize, endPtr: usize): void {
  scanner = 0;
  endPtr = min(endPtr, ptr + SCANNED_BYTES_MAX);
  for (; ptr < endPtr && scanner == 0; ptr++) {
    const c = <u32>load<u8>(ptr);
    if ((classOf(c) & OF_WORD) == 0) continue;
    const wordPtr = ptr++;
    while ((classOf(load<u8>(ptr)) & OF_WORD) != 0 && ptr < endPtr) ptr++;
    const seconds = load<u32>(scannerStartsPtr + ((c & 31) << 2));
    if (((seconds >> (<u32>load<u8>(wordPtr, 1) & 31)) & 1) != 0) lookUp(wordPtr, ptr);
  }
}

function lookUp(wordPtr: usize, endPtr: usize): void {
  const hash = nameHash(NAME_START, wordPtr, endPtr);
  if ((<u32>load<u8>(scannerBitsPtr + (hash >> 24)) & bitOf(hash)) == 0) return;
  for (let at: usize = 0; at < SCANNERS_BYTES; at += 4) {
    if (load<u32>(scannersPtr + at) != hash) continue;
    scanner = SCANNER | <u64>hash;
    scannerPtr = wordPtr;
  }
}

// @ts-ignore: decorator
@inline
function bitOf(hash: u32): u32 {
  return 1 << ((hash >> 21) & 7);
}
