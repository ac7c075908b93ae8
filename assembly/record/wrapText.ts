/**
 * A text line as the record Fluent Bit's tail input makes of it: {"log":"…"}. Bytes that are not UTF-8 become U+E000
 * plus the byte, as Fluent Bit's own JSON round trip maps them (0xCE -> U+E0CE).
 */
import { HIGHS, matchByte } from "../runtime/bytes";
import { BACKSLASH, DIGIT_0, LOWER_A, QUOTE, SPACE } from "../runtime/characters";

/** Writes the record and returns its end; at most six bytes for each of the line's and eleven around them. */
export function wrapText(ptr: usize, endPtr: usize, out: usize): usize {
  store<u64>(out, 0x3a22676f6c227b); // {"log":
  store<u8>(out + 7, QUOTE);
  out += 8;
  while (ptr < endPtr) {
    if (ptr + 8 <= endPtr) {
      const word = load<u64>(ptr);
      // bytes below 0x20, quotes, backslashes and bytes beyond ASCII need a look
      const low = (word - 0x2020202020202020) & ~word & HIGHS;
      if ((low | (word & HIGHS) | matchByte(word, QUOTE) | matchByte(word, BACKSLASH)) == 0) {
        store<u64>(out, word);
        ptr += 8;
        out += 8;
        continue;
      }
    }
    const c = <u32>load<u8>(ptr);
    if (c >= 0x80) {
      const length = sequenceBytes(ptr, endPtr);
      if (length == 0) {
        out = privateUse(c, out);
        ptr++;
      } else {
        memory.copy(out, ptr, length);
        ptr += length;
        out += length;
      }
      continue;
    }
    out = escaped(c, out);
    ptr++;
  }
  store<u16>(out, 0x7d22);
  return out + 2;
}

function escaped(c: u32, out: usize): usize {
  if (c == QUOTE || c == BACKSLASH) {
    store<u8>(out, BACKSLASH);
    store<u8>(out + 1, <u8>c);
    return out + 2;
  }
  if (c >= SPACE) {
    store<u8>(out, <u8>c);
    return out + 1;
  }
  store<u32>(out, 0x3030755c); // \u00
  store<u8>(out + 4, <u8>(DIGIT_0 + (c >> 4)));
  const digit = c & 15;
  store<u8>(out + 5, <u8>(digit < 10 ? DIGIT_0 + digit : LOWER_A - 10 + digit));
  return out + 6;
}

function privateUse(c: u32, out: usize): usize {
  // U+E080-U+E0FF in UTF-8
  store<u8>(out, 0xee);
  store<u8>(out + 1, <u8>(0x80 | (c >> 6)));
  store<u8>(out + 2, <u8>(0x80 | (c & 63)));
  return out + 3;
}

/** Length of the well-formed UTF-8 sequence at ptr (Unicode 15, table 3-7), or 0. */
function sequenceBytes(ptr: usize, endPtr: usize): usize {
  const c = <u32>load<u8>(ptr);
  const second = ptr + 1 < endPtr ? <u32>load<u8>(ptr + 1) : 0;
  if (c >= 0xc2 && c <= 0xdf) return (second & 0xc0) == 0x80 ? 2 : 0;
  const third = ptr + 2 < endPtr ? <u32>load<u8>(ptr + 2) : 0;
  if (c >= 0xe0 && c <= 0xef) {
    if ((second & 0xc0) != 0x80 || (third & 0xc0) != 0x80) return 0;
    return (c == 0xe0 && second < 0xa0) || (c == 0xed && second > 0x9f) ? 0 : 3;
  }
  const fourth = ptr + 3 < endPtr ? <u32>load<u8>(ptr + 3) : 0;
  if (c >= 0xf0 && c <= 0xf4) {
    if ((second & 0xc0) != 0x80 || (third & 0xc0) != 0x80 || (fourth & 0xc0) != 0x80) return 0;
    return (c == 0xf0 && second < 0x90) || (c == 0xf4 && second > 0x8f) ? 0 : 4;
  }
  return 0;
}
