/** What a model has learnt, under another configuration. */
import type { Configuration } from "../config/configuration.js";
import { exitCode, OddlineError } from "../io/errors.js";
import type { Engine } from "../wasm/engine.js";
import { withoutLearning } from "./configuredModel.js";
import { configuredSections } from "./configuredSections.js";
import { encodeModel, type Sections, section } from "./modelFile.js";
import { decodeThresholds, encodeThresholds } from "./thresholdsSection.js";
import { keywordsInPast } from "./usualKeywords.js";

/** The model's bytes, checked by the filter itself; `subject` is what a refusal is about. */
export function reconfigure(
  engine: Engine,
  learnt: Sections,
  configuration: Configuration,
  subject: string,
): Uint8Array {
  const sections = new Map(learnt);
  const thresholds = sections.has(section.thresholds)
    ? decodeThresholds(sections.get(section.thresholds)!)
    : withoutLearning;
  sections.set(section.thresholds, encodeThresholds({ ...thresholds, ageSecondsMax: configuration.model.maxAge }));
  if (!configuration.texts) sections.delete(section.texts);
  for (const [id, bytes] of configuredSections(configuration, keywordsInPast(learnt))) sections.set(id, bytes);
  const model = encodeModel(engine, sections);
  const problem = engine.tryModel(model);
  if (problem === undefined) return model;
  throw new OddlineError("MODEL_REFUSED", {
    subject,
    expected: "a model that the filter accepts",
    found: problem,
    remedy: "use fewer keywords or known patterns; the installed model was not changed",
    exit: exitCode.failed,
  });
}
