/**
 * The configuration section of a model, read by assembly/config/settings.ts. Little-endian, tagged fields: a
 * filter skips the tags it does not know, so that a newer host can write for an older filter.
 *
 *    0 u32 magic "CONF"   4 u32 version   8 u32 bytes of all   12 u32 fields
 *   16 field × n, each on a multiple of 8:  0 u16 tag   2 u16 profile (0 = base)   4 u32 bytes of the payload
 *                                           8 payload, zeros up to a multiple of 8
 *
 *   tag 1 switches, 2 rules, 3 severity, 16 windows, 17 intervals, 21 addresses: numbers and bits, where
 *                    config/settings.ts says; the last three stand in the base only, 21 may be missing
 *       4-10 paths     strings, parts separated by a dot; order in config/sectionLayout.ts
 *      11 proxies      24 bytes each: 16 address (IPv4 as ::ffff:a.b.c.d), u32 bits, u32 0
 *      18 known       as earlier models have it: i64 until (Unix seconds), strings: pattern, reason
 *      20 seed        u64 seed of the hashes; missing: random                                           base only
 *      22 known       one field each: i64 until (Unix seconds), u32 silences: 1 novelty, 2 outlier, 4 keywords,
 *                     u32 match: 0 request, 1 target, 2 line, 3 request and no text, u32 n,
 *                     u32 keyword × n that the pattern names, strings: pattern, reason                  base only
 *      19 profile     one field each, its number in the header: u32 by (1 tag, 2 source), u32 0, strings: pattern, name
 *   strings: u16 bytes, then the bytes, one after the other
 *
 * Every profile carries tags 1 to 11 in full. Profiles are numbered from 1, in order; the first that fits counts.
 */
import { isIPv4 } from "node:net";
import type { Configuration, KnownPattern } from "../config/configuration.js";
import type { Keyword } from "../config/keywords.js";
import { leavesOf } from "../config/schema.js";
import {
  type Carried,
  matched,
  matchedRequestOnly,
  otherTags,
  pathLists,
  pathsTag,
  payloads,
  profileChoices,
  silenced,
} from "../config/sectionLayout.js";
import { settings } from "../config/settings.js";

const magic = 0x464e4f43;
const version = 1;
const headerBytes = 16;

export function encodeConfiguration(configuration: Configuration): Uint8Array {
  const fields = [...baseFields(configuration)];
  const bytes = Buffer.concat([Buffer.alloc(headerBytes), ...fields]);
  [magic, version, bytes.length, fields.length].forEach((value, index) => {
    bytes.writeUInt32LE(value, index * 4);
  });
  return bytes;
}

function* baseFields(configuration: Configuration): Generator<Buffer> {
  const { state, known, profiles, keywords } = configuration;
  yield* profileFields(configuration, 0);
  for (const [name, { of }] of payloadEntries) if (of === "base") yield payloadField(name, configuration, 0);
  if (state.seed !== 0) yield field(otherTags.seed, 0, [i64(state.seed)]);
  for (const entry of known) yield* knownFields(entry, keywords);
  for (const [index, profile] of profiles.entries()) {
    const by = profileChoices.indexOf(profile.match.by) + 1;
    yield field(otherTags.profile, index + 1, [u32(by, 0), strings([profile.match.pattern, profile.name])]);
    yield* profileFields({ ...configuration, ...profile }, index + 1);
  }
}

function* profileFields(configuration: Configuration, profile: number): Generator<Buffer> {
  const { fields, key, source } = configuration;
  for (const [name, { of }] of payloadEntries) if (of === "profile") yield payloadField(name, configuration, profile);
  const paths = { ...fields, key: key.fields, forwarded: key.forwarded, source };
  for (const [index, name] of pathLists.entries()) yield field(pathsTag + index, profile, [strings(paths[name])]);
  yield field(otherTags.proxies, profile, key.trustedProxies.map(networkBytes));
}

const payloadEntries = Object.entries(payloads) as [Carried["payload"], (typeof payloads)[Carried["payload"]]][];
const carriedSettings = [...leavesOf(settings)].flatMap(({ path, setting }) =>
  setting.carried ? [{ path, carried: setting.carried }] : [],
);

