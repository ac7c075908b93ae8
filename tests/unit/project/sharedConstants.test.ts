/** What both languages write down is the same in both: numbers, and lists in the order of numbers. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { keywordLimits } from "../../../host/config/keywords.js";
import { places, worths } from "../../../host/learn/requestSurprise.js";
import { entities, featureLabels, featureNames, usualNames } from "../../../host/model/networkFeatures.js";
import { rules } from "../../../host/network/kinds.js";
import { anomalyEvents, anomalyStates } from "../../../host/wasm/anomalyFields.js";
import { batchFlag } from "../../../host/wasm/engine.js";
import * as layout from "../../../host/wasm/layout.js";
import { constantIn, constantsOf, upperSnake } from "../../support/constants.js";

/** The host's name for each, and the assembly's. */
const pairs: [host: string, assembly: string, names: Record<string, string>][] = [
  [
    "host/model/modelFile.ts",
    "assembly/operate/modelFile.ts",
    { magic: "MAGIC", modelFormat: "MODEL_FORMAT", headerBytes: "HEADER_BYTES" },
  ],
  [
    "host/model/configSection.ts",
    "assembly/config/section.ts",
    { magic: "SECTION_MAGIC", version: "SECTION_VERSION", headerBytes: "HEADER_BYTES" },
  ],
  [
    "host/model/keywordSection.ts",
    "assembly/detect/keywords/section.ts",
    {
      ...{ magic: "SECTION_MAGIC", version: "SECTION_VERSION", headerBytes: "HEADER_BYTES" },
      ...{ keywordBytes: "KEYWORD_BYTES", wordBytes: "WORD_BYTES" },
    },
  ],
  ["host/model/keywordWindows.ts", "assembly/detect/keywords/section.ts", { windowBytesMax: "WINDOW_BYTES_MAX" }],
  [
    "host/model/centroidSection.ts",
    "assembly/detect/outlier/nearest.ts",
    { centroidBytes: "CENTROID_BYTES", centroidsMax: "CENTROIDS_MAX", dimensions: "DIMENSIONS" },
  ],
  ["host/embed/builtin.ts", "assembly/detect/outlier/embedding.ts", { dims: "DIMENSIONS" }],
  [
    "host/model/featureSection.ts",
    "assembly/detect/novelty/table.ts",
    { entryBytes: "ENTRY_BYTES", probesMax: "PROBES_MAX" },
  ],
  [
    "host/model/forestSection.ts",
    "assembly/detect/network/forest.ts",
    {
      ...{
        magic: "FOREST_MAGIC",
        versionWithUsual: "FOREST_VERSION_MAX",
        headerBytes: "HEADER_BYTES",
        nodeBytes: "NODE_BYTES",
      },
      ...{ featuresMax: "FOREST_FEATURES_MAX", treesMax: "TREES_MAX", nodesMax: "NODES_MAX", depthMax: "DEPTH_MAX" },
      ...{ windowSecondsMax: "WINDOW_SECONDS_MAX", pathLengthMax: "PATH_LENGTH_MAX" },
      ...{ unusedFeature: "UNUSED_FEATURE", longestParts: "LONGEST_PARTS" },
    },
  ],
  [
    "host/model/usualFlows.ts",
    "assembly/detect/network/usual.ts",
    {
      usualRowsMax: "ROWS_MAX",
      usualRowBytes: "ROW_BYTES",
      headerBytes: "HEADER_BYTES",
      hoursOfDay: "HOURS_OF_DAY",
      hourTablesMax: "HOUR_TABLES_MAX",
    },
  ],
  ["host/network/kinds.ts", "assembly/detect/network/usual.ts", { foreignBytesFactor: "FOREIGN_BYTES_FACTOR" }],
  ["host/model/forestSection.ts", "assembly/detect/network/certainty.ts", { featuresMax: "FEATURES_MAX" }],
  ["host/model/forestSection.ts", "assembly/detect/network/flowTable.ts", { heavyBytes: "HEAVY_BYTES" }],
  ["host/math/isolationForest.ts", "assembly/detect/network/forest.ts", { leaf: "LEAF" }],
  [
    "host/network/flowTable.ts",
    "assembly/detect/network/flowTable.ts",
    { slotsMaxDefault: "SLOTS", probes: "PROBES", flowWeightBytes: "FLOW_WEIGHT_BYTES" },
  ],
  ["host/network/distinct.ts", "assembly/detect/network/distinct.ts", { sketchBits: "SKETCH_BITS" }],
  ["host/network/inputs/flowOfFields.ts", "assembly/fields/flow.ts", { bytesMax: "BYTES_MAX" }],
  [
    "host/model/tokenSection.ts",
    "assembly/detect/outlier/tokenVectors.ts",
    {
      ...{ tokenVectorsMax: "TOKEN_VECTORS_MAX", rowBytes: "TOKEN_VECTOR_BYTES", scaleMax: "TOKEN_SCALE_MAX" },
      ...{ tokenVectorDims: "TOKEN_VECTOR_DIMENSIONS" },
    },
  ],
  [
    "host/wasm/eventStream.ts",
    "assembly/abi/stream.ts",
    { rowHeaderBytes: "ROW_HEADER_BYTES", resultBytes: "RESULT_BYTES" },
  ],
  [
    "host/wasm/learningRecords.ts",
    "assembly/abi/learn.ts",
    { headBytes: "SIGNATURE_HEAD_BYTES", pairBytes: "PAIR_BYTES" },
  ],
  ["host/wasm/layout.ts", "assembly/detect/agents/marks.ts", { agentsGroup: "AGENTS" }],
  ["host/wasm/layout.ts", "assembly/detect/ranges/fields.ts", { rangesGroup: "RANGES" }],
  ["host/wasm/layout.ts", "assembly/detect/novelty/features.ts", { placesGroup: "PLACES_GROUP" }],
  ["host/learn/ranges.ts", "assembly/detect/ranges/detector.ts", { linesMin: "LINES_MIN" }],
  ["host/serve/judge/jsonArray.ts", "assembly/abi/batch.ts", { arrayBytes: "ARRAY_BYTES" }],
  ["host/io/wholeLines.ts", "assembly/abi/readRecord.ts", { lineBytesMax: "RECORD_BYTES_MAX" }],
  [
    "host/wasm/layout.ts",
    "assembly/detect/novelty/signature.ts",
    {
      ...{ requestSignature: "REQUEST_SIGNATURE", textSignature: "TEXT_SIGNATURE" },
      signatureBytesMax: "SIGNATURE_BYTES_MAX",
      ...{ fieldEnd: "FIELD_END", nameStart: "NAME_START", valueStart: "VALUE_START", valueEnd: "VALUE_END" },
    },
  ],
  ["host/wasm/layout.ts", "assembly/detect/novelty/features.ts", { featureBytes: "FEATURE_BYTES" }],
  [
    "host/wasm/layout.ts",
    "assembly/detect/novelty/textFeatures.ts",
    { tokenBytes: "TOKEN_BYTES", numberToken: "TOKEN_NUMBER", variableTokenMax: "TOKEN_RUN" },
  ],
  [
    "host/model/textSection.ts",
    "assembly/detect/novelty/knownTexts.ts",
    { headerBytes: "HEADER_BYTES", rowBytes: "ROW_BYTES", textBytesMax: "TEXT_BYTES_MAX" },
  ],
  ["host/model/gramSection.ts", "assembly/detect/novelty/content.ts", { gramsBytes: "GRAMS_BYTES" }],
  [
    "host/model/featureSection.ts",
    "assembly/detect/novelty/table.ts",
    { distrustedNote: "DISTRUSTED", distrustedOfOneNote: "DISTRUSTED_OF_ONE" },
  ],
  ["host/learn/grams.ts", "assembly/detect/novelty/content.ts", { targetMax: "TARGET_MAX", multiplier: "MULTIPLIER" }],
  [
    "host/learn/requestSurprise.ts",
    "assembly/detect/novelty/requestScore.ts",
    { cap: "CAP", join: "JOIN", free: "FREE", smallGroup: "SMALL" },
  ],
  [
    "host/learn/calibrate.ts",
    "assembly/detect/novelty/suppression.ts",
    { firstTags: "FIRST_TAGS", taggedEach: "TAGGED_EACH", quietSeconds: "QUIET_SECONDS" },
  ],
  [
    "host/network/directions.ts",
    "assembly/detect/network/directions.ts",
    {
      ...{ servicePorts: "SERVICE_PORTS", dynamicPorts: "DYNAMIC_PORTS" },
      ...{ receivedFactor: "RECEIVED_FACTOR", repliedEvery: "REPLIED_EVERY" },
    },
  ],
  ["host/learn/statistics.ts", "assembly/detect/novelty/requestScore.ts", { openProbability: "OPEN" }],
  ["host/wasm/layout.ts", "assembly/operate/modelFile.ts", { modelBytesMax: "MODEL_BYTES_MAX" }],
];

