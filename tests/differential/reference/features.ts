/** A signature as (group, value) pairs, and a text's tokens, from the tables in assembly/detect/novelty/features.ts. */
import { type Bytes, finish, hashBytes, hashPair, mix } from "./hash.js";

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
  valueLength: 11,
  valueSpecial: 12,
  valuePair: 13,
  malformedShape: 14,
  template: 15,
  tokenPair: 16,
  word: 17,
} as const;

const token = { number: 1n, mixed: 2n, rare: 3n, run: 4n, start: 5n, end: 6n, space: 0x20n } as const;
const featuresMax = 1024;
const tokensMax = 512;
/** Of a path: each costs a hash of all before it. */
const segmentsMax = 256;

export type KnowsWord = (word: bigint) => boolean;

export function featuresOf(signature: Bytes, knowsWord: KnowsWord): Feature[] {
  return shownFeaturesOf(signature, knowsWord).map(({ kind, group, value }) => ({ kind, group, value }));
}

/** The features of a signature in the filter's order; each pair once. */
export function shownFeaturesOf(signature: Bytes, knowsWord: KnowsWord): ShownFeature[] {
  const all =
    signature[0] === "R"
      ? requestFeatures(signature)
      : signature[0] === "B"
        ? malformedFeatures(signature)
        : textFeatures(signature, knowsWord);
  const seen = new Set<string>();
  const distinct = all.filter(({ group, value }) => {
    const pair = `${group} ${value}`;
    return !seen.has(pair) && seen.add(pair);
  });
  return distinct.slice(0, featuresMax);
}

function requestFeatures(signature: Bytes): ShownFeature[] {
  const features: ShownFeature[] = [];
  const add = (kind: number, owner: bigint, value: bigint, shown: Bytes, place: Bytes = "", name: Bytes = "") =>
    features.push({ kind, group: hashPair(BigInt(kind), owner), value, place, name, shown, parameter });
  let parameter = 0;
  const [, method, status, path, parameters] = /^R([^\x01]*)\x01([^\x01]*)\x01([^\x02]*)(.*)$/s.exec(signature)!;
  const [methodHash, statusHash, pathHash] = [method, status, path].map((text) => hashBytes(text));
  add(kinds.method, 0n, methodHash, method);
  add(kinds.pathMethod, pathHash, methodHash, method, path);
  if (status) {
    add(kinds.status, 0n, statusHash, status);
    add(kinds.methodStatus, 0n, hashPair(methodHash, statusHash), status, "", method);
    add(kinds.pathStatus, pathHash, statusHash, status, path);
  }
  const segments = path.split("/").slice(1);
  segments.slice(0, segmentsMax).forEach((segment, depth) => {
    const directory = segments
      .slice(0, depth)
      .map((name) => `/${name}`)
      .join("");
    add(kinds.child, hashBytes(directory), hashBytes(segment), segment, directory);
  });
  const last = segments.length > segmentsMax ? "" : (segments.at(-1) ?? "");
  const extension = /\.([^.]*)$/.exec(last)?.[1].slice(0, 8);
  if (extension !== undefined) add(kinds.extension, 0n, hashBytes(extension), extension);
  add(kinds.child, pathHash, token.end, "", path);

  const parts = [...parameters.matchAll(/\x02([^\x03]*)\x03([^\x04]*)\x04(.)/gs)];
  const names = parts.map(([, name]) => finish(hashBytes(name, 1n)));
  const set = BigInt.asUintN(
    64,
    names.reduce((sum, name) => sum + name, 0n),
  );
  add(kinds.parameters, pathHash, set, parameters, path);
  for (const [, name, value, length] of parts) {
    const owner = hashPair(pathHash, hashBytes(name));
    parameter++;
    add(kinds.parameterName, pathHash, hashBytes(name), name, path);
    add(kinds.valueShape, owner, shapeOf(value), value, path, name);
    add(kinds.valueLength, owner, BigInt(length.charCodeAt(0)), value, path, name);
    for (const sign of value.replace(/[a1-6 ]/g, ""))
      add(kinds.valueSpecial, owner, BigInt(sign.charCodeAt(0)), sign, path, name);
    let previous: { sign: bigint; at: number } = { sign: token.start, at: 0 };
    for (let at = 0; at <= value.length; at++) {
      if (value[at] === " ") continue;
      const sign = at === value.length ? token.end : BigInt(value.charCodeAt(at));
      add(kinds.valuePair, owner, (previous.sign << 8n) | sign, value.slice(previous.at, at + 1), path, name);
      previous = { sign, at };
    }
  }
  return features;
}

function malformedFeatures(signature: Bytes): ShownFeature[] {
  const kind = kinds.malformedShape;
  const shown = signature.slice(1);
  return [{ kind, group: hashPair(BigInt(kind), 0n), value: shapeOf(shown), place: "", name: "", shown }];
}

/** Letters `a`, digits `9`, words joined by one space or dot `A`; 24 signs of it. */
function shapeOf(tokens: Bytes): bigint {
  return hashBytes(
    tokens
      .replace(/a(?:[ .]a)+/g, "A")
      .replace(/[1-6]/g, "9")
      .slice(0, 24),
  );
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
  const joined = (parts: Item[]): Item =>
    parts.length === 1 ? parts[0] : { kind: "V", hash: token.run, text: parts.map(({ text }) => text).join("") };
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
