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

//   0 ┌───────────────┬─────────────┬───────────────┬───────────────────────────┬───────────┐ 216
//     │ source's hash │ columns u32 │ separator u32 │ a field u32 for each      │ its hash  │
//     └───────────────┴─────────────┴───────────────┴───────────────────────────┴───────────┘
const LINE_BYTES: usize = 216;
const linesPtr = memory.data(16 * 216, 8);
const FIELDS_AT: usize = 16;
const FIELDS_BYTES: usize = 192;
/** Of each line the hashes of the columns' names: what a field's number means is a version's own matter. */
const namesPtr = memory.data(16 * 192, 8);
let nextLine: u32 = 0;

/** Whether there ever was one: most streams have none. */
export let knowsFieldsLines: bool = false;
/** Of the source at hand, after `findFieldsLine`. */
export let knownColumns: i32 = 0;
export let knownSeparator: u8 = 0;
let linePtr: usize = 0;

/** Never 0. */
export function sourceHash(): u64 {
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
  return load<u32>(linePtr + ((<usize>index) << 2), FIELDS_AT);
}

/** The column of the line at hand that is called so. */
function setName(column: i32, hash: u32): void {
  const at = (<usize>column) << 2;
  store<u32>(namesPtr + ((linePtr - linesPtr) / LINE_BYTES) * FIELDS_BYTES + at, hash);
  store<u32>(linePtr + at, fieldNamed(hash), FIELDS_AT);
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
    setName(columns++, nameHash(NAME_START, ptr, nameEndPtr));
    ptr = nameEndPtr + 1;
  }
  store<i32>(linePtr, columns, 8);
  store<u32>(linePtr, <u32>separator, 12);
  knowsFieldsLines = true;
  // how such lines were read before
  forgetSkeletons();
  return true;
}

// Of a snapshot: how many lines there are, then the lines, oldest first, with the names in place of the fields.
const COUNT_BYTES: usize = 8;
export const FIELDS_LINES_BYTES_MAX: usize = COUNT_BYTES + <usize>LINES_MAX * LINE_BYTES;

/** Bytes written, of which there is room; 0 where no source has said anything. */
export function writeFieldsLines(ptr: usize): usize {
  const lines = min<u32>(nextLine, LINES_MAX);
  if (lines == 0) return 0;
  store<u64>(ptr, lines);
  for (let i: u32 = 0; i < lines; i++) {
    const at = <usize>((nextLine - lines + i) % LINES_MAX);
    const outPtr = ptr + COUNT_BYTES + <usize>i * LINE_BYTES;
    memory.copy(outPtr, linesPtr + at * LINE_BYTES, LINE_BYTES);
    memory.copy(outPtr + FIELDS_AT, namesPtr + at * FIELDS_BYTES, FIELDS_BYTES);
  }
  return COUNT_BYTES + <usize>lines * LINE_BYTES;
}

export function areValidFieldsLines(ptr: usize, bytes: usize): bool {
  const lines = (bytes - COUNT_BYTES) / LINE_BYTES;
  if (bytes < COUNT_BYTES || bytes > FIELDS_LINES_BYTES_MAX || load<u64>(ptr) != lines) return false;
  for (let at = ptr + COUNT_BYTES; at < ptr + bytes; at += LINE_BYTES) {
    if (at + LINE_BYTES > ptr + bytes || load<u32>(at, 8) > <u32>COLUMNS_MAX) return false;
    if (load<u32>(at, 12) != SPACE && load<u32>(at, 12) != COMMA) return false;
  }
  return true;
}

/** Of a valid section. */
export function restoreFieldsLines(ptr: usize): void {
  nextLine = load<u32>(ptr);
  memory.fill(linesPtr, 0, <usize>LINES_MAX * LINE_BYTES);
  memory.copy(linesPtr, ptr + COUNT_BYTES, <usize>nextLine * LINE_BYTES);
  for (let i: u32 = 0; i < nextLine; i++) {
    linePtr = linesPtr + <usize>i * LINE_BYTES;
    const columns = load<i32>(linePtr, 8);
    for (let column = 0; column < columns; column++) setName(column, fieldAt(column));
  }
  knowsFieldsLines = nextLine > 0;
  forgetSkeletons();
}
