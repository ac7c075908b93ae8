/**
 * News, not noise, by the words of docs/architecture.md: a new child of a directory or an unusual text is told twenty
 * times, then muted until an hour after the first; what is next most surprising decides then. Nothing else is muted,
 * and no request that was not told yet, unless a hundred were that differ from it in names and numbers only.
 */
import { embeddingOf } from "./embedding.js";
import { kinds, type ShownFeature, shownFeaturesOf, tokensOf } from "./features.js";
import { type Bytes, hashPair } from "./hash.js";
import { knowsWord, type ReferenceModel } from "./model.js";
import { finished, noveltyReason, outlierReason } from "./reason.js";
import { groupOf, nearestCentroid, type TextNovelty, textNovelty } from "./verdict.js";

export interface Told {
  score: number;
  type?: "novelty" | "outlier";
  reason?: string;
}

const tagsMax = 20;
const mutedSeconds = 3600;
const alikeMax = 100;

export class ReferenceFilter {
  private readonly news = new Map<string, { first: number; tags: number }>();
  muted = 0;

  constructor(private readonly model: ReferenceModel) {}

  /**
   * The verdict on a signature that arrives at `seconds`, keywords and windows left aside; `request` as it is written.
   */
  judge(signature: Bytes, seconds: number, request: Bytes): Told {
    const knows = (word: bigint) => knowsWord(this.model, word);
    const all = shownFeaturesOf(signature, knows);
    const text = signature[0] === "T" ? textNovelty(all, this.model) : undefined;
    const sums = text?.asksOutlier ? embeddingOf(tokensOf(signature, knows)) : undefined;
    const outlier = sums && this.outlier(sums);
    for (let features = all; ; ) {
      const found = this.leastProbable(features, text);
      const novelty = found?.score ?? 0;
      if (outlier && outlier.score > novelty) {
        if (outlier.score <= 1) return { score: outlier.score };
        return { score: outlier.score, type: "outlier", reason: finished(outlier.reason, 0) };
      }
      if (!found || novelty <= 1) return { score: novelty };
      const { feature: least } = found;
      const told = this.tell(least, all, seconds, signature, request);
      if (told !== undefined) {
        const reason = noveltyReason({ signature, features, least }, this.model);
        return { score: novelty, type: "novelty", reason: finished(reason, told) };
      }
      this.muted++;
      features = least.kind >= kinds.template ? [] : features.filter((feature) => feature !== least);
    }
  }

  /** Of a text it is its template. */
  private leastProbable(features: ShownFeature[], text: TextNovelty | undefined) {
    if (text)
      return text.probability === undefined || features.length === 0 ? undefined : { feature: features[0], ...text };
    let found: { feature: ShownFeature; probability: number } | undefined;
    for (const feature of features) {
      const group = groupOf(feature, this.model);
      if (!group || this.model.table.has(hashPair(feature.group, feature.value))) continue;
      const probability = (group.once + 0.5) / (group.count + 1);
      if (probability < (found?.probability ?? 1)) found = { feature, probability };
    }
    return found && { feature: found.feature, score: -Math.log(found.probability) / this.model.surpriseThreshold };
  }

  /** Which telling this is, 0 where that is not counted; undefined where it is muted. */
  private tell(
    least: ShownFeature,
    all: ShownFeature[],
    seconds: number,
    signature: Bytes,
    request: Bytes,
  ): number | undefined {
    if (least.kind !== kinds.child && least.kind < kinds.template) return 0;
    // a text is one piece of news, whichever of its pairs was the most surprising
    const { group, value } = least.kind >= kinds.template ? all[0] : least;
    const key = String(hashPair(group, value));
    if (least.kind !== kinds.child) return this.count(key, tagsMax, seconds) || undefined;
    if (isEvasive(signature)) return 0;
    const told = this.count(key, tagsMax, seconds);
    const isNew =
      this.count(`request ${request}`, 1, seconds) > 0 &&
      this.count(`${key} ${likenessOf(signature)}`, alikeMax, seconds) > 0;
    return told > 0 || isNew ? told : undefined;
  }

  /** Up to `most` within the hour, 0 beyond. */
  private count(key: string, most: number, seconds: number): number {
    const held = this.news.get(key);
    if (!held || seconds < held.first || seconds - held.first >= mutedSeconds) {
      this.news.set(key, { first: seconds, tags: 1 });
      return 1;
    }
    return held.tags === most ? 0 : ++held.tags;
  }

  private outlier(sums: number[]): { score: number; reason: string } | undefined {
    const { centroids, outlierScale } = this.model;
    if (centroids.length === 0 || sums.every((sum) => sum === 0)) return undefined;
    const { nearest, distance } = nearestCentroid(sums, this.model);
    const radius = centroids[nearest].radius * outlierScale;
    return { score: distance / radius, reason: outlierReason(nearest, distance, radius) };
  }
}

function partsOf(signature: Bytes) {
  const [, head, path, parameters] = /^([^\x01]*\x01[^\x01]*\x01)([^\x02]*)(.*)$/s.exec(signature)!;
  const each = [...parameters.matchAll(/\x02([^\x03]*)\x03([^\x04]*)\x04(.)/gs)];
  return { head, path, parameters: each.map(([, name, value, length]) => ({ name, value, length })) };
}

/** Whether the request may be meant for another place than it seems. */
function isEvasive(signature: Bytes): boolean {
  const { path, parameters } = partsOf(signature);
  const values = parameters.map(({ value }) => value).join("\x04");
  return /\.\.|[\\%\x07\xc0\xc1]|\xe0[\x80-\x9f]|\xf0[\x80-\x8f]/.test(path) || /\.\.|[\\%\x07]/.test(values);
}

/** What is left where names and numbers in the path and the order of signs are not looked at. */
function likenessOf(signature: Bytes): string {
  const { head, path, parameters } = partsOf(signature);
  const last = path.slice(path.lastIndexOf("/"));
  const signs = (text: string) => [...new Set(text)].sort().join("");
  return JSON.stringify([
    head,
    signs(path.replace(/[A-Za-z0-9/._-]/g, "").replace(/[\x80-\xff]/g, "\x80")),
    path.match(/\/\.[^/]*/g),
    /\.[^.]*$/.exec(last)?.[0].slice(0, 9),
    parameters.map(({ name }) => name).sort(),
    signs(parameters.map(({ value }) => value.replace(/[a1-6]/g, "")).join("")),
    Math.max(0, ...parameters.map(({ length }) => length.charCodeAt(0) >> 2)),
  ]);
}
