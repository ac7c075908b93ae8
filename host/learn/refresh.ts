/**
 * From lines to a model: signatures -> vocabulary -> groups and values -> patterns -> thresholds -> file. Nothing in it
 * depends on the clock, the host, paths or the order of the lines.
 */

import { exitCode, OddlineError } from "../io/errors.js";
import { type Centroid, encodeCentroids } from "../model/centroidSection.js";
import { type Entry, encodeFeatures, entriesMax } from "../model/featureSection.js";
import { encodeModel, type Sections, section } from "../model/modelFile.js";
import { encodeThresholds } from "../model/thresholdsSection.js";
import type { SignatureStore } from "../signatures/signatureStore.js";
import { learnVocabulary, useVocabulary } from "../signatures/vocabulary.js";
import type { Engine } from "../wasm/engine.js";
import { featureKinds } from "../wasm/layout.js";
import { learnAgents } from "./agents.js";
import { type Calibration, calibrate, type LeftOutLine, type Sensitivity, sensitivities } from "./calibrate.js";
import { gatherTemplates, learnPatterns } from "./patterns.js";
import { countSignatures, openProbability, type Statistics } from "./statistics.js";
import { usualShapes } from "./usualShapes.js";

export interface LearnOptions {
  /** Share of ordinary lines that may be tagged. */
  share: number;
  eps: number;
  minSamples: number;
  ageSecondsMax: number;
  embedder: "builtin" | "minilm";
  /** Sections that are not learnt here: configuration, keywords, forest, a teacher's vectors of words. */
  given: Sections;
  /** What the provenance says of sections that were taken over. */
  givenOrigins?: Record<string, unknown>;
}

export interface LearnSummary {
  lines: number;
  linesNotLearnt: number;
  /** Too long to be read, and not among `lines`. */
  linesTooLong: number;
  /** No signature's count is too low by more lines than this. */
  missedMax: number;
  forms: number;
  formsMax: number;
  groups: number;
  groupsOpen: number;
  values: number;
  words: number;
  templates: number;
  centroids: number;
  newestEventSeconds: number;
  calibration: Calibration;
}

export function learn(
  engine: Engine,
  store: SignatureStore,
  options: LearnOptions,
): { model: Uint8Array; summary: LearnSummary } {
  if (store.lines === 0) {
    throw new OddlineError("NOTHING_TO_LEARN", {
      subject: "refresh",
      expected: "lines of a log",
      found: "none",
      remedy: "name a log that is not empty; the installed model was not changed",
      exit: exitCode.nothing,
    });
  }
  store.cut();
  const words = learnVocabulary(engine, store);
  useVocabulary(engine, words, options.given.get(section.tokens));
  const statistics = countSignatures(engine, store);
  const isOpen = openGroups(statistics, words.length);
  const templates = gatherTemplates(engine, store);
  const centroids = learnPatterns(engine, store, templates, options);
  const entries = [...words, ...learntEntries(engine, statistics, isOpen), ...learnAgents(engine, store)];

  const sections: Sections = new Map(options.given);
  sections.set(section.features, encodeFeatures(entries));
  if (centroids.length > 0) sections.set(section.centroids, encodeCentroids(centroids));
  // The engine measures distances as the filter will: it needs the model, thresholds aside, in use.
  sections.set(section.thresholds, thresholdsSection(store, options, { surprise: 1, outlierScale: 1 }));
  engine.useModel(encodeModel(engine, sections), "learnt model");
  const leftOut = leaveOut(engine, store, statistics, isOpen, centroids);
  const calibration = calibrate(leftOut, options.share);
  sections.set(section.thresholds, thresholdsSection(store, options, calibration));

  const groupsOpen = isOpen.reduce((sum, open) => sum + open, 0);
  const summary: LearnSummary = {
    lines: store.lines,
    linesNotLearnt: store.linesNotLearnt,
    linesTooLong: store.linesTooLong,
    missedMax: store.missedMax,
    forms: store.size,
    formsMax: store.signaturesMax,
    groups: statistics.groups.size - groupsOpen,
    groupsOpen,
    values: entries.length - words.length - (statistics.groups.size - groupsOpen),
    words: words.length,
    templates: templates.index.size,
    centroids: centroids.length,
    newestEventSeconds: store.newestEventSeconds,
    calibration,
  };
  sections.set(section.provenance, provenance(summary, options, sensitivities(leftOut)));
  return { model: encodeModel(engine, sections), summary };
}

