/**
 * The words of a log as a sentence transformer knows them, for the filter that has none: each word of the vocabulary is
 * embedded once, the principal 64 dimensions are kept as small integers (assembly/detect/outlier/tokenVectors.ts). The
 * same lines and the same teacher give the same bytes.
 */
import type { Embedder } from "../embed/embedder.js";
import { noContent } from "../embed/embedder.js";
import { principalAxes } from "../math/principal.js";
import { encodeTokens, tokenVectorDims, tokenVectorsMax } from "../model/tokenSection.js";
import type { SignatureStore } from "../signatures/signatureStore.js";
import { learnVocabulary, useVocabulary } from "../signatures/vocabulary.js";
import type { Engine } from "../wasm/engine.js";
import { textSignature } from "../wasm/layout.js";

/**
 * Mean squared length of a word's vector in the sums, beside the 192 signs of a word and of each two in a row. Of 32 to
 * 8,192 this flagged most foreign lines at the fewest of the log's own (docs/measurements.md).
 */
export const squaredLengthDefault = 512;

export interface Taught {
  /** For the model. */
  section: Uint8Array;
  words: number;
  teacher: string;
}

interface Word {
  hash: bigint;
  text: string;
  lines: number;
}

/** Undefined where the log has no words that are common enough. */
export async function teach(
  engine: Engine,
  store: SignatureStore,
  embedder: Embedder,
  squaredLength = squaredLengthDefault,
): Promise<Taught | undefined> {
  store.cut();
  useVocabulary(engine, learnVocabulary(engine, store));
  const words = commonestWords(engine, store);
  if (words.length === 0) return undefined;
  const vectors = await vectorsOf(words, embedder);
  const { rows, scale } = reduce(vectors, words.length, embedder.dims, squaredLength);
  const section = encodeTokens(
    words.map(({ hash }, index) => ({ hash, vector: rows[index] })),
    scale,
  );
  return { section, words: words.length, teacher: embedder.version };
}

/** As the engine splits texts; the engine must know the vocabulary. */
function commonestWords(engine: Engine, store: SignatureStore): Word[] {
  const words = new Map<bigint, Word>();
  for (const signature of store.sorted()) {
    const bytes = store.bytes(signature);
    const weight = store.weight(signature);
    if (bytes[0] !== textSignature || weight === 0) continue;
    engine.features(bytes, false);
    for (const { hash, start, end } of engine.words()) {
      const word = words.get(hash);
      if (word) word.lines += weight;
      else
        words.set(hash, {
          hash,
          text: asWords(Buffer.from(bytes.subarray(start, end)).toString("utf8")),
          lines: weight,
        });
    }
  }
  const byHash = (a: Word, b: Word) => (a.hash < b.hash ? -1 : 1);
  return [...words.values()]
    .sort((a, b) => b.lines - a.lines || byHash(a, b))
    .slice(0, tokenVectorsMax)
    .sort(byHash);
}

/** `PacketResponder` is two words to a transformer, and one piece of a word after the other if it is not told so. */
function asWords(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, " ");
}

async function vectorsOf(words: Word[], embedder: Embedder): Promise<Float32Array> {
  const contents = embedder.contentsOf(Buffer.from(words.map(({ text }) => `${text}\n`).join("")));
  const embedded = await embedder.embed({ advance() {} });
  const { dims } = embedder;
  const vectors = new Float32Array(words.length * dims);
  contents.forEach((content, word) => {
    if (content !== noContent) vectors.set(embedded.rows(Int32Array.of(embedded.pointOf[content])), word * dims);
  });
  return vectors;
}

/** About their mean, which all words share, along the principal axes, as integers whose largest is 127. */
function reduce(
  vectors: Float32Array,
  count: number,
  dims: number,
  squaredLength: number,
): { rows: Int8Array[]; scale: number } {
  const { mean, axes } = principalAxes(vectors, count, dims, Math.min(tokenVectorDims, dims));
  const projected: Float64Array[] = [];
  let largest = 0;
  for (let word = 0; word < count; word++) {
    const row = new Float64Array(tokenVectorDims);
    for (let offset = 0; offset < axes.length; offset += dims) {
      let dot = 0;
      for (let dim = 0; dim < dims; dim++) dot += (vectors[word * dims + dim] - mean[dim]) * axes[offset + dim];
      row[offset / dims] = dot;
      largest = Math.max(largest, Math.abs(dot));
    }
    projected.push(row);
  }
  const rows = projected.map((row) => Int8Array.from(row, (value) => Math.round((127 * value) / (largest || 1))));
  let squares = 0;
  for (const row of rows) for (const value of row) squares += value * value;
  return { rows, scale: Math.sqrt(squaredLength / (squares / count || 1)) };
}
