/** A signature as (group, value) pairs, and a text's tokens, from the tables in assembly/detect/novelty/features.ts. */

import { type Bytes, finish, hashBytes, hashPair, mix } from "./hash.js";
import { halfOctavesOf } from "./signature.js";

export interface Feature {
  kind: number;
  group: bigint;
  value: bigint;
}

/**
 * With the parts of the signature that a reason names: where it was seen, under which name or after what, and what it
 * was.
 */
export interface ShownFeature extends Feature {
  place: Bytes;
  name: Bytes;
  shown: Bytes;
  /** Where in the signature `shown` and `name` begin. */
  at?: number;
  nameAt?: number;
  /** Which of a request's parameters it is about. */
  parameter?: number;
}

export const kinds = {
  method: 1,
  status: 2,
  methodStatus: 3,
  pathMethod: 4,
  pathStatus: 5,
  child: 6,
  extension: 7,
  parameters: 8,
  parameterName: 9,
  valueShape: 10,
  lengthClass: 11,
  valueSpecial: 12,
  valuePair: 13,
  malformedShape: 14,
  template: 15,
  tokenPair: 16,
  word: 17,
  pathPair: 18,
  nameSpecial: 19,
  valueLength: 20,
  digitRuns: 21,
  outcome: 22,
  pathContent: 23,
  content: 24,
} as const;

const token = { number: 1n, mixed: 2n, rare: 3n, run: 4n, start: 5n, end: 6n, space: 0x20n } as const;
const featuresMax = 1024;
const tokensMax = 512;
/** Of a value or a path, for its signs. */
const valueTokensMax = 1024;
/** Of a path: each costs a hash of all before it. */
const segmentsMax = 256;
/** Beginnings of a path that are asked whether anything below them ever succeeded. */
const outcomesMax = 4;

export type KnowsWord = (word: bigint) => boolean;

export function featuresOf(signature: Bytes, knowsWord: KnowsWord): Feature[] {
  return shownFeaturesOf(signature, knowsWord).map(({ kind, group, value }) => ({ kind, group, value }));
}

/** The features of a signature in the filter's order; each pair once. */
export function shownFeaturesOf(signature: Bytes, knowsWord: KnowsWord): ShownFeature[] {
  const all =
    signature[0] === "Q"
      ? requestFeatures(signature)
      : signature[0] === "M"
        ? malformedFeatures(signature)
        : textFeatures(signature, knowsWord);
  const seen = new Set<string>();
  const distinct = all.filter(({ group, value }) => {
    const pair = `${group} ${value}`;
    return !seen.has(pair) && seen.add(pair);
  });
  return signature[0] === "T" ? distinct.slice(0, featuresMax) : distinct;
}

