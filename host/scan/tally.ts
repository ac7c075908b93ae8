/** The first pass over the lines: which content each has, how often each content came and where first. */
import type { Embedder } from "../embed/index.js";
import type { ByteSource } from "../io/chunks.js";
import { startProgress } from "../io/progress.js";
import { wholeLines } from "../io/wholeLines.js";

/** Lines whose contents are kept in one piece: growing never copies what is there. */
const pieceLines = 1 << 18;

export class Tally {
  lines = 0;
  /** Lines by content. */
  counts = new Float64Array(1024);
  /** Line number, from 1, on which a content came first. */
  firstLines = new Float64Array(1024);
  private readonly pieces: Int32Array[] = [];

  add(contents: Int32Array): void {
    for (const content of contents) {
      const at = this.lines++ % pieceLines;
      if (at === 0) this.pieces.push(new Int32Array(pieceLines));
      this.pieces[this.pieces.length - 1][at] = content;
      if (content < 0) continue;
      if (content >= this.counts.length) this.growTo(content * 2);
      if (this.counts[content]++ === 0) this.firstLines[content] = this.lines;
    }
  }

  /** The content of a line, counted from 0. */
  contentOf(line: number): number {
    return this.pieces[Math.floor(line / pieceLines)][line % pieceLines];
  }

  private growTo(length: number): void {
    const { counts, firstLines } = this;
    this.counts = new Float64Array(length);
    this.counts.set(counts);
    this.firstLines = new Float64Array(length);
    this.firstLines.set(firstLines);
  }
}

export async function tallyLines(sources: ByteSource[], embedder: Embedder): Promise<Tally> {
  const tally = new Tally();
  const sizes = sources.map(({ sizeBytes }) => sizeBytes);
  const total = sizes.reduce((sum, size) => (sum === undefined || size === undefined ? undefined : sum + size), 0);
  const progress = startProgress("reading", total, "bytes");
  try {
    for (const source of sources) {
      for await (const lines of wholeLines(source, (bytes) => progress.advance(bytes))) {
        tally.add(embedder.contentsOf(lines));
      }
    }
  } finally {
    progress.stop();
  }
  return tally;
}
