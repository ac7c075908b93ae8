/**
 * A body that is one JSON array of objects, which Vector's http sink sends where no framing is configured, as lines: the
 * elements' own bytes, a newline between elements in place of the comma, a space for each newline within one.
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
        lines[at] = 0x0a;
        end = at + 1;
      }
    } else if (c === 0x2c && depth === 1) {
      lines[at] = 0x0a;
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
