/**
 * The embedder that needs nothing: the engine's form of each line (shapes for numbers and identifiers, rare words as
 * one class), its tokens and token pairs as hashed signs, 256 dims. Lines of one template share one point, so a
 * million lines come down to some thousand points.
 */

import { FormStore } from "../forms/formStore.js";
import { learnVocabulary, useVocabulary } from "../forms/vocabulary.js";
import { HashIndex } from "../math/hashIndex.js";
import { unitVector } from "../math/unitVector.js";
import { Engine } from "../wasm/engine.js";
import { textForm } from "../wasm/layout.js";
import { learningRecords } from "../wasm/learningRecords.js";
import { type Embedded, type Embedder, type EmbedProgress, hashNumber, noContent } from "./embedder.js";

const dims = 256;
/** Lines judged in one call: where one of them yields no form, they are taken again one by one. */
const linesPerCall = 64;
const newline = 0x0a;
/** A text without level and source: `T`, level 0, end of source (layout in assembly/detect/novelty/signature.ts). */
const textHead = Uint8Array.of(textForm, 0x30, 0x01);

export class BuiltinEmbedder implements Embedder {
  readonly name = "builtin";
  readonly version = "builtin-1";
  readonly dims = dims;
  private readonly engine = new Engine();
  private readonly store: FormStore;

  constructor(formsMax?: number) {
    this.store = new FormStore(formsMax, true);
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
      const { records, count } = this.formsOf(lines.subarray(start, end));
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
    const [records] = this.formsOf(line).records;
    return records ? this.take(records)[0] : noContent;
  }

  /** Learning records, how many of them. */
  private formsOf(lines: Uint8Array): { records: Uint8Array[]; count: number } {
    const pieces: Uint8Array[] = [];
    let count = 0;
    for (const { records } of this.engine.forms(lines, { flags: 0, seconds: 0n })) {
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
      const form = this.store.index.find(low, high);
      contents.push(form < 0 ? noContent : form);
    }
    return contents;
  }

  async embed(progress: EmbedProgress): Promise<Embedded> {
    const { engine, store } = this;
    const texts = {
      sorted: () => store.sorted(),
      weight: (form: number) => store.weight(form),
      bytes: (form: number) => asText(store.bytes(form)),
    };
    useVocabulary(engine, learnVocabulary(engine, texts));
    const templates = new HashIndex();
    const pointOf = new Int32Array(store.size);
    const formOf: number[] = [];
    for (let form = 0; form < store.size; form++) {
      engine.features(texts.bytes(form), false);
      const hash = engine.templateHash();
      const template = templates.add(Number(hash & 0xffffffffn), Number(hash >> 32n));
      pointOf[form] = template;
      if (template === formOf.length) formOf.push(form);
    }
    progress.advance(store.size);
    // Made when asked for: a hundred thousand templates' vectors would not fit beside their forms.
    const rows = (points: Int32Array) => {
      const vectors = new Float32Array(points.length * dims);
      points.forEach((point, row) => {
        engine.features(texts.bytes(formOf[point]), false);
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
function asText(form: Uint8Array): Uint8Array {
  if (form[0] === textForm) return form;
  const text = new Uint8Array(textHead.length + form.length - 1);
  text.set(textHead);
  text.set(form.subarray(1), textHead.length);
  return text;
}
