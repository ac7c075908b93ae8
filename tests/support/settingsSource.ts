/** What is generated from the description of the settings: the filter's globals and checks, the table of settings. */
import { formatDuration, leavesOf, type Setting } from "../../host/config/schema.js";
import {
  type Carried,
  matched,
  matchedRequestOnly,
  otherTags,
  pathLists,
  pathsTag,
  payloads,
  profileChoices,
  sectionLimits,
  silenced,
} from "../../host/config/sectionLayout.js";
import { settings } from "../../host/config/settings.js";

type Payload = Carried["payload"];
interface CarriedSetting {
  path: string[];
  setting: Setting;
  carried: Carried;
}

export const carriedSettings: CarriedSetting[] = [...leavesOf(settings)].flatMap(({ path, setting }) =>
  setting.carried ? [{ path, setting, carried: setting.carried }] : [],
);
const names = Object.keys(payloads) as Payload[];
const of = (payload: Payload) => carriedSettings.filter(({ carried }) => carried.payload === payload);
const upper = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
const title = (name: string) => name[0].toUpperCase() + name.slice(1);
const types = { bit: "bool", u32: "u32", i64: "i64", f64: "f64" } as const;

function literal({ setting, carried }: CarriedSetting): string {
  const value = (setting as { default?: unknown }).default;
  return carried.type === "bit" ? `${value === (carried.setBy ?? true)}` : `${value}`;
}

function boundsOf(setting: Setting): [least: number, most: number] {
  if (setting.kind === "duration") return [setting.minSeconds, setting.maxSeconds];
  if (setting.kind === "number") return [setting.min, setting.max];
  throw new Error(`a ${setting.kind} is no number`);
}

/** What must hold of a payload: its size, each number's range, and that all else is zero. */
function demandsOf(payload: Payload): string[] {
  const { bytes } = payloads[payload];
  const used = new Map<number, number>();
  const constraints: string[] = [`bytes == ${bytes}`];
  for (const word of new Set(of(payload).flatMap(({ carried }) => (carried.type === "bit" ? [carried.offset] : [])))) {
    used.set(word, 4);
    const bits = of(payload).filter(({ carried }) => carried.type === "bit" && carried.offset === word).length;
    constraints.push(`load<u32>(ptr, ${word}) < ${2 ** bits}`);
  }
  for (const { setting, carried } of of(payload)) {
    if (carried.type === "bit") continue;
    used.set(carried.offset, carried.type === "u32" ? 4 : 8);
    const [least, most] = boundsOf(setting);
    const value = `load<${carried.type === "i64" ? "u64" : carried.type}>(ptr, ${carried.offset})`;
    if (carried.type !== "f64")
      constraints.push(least === 0 ? `${value} <= ${most}` : `${value} - ${least} <= ${most - least}`);
    const constraint = setting.kind === "number" ? setting.constraint : undefined;
    if (constraint?.multipleOf) constraints.push(`${value} % ${constraint.multipleOf} == 0`);
    if (constraint?.powerOfTwo) constraints.push(`popcnt(${value}) == 1`);
  }
  const fractions = of(payload).filter(({ carried }) => carried.type === "f64");
  if (fractions.length > 0) {
    // One range for all of them keeps the code small; what people write was held to each one's own.
    const bounds = fractions.map(({ setting }) => boundsOf(setting));
    const [least, most] = [Math.min(...bounds.map(([low]) => low)), Math.max(...bounds.map(([, high]) => high))];
    const first = Math.min(...fractions.map(({ carried }) => carried.offset));
    constraints.push(`areWithin(ptr + ${first}, ${fractions.length}, ${least}, ${most})`);
  }
  for (let at = 0; at < bytes; at += used.get(at) ?? 4)
    if (!used.has(at)) constraints.push(`load<u32>(ptr, ${at}) == 0`);
  return constraints;
}

function takes(payload: Payload): string[] {
  const words = new Map<number, string>();
  const lines: string[] = [];
  for (const { carried } of of(payload)) {
    const { name, offset, type, bit } = carried;
    if (type !== "bit") {
      lines.push(`${name} = load<${type}>(ptr, ${offset});`);
      continue;
    }
    if (!words.has(offset)) {
      words.set(offset, `bits${offset}`);
      lines.push(`const bits${offset} = load<u32>(ptr, ${offset});`);
    }
    lines.push(`${name} = (bits${offset} & ${2 ** bit!}) != 0;`);
  }
  return lines;
}

const indented = (lines: string[]) => lines.map((line) => `  ${line}\n`).join("");

