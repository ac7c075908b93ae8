/** A model of a configuration alone: it judges by the built-in detectors, and finds fields and keys as configured. */
import type { Configuration } from "../config/configuration.js";
import type { Engine } from "../wasm/engine.js";
import { configuredSections } from "./configuredSections.js";
import { encodeModel, type Sections, section } from "./modelFile.js";
import { allRareUnknown, encodeThresholds, type Thresholds } from "./thresholdsSection.js";

/** Without learning nothing is compared: the threshold only has to be one the filter accepts. */
export const withoutLearning: Thresholds = {
  surprise: Math.log(1000),
  requestSurprise: Math.log(1000),
  outlierScale: 1,
  newestEventSeconds: 0,
  ageSecondsMax: 0,
  linesLearnt: 0,
  tagEvery: false,
  rare: allRareUnknown,
};

export function configuredModel(engine: Engine, configuration: Configuration): Uint8Array {
  const sections: Sections = new Map([[section.thresholds, encodeThresholds(withoutLearning)]]);
  for (const [id, bytes] of configuredSections(configuration)) sections.set(id, bytes);
  return encodeModel(engine, sections);
}
