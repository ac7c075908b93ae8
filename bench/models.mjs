// @ts-check
/** Models of stated sizes, made of a learnt one: so many known patterns, or ten thousand keywords. */
import { readFileSync } from "node:fs";
import { parseConfiguration } from "#host/config/configuration.js";
import { dimensions, encodeCentroids } from "#host/model/centroidSection.js";
import { decodeSections, encodeModel, installModel, section } from "#host/model/modelFile.js";
import { reconfigure } from "#host/model/reconfigure.js";
import { Engine } from "#host/wasm/engine.js";
import { seededRandom } from "../tests/support/hostile.mjs";
import { keywordList } from "../tests/support/keywordLists.mjs";

/** Patterns of random directions: hardly any line is within reach of one, so all have to be looked at. */
export function withCentroids(from, count, path) {
  const random = seededRandom(count);
  const centroids = Array.from({ length: count }, () => ({
    sums: Int16Array.from({ length: dimensions }, () => Math.round(random() * 40 - 20)),
    radius: 0.6,
    support: 20,
  }));
  const engine = new Engine();
  const sections = new Map(decodeSections(readFileSync(from)));
  sections.set(section.centroids, encodeCentroids(centroids));
  const model = encodeModel(engine, sections);
  engine.useModel(model, path);
  installModel(path, model, 0o644);
}

export function withKeywords(from, count, path) {
  const list = keywordList("phrases", count).map(({ name: word, wholeWord }) => ({ word, wholeWord }));
  const { configuration } = parseConfiguration(JSON.stringify({ keywords: { defaults: false, list } }), "bench");
  installModel(path, reconfigure(new Engine(), decodeSections(readFileSync(from)), configuration, path), 0o644);
}
