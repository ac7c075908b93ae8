/**
 * Signatures as the filter sees them: features, words, embedding and score of each, and the hashes they are kept under.
 */
import { classTokenMax, featureBytes, tokenBytes } from "./layout.js";
import { ModuleMemory } from "./moduleMemory.js";

export class SignatureReader extends ModuleMemory {
  /** The score the model in use gives to a signature, muting left aside. */
  scoreSignature(signature: Uint8Array): number {
    this.bytes().set(signature, this.input);
    return this.exports.oddline_score_signature(this.input, signature.length);
  }

  /**
   * Features of a signature, as laid out in assembly/detect/novelty/features.ts; `words` asks for a text's words
   * instead.
   */
  features(signature: Uint8Array, words: boolean): Uint32Array {
    this.bytes().set(signature, this.input);
    this.exports.oddline_signature_features(this.input, signature.length, words ? 1 : 0);
    return this.featureView();
  }

  /** The same with the key of the model's table in place of each value. */
  tableKeys(signature: Uint8Array, words: boolean): Uint32Array {
    this.bytes().set(signature, this.input);
    this.exports.oddline_signature_features(this.input, signature.length, words ? 1 : 0);
    this.exports.oddline_table_keys();
    return this.featureView();
  }

  /** Eight 32-bit words a feature: group, value, kind, and three ranges; a view that holds until the next call. */
  private featureView(): Uint32Array {
    const count = this.exports.featureCount.value as number;
    const ptr = this.exports.featuresPtr.value as number;
    return new Uint32Array(this.exports.memory.buffer, ptr, (count * featureBytes) / 4);
  }

  /** Hash of the collapsed tokens of the text whose features were asked for last; 0 for a request. */
  templateHash(): bigint {
    return BigInt.asUintN(64, this.exports.templateHash.value as bigint);
  }

  /** Its tokens, rare words and runs collapsed: their hashes, and where in the signature each stands. */
  tokens(): { hash: bigint; start: number; end: number }[] {
    const view = new DataView(this.exports.memory.buffer, this.exports.tokensPtr.value as number);
    return Array.from({ length: this.exports.tokenCount.value as number }, (_, index) => ({
      hash: view.getBigUint64(index * tokenBytes, true),
      start: view.getUint16(index * tokenBytes + 8, true),
      end: view.getUint16(index * tokenBytes + 10, true),
    }));
  }

  /** Those of them that are words the model in use knows. */
  words(): { hash: bigint; start: number; end: number }[] {
    return this.tokens().filter(({ hash }) => hash > classTokenMax);
  }

  /** The 256 sums of that text's embedding, or undefined where it has no tokens. */
  embeddingSums(): Int16Array | undefined {
    if (!this.exports.embed()) return undefined;
    return new Int16Array(this.exports.memory.buffer, this.exports.sumsPtr.value as number, 256).slice();
  }

  /** Distance of the text at hand from the nearest centroid, in radii; 0 where there is none. */
  relativeDistance(): number {
    if (!this.exports.measureDistance()) return 0;
    return (this.exports.nearestDistance.value as number) / (this.exports.nearestRadius.value as number);
  }

  hashBytes(bytes: Uint8Array, seed = 0n): bigint {
    this.bytes().set(bytes, this.input);
    return BigInt.asUintN(64, this.exports.hashBytes(this.input, bytes.length, seed));
  }

  hashPair(a: bigint, b: bigint): bigint {
    return BigInt.asUintN(64, this.exports.hashPair(BigInt.asIntN(64, a), BigInt.asIntN(64, b)));
  }
}
