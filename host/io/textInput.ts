/**
 * Text, or an error: UTF-16 is read as the UTF-8 it stands for, and what is no text is refused before anything is
 * learnt from it. What counts is in how many of the first lines there are characters that no log has, so that a few
 * that an attacker sent raw refuse no log, nor does the hole that copytruncate leaves.
 */
import { exitCode, OddlineError } from "./errors.js";
import { grouped } from "./numbers.js";

/** Of so many first bytes; a pipe's first pieces are judged as they come. */
const sampleBytes = 1 << 18;
/** Fewer say little: a few lines may well be an attacker's, or somebody's who tries what becomes of them. */
const sampleBytesMin = 512;
/** Of random bytes .96 of the lines have one, of the logs we have none. */
const binaryLinesShare = 1 / 2;
/** And of random bytes .105 are such characters. */
const binaryBytesShare = 1 / 20;
const newline = 0x0a;

export async function* textOnly(name: string, chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield* checked(name, asUtf8(chunks));
}

async function* asUtf8(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  // one byte may be the first of a mark
  while (head.length < 2) {
    const { value, done } = await chunks.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  const encoding = utf16Of(head);
  if (!encoding) {
    if (head.length > 0) yield head;
    yield* chunks;
    return;
  }
  const decoder = new TextDecoder(encoding);
  yield Buffer.from(decoder.decode(head, { stream: true }));
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

/** By its mark; without one by the zero byte that every other byte of a text in a Latin script then is. */
function utf16Of(head: Buffer): "utf-16le" | "utf-16be" | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  const length = Math.min(head.length, 512) & ~1;
  const zeros = [0, 0];
  for (let at = 0; at < length; at++) if (head[at] === 0) zeros[at & 1]++;
  const [even, odd] = zeros.map((count) => count / (length / 2));
  if (length < 16) return undefined;
  if (odd > 0.8 && even < 0.1) return "utf-16le";
  return even > 0.8 && odd < 0.1 ? "utf-16be" : undefined;
}

async function* checked(name: string, chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const sample = new Sample();
  for await (const chunk of chunks) {
    if (sample.bytes < sampleBytes) {
      sample.add(chunk);
      sample.refuseBinary(name);
    }
    yield chunk;
  }
}

class Sample {
  /** From the first byte that is not zero. */
  bytes = 0;
  private lines = 0;
  private binaryLines = 0;
  private binaryBytes = 0;
  private isBinary = false;
  private isLineEmpty = true;

  add(chunk: Buffer): void {
    let at = 0;
    if (this.bytes === 0) while (at < chunk.length && chunk[at] === 0) at++;
    const end = Math.min(chunk.length, at + sampleBytes - this.bytes);
    this.bytes += end - at;
    for (; at < end; at++) {
      const byte = chunk[at];
      if (byte === newline) this.endLine();
      else {
        this.isLineEmpty = false;
        if (byte < 0x20 ? isLogControl(byte) : byte !== 0x7f) continue;
        this.isBinary = true;
        this.binaryBytes++;
      }
    }
  }

  private endLine(): void {
    this.lines++;
    if (this.isBinary) this.binaryLines++;
    this.isBinary = false;
    this.isLineEmpty = true;
  }

  /** Where most of the lines so far, the last one included, are binary. */
  refuseBinary(name: string): void {
    const lines = this.lines + (this.isLineEmpty ? 0 : 1);
    const binary = this.binaryLines + (this.isBinary ? 1 : 0);
    if (this.bytes < sampleBytesMin || this.binaryBytes <= this.bytes * binaryBytesShare) return;
    if (binary <= lines * binaryLinesShare) return;
    throw new OddlineError("INPUT_NOT_TEXT", {
      subject: name,
      expected: "a log as text: UTF-8, another encoding that keeps ASCII, or UTF-16",
      found: `control characters in ${grouped(binary)} of its first ${grouped(lines)} lines`,
      remedy: "name the log itself; convert compressed or binary formats to text first",
      exit: exitCode.usage,
    });
  }
}

/** Bell, backspace, tab, vertical tab, form feed, return, escape. */
function isLogControl(byte: number): boolean {
  return (byte >= 0x07 && byte <= 0x0d) || byte === 0x1b;
}
