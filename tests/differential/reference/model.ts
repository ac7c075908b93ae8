/**
 * A model decoded from its bytes by the drawings in assembly/operate/modelFile.ts, detect/novelty/table.ts,
 * detect/outlier/nearest.ts and detect/outlier/tokenVectors.ts.
 */
import type { TokenVectors } from "./embedding.js";
import { type Bytes, hashPair } from "./hash.js";

export interface TableEntry {
  count: number;
  once: number;
  /**
   * 1 digits, 2 one word, 3 words, 4 empty: what every value of the group looked like; 0 where they differ. 5, 6: a
   * value that was seen, by few clients or one, and that counts as unseen.
   */
  note: number;
}

export interface ReferenceCentroid {
  support: number;
  signs: boolean[];
  sums: number[];
  radius: number;
}

export interface ReferenceModel {
  surpriseThreshold: number;
  requestThreshold: number;
  outlierScale: number;
  table: Map<bigint, TableEntry>;
  centroids: ReferenceCentroid[];
  tokens: TokenVectors | undefined;
  /** Bits: what grams were met. */
  grams: Buffer | undefined;
  /** Masked texts in the order of the centroids, and names of parameters. */
  texts: { patterns: Bytes[]; names: Bytes[] };
}

export function decodeModel(model: Uint8Array): ReferenceModel {
  const bytes = Buffer.from(model);
  const sections = new Map<number, Buffer>();
  for (let row = 32; row < 32 + bytes.readUInt32LE(12) * 16; row += 16) {
    const offset = bytes.readUInt32LE(row + 4);
    sections.set(bytes.readUInt32LE(row), bytes.subarray(offset, offset + bytes.readUInt32LE(row + 8)));
  }
  const thresholds = sections.get(1)!;
  const table = new Map<bigint, TableEntry>();
  const features = sections.get(2) ?? Buffer.alloc(16);
  for (let at = 16; at < features.length; at += 16) {
    const key = features.readBigUInt64LE(at);
    if (key === 0n) continue;
    const [count, once] = [features.readUInt32LE(at + 8), features.readUIntLE(at + 12, 3)];
    table.set(key, { count, once, note: features[at + 15] });
  }
  const centroids: ReferenceCentroid[] = [];
  const rows = sections.get(3) ?? Buffer.alloc(16);
  for (let at = 16; at < rows.length; at += 304) {
    centroids.push({
      signs: Array.from({ length: 256 }, (_, d) => ((rows[at + (d >> 3)] >> (d & 7)) & 1) === 1),
      support: rows.readUInt32LE(at + 292),
      sums: Array.from({ length: 256 }, (_, d) => rows.readInt8(at + 32 + d)),
      radius: rows.readFloatLE(at + 288),
    });
  }
  const [surpriseThreshold, outlierScale] = [thresholds.readDoubleLE(0), thresholds.readDoubleLE(8)];
  const requestThreshold = thresholds.readDoubleLE(thresholds.length > 48 ? 48 : 0);
  const [tokens, grams] = [decodeTokens(sections.get(8)), sections.get(9)];
  const texts = decodeTexts(sections.get(11));
  return { surpriseThreshold, requestThreshold, outlierScale, table, centroids, tokens, grams, texts };
}

function decodeTexts(section: Buffer | undefined): ReferenceModel["texts"] {
  if (!section) return { patterns: [], names: [] };
  const [patterns, names] = [section.readUInt32LE(0), section.readUInt32LE(4)];
  const texts = Array.from({ length: patterns + names }, (_, row) => {
    const at = section.readUInt32LE(16 + row * 8);
    return section.toString("latin1", at, at + section.readUInt32LE(20 + row * 8));
  });
  return { patterns: texts.slice(0, patterns), names: texts.slice(patterns) };
}

function decodeTokens(section: Buffer | undefined): TokenVectors | undefined {
  if (!section) return undefined;
  const vectors = new Map<bigint, number[]>();
  for (let at = 16; at < section.length; at += 72) {
    vectors.set(
      section.readBigUInt64LE(at),
      Array.from({ length: 64 }, (_, d) => section.readInt8(at + 8 + d)),
    );
  }
  return { scale: section.readUInt32LE(4), vectors };
}

export function knowsWord(model: ReferenceModel | undefined, word: bigint): boolean {
  return model?.table.has(hashPair(17n, word)) ?? false;
}
