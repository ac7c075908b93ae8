/** `oddline inspect`: what is inside a model, and why one line scores as it does. */
import type { Command } from "commander";
import type { StatedTime } from "../io/arrival.js";
import { printJson, writeOut } from "../io/stdout.js";
import { oneLine } from "../io/terminal.js";
import { decodeCentroids } from "../model/centroidSection.js";
import { decodeFeatures } from "../model/featureSection.js";
import { describeForest } from "../model/forestInModel.js";
import { decodeSections, loadModel, modelVersion, section } from "../model/modelFile.js";
import { decodeThresholds } from "../model/thresholdsSection.js";
import { tokenCountOf } from "../model/tokenSection.js";
import { Engine } from "../wasm/engine.js";
import { explainLine } from "../wasm/explain.js";
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
    .description("show what is inside a model, or explain how it judges one line")
    .argument("<model>", "the model file")
    .option("--explain <line>", "a text line or a JSON record")
    .option(
      "--time <time>",
      "arrival time of the line: now, Unix seconds or RFC 3339; now in UTC unless given",
      statedTimeOption("--time"),
    )
    .option("--tag <tag>", "the shipper's tag for the line", "oddline")
    .option("--json", "print as JSON")
    .action(inspect);
}

async function inspect(path: string, options: InspectOptions): Promise<void> {
  const engine = new Engine();
  const model = loadModel(engine, path);
  if (options.explain !== undefined) {
    engine.setTag(options.tag);
    const { seconds, zoneSeconds } = options.time ?? statedTimeOption("--time")("now");
    engine.setZone(zoneSeconds);
    const explained = explainLine(engine, options.explain, seconds);
    if (options.json) await printJson(explained);
    else await writeOut(explanation(explained));
    return;
  }
  const description = describeModel(path, model);
  if (options.json) await printJson(description);
  else await writeOut(summary(description));
}

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
  learnt: Record<string, unknown> | null;
}

function describeModel(path: string, model: Uint8Array): ModelDescription {
  const sections = decodeSections(model);
  const thresholds = decodeThresholds(sections.get(section.thresholds)!);
  const features = sections.get(section.features);
  const centroids = sections.get(section.centroids);
  const forest = sections.get(section.forest);
  const tokens = sections.get(section.tokens);
  const provenance = sections.get(section.provenance);
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
    network: forest ? describeForest(forest, path) : null,
    learnt: provenance ? JSON.parse(Buffer.from(provenance).toString("utf8")) : null,
  };
}

/** What a person wants to know first: which model, what it learnt from, how strict it is. */
function summary(description: ModelDescription): string {
  const count = (value: unknown) => Number(value).toLocaleString("en-US");
  const { learnt, network } = description;
  const rows = [
    ["model", `${description.model} in ${description.file}, ${count(Math.ceil(description.bytes / 1024))} KiB`],
  ];
  if (learnt && "lines" in learnt) {
    rows.push(
      ["learnt", `${count(learnt.lines)} lines of ${count(learnt.forms)} distinct forms`],
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
  if (description.newestEvent) rows.push(["newest", `${description.newestEvent}, ${ageOf(description)}`]);
  rows.push([
    "sections",
    `${Object.entries(description.sections)
      .map(([name, bytes]) => `${name} ${count(bytes)}`)
      .join(", ")} bytes`,
  ]);
  return `${rows.map(([name, text]) => `${name.padEnd(10)}${oneLine(text)}`).join("\n")}\n`;
}

function ageOf({ newestEvent, maximumAgeDays }: ModelDescription): string {
  const days = Math.max(0, Math.floor((Date.now() - Date.parse(newestEvent!)) / 86_400_000));
  const age = days === 0 ? "less than a day old" : days === 1 ? "a day old" : `${days} days old`;
  if (maximumAgeDays === null) return age;
  return `${age}; the filter complains ${days > maximumAgeDays ? "daily, for that is more than" : "after"} ${maximumAgeDays} days`;
}

function explanation(explained: ReturnType<typeof explainLine>): string {
  const { detectors, ...fields } = explained;
  const row = (name: string, value: unknown) => `${name.padEnd(12)} ${oneLine(String(value ?? "-"))}`;
  const lines = Object.entries(fields).map(([name, value]) => row(name, value));
  lines.push("");
  for (const [name, detector] of Object.entries(detectors)) {
    const said = Object.entries(detector ?? {}).filter(([, value]) => value !== null);
    lines.push(row(name, said.length > 0 ? said.map(([field, value]) => `${field} ${shown(value)}`).join(", ") : null));
  }
  return `${lines.join("\n")}\n`;
}

function shown(value: unknown): string {
  return typeof value === "number" ? String(Number(value.toPrecision(4))) : String(value);
}
