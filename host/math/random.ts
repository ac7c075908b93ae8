/**
 * A seeded source of random numbers, the same on every host: sfc32 of PractRand (https://pracrand.sourceforge.net/),
 * 32-bit operations only. Learning must not depend on the clock or the machine, so Math.random is never used there.
 */
export type Random = () => number;

/** Numbers in [0, 1) with 32 bits each. */
export function seededRandom(seed: number): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed >>> 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let i = 0; i < 15; i++) next(); // until every bit of the state depends on the seed
  return next;
}

/** `count` distinct indexes below `total`, in random order (all of them where there are fewer). */
export function sampleIndexes(random: Random, total: number, count: number): Uint32Array {
  const drawn = Math.min(total, count);
  // Fisher-Yates on a virtual array: only what was swapped is kept, so a draw costs its size and not the total's.
  const swapped = new Map<number, number>();
  const indexes = new Uint32Array(drawn);
  for (let i = 0; i < drawn; i++) {
    const j = i + Math.floor(random() * (total - i));
    indexes[i] = swapped.get(j) ?? j;
    swapped.set(j, swapped.get(i) ?? i);
  }
  return indexes;
}
