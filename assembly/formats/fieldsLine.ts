/**
 * `#Fields: date time c-ip …`, with which W3C's extended format (IIS, CloudFront) says what the columns of the lines
 * below are. Each source has its own: what a shipper's tag and the file that the record names tell apart.
 */
import { requestSeed, tagEndPtr, tagPtr } from "../event/event";
import { forgetSkeletons } from "../event/skeleton";
import { fieldNamed, logFileHash } from "../fields/named";
import { findByte, startsWith } from "../runtime/bytes";
import { COMMA, SPACE } from "../runtime/characters";
import { noteDecided } from "../runtime/decided";
import { hashBytes } from "../runtime/hash";
import { NAME_START, nameHash } from "../runtime/nameTable";

const COLUMNS_MAX: i32 = 48;
/** Sources whose line is remembered; a further one takes the place of the oldest. */
const LINES_MAX: u32 = 16;
const PREFIX_BYTES: usize = 9; // "#Fields: "

//   0 ┌───────────────┬─────────────┬───────────────┬─────────────────────┬───────────┐ 216
//     │ source's hash │ columns u32 │ separator u32 │ a field u32 for each│ its hash  │
//     └───────────────┴─────────────┴───────────────┴─────────────────────┴───────────┘
const LINE_BYTES: usize = 216;
const linesPtr = memory.data(16 * 216, 8);
let nextLine: u32 = 0;

/** Whether there ever was one: most streams have none. */
export let knowsFieldsLines: bool = false;
/** Of the source at hand, after `findFieldsLine`. */
export let knownColumns: i32 = 0;
export let knownSeparator: u8 = 0;
let linePtr: usize = 0;

function sourceHash(): u64 {
  return (hashBytes(tagPtr, tagEndPtr - tagPtr, requestSeed) ^ <u64>logFileHash) | 1;
}

/** True where the source at hand has said what its columns are. */
export function findFieldsLine(): bool {
  const hash = sourceHash();
  // what another line of the source said, or did not say, decides: how this one is read is not kept (record/recall.ts)
  noteDecided(0, usize.MAX_VALUE);
  for (linePtr = linesPtr; linePtr < linesPtr + <usize>LINES_MAX * LINE_BYTES; linePtr += LINE_BYTES) {
    if (load<u64>(linePtr) != hash) continue;
    knownColumns = load<i32>(linePtr, 8);
    knownSeparator = <u8>load<u32>(linePtr, 12);
    return true;
  }
  return false;
}

export function fieldAt(index: i32): u32 {
  return load<u32>(linePtr + ((<usize>index) << 2), 16);
}

/** Remembers the line that begins with the sign at ptr; false where it is another. */
export function noteFieldsLine(ptr: usize, endPtr: usize): bool {
  if (!startsWith(ptr, endPtr, "#Fields: ")) return false;
  ptr += PREFIX_BYTES;
  const separator = findByte(ptr, endPtr, SPACE) < endPtr ? SPACE : COMMA;
  const said = hashBytes(ptr, endPtr - ptr, requestSeed);
  if (!findFieldsLine()) {
    linePtr = linesPtr + <usize>(nextLine++ % LINES_MAX) * LINE_BYTES;
    store<u64>(linePtr, sourceHash());
  } else if (load<u64>(linePtr, 208) == said) return true;
  store<u64>(linePtr, said, 208);
  let columns: i32 = 0;
  while (ptr < endPtr && columns < COLUMNS_MAX) {
    const nameEndPtr = findByte(ptr, endPtr, separator);
    store<u32>(linePtr + ((<usize>columns) << 2), fieldNamed(nameHash(NAME_START, ptr, nameEndPtr)), 16);
    columns++;
    ptr = nameEndPtr + 1;
  }
  store<i32>(linePtr, columns, 8);
  store<u32>(linePtr, <u32>separator, 12);
  knowsFieldsLines = true;
  // how such lines were read before
  forgetSkeletons();
  return true;
}
