/**
 * Known patterns of texts: templates -> embeddings -> DBSCAN with how often each came -> a cover of the core points.
 */

import { grown } from "../math/columns.js";
import { dbscan } from "../math/dbscan.js";
import { HashIndex, halves } from "../math/hashIndex.js";
import { unitVector } from "../math/unitVector.js";
import type { Centroid } from "../model/centroidSection.js";
import { centroidsMax, dimensions } from "../model/centroidSection.js";
import type { SignatureStore } from "../signatures/signatureStore.js";
import type { Engine } from "../wasm/engine.js";
import { coverCore } from "./cover.js";

/** The heaviest templates are clustered; the rest can be outliers only by being far from all of these. */
export const templatesMax = 8192;

export interface PatternOptions {
  eps: number;
  minSamples: number;
}

export interface Pattern extends Centroid {
  /** One that shows its centre. */
  signature: number;
}

export class Templates {
  readonly index = new HashIndex();
  weights = new Float64Array(1024);
  /** A signature that shows the template. */
  signatures = new Uint32Array(1024);

  add(hash: bigint, weight: number, signature: number): number {
    const template = this.index.add(...halves(hash));
    if (template >= this.weights.length) {
      this.weights = grown(this.weights, template * 2);
      this.signatures = grown(this.signatures, template * 2);
    }
    if (this.weights[template] === 0) this.signatures[template] = signature;
    this.weights[template] += weight;
    return template;
  }

  /** Heaviest first; equal ones by their hash. */
  heaviest(): number[] {
    const { low, high } = this.index;
    return Array.from({ length: this.index.size }, (_, template) => template)
      .sort((a, b) => this.weights[b] - this.weights[a] || high[a] - high[b] || low[a] - low[b])
      .slice(0, templatesMax);
  }
}

export function learnPatterns(
  engine: Engine,
  store: SignatureStore,
  templates: Templates,
  { eps, minSamples }: PatternOptions,
): Pattern[] {
  const chosen = templates.heaviest();
  const sums = chosen.map((template) => embed(engine, store, templates.signatures[template]));
  const points = new Float32Array(chosen.length * dimensions);
  sums.forEach((row, index) => {
    points.set(unitVector(row), index * dimensions);
  });
  const weights = Float64Array.from(chosen, (template) => templates.weights[template]);
  const input = { points, count: chosen.length, dims: dimensions, weights, eps, minSamples };
  const { centroids } = coverCore(input, dbscan(input), { centroidsMax });
  return centroids.map(({ point, radius, support }) => {
    const signature = templates.signatures[chosen[point]];
    return { sums: sums[point], radius, support: Math.round(support), signature };
  });
}

function embed(engine: Engine, store: SignatureStore, signature: number): Int16Array {
  engine.features(store.bytes(signature), false);
  return engine.embeddingSums() ?? new Int16Array(dimensions).fill(1);
}
