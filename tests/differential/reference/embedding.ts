/**
 * The embedding of a text's tokens: the sum of one vector of signs for each token and each two in a row; with token
 * vectors the last 64 dimensions are theirs.
 */
import { withoutSpaces } from "./features.js";
import { finish, hashPair, mix } from "./hash.js";

export const dimensions = 256;
const embeddedTokensMax = 127;

export interface TokenVectors {
  /** In 256ths. */
  scale: number;
  vectors: Map<bigint, number[]>;
}

/** Undefined where there are no tokens. */
export function embeddingOf(tokens: bigint[], taught?: TokenVectors): number[] | undefined {
  const embedded = withoutSpaces(tokens).slice(0, embeddedTokensMax);
  if (embedded.length === 0) return undefined;
  const pairs = embedded.slice(1).map((token, i) => hashPair(embedded[i], token));
  const sums = new Array<number>(dimensions).fill(0);
  for (const seed of [...embedded, ...pairs]) {
    for (let k = 0; k < dimensions / 64; k++) {
      const signs = finish(mix(seed, BigInt(k + 1)))
        .toString(2)
        .padStart(64, "0");
      for (let bit = 0; bit < 64; bit++) sums[k * 64 + bit] += signs[63 - bit] === "1" ? 1 : -1;
    }
  }
  return taught ? [...sums.slice(0, 192), ...taughtSums(embedded, taught)] : sums;
}

function taughtSums(embedded: bigint[], { scale, vectors }: TokenVectors): number[] {
  const rows = embedded.flatMap((token) => (vectors.has(token) ? [vectors.get(token)!] : []));
  const totals = Array.from({ length: 64 }, (_, d) => rows.reduce((sum, row) => sum + row[d], 0));
  return totals.map((total) => Math.floor((total * scale) / 256 + 0.5));
}