function requestFeatures(signature: Bytes): ShownFeature[] {
  const features: ShownFeature[] = [];
  let [parameter, nameAt] = [0, 0];
  const add = (kind: number, owner: bigint, value: bigint, shown: Bytes, place: Bytes = "", name: Bytes = "", at = 0) =>
    features.push({ kind, group: hashPair(BigInt(kind), owner), value, place, name, shown, at, nameAt, parameter });
  const pathAt = signature.indexOf("\x01", signature.indexOf("\x01") + 1) + 1;
  const [, method, status, path, parameters] = /^Q([^\x01]*)\x01([^\x01]*)\x01([^\x02]*)(.*)$/s.exec(signature)!;
  const [methodHash, statusHash, pathHash] = [method, status, path].map((text) => hashBytes(text));
  add(kinds.method, 0n, methodHash, method, path, method);
  add(kinds.pathMethod, pathHash, methodHash, method, path, method);
  if (status) {
    add(kinds.status, 0n, statusHash, status);
    add(kinds.methodStatus, 0n, hashPair(methodHash, statusHash), status, "", method);
    add(kinds.pathStatus, pathHash, statusHash, status, path);
  }
  const segments = path.split("/").slice(1);
  const outcome = { "2": 1n, "4": 2n, "5": 2n, "6": 2n, "7": 2n, "8": 2n, "9": 2n }[status[0]];
  segments.slice(0, segmentsMax).forEach((segment, depth) => {
    const directory = segments
      .slice(0, depth)
      .map((name) => `/${name}`)
      .join("");
    const at = pathAt + directory.length + 1;
    if (outcome && depth > 0 && depth < outcomesMax)
      add(kinds.outcome, hashBytes(directory), outcome, directory, directory, "", pathAt);
    add(kinds.child, hashBytes(directory), hashBytes(segment), segment, directory, "", at);
  });
  const last = segments.length > segmentsMax ? "" : (segments.at(-1) ?? "");
  const extension = /\.([^.]*)$/.exec(last)?.[1].slice(0, 8);
  if (extension !== undefined) {
    const at = pathAt + path.lastIndexOf(".") + 1;
    add(kinds.extension, 0n, hashBytes(extension), extension, "", "", at);
    if (outcome) add(kinds.outcome, hashBytes(extension), outcome, `.${extension}`, "", "", at - 1);
  }
  if (outcome && path.length > 1) add(kinds.outcome, pathHash, outcome, path, path, "", pathAt);
  add(kinds.child, pathHash, token.end, "", path);

  const pathTokens = valueTokens(path).slice(0, valueTokensMax);
  pathTokens.slice(1).forEach((token, at) => {
    const pair = pathTokens[at].sign + token.sign;
    const { start } = pathTokens[at];
    if (!/^[a1-6]{2}$/.test(pair))
      add(kinds.pathPair, 0n, pairValue(pair), path.slice(start, token.end), path, method, pathAt + start);
  });

  const parts = parametersOf(parameters);
  const set = BigInt.asUintN(
    64,
    parts.reduce((sum, { name }) => sum + finish(hashBytes(name, 1n)), 0n),
  );
  add(kinds.parameters, pathHash, set, parameters, path, "", pathAt + path.length);
  let behind = pathAt + path.length;
  for (const { name, value, length } of parts) {
    const owner = hashPair(pathHash, hashBytes(name));
    parameter++;
    nameAt = behind + 1;
    const valueAt = nameAt + name.length + 1;
    behind = valueAt + value.length + 2;
    add(kinds.parameterName, pathHash, hashBytes(name), name, path, name, nameAt);
    [...name].forEach((sign, at) => {
      if (/[A-Za-z0\x80-\xff]/.test(sign)) return;
      add(kinds.nameSpecial, 0n, BigInt(sign.charCodeAt(0)), sign, path, name, nameAt + at);
    });
    const all = valueTokens(value);
    const tokens = all.slice(0, valueTokensMax);
    add(kinds.valueShape, owner, shapeOf(all), value, path, name, valueAt);
    const runs = (value.match(/0+/g) ?? []).slice(0, 4);
    if (runs.length > 0) add(kinds.digitRuns, owner, runsValue(runs), value, path, name, valueAt);
    const code = length.charCodeAt(0);
    add(kinds.lengthClass, owner, BigInt(0x30 + halfOctavesOf(code)), value, path, name, valueAt);
    add(kinds.valueLength, owner, BigInt(Math.min(code, 64)), value, path, name, valueAt);
    const shown = tokens.filter(({ sign }) => sign !== " ");
    for (const { sign, start } of shown)
      if (!/[a1-6]/.test(sign))
        add(kinds.valueSpecial, owner, BigInt(sign.charCodeAt(0)), sign, path, name, valueAt + start);
    const begin = { sign: "\x05", start: 0, end: 0 };
    const last = all.length < valueTokensMax ? [{ sign: "\x06", start: value.length, end: value.length }] : [];
    [...shown, ...last].forEach((token, at) => {
      const previous = shown[at - 1] ?? begin;
      const range = value.slice(previous.start, token.end);
      add(kinds.valuePair, owner, pairValue(previous.sign + token.sign), range, path, name, valueAt + previous.start);
    });
  }
  return features;
}

