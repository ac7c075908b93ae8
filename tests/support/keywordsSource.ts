/**
 * The default keywords as the filter without a model carries them: as bytes, generated. A section is mostly zeros, so
 * they are packed; assembly/detect/keywords/builtInSection.ts makes the section of them:
 *
 *    0 the section's first 32 bytes: its header as far as it is of one group
 *   32 keyword × n, 3 bytes:  u8 name bytes   u8 severity   u8 flags; one name lies behind another, each counts at once
 *      word × n, 3 bytes:     u8 text bytes   u8 window offset   u8 keyword, 128 more where its text is the keyword's
 *                             name; other texts lie behind the names
 *      text
 */
import { defaultKeywords } from "../../host/config/defaultKeywords.js";
import { encodeKeywords } from "../../host/model/keywordSection.js";

/** assembly/detect/keywords/builtIn.ts */
export function builtInKeywordsAssembly(): string {
  const section = Buffer.from(encodeKeywords(defaultKeywords));
  const packed = packSection(section);
  const rows: string[] = [];
  for (let at = 0; at < packed.length; at += 24) rows.push(`  ${packed.slice(at, at + 24).join(", ")},`);
  return `/** The keyword section of host/config/defaultKeywords.ts, packed, made by npm run generate; do not edit. */
export const BUILT_IN_KEYWORDS_BYTES: i32 = ${section.length};
export const builtInKeywordsPtr: usize = memory.data<u8>([
${rows.join("\n")}
]);
`;
}

function packSection(section: Buffer): number[] {
  const [keywords, words, groups] = [8, 12, 20].map((at) => section.readUInt32LE(at));
  if (groups !== 1) throw new Error(`the built-in keywords are of one group of windows, not ${groups}`);
  const packed = [...section.subarray(0, 32)];
  const names: number[] = [];
  let next = 0;
  let at = 40;
  for (let i = 0; i < keywords; i++, at += 12) {
    const [offset, bytes] = [section.readUInt32LE(at), section.readUInt16LE(at + 4)];
    if (offset !== next || section.readUInt32LE(at + 8) !== 1) throw new Error(`keyword ${i} cannot be packed`);
    packed.push(small(bytes, 255), section[at + 6], section[at + 7]);
    names.push(offset);
    next += bytes;
  }
  for (let i = 0; i < words; i++, at += 16) {
    const [offset, keyword] = [section.readUInt32LE(at), section.readUInt32LE(at + 4)];
    const [bytes, windowOffset] = [section.readUInt16LE(at + 8), section.readUInt16LE(at + 10)];
    const isName = offset < next;
    if (offset !== (isName ? names[keyword] : next) || section.readUInt32LE(at + 12) !== 0)
      throw new Error(`word ${i} cannot be packed`);
    packed.push(small(bytes, 255), small(windowOffset, 255), small(keyword, 127) + (isName ? 128 : 0));
    if (!isName) next += bytes;
  }
  return [...packed, ...section.subarray(at)];
}

function small(value: number, most: number): number {
  if (value > most) throw new Error(`the built-in keywords have room for ${most}, not ${value}`);
  return value;
}
