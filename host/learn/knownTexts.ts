/**
 * What reasons may quote of the learnt lines (host/model/textSection.ts): of texts nothing but words of the vocabulary,
 * of requests names of parameters that many keys sent.
 */
import { redact } from "../io/redact.js";
import { type KnownTexts, namesMax, textBytesMax } from "../model/textSection.js";
import type { SignatureStore } from "../signatures/signatureStore.js";
import { publicKeys } from "../signatures/trust.js";
import type { Engine } from "../wasm/engine.js";
import { nameStart, numberToken, requestSignature, valueEnd, valueStart, variableTokenMax } from "../wasm/layout.js";
import { NameSums } from "./nameSums.js";
import { nobody, withMore } from "./singles.js";

/** `centres`: a signature of each pattern. The engine must know the vocabulary. */
export function knownTexts(engine: Engine, store: SignatureStore, centres: number[]): KnownTexts {
  return { patterns: centres.map((signature) => maskedText(engine, store.bytes(signature))), names: knownNames(store) };
}

function maskedText(engine: Engine, signature: Uint8Array): string {
  engine.features(signature, false);
  const masked = engine
    .tokens()
    .map(({ hash, start, end }) => {
      if (hash === numberToken) return "<n>";
      return hash <= variableTokenMax ? "<*>" : Buffer.from(signature.subarray(start, end)).toString("latin1");
    })
    .join("")
    .replace(/[^\x20-\x7e]/g, "?");
  // a word may be common and yet nobody's business: what stands behind "password="
  const text = redact(masked).replaceAll("…", "...");
  return text.length > textBytesMax ? `${text.slice(0, textBytesMax - 3)}...` : text;
}

interface Name {
  lines: number;
  keyless: boolean;
  keys: readonly number[];
}

function knownNames(store: SignatureStore): string[] {
  const names = new Map<string, Name>();
  const requests = store.sorted().filter((signature) => {
    return store.bytes(signature)[0] === requestSignature && store.weight(signature) > 0;
  });
  const keysOf = new NameSums();
  for (const signature of requests) {
    const keys = store.keysOf(signature)?.length ?? publicKeys;
    for (const name of namesOf(store.bytes(signature))) keysOf.add(name, keys);
  }
  for (const signature of requests) {
    const likely = namesOf(store.bytes(signature)).filter((name) => keysOf.atMost(name) >= publicKeys);
    if (likely.length === 0) continue;
    const weight = store.weight(signature);
    const keys = store.keysOf(signature);
    for (const name of new Set(likely.map((bytes) => Buffer.from(bytes).toString("latin1")))) {
      const known = names.get(name) ?? { lines: 0, keyless: false, keys: nobody };
      known.lines += weight;
      known.keyless ||= keys === undefined;
      known.keys = withMore(known.keys, keys ?? [], publicKeys);
      names.set(name, known);
    }
  }
  return [...names]
    .filter(([, { keyless, keys }]) => keyless || keys.length >= publicKeys)
    .sort(([a, { lines: some }], [b, { lines: others }]) => others - some || (a < b ? -1 : 1))
    .slice(0, namesMax)
    .map(([name]) => name);
}

/** The well-formed ones. Behind each value stands its length, which may look like any mark. */
function namesOf(signature: Uint8Array): Uint8Array[] {
  const names: Uint8Array[] = [];
  for (let at = signature.indexOf(nameStart); at >= 0; at = signature.indexOf(nameStart, at)) {
    const end = signature.indexOf(valueStart, at);
    const next = end < 0 ? -1 : signature.indexOf(valueEnd, end) + 2;
    if (next < 2 || next > signature.length) break;
    if (isWellFormed(signature, at + 1, end)) names.push(signature.subarray(at + 1, end));
    at = next;
  }
  return names;
}

const nameBytesMax = 40;

/** A name with a number in it, or with other signs, may be somebody's own. */
function isWellFormed(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start || end - start > nameBytesMax || !isLetter[bytes[start]]) return false;
  for (let at = start + 1; at < end; at++) if (!isLetter[bytes[at]] && !isJoint[bytes[at]]) return false;
  return true;
}

const isLetter = Array.from({ length: 256 }, (_, sign) => /[A-Za-z]/.test(String.fromCharCode(sign)));
const isJoint = Array.from({ length: 256 }, (_, sign) => /[_.-]/.test(String.fromCharCode(sign)));
