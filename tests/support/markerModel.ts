/** A model that has learnt nothing and tags every event: each record then says which model judged it. */

import { withoutLearning } from "../../host/model/configuredModel.js";
import { encodeModel, modelVersion, section } from "../../host/model/modelFile.js";
import { encodeThresholds } from "../../host/model/thresholdsSection.js";
import { Engine } from "../../host/wasm/engine.js";

export interface MarkerModel {
  bytes: Uint8Array;
  /** Eight hexadecimal digits, as in `anomaly.model`. */
  version: string;
}

/** Different numbers make different models. */
export function markerModel(number: number): MarkerModel {
  const thresholds = encodeThresholds({
    ...withoutLearning,
    linesLearnt: number,
    tagEvery: true,
  });
  const bytes = encodeModel(new Engine(), new Map([[section.thresholds, thresholds]]));
  return { bytes, version: modelVersion(bytes) };
}
