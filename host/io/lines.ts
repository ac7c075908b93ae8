/** Cuts streams of bytes into lines; a line is a view into the chunk wherever it does not span two. */
import type { ByteSource } from "./chunks.js";

const newline = 0x0a;

/** Batches of lines without their `\n` or `\r\n`, in order; empty lines are kept. Valid until the next batch. */
export async function* lineBatches(source: ByteSource, onRead?: (bytes: number) => void): AsyncGenerator<Buffer[]> {
  let rest: Buffer[] = [];
  for await (const chunk of source.open(onRead)) {
    const batch: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      let line = chunk.subarray(start, end);
      if (rest.length > 0) {
        line = Buffer.concat([...rest, line]);
        rest = [];
      }
      batch.push(withoutReturn(line));
      start = end + 1;
    }
    if (start < chunk.length) rest.push(Buffer.from(chunk.subarray(start)));
    if (batch.length > 0) yield batch;
  }
  if (rest.length > 0) yield [withoutReturn(Buffer.concat(rest))];
}

function withoutReturn(line: Buffer): Buffer {
  return line.length > 0 && line[line.length - 1] === 0x0d ? line.subarray(0, -1) : line;
}
