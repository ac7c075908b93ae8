/** Streams bytes in pieces that end with a line: what the engine's batches take. The last line may lack its newline. */
import type { ByteSource } from "./chunks.js";

export async function* wholeLines(source: ByteSource, onRead?: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let rest: Buffer[] = [];
  for await (const chunk of source.open(onRead)) {
    const end = chunk.lastIndexOf(0x0a) + 1;
    if (end === 0) {
      rest.push(Buffer.from(chunk));
      continue;
    }
    yield rest.length > 0 ? Buffer.concat([...rest, chunk.subarray(0, end)]) : chunk.subarray(0, end);
    rest = end < chunk.length ? [Buffer.from(chunk.subarray(end))] : [];
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}
