/** Who writes or names a field of `anomaly` keeps to the one list, host/wasm/anomalyFields.ts. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { anomalyEvents, anomalyFields, anomalyStates } from "../../../host/wasm/anomalyFields.js";
import { typeNames } from "../../../host/wasm/layout.js";

const filesUnder = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`);
const names = anomalyFields.map(({ name }) => name);
const sources = [...filesUnder("assembly/verdict"), ...filesUnder("assembly/detect")].map((path) =>
  readFileSync(path, "utf8"),
);
const written = sources.flatMap((source) => [...source.matchAll(/putText\('([^']*)'\)/g)].map(([, text]) => text));
const constants = sources.flatMap((source) => [...source.matchAll(/putText\("(\w+)"\)/g)].map(([, text]) => text));

describe("the fields of anomaly", () => {
  it("are those that the filter writes", () => {
    const found = written.flatMap((text) => [...text.matchAll(/"(\w+)":/g)].map(([, name]) => name));
    expect([...new Set(found)].filter((name) => name !== "anomaly").sort()).toEqual([...names].sort());
  });

  it("have the values that the filter writes", () => {
    for (const value of [...typeNames, ...anomalyStates, ...anomalyEvents]) expect(constants).toContain(value);
    const capitals = constants.filter((text) => /^[A-Z]+(_[A-Z]+)*$/.test(text));
    expect(capitals.filter((text) => !([...anomalyStates, ...anomalyEvents] as string[]).includes(text))).toEqual([]);
  });

  it("are the only ones that documents, examples and deploy/ name", () => {
    const others = ["anomaly_labels", "anomaly_upstream", "anomaly_type_extracted"];
    const documents = ["README.md", "fluent-bit.conf", "vector.toml", "vector-inside.toml"];
    const paths = [...documents, ...filesUnder("docs"), ...filesUnder("deploy")];
    const named = paths.flatMap((path) =>
      [...readFileSync(path, "utf8").matchAll(/\banomaly_([a-z]\w*)/g)].map(([whole, name]) => ({ path, whole, name })),
    );
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter(({ whole, name }) => !others.includes(whole) && !names.includes(name))).toEqual([]);
  });

  it("reach Loki from Vector whatever their name", () => {
    for (const path of ["vector.toml", "vector-inside.toml"]) {
      const text = readFileSync(path, "utf8");
      expect(text).toContain('structured_metadata = { "anomaly_*" = "{{ anomaly }}" }');
      expect(text).toContain(".anomaly_labels.type = del(.anomaly.type)");
    }
  });
});