function payloadField(payload: Carried["payload"], configuration: Configuration, profile: number): Buffer {
  const { tag, bytes } = payloads[payload];
  const content = Buffer.alloc(bytes);
  for (const { path, carried } of carriedSettings) {
    if (carried.payload === payload) writeSetting(content, carried, valueAt(configuration, path));
  }
  return field(tag, profile, [content]);
}

function writeSetting(content: Buffer, { offset, type, bit, setBy }: Carried, value: unknown): void {
  if (type === "f64") content.writeDoubleLE(value as number, offset);
  else if (type === "i64") content.writeBigInt64LE(BigInt(value as number), offset);
  else if (type === "u32") content.writeUInt32LE(value as number, offset);
  else if (value === (setBy ?? true)) content.writeUInt32LE(content.readUInt32LE(offset) + 2 ** bit!, offset);
}

function valueAt(configuration: Configuration, path: string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], configuration);
}

/**
 * A request is held against an entry without quotes and protocol: a pattern that was written for the whole line, such
 * as `GET /health* HTTP/1.1" 500`, is given a second time, for requests alone, as `GET /health* 500`.
 */
function* knownFields(entry: KnownPattern, keywords: readonly Keyword[]): Generator<Buffer> {
  const { pattern, reason, until, silences, match } = entry;
  const detectors = bits(...silenced.map((name) => silences.includes(name)));
  const parts = pattern.toLowerCase().split("*");
  const isNamed = (word: string) => parts.some((part) => part.includes(word.toLowerCase()));
  const named = [...keywords.keys()].filter((index) => keywords[index].words.some(isNamed));
  const one = (by: number, text: string) =>
    field(otherTags.known, 0, [i64(until), u32(detectors, by, named.length, ...named), strings([text, reason])]);
  yield one(matched.indexOf(match), pattern);
  const request = pattern.replace(/^"/, "").replace(/ HTTP(?:\/[\d.*]*)?"? ?/, " ");
  if (match === "request" && request !== pattern && /[^* ]/.test(request)) yield one(matchedRequestOnly, request);
}

function field(tag: number, profile: number, parts: Buffer[]): Buffer {
  const payload = Buffer.concat(parts);
  const bytes = Buffer.alloc(8 + Math.ceil(payload.length / 8) * 8);
  bytes.writeUInt16LE(tag, 0);
  bytes.writeUInt16LE(profile, 2);
  bytes.writeUInt32LE(payload.length, 4);
  payload.copy(bytes, 8);
  return bytes;
}

function bits(...flags: boolean[]): number {
  return flags.reduce((sum, flag, index) => (flag ? sum | (1 << index) : sum), 0);
}

function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return bytes;
}

function i64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}

function strings(values: string[]): Buffer {
  return Buffer.concat(
    values.flatMap((value) => {
      const text = Buffer.from(value, "utf8");
      const length = Buffer.alloc(2);
      length.writeUInt16LE(text.length);
      return [length, text];
    }),
  );
}

/** The network with its host bits cleared. */
export function networkBytes(network: string): Buffer {
  const [address, stated] = network.split("/");
  const four = isIPv4(address);
  const bitCount = (stated === undefined ? (four ? 32 : 128) : Number(stated)) + (four ? 96 : 0);
  const bytes = Buffer.alloc(24);
  addressBytes(address).copy(bytes);
  for (let bit = bitCount; bit < 128; bit++) bytes[bit >> 3] &= ~(0x80 >> (bit & 7));
  bytes.writeUInt32LE(bitCount, 16);
  return bytes;
}

/** Sixteen bytes of a valid address, IPv4 as ::ffff:a.b.c.d. */
function addressBytes(address: string): Buffer {
  const bytes = Buffer.alloc(16);
  if (isIPv4(address)) {
    bytes.writeUInt16BE(0xffff, 10);
    for (const [index, part] of address.split(".").entries()) bytes[12 + index] = Number(part);
    return bytes;
  }
  // An IPv4 tail counts as two groups.
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const plain = dotted
    ? address.slice(0, dotted.index) +
      [0, 2].map((at) => ((Number(dotted[at + 1]) << 8) | Number(dotted[at + 2])).toString(16)).join(":")
    : address;
  const [head, tail] = plain.split("::").map((part) => part.split(":").filter(Boolean));
  const groups = tail ? [...head, ...Array(8 - head.length - tail.length).fill("0"), ...tail] : head;
  for (const [index, group] of groups.entries()) bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2);
  return bytes;
}
