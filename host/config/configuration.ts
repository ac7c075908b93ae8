/** What `oddline.yaml` says, typed, complete with defaults. Durations are seconds, dates Unix seconds. */
import { exitCode } from "../io/errors.js";
import { configurationBytesMax, readBounded } from "../io/readFile.js";
import { fileError } from "../io/systemErrors.js";
import { defaultKeywords } from "./defaultKeywords.js";
import type { Keyword, Severity } from "./keywords.js";
import { defaultOf, type ValueOf } from "./schema.js";
import type { profileChoices } from "./sectionLayout.js";
import { profileSettings, settings } from "./settings.js";
import { parseSettings, type Warning } from "./validate.js";

/** What a profile may set otherwise. */
export type ProfileSettings = { [K in keyof typeof profileSettings]: ValueOf<(typeof profileSettings)[K]> };

export interface Profile extends ProfileSettings {
  name: string;
  match: { by: (typeof profileChoices)[number]; pattern: string };
}

type Settings = ValueOf<typeof settings>;
export type KnownPattern = Settings["known"][number];

export interface Configuration extends Omit<Settings, "keywords" | "profiles"> {
  /** The built-in list included, where it is wanted. */
  keywords: Keyword[];
  /** Each complete: what it does not say is as at the top. */
  profiles: Profile[];
}

type Plain = Record<string, unknown>;
interface KeywordEntry {
  word?: string;
  words?: string[];
  name?: string;
  severity: Severity;
  wholeWord: boolean;
  matchCase: boolean;
  minCount: number;
  isError: boolean;
  weigh?: boolean;
}

/** The configuration of a file, and its warnings. Throws a `ConfigurationError` that lists every error. */
export function loadConfiguration(path: string): { configuration: Configuration; warnings: Warning[] } {
  let content: string;
  try {
    content = readBounded(path, configurationBytesMax).toString("utf8");
  } catch (error) {
    throw fileError(error, path, {
      code: "CONFIG_UNREADABLE",
      expected: "a configuration file",
      remedy: "check the path, or write one with oddline init",
      exit: exitCode.usage,
    });
  }
  return parseConfiguration(content, path);
}

export function parseConfiguration(
  content: string,
  file: string,
): { configuration: Configuration; warnings: Warning[] } {
  const { value, warnings } = parseSettings(content, file);
  return { configuration: complete(value), warnings };
}

export function defaultConfiguration(): Configuration {
  return complete(defaultOf(settings) as Plain);
}

function complete(value: Plain): Configuration {
  const { keywords, profiles, ...rest } = value as Plain & {
    keywords: { defaults: boolean; list: KeywordEntry[] };
    profiles: (Plain & { name: string; tag?: string; source?: string })[];
  };
  const base = rest as unknown as Configuration;
  const overridable = Object.keys(profileSettings) as (keyof ProfileSettings)[];
  return {
    ...base,
    keywords: [...(keywords.defaults ? defaultKeywords : []), ...keywords.list.map(toKeyword)],
    profiles: profiles.map(({ name, tag, source, ...own }) => ({
      ...(Object.fromEntries(
        overridable.map((part) => [part, merge(base[part], own[part])]),
      ) as unknown as ProfileSettings),
      name,
      match: tag === undefined ? { by: "source", pattern: source! } : { by: "tag", pattern: tag },
    })),
  };
}

function merge(base: unknown, own: unknown): unknown {
  if (own === undefined) return base;
  if (typeof base !== "object" || base === null || Array.isArray(base)) return own;
  return {
    ...base,
    ...Object.fromEntries(
      Object.entries(own as Plain).map(([key, value]) => [key, merge((base as Plain)[key], value)]),
    ),
  };
}

function toKeyword({ word, words, name, ...rest }: KeywordEntry): Keyword {
  const all = words ?? [word!];
  // What an operator calls grave himself is told whenever it comes, unless he says otherwise.
  const weigh = rest.weigh ?? rest.severity !== "high";
  return { ...rest, weigh, words: all, name: name ?? clip(all[0]) };
}

/** A name is shown in every tag: a long word is cut at a whole character. */
function clip(word: string): string {
  let name = word;
  while (Buffer.byteLength(name) > 200) name = [...name].slice(0, -1).join("");
  return name;
}
