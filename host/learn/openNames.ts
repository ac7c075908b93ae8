/**
 * Parameters whose values are made of anything, as the identifier of a click is: in more than a fifth of the lines most
 * of the value's grams were never met elsewhere. What such a value is made of is no news (assembly/detect/novelty/
 * content.ts). Who may teach that is the same as for any other value.
 */

import { halves } from "../math/hashIndex.js";
import type { Entry } from "../model/featureSection.js";
import type { SignatureStore, Witnesses } from "../signatures/signatureStore.js";
import { daysEnough, publicKeys, publicNetworks, witnessesEnough } from "../signatures/trust.js";
import type { Engine } from "../wasm/engine.js";
import { featureKinds, textSignature } from "../wasm/layout.js";
import { type Grams, namesOfTarget } from "./grams.js";
import { NameSums } from "./nameSums.js";
import { smallGroup } from "./requestSurprise.js";
import { nobody, withMore } from "./singles.js";
import { openProbability } from "./statistics.js";

/** The lines that had a name, and those whose value was foreign, with who sent them. */
class Name {
  lines = 0;
  foreign = 0;
  private isKeyless = false;
  private keys = nobody;
  private networks = nobody;
  private foreignKeys = nobody;
  private foreignNetworks = nobody;
  private foreignDays = nobody;

  add(weight: number, isForeign: boolean, { keyless, keys, networks, days }: Witnesses): void {
    this.lines += weight;
    if (keyless) this.isKeyless = true;
    this.keys = withMore(this.keys, keys, publicKeys);
    this.networks = withMore(this.networks, networks, publicNetworks);
    if (!isForeign) return;
    this.foreign += weight;
    this.foreignKeys = withMore(this.foreignKeys, keys, witnessesEnough);
    this.foreignNetworks = withMore(this.foreignNetworks, networks, witnessesEnough);
    this.foreignDays = withMore(this.foreignDays, days, daysEnough);
  }

  get isOpen(): boolean {
    return this.lines >= smallGroup && (this.foreign + 0.5) / (this.lines + 1) > openProbability && this.isVouchedFor;
  }

  private get isVouchedFor(): boolean {
    if (this.isKeyless || this.keys.length < publicKeys) return true;
    if (this.foreignNetworks.length >= witnessesEnough || this.foreignDays.length >= daysEnough) return true;
    return this.foreignKeys.length >= witnessesEnough && this.networks.length < publicNetworks;
  }
}

export function learnOpenNames(engine: Engine, store: SignatureStore, grams: Grams): Entry[] {
  const names = new Map<string, Name>();
  const requests = store.sorted().filter((signature) => {
    return store.bytes(signature)[0] !== textSignature && store.weight(signature) > 0;
  });
  const lines = new NameSums();
  for (const signature of requests)
    for (const name of namesOfTarget(store.bytes(signature))) lines.add(name, store.weight(signature));
  const mayBeOpen = (name: Uint8Array) => lines.atMost(name) >= smallGroup;
  for (const signature of requests) {
    const [bytes, weight] = [store.bytes(signature), store.weight(signature)];
    for (const { name, isForeign } of grams.foreignNames(bytes, mayBeOpen)) {
      const known = names.get(name) ?? new Name();
      names.set(name, known);
      known.add(weight, isForeign, store.witnesses(signature));
    }
  }
  const open = [...names].filter(([, name]) => name.isOpen);
  grams.setOpen(open.map(([text]) => text));
  return open.map(([text, { lines, foreign }]) => {
    const key = engine.hashPair(BigInt(featureKinds.content), engine.hashBytes(Buffer.from(text, "latin1")));
    const [low, high] = halves(key);
    return { low, high, count: lines, once: foreign, note: 0 };
  });
}
