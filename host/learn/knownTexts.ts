/**
 * What reasons may quote of the learnt lines (host/model/textSection.ts): of texts nothing but words of the vocabulary,
 * of requests names of parameters that many keys sent.
 */
import { redact } from "../io/redact.js";
import { type KnownTexts, namesMax, textBytesMax } from "../model/textSection.js";
import type { SignatureStore } from "../signatures/signatureStore.js";
import { publicKeys } from "../signatures/trust.js";
import type { Engine } from "../wasm/engine.js";
import { numberToken, requestSignature, variableTokenMax } from "../wasm/layout.js";
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

/** A name with a number in it, or with signs, may be somebody's own. */
const wellFormed = /^[A-Za-z][A-Za-z_.-]{0,39}$/;

function knownNames(store: SignatureStore): string[] {
  const names = new Map<string, Name>();
  const requests = store.sorted().filter((signature) => {
    return store.bytes(signature)[0] === requestSignature && store.weight(signature) > 0;
  });
  const keysOf = new NameSums();
  for (const signature of requests) {
    const { keyless, keys } = store.witnesses(signature);
    for (const name of namesOf(store.bytes(signature)))
      keysOf.add(Buffer.from(name, "latin1"), keyless ? publicKeys : keys.length);
  }
  for (const signature of requests) {
    const weight = store.weight(signature);
    const { keyless, keys } = store.witnesses(signature);
    for (const name of namesOf(store.bytes(signature))) {
      if (keysOf.atMost(Buffer.from(name, "latin1")) < publicKeys) continue;
      const known = names.get(name) ?? { lines: 0, keyless: false, keys: nobody };
      known.lines += weight;
      known.keyless ||= keyless;
      known.keys = withMore(known.keys, keys, publicKeys);
      names.set(name, known);
    }
  }
  return [...names]
    .filter(([, { keyless, keys }]) => keyless || keys.length >= publicKeys)
    .sort(([a, { lines: some }], [b, { lines: others }]) => others - some || (a < b ? -1 : 1))
    .slice(0, namesMax)
    .map(([name]) => name);
}

/** Behind each value stands its length, which may look like any mark. */
function namesOf(signature: Uint8Array): Set<string> {
  const text = Buffer.from(signature).toString("latin1");
  const names = [...text.matchAll(/\x02([^\x03]*)\x03[^\x04]*\x04./gs)].map(([, name]) => name);
  return new Set(names.filter((name) => wellFormed.test(name)));
}
