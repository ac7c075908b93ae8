/** The embedding of a text's tokens: the sum of one vector of signs for each token and each two in a row. */
import { withoutSpaces } from "./features.js";
import { finish, hashPair, mix } from "./hash.js";

export const dimensions = 256;
const embeddedTokensMax = 127;

/** Undefined where there are no tokens. */
export function embeddingOf(tokens: bigint[]): number[] | undefined {
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
  return sums;
}
