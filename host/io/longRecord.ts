/**
 * A line that is too long to be judged as the record it would be, piece by piece: an object as it stands, a text as
 * {"log":"…"} with the bytes that assembly/record/wrapText.ts writes.
 */
import type { Piece } from "./wholeLines.js";

/** Bytes made into text at once; six for each are needed at most. */
const sliceBytes = 1 << 16;

export class LongRecord {
  private isObject = false;
  /** The end of a slice that may belong to the next: part of a sequence, or the return before the newline. */
  private held = Buffer.alloc(0);

  *take({ bytes, part }: Piece): Generator<Buffer> {
    if (part?.isFirst) {
      this.isObject = bytes[0] === 0x7b;
      if (!this.isObject) yield Buffer.from('{"log":"');
    }
    for (let start = 0; start < bytes.length; start += sliceBytes) {
      const slice = Buffer.concat([this.held, bytes.subarray(start, start + sliceBytes)]);
      const end = slice.length - openBytes(slice);
      this.held = slice.subarray(end);
      yield this.written(slice.subarray(0, end));
    }
    if (!part?.isLast) return;
    const isReturn = this.held.length === 1 && this.held[0] === 0x0d;
    if (this.held.length > 0 && !isReturn) yield this.written(this.held);
    this.held = Buffer.alloc(0);
    yield Buffer.from(this.isObject ? "\n" : '"}\n');
  }

  private written(bytes: Buffer): Buffer {
    return this.isObject ? bytes : escaped(bytes);
  }
}

function openBytes(bytes: Buffer): number {
  if (bytes[bytes.length - 1] === 0x0d) return 1;
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if (byte >= 0xc0) return back;
    if (byte < 0x80) return 0;
  }
  return 0;
}

function escaped(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length * 6);
  let end = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte >= 0x80) {
      const length = sequenceBytes(bytes, at);
      if (length > 0) end += bytes.copy(out, end, at, at + length);
      // A byte that is not UTF-8 is U+E000 plus the byte, as Fluent Bit has it.
      else end += out.write(String.fromCharCode(0xe000 + byte), end);
      at += Math.max(length - 1, 0);
    } else if (byte < 0x20) {
      end += out.write(`\\u${byte.toString(16).padStart(4, "0")}`, end);
    } else {
      if (byte === 0x22 || byte === 0x5c) out[end++] = 0x5c;
      out[end++] = byte;
    }
  }
  return out.subarray(0, end);
}

/** Length of the well-formed UTF-8 sequence there (Unicode 15, table 3-7), or 0. */
function sequenceBytes(bytes: Buffer, at: number): number {
  const first = bytes[at];
  const length = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (length === 0 || at + length > bytes.length || bytes[at + 1] < least || bytes[at + 1] > most) return 0;
  for (let next = 2; next < length; next++) if ((bytes[at + next] & 0xc0) !== 0x80) return 0;
  return length;
}
