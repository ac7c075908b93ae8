/** `oddline inspect`: what is inside a model, and why one line scores as it does. */
import type { Command } from "commander";
import type { StatedTime } from "../io/arrival.js";
import { openSources } from "../io/chunks.js";
import { exitCode, OddlineError } from "../io/errors.js";
import { grouped } from "../io/numbers.js";
import { printJson, writeOut } from "../io/stdout.js";
import { oneLine } from "../io/terminal.js";
import { wholeLines } from "../io/wholeLines.js";
import { decodeCentroids } from "../model/centroidSection.js";
import { decodeFeatures } from "../model/featureSection.js";
import { describeForest } from "../model/forestInModel.js";
import { knownEntries, quietingEntry, withFirstKnown } from "../model/knownEntries.js";
import { decodeSections, encodeModel, loadModel, modelVersion, section } from "../model/modelFile.js";
import { decodeTexts } from "../model/textSection.js";
import { decodeThresholds } from "../model/thresholdsSection.js";
import { tokenCountOf } from "../model/tokenSection.js";
import { Engine } from "../wasm/engine.js";
import { type Explanation, explainLine, explainLines, type Quiets } from "../wasm/explain.js";
import { Recognition } from "../wasm/recognition.js";
import { taggedAs } from "../wasm/verdictSentence.js";
import { statedTimeOption } from "./options.js";

interface InspectOptions {
  explain?: string;
  json?: boolean;
  time?: StatedTime;
  tag: string;
}

export function registerInspect(program: Command): void {
  program
    .command("inspect")
    .description("show what is in a model, or explain how the filter reads and scores lines")
    .argument("[model]", "the model file; optional with --explain")
    .option("--explain <line>", "text line or JSON record to explain; - reads lines from standard input")
    .option(
      "--time <time>",
      "arrival time of the lines: now, Unix seconds or RFC 3339 (default: now, in UTC)",
      statedTimeOption("--time"),
    )
    .option("--tag <tag>", "the shipper's tag for the lines", "oddline")
    .option("--json", "print as JSON")
    .action(inspect);
}

async function inspect(path: string | undefined, options: InspectOptions): Promise<void> {
  const engine = new Engine();
  const model = path === undefined ? undefined : loadModel(engine, path);
  if (options.explain !== undefined) return explain(engine, model, options.explain, options);
  if (path === undefined || model === undefined) throw nothingToShow();
  const description = describeModel(path, model);
  if (options.json) await printJson(description);
  else await writeOut(summary(description));
}

function nothingToShow(): OddlineError {
  return new OddlineError("OPTION_MISSING", {
    subject: "oddline inspect",
    expected: "a model, or lines to explain",
    remedy: "name a MODEL, or give --explain LINE; see oddline inspect --help",
    exit: exitCode.usage,
  });
}

async function explain(
  engine: Engine,
  model: Uint8Array | undefined,
  line: string,
  options: InspectOptions,
): Promise<void> {
  const { seconds, zoneSeconds } = options.time ?? statedTimeOption("--time")("now");
  engine.setTag(options.tag);
  engine.setZone(zoneSeconds);
  const quiets = model && quietsOf(model, seconds, zoneSeconds, options.tag);
  if (line !== "-") return print([explainLine(engine, line, seconds, quiets)], options);
  const recognition = new Recognition();
  for (const source of openSources(["-"])) {
    for await (const lines of wholeLines(source)) {
      await print(noted(explainLines(engine, lines, seconds, quiets), recognition), options);
    }
  }
  process.stderr.write(recognition.table());
}

function* noted(explanations: Iterable<Explanation>, recognition: Recognition): Generator<Explanation> {
  for (const explained of explanations) {
    recognition.add(explained);
    yield explained;
  }
}

