/** Severity words of common loggers and of syslog (RFC 5424, table 2), in any case. */
import {
  bodyEndPtr,
  bodyPtr,
  LEVEL_DEBUG,
  LEVEL_ERROR,
  LEVEL_FATAL,
  LEVEL_INFO,
  LEVEL_NONE,
  LEVEL_TRACE,
  LEVEL_WARN,
  level,
} from "../event/event";
import { isDigit } from "../runtime/bytes";
import {
  CASE_BIT,
  CLOSE_BRACKET,
  COLON,
  DASH,
  LOWER_A,
  LOWER_D,
  LOWER_E,
  LOWER_F,
  LOWER_I,
  LOWER_V,
  LOWER_W,
  PLUS,
  UPPER_D,
  UPPER_Z,
} from "../runtime/characters";
import { addNames, extendName, findName, NAME_START, newNameTable } from "../runtime/nameTable";

const WORD_BYTES_MAX: usize = 13;
/** `error`, `fatal` and their like: a shorter or longer one that counts does not begin a text. */
const WORD_OF_TEXT_BYTES: usize = 5;
/** A word that begins sentences, too: a level where a bracket or a colon ends it, or in a field of its own. */
const WEAK: i32 = 8;
/** A level in a field of its own alone. */
const FIELD_ONLY: i32 = 16;

let table: usize = 0;

export function initialiseLevels(): bool {
  if (table != 0) return true;
  table = newNameTable();
  if (table == 0) return false;
  addNames(table, "trc trce trac verbose trace finer finest", LEVEL_TRACE);
  addNames(table, "dbg dbug debu debug fine", LEVEL_DEBUG);
  addNames(table, "inf info information informational notice config", LEVEL_INFO);
  addNames(table, "note system log", LEVEL_INFO | WEAK);
  addNames(table, "low", LEVEL_INFO | FIELD_ONLY);
  addNames(table, "medium", LEVEL_WARN | FIELD_ONLY);
  addNames(table, "high", LEVEL_ERROR | FIELD_ONLY);
  addNames(table, "wrn warn warning", LEVEL_WARN);
  addNames(table, "eror erro error err severe", LEVEL_ERROR);
  addNames(table, "fail failure", LEVEL_ERROR | WEAK);
  addNames(table, "ftl fata fatal pani panic crit critical alert emerg emergency", LEVEL_FATAL);
  return true;
}

/** One of the LEVEL constants; LEVEL_NONE where [ptr, endPtr) in a text that ends at textEndPtr is no level word. */
export function parseLevel(ptr: usize, endPtr: usize, textEndPtr: usize): i32 {
  const found = wordBits(ptr, endPtr);
  if (found < WEAK) return found;
  if (endPtr >= textEndPtr || found >= FIELD_ONLY) return LEVEL_NONE;
  const next = <u32>load<u8>(endPtr);
  return next == CLOSE_BRACKET || next == COLON ? found & (WEAK - 1) : LEVEL_NONE;
}

// Words met in fields: eight entries, each a word of up to seven bytes with its length, and its level.
const MET_BYTES_MAX: u64 = 7;
const MET_ENTRY_BYTES: usize = 16;
const metPtr = memory.data(8 * 16, 8);
const MET_MULTIPLIER: u64 = 0x9e3779b97f4a7c15;

/** The same of a field's value. */
export function levelWord(ptr: usize, endPtr: usize): i32 {
  const bytes = <u64>(endPtr - ptr);
  if (bytes - 1 >= MET_BYTES_MAX) return wordBits(ptr, endPtr) & (WEAK - 1);
  const word = (load<u64>(ptr) << (64 - 8 * bytes)) | bytes;
  const entryPtr = metPtr + <usize>((word * MET_MULTIPLIER) >> 61) * MET_ENTRY_BYTES;
  if (load<u64>(entryPtr) != word) {
    store<u64>(entryPtr, word);
    store<i32>(entryPtr, wordBits(ptr, endPtr) & (WEAK - 1), 8);
  }
  return load<i32>(entryPtr, 8);
}

/**
 * The level of the event; LEVEL_NONE where its text itself begins with one in small letters. So programs of Unix speak
 * of a single peer as well: any scanner causes sshd's `fatal: `.
 */
export function weighedLevel(): i32 {
  const wordEndPtr = bodyPtr + WORD_OF_TEXT_BYTES;
  const isFirst = wordEndPtr < bodyEndPtr && load<u8>(wordEndPtr) == COLON && <u32>load<u8>(bodyPtr) >= LOWER_A;
  return isFirst && parseLevel(bodyPtr, wordEndPtr, bodyEndPtr) != LEVEL_NONE ? LEVEL_NONE : level;
}

function wordBits(ptr: usize, endPtr: usize): i32 {
  const bytes = endPtr - ptr;
  if (bytes - 1 >= WORD_BYTES_MAX) return LEVEL_NONE;
  if (bytes == 1) return letterLevel(<u32>load<u8>(ptr) | CASE_BIT, <u32>load<u8>(ptr));
  let hash = NAME_START;
  for (let at = ptr; at < endPtr; at++) {
    const c = <u32>load<u8>(at);
    if ((c | CASE_BIT) - LOWER_A > 25) {
      // slog's INFO+2, DEBUG-4
      if ((c == PLUS || c == DASH) && at + 2 == endPtr && isDigit(<u32>load<u8>(at, 1))) break;
      return at + 1 == endPtr && isDigit(c) ? finerLevel(ptr, at) : LEVEL_NONE;
    }
    hash = extendName(hash, c);
  }
  return <i32>findName(table, hash);
}

/** DEBUG1, TRACE8, D2: a digit says how much finer. */
function finerLevel(ptr: usize, endPtr: usize): i32 {
  const isWord = endPtr - ptr > 1 || load<u8>(ptr) == UPPER_D;
  const found = isWord ? wordBits(ptr, endPtr) : LEVEL_NONE;
  return found <= LEVEL_DEBUG ? found : LEVEL_NONE;
}

/** Android and glog write one capital letter. */
function letterLevel(lower: u32, letter: u32): i32 {
  if (letter > UPPER_Z) return LEVEL_NONE;
  if (lower == LOWER_V) return LEVEL_TRACE;
  if (lower == LOWER_D) return LEVEL_DEBUG;
  if (lower == LOWER_I) return LEVEL_INFO;
  if (lower == LOWER_W) return LEVEL_WARN;
  if (lower == LOWER_E) return LEVEL_ERROR;
  if (lower == LOWER_F) return LEVEL_FATAL;
  return LEVEL_NONE;
}
