/** Both detectors' scores of a signature: requestScore.ts, textScore.ts and nearest.ts of assembly/detect/ */
import { embeddingOf } from "./embedding.js";
import { type Feature, featuresOf, kinds, tokensOf } from "./features.js";
import { type Bytes, hashPair } from "./hash.js";
import { knowsWord, type ReferenceModel, type TableEntry } from "./model.js";

export interface Scores {
  novelty: number;
  outlier: number;
  probability: number | undefined;
  nearest: number;
  distance: number;
}

/** Centroids whose signs differ least are compared exactly. */
const candidates = 4;

export function scoresOf(signature: Bytes, model: ReferenceModel): Scores {
  const knows = (word: bigint) => knowsWord(model, word);
  const features = featuresOf(signature, knows);
  const text = signature[0] === "T" ? textNovelty(features, model) : undefined;
  const request = text ? undefined : leastProbable(features, model);
  const surprise = request === undefined ? 0 : -Math.log(request) / model.surpriseThreshold;
  const scores: Scores = {
    novelty: text?.score ?? surprise,
    outlier: 0,
    probability: text ? text.probability : request,
    nearest: -1,
    distance: 0,
  };
  const sums = text?.asksOutlier ? embeddingOf(tokensOf(signature, knows), model.tokens) : undefined;
  if (!sums || model.centroids.length === 0 || sums.every((sum) => sum === 0)) return scores;
  const { nearest, distance } = nearestCentroid(sums, model);
  const outlier = distance / (model.centroids[nearest].radius * model.outlierScale);
  return { ...scores, outlier, nearest, distance };
}

const openProbability = 0.2;
/** Of a text's new pairs the least probable ones count, so many. */
const pairsTogether = 3;

export interface TextNovelty {
  score: number;
  probability?: number;
  /** True where nothing learnt of the source says whether the text is new. */
  asksOutlier: boolean;
}

/**
 * Good–Turing for a template that its source never had, times the same for its pairs; what was learnt stays below 1.
 */
export function textNovelty(
  [template, ...pairs]: Feature[],
  { table, surpriseThreshold }: ReferenceModel,
): TextNovelty {
  const source = table.get(template.group);
  if (!source) return { score: 0, asksOutlier: true };
  const times = table.get(hashPair(template.group, template.value))?.count;
  if (times !== undefined) {
    const probability = times / (source.count + 1);
    const surprise = -Math.log(probability) / surpriseThreshold;
    return { score: surprise / (1 + surprise), probability, asksOutlier: false };
  }
  const escapeOf = (entry: TableEntry) => (entry.once + 0.5) / (entry.count + 1);
  const rarest = pairs
    .filter(({ group, value }) => table.has(group) && !table.has(hashPair(group, value)))
    .map(({ group }) => escapeOf(table.get(group)!))
    .sort((a, b) => a - b)
    .slice(0, pairsTogether);
  const probability = rarest.reduce((product, factor) => product * factor, escapeOf(source));
  return {
    score: -Math.log(probability) / surpriseThreshold,
    probability,
    asksOutlier: escapeOf(source) > openProbability,
  };
}

/** A malformed request where none ever was counts as a method never seen. */
export function groupOf({ kind, group }: Feature, { table }: ReferenceModel) {
  const found = table.get(group);
  return !found && kind === kinds.malformedShape ? table.get(hashPair(BigInt(kinds.method), 0n)) : found;
}

/** Good–Turing for what a group of a request never had. */
function leastProbable(features: Feature[], model: ReferenceModel): number | undefined {
  const probabilities = features.flatMap((feature) => {
    const group = groupOf(feature, model);
    return !group || model.table.has(hashPair(feature.group, feature.value))
      ? []
      : (group.once + 0.5) / (group.count + 1);
  });
  const probability = Math.min(...probabilities);
  return probability < 1 ? probability : undefined;
}

export function nearestCentroid(sums: number[], { centroids }: ReferenceModel): { nearest: number; distance: number } {
  const differing = centroids.map(({ signs }) => signs.filter((sign, d) => sign !== sums[d] > 0).length);
  const order = [...centroids.keys()].sort((a, b) => differing[a] - differing[b] || a - b).slice(0, candidates);
  const distances = order.map((index) => euclidean(unit(sums), unit(centroids[index].sums)));
  const distance = Math.min(...distances);
  return { nearest: Math.min(...order.filter((_, i) => distances[i] <= distance + 1e-12)), distance };
}

function unit(vector: number[]): number[] {
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

function euclidean(a: number[], b: number[]): number {
  return Math.hypot(...a.map((value, d) => value - b[d]));
}
