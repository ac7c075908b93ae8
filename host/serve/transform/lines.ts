/**
 * Makes every line a JSON object that a strict reader takes: one that Vector's source refused would take the whole
 * request with it. A line that is none becomes {"message": line}; sound bytes are never touched, empty lines fall away.
 */
const newline = 0x0a;
/** After a line that had to be wrapped the next look is this short, then ever longer: texts come in rows. */
const lookBytesMin = 4096;
/** A text is cut into pieces of this many bytes: escaped, each still fits into one request. */
const textBytesMax = 8 << 20;

export interface SoundLines {
  lines: Buffer;
  wrapped: number;
}

export function soundLines(lines: Buffer, soundBytes: (lines: Buffer) => number): SoundLines {
  const parts: Buffer[] = [];
  let wrapped = 0;
  let at = 0;
  let look = lines.length;
  while (at < lines.length) {
    const end = lineEnd(lines, Math.min(at + look, lines.length) - 1);
    const sound = lines[at] === 0x7b ? soundBytes(lines.subarray(at, end)) : 0;
    if (sound > 0) parts.push(lines.subarray(at, at + sound));
    at += sound;
    if (at === end) {
      look *= 2;
      continue;
    }
    const next = lineEnd(lines, at);
    const line = withoutLeadingSpace(lines.subarray(at, next));
    if (line[0] === 0x7b && line.length < next - at && soundBytes(line) === line.length) {
      parts.push(line);
    } else {
      const texts = wrap(line);
      wrapped += texts.length;
      parts.push(...texts);
    }
    at = next;
    look = lookBytesMin;
  }
  return { lines: parts.length === 1 ? parts[0] : Buffer.concat(parts), wrapped };
}

function withoutLeadingSpace(line: Buffer): Buffer {
  let start = 0;
  while (line[start] === 0x20 || line[start] === 0x09) start++;
  return line.subarray(start);
}

/** Behind the newline at or after `at`, or the end. */
function lineEnd(lines: Buffer, at: number): number {
  const found = lines.indexOf(newline, at);
  return found < 0 ? lines.length : found + 1;
}

/** Bytes that are not UTF-8 become U+FFFD, as Vector's own JSON encoder writes them. */
function wrap(line: Buffer): Buffer[] {
  const unended = line.at(-1) === newline ? line.subarray(0, -1) : line;
  const text = unended.at(-1) === 0x0d ? unended.subarray(0, -1) : unended;
  const records: Buffer[] = [];
  for (let at = 0; at < text.length; at += textBytesMax) {
    const message = text.toString("utf8", at, at + textBytesMax);
    if (message.trim() !== "") records.push(Buffer.from(`${JSON.stringify({ message })}\n`));
  }
  return records;
}
