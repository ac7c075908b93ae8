/** What a new model changes against the old one, told by their content and by how both judge the lines learnt from. */
import { Engine } from "../engine.js";
import { type Centroid, decodeCentroids } from "../model/centroidSection.js";
import { decodeFeatures } from "../model/featureSection.js";
import { decodeSections, modelVersion, section } from "../model/modelFile.js";
import { decodeThresholds } from "../model/thresholdsSection.js";
import type { FormStore } from "./formStore.js";
import { unitVector } from "./patterns.js";

export interface Changes {
  from: string;
  to: string;
  /** Groups and values together: entries of the table. */
  entries: { new: number; vanished: number };
  centroids: { new: number; vanished: number; moved: number };
  probabilityThreshold: { from: number; to: number };
  /** Of the lines in the sample, the share tagged by one model and not by the other. */
  verdicts: { sampledLines: number; newlyTagged: number; noLongerTagged: number };
}

/** Forms judged by both models; the commonest come first. */
const sampleForms = 20_000;
/** Centroids nearer than this are the same pattern; farther than nothing, a moved one. */
const samePatternDistance = 0.3;

export function compareModels(old: Uint8Array, fresh: Uint8Array, store: FormStore): Changes | undefined {
  const before = new Engine();
  if (before.tryModel(old) !== undefined) return undefined;
  const after = new Engine();
  after.useModel(fresh, "new model");
  const [a, b] = [decodeSections(old), decodeSections(fresh)];
  const probability = (sections: typeof a) => Math.exp(-decodeThresholds(sections.get(section.thresholds)!).surprise);
  return {
    from: modelVersion(old),
    to: modelVersion(fresh),
    entries: compareEntries(a.get(section.features), b.get(section.features)),
    centroids: compareCentroids(a.get(section.centroids), b.get(section.centroids)),
    probabilityThreshold: { from: probability(a), to: probability(b) },
    verdicts: compareVerdicts(before, after, store),
  };
}

function compareEntries(old: Uint8Array | undefined, fresh: Uint8Array | undefined): Changes["entries"] {
  const keys = (bytes: Uint8Array | undefined) =>
    new Set(bytes ? decodeFeatures(bytes).map(({ low, high }) => high * 2 ** 32 + low) : []);
  const [a, b] = [keys(old), keys(fresh)];
  return { new: [...b].filter((key) => !a.has(key)).length, vanished: [...a].filter((key) => !b.has(key)).length };
}

function compareCentroids(old: Uint8Array | undefined, fresh: Uint8Array | undefined): Changes["centroids"] {
  const vectors = (bytes: Uint8Array | undefined) =>
    (bytes ? decodeCentroids(bytes) : []).map((centroid: Centroid) => unitVector(centroid.sums));
  const [a, b] = [vectors(old), vectors(fresh)];
  const nearest = (vector: Float32Array, others: Float32Array[]) =>
    others.reduce((least, other) => Math.min(least, distance(vector, other)), Number.POSITIVE_INFINITY);
  const toOld = b.map((vector) => nearest(vector, a));
  const toFresh = a.map((vector) => nearest(vector, b));
  return {
    new: toOld.filter((least) => least > samePatternDistance).length,
    vanished: toFresh.filter((least) => least > samePatternDistance).length,
    moved: toOld.filter((least) => least > 1e-3 && least <= samePatternDistance).length,
  };
}

function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d] - b[d]) ** 2;
  return Math.sqrt(sum);
}

function compareVerdicts(before: Engine, after: Engine, store: FormStore): Changes["verdicts"] {
  const forms = [...store.sorted()].sort((a, b) => store.weight(b) - store.weight(a)).slice(0, sampleForms);
  const verdicts = { sampledLines: 0, newlyTagged: 0, noLongerTagged: 0 };
  for (const form of forms) {
    const bytes = store.bytes(form);
    const [was, is] = [before.scoreForm(bytes) > 1, after.scoreForm(bytes) > 1];
    verdicts.sampledLines += store.weight(form);
    if (is && !was) verdicts.newlyTagged += store.weight(form);
    if (was && !is) verdicts.noLongerTagged += store.weight(form);
  }
  return verdicts;
}

export function describeChanges({ from, entries, centroids, probabilityThreshold, verdicts }: Changes): string {
  const count = (value: number) => value.toLocaleString("en-US");
  const share = (lines: number) => `${((100 * lines) / Math.max(1, verdicts.sampledLines)).toFixed(2)} %`;
  return [
    `  changed  against ${from}: ${count(entries.new)} entries new, ${count(entries.vanished)} gone; ` +
      `patterns ${centroids.new} new, ${centroids.vanished} gone, ${centroids.moved} moved`,
    `           p threshold ${probabilityThreshold.from.toPrecision(2)} -> ${probabilityThreshold.to.toPrecision(2)}; ` +
      `${share(verdicts.newlyTagged)} of the lines newly tagged, ${share(verdicts.noLongerTagged)} no longer`,
  ].join("\n");
}
