/**
 * Reads a Vector configuration (TOML, YAML or JSON) as far as the checks need it: components, their options, their
 * order.
 */
import { extname } from "node:path";
import { parse as parseToml, TomlError } from "smol-toml";
import { parse as parseYaml, YAMLParseError } from "yaml";
import { exitCode, OddlineError } from "../io/errors.js";
import { configurationBytesMax, readBounded } from "../io/readFile.js";
import { fileError } from "../io/systemErrors.js";

export interface Component {
  kind: "sources" | "transforms" | "sinks";
  name: string;
  type: string;
  options: Record<string, unknown>;
  inputs: string[];
}

export interface VectorConfiguration {
  file: string;
  text: string;
  components: Component[];
  /** `acknowledgements.enabled` at the top holds for every sink. */
  acknowledgements: boolean;
}

const kinds = ["sources", "transforms", "sinks"] as const;

export function readVectorConfiguration(file: string): VectorConfiguration {
  const text = readText(file);
  const root = parsed(file, text);
  const components = kinds.flatMap((kind) =>
    Object.entries(table(root[kind])).map(([name, value]) => {
      const options = table(value);
      const inputs = Array.isArray(options.inputs) ? options.inputs.map(String) : [];
      return { kind, name, type: String(options.type), options, inputs };
    }),
  );
  return { file, text, components, acknowledgements: option(root, "acknowledgements.enabled") === true };
}

/** The option at a dotted path. `acknowledgements = true` is the short form of its `enabled`. */
export function option(options: Record<string, unknown>, path: string): unknown {
  let value: unknown = options;
  for (const name of path.split(".")) {
    if (typeof value === "boolean" && name === "enabled") return value;
    value = table(value)[name];
  }
  return value;
}

/** Components that get events from `name`, directly or through transforms; an input may be a pattern with `*`. */
export function downstream({ components }: VectorConfiguration, name: string): Component[] {
  const found: Component[] = [];
  const reach = [name];
  for (let next = reach.shift(); next !== undefined; next = reach.shift()) {
    for (const component of components) {
      if (found.includes(component) || !component.inputs.some((input) => names(input, next as string))) continue;
      found.push(component);
      reach.push(component.name);
    }
  }
  return found;
}

function names(input: string, component: string): boolean {
  const pattern = input.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  // `name.output` is one of several outputs of a component
  return new RegExp(`^${pattern.join(".*")}$`).test(component) || input.startsWith(`${component}.`);
}

/** Line and column, from 1, where a component begins. */
export function placeOf({ text }: VectorConfiguration, component: Component | undefined): string {
  if (!component) return "1:1";
  const name = component.name.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  const header = new RegExp(`^[ \\t]*(\\[${component.kind}\\.["']?${name}["']?[\\].]|["']?${name}["']?[ \\t]*:)`, "m");
  const at = text.search(header);
  if (at < 0) return "1:1";
  const indent = /^[ \t]*/.exec(text.slice(at))?.[0].length ?? 0;
  return `${text.slice(0, at).split("\n").length}:${indent + 1}`;
}

function table(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function readText(file: string): string {
  try {
    return readBounded(file, configurationBytesMax).toString("utf8");
  } catch (error) {
    throw fileError(error, file, {
      code: "INPUT_UNREADABLE",
      expected: "a Vector configuration",
      remedy: "check the path and its permissions",
      exit: exitCode.usage,
    });
  }
}

function parsed(file: string, text: string): Record<string, unknown> {
  try {
    return table(/^\.(ya?ml|json)$/.test(extname(file)) ? parseYaml(text) : parseToml(text));
  } catch (error) {
    let place = "1:1";
    if (error instanceof TomlError) place = `${error.line}:${error.column}`;
    if (error instanceof YAMLParseError && error.linePos) place = `${error.linePos[0].line}:${error.linePos[0].col}`;
    throw new OddlineError("VECTOR_SYNTAX", {
      subject: `${file}:${place}`,
      expected: "TOML, YAML or JSON, by file name extension",
      found: (error as Error).message.split("\n")[0],
      remedy: "check it with vector validate",
      exit: exitCode.usage,
    });
  }
}
