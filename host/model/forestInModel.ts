/** The network forest as a part of a model: put into one, taken over by the next. */

import { exitCode, OddlineError } from "../io/errors.js";
import type { Engine } from "../wasm/engine.js";
import { withoutLearning } from "./configuredModel.js";
import { decodeForest, encodeForest, type NetworkForest } from "./forestSection.js";
import { decodeSections, encodeModel, type Sections, section } from "./modelFile.js";
import { encodeThresholds } from "./thresholdsSection.js";

/** Where a forest comes from, in the model's provenance. */
export interface ForestOrigin {
  windows: number;
  windowsExcluded: number;
  alertScore: number;
  seed: number;
}

/** `model` with the forest in place of its own; a model that knows nothing else where there is none. */
export function withForest(
  engine: Engine,
  model: Uint8Array | undefined,
  network: NetworkForest,
  origin: ForestOrigin | undefined,
): Uint8Array {
  const sections: Sections = new Map(
    model ? decodeSections(model) : [[section.thresholds, encodeThresholds(withoutLearning)]],
  );
  sections.set(section.forest, encodeForest(network));
  const said = { ...provenanceOf(sections), network: origin };
  sections.set(section.provenance, Buffer.from(JSON.stringify(said)));
  const written = encodeModel(engine, sections);
  const problem = engine.tryModel(written);
  if (problem === undefined) return written;
  throw new OddlineError("MODEL_REFUSED", {
    subject: "the forest",
    expected: "a model that the filter accepts",
    found: problem,
    remedy: "use fewer --trees or --samples; the installed model was not changed",
    exit: exitCode.failed,
  });
}

export interface CarriedForest {
  bytes: Uint8Array;
  origin: unknown;
}

/** The forest of a model whose checks were passed, for the model that follows it. */
export function forestOf(model: Uint8Array): CarriedForest | undefined {
  const sections = decodeSections(model);
  const bytes = sections.get(section.forest);
  return bytes && { bytes: bytes.slice(), origin: provenanceOf(sections).network };
}

/** What `inspect` says of it. */
export function describeForest(bytes: Uint8Array, subject: string) {
  const { forest, features, entity, windowSeconds, alertScore, minFlows, usual } = decodeForest(bytes, subject);
  const { sampleCount } = forest;
  const judged = {
    trees: forest.rootIndexes.length,
    sampleCount,
    features,
    entity,
    windowSeconds,
    alertScore,
    minFlows,
  };
  return { ...judged, known: usual?.own.rows.size ?? 0, knownSources: usual?.sources.rows.size ?? 0 };
}

function provenanceOf(sections: Sections): Record<string, unknown> {
  const bytes = sections.get(section.provenance);
  return bytes ? JSON.parse(Buffer.from(bytes).toString("utf8")) : {};
}
