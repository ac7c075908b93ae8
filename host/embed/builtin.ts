/**
 * The embedder that needs nothing: the engine's signature of each line (shapes for numbers and identifiers, rare words
 * as one class), its tokens and token pairs as hashed signs, 256 dims. Lines of one template share one point, so a
 * million lines come down to some thousand points.
 */

import { HashIndex, halves } from "../math/hashIndex.js";
import { unitVector } from "../math/unitVector.js";
import { SignatureStore } from "../signatures/signatureStore.js";
import { learnVocabulary, useVocabulary } from "../signatures/vocabulary.js";
import { Engine } from "../wasm/engine.js";
import { textSignature } from "../wasm/layout.js";
import { learningRecords } from "../wasm/learningRecords.js";
import { type Embedded, type Embedder, type EmbedProgress, hashNumber, noContent } from "./embedder.js";

const dims = 256;
/** Lines judged in one call: where one of them yields no signature, they are taken again one by one. */
const linesPerCall = 64;
const newline = 0x0a;
/** A text without level and source: `T`, level 0, end of source (layout in assembly/detect/novelty/signature.ts). */
const textHead = Uint8Array.of(textSignature, 0x30, 0x01);

export class BuiltinEmbedder implements Embedder {
  readonly name = "builtin";
  readonly version = "builtin-1";
  readonly dims = dims;
  private readonly engine = new Engine();
  private readonly store: SignatureStore;

  constructor(signaturesMax?: number) {
    this.store = new SignatureStore(signaturesMax, true);
  }

  get contentCount(): number {
    return this.store.size;
  }

  get linesNotKept(): number {
    return this.store.linesNotLearnt;
  }

  contentsOf(lines: Uint8Array): Int32Array {
    const contents: number[] = [];
    for (let start = 0; start < lines.length; ) {
      const ends: number[] = [];
      for (let end = start; ends.length < linesPerCall && end < lines.length; ) {
        const found = lines.indexOf(newline, end);
        end = found < 0 ? lines.length : found + 1;
        ends.push(end);
      }
      const end = ends[ends.length - 1];
      const { records, count } = this.signaturesOf(lines.subarray(start, end));
      if (count === ends.length) for (const piece of records) contents.push(...this.take(piece));
      else {
        for (const lineEnd of ends) {
          contents.push(this.contentOfLine(lines.subarray(start, lineEnd)));
          start = lineEnd;
        }
      }
      start = end;
    }
    return Int32Array.from(contents);
  }

  private contentOfLine(line: Uint8Array): number {
    const [records] = this.signaturesOf(line).records;
    return records ? this.take(records)[0] : noContent;
  }

  /** Learning records, how many of them. */
  private signaturesOf(lines: Uint8Array): { records: Uint8Array[]; count: number } {
    const pieces: Uint8Array[] = [];
    let count = 0;
    for (const { records } of this.engine.signatures(lines, { flags: 0, seconds: 0n })) {
      for (const _ of learningRecords(records)) count++;
      if (records.length > 0) pieces.push(records.slice());
    }
    return { records: pieces, count };
  }

  /** Counts the records; the content of each. */
  private take(records: Uint8Array): number[] {
    this.store.addRecords(records);
    const contents: number[] = [];
    for (const { low, high } of learningRecords(records)) {
      const signature = this.store.index.find(low, high);
      contents.push(signature < 0 ? noContent : signature);
    }
    return contents;
  }

  async embed(progress: EmbedProgress): Promise<Embedded> {
    const { engine, store } = this;
    const texts = {
      sorted: () => store.sorted(),
      weight: (signature: number) => store.weight(signature),
      bytes: (signature: number) => asText(store.bytes(signature)),
    };
    useVocabulary(engine, learnVocabulary(engine, texts));
    const templates = new HashIndex();
    const pointOf = new Int32Array(store.size);
    const signatureOf: number[] = [];
    for (let signature = 0; signature < store.size; signature++) {
      engine.features(texts.bytes(signature), false);
      const hash = engine.templateHash();
      const template = templates.add(...halves(hash));
      pointOf[signature] = template;
      if (template === signatureOf.length) signatureOf.push(signature);
    }
    progress.advance(store.size);
    // Made when asked for: a hundred thousand templates' vectors would not fit beside their signatures.
    const rows = (points: Int32Array) => {
      const vectors = new Float32Array(points.length * dims);
      points.forEach((point, row) => {
        engine.features(texts.bytes(signatureOf[point]), false);
        vectors.set(unitVector(engine.embeddingSums() ?? new Int16Array(dims).fill(1)), row * dims);
      });
      return vectors;
    };
    const hashOf = (point: number) => hashNumber(templates.low[point], templates.high[point]);
    return { count: templates.size, pointOf, hashOf, rows };
  }

  async close(): Promise<void> {}
}

/** A request is read as a text of its method, status, path and parameters, so that all lines lie in one space. */
function asText(signature: Uint8Array): Uint8Array {
  if (signature[0] === textSignature) return signature;
  const text = new Uint8Array(textHead.length + signature.length - 1);
  text.set(textHead);
  text.set(signature.subarray(1), textHead.length);
  return text;
}