/** Asks which `known:` entry keeps a line quiet; undefined for a model without entries. */
function quietsOf(model: Uint8Array, seconds: bigint, zoneSeconds: number, tag: string): Quiets | undefined {
  const sections = new Map(decodeSections(model.slice()));
  if (knownEntries(sections).length === 0) return undefined;
  const [bare, other] = [new Engine(), new Engine()];
  for (const engine of [bare, other]) {
    engine.setTag(tag);
    engine.setZone(zoneSeconds);
  }
  bare.useModel(encodeModel(bare, withFirstKnown(sections, 0)), "model without known entries");
  return (line) => {
    const member = bare.explain(line, seconds)?.member;
    if (!member) return undefined;
    const entry = quietingEntry(other, sections, (engine) => Boolean(engine.explain(line, seconds)?.member));
    return entry && { ...entry, tagged: taggedAs(member) };
  };
}

/** Written in pieces: a write a line would cost more than the line. */
async function print(explanations: Iterable<Explanation>, { json }: InspectOptions): Promise<void> {
  let text = "";
  for (const explained of explanations) {
    text += json ? `${JSON.stringify(explained)}\n` : explanation(explained);
    if (text.length < writtenCharacters) continue;
    await writeOut(text);
    text = "";
  }
  await writeOut(text);
}
const writtenCharacters = 1 << 16;

interface ModelDescription {
  model: string;
  file: string;
  bytes: number;
  sections: Record<string, number>;
  surpriseThreshold: number;
  probabilityThreshold: number;
  outlierScale: number;
  /** RFC 3339; the time the model's age counts from. */
  newestEvent: string | null;
  maximumAgeDays: number | null;
  linesLearnt: number;
  entries: number;
  centroids: number;
  /** Words with a vector of the teacher's. */
  tokens: number;
  /** The forest of network flows. */
  network: ReturnType<typeof describeForest> | null;
  /** The provenance section as refresh wrote it. */
  /** Masked texts, and how many lines each stands for. */
  patterns: KnownPattern[];
  parameterNames: string[];
  learnt: Record<string, unknown> | null;
}

interface KnownPattern {
  lines: number;
  text: string;
}

function describeModel(path: string, model: Uint8Array): ModelDescription {
  const sections = decodeSections(model);
  const thresholds = decodeThresholds(sections.get(section.thresholds)!);
  const features = sections.get(section.features);
  const centroids = sections.get(section.centroids);
  const forest = sections.get(section.forest);
  const tokens = sections.get(section.tokens);
  const provenance = sections.get(section.provenance);
  const texts = sections.get(section.texts);
  const names = new Map(Object.entries(section).map(([name, id]) => [id as number, name]));
  return {
    model: modelVersion(model),
    file: path,
    bytes: model.length,
    sections: Object.fromEntries([...sections].map(([id, bytes]) => [names.get(id) ?? `section${id}`, bytes.length])),
    surpriseThreshold: thresholds.surprise,
    probabilityThreshold: Math.exp(-thresholds.surprise),
    outlierScale: thresholds.outlierScale,
    newestEvent:
      thresholds.newestEventSeconds === 0 ? null : new Date(thresholds.newestEventSeconds * 1000).toISOString(),
    maximumAgeDays: thresholds.ageSecondsMax === 0 ? null : thresholds.ageSecondsMax / 86_400,
    linesLearnt: thresholds.linesLearnt,
    entries: features ? decodeFeatures(features).length : 0,
    centroids: centroids ? decodeCentroids(centroids).length : 0,
    tokens: tokens ? tokenCountOf(tokens) : 0,
    patterns: patternsOf(centroids, texts),
    parameterNames: texts ? decodeTexts(texts).names : [],
    network: forest ? describeForest(forest, path) : null,
    learnt: provenance ? JSON.parse(Buffer.from(provenance).toString("utf8")) : null,
  };
}

/** Patterns of texts that the model can quote, those of most lines first. */
function patternsOf(centroids: Uint8Array | undefined, texts: Uint8Array | undefined): KnownPattern[] {
  if (!centroids || !texts) return [];
  const lines = decodeCentroids(centroids).map(({ support }) => support);
  return decodeTexts(texts)
    .patterns.map((text, index) => ({ lines: lines[index] ?? 0, text }))
    .filter(({ text }) => text !== "")
    .sort((a, b) => b.lines - a.lines);
}

const patternsShown = 5;