export interface Parameter {
  name: Bytes;
  value: Bytes;
  length: Bytes;
}

/** A length may look like any other sign. */
export function parametersOf(parameters: Bytes): Parameter[] {
  const parts = [...parameters.matchAll(/\x02([^\x03]*)\x03([^\x04]*)\x04(.)/gs)];
  return parts.map(([, name, value, length]) => ({ name, value, length }));
}

const runsValue = (runs: Bytes[]) => BigInt(runs.reduce((all, run) => all * 256 + run.length, 0));
const pairValue = (pair: Bytes) => BigInt(pair.charCodeAt(0) * 256 + pair.charCodeAt(1));

interface ValueToken {
  sign: Bytes;
  start: number;
  end: number;
}

/** `a` a run of letters, `1`-`6` a run of so many digits (6: or more), one space, all else as it is. */
function valueTokens(value: Bytes): ValueToken[] {
  return [...value.matchAll(/[A-Za-z\x80-\xff]+|0+| +|./gs)].map(({ 0: run, index }) => {
    const digits = String(Math.min(run.length, 6));
    const sign = run[0] === "0" ? digits : /[A-Za-z\x80-\xff]/.test(run) ? "a" : run[0];
    return { sign, start: index, end: index + run.length };
  });
}

function malformedFeatures(signature: Bytes): ShownFeature[] {
  const kind = kinds.malformedShape;
  const shown = signature.slice(1);
  const value = shapeOf(valueTokens(shown));
  return [{ kind, group: hashPair(BigInt(kind), 0n), value, place: "", name: "", shown, at: 1, nameAt: 0 }];
}

/** Letters `a`, digits `9`, words joined by one space or dot `A`; 24 signs of it. */
function shapeOf(tokens: ValueToken[]): bigint {
  return hashBytes(
    tokens
      .map(({ sign }) => sign)
      .join("")
      .replace(/a(?:[ .]a)+/g, "A")
      .replace(/[1-6]/g, "9")
      .slice(0, 24),
  );
}

/** The groups a value is looked for in behind its own, the next most specific first. */
export function groupsAbove({ kind, name }: ShownFeature): bigint[] {
  const above = (level: number, owner: bigint) => hashPair(BigInt(kind + level * 256), owner);
  const ofSite: number[] = [kinds.child, kinds.parameterName, kinds.outcome];
  if (ofSite.includes(kind)) return [above(1, 0n)];
  if (kind === kinds.valueLength || kind === kinds.digitRuns) return [above(1, hashBytes(name))];
  const isOfValue = [kinds.valueShape, kinds.lengthClass, kinds.valueSpecial, kinds.valuePair].includes(kind as never);
  return isOfValue ? [above(1, hashBytes(name)), above(2, 0n)] : [];
}

function splitText(signature: Bytes): { level: Bytes; source: Bytes; body: Bytes } {
  const [, level, source, body] = /^T(.)([^\x01]*)\x01(.*)$/s.exec(signature)!;
  return { level, source, body };
}

function textFeatures(signature: Bytes, knowsWord: KnowsWord): ShownFeature[] {
  const { source: place, body } = splitText(signature);
  const source = hashBytes(place);
  const tokens = shownTokensOf(signature, knowsWord);
  const value = templateOf(tokens.map(({ hash }) => hash));
  const features = [
    { kind: kinds.template as number, group: hashPair(15n, source), value, place, name: "", shown: body },
  ];
  let previous = { hash: token.start as bigint, text: "" };
  for (const next of [...tokens.filter(({ hash }) => hash !== token.space), { hash: token.end, text: "" }]) {
    const group = hashPair(16n, hashPair(source, previous.hash));
    features.push({ kind: kinds.tokenPair, group, value: next.hash, place, name: previous.text, shown: next.text });
    previous = next;
  }
  return features;
}

/** The distinct words of a text's signature. */
export function wordsOf(signature: Bytes): Feature[] {
  const words = splitText(signature).body.match(/[A-Za-z\x80-\xff]+/g) ?? [];
  const distinct = new Set(words.slice(0, tokensMax).map((word) => hashBytes(word)));
  return [...distinct].map((value) => ({ kind: kinds.word, group: hashPair(17n, 0n), value }));
}