describe("numbers", () => {
  it.each(pairs)("%s and %s", (host, assembly, names) => {
    for (const [own, theirs] of Object.entries(names)) {
      expect(constantIn(assembly, theirs), theirs).toBeDefined();
      expect(constantIn(host, own), own).toBe(constantIn(assembly, theirs));
    }
  });

  it("sections of a model", () => {
    const sections = constantsOf("assembly/operate/modelFile.ts", "SECTION_");
    const host = readFileSync("host/model/modelFile.ts", "utf8");
    expect(sections.size).toBeGreaterThan(5);
    for (const [name, id] of sections) expect(host).toContain(`  ${name.toLowerCase()}: ${id},\n`);
  });

  it("flags of a batch", () => {
    const flags = constantsOf("assembly/abi/lines.ts", "FLAG_");
    expect(sorted(batchFlag)).toEqual(sorted(Object.fromEntries(flags)));
  });

  it("limits of keywords", () => {
    const path = "assembly/detect/keywords/section.ts";
    const { keywords, words, wordBytesMax } = keywordLimits;
    const limits = ["KEYWORDS_MAX", "WORDS_MAX", "WORD_TEXT_BYTES_MAX"].map((name) => constantIn(path, name));
    expect([keywords, words, wordBytesMax]).toEqual(limits);
  });

  it("tokens that are no words", () => {
    const sign = constantIn("assembly/detect/novelty/textFeatures.ts", "TOKEN_SIGN");
    expect(Number(layout.classTokenMax)).toBe(Number(sign) + 0xff);
  });

  it("what names trouble in the network, and how far above the usual it must be", () => {
    const source = readFileSync("assembly/detect/network/usual.ts", "utf8").replace("bytesMargin, ", "4, ");
    const calls = [...source.matchAll(/weigh\(slotPtr, rowPtr, (\w+), (\w+), (\d+), (\d+), (\d+)\)/g)];
    const row = (feature: string, second: string, place: number, margin: number, least: number) =>
      [upperSnake(feature), upperSnake(second), place, margin, least].join(" ");
    expect(calls.map(([, ...cells]) => cells.join(" "))).toEqual(
      rules.map(({ feature, second, margin, least }) =>
        row(feature, second, usualNames.indexOf(feature), margin, least),
      ),
    );
    for (const name of new Set(rules.flatMap(({ feature, second }) => [feature, second])))
      expect(constantIn("assembly/detect/network/usual.ts", upperSnake(name)), name).toBe(featureNames.indexOf(name));
  });

  it("kinds of features", () => {
    const path = "assembly/detect/novelty/features.ts";
    for (const [name, value] of Object.entries(layout.featureKinds)) {
      expect(constantIn(path, upperSnake(name)), name).toBe(value);
    }
  });
});

