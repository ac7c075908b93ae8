/** Numbers of the model's sections that both languages write down are the same in both. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

/** The value of `const NAME = …;`, which may be a sum or a product of numbers and of constants of the same file. */
function valueIn(path: string, name: string): bigint {
  const source = readFileSync(path, "utf8");
  const found = source.match(new RegExp(`^(?:export )?const ${name}(?:: \\w+)? = ([^;]+);`, "m"));
  if (!found) throw new Error(`${path} has no ${name}`);
  return found[1].split("*").reduce((product, part) => {
    const text = part.trim().replaceAll("_", (mark) => (/^\s*[\dx_a-f]+n?\s*$/i.test(part) ? "" : mark));
    return product * (/^\d/.test(text) ? BigInt(text.replace(/n$/, "")) : valueIn(path, part.trim()));
  }, 1n);
}

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
  [
    "host/model/centroidSection.ts",
    "assembly/detect/outlier/nearest.ts",
    { centroidBytes: "CENTROID_BYTES", centroidsMax: "CENTROIDS_MAX" },
  ],
  ["host/model/centroidSection.ts", "assembly/detect/outlier/embedding.ts", { dimensions: "DIMENSIONS" }],
  [
    "host/model/featureSection.ts",
    "assembly/detect/novelty/table.ts",
    { entryBytes: "ENTRY_BYTES", probesMax: "PROBES_MAX" },
  ],
  [
    "host/model/forestSection.ts",
    "assembly/detect/network/forest.ts",
    {
      ...{ magic: "FOREST_MAGIC", version: "FOREST_VERSION", headerBytes: "HEADER_BYTES", nodeBytes: "NODE_BYTES" },
      ...{ featuresMax: "FOREST_FEATURES_MAX", treesMax: "TREES_MAX", nodesMax: "NODES_MAX", depthMax: "DEPTH_MAX" },
      ...{ windowSecondsMax: "WINDOW_SECONDS_MAX", pathLengthMax: "PATH_LENGTH_MAX" },
    },
  ],
  [
    "host/model/tokenSection.ts",
    "assembly/detect/outlier/tokenVectors.ts",
    { tokenVectorsMax: "TOKEN_VECTORS_MAX", rowBytes: "TOKEN_VECTOR_BYTES", scaleMax: "TOKEN_SCALE_MAX" },
  ],
];

it.each(pairs)("%s and %s", (host, assembly, names) => {
  for (const [own, theirs] of Object.entries(names)) {
    expect(valueIn(host, own), own).toBe(valueIn(assembly, theirs));
  }
});

it("sections have one number each", () => {
  const source = readFileSync("assembly/operate/modelFile.ts", "utf8");
  const host = readFileSync("host/model/modelFile.ts", "utf8");
  const ids = [...source.matchAll(/^const SECTION_([A-Z]+): u32 = (\d+);/gm)];
  expect(ids.length).toBeGreaterThan(5);
  for (const [, name, id] of ids) expect(host).toContain(`  ${name.toLowerCase()}: ${id},\n`);
});
