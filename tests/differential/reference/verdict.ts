/** Both detectors' scores of a signature: requestScore.ts, textScore.ts and nearest.ts of assembly/detect/ */
import { embeddingOf } from "./embedding.js";
import { type Feature, featuresOf, kinds, tokensOf } from "./features.js";
import { type Bytes, hashPair } from "./hash.js";
import { knowsWord, type ReferenceModel } from "./model.js";

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
  const { probability, templateKnown } = leastProbable(featuresOf(signature, knows), model);
  const scores: Scores = {
    novelty: probability === undefined ? 0 : -Math.log(probability) / model.surpriseThreshold,
    outlier: 0,
    probability,
    nearest: -1,
    distance: 0,
  };
  const sums =
    signature[0] === "T" && !templateKnown ? embeddingOf(tokensOf(signature, knows), model.tokens) : undefined;
  if (!sums || model.centroids.length === 0 || sums.every((sum) => sum === 0)) return scores;
  const { nearest, distance } = nearestCentroid(sums, model);
  const outlier = distance / (model.centroids[nearest].radius * model.outlierScale);
  return { ...scores, outlier, nearest, distance };
}

/** A malformed request where none ever was counts as a method never seen. */
export function groupOf({ kind, group }: Feature, { table }: ReferenceModel) {
  const found = table.get(group);
  return !found && kind === kinds.malformedShape ? table.get(hashPair(BigInt(kinds.method), 0n)) : found;
}

/** Good–Turing for what a group never had; its frequency for a template or a token pair that is known. */
function leastProbable(features: Feature[], model: ReferenceModel): { probability?: number; templateKnown: boolean } {
  const template = features.find(({ kind }) => kind === kinds.template);
  const groupEntry = (feature: Feature) => groupOf(feature, model);
  const valueEntry = ({ group, value }: Feature) => model.table.get(hashPair(group, value));
  const templateKnown =
    template !== undefined && groupEntry(template) !== undefined && valueEntry(template) !== undefined;
  const probabilities = features.flatMap((feature) => {
    const [group, value] = [groupEntry(feature), valueEntry(feature)];
    if (!group || (templateKnown && feature.kind === kinds.tokenPair)) return [];
    if (!value) return (group.once + 0.5) / (group.count + 1);
    return feature.kind >= kinds.template ? value.count / (group.count + 1) : [];
  });
  const probability = Math.min(...probabilities);
  return { probability: probability < 1 ? probability : undefined, templateKnown };
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
