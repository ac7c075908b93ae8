/** `oddline inspect`: what is inside a model, and why one line scores as it does. */
import type { Command } from "commander";
import { Engine } from "../engine.js";
import { explainLine } from "../explain.js";
import { printJson, writeOut } from "../io/stdout.js";
import { decodeCentroids } from "../model/centroidSection.js";
import { decodeFeatures } from "../model/featureSection.js";
import { decodeSections, loadModel, modelVersion, section } from "../model/modelFile.js";
import { decodeThresholds } from "../model/thresholdsSection.js";
import { timeOption } from "./options.js";

interface InspectOptions {
  explain?: string;
  json?: boolean;
  time: bigint;
}

export function registerInspect(program: Command): void {
  program
    .command("inspect")
    .description("show what is inside a model, or explain how it judges one line")
    .argument("<model>", "the model file")
    .option("--explain <line>", "a text line or a JSON record")
    .option(
      "--time <time>",
      "arrival time of the line: now, Unix seconds or RFC 3339",
      timeOption("--time"),
      timeOption("--time")("now"),
    )
    .option("--json", "print as JSON")
    .action(inspect);
}

async function inspect(path: string, options: InspectOptions): Promise<void> {
  const engine = new Engine();
  const model = loadModel(engine, path);
  if (options.explain !== undefined) {
    const explained = explainLine(engine, options.explain, options.time);
    if (options.json) await printJson(explained);
    else await writeOut(explanation(explained));
    return;
  }
  const description = describeModel(path, model);
  if (options.json) await printJson(description);
  else await writeOut(table(description));
}

function describeModel(path: string, model: Uint8Array): Record<string, unknown> {
  const sections = decodeSections(model);
  const thresholds = decodeThresholds(sections.get(section.thresholds)!);
  const features = sections.get(section.features);
  const centroids = sections.get(section.centroids);
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
    learnt: provenance ? JSON.parse(Buffer.from(provenance).toString("utf8")) : null,
  };
}

function table(description: Record<string, unknown>): string {
  return `${Object.entries(description)
    .map(
      ([name, value]) =>
        `${name.padEnd(22)} ${typeof value === "object" && value !== null ? JSON.stringify(value) : value}`,
    )
    .join("\n")}\n`;
}

function explanation(explained: ReturnType<typeof explainLine>): string {
  const { detectors, ...fields } = explained;
  const lines = Object.entries(fields).map(([name, value]) => `${name.padEnd(12)} ${value ?? "-"}`);
  for (const [name, detector] of Object.entries(detectors)) {
    lines.push("", name);
    for (const [field, value] of Object.entries(detector ?? { score: null })) {
      lines.push(
        `  ${field.padEnd(14)} ${value === null ? "-" : typeof value === "object" ? JSON.stringify(value) : value}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}
