/** Both detectors' scores of a signature: requestScore.ts, textScore.ts and nearest.ts of assembly/detect/ */
import { embeddingOf } from "./embedding.js";
import { type Feature, featuresOf, shownFeaturesOf, tokensOf } from "./features.js";
import { type Bytes, hashPair } from "./hash.js";
import { knowsWord, type ReferenceModel, type TableEntry } from "./model.js";
import { requestSurprise } from "./request.js";

export interface Scores {
  novelty: number;
  outlier: number;
  /** The larger of both, its level weighed. */
  score: number;
  probability: number | undefined;
  nearest: number;
  distance: number;
}

/** What both make of a text that its source, which was met, never had: an error is always news, information less so. */
export function weighLevel(score: number, signature: Bytes, isUnmet: boolean): number {
  const level = Number(signature[1]);
  if (!isUnmet || score <= 0) return score;
  if (level >= 5) return 2 * Math.max(1, score);
  return level >= 1 && level <= 3 && score > 1 ? Math.sqrt(score) : score;
}

/** Centroids whose signs differ least are compared exactly. */
const candidates = 4;

export function scoresOf(signature: Bytes, model: ReferenceModel): Scores {
  const knows = (word: bigint) => knowsWord(model, word);
  if (signature[0] !== "T") {
    const { nats, probability } = requestSurprise(signature, shownFeaturesOf(signature, knows), model);
    const novelty = nats / model.requestThreshold;
    return { novelty, outlier: 0, score: novelty, probability, nearest: -1, distance: 0 };
  }
  const text = textNovelty(featuresOf(signature, knows), model);
  const scores: Scores = {
    novelty: text.score,
    outlier: 0,
    score: weighLevel(text.score, signature, text.isUnmet),
    probability: text.probability,
    nearest: -1,
    distance: 0,
  };
  const sums = text.asksOutlier ? embeddingOf(tokensOf(signature, knows), model.tokens) : undefined;
  if (!sums || model.centroids.length === 0 || sums.every((sum) => sum === 0)) return scores;
  const { nearest, distance } = nearestCentroid(sums, model);
  const outlier = distance / (model.centroids[nearest].radius * model.outlierScale);
  const score = weighLevel(Math.max(text.score, outlier), signature, text.isUnmet);
  return { ...scores, outlier, score, nearest, distance };
}

const openProbability = 0.2;
/** Of a text's new pairs the least probable ones count, so many. */
const pairsTogether = 3;

export interface TextNovelty {
  score: number;
  probability?: number;
  /** True where its source was met and never had it. */
  isUnmet: boolean;
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
  if (!source) return { score: 0, isUnmet: false, asksOutlier: true };
  const learnt = table.get(hashPair(template.group, template.value));
  if (learnt && learnt.note < 5) {
    const times = learnt.count;
    const probability = times / (source.count + 1);
    const surprise = -Math.log(probability) / surpriseThreshold;
    return { score: surprise / (1 + surprise), probability, isUnmet: false, asksOutlier: false };
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
    isUnmet: true,
    asksOutlier: escapeOf(source) > openProbability,
  };
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
