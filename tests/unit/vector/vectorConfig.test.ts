/**
 * `oddline vector-config`: the shipped files are clean, and each mistake that loses events is found where it stands.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "smol-toml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { OddlineError } from "../../../host/io/errors.js";
import { defaultLimits } from "../../../host/serve/http/route.js";
import { blocks } from "../../../host/vector/blocks.js";
import { checkVector } from "../../../host/vector/checks.js";
import { readVectorConfiguration } from "../../../host/vector/configuration.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const beside = readFileSync(join(root, "vector.toml"), "utf8");
const inside = readFileSync(join(root, "vector-inside.toml"), "utf8");
const defaults = { input: "app", inside: false, oddline: "127.0.0.1:9800", source: "127.0.0.1:9801" } as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oddline-vector-config-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function check(text: string, name = "vector.toml") {
  const file = join(folder, name);
  writeFileSync(file, text);
  return checkVector(readVectorConfiguration(file), defaultLimits.bodyBytes).map(({ code, subject }) => {
    const line = Number(/:(\d+):\d+$/.exec(subject)?.[1]);
    return `${code} ${text.split("\n")[line - 1].trim()}`;
  });
}

/** The example with one change, which must change something. */
function changed(from: string | RegExp, to: string, text = beside): string {
  const result = text.replace(from, to);
  expect(result).not.toBe(text);
  return result;
}

test("the shipped files and every printed block are clean", () => {
  expect(check(beside)).toEqual([]);
  expect(check(inside)).toEqual([]);
  const source = '[sources.app]\ntype = "stdin"\n';
  for (const codec of ["json", "native"] as const) expect(check(source + blocks({ ...defaults, codec }))).toEqual([]);
  expect(check(source + blocks({ ...defaults, codec: "json", inside: true }))).toEqual([]);
  expect(check(stringify(parse(beside)), "vector.yaml")).toEqual([]);
  expect(check(JSON.stringify(parse(beside)), "vector.json")).toEqual([]);
});

test("blocks carry the names and addresses asked for", () => {
  const text = blocks({ ...defaults, codec: "native", input: "k8s", oddline: "10.0.0.1:1", source: "10.0.0.2:2" });
  const { sinks, sources, transforms } = parse(text) as Record<string, Record<string, Record<string, unknown>>>;
  expect(sinks.to_oddline).toMatchObject({ uri: "http://10.0.0.1:1/v1/transform" });
  expect(transforms.to_be_tagged).toMatchObject({ inputs: ["k8s"] });
  expect(sinks.to_oddline).toMatchObject({ encoding: { codec: "native" } });
  expect(sources.from_oddline).toMatchObject({ address: "10.0.0.2:2", decoding: { codec: "native" } });
  expect(transforms.tagged.source).not.toContain("timestamp");
  expect(text).not.toContain("framing");
});

describe("mistakes", () => {
  const acks = "acknowledgements.enabled = true\n";
  const cases: [string, string, string[]][] = [
    ["acknowledgements off at Oddline", changed(acks, ""), ["VECTOR_ACKS_OFF [sinks.to_oddline]"]],
    [
      "acknowledgements off at Loki",
      changed(/(\[sinks\.loki\][\s\S]*?)acknowledgements\.enabled = true\n/, "$1"),
      ["VECTOR_ACKS_OFF [sinks.loki]"],
    ],
    [
      "a batch too large",
      changed("max_bytes = 4000000, timeout_secs = 0.2", "max_bytes = 400000000, timeout_secs = 0.2"),
      ["VECTOR_BATCH_TOO_LARGE [sinks.to_oddline]"],
    ],
    [
      "no timestamp restored",
      changed(/^\.timestamp = .*\n/m, "").replace(/^# JSON has no type.*\n/m, ""),
      ["VECTOR_TIMESTAMP [sources.from_oddline]"],
    ],
    [
      "no framing at the sink",
      changed('framing.method = "newline_delimited"\n', ""),
      ["VECTOR_FRAMING [sinks.to_oddline]"],
    ],
    [
      "long lines thrown away",
      changed('path_key = ""\n', 'path_key = ""\nframing.newline_delimited.max_length = 65536\n'),
      ["VECTOR_FRAMING [sources.from_oddline]"],
    ],
    [
      "two codecs",
      changed('encoding.codec = "json"', 'encoding.codec = "native"'),
      ["VECTOR_CODEC [sources.from_oddline]"],
    ],
    [
      "a buffer that drops",
      changed('when_full = "block"', 'when_full = "drop_newest"'),
      ["VECTOR_BUFFER_DROPS [sinks.to_oddline]"],
    ],
    [
      "retries that end",
      changed("retry_max_duration_secs = 2", "retry_attempts = 5"),
      ["VECTOR_RETRIES_LIMITED [sinks.to_oddline]"],
    ],
    ["Loki without its option", changed(/^dangerously.*\n/m, ""), ["VECTOR_UNCONFINED [sinks.loki]"]],
    ["a field `path` on every event", changed('path_key = ""\n', ""), ["VECTOR_PATH_KEY [sources.from_oddline]"]],
    ["a loop", changed(/^inputs = \["app"\]/m, 'inputs = ["app", "tagged"]'), ["VECTOR_LOOP [sinks.to_oddline]"]],
    ["no way back", changed(/\[sources\.from_oddline\][\s\S]*?\n\n/, ""), ["VECTOR_NO_SOURCE [sinks.to_oddline]"]],
    ["inside, without acknowledgements", changed(acks, "", inside), ["VECTOR_ACKS_OFF [sinks.loki]"]],
  ];
  test.each(cases)("%s", (_, text, expected) => expect(check(text)).toEqual(expected));

  test("one at the top of the file holds for all sinks", () => {
    expect(check(`acknowledgements.enabled = true\n${beside.replaceAll(acks, "")}`)).toEqual([]);
  });

  test("no Oddline at all", () => {
    const text =
      '[sources.app]\ntype = "stdin"\n[sinks.out]\ntype = "console"\ninputs = ["app"]\nencoding.codec = "json"\n';
    expect(check(text)[0]).toMatch(/^VECTOR_NO_ODDLINE/);
  });

  test("a file that cannot be read or parsed says where", () => {
    const file = join(folder, "broken.toml");
    writeFileSync(file, '[sources.app]\ntype = "unended\n');
    expect(() => readVectorConfiguration(file)).toThrow(OddlineError);
    expect(() => readVectorConfiguration(file)).toThrow(`${file}:2:`);
    expect(() => readVectorConfiguration(join(folder, "none.toml"))).toThrow(/INPUT_UNREADABLE/);
  });
});
