/**
 * From lines to a model: signatures -> vocabulary -> groups and values -> patterns -> thresholds -> file. Nothing in it
 * depends on the clock, the host, paths or the order of the lines.
 */

import { exitCode, OddlineError } from "../io/errors.js";
import { numbersWhere } from "../math/columns.js";
import { halves, joined } from "../math/hashIndex.js";
import { type Centroid, encodeCentroids } from "../model/centroidSection.js";
import { withoutLearning } from "../model/configuredModel.js";
import { distrustedOfOneNote, type Entry, encodeFeatures, entriesMax } from "../model/featureSection.js";
import { encodeGrams } from "../model/gramSection.js";
import { encodeModel, type Sections, section } from "../model/modelFile.js";
import { encodeTexts } from "../model/textSection.js";
import { encodeThresholds } from "../model/thresholdsSection.js";
import { encodeUsual } from "../model/usualSection.js";
import type { SignatureStore } from "../signatures/signatureStore.js";
import { learnVocabulary, useVocabulary } from "../signatures/vocabulary.js";
import type { Engine } from "../wasm/engine.js";
import { featureBytes, featureKinds, fieldEnd, isOfRequest, textSignature } from "../wasm/layout.js";
import { learnAgents } from "./agents.js";
import { type Calibration, calibrate, type LeftOutLine, type Sensitivity, sensitivities } from "./calibrate.js";
import { knownTexts } from "./knownTexts.js";
import { learnOpenNames } from "./openNames.js";
import { settleOutcomes } from "./outcomes.js";
import { learnPatterns, Templates } from "./patterns.js";
import { learnRanges } from "./ranges.js";
import { placesEntry, placesOf, RequestSurprise, smallGroup } from "./requestSurprise.js";
import { countSignatures, isAlwaysKept, isKeptAsMet, openProbability, type Statistics } from "./statistics.js";
import { usualRates } from "./usualRates.js";
import { usualShapes } from "./usualShapes.js";

const wordsPerFeature = featureBytes / 4;

export interface LearnOptions {
  /** Share of ordinary lines that may be tagged. */
  share: number;
  eps: number;
  minSamples: number;
  ageSecondsMax: number;
  embedder: "builtin" | "minilm";
  /** False where reasons may not quote what was learnt: masked texts and names of parameters. */
  texts?: boolean;
  /** Sections that are not learnt here: configuration, keywords, forest, a teacher's vectors of words. */
  given: Sections;
  /** What the provenance says of sections that were taken over. */
  givenOrigins?: Record<string, unknown>;
}

/** How many lines have what, and how many are of which format, the most frequent first. */
export interface Found extends Record<"lines" | "time" | "key" | "level" | "status" | "flow", number> {
  formats: [name: string, lines: number][];
}

