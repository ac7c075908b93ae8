/** A form as (group, value) pairs, and a text's tokens, from the tables in assembly/features.ts. */
import { type Bytes, finish, hashBytes, hashPair, mix } from "./hash.js";

export interface Feature {
  kind: number;
  group: bigint;
  value: bigint;
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

export type KnowsWord = (word: bigint) => boolean;

/** The features of a form in the filter's order; each pair once. */
export function featuresOf(form: Bytes, knowsWord: KnowsWord): Feature[] {
  const all =
    form[0] === "R" ? requestFeatures(form) : form[0] === "B" ? malformedFeatures(form) : textFeatures(form, knowsWord);
  const seen = new Set<string>();
  const distinct = all.filter(({ group, value }) => {
    const pair = `${group} ${value}`;
    return !seen.has(pair) && seen.add(pair);
  });
  return distinct.slice(0, featuresMax);
}

function requestFeatures(form: Bytes): Feature[] {
  const features: Feature[] = [];
  const add = (kind: number, place: bigint, value: bigint) =>
    features.push({ kind, group: hashPair(BigInt(kind), place), value });
  const [, method, status, path, parameters] = /^R([^\x01]*)\x01([^\x01]*)\x01([^\x02]*)(.*)$/s.exec(form)!;
  const [methodHash, statusHash, pathHash] = [method, status, path].map((text) => hashBytes(text));
  add(kinds.method, 0n, methodHash);
  add(kinds.pathMethod, pathHash, methodHash);
  if (status) {
    add(kinds.status, 0n, statusHash);
    add(kinds.methodStatus, 0n, hashPair(methodHash, statusHash));
    add(kinds.pathStatus, pathHash, statusHash);
  }
  const segments = path.split("/").slice(1);
  segments.forEach((segment, depth) => {
    const directory = segments.slice(0, depth).map((name) => `/${name}`);
    add(kinds.child, hashBytes(directory.join("")), hashBytes(segment));
  });
  const extension = /\.([^.]*)$/.exec(segments.at(-1) ?? "");
  if (extension) add(kinds.extension, 0n, hashBytes(extension[1].slice(0, 8)));
  add(kinds.child, pathHash, token.end);

  const parts = [...parameters.matchAll(/\x02([^\x03]*)\x03([^\x04]*)\x04(.)/gs)];
  const names = parts.map(([, name]) => finish(hashBytes(name, 1n)));
  add(
    kinds.parameters,
    pathHash,
    BigInt.asUintN(
      64,
      names.reduce((sum, name) => sum + name, 0n),
    ),
  );
  for (const [, name, value, length] of parts) {
    const place = hashPair(pathHash, hashBytes(name));
    add(kinds.parameterName, pathHash, hashBytes(name));
    add(kinds.valueShape, place, shapeOf(value));
    add(kinds.valueLength, place, BigInt(length.charCodeAt(0)));
    for (const sign of value.replace(/[a1-6 ]/g, "")) add(kinds.valueSpecial, place, BigInt(sign.charCodeAt(0)));
    const signs = [
      token.start,
      ...Array.from(value.replaceAll(" ", ""), (sign) => BigInt(sign.charCodeAt(0))),
      token.end,
    ];
    for (let i = 1; i < signs.length; i++) add(kinds.valuePair, place, (signs[i - 1] << 8n) | signs[i]);
  }
  return features;
}

function malformedFeatures(form: Bytes): Feature[] {
  const kind = kinds.malformedShape;
  return [{ kind, group: hashPair(BigInt(kind), 0n), value: shapeOf(form.slice(1)) }];
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

function splitText(form: Bytes): { level: Bytes; source: Bytes; body: Bytes } {
  const [, level, source, body] = /^T(.)([^\x01]*)\x01(.*)$/s.exec(form)!;
  return { level, source, body };
}

function textFeatures(form: Bytes, knowsWord: KnowsWord): Feature[] {
  const source = hashBytes(splitText(form).source);
  const tokens = tokensOf(form, knowsWord);
  const features: Feature[] = [{ kind: kinds.template, group: hashPair(15n, source), value: templateOf(tokens) }];
  let previous: bigint = token.start;
  for (const next of [...withoutSpaces(tokens), token.end]) {
    features.push({ kind: kinds.tokenPair, group: hashPair(16n, hashPair(source, previous)), value: next });
    previous = next;
  }
  return features;
}

/** The distinct words of a text's form. */
export function wordsOf(form: Bytes): Feature[] {
  const words = splitText(form).body.match(/[A-Za-z\x80-\xff]+/g) ?? [];
  const distinct = new Set(words.slice(0, tokensMax).map((word) => hashBytes(word)));
  return [...distinct].map((value) => ({ kind: kinds.word, group: hashPair(17n, 0n), value }));
}

export function templateOf(tokens: bigint[]): bigint {
  return finish(tokens.reduce((hash, next) => mix(hash, next), 0n));
}

export function withoutSpaces(tokens: bigint[]): bigint[] {
  return tokens.filter((next) => next !== token.space);
}

/** The level, then the body with rare words and runs of variable tokens collapsed. */
export function tokensOf(form: Bytes, knowsWord: KnowsWord): bigint[] {
  const { level, body } = splitText(form);
  const items = (body.match(/[A-Za-z\x80-\xff]+|./gs) ?? []).map((text) => {
    const word = /^[A-Za-z\x80-\xff]/.test(text) ? hashBytes(text) : undefined;
    if (text === "\x05") return { text: "V", hash: token.number };
    if (text === "\x06") return { text: "V", hash: token.mixed };
    if (word !== undefined) return knowsWord(word) ? { text: "W", hash: word } : { text: "V", hash: token.rare };
    const hash = text === " " ? token.space : 0x100n + BigInt(text.charCodeAt(0));
    return { text: /[,\-./ :_]/.test(text) ? "J" : "S", hash };
  });
  // one letter an item: a run is a V and further ones, each with at most one joining sign before it
  const letters = items.map(({ text }) => text).join("");
  const tokens = [0x10n + BigInt(level.charCodeAt(0))];
  for (const run of letters.matchAll(/V(?:J?V)+|./gs))
    tokens.push(run[0].length > 1 ? token.run : items[run.index].hash);
  return tokens.slice(0, tokensMax);
}
