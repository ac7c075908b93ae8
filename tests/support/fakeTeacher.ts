/** A teacher that needs no network: words that begin alike lie near one another. */
import type { Embedded, Embedder } from "../../host/embed/embedder.js";
import { noContent } from "../../host/embed/embedder.js";
import { seededRandom } from "./hostile.mjs";

export class FakeTeacher implements Embedder {
  readonly name = "fake";
  readonly version = "fake-1";
  readonly linesNotKept = 0;
  readonly texts: string[] = [];

  constructor(readonly dims = 96) {}

  get contentCount(): number {
    return this.texts.length;
  }

  contentsOf(lines: Uint8Array): Int32Array {
    const texts = Buffer.from(lines).toString("utf8").trimEnd().split("\n");
    return Int32Array.from(texts, (text) => (text === "" ? noContent : this.texts.push(text) - 1));
  }

  async embed(): Promise<Embedded> {
    const { texts, dims } = this;
    return {
      count: texts.length,
      pointOf: Int32Array.from(texts.keys()),
      hashOf: (point) => point,
      rows: (points) => Float32Array.from([...points].flatMap((point) => vectorOf(texts[point], dims))),
    };
  }

  async close(): Promise<void> {}
}

function vectorOf(text: string, dims: number): number[] {
  const sum = new Array<number>(dims).fill(0);
  for (let end = 1; end <= 8; end++) {
    const prefix = text.slice(0, end);
    const seed = [...prefix].reduce((hash, char) => (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0, 7);
    const random = seededRandom(seed);
    for (let dim = 0; dim < dims; dim++) sum[dim] += random() - 0.5;
  }
  const length = Math.hypot(...sum);
  return sum.map((value) => value / length);
}