export interface LearnSummary {
  lines: number;
  linesNotLearnt: number;
  /** Too long to be read, and not among `lines`. */
  linesTooLong: number;
  /** Of the lines that were read; summaries do not say it of theirs. */
  found?: Found;
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

function named(engine: Engine, found: SignatureStore["found"]): Found {
  const formats = [...found.formats].map(([address, lines]): [string, number] => [engine.textAt(address), lines]);
  return { ...found, formats: formats.sort(([, a], [, b]) => b - a) };
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
  const { grams } = statistics;
  const { features, places, centroids, templates, ...counts } = learnTable(engine, store, statistics, words, options);

  const sections: Sections = new Map(options.given);
  sections.set(section.features, features);
  if (grams)
    sections.set(
      section.grams,
      encodeGrams((gram) => grams.isMet(gram)),
    );
  const rates = usualRates(store.rates);
  if (rates) sections.set(section.usual, encodeUsual(rates, store.rates.windowSeconds));
  if (centroids.length > 0) sections.set(section.centroids, encodeCentroids(centroids));
  if (options.texts !== false) {
    const centres = centroids.map(({ signature }) => signature);
    sections.set(section.texts, encodeTexts(knownTexts(engine, store, centres)));
  }
  // The engine measures distances as the filter will: it needs the model, thresholds aside, in use.
  sections.set(section.thresholds, encodeThresholds(withoutLearning));
  engine.useModel(encodeModel(engine, sections), "learnt model");
  const leftOut = leaveOut(engine, store, statistics, places, centroids);
  const calibration = calibrate(leftOut, options.share);
  sections.set(section.thresholds, thresholdsSection(store, options, calibration));

  const summary: LearnSummary = {
    lines: store.lines,
    linesNotLearnt: store.linesNotLearnt,
    linesTooLong: store.linesTooLong,
    ...(store.found.lines > 0 && { found: named(engine, store.found) }),
    missedMax: store.missedMax,
    forms: store.size,
    formsMax: store.signaturesMax,
    ...counts,
    words: words.length,
    templates,
    centroids: centroids.length,
    newestEventSeconds: store.newestEventSeconds,
    calibration,
  };
  sections.set(section.provenance, provenance(summary, options, sensitivities(leftOut)));
  return { model: encodeModel(engine, sections), summary };
}

/**
 * The table of what is known, and the patterns of texts. Of the statistics only the groups in the table stay, and what
 * the table was made from goes with the call: a log whose lines are all different leaves gigabytes otherwise.
 */
function learnTable(
  engine: Engine,
  store: SignatureStore,
  statistics: Statistics,
  words: Entry[],
  options: LearnOptions,
) {
  const dropped = settleOutcomes(engine, statistics);
  const [groupsMet, places] = [statistics.groups.size + statistics.loneGroups.size, placesOf(statistics)];
  const { kept, lone } = keepGroups(statistics, dropped, words.length);
  const singles = new KeptSingles(statistics, kept);
  const templates = gatherTemplates(engine, store, singles);
  const centroids = learnPatterns(engine, store, templates, options);
  const known = [
    ...words,
    ...learnAgents(engine, store),
    ...learnRanges(engine, store.ranges),
    ...(statistics.grams ? learnOpenNames(engine, store, statistics.grams) : []),
    ...placesEntry(places),
  ];
  const learnt = learntEntries(engine, statistics, kept, lone, singles, entriesMax - known.length);
  const groups = kept.reduce((sum, how) => sum + (how === keeps.all ? 1 : 0), 0);
  return {
    features: encodeFeatures([...known, ...learnt]),
    places,
    centroids,
    groups,
    groupsOpen: groupsMet - groups,
    values: known.length + learnt.length - words.length - groups,
    templates: templates.index.size,
  };
}

function thresholdsSection(store: SignatureStore, options: LearnOptions, fit: Calibration): Uint8Array {
  return encodeThresholds({
    surprise: fit.surprise,
    requestSurprise: fit.requestSurprise,
    outlierScale: fit.outlierScale,
    newestEventSeconds: store.newestEventSeconds,
    ageSecondsMax: options.ageSecondsMax,
    linesLearnt: store.lines - store.linesNotLearnt,
    tagEvery: false,
    rare: fit.rare,
  });
}

/** The group that says how often names succeed below which all else failed (outcomes.ts). */
const outcomeOfSite = featureKinds.outcome | (1 << 8);

/** What the model holds of a group: nothing, that it was met, or its values too. */
const keeps = { nothing: 0, group: 1, all: 2 } as const;

/**
 * Forgets the groups that are not to be in the model; of the others it says how they are kept. `lone`: hashes of those
 * that came once.
 */
function keepGroups(statistics: Statistics, dropped: ReadonlySet<number>, words: number) {
  const { kept, lone } = keptGroups(statistics, dropped, words);
  statistics.keepGroups(numbersWhere(kept.length, (group) => kept[group] !== keeps.nothing));
  return { kept: kept.filter((how) => how !== keeps.nothing), lone };
}

/**
 * A group whose next value is new too often keeps producing values: nothing new there is news, so it is left out. A
 * small one of a request is only known to be there, its values are judged by what the site has elsewhere; what is
 * counted for the whole site is kept.
 */
function keptGroups(
  statistics: Statistics,
  dropped: ReadonlySet<number>,
  words: number,
): { kept: Uint8Array; lone: BigUint64Array } {
  const kept = new Uint8Array(statistics.groups.size).fill(keeps.all);
  const values = new Uint32Array(statistics.groups.size);
  for (let value = 0; value < statistics.values.size; value++) {
    if (!statistics.valueDistrusted[value]) values[statistics.valueGroups[value]]++;
  }
  for (const { group, signature } of statistics.singles.each()) {
    if (!statistics.isSingleDistrusted(group, signature)) values[group]++;
  }
  let entries = words;
  for (let group = 0; group < kept.length; group++) {
    const kind = statistics.groupKinds[group];
    if (dropped.has(group)) kept[group] = keeps.nothing;
    else if (kind === outcomeOfSite) kept[group] = keeps.group;
    if (kept[group] === keeps.all && !isAlwaysKept(kind) && statistics.escapeProbability(group) > openProbability) {
      const isSmall = statistics.groupCounts[group] <= smallGroup;
      kept[group] = isSmall && isKeptAsMet(kind) ? keeps.group : keeps.nothing;
    }
    entries += entriesOf(kept[group], values[group]);
  }
  const lone = statistics.loneGroups.sorted();
  entries += lone.length;
  if (entries <= entriesMax) return { kept, lone };
  return { kept, lone: leaveOutMost(statistics, kept, values, lone, entries) };
}

/**
 * Too many for the file: the groups that say least, those most likely to bring something new, go first, of equal ones
 * those with the smaller hashes. Returns the lone ones that stay.
 */
function leaveOutMost(
  statistics: Statistics,
  kept: Uint8Array,
  values: Uint32Array,
  lone: BigUint64Array,
  entries: number,
): BigUint64Array {
  const entriesAt = new Map([[loneEscape, lone.length]]);
  for (let group = 0; group < kept.length; group++) {
    const probability = statistics.escapeProbability(group);
    if (kept[group] === keeps.nothing) continue;
    entriesAt.set(probability, (entriesAt.get(probability) ?? 0) + entriesOf(kept[group], values[group]));
  }
  let left = entries;
  let last = 0;
  for (const [probability, some] of [...entriesAt].sort(([a], [b]) => b - a)) {
    last = probability;
    if (left - some < entriesMax) break;
    left -= some;
  }
  for (let group = 0; group < kept.length; group++)
    if (statistics.escapeProbability(group) > last) kept[group] = keeps.nothing;
  const { groups } = statistics;
  const isEqual = (group: number) => kept[group] !== keeps.nothing && statistics.escapeProbability(group) === last;
  let loneLeftOut = last < loneEscape ? lone.length : 0;
  for (const group of groups.sorted(numbersWhere(kept.length, isEqual))) {
    const hash = joined(groups.low[group], groups.high[group]);
    for (; last === loneEscape && left > entriesMax && lone[loneLeftOut] < hash; left--) loneLeftOut++;
    if (left <= entriesMax) break;
    left -= entriesOf(kept[group], values[group]);
    kept[group] = keeps.nothing;
  }
  if (last === loneEscape) loneLeftOut += Math.max(0, left - entriesMax);
  return lone.subarray(Math.min(lone.length, loneLeftOut));
}

/** Of a group with one value that came once. */
const loneEscape = 0.75;

function entriesOf(how: number, values: number): number {
  return how === keeps.all ? 1 + values : how;
}

/** What a reason may be about: all of a request, and a text as a whole. */
const isNamed = (kind: number) => isOfRequest(kind) || kind === featureKinds.template;

/** Values that came once, in groups that are kept: what features have of them that is in no table. */
class KeptSingles {
  readonly trusted: Entry[] = [];
  readonly distrusted: Entry[] = [];