/** assembly/config/generated.ts */
export function settingsAssembly(): string {
  const tags = [
    ...names.map((name) => [upper(name), payloads[name].tag]),
    ...Object.entries(otherTags).map(([name, tag]) => [upper(name), tag]),
    ["PATHS", pathsTag],
    ["PATHS_END", pathsTag + pathLists.length],
  ];
  const limits = [
    ["PROFILES_MAX", sectionLimits.profiles],
    ["PATHS_MAX", sectionLimits.paths],
    ["PATH_PARTS_MAX", sectionLimits.pathParts],
  ];
  const mask = (which: "profile" | "base", ...more: number[]) =>
    names
      .filter((name) => payloads[name].of === which && name !== "addresses")
      .reduce((sum, name) => sum | (1 << payloads[name].tag), 0) | more.reduce((sum, tag) => sum | (1 << tag), 0);
  const profileTags = mask("profile", ...pathLists.map((_, index) => pathsTag + index), otherTags.proxies);
  const constants = (rows: (string | number)[][], prefix: string, type: string) =>
    rows.map(([name, value]) => `export const ${prefix}${name}: ${type} = ${value};\n`).join("");
  return `/** Made from host/config/settings.ts and sectionLayout.ts by npm run generate; do not edit. */

// Tags of the section's fields
${constants(tags, "TAG_", "u32")}
/** A bit each: what each profile has, exactly once, and what the base has besides. */
export const PROFILE_TAGS: u32 = ${profileTags};
export const BASE_TAGS: u32 = ${mask("base")};

${constants(limits, "", "u32")}
// Which list of field paths
${constants(
  pathLists.map((name, index) => [upper(name), index]),
  "PATHS_",
  "i32",
)}export const PATH_LISTS: i32 = ${pathLists.length};

// How a profile is chosen
${constants(
  profileChoices.map((name, index) => [upper(name), index + 1]),
  "BY_",
  "u32",
)}
// Detectors that a known entry silences
${constants(
  silenced.map((name, index) => [upper(name), 2 ** index]),
  "SILENCES_",
  "u32",
)}export const SILENCES_ALL: u32 = ${2 ** silenced.length - 1};

// What it is matched with
${constants([...matched.map((name, index) => [upper(name), index]), ["REQUEST_ONLY", matchedRequestOnly]], "MATCH_", "u32")}
// The settings, at their defaults
${carriedSettings.map((one) => `export let ${one.carried.name}: ${types[one.carried.type]} = ${literal(one)};\n`).join("")}
export function takeDefaults(): void {
${indented(carriedSettings.map((one) => `${one.carried.name} = ${literal(one)};`))}}

function areWithin(ptr: usize, count: i32, least: f64, most: f64): bool {
  for (let i = 0; i < count; i++) {
    const value = load<f64>(ptr + 8 * <usize>i);
    if (!(value >= least && value <= most)) return false;
  }
  return true;
}
${names
  .map(
    (name) => `
export function isValid${title(name)}(ptr: usize, bytes: usize): bool {
  return ${allOf(demandsOf(name))};
}

export function take${title(name)}(ptr: usize): void {
${indented(takes(name))}}
`,
  )
  .join("")}`;
}

/** On one line where it fits. */
function allOf(constraints: string[]): string {
  const line = constraints.join(" && ");
  return line.length < 110 ? line : `(\n    ${constraints.join(" &&\n    ")}\n  )`;
}

function valuesOf(setting: Setting): string {
  switch (setting.kind) {
    case "boolean":
      return "`true`, `false`";
    case "choice":
      return setting.values.map((value) => `\`${value}\``).join(", ");
    case "number":
      return `${setting.min} to ${setting.max}${setting.constraint ? `, ${setting.constraint.expected}` : ""}`;
    case "duration":
      return `${formatDuration(setting.minSeconds)} to ${formatDuration(setting.maxSeconds)}`;
    case "list":
      return `a list, up to ${setting.itemsMax}`;
    case "text":
      return "text";
    default:
      return setting.kind;
  }
}

function defaultOf(setting: Setting): string {
  const value = (setting as { default?: unknown }).default;
  if (value === undefined) return "";
  if (setting.kind === "duration") return `\`${formatDuration(value as number)}\``;
  return `\`${Array.isArray(value) ? `[${value.join(", ")}]` : value}\``;
}

/** The table of docs/configuration.md. */
export function settingsTable(): string {
  const rows = [...leavesOf(settings)].map(
    ({ path, setting }) =>
      `| \`${path.join(".")}\` | ${defaultOf(setting)} | ${valuesOf(setting)} | ${setting.about} |`,
  );
  return ["| Setting | Default | Values | Meaning |", "|---|---|---|---|", ...rows, ""].join("\n");
}
