/**
 * News, not noise, by the words of docs/how-it-works.md: a new child of a directory or an unusual text is told twenty
 * times, then muted until an hour after the first; what is next most surprising decides then. Nothing else is muted.
 */
import { embeddingOf } from "./embedding.js";
import { kinds, type ShownFeature, shownFeaturesOf, tokensOf } from "./features.js";
import { type Bytes, hashPair } from "./hash.js";
import { knowsWord, type ReferenceModel } from "./model.js";
import { finished, noveltyReason, outlierReason } from "./reason.js";
import { groupOf, nearestCentroid } from "./verdict.js";

export interface Told {
  score: number;
  type?: "novelty" | "outlier";
  reason?: string;
}

const tagsMax = 20;
const mutedSeconds = 3600;

export class ReferenceFilter {
  private readonly news = new Map<bigint, { first: number; tags: number }>();
  muted = 0;

  constructor(private readonly model: ReferenceModel) {}

  /** The verdict on a form that arrives at `seconds`, keywords and windows left aside. */
  judge(form: Bytes, seconds: number): Told {
    const knows = (word: bigint) => knowsWord(this.model, word);
    const all = shownFeaturesOf(form, knows);
    const known = all.some((feature) => feature.kind === kinds.template && this.isSeen(feature));
    const sums = form[0] === "T" && !known ? embeddingOf(tokensOf(form, knows)) : undefined;
    const outlier = sums && this.outlier(sums);
    for (let features = all; ; ) {
      const found = this.leastProbable(features, known);
      const novelty = found ? -Math.log(found.probability) / this.model.surpriseThreshold : 0;
      if (outlier && outlier.score > novelty) {
        if (outlier.score <= 1) return { score: outlier.score };
        return { score: outlier.score, type: "outlier", reason: finished(outlier.reason, 0) };
      }
      if (!found || novelty <= 1) return { score: novelty };
      const { feature: least } = found;
      const told = this.tell(least, all, seconds);
      if (told !== 0) {
        const reason = noveltyReason({ form, features, least }, this.model);
        return { score: novelty, type: "novelty", reason: finished(reason, told ?? 0) };
      }
      this.muted++;
      features = least.kind >= kinds.template ? [] : features.filter((feature) => feature !== least);
    }
  }

  private isSeen({ group, value }: ShownFeature): boolean {
    return this.model.table.has(group) && this.model.table.has(hashPair(group, value));
  }

  private leastProbable(features: ShownFeature[], known: boolean) {
    let found: { feature: ShownFeature; probability: number } | undefined;
    for (const feature of features) {
      const group = groupOf(feature, this.model);
      const value = this.model.table.get(hashPair(feature.group, feature.value));
      if (!group || (known && feature.kind === kinds.tokenPair)) continue;
      if (value && feature.kind < kinds.template) continue;
      const probability = value ? value.count / (group.count + 1) : (group.once + 0.5) / (group.count + 1);
      if (probability < (found?.probability ?? 1)) found = { feature, probability };
    }
    return found;
  }

  /** Which telling this is; 0 where it is muted, undefined where it is no news that could be. */
  private tell(least: ShownFeature, all: ShownFeature[], seconds: number): number | undefined {
    if (least.kind !== kinds.child && least.kind < kinds.template) return undefined;
    // a text is one piece of news, whichever of its pairs was the most surprising
    const { group, value } = least.kind >= kinds.template ? all[0] : least;
    const key = hashPair(group, value);
    const held = this.news.get(key);
    if (!held || seconds < held.first || seconds - held.first >= mutedSeconds) {
      this.news.set(key, { first: seconds, tags: 1 });
      return 1;
    }
    return held.tags === tagsMax ? 0 : ++held.tags;
  }

  private outlier(sums: number[]): { score: number; reason: string } | undefined {
    const { centroids, outlierScale } = this.model;
    if (centroids.length === 0 || sums.every((sum) => sum === 0)) return undefined;
    const { nearest, distance } = nearestCentroid(sums, this.model);
    const radius = centroids[nearest].radius * outlierScale;
    return { score: distance / radius, reason: outlierReason(nearest, distance, radius) };
  }
}
