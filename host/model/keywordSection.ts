/**
 * The keyword section of a model, read by assembly/detect/keywords/section.ts. Little-endian:
 *
 *   0 u32 magic "KEYW"    4 u32 version    8 u32 keywords   12 u32 words   16 u32 text bytes   20 u32 groups (0-2)
 *  24 group 0, 32 group 1: u8 block bytes (2-3)   u8 window bytes   u8 second block's bytes (to 8, 0 = none)   u8 0
 *                          u32 words of it
 *  40 keyword × n, 12 bytes:  0 u32 name offset   4 u16 name bytes   6 u8 severity   7 u8 flags: 1 counts as an error,
 *                             2 is weighed against the past   8 u32 minimal count
 *     word × n, 16 bytes:     0 u32 text offset   4 u32 keyword   8 u16 text bytes   10 u16 window offset
 *                            12 u32 flags: 1 whole word, 2 case matters (else the text is in lower case)
 *     text: names and words, UTF-8
 */
import { type Keyword, keywordLimits, severities } from "../config/keywords.js";
import { OddlineError } from "../io/errors.js";
import { chooseWindows, type WordToPlace } from "./keywordWindows.js";

const magic = 0x5759454b;
const version = 2;
const headerBytes = 40;
const keywordBytes = 12;
const wordBytes = 16;

interface PackedWord extends WordToPlace {
  keyword: number;
  flags: number;
}

export function encodeKeywords(keywords: readonly Keyword[]): Uint8Array {
  const words = keywords.flatMap((keyword, index) => packWords(keyword, index));
  check(keywords.length <= keywordLimits.keywords, `at most ${keywordLimits.keywords} keywords`, `${keywords.length}`);
  check(words.length <= keywordLimits.words, `at most ${keywordLimits.words} words`, `${words.length}`);
  const groups = chooseWindows(words);

  const text = new TextPool();
  const placed = groups.flatMap((group) =>
    group.words.map((word) => ({ ...(word.of as PackedWord), windowOffset: word.windowOffset })),
  );
  const keywordRows = keywords.map(({ name, severity, minCount, isError, weigh }) => {
    const nameText = Buffer.from(name, "utf8");
    const flags = (isError ? 1 : 0) | (weigh ? 2 : 0);
    return { offset: text.add(nameText), bytes: nameText.length, severity, minCount, flags };
  });
  const wordRows = placed.map((word) => ({ ...word, offset: text.add(word.text) }));

  const bytes = Buffer.alloc(headerBytes + keywordRows.length * keywordBytes + wordRows.length * wordBytes + text.size);
  [magic, version, keywordRows.length, wordRows.length, text.size, groups.length].forEach((value, index) => {
    bytes.writeUInt32LE(value, index * 4);
  });
  groups.forEach((group, index) => {
    bytes.writeUInt8(group.blockBytes, 24 + index * 8);
    bytes.writeUInt8(group.windowBytes, 25 + index * 8);
    bytes.writeUInt8(group.secondBytes, 26 + index * 8);
    bytes.writeUInt32LE(group.words.length, 28 + index * 8);
  });
  let at = headerBytes;
  for (const row of keywordRows) {
    bytes.writeUInt32LE(row.offset, at);
    bytes.writeUInt16LE(row.bytes, at + 4);
    bytes.writeUInt8(severities.indexOf(row.severity) + 1, at + 6);
    bytes.writeUInt8(row.flags, at + 7);
    bytes.writeUInt32LE(row.minCount, at + 8);
    at += keywordBytes;
  }
  for (const row of wordRows) {
    bytes.writeUInt32LE(row.offset, at);
    bytes.writeUInt32LE(row.keyword, at + 4);
    bytes.writeUInt16LE(row.text.length, at + 8);
    bytes.writeUInt16LE(row.windowOffset, at + 10);
    bytes.writeUInt32LE(row.flags, at + 12);
    at += wordBytes;
  }
  text.copyTo(bytes, at);
  return bytes;
}

/** The names of a section's keywords, by their numbers. */
export function keywordNames(section: Uint8Array): string[] {
  const bytes = Buffer.from(section.buffer, section.byteOffset, section.length);
  const [keywords, words] = [bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
  const textAt = headerBytes + keywords * keywordBytes + words * wordBytes;
  return Array.from({ length: keywords }, (_, index) => {
    const row = headerBytes + index * keywordBytes;
    const at = textAt + bytes.readUInt32LE(row);
    return bytes.toString("utf8", at, at + bytes.readUInt16LE(row + 4));
  });
}

/** Case is folded for ASCII only; a word with other letters enters in its three usual spellings. */
function packWords(keyword: Keyword, index: number): PackedWord[] {
  const flags = (keyword.wholeWord ? 1 : 0) | (keyword.matchCase ? 2 : 0);
  const spellings = keyword.matchCase ? keyword.words : keyword.words.flatMap(spellingsOf);
  const texts = new Set(spellings.map((word) => (keyword.matchCase ? word : lowerAscii(word))));
  return [...texts].map((word) => {
    const text = Buffer.from(word, "utf8");
    const { wordBytesMin, wordBytesMax } = keywordLimits;
    check(
      text.length >= wordBytesMin && text.length <= wordBytesMax,
      `a keyword of ${wordBytesMin} to ${wordBytesMax} bytes`,
      `${text.length} bytes in ${JSON.stringify(word.slice(0, 40))}`,
    );
    return { text, keyword: index, flags };
  });
}

function spellingsOf(word: string): string[] {
  return /^[\x00-\x7f]*$/.test(word) ? [word] : [word, word.toLowerCase(), word.toUpperCase()];
}

export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Equal texts are stored once. */
class TextPool {
  size = 0;
  private readonly parts: Buffer[] = [];
  private readonly offsets = new Map<string, number>();

  add(text: Buffer): number {
    const known = this.offsets.get(text.toString("latin1"));
    if (known !== undefined) return known;
    const offset = this.size;
    this.offsets.set(text.toString("latin1"), offset);
    this.parts.push(text);
    this.size += text.length;
    return offset;
  }

  copyTo(target: Buffer, at: number): void {
    Buffer.concat(this.parts).copy(target, at);
  }
}

function check(holds: boolean, expected: string, found: string): void {
  if (!holds) throw new OddlineError("KEYWORDS_INVALID", { subject: "keywords", expected, found, exit: 2 });
}
