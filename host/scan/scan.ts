/**
 * The offline job: lines -> contents -> points -> clusters -> noise. Two passes over the input, so that memory holds
 * one number a line and what the distinct contents need, never the lines.
 */
import type { Embedded, Embedder } from "../embed/index.js";
import type { ByteSource } from "../io/chunks.js";
import { exitCode, OddlineError } from "../io/errors.js";
import { startProgress } from "../io/progress.js";
import { wholeLines } from "../io/wholeLines.js";
import { noiseLabel } from "../math/dbscan.js";
import { type ClusterOptions, type Clusters, clusterPoints } from "./cluster.js";
import { type Tally, tallyLines } from "./tally.js";

export interface Scan {
  sources: ByteSource[];
  embedder: Pick<Embedder, "name" | "version" | "linesNotKept">;
  options: ClusterOptions;
  tally: Tally;
  embedded: Embedded;
  clusters: Clusters;
  /** Lines by point, and the line number on which a point came first. */
  weights: Float64Array;
  firstLines: Float64Array;
  linesNoise: number;
}

export async function scanSources(sources: ByteSource[], embedder: Embedder, options: ClusterOptions): Promise<Scan> {
  const tally = await tallyLines(sources, embedder);
  if (embedder.contentCount === 0) {
    throw new OddlineError("NOTHING_TO_SCAN", {
      subject: sources.map(({ name }) => name).join(", "),
      expected: "lines of a log",
      found: tally.lines === 0 ? "none" : `${tally.lines} empty lines`,
      remedy: "name a log that is not empty",
      exit: exitCode.nothing,
    });
  }
  const progress = startProgress("embedding", embedder.contentCount, "lines");
  const embedded = await embedder
    .embed({ advance: (contents) => progress.advance(contents) })
    .finally(() => progress.stop());
  const weights = new Float64Array(embedded.count);
  const firstLines = new Float64Array(embedded.count).fill(Number.POSITIVE_INFINITY);
  embedded.pointOf.forEach((point, content) => {
    weights[point] += tally.counts[content];
    firstLines[point] = Math.min(firstLines[point], tally.firstLines[content]);
  });
  const clusters = clusterPoints(embedded, embedder.dims, weights, options);
  const linesNoise = weights.reduce((sum, weight, at) => sum + (clusters.labels[at] === noiseLabel ? weight : 0), 0);
  return { sources, embedder, options, tally, embedded, clusters, weights, firstLines, linesNoise };
}

/** The point of a line counted from 0, or -1. */
export function pointOfLine({ tally, embedded }: Scan, line: number): number {
  const content = tally.contentOf(line);
  return content < 0 ? -1 : embedded.pointOf[content];
}

/** Reads the lines again, in order; those of `wanted` points come with their number, from 1. */
export async function* linesOf(
  scan: Scan,
  wanted: (point: number, lineNumber: number) => boolean,
): AsyncGenerator<{ lineNumber: number; point: number; bytes: Uint8Array }> {
  let line = 0;
  for (const source of scan.sources) {
    for await (const lines of wholeLines(source)) {
      for (let start = 0; start < lines.length; line++) {
        // A log that grew since the first pass ends where it ended then.
        if (line >= scan.tally.lines) return;
        const found = lines.indexOf(0x0a, start);
        const end = found < 0 ? lines.length : found;
        const point = pointOfLine(scan, line);
        if (point >= 0 && wanted(point, line + 1)) {
          const bytes = lines.subarray(start, lines[end - 1] === 0x0d && end > start ? end - 1 : end);
          yield { lineNumber: line + 1, point, bytes };
        }
        start = end + 1;
      }
    }
  }
}
