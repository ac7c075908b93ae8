/** Severity words of common loggers and of syslog (RFC 5424, table 2), in any case. */
import { LEVEL_DEBUG, LEVEL_ERROR, LEVEL_FATAL, LEVEL_INFO, LEVEL_NONE, LEVEL_TRACE, LEVEL_WARN } from "../event/event";
import {
  CASE_BIT,
  LOWER_A,
  LOWER_D,
  LOWER_E,
  LOWER_F,
  LOWER_I,
  LOWER_N,
  LOWER_O,
  LOWER_V,
  LOWER_W,
  LOWER_Y,
  UPPER_Z,
} from "../runtime/characters";

const LOWER: u64 = 0x2020202020202020;

/** One of the LEVEL constants; LEVEL_NONE where [ptr, endPtr) is no level word. */
export function parseLevel(ptr: usize, endPtr: usize): i32 {
  const len = endPtr - ptr;
  if (len == 0 || len > 11) return LEVEL_NONE;
  let word: u64 = 0;
  const head: usize = len < 8 ? len : 8;
  for (let i: usize = 0; i < head; i++) {
    const c = <u64>load<u8>(ptr + i);
    if ((c | CASE_BIT) - LOWER_A > 25) return LEVEL_NONE;
    word |= c << (8 * i);
  }
  word |= LOWER & (<u64>-1 >> (64 - 8 * <u64>head));
  if (len == 1) return letterLevel(<u32>word, <u32>load<u8>(ptr));
  if (word == 0x6f666e69) return LEVEL_INFO; // info
  if (word == 0x6e726177 || word == 0x676e696e726177) return LEVEL_WARN; // warn, warning
  if (word == 0x726f727265 || word == 0x727265) return LEVEL_ERROR; // error, err
  if (word == 0x6775626564 || word == 0x656e6966) return LEVEL_DEBUG; // debug, fine
  // trace, finer, finest
  if (word == 0x6563617274 || word == 0x72656e6966 || word == 0x747365_6e6966) return LEVEL_TRACE;
  if (word == 0x656369746f6e || word == 0x6769666e6f63) return LEVEL_INFO; // notice, config
  if (word == 0x6c61746166 || word == 0x63696e6170) return LEVEL_FATAL; // fatal, panic
  if (word == 0x657265766573) return LEVEL_ERROR; // severe
  if (word == 0x74697263 || word == 0x74_72656c61 || word == 0x67_72656d65) return LEVEL_FATAL; // crit, alert, emerg
  if (word == 0x726f7265) return LEVEL_ERROR; // eror (log15)
  if (word == 0x6e7277) return LEVEL_WARN; // wrn, and so on: Serilog's and zerolog's three letters
  if (word == 0x666e69) return LEVEL_INFO;
  if (word == 0x676264 || word == 0x67756264) return LEVEL_DEBUG; // dbg, dbug
  if (word == 0x637274 || word == 0x656372_74 || word == 0x65736f62726576) return LEVEL_TRACE; // trc, trce, verbose
  if (word == 0x6c7466) return LEVEL_FATAL; // ftl
  if (len == 8 && word == 0x6c61636974697263) return LEVEL_FATAL; // critical
  if (len == 9 && word == 0x636e656772656d65) return lowerAt(ptr, 8) == LOWER_Y ? LEVEL_FATAL : LEVEL_NONE; // emergency
  if (len == 11 && word == 0x74616d726f666e69) {
    const isInformation = lowerAt(ptr, 8) == LOWER_I && lowerAt(ptr, 9) == LOWER_O && lowerAt(ptr, 10) == LOWER_N;
    return isInformation ? LEVEL_INFO : LEVEL_NONE;
  }
  return LEVEL_NONE;
}

function lowerAt(ptr: usize, index: usize): u32 {
  return <u32>load<u8>(ptr + index) | CASE_BIT;
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