/** What a person wants to know first: which model, what it learnt from, how strict it is. */
function summary(description: ModelDescription): string {
  const count = (value: unknown) => grouped(Number(value));
  const { learnt, network } = description;
  const rows = [
    ["model", `${description.model} in ${description.file}, ${count(Math.ceil(description.bytes / 1024))} KiB`],
  ];
  if (learnt && "lines" in learnt) {
    rows.push(
      ["learnt", `${count(learnt.lines)} lines of ${count(learnt.forms)} distinct signatures`],
      [
        "knows",
        `${count(learnt.values)} values in ${count(learnt.groups)} groups (${count(learnt.groupsOpen)} left open), ` +
          `${count(learnt.words)} words, ${count(learnt.templates)} templates in ${count(description.centroids)} patterns`,
      ],
      [
        "tags",
        `p below ${description.probabilityThreshold.toPrecision(2)}; ` +
          `${(100 * Number(learnt.leftOutShare)).toFixed(2)} % of the lines learnt from, each left out in turn`,
      ],
    );
  } else rows.push(["learnt", "nothing: keywords and windows only"]);
  if (network) {
    const { trees, features, entity, windowSeconds, alertScore } = network;
    const alerts = `alerts below ${alertScore}`;
    rows.push(["network", `${trees} trees on ${features.join(", ")} per ${entity} and ${windowSeconds} s; ${alerts}`]);
  }
  if (description.tokens > 0) {
    rows.push([
      "embedder",
      `${count(description.tokens)} words with vectors of ${learnt?.teacher ?? learnt?.embedder}`,
    ]);
  }
  const { patterns, parameterNames } = description;
  for (const [index, { lines, text }] of patterns.slice(0, patternsShown).entries())
    rows.push([index === 0 ? "patterns" : "", `${count(lines)} times ${JSON.stringify(text)}`]);
  if (patterns.length > patternsShown) rows.push(["", `and ${count(patterns.length - patternsShown)} more (--json)`]);
  if (parameterNames.length > 0) rows.push(["parameters", listed(parameterNames)]);
  if (description.newestEvent) rows.push(["newest", `${description.newestEvent}, ${ageOf(description)}`]);
  rows.push([
    "sections",
    `${Object.entries(description.sections)
      .map(([name, bytes]) => `${name} ${count(bytes)}`)
      .join(", ")} bytes`,
  ]);
  return `${rows.map(([name, text]) => `${name.padEnd(12)}${oneLine(text)}`).join("\n")}\n`;
}

const namesShown = 12;

function listed(names: string[]): string {
  const more = names.length - namesShown;
  return `${names.slice(0, namesShown).join(", ")}${more > 0 ? ` and ${more} more (--json)` : ""}`;
}

function ageOf({ newestEvent, maximumAgeDays }: ModelDescription): string {
  const days = Math.max(0, Math.floor((Date.now() - Date.parse(newestEvent!)) / 86_400_000));
  const age = days === 0 ? "less than a day old" : days === 1 ? "a day old" : `${days} days old`;
  if (maximumAgeDays === null) return age;
  return `${age}; the filter complains ${days > maximumAgeDays ? "daily, for that is more than" : "after"} ${maximumAgeDays} days`;
}

function explanation(explained: Explanation): string {
  const { detectors, flow, verdict, ...event } = explained;
  const fields = { ...event, flow: flow && `${flow.source} to ${flow.destination}, ${flow.bytes} bytes` };
  const row = (name: string, value: unknown) => `${name.padEnd(12)} ${oneLine(String(value ?? "-"))}`;
  const lines = Object.entries(fields).map(([name, value]) => row(name, value));
  lines.push("");
  for (const [name, detector] of Object.entries(detectors)) {
    const said = Object.entries(detector ?? {}).filter(([, value]) => value !== null);
    lines.push(row(name, said.length > 0 ? said.map(([field, value]) => `${field} ${shown(value)}`).join(", ") : null));
  }
  return `${[...lines, "", oneLine(verdict)].join("\n")}\n`;
}

function shown(value: unknown): string {
  return typeof value === "number" ? String(Number(value.toPrecision(4))) : String(value);
}
