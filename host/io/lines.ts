/** Cuts streams of bytes into lines; a line is a view into the chunk wherever it does not span two. */
import type { ByteSource } from "./chunks.js";
import { wholeLines } from "./wholeLines.js";

const newline = 0x0a;

/**
 * Batches of lines without their `\n` or `\r\n`, in order; empty lines are kept, and one that is too long is empty.
 * Valid until the next batch.
 */
export async function* lineBatches(source: ByteSource, onRead?: (bytes: number) => void): AsyncGenerator<Buffer[]> {
  for await (const bytes of wholeLines(source, onRead)) {
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const batch: Buffer[] = [];
    for (let start = 0; start < piece.length; ) {
      const found = piece.indexOf(newline, start);
      const end = found < 0 ? piece.length : found;
      batch.push(withoutReturn(piece.subarray(start, end)));
      start = end + 1;
    }
    yield batch;
  }
}

function withoutReturn(line: Buffer): Buffer {
  return line.length > 0 && line[line.length - 1] === 0x0d ? line.subarray(0, -1) : line;
}
