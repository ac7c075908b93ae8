/**
 * The kinds of settings a configuration is described with (settings.ts). Validation, defaults, the published JSON
 * schema and the commented example all come from the same description, so that they cannot disagree.
 */
import type { Carried } from "./sectionLayout.js";

interface Common {
  about: string;
  /** Where the model's configuration section carries it for the filter; missing: the host's alone, or a list. */
  carried?: Carried;
}
export interface BooleanSetting extends Common {
  kind: "boolean";
  default?: boolean;
}
export interface NumberSetting extends Common {
  kind: "number";
  default?: number;
  min: number;
  max: number;
  integer: boolean;
  /** A further constraint: its description, as an error shows it, and its test. */
  constraint?: { expected: string; holds(value: number): boolean; multipleOf?: number; powerOfTwo?: boolean };
}
export interface ChoiceSetting<V extends string = string> extends Common {
  kind: "choice";
  default?: V;
  values: readonly V[];
}
export interface TextSetting extends Common {
  kind: "text";
  default?: string;
  bytesMin: number;
  bytesMax: number;
  constraint?: { expected: string; holds(value: string): boolean };
}
/** `30s`, `5m`, `24h`, `7d`, or plain seconds; held in seconds. */
export interface DurationSetting extends Common {
  kind: "duration";
  default?: number;
  minSeconds: number;
  maxSeconds: number;
}
/** A day, `2026-12-31`; held as Unix seconds of its end, UTC. */
export interface DateSetting extends Common {
  kind: "date";
  default?: number;
}
export interface ListSetting<S extends Setting = Setting> extends Common {
  kind: "list";
  default?: readonly unknown[];
  of: S;
  itemsMax: number;
}
export interface ObjectSetting<F extends Record<string, Setting> = Record<string, Setting>> extends Common {
  kind: "object";
  fields: F;
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
  // biome-ignore lint/suspicious/noExplicitAny: a type cannot refer to itself in its default
  | ListSetting<any>
  // biome-ignore lint/suspicious/noExplicitAny: as above
  | ObjectSetting<any>;

/** The type of a setting's value, once defaults have filled in what was left out. */
export type ValueOf<S> =
  S extends ObjectSetting<infer F>
    ? { [K in keyof F]: ValueOf<F[K]> }
    : S extends ListSetting<infer Item>
      ? ValueOf<Item>[]
      : S extends ChoiceSetting<infer V>
        ? V
        : S extends BooleanSetting
          ? boolean
          : S extends TextSetting
            ? string
            : number;

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
  constraint?: NumberSetting["constraint"],
): NumberSetting => ({ kind: "number", default: value, min, max, integer: true, about, constraint });

export const choice = <const V extends string>(
  value: NoInfer<V> | undefined,
  values: readonly V[],
  about: string,
): ChoiceSetting<V> => ({
  kind: "choice",
  default: value,
  values,
  about,
});

export const text = (bytesMax: number, about: string, constraint?: TextSetting["constraint"]): TextSetting => ({
  kind: "text",
  bytesMin: 1,
  bytesMax,
  about,
  constraint,
});

export const duration = (
  value: number | undefined,
  minSeconds: number,
  maxSeconds: number,
  about: string,
): DurationSetting => ({ kind: "duration", default: value, minSeconds, maxSeconds, about });

export const list = <S extends Setting>(
  of: S,
  itemsMax: number,
  value: readonly unknown[] | undefined,
  about: string,
): ListSetting<S> => ({
  kind: "list",
  of,
  itemsMax,
  default: value,
  about,
});

export const object = <F extends Record<string, Setting>>(
  fields: F,
  about: string,
  more: Partial<ObjectSetting> = {},
): ObjectSetting<F> => ({ kind: "object", about, ...more, fields });

/** Of each setting below, its path and the setting itself. */
export function* leavesOf(setting: Setting, path: string[] = []): Generator<{ path: string[]; setting: Setting }> {
  if (setting.kind !== "object") yield { path, setting };
  else {
    for (const [name, field] of Object.entries<Setting>(setting.fields)) yield* leavesOf(field, [...path, name]);
  }
}

/** The same setting where nothing stated means "as elsewhere": no defaults anywhere below. */
export function withoutDefaults<S extends Setting>(setting: S): S {
  if (setting.kind !== "object") return { ...setting, default: undefined };
  const fields = Object.entries<Setting>(setting.fields).map(([name, field]) => [name, withoutDefaults(field)]);
  return { ...setting, fields: Object.fromEntries(fields) };
}

/** The defaults; undefined where there is none. */
export function defaultOf(setting: Setting): unknown {
  if (setting.kind !== "object") return structuredClone(setting.default);
  const entries = Object.entries<Setting>(setting.fields).map(([name, field]) => [name, defaultOf(field)] as const);
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
