/** What learning reads of each line, in the order of the lines. */
import type { Engine } from "../wasm/engine.js";
import { type LearningRecord, learningRecords } from "../wasm/learningRecords.js";

/**
 * What `read` takes from the record of each line, undefined where it has none. A line with nothing in it leaves no
 * record: where there are fewer records than lines, each half is asked again until it is clear which lines those are.
 */
export function recordsOfLines<Value>(
  engine: Engine,
  bytes: Uint8Array,
  seconds: bigint,
  read: (record: LearningRecord) => Value,
): (Value | undefined)[] {
  const pieces: { bytes: Uint8Array; lines: number; values: (Value | undefined)[] }[] = [];
  let start = 0;
  for (const { records, lines } of engine.signatures(bytes, { flags: 0, seconds })) {
    const end = endOfLines(bytes, start, lines);
    pieces.push({ bytes: bytes.subarray(start, end), lines, values: Array.from(learningRecords(records), read) });
    start = end;
  }
  return pieces.flatMap((piece) => {
    if (piece.values.length === piece.lines) return piece.values;
    if (piece.values.length === 0) return new Array<undefined>(piece.lines).fill(undefined);
    const middle = endOfLines(piece.bytes, 0, piece.lines >> 1);
    const half = (from: number, to: number) => recordsOfLines(engine, piece.bytes.subarray(from, to), seconds, read);
    return [...half(0, middle), ...half(middle, piece.bytes.length)];
  });
}

export function endOfLines(bytes: Uint8Array, start: number, lines: number): number {
  let end = start;
  for (let line = 0; line < lines; line++) {
    const newline = bytes.indexOf(0x0a, end);
    end = newline < 0 ? bytes.length : newline + 1;
  }
  return end;
}
