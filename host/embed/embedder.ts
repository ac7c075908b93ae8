/** What `scan` asks of an embedder: which lines have the same content, and where the distinct contents lie in space. */

/** Unit vectors; several contents may share one (signatures with one template do). */
export interface Embedded {
  count: number;
  /** The point of each content. */
  pointOf: Int32Array;
  /** 53 bits of a hash of what the point stands for: an order that does not depend on which came first. */
  hashOf(point: number): number;
  /** These points' vectors, row by row. */
  rows(points: Int32Array): Float32Array;
}

export interface EmbedProgress {
  /** How many contents were embedded, taken from the cache or found empty. */
  advance(contents: number): void;
}

export interface Embedder {
  readonly name: string;
  /** Changes whenever the same line would get another vector. */
  readonly version: string;
  readonly dims: number;
  /** Numbers the contents of whole lines, each ended by a newline, from 0; `noContent` for a line without any. */
  contentsOf(lines: Uint8Array): Int32Array;
  /** Distinct contents so far. */
  readonly contentCount: number;
  /** Lines whose content was one too many to be kept: they are not judged. */
  readonly linesNotKept: number;
  /** Contents that no cache had; undefined where there is no cache. */
  readonly contentsEmbedded?: number;
  /** Embeds all contents; call once, at the end. */
  embed(progress: EmbedProgress): Promise<Embedded>;
  close(): Promise<void>;
}

export const noContent = -1;

/** Two halves of a hash as one number, exactly. */
export function hashNumber(low: number, high: number): number {
  return high * 0x200000 + (low >>> 11);
}
