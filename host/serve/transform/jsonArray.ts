/** Events as lines and as JSON arrays: Vector's http sink sends one array where no framing is configured. */
const newline = 0x0a;
/** As in assembly/batch.ts. */
const arrayBytes = 1 << 16;

/** JSON arrays of the lines' values, each array a line of its own; lines that are sound and all end with a newline. */
export function arraysOf(lines: Buffer): Buffer {
  const arrays = Buffer.allocUnsafeSlow(lines.length + 2 * Math.ceil(lines.length / arrayBytes));
  let start = 0;
  let written = 0;
  for (let at = 0; at < lines.length; ) {
    const end = lines.indexOf(newline, at);
    arrays[written] = written === start ? 0x5b : 0x2c;
    written += 1 + lines.copy(arrays, written + 1, at, end);
    at = end + 1;
    if (written - start > arrayBytes || at === lines.length) {
      written += arrays.write("]\n", written);
      start = written;
    }
  }
  return arrays.subarray(0, written);
}

/**
 * The elements' own bytes, a newline between elements in place of the comma, a space for each newline within one;
 * undefined where the body is not one array of objects.
 */
export function linesOfArray(body: Buffer): Buffer | undefined {
  const lines = Buffer.from(body);
  let depth = 0;
  let end = 0;
  for (let at = 0; at < lines.length; at++) {
    const c = lines[at];
    if (c === 0x22) {
      at = closingQuote(lines, at + 1);
      if (at < 0) return undefined;
    } else if (c === 0x5b || c === 0x7b) {
      if (depth++ === 0) {
        if (c === 0x7b || end > 0) return undefined;
        lines[at] = 0x20;
      }
    } else if (c === 0x5d || c === 0x7d) {
      if (--depth === 0) {
        lines[at] = newline;
        end = at + 1;
      }
    } else if (c === 0x2c && depth === 1) {
      lines[at] = newline;
    } else if (c === 0x0a || c === 0x0d) {
      lines[at] = 0x20;
    } else if (depth === 0 && c !== 0x20 && c !== 0x09) {
      return undefined;
    }
    if (depth < 0) return undefined;
  }
  return end > 0 && depth === 0 ? lines.subarray(0, end) : undefined;
}

function closingQuote(bytes: Buffer, at: number): number {
  for (; at < bytes.length; at++) {
    if (bytes[at] === 0x5c) at++;
    else if (bytes[at] === 0x22) return at;
  }
  return -1;
}
