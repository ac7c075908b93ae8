/**
 * Tags and payloads of the configuration section that a model carries (drawn in model/configSection.ts). Together with
 * `carried` of each setting it makes assembly/config/generated.ts: run `npm run generate` after a change.
 */

/** Numbers, bits and padding; written from the settings that say they are carried there. */
export const payloads = {
  /** u32 switches, u32 detectors */
  switches: { tag: 1, bytes: 8, of: "profile" },
  rules: { tag: 2, bytes: 48, of: "profile" },
  severity: { tag: 3, bytes: 16, of: "profile" },
  windows: { tag: 16, bytes: 24, of: "base" },
  intervals: { tag: 17, bytes: 24, of: "base" },
  /** Missing from older models: then its settings are at their defaults. */
  addresses: { tag: 21, bytes: 8, of: "base" },
} as const;

/** Lists of field paths, one tag each, in this order. */
export const pathLists = ["message", "level", "status", "endpoint", "key", "forwarded", "source"] as const;
export const pathsTag = 4;

export const otherTags = {
  proxies: 11,
  /** As it was before entries said what they match and silence. */
  knownBefore: 18,
  profile: 19,
  seed: 20,
  known: 22,
} as const;

/** How a profile is chosen, from 1; what a known entry silences, a bit each; what it is matched with, from 0. */
export const profileChoices = ["tag", "source"] as const;
export const silenced = ["novelty", "outlier", "keyword"] as const;
export const matched = ["request", "target", "line"] as const;
/** Besides: as the first, but of requests alone. Written by the host, not by people. */
export const matchedRequestOnly = matched.length;

export const sectionLimits = { profiles: 64, paths: 16, pathParts: 8, known: 1000 } as const;

export interface Carried {
  /** The filter's name of it. */
  name: string;
  payload: keyof typeof payloads;
  offset: number;
  type: "bit" | "u32" | "i64" | "f64";
  /** Of the u32 at `offset`. */
  bit?: number;
  /** The choice that sets the bit. */
  setBy?: string;
}

type Carrying = { carried?: Carried };

const carry = <S extends object>(setting: S, carried: Carried): S & Carrying => ({ ...setting, carried });

/** A bit of the section's switches. */
export const switched = <S extends object>(bit: number, name: string, setting: S, setBy?: string): S =>
  carry(setting, { name, payload: "switches", offset: 0, type: "bit", bit, setBy });

/** A bit of the detectors that are on. */
export const detecting = <S extends object>(bit: number, name: string, setting: S): S =>
  carry(setting, { name, payload: "switches", offset: 4, type: "bit", bit });

export const carried = <S extends object>(
  payload: Carried["payload"],
  offset: number,
  type: "u32" | "i64" | "f64",
  name: string,
  setting: S,
): S => carry(setting, { name, payload, offset, type });
