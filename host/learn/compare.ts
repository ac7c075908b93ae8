/** What a new model changes against the old one, told by their content and by how both judge the lines learnt from. */

import { grouped } from "../io/numbers.js";
import { numbersWhere } from "../math/columns.js";
import type { HashIndex } from "../math/hashIndex.js";
import { unitVector } from "../math/unitVector.js";
import { type Centroid, decodeCentroids } from "../model/centroidSection.js";
import { featureKeys } from "../model/featureSection.js";
import { decodeSections, modelVersion, section } from "../model/modelFile.js";
import { decodeThresholds } from "../model/thresholdsSection.js";
import type { SignatureStore } from "../signatures/signatureStore.js";
import { Engine } from "../wasm/engine.js";

export interface Changes {
  from: string;
  to: string;
  /** Groups and values together: entries of the table. */
  entries: { new: number; vanished: number };
  centroids: { new: number; vanished: number; moved: number };
  probabilityThreshold: { from: number; to: number };
  /** Of the lines in the sample, the share tagged by one model and not by the other. */
  verdicts: { sampledLines: number; newlyTagged: number; noLongerTagged: number };
  /** Of what makes up the lines in the sample, the share known to the old model and to the new one. */
  known: { from: number; to: number };
  /** Whether the lines are of quite another kind than those the old model learnt from. */
  isAnotherKind: boolean;
}

/**
 * Of lines of another kind the old model knows less than this part of what the new one does: half of the lines of 27
 * logs know .84 or more of the other half, a model of a thousand lines .48 or more of the next 400; of two logs that
 * have nothing to do with each other under .1 in the median pair (docs/schedule.md).
 */
const sameKindShare = 1 / 4;
/** A model of fewer lines knows too little to tell: one program's 400 lines knew .06 of another's in the same log. */
const linesToTellKind = 1000;

/** Signatures judged by both models; the commonest come first. */
const sampleSignatures = 20_000;
/** Centroids nearer than this are the same pattern; farther than nothing, a moved one. */
const samePatternDistance = 0.3;

export function compareModels(old: Uint8Array, fresh: Uint8Array, store: SignatureStore): Changes | undefined {
  const before = new Engine();
  if (before.tryModel(old) !== undefined) return undefined;
  const after = new Engine();
  after.useModel(fresh, "new model");
  const [a, b] = [decodeSections(old), decodeSections(fresh)];
  const sample = sampleOf(store);
  const verdicts = compareVerdicts(before, after, store, sample);
  const [keysBefore, keysAfter] = [featureKeys(a.get(section.features)), featureKeys(b.get(section.features))];
  const known = {
    from: knownShare(before, keysBefore, store, sample),
    to: knownShare(after, keysAfter, store, sample),
  };
  const { linesLearnt } = decodeThresholds(a.get(section.thresholds)!);
  const probability = (sections: typeof a) => Math.exp(-decodeThresholds(sections.get(section.thresholds)!).surprise);
  return {
    from: modelVersion(old),
    to: modelVersion(fresh),
    entries: compareEntries(keysBefore, keysAfter),
    centroids: compareCentroids(a.get(section.centroids), b.get(section.centroids)),
    probabilityThreshold: { from: probability(a), to: probability(b) },
    verdicts,
    known,
    isAnotherKind: linesLearnt >= linesToTellKind && known.from < sameKindShare * known.to,
  };
}

/** Of a line's pairs of group and value, those in the model; the mean over the lines. */
function knownShare(engine: Engine, entries: HashIndex, store: SignatureStore, sample: Uint32Array): number {
  let [lines, sum] = [0, 0];
  for (const signature of sample) {
    const pairs = engine.tableKeys(store.bytes(signature), false);
    if (pairs.length === 0) continue;
    let known = 0;
    for (let at = 0; at < pairs.length; at += 8) {
      if (entries.find(pairs[at + 2], pairs[at + 3]) >= 0) known++;
    }
    lines += store.weight(signature);
    sum += (store.weight(signature) * known * 8) / pairs.length;
  }
  return lines > 0 ? sum / lines : 0;
}

/** The commonest signatures. */
function sampleOf(store: SignatureStore): Uint32Array {
  const weights = new Float64Array(store.size);
  for (let signature = 0; signature < weights.length; signature++) weights[signature] = store.weight(signature);
  const signatures = store.sorted().filter((signature) => weights[signature] > 0);
  return signatures.sort((a, b) => weights[b] - weights[a]).subarray(0, sampleSignatures);
}

function compareEntries(a: HashIndex, b: HashIndex): Changes["entries"] {
  const isMissing =
    (known: HashIndex, { low, high }: HashIndex) =>
    (key: number) =>
      known.find(low[key], high[key]) < 0;
  return {
    new: numbersWhere(b.size, isMissing(a, b)).length,
    vanished: numbersWhere(a.size, isMissing(b, a)).length,
  };
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

function compareVerdicts(
  before: Engine,
  after: Engine,
  store: SignatureStore,
  sample: Uint32Array,
): Changes["verdicts"] {
  const verdicts = { sampledLines: 0, newlyTagged: 0, noLongerTagged: 0 };
  for (const signature of sample) {
    const bytes = store.bytes(signature);
    const [was, is] = [before.scoreSignature(bytes) > 1, after.scoreSignature(bytes) > 1];
    verdicts.sampledLines += store.weight(signature);
    if (is && !was) verdicts.newlyTagged += store.weight(signature);
    if (was && !is) verdicts.noLongerTagged += store.weight(signature);
  }
  return verdicts;
}

const percent = (share: number) => `${(share * 100).toFixed(0)} %`;

export function describeAnotherKind({ known }: Changes): { expected: string; found: string } {
  return {
    expected:
      "lines of the kind that the model in place learnt from: a quarter or more of what the new model knows in them " +
      `(${percent(known.to)}) known to it as well`,
    found: percent(known.from),
  };
}

export function describeChanges({ from, entries, centroids, probabilityThreshold, verdicts, known }: Changes): string {
  const share = (lines: number) => `${((100 * lines) / Math.max(1, verdicts.sampledLines)).toFixed(2)} %`;
  return [
    `  changed  against ${from}: ${grouped(entries.new)} entries new, ${grouped(entries.vanished)} gone; ` +
      `patterns ${centroids.new} new, ${centroids.vanished} gone, ${centroids.moved} moved`,
    `           p threshold ${probabilityThreshold.from.toPrecision(2)} -> ${probabilityThreshold.to.toPrecision(2)}; ` +
      `${share(verdicts.newlyTagged)} of the lines newly tagged, ${share(verdicts.noLongerTagged)} no longer`,
    `           of what is in the lines ${percent(known.from)} was known before`,
  ].join("\n");
}
