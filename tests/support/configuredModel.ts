/** A model that has learnt nothing but holds a configuration. */
import { parseConfiguration } from "../../host/config/configuration.js";
import { encodeConfiguration } from "../../host/model/configSection.js";
import { withoutLearning } from "../../host/model/configuredModel.js";
import { encodeModel, section } from "../../host/model/modelFile.js";
import { encodeThresholds } from "../../host/model/thresholdsSection.js";
import { Engine } from "../../host/wasm/engine.js";

export function configuredModel(yaml: string, newestEventSeconds = 0, ageSecondsMax = 0): Uint8Array {
  const thresholds = {
    ...withoutLearning,
    newestEventSeconds,
    ageSecondsMax,
    linesLearnt: 1,
  };
  const { configuration } = parseConfiguration(yaml, "oddline.yaml");
  return encodeModel(
    new Engine(),
    new Map([
      [section.thresholds, encodeThresholds(thresholds)],
      [section.configuration, encodeConfiguration(configuration)],
    ]),
  );
}
