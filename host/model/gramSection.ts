/** The set of grams that learnt targets had; layout in assembly/detect/novelty/content.ts. */

/** Bits of each set, of grams of one, two, three and four characters, and where it begins, in bytes. */
export const gramSets = [
  { offset: 204_800, bits: 8 },
  { offset: 196_608, bits: 16 },
  { offset: 131_072, bits: 19 },
  { offset: 0, bits: 20 },
] as const;
export const gramsBytes = 204_832;

/** A bit for each gram that was met; numbers are those of `gramNumber`. */
export function encodeGrams(isMet: (gram: number) => boolean): Uint8Array {
  const section = new Uint8Array(gramsBytes);
  for (let gram = 0; gram < gramsBytes * 8; gram++) if (isMet(gram)) section[gram >> 3] |= 1 << (gram & 7);
  return section;
}
