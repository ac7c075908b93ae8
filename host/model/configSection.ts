/**
 * The configuration section of a model, read by assembly/config/settings.ts. Little-endian, tagged fields: a filter skips the
 * tags it does not know, so that a newer host can write for an older filter.
 *
 *    0 u32 magic "CONF"   4 u32 version   8 u32 bytes of all   12 u32 fields
 *   16 field × n, each on a multiple of 8:  0 u16 tag   2 u16 profile (0 = base)   4 u32 bytes of the payload
 *                                           8 payload, zeros up to a multiple of 8
 *
 *   tag 1 switches    u32: 1 enabled, 2 shadow, 4 tag all, 8 trust upstream, 16 client errors, 32 endpoints
 *                     u32 detectors: 1 keyword, 2 error rate, 4 traffic, 8 novelty, 16 outlier, 32 network
 *       2 rules       f64 floor, f64 multiplier, of errors, requests, endpoints
 *       3 severity    f64 medium, f64 high
 *       4-10 paths    message, level, status, endpoint, key, forwarded, source: strings, parts separated by a dot
 *      11 proxies     24 bytes each: 16 address (IPv4 as ::ffff:a.b.c.d), u32 bits, u32 0
 *      16 windows     u32 seconds, u32 queue, u32 keys, u32 0, f64 alert end                       base only, as below
 *      17 intervals   u32 counts, u32 state, u32 model check, u32 0, u64 model age, all in seconds; 0 = never
 *      18 known       as earlier models have it: i64 until (Unix seconds), strings: pattern, reason
 *      20 seed      u64 seed of the hashes; missing: random                                           base only
 *      21 addresses   u32 bits of the IPv6 network that windows are kept per, u32 0; missing: 64        base only
 *      22 known       one field each: i64 until (Unix seconds), u32 silences: 1 novelty, 2 outlier, 4 keywords,
 *                     u32 match: 0 request, 1 target, 2 line, 3 request and no text, u32 n, u32 keyword × n that the pattern names,
 *                     strings: pattern, reason                                                          base only
 *      19 profile     one field each, its number in the header: u32 by (1 tag, 2 source), u32 0, strings: pattern, name
 *   strings: u16 bytes, then the bytes, one after the other
 *
 * Every profile carries tags 1 to 11 in full. Profiles are numbered from 1, in order; the first that fits counts.
 */
import { isIPv4 } from "node:net";
import type { Configuration, KnownPattern, ProfileSettings } from "../config/configuration.js";
import type { Keyword } from "../config/keywords.js";

export const configTags = {
  switches: 1,
  rules: 2,
  severity: 3,
  message: 4,
  level: 5,
  status: 6,
  endpoint: 7,
  key: 8,
  forwarded: 9,
  source: 10,
  proxies: 11,
  windows: 16,
  intervals: 17,
  profile: 19,
  seed: 20,
  addresses: 21,
  known: 22,
} as const;

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
  const { windows, counts, state, model, known, profiles } = configuration;
  const shared = { trustUpstream: configuration.trustUpstream, source: configuration.source };
  yield* settingsFields(configuration, shared, 0);
  yield field(configTags.windows, 0, [u32(windows.seconds, windows.size, windows.keys, 0), f64(windows.alertEnd)]);
  yield field(configTags.intervals, 0, [u32(counts.every, state.saveEvery, model.checkEvery, 0), i64(model.maxAge)]);
  yield field(configTags.addresses, 0, [u32(windows.ipv6Prefix, 0)]);
  if (state.seed !== 0) yield field(configTags.seed, 0, [i64(state.seed)]);
  for (const entry of known) yield* knownFields(entry, configuration.keywords);
  for (const [index, profile] of profiles.entries()) {
    const by = profile.match.by === "tag" ? 1 : 2;
    yield field(configTags.profile, index + 1, [u32(by, 0), strings([profile.match.pattern, profile.name])]);
    yield* settingsFields(profile, shared, index + 1);
  }
}

const matches = ["request", "target", "line", "requestOnly"];

/**
 * A request is held against an entry without quotes and protocol: a pattern that was written for the whole line, such as
 * `GET /health* HTTP/1.1" 500`, is given a second time, for requests alone, as `GET /health* 500`.
 */
function* knownFields(entry: KnownPattern, keywords: readonly Keyword[]): Generator<Buffer> {
  const { pattern, reason, until, silences, match } = entry;
  const detectors = bits(silences.includes("novelty"), silences.includes("outlier"), silences.includes("keyword"));
  const parts = pattern.toLowerCase().split("*");
  const isNamed = (word: string) => parts.some((part) => part.includes(word.toLowerCase()));
  const named = [...keywords.keys()].filter((index) => keywords[index].words.some(isNamed));
  const one = (by: string, text: string) =>
    field(configTags.known, 0, [
      i64(until),
      u32(detectors, matches.indexOf(by), named.length, ...named),
      strings([text, reason]),
    ]);
  yield one(match, pattern);
  const request = pattern.replace(/^"/, "").replace(/ HTTP(?:\/[\d.*]*)?"? ?/, " ");
  if (match === "request" && request !== pattern && /[^* ]/.test(request)) yield one("requestOnly", request);
}

interface Shared {
  trustUpstream: boolean;
  source: string[];
}

function* settingsFields(
  settings: ProfileSettings,
  { trustUpstream, source }: Shared,
  profile: number,
): Generator<Buffer> {
  const { detectors, errors, requests, endpoints, severity, fields, key } = settings;
  const switches = bits(
    settings.enabled,
    settings.mode === "shadow",
    settings.tagAll,
    trustUpstream,
    errors.clientErrors,
    endpoints.enabled,
  );
  const { keyword, errorRate, traffic, novelty, outlier, network } = detectors;
  yield field(configTags.switches, profile, [
    u32(switches, bits(keyword, errorRate, traffic, novelty, outlier, network)),
  ]);
  const rules = [errors, requests, endpoints].flatMap(({ floor, multiplier }) => [floor, multiplier]);
  yield field(configTags.rules, profile, [f64(...rules)]);
  yield field(configTags.severity, profile, [f64(severity.medium, severity.high)]);
  yield field(configTags.message, profile, [strings(fields.message)]);
  yield field(configTags.level, profile, [strings(fields.level)]);
  yield field(configTags.status, profile, [strings(fields.status)]);
  yield field(configTags.endpoint, profile, [strings(fields.endpoint)]);
  yield field(configTags.key, profile, [strings(key.fields)]);
  yield field(configTags.forwarded, profile, [strings(key.forwarded)]);
  yield field(configTags.source, profile, [strings(source)]);
  yield field(configTags.proxies, profile, key.trustedProxies.map(networkBytes));
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

function f64(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeDoubleLE(value, index * 8);
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