  constructor(
    private readonly statistics: Statistics,
    private readonly kept: Uint8Array,
  ) {}

  add(features: Uint32Array, signature: number): void {
    const { statistics } = this;
    for (let at = 0; at < features.length; at += wordsPerFeature) {
      const group = statistics.groups.find(features[at], features[at + 1]);
      const [low, high] = [features[at + 2], features[at + 3]];
      if (group < 0 || this.kept[group] !== keeps.all || statistics.values.find(low, high) >= 0) continue;
      if (!statistics.isSingleDistrusted(group, signature))
        this.trusted.push({ low, high, count: 1, once: 0, note: 0 });
      else if (isNamed(statistics.groupKinds[group]))
        this.distrusted.push({ low, high, count: 1, once: 0, note: distrustedOfOneNote });
    }
  }
}

/** The templates of all texts, and the values that came once; the engine must know the vocabulary. */
function gatherTemplates(engine: Engine, store: SignatureStore, singles: KeptSingles): Templates {
  const templates = new Templates();
  for (const signature of store.sorted()) {
    const weight = store.weight(signature);
    const bytes = store.bytes(signature);
    const isText = bytes[0] === textSignature;
    if (weight === 0 || (weight > 1 && !isText)) continue;
    const features = engine.tableKeys(bytes, false);
    if (isText) templates.add(engine.templateHash(), weight, signature);
    if (weight === 1) singles.add(features, signature);
  }
  return templates;
}

/** `room`: entries there are. What nobody vouches for is kept where there is room for all: a reason then knows it. */
function learntEntries(
  engine: Engine,
  statistics: Statistics,
  kept: Uint8Array,
  lone: BigUint64Array,
  singles: KeptSingles,
  room: number,
): Entry[] {
  const entries = singles.trusted;
  const { distrusted } = singles;
  const usual = usualShapes(engine, statistics);
  for (let group = 0; group < kept.length; group++) {
    if (kept[group] === keeps.nothing) continue;
    entries.push({
      low: statistics.groups.low[group],
      high: statistics.groups.high[group],
      count: statistics.groupCounts[group],
      once: statistics.groupOnce[group],
      note: usual[group],
    });
  }
  for (const hash of lone) {
    const [low, high] = halves(hash);
    entries.push({ low, high, count: 1, once: 1, note: 0 });
  }
  for (let value = 0; value < statistics.values.size; value++) {
    const group = statistics.valueGroups[value];
    if (kept[group] !== keeps.all) continue;
    const [low, high] = [statistics.values.low[value], statistics.values.high[value]];
    const entry = { low, high, count: statistics.valueCounts[value], once: 0, note: statistics.noteOf(value) };
    if (!statistics.valueDistrusted[value]) entries.push(entry);
    else if (isNamed(statistics.groupKinds[group])) distrusted.push(entry);
  }
  return entries.length + distrusted.length <= room ? [...entries, ...distrusted] : entries;
}

/** Each signature as if one of its lines had not been learnt. */
function leaveOut(
  engine: Engine,
  store: SignatureStore,
  statistics: Statistics,
  places: number,
  centroids: Centroid[],
): LeftOutLine[] {
  const lines: LeftOutLine[] = [];
  const requests = new RequestSurprise(statistics, places);
  for (const signature of store.sorted()) {
    const weight = store.weight(signature);
    if (weight === 0) continue;
    const bytes = store.bytes(signature);
    const features = engine.tableKeys(bytes, false);
    if (bytes[0] !== textSignature) {
      const { surprise, owner, news } = requests.leftOut(bytes, features, signature);
      lines.push(new LearntLine(store, signature, weight, surprise, 0, owner, news));
      continue;
    }
    const { surprise, asksOutlier, owner } = statistics.leftOut(features, signature);
    const outlier = asksOutlier && centroids.length > 0 ? engine.relativeDistance() : 0;
    lines.push(new LearntLine(store, signature, weight, surprise, outlier, owner));
  }
  return lines;
}

/** Only of the few lines above a threshold it is asked where they stood: their sources would fill memory. */
class LearntLine implements LeftOutLine {
  constructor(
    private readonly store: SignatureStore,
    private readonly signature: number,
    readonly weight: number,
    readonly surprise: number,
    readonly outlier: number,
    readonly owner: number,
    /** Of a request. */
    readonly news?: LeftOutLine["news"],
  ) {}

  get isRequest(): boolean {
    return this.news !== undefined;
  }

  get first(): LeftOutLine["first"] {
    const seconds = this.isRequest ? undefined : this.store.first(this.signature);
    return seconds === undefined ? undefined : { seconds, source: sourceOf(this.store.bytes(this.signature)) };
  }
}

/** The source of a text stands behind its level. */
function sourceOf(signature: Uint8Array): string {
  return Buffer.from(signature.subarray(2, signature.indexOf(fieldEnd))).toString("latin1");
}

function provenance(summary: LearnSummary, options: LearnOptions, others: Sensitivity[]): Uint8Array {
  // What was left out changes nothing in a model, its provenance included, nor does what a summary does not hold.
  const { calibration, linesTooLong: _, found: __, ...counts } = summary;
  const { toldShare: ___, ...calibrated } = calibration;
  const said = {
    ...counts,
    ...calibrated,
    share: options.share,
    eps: options.eps,
    minSamples: options.minSamples,
    embedder: options.embedder,
    sensitivities: others,
    ...options.givenOrigins,
  };
  return Buffer.from(JSON.stringify(said));
}
