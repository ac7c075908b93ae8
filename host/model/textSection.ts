/**
 * What reasons quote of the past: the masked text of each pattern, in the order of the centroids, and names of
 * parameters that many sent. Layout in assembly/detect/novelty/knownTexts.ts.
 */
export interface KnownTexts {
  /** `Connection closed by <n> port <n> [preauth]`; empty for a pattern that is not to be shown. */
  patterns: string[];
  /** As they stand in signatures, the commonest first. */
  names: string[];
}

const headerBytes = 16;
const rowBytes = 8;
/** Of one text or name. */
export const textBytesMax = 120;
export const namesMax = 256;

export function encodeTexts({ patterns, names }: KnownTexts): Uint8Array {
  const texts = [...patterns, ...names].map((text) => Buffer.from(text, "latin1").subarray(0, textBytesMax));
  const behindRows = headerBytes + texts.length * rowBytes;
  const bytes = Buffer.alloc(behindRows + texts.reduce((sum, text) => sum + text.length, 0));
  bytes.writeUInt32LE(patterns.length, 0);
  bytes.writeUInt32LE(names.length, 4);
  let at = behindRows;
  texts.forEach((text, row) => {
    bytes.writeUInt32LE(at, headerBytes + row * rowBytes);
    bytes.writeUInt32LE(text.length, headerBytes + row * rowBytes + 4);
    at += text.copy(bytes, at);
  });
  return bytes;
}

export function decodeTexts(section: Uint8Array): KnownTexts {
  const bytes = Buffer.from(section.buffer, section.byteOffset, section.length);
  const patterns = bytes.readUInt32LE(0);
  const texts = Array.from({ length: patterns + bytes.readUInt32LE(4) }, (_, row) => {
    const at = bytes.readUInt32LE(headerBytes + row * rowBytes);
    return bytes.toString("latin1", at, at + bytes.readUInt32LE(headerBytes + row * rowBytes + 4));
  });
  return { patterns: texts.slice(0, patterns), names: texts.slice(patterns) };
}