const sorted = (values: Record<string, number | bigint>) =>
  Object.entries(values)
    .map(([name, value]) => `${upperSnake(name)} ${value}`)
    .sort();

/** Names in the order of their numbers. */
function inOrder(path: string, prefix: string, last = Number.MAX_SAFE_INTEGER): string[] {
  const values = [...constantsOf(path, prefix)]
    .filter(([, value]) => value <= last)
    .sort((a, b) => Number(a[1]) - Number(b[1]));
  return values.map(([name]) => name);
}
const names = (values: Record<string, string>) => Object.keys(values).map(upperSnake);

describe("lists in the order of numbers", () => {
  it("types of a tag", () => {
    const types = inOrder("assembly/verdict/detectors.ts", "TYPE_");
    expect(types).toEqual(["NONE", ...layout.typeNames.map((name) => name.toUpperCase())]);
    expect(constantIn("assembly/verdict/detectors.ts", "TYPES")).toBe(types.length);
  });

  it("levels", () => {
    const levels = layout.levelNames.map((name) => (name ?? "none").toUpperCase());
    expect(levels).toEqual(inOrder("assembly/event/event.ts", "LEVEL_"));
  });

  it("states and events of a key", () => {
    const states = layout.stateNames.map((name) => name.replace("_ALERT", ""));
    expect(states).toEqual(inOrder("assembly/detect/windows/rules.ts", "STATE_"));
    expect(layout.eventNames.map((name) => name ?? "NONE")).toEqual(
      inOrder("assembly/detect/windows/rules.ts", "TRANSITION_"),
    );
    expect([...anomalyStates].sort()).toEqual([...layout.stateNames].sort());
    expect([...anomalyEvents].sort()).toEqual(layout.eventNames.filter((name) => name !== null).sort());
  });

  it("what is wrong with a model", () => {
    const own = ["BYTES_MAX", "FORMAT"]; // of a model, no results
    const results = inOrder("assembly/operate/modelFile.ts", "MODEL_").filter((name) => !own.includes(name));
    expect(names(layout.modelProblems)).toEqual(results);
  });

  it("what is wrong with a state", () => {
    const results = inOrder("assembly/operate/snapshot.ts", "SNAPSHOT_").filter((name) => name !== "BYTES_MAX");
    expect(names(layout.stateProblems)).toEqual(results);
  });

  it("what a flow lacks", () => {
    expect(names(layout.flowFlaws)).toEqual(inOrder("assembly/fields/flow.ts", "FLAW_"));
  });

  it("shapes that have a name", () => {
    const shapes = names(layout.usualShapeNames);
    expect(shapes.slice(0, -1)).toEqual(inOrder("assembly/detect/novelty/requestReason.ts", "USUAL_"));
    expect(constantIn("assembly/detect/novelty/table.ts", "DISTRUSTED")).toBe(shapes.length + 1);
  });

  it("what each kind of feature is worth, and its place", () => {
    const source = readFileSync("assembly/detect/novelty/features.ts", "utf8");
    const table = (name: string) =>
      new RegExp(`const ${name} = memory\\.data<u8>\\(\\[([^\\]]*)\\]`).exec(source)![1].match(/\d+/g)!.map(Number);
    expect(table("worths")).toEqual(worths);
    expect(table("places")).toEqual(places);
    const levels = table("levels");
    expect(layout.kindsOfLevels).toEqual([...levels.keys()].filter((kind) => levels[kind] > 1));
  });

  it("features of a network window and what a reason calls them", () => {
    const source = readFileSync("assembly/detect/network/detector.ts", "utf8");
    const body = source.slice(source.indexOf("function putLabel")).split("\n}")[0];
    const labels = [...body.matchAll(/putText\("([^"]+)"\)/g)].map(([, label]) => label);
    expect(featureNames.map((name) => featureLabels[name])).toEqual(labels);
    expect(constantIn("assembly/detect/network/forest.ts", "FEATURE_IDS")).toBe(featureNames.length);
    expect(constantIn("assembly/detect/network/forest.ts", "ENTITIES")).toBe(entities.length);
  });
});

const sourcesUnder = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${folder}/${name}`);

/** The reference is written anew, but counts as far as the filter does. */
describe("numbers of the reference", () => {
  const ofFilter = new Map<string, (number | bigint)[]>();
  for (const path of sourcesUnder("assembly")) {
    for (const [name, value] of constantsOf(path)) ofFilter.set(name, [...(ofFilter.get(name) ?? []), value]);
  }
  const same = sourcesUnder("tests/differential/reference").flatMap((path) =>
    [...constantsOf(path)]
      .filter(([name]) => ofFilter.has(upperSnake(name)))
      .map(([name, value]) => [path, name, value, ofFilter.get(upperSnake(name))!] as const),
  );

  it("are found", () => {
    expect(same.length).toBeGreaterThan(20);
  });

  it.each(same)("%s: %s", (_path, _name, value, values) => {
    expect(values).toContain(value);
  });
});
