/**
 * Makes every line a JSON object that a strict reader takes: one that Vector's source refused would take the whole
 * request with it. A line that is none becomes {"message": line}; valid bytes are never touched, empty lines fall away.
 */
const newline = 0x0a;
/** After a line that had to be wrapped the next look is this short, then ever longer: texts come in rows. */
const lookBytesMin = 256;
/** A text is cut into pieces of this many bytes: escaped, each still fits into one request. */
export const textBytesMax = 8 << 20;
const before = Buffer.from('{"message":"');
const behind = Buffer.from('"}\n');
/** What the UTF-8 of a space beyond ASCII begins with, such as U+00A0 or U+FEFF. */
const spaceStarts = new Set([0xc2, 0xe1, 0xe2, 0xe3, 0xef]);
/** Every byte may become \u00XX. */
const escapedBytesMax = 6;
const [quote, backslash, openBrace, closeBrace] = [0x22, 0x5c, 0x7b, 0x7d];

export interface ValidLines {
  lines: Buffer;
  wrapped: number;
}

export function asValidLines(lines: Buffer, validJsonBytes: (lines: Buffer) => number): ValidLines {
  const output = new GrowingBuffer(lines.length * 2);
  let wrapped = 0;
  let at = 0;
  let look = lines.length;
  while (at < lines.length) {
    const next = lineEnd(lines, at);
    if (mayBeObject(lines, at, next)) {
      const end = lineEnd(lines, Math.max(next, Math.min(at + look, lines.length)) - 1);
      const valid = validJsonBytes(lines.subarray(at, end));
      output.copy(lines, at, at + valid);
      at += valid;
      if (valid > 0) {
        look = at === end ? look * 2 : lookBytesMin;
        continue;
      }
    }
    const start = behindSpace(lines, at, next);
    if (start > at && mayBeObject(lines, start, next) && validJsonBytes(lines.subarray(start, next)) === next - start) {
      output.copy(lines, start, next);
    } else wrapped += wrap(lines, start, textEnd(lines, start, next), output);
    at = next;
    look = lookBytesMin;
  }
  return { lines: output.written(), wrapped };
}

/** Grows as it is written to. */
class GrowingBuffer {
  bytes: Buffer;
  at = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(Math.max(4096, capacity));
  }

  ensure(more: number): void {
    if (this.at + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.at + more, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }

  copy(from: Buffer, start: number, end: number): void {
    if (end <= start) return;
    this.ensure(end - start);
    this.at += from.copy(this.bytes, this.at, start, end);
  }

  written(): Buffer {
    return this.bytes.subarray(0, this.at);
  }
}

export function withoutLeadingSpace(line: Buffer): Buffer {
  return line.subarray(behindSpace(line, 0, line.length));
}

function behindSpace(lines: Buffer, at: number, end: number): number {
  while (at < end && (lines[at] === 0x20 || lines[at] === 0x09)) at++;
  return at;
}

/** Begins and ends as one, so that it is worth a look. */
function mayBeObject(lines: Buffer, start: number, end: number): boolean {
  if (lines[start] !== openBrace) return false;
  while (end > start && lines[end - 1] <= 0x20) end--;
  return lines[end - 1] === closeBrace;
}

/** Without the ends of line. */
function textEnd(lines: Buffer, start: number, end: number): number {
  if (end > start && lines[end - 1] === newline) end--;
  return end > start && lines[end - 1] === 0x0d ? end - 1 : end;
}

/** Behind the newline at or after `at`, or the end. */
function lineEnd(lines: Buffer, at: number): number {
  const found = lines.indexOf(newline, at);
  return found < 0 ? lines.length : found + 1;
}

function wrap(lines: Buffer, start: number, end: number, output: GrowingBuffer): number {
  let wrapped = 0;
  for (let at = start; at < end; at += textBytesMax)
    wrapped += wrapPiece(lines, at, Math.min(end, at + textBytesMax), output);
  return wrapped;
}

/**
 * Byte by byte, for a call a line costs more than a short line is worth: a MiB of two bytes a line took two seconds by
 * JSON.stringify. That is left with what it is needed for, bytes that are not UTF-8: they become U+FFFD, as Vector's
 * own JSON encoder writes them.
 */
function wrapPiece(lines: Buffer, start: number, end: number, output: GrowingBuffer): number {
  output.ensure(before.length + (end - start) * escapedBytesMax + behind.length);
  const { bytes } = output;
  let out = output.at;
  for (let i = 0; i < before.length; i++) bytes[out++] = before[i];
  let blank = true;
  for (let at = start; at < end; ) {
    const byte = lines[at];
    if (byte > 0x20 && byte < 0x80 && byte !== quote && byte !== backslash) {
      bytes[out++] = byte;
      blank = false;
      at++;
    } else if (byte >= 0x80) {
      const length = sequenceBytes(lines, at, end);
      if (length === 0 || (blank && spaceStarts.has(byte))) return wrapByString(lines, start, end, output);
      blank = false;
      for (const last = at + length; at < last; at++) bytes[out++] = lines[at];
    } else {
      if (byte === 0x20) bytes[out++] = byte;
      else out = writeEscape(byte, bytes, out);
      if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) blank = false;
      at++;
    }
  }
  if (blank) return 0;
  for (let i = 0; i < behind.length; i++) bytes[out++] = behind[i];
  output.at = out;
  return 1;
}

function wrapByString(lines: Buffer, start: number, end: number, output: GrowingBuffer): number {
  const message = lines.toString("utf8", start, end);
  if (message.trim() === "") return 0;
  const record = Buffer.from(`${JSON.stringify({ message })}\n`);
  output.copy(record, 0, record.length);
  return 1;
}

const shortEscapes = new Map([...'"\\\b\t\n\f\r'].map((sign, i) => [sign.charCodeAt(0), '"\\btnfr'.charCodeAt(i)]));
const hexDigits = Buffer.from("0123456789abcdef");

/** As JSON.stringify writes it. */
function writeEscape(byte: number, bytes: Buffer, out: number): number {
  bytes[out++] = backslash;
  const short = shortEscapes.get(byte);
  if (short !== undefined) {
    bytes[out++] = short;
    return out;
  }
  out += bytes.write("u00", out, "latin1");
  bytes[out++] = hexDigits[byte >> 4];
  bytes[out++] = hexDigits[byte & 15];
  return out;
}

/** Of the UTF-8 sequence at `at`; 0 where there is none (Unicode, table 3-7). */
function sequenceBytes(lines: Buffer, at: number, end: number): number {
  const first = lines[at];
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > end) return 0;
  const second = lines[at + 1];
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let i = 2; i < length; i++) if ((lines[at + i] & 0xc0) !== 0x80) return 0;
  return length;
}
