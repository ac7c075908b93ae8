/** The sections of a model that come from the configuration, not from learning. */
import type { Configuration } from "../config/configuration.js";
import { encodeConfiguration } from "./configSection.js";
import { encodeKeywords } from "./keywordSection.js";
import { type Sections, section } from "./modelFile.js";

export function configuredSections(configuration: Configuration): Sections {
  return new Map([
    [section.configuration, encodeConfiguration(configuration)],
    [section.keywords, encodeKeywords(configuration.keywords)],
  ]);
}
