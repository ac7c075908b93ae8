/**
 * The kinds of settings a configuration is described with (settings.ts). Validation, defaults, the published JSON
 * schema and the commented example all come from the same description, so that they cannot disagree.
 */
export interface BooleanSetting {
  kind: "boolean";
  about: string;
  default?: boolean;
}
export interface NumberSetting {
  kind: "number";
  about: string;
  default?: number;
  min: number;
  max: number;
  integer: boolean;
  /** Further demand, as the words for it and the test. */
  demand?: { says: string; holds(value: number): boolean; multipleOf?: number };
}
export interface ChoiceSetting {
  kind: "choice";
  about: string;
  default?: string;
  values: readonly string[];
}
export interface TextSetting {
  kind: "text";
  about: string;
  default?: string;
  bytesMin: number;
  bytesMax: number;
  demand?: { says: string; holds(value: string): boolean };
}
/** `30s`, `5m`, `24h`, `7d`, or plain seconds; held in seconds. */
export interface DurationSetting {
  kind: "duration";
  about: string;
  default?: number;
  minSeconds: number;
  maxSeconds: number;
}
/** A day, `2026-12-31`; held as Unix seconds of its end, UTC. */
export interface DateSetting {
  kind: "date";
  about: string;
  default?: number;
}
export interface ListSetting {
  kind: "list";
  about: string;
  default?: readonly unknown[];
  of: Setting;
  itemsMax: number;
}
export interface ObjectSetting {
  kind: "object";
  about: string;
  fields: Record<string, Setting>;
  required?: readonly string[];
  /** Exactly one of these must be there. */
  oneOf?: readonly string[];
  /** A plain text stands for an object with this one field. */
  shorthand?: string;
}
export type Setting =
  | BooleanSetting
  | NumberSetting
  | ChoiceSetting
  | TextSetting
  | DurationSetting
  | DateSetting
  | ListSetting
  | ObjectSetting;

export const flag = (value: boolean, about: string): BooleanSetting => ({ kind: "boolean", default: value, about });

export const number = (value: number | undefined, min: number, max: number, about: string): NumberSetting => ({
  kind: "number",
  default: value,
  min,
  max,
  integer: false,
  about,
});

export const integer = (
  value: number | undefined,
  min: number,
  max: number,
  about: string,
  demand?: NumberSetting["demand"],
): NumberSetting => ({ kind: "number", default: value, min, max, integer: true, about, demand });

export const choice = (value: string | undefined, values: readonly string[], about: string): ChoiceSetting => ({
  kind: "choice",
  default: value,
  values,
  about,
});

export const text = (bytesMax: number, about: string, demand?: TextSetting["demand"]): TextSetting => ({
  kind: "text",
  bytesMin: 1,
  bytesMax,
  about,
  demand,
});

export const duration = (
  value: number | undefined,
  minSeconds: number,
  maxSeconds: number,
  about: string,
): DurationSetting => ({ kind: "duration", default: value, minSeconds, maxSeconds, about });

export const list = (
  of: Setting,
  itemsMax: number,
  value: readonly unknown[] | undefined,
  about: string,
): ListSetting => ({
  kind: "list",
  of,
  itemsMax,
  default: value,
  about,
});

export const object = (
  fields: Record<string, Setting>,
  about: string,
  more: Partial<ObjectSetting> = {},
): ObjectSetting => ({ kind: "object", fields, about, ...more });

/** The same setting where nothing stated means "as elsewhere": no defaults anywhere below. */
export function withoutDefaults<S extends Setting>(setting: S): S {
  if (setting.kind !== "object") return { ...setting, default: undefined };
  const fields = Object.entries(setting.fields).map(([name, field]) => [name, withoutDefaults(field)]);
  return { ...setting, fields: Object.fromEntries(fields) };
}

/** What a configuration that says nothing holds; undefined where there is no default. */
export function defaultOf(setting: Setting): unknown {
  if (setting.kind !== "object") return structuredClone(setting.default);
  const entries = Object.entries(setting.fields).map(([name, field]) => [name, defaultOf(field)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

const units = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
] as const;

export function formatDuration(seconds: number): string {
  const [unit, size] = units.find(([, unitSeconds]) => seconds >= unitSeconds && seconds % unitSeconds === 0) ?? [
    "s",
    1,
  ];
  return `${seconds / size}${unit}`;
}

/** Seconds, or undefined for what is no duration. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  const match = typeof value === "string" ? /^(\d+(?:\.\d+)?)\s*([dhms])$/.exec(value.trim()) : null;
  if (!match) return undefined;
  return Number(match[1]) * units.find(([unit]) => unit === match[2])![1];
}
