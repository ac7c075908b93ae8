/**
 * Streams bytes in pieces that end with a line: what the engine's batches take. The last line may lack its newline. A
 * line longer than the filter takes is never held: it comes in parts, or is left out, counted and reported.
 */
import type { ByteSource } from "./chunks.js";
import { grouped } from "./numbers.js";
import { note } from "./stdout.js";

/** The longest record the filter judges (RECORD_BYTES_MAX in assembly/abi/readRecord.ts). */
export const lineBytesMax = 4 << 20;

const newline = 0x0a;
const emptyLine = Buffer.from("\n");

/** Whole lines; or, with `part`, a piece of one line that is too long, without its newline. */
export interface Piece {
  bytes: Buffer;
  part?: { isFirst: boolean; isLast: boolean };
}

/** No line is held beyond `lineBytesMax`, whatever the chunks are. */
export async function* cutLines(source: ByteSource, onRead?: (bytes: number) => void): AsyncGenerator<Piece> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let isTooLong = false;
  for await (const chunk of source.open(onRead)) {
    for (let start = 0; start < chunk.length; ) {
      // All whole lines at once, unless the first or any of them may be too long.
      const oneByOne: boolean = restBytes > 0 || isTooLong || chunk.length > lineBytesMax;
      const newlineAt: number = oneByOne ? chunk.indexOf(newline, start) : chunk.lastIndexOf(newline);
      const found: number = newlineAt < start ? -1 : newlineAt;
      const end = found < 0 ? chunk.length : found;
      const bytes = chunk.subarray(start, end);
      if (isTooLong) {
        yield { bytes, part: { isFirst: false, isLast: found >= 0 } };
        isTooLong = found < 0;
      } else if (restBytes + bytes.length > lineBytesMax) {
        isTooLong = found < 0;
        yield { bytes: Buffer.concat([...rest, bytes]), part: { isFirst: true, isLast: !isTooLong } };
        [rest, restBytes] = [[], 0];
      } else if (found < 0) {
        rest.push(Buffer.from(bytes));
        restBytes += bytes.length;
      } else {
        const whole = chunk.subarray(start, end + 1);
        yield { bytes: restBytes > 0 ? Buffer.concat([...rest, whole]) : whole };
        [rest, restBytes] = [[], 0];
      }
      start = end + 1;
    }
  }
  if (isTooLong) yield { bytes: Buffer.alloc(0), part: { isFirst: false, isLast: true } };
  if (restBytes > 0) yield { bytes: Buffer.concat(rest) };
}

const reportedSources = new WeakSet<ByteSource>();

/** Counts the lines of a source that are too long, and says so once, however often the source is read. */
export class LongLines {
  private lines = 0;
  private bytes = 0;
  private bytesMost = 0;

  constructor(
    private readonly source: ByteSource,
    private readonly outcome: string,
  ) {}

  /** True where the line has ended. */
  take({ bytes, part }: Piece): boolean {
    this.bytes += bytes.length;
    if (!part?.isLast) return false;
    this.lines++;
    this.bytesMost = Math.max(this.bytesMost, this.bytes);
    this.bytes = 0;
    return true;
  }

  report(): void {
    if (this.lines === 0 || reportedSources.has(this.source)) return;
    reportedSources.add(this.source);
    const lines = this.lines === 1 ? "1 line" : `${grouped(this.lines)} lines`;
    const length = `${this.lines === 1 ? "of" : "the longest of"} ${grouped(this.bytesMost)} bytes`;
    note(`${this.source.name}: ${lines} over ${lineBytesMax >> 20} MiB ${this.outcome} (${length})`);
  }
}

/** A line that is too long is an empty one here, so that lines keep their numbers; `onTooLong` hears of each. */
export async function* wholeLines(
  source: ByteSource,
  onRead?: (bytes: number) => void,
  onTooLong?: () => void,
): AsyncGenerator<Uint8Array> {
  const long = new LongLines(source, "left out");
  for await (const piece of cutLines(source, onRead)) {
    if (!piece.part) yield piece.bytes;
    else if (long.take(piece)) {
      onTooLong?.();
      yield emptyLine;
    }
  }
  long.report();
}