export function templateOf(tokens: bigint[]): bigint {
  return finish(tokens.reduce((hash, next) => mix(hash, next), 0n));
}

export function withoutSpaces(tokens: bigint[]): bigint[] {
  return tokens.filter((next) => next !== token.space);
}

export interface ShownToken {
  hash: bigint;
  /** As it stands in the signature; nothing for the level. */
  text: Bytes;
}

interface Item extends ShownToken {
  /** V variable, W a known word, G joins the parts of a name, J joins variables, S any other sign. */
  kind: string;
}

/** The level, then the body with rare words and runs of variable tokens collapsed. */
/** Of a text of at most 64 tokens: has it fewer words that are known than others? A run of these counts as two. */
export function isMostlyUnknown(tokens: bigint[]): boolean {
  if (tokens.length > 64) return false;
  const count = (isCounted: (hash: bigint) => boolean) => tokens.filter(isCounted).length;
  const unknown = count((hash) => hash === token.rare) + 2 * count((hash) => hash === token.run);
  return count((hash) => hash >= 0x200n) < unknown;
}

export function tokensOf(signature: Bytes, knowsWord: KnowsWord): bigint[] {
  return shownTokensOf(signature, knowsWord).map(({ hash }) => hash);
}

export function shownTokensOf(signature: Bytes, knowsWord: KnowsWord): ShownToken[] {
  const { level, body } = splitText(signature);
  const items: Item[] = (body.match(/[A-Za-z\x80-\xff]+|./gs) ?? []).map((text) => {
    const word = /^[A-Za-z\x80-\xff]/.test(text) ? hashBytes(text) : undefined;
    if (text === "\x05") return { kind: "V", hash: token.number, text };
    if (text === "\x06") return { kind: "V", hash: token.mixed, text };
    if (word !== undefined) {
      return knowsWord(word) ? { kind: "W", hash: word, text } : { kind: "V", hash: token.rare, text };
    }
    const hash = text === " " ? token.space : 0x100n + BigInt(text.charCodeAt(0));
    return { kind: /[.\-_@]/.test(text) ? "G" : /[,/ :]/.test(text) ? "J" : "S", hash, text };
  });
  const kindsOf = (each: Item[]) => each.map(({ kind }) => kind).join("");
  // a list of numbers, or of identifiers, is the same token however long it is
  const joined = (parts: Item[]): Item => {
    if (parts.length === 1) return parts[0];
    const hashes = new Set(parts.flatMap(({ kind, hash }) => (kind === "V" || kind === "W" ? [hash] : [])));
    const [first] = hashes;
    const isList = hashes.size === 1 && (first === token.number || first === token.mixed);
    return { kind: "V", hash: isList ? first : token.run, text: parts.map(({ text }) => text).join("") };
  };
  const partsOf = (each: Item[], pattern: RegExp) =>
    [...kindsOf(each).matchAll(pattern)].map((found) => each.slice(found.index, found.index + found[0].length));
  // a name is what stands in one piece: one token where anything in it is variable
  const names = partsOf(items, /[VW]+(?:G[VW]+)*|./gs).flatMap((parts) =>
    parts.some(({ kind }) => kind === "V") ? [joined(parts)] : parts,
  );
  // a run is a V and further ones, each with at most one joining sign before it
  const isJoint = ({ kind, text }: Item) => kind === "J" || (kind === "G" && text !== "@");
  const marked = names.map((item) => ({ ...item, kind: isJoint(item) ? "J" : item.kind }));
  const tokens: ShownToken[] = [{ hash: 0x10n + BigInt(level.charCodeAt(0)), text: "" }];
  for (const parts of partsOf(marked, /V(?:J?V)+|./gs)) {
    const { hash, text } = joined(parts);
    tokens.push({ hash, text });
  }
  return tokens.slice(0, tokensMax);
}
