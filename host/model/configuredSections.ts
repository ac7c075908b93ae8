/** The sections of a model that come from the configuration, not from learning. */
import type { Configuration } from "../config/configuration.js";
import { encodeConfiguration } from "./configSection.js";
import { encodeKeywords } from "./keywordSection.js";
import { type Sections, section } from "./modelFile.js";
import { type KeywordInPast, weighKeywords } from "./usualKeywords.js";

/** `past`: the keywords that were usual in the lines of the model they are for. */
export function configuredSections(configuration: Configuration, past: readonly KeywordInPast[] = []): Sections {
  return new Map([
    [section.configuration, encodeConfiguration(configuration)],
    [section.keywords, encodeKeywords(weighKeywords(configuration.keywords, past))],
  ]);
}
