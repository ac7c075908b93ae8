/** What else is said of a line that fits no pattern, in the terms of a tag: keyword, severity. */

import { defaultKeywords } from "../config/defaultKeywords.js";
import { type Severity, severities } from "../config/keywords.js";
import { noiseLabel } from "../math/dbscan.js";
import { rareShares } from "../model/thresholdsSection.js";
import { Engine } from "../wasm/engine.js";
import type { Scan } from "./scan.js";

export interface Evidence {
  /** Fewer lines than this are like it. */
  threshold: number;
  keyword?: string;
  severity: Severity;
}

export class EvidenceReader {
  private readonly engine = new Engine();
  private readonly keywords = new Map<number, string | null>();
  private readonly medium: number;
  private readonly high: number;

  constructor(private readonly scan: Scan) {
    this.medium = rareDistance(scan, rareShares.medium);
    this.high = rareDistance(scan, rareShares.high);
  }

  /** Of a line and its point; lines of one point have the same words. */
  of(point: number, line: Uint8Array): Evidence {
    const keyword = this.keywordOf(point, line);
    const distance = this.scan.clusters.distances[point];
    const grade = distance >= this.high ? 2 : distance >= this.medium ? 1 : 0;
    const configured = defaultKeywords.find(({ name }) => name === keyword)?.severity ?? "low";
    const severity = severities[Math.max(grade, severities.indexOf(configured))];
    return { threshold: this.scan.options.minSamples, ...(keyword !== null && { keyword }), severity };
  }

  private keywordOf(point: number, line: Uint8Array): string | null {
    let keyword = this.keywords.get(point);
    if (keyword === undefined) {
      keyword = this.engine.explain(line, 0n)?.keyword ?? null;
      this.keywords.set(point, keyword);
    }
    return keyword;
  }
}

/** How far from any pattern so small a share of the log's lines is; infinite where that is less than one line. */
function rareDistance({ clusters, weights, tally }: Scan, share: number): number {
  const { labels, distances } = clusters;
  const noise = Int32Array.from(labels.keys()).filter((point) => labels[point] === noiseLabel && distances[point] > 0);
  let lines = 0;
  let rare = Number.POSITIVE_INFINITY;
  for (const point of noise.sort((a, b) => distances[b] - distances[a])) {
    lines += weights[point];
    if (lines > share * tally.lines) break;
    rare = distances[point];
  }
  return rare;
}