function thresholdsSection(
  store: SignatureStore,
  options: LearnOptions,
  fit: { surprise: number; outlierScale: number },
): Uint8Array {
  return encodeThresholds({
    surprise: fit.surprise,
    outlierScale: fit.outlierScale,
    newestEventSeconds: store.newestEventSeconds,
    ageSecondsMax: options.ageSecondsMax,
    linesLearnt: store.lines - store.linesNotLearnt,
    tagEvery: false,
  });
}

/** 1 for each group that is left out of the model: those that keep producing values, and what would not fit. */
function openGroups(statistics: Statistics, words: number): Uint8Array {
  const isOpen = new Uint8Array(statistics.groups.size);
  const values = new Uint32Array(statistics.groups.size);
  for (let value = 0; value < statistics.values.size; value++) values[statistics.valueGroups[value]]++;
  let entries = words;
  for (let group = 0; group < isOpen.length; group++) {
    // Of these it matters whether they were met at all: a malformed request is news where none ever was, and of an open
    // source the templates are known all the same.
    const kind = statistics.groupKinds[group];
    const stays = kind === featureKinds.malformedShape || kind === featureKinds.template;
    if (!stays && statistics.escapeProbability(group) > openProbability) isOpen[group] = 1;
    else entries += 1 + values[group];
  }
  if (entries <= entriesMax) return isOpen;
  // Too many for the file: the groups that say least, those most likely to bring something new, go first.
  const { low, high } = statistics.groups;
  const order = Uint32Array.from(isOpen, (_, group) => group)
    .filter((group) => !isOpen[group])
    .sort(
      (a, b) =>
        statistics.escapeProbability(b) - statistics.escapeProbability(a) || high[a] - high[b] || low[a] - low[b],
    );
  for (const group of order) {
    if (entries <= entriesMax) break;
    isOpen[group] = 1;
    entries -= 1 + values[group];
  }
  return isOpen;
}

function learntEntries(engine: Engine, statistics: Statistics, isOpen: Uint8Array): Entry[] {
  const entries: Entry[] = [];
  const usual = usualShapes(engine, statistics);
  for (let group = 0; group < isOpen.length; group++) {
    if (isOpen[group]) continue;
    entries.push({
      low: statistics.groups.low[group],
      high: statistics.groups.high[group],
      count: statistics.groupCounts[group],
      once: statistics.groupOnce[group],
      usualShape: usual[group],
    });
  }
  for (let value = 0; value < statistics.values.size; value++) {
    if (isOpen[statistics.valueGroups[value]] || statistics.valueDistrusted[value]) continue;
    const { low, high } = statistics.values;
    entries.push({ low: low[value], high: high[value], count: statistics.valueCounts[value], once: 0, usualShape: 0 });
  }
  return entries;
}

/** Each signature as if one of its lines had not been learnt. */
function leaveOut(
  engine: Engine,
  store: SignatureStore,
  statistics: Statistics,
  isOpen: Uint8Array,
  centroids: Centroid[],
): LeftOutLine[] {
  const lines: LeftOutLine[] = [];
  for (const signature of store.sorted()) {
    const weight = store.weight(signature);
    if (weight === 0) continue;
    const bytes = store.bytes(signature);
    const features = engine.tableKeys(bytes, false);
    const { surprise, asksOutlier, owner } = statistics.leftOut(features, isOpen);
    const isText = features.length > 0 && features[4] === featureKinds.template;
    const outlier = asksOutlier && centroids.length > 0 ? engine.relativeDistance() : 0;
    lines.push({ weight, surprise, outlier, owner, isText });
  }
  return lines;
}

function provenance(summary: LearnSummary, options: LearnOptions, others: Sensitivity[]): Uint8Array {
  // What was left out changes nothing in a model, its provenance included.
  const { calibration, linesTooLong: _, ...counts } = summary;
  const said = {
    ...counts,
    ...calibration,
    share: options.share,
    eps: options.eps,
    minSamples: options.minSamples,
    embedder: options.embedder,
    sensitivities: others,
    ...options.givenOrigins,
  };
  return Buffer.from(JSON.stringify(said));
}
